"""A QR code, from its bytes to its modules: pattern by pattern, then the bits along the path, then mask by mask."""

import io
import itertools
from collections import Counter
from collections.abc import Iterator

import numpy
from matplotlib.colors import to_rgb
from PIL import Image, ImageDraw

from ... import qr, secret
from ...otpauth import Account
from ...qr import QUIET_ZONE, QrCode
from ...show.markup import ROLES, Shown, element, escaped, pictured
from ...show.qr_charts import PARTS, RULES, dark_modules, turned_modules
from ..resting import RFC_KEY, example
from ..stepper import Frame, Stepper
from .frame import SIDE_BY_SIDE, block, card, counted

SIDE = 360  # pixels, about, that a picture has on the page; its PNG has twice as many
EMPTY = "#dedede"  # a module that is not drawn yet
NEW = "#000000"  # the bits that a frame adds, and their path
TURNED = ROLES["message"]  # what a mask turns
CHIP = "display: inline-block; width: 11px; height: 11px; margin-right: 8px; border: 1px solid #808080"

PATTERNS = {
    "finder": "Three squares in the corners, the finders, say where the code is and which way up.",
    "separator": "A light edge, the separator, sets each of them off.",
    "timing": "The timing patterns between them, dark and light in turn, give the grid's pitch.",
    "alignment": "Smaller squares, the alignment patterns, show where the grid bends.",
    "version": "The version is written twice.",
    "dark": "One module beside the lower left finder is always dark.",
    "format": "Level and mask will stand here, twice; the mask is not chosen yet.",
}

# What the colours of a picture mean: rows of colour, name, and a word about it.
Legend = list[tuple[str, str, str]]


def qr_film(text: str) -> Stepper:
    """How a text becomes the modules of a QR code (ISO/IEC 18004), as `qr.make(text)` makes it.

    text: as for qr.make, and OtpError is raised as there.  `show.anatomy(code)` and `show.masks(code)` have the parts
    and the masks in one picture each.
    """
    code = qr.make(text)
    drawn = frames(code)
    hidden = "otpauth" in text.lower() and secret.encode(RFC_KEY) not in text
    public = qr_film(example(Account(key=RFC_KEY)).uri) if hidden else None
    rest = len(drawn) - len(RULES) - 2  # the last bits: all are at their places, and no mask has turned any
    return Stepper(f"From {code.used} bytes to a QR code of version {code.version}", drawn, rest=rest, example=public)


def frames(code: QrCode) -> list[Frame]:
    """The bytes, the patterns, the path, the bits on it, the masks, the code."""
    names = numpy.array(qr.parts(code.version, code.error_correction))
    dark = _unmasked(code, names)
    full = numpy.array([[to_rgb(PARTS[name][0]) for name in row] for row in names])
    colours = numpy.where(dark, full, 1 - (1 - full) * 0.2)
    return [_bytes(code), *_patterns(names, colours), *_along(code, colours, dark), *_masks(code)]


def _unmasked(code: QrCode, names: numpy.ndarray) -> numpy.ndarray:
    """Which modules are dark before a mask turns some and the format is written, ready to choose among colours."""
    dark = dark_modules(code).copy()
    for row, column in qr.path(code.version):
        dark[row, column] ^= qr.inverts(code.mask, row, column)
    dark[names == "format"] = False
    return dark


def _bytes(code: QrCode) -> Frame:
    words, data = qr.codewords(code), code.available
    more = len(words) - data
    step = block("codewords", words, f"{data} for data, {more} for error correction", number=data, digest=len(words))
    caption = (
        f"Mode, length and text take {counted(code.used, 'byte')}. Filling makes them {data}, "
        f"and {more} more are for error correction."
    )
    return Frame(Shown(card(step), "\n".join([f"{step.name}, {step.how}", *step.lines])), caption)


def _patterns(names: numpy.ndarray, colours: numpy.ndarray) -> Iterator[Frame]:
    """One more of the patterns in every frame."""
    counts = Counter(names.flat)
    found = [name for name in PATTERNS if counts[name]]
    legend = [(PARTS[name][0], name, counted(counts[name], "module")) for name in found]
    for known, name in enumerate(found, start=1):
        yield Frame(_scene(_known(colours, numpy.isin(names, found[:known])), legend[:known]), PATTERNS[name])


