"""How two ways of doing one thing are measured, and the row of the table that comes of it.

What makes a number worth printing, and where it is done here:

    the same work    a benchmark first asserts that both ways give the same answer                  `compare`
    side by side     in one process and in turn, A B, B A, A B …: whatever else the machine does, and however
                     warm it gets, happens to both                                                  `side_by_side`
    short samples    half a millisecond: long enough for the clock's own cost not to count, and shorter than
                     the slices in which processors are shared out, so that most samples have one to themselves
    the median       a sample that was interrupted all the same moves a mean, and not a median      `side_by_side`
    a ratio          microseconds hold for one machine; what they are beside the peer's holds for most
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from statistics import median, quantiles
from time import perf_counter
from timeit import Timer
from typing import Literal

SAMPLE = 0.0005  # seconds that a sample takes at least

shared = ExitStack()  # what several benchmarks use, and what is closed when all are done
thorough = False  # set by --thorough


def more(usual: int, many: int) -> int:
    """How many: the usual number, so that the whole table is there within ten minutes, or with --thorough the other."""
    return many if thorough else usual


@dataclass(frozen=True)
class Goal:
    """What is to be at most `limit`: the ratio ours / peer, the difference ours − peer, or ours alone."""

    of: Literal["ratio", "difference", "ours"]
    limit: float

    def is_met(self, ours: float, peer: float) -> bool:
        """Whether these two values reach it."""
        return {"ratio": ours / peer if peer else 0.0, "difference": ours - peer, "ours": ours}[self.of] <= self.limit


@dataclass(frozen=True)
class Row:
    """One line of the table. ours, peer: medians, in seconds or in that unit. No goal: worth knowing, not promised."""

    name: str
    ours: float
    peer: float
    peer_name: str
    goal: Goal | None = None
    unit: str = "s"

    def cells(self, quick: bool) -> tuple[str, ...]:
        """The line as text. A quick run times too little to judge by, and says so by judging nothing."""
        ours, peer = (f"{amount(value, self.unit):>7}" for value in (self.ours, self.peer))
        ratio = f"{self.ours / self.peer:.2f}" if self.peer else "–"
        return self.name, ours, f"{peer}  {self.peer_name}", ratio, self.promise(), "–" if quick else self.answer()

    def promise(self) -> str:
        """The goal as text."""
        if not self.goal:
            return ""
        if self.goal.of == "ratio":
            return f"ratio ≤ {self.goal.limit:.2f}"
        return f"≤ {'peer + ' * (self.goal.of == 'difference')}{amount(self.goal.limit, self.unit)}"

    def answer(self) -> str:
        """Whether the goal is met, as text."""
        return {None: "", True: "yes", False: "no"}[self.met]

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        return self.goal and self.goal.is_met(self.ours, self.peer)


def compare(
    name: str,
    ours: Callable,
    peer_name: str,
    peer: Callable,
    *,
    goal: Goal | None = None,
    per: int = 1,
    same: bool = True,
    quick: bool = False,
    rounds: int = 401,
    sample: float = SAMPLE,
) -> Row:
    """The row of two ways measured side by side.

    per: how many things one call does; the row tells the time of one. same: both calls must give equal answers.
    sample: the seconds that a sample takes at least; 0 for what takes seconds by itself, and is called once a round.
    quick: one call each, to see that it works.
    """
    assert not same or ours() == peer(), f"{name}: two different answers are not worth comparing"
    mine, theirs = side_by_side(ours, peer, rounds=1 if quick else rounds, sample=0 if quick else sample)
    return Row(name, mine / per, theirs / per, peer_name, goal)


def side_by_side(
    ours: Callable, peer: Callable, *, rounds: int, sample: float = SAMPLE, clock: Callable[[], float] = perf_counter
) -> tuple[float, float]:
    """The median time of one call of each, in seconds. Who goes first changes from round to round."""
    timers = [Timer(way, timer=clock) for way in (ours, peer)]  # a Timer keeps the garbage collector out
    loops = [_loops(timer, sample) for timer in timers]
    times: list[list[float]] = [[], []]
    for turn in range(rounds):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            times[which].append(timers[which].timeit(loops[which]) / loops[which])
    return median(times[0]), median(times[1])


def _loops(timer: Timer, sample: float) -> int:
    """How many calls a sample needs to take that many seconds. Counting them warms both ways up."""
    loops = 1
    while sample and timer.timeit(loops) < sample:
        loops *= 2
    return loops


def amount(value: float, unit: str) -> str:
    """A value with its unit: seconds in the thousandth of them that reads best, anything else as it is."""
    if unit != "s":
        return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:.3g} {unit}"
    for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if abs(value) * factor >= 1:
            return f"{value * factor:.3g} {name}"
    return f"{value * 1e9:.3g} ns"


def p95(values: list[float]) -> float:
    """What 95 of 100 stay below."""
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def table(groups: dict[str, list[Row | str]], quick: bool) -> str:
    """The rows in columns, under the name of their benchmark. A text in place of a row says why there is none."""
    heads = ("name", "ours", "the peer", "ratio", "goal", "met?")
    cells = {row: ("  " + row.name, *row.cells(quick)[1:]) for row in chain(*groups.values()) if isinstance(row, Row)}
    widths = [max(map(len, column)) for column in zip(heads, *cells.values(), strict=True)]
    lines = [_line(heads, widths), _line(["─" * width for width in widths], widths)]
    for name, rows in groups.items():
        lines.append(name)
        lines += [f"  {row}" if isinstance(row, str) else _line(cells[row], widths) for row in rows]
    return "\n".join(lines)


def _line(cells: Iterable[str], widths: list[int]) -> str:
    return "  ".join(map(str.ljust, cells, widths)).rstrip()
