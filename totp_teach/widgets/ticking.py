"""The ticking code: computed ahead in Python, chosen by the browser's clock."""

import time
from collections.abc import Callable

import anywidget
from traitlets import Bool, Int, Unicode

from .. import OtpError, totp
from .._world import ONE_CLOCK
from ..otpauth import Account
from ..show.markup import Shown, colour, element, tint
from .front_ends import front_end
from .resting import AT, RUN_ME, Resting, example, framed
from .words import CELL, grouped, labelled, name_of

AHEAD = 2880  # steps: a day of thirty-second ones
MARGIN = 120  # steps before and after that: the browser's clock may be an hour off

RING = (
    "display: inline-block; border: 4px solid #999999; border-radius: 50%; "
    "width: 40px; line-height: 40px; text-align: center"
)
LINE = f"border-bottom: 2px solid {colour('code')}"


def codes_ahead(account: Account, now: float) -> dict[str, str | int]:
    """What the page needs for a day: the codes around a moment, the step of the first, their digits and period."""
    step = totp.counter(now, period=account.period)
    steps = range(max(step - MARGIN, 0), step + AHEAD + MARGIN)
    codes = account.codes(steps)
    return {"codes": "".join(codes), "first": steps.start, "digits": account.digits, "period": account.period}


class TickingCode(Resting, anywidget.AnyWidget):
    """The code of an account now, the seconds it has left, and on demand the codes before and after it.

    account: an Account of type totp.  neighbours: show the previous and the next code too.
    clock: seconds since the Unix epoch; with which step the codes computed ahead begin.
    Raises OtpError for a hotp account, which has no clock.

    The kernel answers one question, about its clock, when a view opens; after that it takes no part. A plain
    `totp.code(account.key, time.time())` gives the same code.
    """

    _esm = front_end("ticking.js")
    _css = front_end("look.css")

    name = Unicode().tag(sync=True)
    codes = Unicode().tag(sync=True)  # one after the other without a gap: a third of a list's size
    first = Int().tag(sync=True)  # the step of the first code
    digits = Int().tag(sync=True)
    period = Int().tag(sync=True)
    neighbours = Bool().tag(sync=True)
    one_clock = Bool(ONE_CLOCK).tag(sync=True)

    def __init__(self, account: Account, *, neighbours: bool = False, clock: Callable[[], float] = time.time):
        if account.type != "totp":
            raise OtpError(
                "the code of a hotp account does not tick: its counter moves when a code is used; "
                "hotp.code(account.key, account.counter) is its next code"
            )
        super().__init__(name=name_of(account), neighbours=neighbours, **codes_ahead(account, clock()))
        self.resting = _resting(example(account), neighbours)
        self._clock = clock
        self.on_msg(self._answer)

    def _answer(self, _, question: dict, __) -> None:
        """The kernel's clock, to a view that asks for it."""
        self.send({"id": question.get("id"), "clock": self._clock()})


def _resting(account: Account, neighbours: bool) -> Shown:
    """The example's code at AT, with its neighbours if they are wanted."""
    now, left = totp.counter(AT, period=account.period), int(totp.remaining(AT, period=account.period))
    names = {now - 1: "before", now: "now", now + 1: "after"} if neighbours else {now: "now"}
    steps = [step for step in names if step >= 0]
    codes = account.codes(steps)
    told = [f"{names[step]}, step {step}" for step in steps]
    large = [f"font-size: 200%; {tint('code')}" if step == now else f"font-size: 130%; {LINE}" for step in steps]
    cells = "".join(map(labelled, told, codes, large))
    lines = [f"{words:<{max(map(len, told))}}  {grouped(code)}" for words, code in zip(told, codes)]
    lines[steps.index(now)] += f"  {left} s left"
    ring = element("td", element("span", f"{left} s", RING, title="seconds left"), CELL)
    table = element("table", element("tr", ring + cells), "border-collapse: collapse; margin: 0")
    heading = f"{name_of(account)}, {AT} seconds after the beginning of 1970"
    return Shown(framed(heading, table), "\n".join([f"Ticking code of {heading} ({RUN_ME})", *lines]))
