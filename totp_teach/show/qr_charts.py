"""QR codes as pictures: the code itself, its anatomy, its masks, and how much of it may be destroyed.

survived    the shares of damaged codes that are still read      survival    as curves
"""

from bisect import bisect_left
from collections import Counter
from functools import partial

import numpy
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from .. import qr as room
from ..qr import QUIET_ZONE, QrCode
from ..qr.making import picture
from ..qr.reading import barcodes
from .figure import Chart, own_look
from .markup import ROLES, Shown, pictured

# What the parts of a code are for, and their colours: dark modules full, light ones pale.
PARTS = {
    "finder": ("#0072B2", "three squares: here is a code, and this way up"),
    "separator": ("#56B4E9", "a light edge around each finder"),
    "timing": ("#E69F00", "dark and light in turn: the grid's pitch"),
    "alignment": ("#D55E00", "small squares: the grid's bend"),
    "format": ("#CC79A7", "level and mask, written twice"),
    "version": ("#7A5C00", "the version, written twice"),
    "dark": ("#000000", "one module, always dark"),
    "data": ("#009E73", "mode, length, the text, filling"),
    "error correction": ("#8C8C8C", "what fixes the rest"),
    "remainder": ("#F0E442", "bits left over, never used"),
}
RULES = ["(r + c) % 2", "r % 2", "c % 3", "(r + c) % 3", "(r//2 + c//3) % 2"]  # where they are 0 a mask turns modules
RULES += ["r·c % 2 + r·c % 3", "(r·c % 2 + r·c % 3) % 2", "((r + c) % 2 + r·c % 3) % 2"]
INK = "#333333"
BUBBLE = dict(boxstyle="circle,pad=0.15", facecolor="white", edgecolor=INK, linewidth=0.8)


def qr(code: QrCode) -> Shown:
    """The code, black on white in every theme, four pixels a module. Its words keep quiet of the text it holds."""
    side = 4 * (len(code.matrix) + 2 * QUIET_ZONE)
    words = describe(code)
    return Shown(pictured(code.png(), side, words), words)


def describe(code: QrCode) -> str:
    """A code in words."""
    side = len(code.matrix)
    return (
        f"QR code: version {code.version} ({side} × {side} modules), level {code.error_correction}, mask {code.mask}, "
        f"{code.mode} mode, {code.used} of {code.available} bytes used"
    )


@own_look
def anatomy(code: QrCode) -> Chart:
    """The code with each module in its part's colour, dark ones full and light ones pale, and the parts by name."""
    names = room.parts(code.version, code.error_correction)
    counts = Counter(name for row in names for name in row)
    found = [(name, f"{PARTS[name][1]} ({counts[name]})") for name in PARTS if counts[name]]
    words = "; ".join(f"{name}: {text}" for name, text in found)
    chart = Chart(820, 450, f"{describe(code)}. Its parts, with their modules: {words}; around it the quiet zone.")
    code_axes, list_axes = chart.subplots(1, 2, width_ratios=[1.3, 1])
    colours = numpy.array([[to_rgb(PARTS[name][0]) for name in row] for row in names])
    pale = 1 - (1 - colours) * 0.2
    title = f"Version {code.version}, level {code.error_correction}, mask {code.mask}"
    _modules(code_axes, numpy.where(dark_modules(code), colours, pale), title)
    code_axes.text(len(names) / 2, -2.5, "quiet zone: four modules of white", ha="center", va="center", fontsize=9)
    list_axes.set(xlim=(0, 20), ylim=(9.7, -0.6))
    list_axes.axis("off")
    for line, (letter, (name, text)) in enumerate(zip("abcdefghij", found)):
        row, column = _example(name, code)
        _letter(code_axes, column, row, letter)
        _letter(list_axes, 0.6, line + 0.12, letter)
        list_axes.add_patch(Rectangle((1.6, line - 0.25), 0.9, 0.7, facecolor=PARTS[name][0], edgecolor=INK))
        list_axes.text(3.1, line - 0.06, name, va="center", fontweight="bold")
        list_axes.text(3.1, line + 0.32, text, va="center", fontsize=8.5)
    return chart


