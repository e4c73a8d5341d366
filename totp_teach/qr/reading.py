"""picture -> text, with zxing-cpp: the QR codes in it, the pieces of a longer text, and why there is none.

A code can hold a piece of a text (structured append, ISO/IEC 18004 §8): then its bits begin with the mode 0011, the
piece's place, their number, and a parity byte of the whole text. zxing-cpp gives the piece as if it were a text, so
the bits are read here, off the modules that zxing-cpp has found, and corrected if the picture is damaged.
"""

import io
import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial, reduce
from itertools import chain, permutations, zip_longest
from operator import xor
from typing import Any, cast

from PIL import Image, ImageFilter, ImageOps
from zxingcpp import Barcode, BarcodeFormat, BarcodeFormats, TextMode, read_barcodes

from .. import OtpError
from .._pasted import is_utf8
from .anatomy import words
from .making import LOGARITHMS, MODES, POWERS, Matrix, blocks, length_bits

# The bits before a text, in any order: modes without a text of their own (FNC1; ECI, which names the character set that
# follows), and of a piece its place, their number, and parity.
NO_TEXT = "((?:0101|1001.{8}|0111(?:0.{7}|10.{14}|110.{21}))*)"
HEAD = re.compile(f"{NO_TEXT}(?:0011(.{{4}})(.{{4}})(.{{8}}))?{NO_TEXT}")
HEAD_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class Symbol:
    """One QR code of a picture, or several that hold one text together. Its repr does not show the text.

    guessed: its bytes are not UTF-8 and it does not say what they are: the characters beyond ASCII are a guess.
    part, of: which piece of a longer text it holds, from 1; 1 of 1 is a whole text.  parity: of that whole text.
    """

    text: str = field(repr=False)
    content: bytes = field(repr=False)
    guessed: bool = False
    part: int = 1
    of: int = 1
    parity: int = 0


def read(image: Any) -> list[str]:
    """The texts of the QR codes in a picture, from top to bottom; an empty list when none is found (`advice` says why).

    image: a path, the bytes of a file, a PIL image or an array of uint8.  Codes are looked for dark on light alone, as
    some scanning libraries do.  The pieces of one text are put together if they are all there; a piece alone is not a text.
    Raises OtpError for what is not a picture.
    """
    return [symbol.text for symbol in scan(image) if symbol.of == 1]


def scan(image: Any) -> list[Symbol]:
    """The QR codes of a picture as Symbols, from top to bottom, pieces whose others are missing among them."""
    return together([_symbol(code) for code in barcodes(_image(image))])


def together(symbols: list[Symbol]) -> list[Symbol]:
    """The symbols of one picture or of several, those that hold one text as one: its parity byte must confirm them."""
    found: list[Symbol] = []
    done = set()
    for symbol in symbols:
        whole = (symbol.of, symbol.parity)
        pieces = {one.part: one for one in symbols if (one.of, one.parity) == whole}
        content = b"".join(pieces[part].content for part in sorted(pieces))
        if symbol.of == 1 or len(pieces) < symbol.of or reduce(xor, content, 0) != symbol.parity:
            found.append(symbol)
        elif whole not in done:
            done.add(whole)
            utf8 = is_utf8(content)
            text = content.decode() if utf8 else "".join(pieces[part].text for part in sorted(pieces))
            guessed = not utf8 and any(one.guessed for one in pieces.values())
            found.append(Symbol(text=text, content=content, guessed=guessed))
    return found


def _symbol(code: Barcode) -> Symbol:
    """What zxing-cpp has found, with what it does not tell."""
    found = cast("re.Match[str]", HEAD.match("".join(f"{byte:08b}" for byte in _head(code))))
    before, *piece, after = found.groups()
    guessed = "0111" not in before + after and not is_utf8(code.bytes)
    part, of, parity = (int(bits, 2) if bits else 0 for bits in piece)
    return Symbol(text=code.text, content=code.bytes, guessed=guessed, part=part + 1, of=of + 1, parity=parity)


def _head(code: Barcode) -> bytes:
    """The first bytes of a code's data, as they were meant.

    In a mirrored picture rows are columns, and in a damaged one bytes are wrong; neither matters if what stands there
    fits what was read.
    """
    extra, pixels = _extra(code), cast("list[list[int]]", memoryview(cast("Any", code.to_image(scale=1))).tolist())
    version, mask = int(extra["Version"]), extra["DataMask"]
    margin = (len(pixels) - 17 - 4 * version) // 2
    symbol = slice(margin, len(pixels) - margin)
    modules: Matrix = tuple(tuple(pixel == 0 for pixel in row[symbol]) for row in pixels[symbol])
    shape = blocks(version, extra["ECLevel"])
    data, check = shape[0]
    first_check = sum(each for each, _ in shape)
    found = []
    for matrix in (modules, tuple(zip(*modules, strict=True))):
        every = words(matrix, version, mask)  # the blocks take turns: the first one's are so far apart
        block = every[: data * len(shape) : len(shape)] + every[first_check :: len(shape)][:check]
        if _fits(block[:3], version, len(code.bytes)):
            return block[:HEAD_BYTES]
        syndromes = [
            reduce(lambda value, byte: _product(value, POWERS[each]) ^ byte, block, 0) for each in range(check)
        ]
        found.append((_wrong(syndromes), block, syndromes))
    number, block, syndromes = min(found)
    if not number:
        return block[:HEAD_BYTES]
    head = bytearray(block[:HEAD_BYTES])
    for place in range(HEAD_BYTES):
        tries = [
            [_product(change, POWERS[(len(block) - 1 - place) * each % 255]) for each in range(check)]
            for change in range(256)
        ]
        better = [[one ^ other for one, other in zip(syndromes, each, strict=True)] for each in tries]
        change = min(range(256), key=lambda each: _wrong(better[each]))
        head[place], syndromes = head[place] ^ change, better[change]
        if _fits(head[:3], version, len(code.bytes)):
            break
    return bytes(head)


