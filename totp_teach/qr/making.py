"""text -> QR code, with the qrcode library: whatever the course needs of that library's insides is named here."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import Image
from qrcode import QRCode
from qrcode.base import gexp, glog, rs_blocks
from qrcode.util import BitBuffer, QRData, length_in_bits, lost_point, mask_func, pattern_position

from .. import OtpError

LEVELS = {"L": 1, "M": 0, "Q": 3, "H": 2}  # the two bits that the format information has for each
MODES = {1: "numeric", 2: "alphanumeric", 4: "byte"}  # the four bits at the start of the data
QUIET_ZONE = 4  # modules of white on every side, without which many readers do not find the code

POWERS = [gexp(exponent) for exponent in range(255)]  # of 2, in the arithmetic of error correction
LOGARITHMS = [0, *map(glog, range(1, 256))]
MASKS = [mask_func(mask) for mask in range(8)]

Matrix = tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, kw_only=True)
class QrCode:
    """One QR code. Its repr does not show the text, which as a rule holds a secret."""

    text: str = field(repr=False)
    matrix: Matrix = field(repr=False)  # rows of modules, True is dark, without the quiet zone
    version: int  # 1 … 40, which is 21 … 177 modules a side
    error_correction: str  # "L", "M", "Q" or "H"
    mask: int  # 0 … 7
    mode: str  # "numeric", "alphanumeric" or "byte"
    used: int  # bytes that mode, length and text take
    available: int  # bytes for data at this version and level

    def png(self, scale: int = 8) -> bytes:
        """The picture as PNG, black on white with its quiet zone, `scale` pixels a module."""
        file = io.BytesIO()
        picture(self.matrix, scale).save(file, "PNG", optimize=True)
        return file.getvalue()

    def svg(self) -> str:
        """The picture as SVG, black on white with its quiet zone, one unit a module."""
        size = len(self.matrix) + 2 * QUIET_ZONE
        dark = (f"M{x} {y}h1v1h-1z" for y, x in _dark(self.matrix))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
            f'<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path fill="#000" d="{"".join(dark)}"/></svg>'
        )


def make(text: str, *, error_correction: str = "M", mask: int | None = None) -> QrCode:
    """The smallest QR code that holds the text in one segment, as UTF-8 if it needs the byte mode.

    error_correction: "L", "M", "Q" or "H", which correct about 7, 15, 25 and 30 % of the bytes.
    mask: 0 … 7; by default the one with the lowest penalty.
    Raises OtpError for another level or mask, no text, and one that no QR code of that level can hold.
    """
    if error_correction not in list(LEVELS):
        raise OtpError(f"error_correction must be one of {', '.join(LEVELS)}, not {error_correction!r}")
    if mask is not None and (type(mask) is not int or mask not in range(8)):
        raise OtpError(f"mask must be a number from 0 to 7, or None for the best, not {mask!r}")
    segment = QRData(_utf8(text))
    encoder, used = _fitted(segment, error_correction)
    best = min(range(8), key=lambda each: _masked(encoder, each)) if mask is None else mask
    _masked(encoder, best)
    return QrCode(
        text=text,
        matrix=tuple(tuple(map(bool, row)) for row in encoder.modules),
        version=encoder.version,
        error_correction=error_correction,
        mask=best,
        mode=MODES[segment.mode],
        used=used,
        available=capacity(encoder.version, error_correction),
    )


def _utf8(text: str) -> bytes:
    if not isinstance(text, str) or not text:
        raise OtpError("a QR code is made of a text (str) that is not empty")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise OtpError("the text holds half a surrogate pair, which no encoding can carry") from None


def _fitted(segment: QRData, error_correction: str) -> tuple[QRCode, int]:
    """The qrcode library's encoder in the smallest version that holds the segment, and the bytes it takes there."""
    payload = BitBuffer()
    segment.write(payload)
    for version in range(1, 41):
        used = math.ceil((4 + length_bits(segment.mode, version) + len(payload)) / 8)
        if used <= capacity(version, error_correction):
            encoder = QRCode(version=version, error_correction=LEVELS[error_correction])
            encoder.add_data(segment)
            return encoder, used
    raise OtpError(
        f"{len(segment)} characters in {MODES[segment.mode]} mode take {used} bytes, but the largest QR code, "
        f"version 40, has {capacity(40, error_correction)} at level {error_correction}: shorten the text, or split it"
    )


def _masked(encoder: QRCode, mask: int) -> int:
    """Draws the code under that mask, and gives its penalty."""
    encoder.makeImpl(False, mask)
    return int(lost_point(encoder.modules))


def penalty(code: QrCode) -> int:
    """The points against a code for long runs, blocks and what looks like a finder: the fewer, the better the mask."""
    return int(lost_point(code.matrix))


def blocks(version: int, error_correction: str) -> list[tuple[int, int]]:
    """The blocks that the bytes of a version are split into at a level: how many for data, how many to correct them."""
    found = rs_blocks(version, LEVELS[error_correction])
    return [(block.data_count, block.total_count - block.data_count) for block in found]


def capacity(version: int, error_correction: str) -> int:
    """The bytes for data, mode and length included, of a version at a level."""
    return sum(data for data, _ in blocks(version, error_correction))


def inverts(mask: int, row: int, column: int) -> bool:
    """Does this mask, 0 … 7, invert the module at (row, column), if it holds data?"""
    return bool(MASKS[mask](row, column))


def length_bits(mode: int, version: int) -> int:
    """How many bits say the length of a text in that mode."""
    return int(length_in_bits(mode, version))


def alignments(version: int) -> list[int]:
    """The rows, and columns, where the centres of the alignment patterns can be."""
    return list(pattern_position(version))


def _dark(matrix: Matrix) -> Iterator[tuple[int, int]]:
    """The (row, column) of the dark modules, the quiet zone counted in."""
    for row, modules in enumerate(matrix, QUIET_ZONE):
        yield from ((row, column) for column, dark in enumerate(modules, QUIET_ZONE) if dark)


def picture(matrix: Matrix, scale: int) -> Image.Image:
    """The matrix as an image with its quiet zone."""
    size = len(matrix) + 2 * QUIET_ZONE
    pixels = bytearray(b"\xff" * size**2)
    for row, column in _dark(matrix):
        pixels[row * size + column] = 0
    image = Image.frombytes("L", (size, size), bytes(pixels)).convert("1")
    return image.resize((size * scale, size * scale), Image.Resampling.NEAREST)
