"""Charts of the numbers: data first, then the drawing of it.

flips      the bits in which two digests differ              avalanche   as a grid
odds       how much likelier the favoured codes are          bias        as bars
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from matplotlib.patches import Rectangle

from .. import OtpError
from .figure import Chart, own_look
from .markup import ROLES, hexed

INK, FAINT = "#333333", "#dddddd"


def flips(first: bytes, second: bytes) -> list[int]:
    """The numbers of the bits in which two digests of one length differ, 0 for the first bit."""
    if len(first) != len(second):
        raise OtpError(f"two digests of one length can be compared, not of {len(first)} and {len(second)} bytes")
    return [bit for bit in range(8 * len(first)) if (first[bit // 8] ^ second[bit // 8]) >> (7 - bit % 8) & 1]


@own_look
def avalanche(first: bytes, second: bytes) -> Chart:
    """The bits of the second digest as a grid, four bytes a row; those that differ from the first's are filled."""
    flipped = set(flips(first, second))
    total = 8 * len(first)
    share = 100 * len(flipped) / total
    title = f"{len(flipped)} of {total} bits flipped ({share:.0f} %)"
    columns = 32
    rows = math.ceil(total / columns)
    changes = bytes(one ^ other for one, other in zip(first, second))
    chart = Chart(720, 40 + 19 * rows, f"{title}; first XOR second is {hexed(changes)}")
    chart.head(title)
    axes = chart.add_subplot(aspect="equal", xlim=(-0.5, columns + 1.5), ylim=(rows - 0.4, -0.6))
    for bit in range(total):
        row, column = divmod(bit, columns)
        _bit(axes, column + column // 8 * 0.5, row, second[bit // 8] >> (7 - bit % 8) & 1, bit in flipped)
    axes.set_yticks(range(rows), [f"bytes {4 * row}–{4 * row + 3}" for row in range(rows)])
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return chart


def _bit(axes, x: float, y: float, value: int, flipped: bool) -> None:
    """One bit: its value in a square, which is filled, and its digit bold, if it flipped."""
    fill = ROLES["message"] if flipped else "white"
    axes.add_patch(Rectangle((x - 0.42, y - 0.42), 0.84, 0.84, facecolor=fill, edgecolor=INK if flipped else FAINT))
    look = {"fontweight": "bold", "color": "black"} if flipped else {"fontweight": "normal", "color": "#666666"}
    axes.text(x, y + 0.03, value, ha="center", va="center", fontsize=8.5, **look)


@dataclass(frozen=True)
class Odds:
    """How evenly the numbers below 2^31 spread over the codes of so many digits."""

    digits: int
    least: int  # numbers that lead to each code, at least
    favoured: int  # codes to which one number more leads: 0 … favoured − 1
    impossible: int  # codes to which no number leads

    @property
    def excess(self) -> float:
        """How much likelier a favoured code is than the others, as a share: 0.5 is half as likely again."""
        return 1 / self.least if self.least else math.inf


def odds(digits: int) -> Odds:
    """The bias of dynamic truncation: 2^31 numbers, modulo 10^digits (RFC 4226, appendix A)."""
    least, favoured = divmod(2**31, 10**digits)
    return Odds(digits, least, favoured, 10**digits - favoured if least == 0 else 0)


@own_look
def bias(digits_list: Iterable[int]) -> Chart:
    """How much likelier the favoured codes are, one bar for each number of digits, on a logarithmic scale."""
    data = [odds(digits) for digits in digits_list]
    words = [_odds_words(one) for one in data]
    said = " ".join(f"{one.digits} digits: {text}." for one, text in zip(data, words))
    chart = Chart(720, 70 + 48 * len(data), f"How much likelier the favoured codes are. {said}")
    chart.head("How much likelier the favoured codes are than the rest")
    axes = chart.add_subplot(xscale="log")
    for y, (one, text) in enumerate(zip(data, words)):
        color, hatch = ("white", "///") if one.impossible else (ROLES["code"], None)
        axes.barh(y, 100 if one.impossible else 100 * one.excess, 0.36, edgecolor=INK, color=color, hatch=hatch)
        axes.text(0.0105, y - 0.38, text, va="center", fontsize=9.5)
    axes.set(xlim=(0.01, 110), ylim=(len(data) - 0.5, -0.7), xlabel="likelier by")
    axes.set_xticks([0.01, 0.1, 1, 10, 100], ["0.01 %", "0.1 %", "1 %", "10 %", "100 %"])
    axes.set_yticks(range(len(data)), [f"{one.digits} digits" for one in data])
    axes.tick_params(axis="y", length=0)
    return chart


def _odds_words(one: Odds) -> str:
    if one.impossible:
        share = 100 * one.impossible / 10**one.digits
        return f"the codes above {one.favoured - 1} never come; that is {share:.0f} % of them"
    first, last = (f"{code:0{one.digits}d}" for code in (0, one.favoured - 1))
    return f"{first} to {last} are {100 * one.excess:.2g} % likelier"
