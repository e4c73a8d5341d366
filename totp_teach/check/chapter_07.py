"""The exercises of chapter 07: verification."""

from collections.abc import Callable
from random import Random

from .. import hotp, totp
from .computation import RFC_KEY
from .exercise import Exercise, known_slips


def _step(code: str, key: bytes, at: int, back: int = 1, ahead: int = 1) -> int | None:
    """The step within the window whose code it is."""
    now = totp.counter(at)
    steps = range(max(now - back, 0), now + ahead + 1)
    return next((step for step, own in zip(steps, hotp.codes(key, steps)) if own == code), None)


def _again(code: str, key: bytes, at: int, last: int, used: Callable[[int, int], bool] = int.__le__) -> int | None:
    """The step, unless the last accepted one has used it up."""
    step = _step(code, key, at)
    return None if step is None or used(step, last) else step


def _typed(random: Random, key: bytes = RFC_KEY) -> tuple[str, bytes, int]:
    """A code of a step near by, and the moment at which it arrives."""
    at = random.randrange(90, 10**9)
    return totp.code(key, at + 30 * random.randint(-2, 2)), key, at


accepted_step = Exercise(
    "07.1",
    "accepted_step(code, key, at)",
    "compare with the codes of the step before, this one and the next; no step is before 0",
    right=_step,
    slips=known_slips(
        "window",
        ("no window", "27 % of the codes that take 8 s are refused", lambda *given: _step(*given, 0, 0)),
        ("window behind alone", "a phone that is a step ahead is refused", lambda *given: _step(*given, 1, 0)),
        ("window ahead alone", "a slow typist is refused", lambda *given: _step(*given, 0, 1)),
        ("window too wide", "five codes are right at every moment", lambda *given: _step(*given, 2, 2)),
        (
            "the distance, not the step",
            "nothing can be remembered against replay",
            lambda code, key, at: None if (step := _step(code, key, at)) is None else step - totp.counter(at),
        ),
    ),
    inputs=tuple(
        (code, RFC_KEY, at) for at in (45, 59, 75) for code in ("287082", "755224", "359152", "969429", "338314")
    ),
    fresh=_typed,
)
used_once = Exercise(
    "07.2",
    "new_step(code, key, at, last)",
    "the step of the code, if it is later than the last accepted one; else None",
    right=_again,
    slips=known_slips(
        "replay",
        (
            "replay not looked at",
            "the same code is accepted twice",
            lambda *given: _again(*given, lambda step, last: False),
        ),
        (
            "only the last step refused",
            "a code from before the accepted one still counts",
            lambda *given: _again(*given, int.__eq__),
        ),
        ("the last step counts again", "the same code is accepted twice", lambda *given: _again(*given, int.__lt__)),
    ),
    inputs=tuple(
        (code, RFC_KEY, 45, last) for last in (-1, 0, 1, 2) for code in ("287082", "755224", "359152", "969429")
    ),
    fresh=lambda random: (*(typed := _typed(random)), totp.counter(typed[2]) + random.randint(-2, 1)),
)
