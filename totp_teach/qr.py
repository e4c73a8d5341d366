"""QR codes (ISO/IEC 18004): text -> modules, picture -> text.

make       text to a QrCode, with the qrcode library
path       the order in which the modules take up the bits
parts      what each module is for
codewords  the bytes, read back off the modules
damage     the code with a share of its bytes destroyed
read       a picture to the texts of its codes, with zxing-cpp
advice     why a picture gives none, and what mends it
"""

from . import require

require("qr")

import io
import math
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain, permutations, product

from PIL import Image, ImageFilter, ImageOps
from qrcode import QRCode
from qrcode.base import rs_blocks
from qrcode.util import BitBuffer, QRData, length_in_bits, lost_point, mask_func, pattern_position
from zxingcpp import BarcodeFormat, TextMode, read_barcodes

from . import OtpError

LEVELS = {"L": 1, "M": 0, "Q": 3, "H": 2}  # the two bits that the format information has for each
MODES = {1: "numeric", 2: "alphanumeric", 4: "byte"}  # the four bits at the start of the data
QUIET_ZONE = 4  # modules of white on every side, without which many a reader does not find the code

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
        _picture(self.matrix, scale).save(file, "PNG", optimize=True)
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

    error_correction: "L", "M", "Q" or "H", which mend about 7, 15, 25 and 30 % of the bytes.
    mask: 0 … 7; by default the one with the lowest penalty.
    Raises OtpError for another level or mask, no text, and one that no QR code of that level can hold.
    """
    if error_correction not in LEVELS:
        raise OtpError(f"error_correction must be one of {', '.join(LEVELS)}, not {error_correction!r}")
    if mask not in (None, *range(8)):
        raise OtpError(f"mask must be a number from 0 to 7, or None for the best, not {mask!r}")
    segment = QRData(_utf8(text))
    maker, used = _fitted(segment, error_correction)
    best = min(range(8), key=lambda each: _masked(maker, each)) if mask is None else mask
    _masked(maker, best)
    return QrCode(
        text=text,
        matrix=tuple(tuple(map(bool, row)) for row in maker.modules),
        version=maker.version,
        error_correction=error_correction,
        mask=best,
        mode=MODES[segment.mode],
        used=used,
        available=capacity(maker.version, error_correction),
    )


def _utf8(text: str) -> bytes:
    if not isinstance(text, str) or not text:
        raise OtpError("a QR code is made of a text (str) that is not empty")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise OtpError("the text holds half a surrogate pair, which no encoding can carry") from None


def _fitted(segment: QRData, error_correction: str) -> tuple[QRCode, int]:
    """The qrcode library's maker in the smallest version that holds the segment, and the bytes it takes there."""
    payload = BitBuffer()
    segment.write(payload)
    for version in range(1, 41):
        used = math.ceil((4 + length_in_bits(segment.mode, version) + len(payload)) / 8)
        if used <= capacity(version, error_correction):
            maker = QRCode(version=version, error_correction=LEVELS[error_correction])
            maker.add_data(segment)
            return maker, used
    raise OtpError(
        f"{len(segment)} characters in {MODES[segment.mode]} mode take {used} bytes, but the largest QR code, "
        f"version 40, has {capacity(40, error_correction)} at level {error_correction}: shorten the text, or split it"
    )


def _masked(maker: QRCode, mask: int) -> int:
    """Draws the code under that mask, and gives its penalty."""
    maker.makeImpl(False, mask)
    return lost_point(maker.modules)


def penalty(code: QrCode) -> int:
    """The points against a code for long runs, blocks and what looks like a finder: the fewer, the better the mask."""
    return lost_point(code.matrix)


def capacity(version: int, error_correction: str) -> int:
    """The bytes for data, mode and length included, of a version at a level."""
    return sum(block.data_count for block in rs_blocks(version, LEVELS[error_correction]))


@cache
def path(version: int) -> tuple[tuple[int, int], ...]:
    """The (row, column) of the modules that take the bits, in order: double columns from the right, up and down."""
    fixed, size = _fixed(version), 17 + 4 * version
    rights = [*range(size - 1, 7, -2), 5, 3, 1]  # column 6 is the timing pattern's alone
    found = []
    for turn, right in enumerate(rights):
        rows = range(size) if turn % 2 else range(size - 1, -1, -1)
        found += [(row, column) for row in rows for column in (right, right - 1) if (row, column) not in fixed]
    return tuple(found)


