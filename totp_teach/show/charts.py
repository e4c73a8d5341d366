"""Charts of the numbers: data first, then the drawing of it.

    flips      the bits in which two digests differ              avalanche   as a grid
    odds       how much likelier the favoured codes are          bias        as bars
    steps      the steps around a moment, and what is accepted   timeline    as a line
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from matplotlib.patches import Rectangle

from .. import OtpError, totp
from .chart import Chart, own_look
from .look import ROLES, hexed

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
    axes = chart.add_subplot(title=title, aspect="equal", xlim=(-0.5, columns + 1.5), ylim=(rows - 0.4, -0.6))
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
    axes.text(x, y + 0.03, value, ha="center", va="center", fontsize=8.5, fontweight="bold" if flipped else "normal",
              color="black" if flipped else "#777777")  # fmt: skip


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
    chart = Chart(720, 70 + 48 * len(data), "How much likelier the favoured codes are. " + " ".join(words))
    axes = chart.add_subplot(title="How much likelier the favoured codes are than the rest", xscale="log")
    for y, (one, text) in enumerate(zip(data, words)):
        possible = not one.impossible
        width = 100 * one.excess if possible else 100
        axes.barh(y, width, 0.36, color=ROLES["code"] if possible else "white", edgecolor=INK,
                  hatch=None if possible else "///")  # fmt: skip
        axes.text(0.0105, y - 0.38, text, va="center", fontsize=9.5)
    axes.set(xlim=(0.01, 110), ylim=(len(data) - 0.5, -0.7), xlabel="likelier by")
    axes.set_xticks([0.01, 0.1, 1, 10, 100], ["0.01 %", "0.1 %", "1 %", "10 %", "100 %"])
    axes.set_yticks(range(len(data)), [f"{one.digits} digits" for one in data])
    axes.tick_params(axis="y", length=0)
    return chart


def _odds_words(one: Odds) -> str:
    if one.impossible:
        share = 100 * one.impossible / 10**one.digits
        return f"{one.digits} digits: the codes above {one.favoured - 1} never come; that is {share:.0f} % of them."
    first, last = (f"{code:0{one.digits}d}" for code in (0, one.favoured - 1))
    return f"{one.digits} digits: {first} to {last} are {100 * one.excess:.2g} % likelier."


@dataclass(frozen=True)
class Steps:
    """The server's step at a moment, the steps whose codes it accepts, and the phone's step by its own clock."""

    counter: int
    into: float  # seconds since the server's step began
    accepted: range
    phone: int
    phone_into: float  # seconds since the server's step began, by the phone's clock

    @property
    def verdict(self) -> str:
        return "accepted" if self.phone in self.accepted else "refused"


def steps(at: float, *, period: int = 30, window: int = 1, phone: float = 0.0) -> Steps:
    """Where server and phone stand. at: the server's clock.  window: steps.  phone: seconds its clock is ahead."""
    counter = totp.counter(at, period=period)
    into = period - totp.remaining(at, period=period)
    accepted = range(max(0, counter - window), counter + window + 1)
    return Steps(counter, into, accepted, totp.counter(at + phone, period=period), into + phone)


@own_look
def timeline(at: float, *, period: int = 30, window: int = 1, phone: float = 0.0) -> Chart:
    """The steps around the server's moment as a line, those it accepts filled, with the server's clock and the phone's.

    at: seconds since the Unix epoch.  period: seconds.  window: steps on each side.  phone: seconds its clock is ahead.
    """
    data = steps(at, period=period, window=window, phone=phone)
    shown = range(max(0, min(data.accepted[0] - 1, data.phone)), max(data.accepted[-1] + 1, data.phone) + 1)
    chart = Chart(760, 210, _steps_words(data, phone))
    axes = chart.add_subplot(title=f"A phone {phone:+g} s off, a window of ±{window}: {data.verdict}", ylim=(-2.2, 2.2))
    for counter in shown:
        _step(axes, (counter - data.counter) * period, period, counter, counter in data.accepted)
    _clock(axes, data.into, "server", ROLES["key"], 1, period)
    _clock(axes, data.phone_into, f"phone: {data.verdict}", ROLES["offset"], -1, period)
    edges = [(counter - data.counter) * period for counter in [*shown, shown[-1] + 1]]
    axes.set_xticks(edges, [f"{edge:+d}" if edge else "0" for edge in edges])
    axes.set(xlim=(edges[0], edges[-1]), xlabel="seconds since the server's step began", yticks=[])
    axes.spines["left"].set_visible(False)
    return chart


def _step(axes, start: float, period: int, counter: int, accepted: bool) -> None:
    fill = dict(facecolor="#bfe5d9", hatch=None) if accepted else dict(facecolor="white", hatch="")
    axes.add_patch(Rectangle((start, -0.5), period, 1, edgecolor=INK, linewidth=1, **fill))
    axes.text(start + period / 2, 0.14, counter, ha="center", va="center", family="DejaVu Sans Mono")
    axes.text(start + period / 2, -0.25, "accepted" if accepted else "refused", ha="center", va="center", fontsize=8.5)


def _clock(axes, x: float, text: str, colour: str, side: int, period: int) -> None:
    """A clock's hand above (side 1) or below the line of steps."""
    axes.plot([x, x], [0.5 * side, 1.5 * side], color=colour, linewidth=2.5, solid_capstyle="butt", clip_on=False)
    axes.plot(x, 0.62 * side, marker="v" if side > 0 else "^", color=colour, markersize=9, clip_on=False)
    axes.text(x, 1.6 * side, text, ha="center", va="bottom" if side > 0 else "top", clip_on=False)


def _steps_words(data: Steps, phone: float) -> str:
    return (
        f"The server stands {data.into:g} s into step {data.counter} and accepts the steps {data.accepted[0]} to "
        f"{data.accepted[-1]}. The phone's clock is {abs(phone):g} s {'ahead' if phone >= 0 else 'behind'}, "
        f"its step is {data.phone}: {data.verdict}."
    )
