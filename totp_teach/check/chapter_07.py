"""The exercises of chapter 07: verification."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from .. import hotp, totp
from ..hotp import RFC_KEY
from .exercise import Exercise, known_slips


def _lifetime(step: int, window: int, back: int = 1, ahead: int = 1) -> tuple[int, int]:
    """When a server accepts the code of a step: from the first moment on, and no longer at the second."""
    return 30 * (step - ahead * window), 30 * (step + back * window + 1)


def _let_in(order: Iterable) -> str:
    """How many of three requests look-then-write lets in, if each first looks and then writes in that order."""
    turns = "".join(map(str, order)).upper().replace(" ", "")
    used, looked = False, dict[str, bool]()
    for name in turns:
        used = used or name in looked  # its second turn: whoever finds the step free writes, and has used it
        looked.setdefault(name, used)
    return f"{list(looked.values()).count(False)} let in" if sorted(turns) == list("AABBCC") else "another order"


def _again(
    code: str,
    key: bytes,
    at: int,
    last: int,
    used: Callable[[int, int], bool] = int.__le__,
    window: tuple[int, int] = (1, 1),
    servers: bool = False,
) -> int | None:
    """The step within the window whose code it is, unless the last accepted one has used it up."""
    now = totp.counter(at)
    steps = range(max(now - window[0], 0), now + window[1] + 1)
    step = next((step for step, own in zip(steps, hotp.codes(key, steps)) if own == code), None)
    return None if step is None or used(step, last) else now if servers else step


@dataclass(frozen=True, repr=False)
class Compared(Exercise):
    """An exercise whose answer compares a text, and has to call compare_digest for it, by whatever name."""

    def _judged(self, answer: Any) -> tuple:
        judged, called, before = super()._judged(answer), list[str](), sys.getprofile()
        if judged[0] == "right":
            sys.setprofile(lambda frame, event, function: called.append(getattr(function, "__name__", "")))
            answer(*self.inputs[0])
            sys.setprofile(before)
            if not any(name.endswith("compare_digest") for name in called):
                return "wrong", "every step is right, but hmac.compare_digest was not called"
        return judged

    def _unlike(self, given: tuple, value: Any, found: Any) -> str:
        told = super()._unlike(given, value, found)
        more = found is None or (given[0].isascii() and given[0].isdigit() and len(given[0]) == 6)
        return told if more else f"{told.partition(': expected')[0]}: text that is not the code is let in"


def _typed(random: Random) -> tuple[str, bytes, int, int]:
    """A code of a step near by, the moment at which it arrives, and a step that was accepted before."""
    at, key = random.randrange(90, 10**9), random.randbytes(20)
    code = totp.code(key, at + 30 * random.randint(-2, 2))
    return code, key, at, totp.counter(at) + random.randint(-2, 1)


lifetime = Exercise(
    "07.1",
    "lifetime(step, window)",
    "the server accepts the code of step n while its own step is from n − window to n + window",
    right=_lifetime,
    slips=known_slips(
        "",
        ("no window", "right for a server that accepts its own step alone", lambda step, window: _lifetime(step, 0)),
        ("window of one step", "right for a window of 1, whatever is given", lambda step, window: _lifetime(step, 1)),
        ("window behind alone", "a phone that is ahead is refused", lambda step, size: _lifetime(step, size, ahead=0)),
        ("window ahead alone", "a slow typist is refused", lambda step, size: _lifetime(step, size, back=0)),
        ("one step short", "the window's last step is missing", lambda n, size: (30 * (n - size), 30 * (n + size))),
        ("the last second", "then it is still accepted", lambda n, size: (30 * (n - size), 30 * (n + size) + 29)),
        ("steps, not seconds", "thirty times too small", lambda step, size: (step - size, step + size + 1)),
    ),
    inputs=((1, 1), (1, 0), (100, 2), (37037036, 1)),
    fresh=lambda random: (random.randint(10, 10**8), random.randint(0, 5)),
)
three_in = Exercise(
    "07.2",
    "the order of six turns",
    "a request is let in if nobody had written when it looked",
    right=lambda: "3 let in",
    slips=known_slips(
        "",
        ("one let in", "who looks after somebody has written finds the step used", lambda: "1 let in"),
        ("two let in", "one of them looks too late, after somebody has written", lambda: "2 let in"),
        ("another order", "each of A, B and C has two turns, in a text of six letters", lambda: "another order"),
    ),
    meaning=_let_in,
)
used_once = Compared(
    "07.3",
    "new_step(code, key, at, last)",
    "the step of the code, if it is later than the last accepted one; else None, whatever text it is",
    right=_again,
    slips=known_slips(
        "",
        ("replay not looked at", "the same code is accepted twice", partial(_again, used=lambda step, last: False)),
        ("only the last step refused", "a code from before it still counts", partial(_again, used=int.__eq__)),
        ("the last step counts again", "the same code is accepted twice", partial(_again, used=int.__lt__)),
        ("no window", "the codes of the step before and after are refused", partial(_again, window=(0, 0))),
        ("no step after", "the code of a phone that is ahead is refused", partial(_again, window=(1, 0))),
        ("no step before", "the code of a slow typist is refused", partial(_again, window=(0, 1))),
        ("window of two steps", "one step on each side is asked for", partial(_again, window=(2, 2))),
        ("the server's step", "the code may be of the one before or after", partial(_again, servers=True)),
    ),
    inputs=(
        *((code, RFC_KEY, 45, last) for last in (-1, 0, 1, 2) for code in ("287082", "755224", "359152", "969429")),
        *(("", RFC_KEY, 15, -1), ("755224", RFC_KEY, 15, -1), ("287082", b"another key", 45, 0)),
        *((text, RFC_KEY, 45, -1) for text in ("２８７０８２", " 287082", "287082\n", "287-082", "28_7082", "0287082")),
        *((text, RFC_KEY, 45, -1) for text in ("287082x", "287082é", "287082\ud800", "755224287082359152")),
    ),
    fresh=_typed,
    barred=("totp_teach.verifier.",),
)