def parts(version: int, error_correction: str = "M") -> tuple[tuple[str, ...], ...]:
    """What each module is for, as rows of names: finder, separator, timing, alignment, format, dark, version, data,
    error correction, remainder."""
    names, data, total = _fixed(version), 8 * capacity(version, error_correction), len(path(version)) // 8 * 8
    for bit, place in enumerate(path(version)):
        names[place] = "data" if bit < data else "error correction" if bit < total else "remainder"
    size = 17 + 4 * version
    return tuple(tuple(names[row, column] for column in range(size)) for row in range(size))


def _fixed(version: int) -> dict[tuple[int, int], str]:
    """The name of every module that takes no data, by its (row, column)."""
    end, names = 16 + 4 * version, {}
    for top, left in ((0, 0), (0, end - 7), (end - 7, 0)):
        names |= _area("separator", top, left, 8, 8)
    for top, left in ((0, 0), (0, end - 6), (end - 6, 0)):
        names |= _area("finder", top, left, 7, 7)
    for row, column in product(pattern_position(version), repeat=2):
        if (row, column) not in names:
            names |= _area("alignment", row - 2, column - 2, 5, 5)
    for place in range(8, end - 7):
        names.setdefault((6, place), "timing")
        names.setdefault((place, 6), "timing")
    for place in (*range(6), 7, 8, *range(end - 7, end + 1)):
        names |= {(8, place): "format", (place, 8): "format"}
    names[end - 7, 8] = "dark"
    if version >= 7:
        names |= _area("version", 0, end - 10, 6, 3) | _area("version", end - 10, 0, 3, 6)
    return names


def _area(name: str, top: int, left: int, height: int, width: int) -> dict[tuple[int, int], str]:
    return dict.fromkeys(product(range(top, top + height), range(left, left + width)), name)


def codewords(code: QrCode) -> bytes:
    """The bytes of a code as they stand in its modules, mask removed: those for data first, then error correction.

    From version 3 on (at level H) they come from several blocks in turn: first bytes, second bytes and so on.
    """
    flips = mask_func(code.mask)
    bits = "".join("01"[code.matrix[row][column] != flips(row, column)] for row, column in path(code.version))
    return bytes(int(bits[start : start + 8], 2) for start in range(0, len(bits) - 7, 8))