def _along(code: QrCode, colours: numpy.ndarray, dark: numpy.ndarray) -> Iterator[Frame]:
    """The path, then the bits on it: the first three bytes one by one, the others in ten parts."""
    places, words, data = qr.path(code.version), qr.codewords(code), code.available
    order = numpy.full(dark.shape[:2], -1)
    order[tuple(zip(*places))] = range(len(places))
    caption = (
        f"What is free takes the bits, {8 * len(words)} of them. The path begins in the lower right corner "
        "and runs up and down in columns of two modules."
    )
    yield Frame(_scene(_known(colours, order < 0), [(NEW, "path", counted(len(places), "module"))], places), caption)
    sixths, quarters = [data * k // 6 for k in range(1, 7)], [data + (len(words) - data) * k // 4 for k in range(1, 5)]
    stops = sorted({0, 1, 2, 3, *sixths, *quarters})
    for start, stop in itertools.pairwise(stops):
        new = (order >= 8 * start) & (order < (8 * stop if stop < len(words) else len(places)))
        drawn = numpy.where(new[:, :, None], numpy.where(dark, 0, 1), _known(colours, order < 8 * start))
        counts = {"data": min(start, data), "error correction": max(start - data, 0)}
        legend = [(PARTS[name][0], name, counted(count, "byte")) for name, count in counts.items() if count]
        told, caption = _bytes_words(words, start, stop, "data" if stop <= data else "error correction")
        yield Frame(_scene(drawn, [*legend, (NEW, *told)]), caption)


def _bytes_words(words: bytes, start: int, stop: int, kind: str) -> tuple[tuple[str, str], str]:
    """What the legend says of the newest bytes, and what the caption says."""
    if stop == start + 1:
        caption = f"Byte {stop} is {words[start]:02x}: eight modules, the top bit first, dark for a one."
        return (f"byte {stop}", f"{words[start]:08b}"), caption
    caption = f"The bytes {start + 1} to {stop}, {kind}, begin with {words[start : min(stop, start + 4)].hex(' ')}."
    return (f"bytes {start + 1} to {stop}", kind), caption


def _masks(code: QrCode) -> Iterator[Frame]:
    """The same bits under each mask, then the code under the best one."""
    every = [qr.make(code.text, error_correction=code.error_correction, mask=mask) for mask in range(len(RULES))]
    legend: Legend = []
    for each, rule in zip(every, RULES):
        points = f"{qr.penalty(each)} points"
        caption = (
            f"Mask {each.mask} turns the modules where {rule} = 0, with r the row and c the column. "
            f"What would confuse a reader gives it {points}."
        )
        yield Frame(_scene(turned_modules(each), [*legend, (TURNED, f"mask {each.mask}", points)]), caption)
        legend.append(("transparent", f"mask {each.mask}", points))
    caption = (
        f"Mask {code.mask} has the fewest points, {qr.penalty(code)}, and is taken. "
        f"The code is black on white, with {QUIET_ZONE} modules of white around it."
    )
    black = numpy.where(dark_modules(code), to_rgb("black"), to_rgb("white"))
    yield Frame(_scene(black, [(NEW, f"mask {code.mask}", f"level {code.error_correction}")]), caption)


def _known(colours: numpy.ndarray, known: numpy.ndarray) -> numpy.ndarray:
    """The colours of the modules that are known, the others empty."""
    return numpy.where(known[:, :, None], colours, to_rgb(EMPTY))


def _scene(colours: numpy.ndarray, legend: Legend, path: tuple = ()) -> Shown:
    """The modules as a picture, and beside it what its colours mean."""
    words = [f"{name}: {text}" for _, name, text in legend]
    items = [
        element("span", "", f"{CHIP}; background-color: {colour}") + f"{element('b', name)} {escaped(text)}"
        for colour, name, text in legend
    ]
    beside = "".join(element("li", item) for item in items)
    side = len(colours) + 2 * QUIET_ZONE
    scale = max(3, SIDE // side)
    picture = pictured(_png(colours, 2 * scale, path), side * scale, f"QR code, {'; '.join(words)}")
    beside = element("ul", beside, "list-style: none; margin: 0; padding: 0; line-height: 1.9")
    return Shown(element("div", picture + beside, SIDE_BY_SIDE), "\n".join(words))


def _png(colours: numpy.ndarray, scale: int, path: tuple) -> bytes:
    """The modules on white with their quiet zone, so many pixels each; with the path as a line, if there is one."""
    edge = (QUIET_ZONE, QUIET_ZONE)
    paper = numpy.pad(colours, (edge, edge, (0, 0)), constant_values=1)
    image = Image.fromarray((255 * paper).astype(numpy.uint8)).quantize(64, dither=Image.Dither.NONE)
    image = image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    if path:
        image = image.convert("RGB")
        points = [((column + QUIET_ZONE + 0.5) * scale, (row + QUIET_ZONE + 0.5) * scale) for row, column in path]
        ImageDraw.Draw(image).line(points, fill=NEW, width=scale // 5)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