def _extra(code: Barcode) -> dict[str, Any]:
    """What zxing-cpp tells of the code itself."""
    return cast("dict[str, Any]", code.extra)


def _fits(head: bytes | bytearray, version: int, size: int) -> bool:
    """Do the first bytes say that a text of so many bytes follows in one segment?"""
    bits, mode = int.from_bytes(head, "big"), head[0] >> 4
    length = length_bits(mode, version) if mode in MODES else 0
    return mode in MODES and bits >> 20 - length & (1 << length) - 1 == size


def _product(one: int, other: int) -> int:
    """Two bytes multiplied as polynomials modulo x^8 + x^4 + x^3 + x^2 + 1 (ISO/IEC 18004 §8.5)."""
    return POWERS[(LOGARITHMS[one] + LOGARITHMS[other]) % 255] if one and other else 0


def _wrong(syndromes: list[int]) -> int:
    """How many bytes of a block are wrong: the length of the shortest recurrence (Berlekamp and Massey)."""
    locator, spare, length = [1], [0, 1], 0
    for step in range(len(syndromes)):
        if off := reduce(xor, map(_product, locator, syndromes[step::-1])):
            before = locator
            locator = [one ^ _product(off, other) for one, other in zip_longest(locator, spare, fillvalue=0)]
            if 2 * length <= step:
                length, spare = step + 1 - length, [_product(POWERS[-LOGARITHMS[off] % 255], one) for one in before]
        spare = [0, *spare]
    return length


def _image(image: Any) -> Image.Image:
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
        raise OtpError(f"cannot read this as an image ({type(image).__name__}): give {kinds}") from None
    paper = Image.new("RGBA", colours.size, "white")
    paper.alpha_composite(colours)
    return paper.convert("L")


def barcodes(picture: Image.Image, *, errors: bool = False) -> list[Barcode]:
    """What zxing-cpp finds of dark codes on light, from top to bottom."""
    kinds = BarcodeFormats([BarcodeFormat.QRCode])
    found = read_barcodes(picture, kinds, try_invert=False, text_mode=TextMode.Plain, return_errors=errors)
    return sorted(found, key=lambda code: (code.position.top_left.y, code.position.top_left.x))


def advice(image: Any) -> str:
    """Why no text is found in a picture, and what to do: only what was tried on it and helped.  image: as `read`."""
    picture = _image(image)
    if found := barcodes(picture):
        return _pieces(together([_symbol(code) for code in found]), len(found))
    for remedies in chain(permutations(REMEDIES, 1), permutations(REMEDIES, 2)):
        better = picture
        for remedy in remedies:
            better = remedy(better)
        if found := barcodes(better):
            return " ".join(_coarse(found[0]) if remedy is _sharpened else REMEDIES[remedy] for remedy in remedies)
    if barcodes(picture, errors=True):
        return "A QR code is there, but more of it is destroyed or hidden than its error correction can restore."
    return "No QR code is seen: the three squares in its corners must all be in the picture, sharp and dark on light."


def _pieces(symbols: list[Symbol], number: int) -> str:
    """What there is to say of codes that were read."""
    alone = [symbol for symbol in symbols if symbol.of > 1]
    if not alone:
        return f"{number} QR code{'s' if number > 1 else ''} found: nothing to fix."
    named = " and ".join(f"part {symbol.part} of {symbol.of}" for symbol in alone)
    return f"The QR code holds {named} of a longer text (structured append): scan the other parts as well."


def _framed(picture: Image.Image) -> Image.Image:
    """The light part of the picture, which is the whole code if it stands on dark, with white around it."""
    light = picture.point(lambda grey: 255 * (grey > 127)).getbbox() or (0, 0, *picture.size)
    return ImageOps.expand(picture.crop(light), border=max(picture.size) // 8 + 1, fill=255)


def _sharpened(picture: Image.Image) -> Image.Image:
    """The picture at twice its size, its edges sharpened; a large one as it is: its codes are not short of pixels."""
    if max(picture.size) > 2000:
        return picture
    large = picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.BICUBIC)
    return large.filter(ImageFilter.UnsharpMask(radius=3, percent=300, threshold=0))


def _coarse(code: Barcode) -> str:
    """Why sharpening helped: the modules of the code, as it was found then, were too small before, or blurred."""
    left, right = code.position.top_left, code.position.top_right
    pixels = math.hypot(right.x - left.x, right.y - left.y) / 2 / (17 + 4 * int(_extra(code)["Version"]))
    if pixels < 2:
        return f"The code is too small: its modules are {pixels:.1f} pixels wide; two or more are needed."
    return f"The picture is blurred (its modules are {pixels:.1f} pixels wide, which would do): hold it still."


# What may be wrong with a picture, each with the change that proves it.
REMEDIES: dict[Callable[[Image.Image], Image.Image], str] = {
    _framed: "The quiet zone is missing: leave four modules of white on every side of the code.",
    ImageOps.invert: "The code is light on dark, which some scanning libraries do not read: draw it dark on light.",
    partial(ImageOps.autocontrast, cutoff=1): "The contrast is too low: draw it black on white.",
    _sharpened: "",  # said by _coarse, which measures
}
