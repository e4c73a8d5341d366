"""A ruler of time: where steps begin, where somebody looks, and what a server accepts at that moment."""

import math
from datetime import timedelta
from itertools import pairwise

from .. import totp
from .markup import ROLES, SCROLLS, Shown, element, fill
from .timeline import LANE, ROW, STEP, TABLE, flag

SPAN = 3  # minutes, or as many of the longest period
TICK = f"{STEP}; text-align: left; white-space: nowrap; overflow: hidden"
BAR = f"border-top: 5px solid {ROLES['four_bytes']}"


def reach(around: float, rulers: tuple[tuple[int, int], ...]) -> range:
    """The seconds that rulers around a moment show: that minute, and one on each side."""
    unit = max(60, *(period for period, _ in rulers))
    start = max(0, int(around) // unit * unit - unit)
    return range(start, start + SPAN * unit)


def ruler(at: float, *rulers: tuple[int, int], window: int = 1, around: float | None = None) -> Shown:
    """The time around a moment, cut into steps: show.ruler(59), or several: show.ruler(59, (30, 0), (60, 0), (30, 30)).

    at: seconds since the Unix epoch.  rulers: period and t0 of each in seconds, by default 30 and 0.  window: steps on
    each side that the server accepts.  around: a moment near which the ruler lies, by default at.
    Raises OtpError as totp.counter.
    """
    rulers = rulers or ((30, 0),)
    shown = reach(at if around is None else around, rulers)
    cell = math.gcd(shown.start, shown.stop, *(number for each in rulers for number in each))

    def percent(moment: float) -> float:
        return 100 * (min(max(moment, shown.start), shown.stop) - shown.start) / len(shown)

    def lane(html: str) -> str:
        return element("td", html, LANE, colspan=len(shown) // cell)

    rows, lines = (
        [lane(flag(percent(at), f"▼ you look here, {_clock(at)} UTC", "key"))],
        [f"You look at {_clock(at)} UTC."],
    )
    for period, t0 in rulers:
        step, left = totp.counter(at, period=period, t0=t0), totp.remaining(at, period=period, t0=t0)
        look = f"{period} s, T0 = {t0}: {round(period - left, 3):g} s into step {step}, {round(left, 3):g} s left"
        first, last = (t0 + period * each for each in (max(0, step - window), step + window + 1))
        accepted = f"the server accepts the codes of {_clock(first)} to {_clock(last)}"
        # From boundary to boundary, with what is left of a step at either end.
        inside = range(shown.start + ((t0 - shown.start) % period or period), shown.stop, period)
        steps = list(pairwise([shown.start, *inside, shown.stop]))
        names = [f"step {(begins - t0) // period}" if begins >= t0 else "no step" for begins, _ in steps]
        ticks = [_clock(begins) if (begins - t0) % period == 0 else "…" for begins, _ in steps]
        looks = [f"{TICK}; {fill('four_bytes')}" if first <= begins < last else TICK for begins, _ in steps]
        cells = [
            element("td", f"{tick}<br>{name}", look_, colspan=(ends - begins) // cell)
            for tick, name, look_, (begins, ends) in zip(ticks, names, looks, steps)
        ]
        bar = f"{BAR}; margin-left: {percent(first):.2f}%; margin-right: {100 - percent(last):.2f}%"
        rows += [lane(flag(percent(at), look, "key")), "".join(cells)]
        rows += [lane(element("div", "", bar) + flag(percent(first), accepted, "four_bytes"))]
        lines += ["", f"Period {look}", "  " + " | ".join(map(" ".join, zip(ticks, names))), f"  {accepted}"]
    table = element("table", element("tbody", "".join(element("tr", row, ROW) for row in rows)), TABLE)
    return Shown(element("div", table, SCROLLS), "\n".join(lines))


def _clock(at: float) -> str:
    """A moment's time of day in UTC."""
    return f"{totp.EPOCH + timedelta(seconds=int(at)):%H:%M:%S}"