def damage(code: QrCode, share: float, seed: int) -> QrCode:
    """The code with that share of its bytes, 0 … 1, destroyed at random: all their modules inverted.

    What a reader needs to find the code stays whole. The same seed gives the same bytes; a larger share adds to them.
    """
    if not 0 <= share <= 1:
        raise OtpError(f"share is a part of the code, from 0 to 1, not {share!r}")
    places = path(code.version)
    chosen = list(range(len(places) // 8))
    random.Random(seed).shuffle(chosen)
    matrix = [list(row) for row in code.matrix]
    for byte in chosen[: round(share * len(chosen))]:
        for row, column in places[8 * byte : 8 * byte + 8]:
            matrix[row][column] = not matrix[row][column]
    return replace(code, matrix=tuple(map(tuple, matrix)))


def _dark(matrix: Matrix) -> Iterator[tuple[int, int]]:
    """The (row, column) of the dark modules, the quiet zone counted in."""
    for row, modules in enumerate(matrix, QUIET_ZONE):
        yield from ((row, column) for column, dark in enumerate(modules, QUIET_ZONE) if dark)


def _picture(matrix: Matrix, scale: int) -> Image.Image:
    """The matrix as an image with its quiet zone."""
    size = len(matrix) + 2 * QUIET_ZONE
    pixels = bytearray(b"\xff" * size**2)
    for row, column in _dark(matrix):
        pixels[row * size + column] = 0
    image = Image.frombytes("L", (size, size), bytes(pixels)).convert("1")
    return image.resize((size * scale, size * scale), Image.Resampling.NEAREST)


def read(image) -> list[str]:
    """The texts of the QR codes in a picture, from top to bottom; an empty list when none is found (`advice` says why).

    image: a path, the bytes of a file, a PIL image or an array of uint8.  Codes are looked for as many phones do it:
    dark on light.  Raises OtpError for what is no picture.
    """
    return [code.text for code in _codes(_image(image))]


def _image(image) -> Image.Image:
    """The picture in grey, on white where it is transparent."""
    try:
        if isinstance(image, (bytes, bytearray)):
            image = Image.open(io.BytesIO(image))
        elif isinstance(image, (str, os.PathLike)):
            image = Image.open(image)
        elif not isinstance(image, Image.Image):
            image = Image.fromarray(image)
        colours = image.convert("RGBA")
        if not all(colours.size):
            raise ValueError
    except FileNotFoundError:
        raise OtpError(f"there is no file {str(image)!r}") from None
    except (OSError, SyntaxError, ValueError, TypeError, AttributeError, Image.DecompressionBombError):
        kinds = "a path, the bytes of a PNG or JPEG file, a PIL image or an array of uint8"
        raise OtpError(f"this is no picture that can be read ({type(image).__name__}): give {kinds}") from None
    paper = Image.new("RGBA", colours.size, "white")
    paper.alpha_composite(colours)
    return paper.convert("L")


def _codes(picture: Image.Image, **options: bool) -> list:
    """What zxing-cpp finds of dark codes on light, from top to bottom."""
    found = read_barcodes(picture, BarcodeFormat.QRCode, try_invert=False, text_mode=TextMode.Plain, **options)
    return sorted(found, key=lambda code: (code.position.top_left.y, code.position.top_left.x))


def advice(image) -> str:
    """Why no QR code is found in a picture, and what mends it: only what was tried on it and did.  image: as `read`."""
    picture = _image(image)
    if found := _codes(picture):
        return f"{len(found)} QR code{'s' if len(found) > 1 else ''} found: nothing to mend."
    for mends in chain(permutations(REMEDIES, 1), permutations(REMEDIES, 2)):
        mended = picture
        for mend in mends:
            mended = mend(mended)
        if found := _codes(mended):
            return " ".join(_coarse(found[0]) if mend is _sharpened else REMEDIES[mend] for mend in mends)
    if _codes(picture, return_errors=True):
        return "A QR code is there, but more of it is destroyed or hidden than its error correction can mend."
    return "No QR code is seen: the three squares in its corners must all be in the picture, sharp and dark on light."


def _framed(picture: Image.Image) -> Image.Image:
    """The light part of the picture, which is the whole code if it stands on dark, with white around it."""
    light = picture.point(lambda grey: 255 * (grey > 127)).getbbox() or (0, 0, *picture.size)
    return ImageOps.expand(picture.crop(light), border=max(picture.size) // 8 + 1, fill=255)


def _inverted(picture: Image.Image) -> Image.Image:
    return ImageOps.invert(picture)


def _stretched(picture: Image.Image) -> Image.Image:
    return ImageOps.autocontrast(picture, cutoff=1)


def _sharpened(picture: Image.Image) -> Image.Image:
    """The picture at twice its size, its edges sharpened; a large one as it is: its codes are not short of pixels."""
    if max(picture.size) > 2000:
        return picture
    large = picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.BICUBIC)
    return large.filter(ImageFilter.UnsharpMask(radius=3, percent=300, threshold=0))


def _coarse(code) -> str:
    """Why sharpening helped: the modules of the code, as it was found then, were too small before, or blurred."""
    left, right = code.position.top_left, code.position.top_right
    pixels = math.hypot(right.x - left.x, right.y - left.y) / 2 / (17 + 4 * int(code.extra["Version"]))
    if pixels < 2:
        return f"The code is too small: its modules are {pixels:.1f} pixels wide; two or more are needed."
    return f"The picture is blurred (its modules are {pixels:.1f} pixels wide, which would do): hold it still."


# What may be wrong with a picture, each with the mending that proves it.
REMEDIES = {
    _framed: "The quiet zone is missing: leave four modules of white on every side of the code.",
    _inverted: "The code is light on dark, which many phones do not read: draw it dark on light, always.",
    _stretched: "The contrast is too low: draw it black on white.",
    _sharpened: "",  # said by _coarse, which measures
}
