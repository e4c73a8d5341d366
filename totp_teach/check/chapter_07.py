"""The exercises of chapter 07: verification."""

from collections.abc import Callable
from random import Random

from .. import hotp, totp
from ..hotp import RFC_KEY
from .exercise import Exercise, known_slips


def _lifetime(step: int, window: int, back: int = 1, ahead: int = 1) -> tuple[int, int]:
    """When a server accepts the code of a step: from the first moment on, and no longer at the second."""
    return 30 * (step - ahead * window), 30 * (step + back * window + 1)


def _let_in(order: str) -> int:
    """How many of three requests look-then-write lets in, if each first looks and then writes in that order."""
    turns = order.upper().replace(" ", "")
    if sorted(turns) != list("AABBCC"):
        raise ValueError("each of A, B and C has two turns")
    used, looked = False, dict[str, bool]()
    for name in turns:
        used = used or name in looked  # its second turn: whoever finds the step free writes, and has used it
        looked.setdefault(name, used)
    return list(looked.values()).count(False)


def _again(code: str, key: bytes, at: int, last: int, used: Callable[[int, int], bool] = int.__le__) -> int | None:
    """The step within the window whose code it is, unless the last accepted one has used it up."""
    now = totp.counter(at)
    steps = range(max(now - 1, 0), now + 2)
    step = next((step for step, own in zip(steps, hotp.codes(key, steps)) if own == code), None)
    return None if step is None or used(step, last) else step


def _where(used: Callable[[int, int], bool]) -> Callable[[str, bytes, int, int], int | None]:
    """The same with another opinion of which steps are used up."""
    return lambda code, key, at, last: _again(code, key, at, last, used)


def _typed(random: Random) -> tuple[str, bytes, int, int]:
    """A code of a step near by, the moment at which it arrives, and a step that was accepted before."""
    at = random.randrange(90, 10**9)
    code = totp.code(RFC_KEY, at + 30 * random.randint(-2, 2))
    return code, RFC_KEY, at, totp.counter(at) + random.randint(-2, 1)


lifetime = Exercise(
    "07.1",
    "lifetime(step, window)",
    "the server accepts the code of step n while its own step is from n − window to n + window",
    right=_lifetime,
    slips=known_slips(
        "window",
        ("no window", "right for a server that accepts its own step alone", lambda step, window: _lifetime(step, 0)),
        ("window behind alone", "a phone that is ahead is refused", lambda step, size: _lifetime(step, size, ahead=0)),
        ("window ahead alone", "a slow typist is refused", lambda step, size: _lifetime(step, size, back=0)),
        ("one step short", "the window's last step is missing", lambda n, size: (30 * (n - size), 30 * (n + size))),
        ("steps, not seconds", "thirty times too small", lambda step, size: (step - size, step + size + 1)),
    ),
    inputs=((1, 1), (1, 0), (100, 2), (37037036, 1)),
    fresh=lambda random: (random.randint(10, 10**8), random.randint(0, 5)),
)
three_in = Exercise(
    "07.2",
    "the order of six turns",
    "a request is let in if nobody had written when it looked",
    right=lambda: 3,
    slips=known_slips(
        "race",
        ("one let in", "who looks after somebody has written finds the step used", lambda: 1),
        ("two let in", "one of them looks too late, after somebody has written", lambda: 2),
    ),
    meaning=_let_in,
)
used_once = Exercise(
    "07.3",
    "new_step(code, key, at, last)",
    "the step of the code, if it is later than the last accepted one; else None, whatever text it is",
    right=_again,
    slips=known_slips(
        "replay",
        ("replay not looked at", "the same code is accepted twice", _where(lambda step, last: False)),
        ("only the last step refused", "a code from before the accepted one still counts", _where(int.__eq__)),
        ("the last step counts again", "the same code is accepted twice", _where(int.__lt__)),
    ),
    inputs=(
        *((code, RFC_KEY, 45, last) for last in (-1, 0, 1, 2) for code in ("287082", "755224", "359152", "969429")),
        ("２８７０８２", RFC_KEY, 45, 0),
        ("", RFC_KEY, 15, -1),
    ),
    fresh=_typed,
)