def _example(name: str, code: QrCode) -> tuple[float, float]:
    """The (row, column) where a part is well seen."""
    end, places, data = len(code.matrix) - 1, room.path(code.version), 8 * code.available
    return {
        "finder": (3, 3),
        "separator": (7, end - 3),
        "timing": (6, 10),
        "alignment": (end - 6, end - 6),
        "format": (3, 8),
        "version": (2.5, end - 9),
        "dark": (end - 7, 8),
        "data": places[data // 2],
        "error correction": places[(2 * data + len(places)) // 3],
        "remainder": places[-1],
    }[name]


def _letter(axes, x: float, y: float, letter: str) -> None:
    axes.text(x, y, letter, ha="center", va="center", fontsize=9, fontweight="bold", bbox=BUBBLE)


def dark_modules(code: QrCode) -> numpy.ndarray:
    """The matrix as an array that goes with one of colours."""
    return numpy.array(code.matrix)[:, :, None]


def _modules(axes, colours: numpy.ndarray, title: str) -> None:
    """The modules as squares inside the quiet zone."""
    axes.imshow(colours, interpolation="nearest")
    edge, size = QUIET_ZONE + 0.5, len(colours)
    axes.set(xlim=(-edge, size - 1 + edge), ylim=(size - 1 + edge, -edge), xticks=[], yticks=[])
    axes.set_title(title, fontsize=10.5)
    axes.spines[:].set(visible=True, color=INK, linestyle=":")


@own_look
def corner(code: QrCode, modules: int = 20) -> Chart:
    """The lower right corner, enlarged, its first modules numbered in the order in which they take up the bits."""
    size, shown = len(code.matrix), 13
    places = room.path(code.version)[:modules]
    words = ", ".join(
        f"{number} {'dark' if code.matrix[row][column] else 'light'} (row {row}, column {column})"
        for number, (row, column) in enumerate(places, 1)
    )
    chart = Chart(
        560, 520, f"The lower right corner of a QR code of {size} × {size} modules, the first numbered: {words}."
    )
    axes = chart.add_subplot()
    axes.imshow(
        numpy.where(dark_modules(code), 0.0, 1.0)[:, :, 0], cmap="gray", vmin=0, vmax=1, interpolation="nearest"
    )
    ticks = range(size - shown, size)
    axes.set(xlim=(ticks[0] - 0.5, size + 0.5), ylim=(size + 0.5, ticks[0] - 0.5), xticks=ticks, yticks=ticks)
    axes.set(xlabel="column", ylabel="row")
    axes.tick_params(labelsize=9)
    for number, (row, column) in enumerate(places, 1):
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=ROLES["message"], linewidth=2))
        ink = "white" if code.matrix[row][column] else "black"
        axes.text(column, row, str(number), ha="center", va="center", fontsize=11, color=ink)
    return chart


@own_look
def masks(code: QrCode) -> Chart:
    """The same text under all eight masks, what each turns in orange, with its rule and its penalty."""
    every = [room.make(code.text, error_correction=code.error_correction, mask=mask) for mask in range(8)]
    points = [room.penalty(each) for each in every]
    words = "; ".join(f"mask {mask} turns where {rule} = 0: {points[mask]} points" for mask, rule in enumerate(RULES))
    chart = Chart(860, 540, f"One text under the eight masks (r: row, c: column). {words}. Taken: mask {code.mask}.")
    chart.head("Orange: what the mask turns (r: row, c: column, from 0)")
    for axes, each, rule, score in zip(chart.subplots(2, 4).flat, every, RULES, points):
        taken = each.mask == code.mask
        _modules(axes, turned_modules(each), f"mask {each.mask}: {score} points")
        axes.set_xlabel(f"{rule} = 0" + "\ntaken: the fewest points" * taken, fontsize=9)
        if taken:
            axes.spines[:].set(color="black", linewidth=2.5, linestyle="-")
    return chart


def turned_modules(code: QrCode) -> numpy.ndarray:
    """The colours of the modules: orange and pale orange where the mask turned them, else black and white."""
    size = len(code.matrix)
    turned = numpy.zeros((size, size, 1), dtype=bool)
    for row, column in room.path(code.version):
        turned[row, column] = room.inverts(code.mask, row, column)
    full = numpy.where(turned, to_rgb(ROLES["message"]), to_rgb("black"))
    light = numpy.where(turned, to_rgb("#fbebcb"), to_rgb("white"))
    return numpy.where(dark_modules(code), full, light)


def survived(code: QrCode, shares: list[float], *, tries: int = 20) -> list[float]:
    """How many of a code's copies, by seeds 0, 1, …, are still read, 0 … 1, with each of the shares of their bytes destroyed.

    A larger share destroys the same bytes and more: where a copy is no longer read is found by halving the shares.
    """

    def lost(share: float, seed: int) -> bool:
        image = picture(room.damage(code, share, seed).matrix, 2).convert("L")
        return [found.text for found in barcodes(image)] != [code.text]

    ends = [bisect_left(shares, True, key=partial(lost, seed=seed)) for seed in range(tries)]
    return [sum(end > place for end in ends) / tries for place in range(len(shares))]


@own_look
def survival(text: str, *, tries: int = 20) -> Chart:
    """How many codes of a text are still read, the more of their bytes are destroyed, at each of the four levels."""
    shares = [percent / 100 for percent in range(0, 37, 2)]
    codes = [room.make(text, error_correction=level) for level in "LMQH"]
    curves = [survived(code, shares, tries=tries) for code in codes]
    words = " ".join(_survival_words(*one, shares) for one in zip(codes, curves))
    chart = Chart(760, 360, f"How many of {tries} codes are still read, the more of their bytes are destroyed. {words}")
    chart.head(f"How many of {tries} damaged codes are still read")
    axes = chart.add_subplot()
    for code, curve, (marker, colour) in zip(codes, curves, CURVES):
        axes.plot(shares, curve, marker=marker, color=colour, markeredgecolor=INK, label=_level_words(code))
    axes.set(xlabel="of their bytes destroyed", ylim=(-0.03, 1.05))
    axes.xaxis.set_major_formatter(PercentFormatter(1, 0, " %"))
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0, " %"))
    axes.legend(frameon=False, loc="lower left")
    return chart


CURVES = (("o", "#949494"), ("s", "#707070"), ("^", "#4a4a4a"), ("D", "#1f1f1f"))  # the roles' colours say other things


def _level_words(code: QrCode) -> str:
    return f"Level {code.error_correction} (version {code.version})"


def _survival_words(code: QrCode, curve: list[float], shares: list[float]) -> str:
    all_read = max(share for share, read in zip(shares, curve) if read == 1)
    some = max(share for share, read in zip(shares, curve) if read)
    return f"{_level_words(code)}: all read up to {100 * all_read:.0f} %, some up to {100 * some:.0f} %."
