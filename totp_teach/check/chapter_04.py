"""The exercises of chapter 04: the time counter."""

from random import Random

from .. import hotp
from ..hotp import RFC_KEY
from ..mistakes import STEPS
from .computation import MOMENTS, run_of, steps_of, up_to
from .exercise import Exercise, known_slips

Seen = list[tuple[str, float]]


def _moment(random: Random) -> tuple[int, int, int]:
    """A moment, a period and a start; never in the middle of a step, where Python rounds one time up, one time down."""
    period, t0 = random.choice((10, 30, 60)), random.randrange(100)
    place = random.choice([second for second in range(period) if second * 2 != period])
    return t0 + period * random.randrange(2**28) + place, period, t0


def _off(key: bytes, seen: Seen) -> int | None:
    """How many steps the clock is off that showed these codes at these moments of the server's."""
    for off in sorted(range(-20, 21), key=abs):
        if all(hotp.code(key, int(at // 30) + off) == code for code, at in seen):
            return off
    return None


def _times(factor: int, key: bytes, seen: Seen) -> int | None:
    return None if (off := _off(key, seen)) is None else factor * off


def _seen(random: Random, key: bytes | None = None, off: int | None = None) -> tuple[bytes, Seen]:
    """A key, and three codes with the server's moments, from a phone that is some steps off."""
    key, off = key or random.randbytes(20), random.randint(-20, 20) if off is None else off
    moments = [random.randrange(600, 2**20) + random.choice((0, 0.5)) for _ in range(3)]
    return key, [(hotp.code(key, int(at // 30) + off), at) for at in moments]


# A phone nine steps behind; its first code, of step 2386, is by chance that of step 2394 too.
NINE_BACK = _seen(Random(4), RFC_KEY, -9)[1]
FITS_TWICE = (RFC_KEY, [("709847", 71_850), *NINE_BACK[1:]])
# Only two of three fit: no clock is off by one number of steps here.
TWO_FIT = tuple((RFC_KEY, [*NINE_BACK[:odd], ("000000", 71_850), *NINE_BACK[odd + 1 :]]) for odd in range(3))

counter = Exercise(
    "04.1",
    "counter_at(at, period=30, t0=0)",
    "how many whole periods have passed since t0? The message will need a whole number",
    *steps_of(lambda at, period=30, t0=0: run_of(at=at - t0, period=period), *up_to("counter", "clock")),
    (*((at,) for at in (*MOMENTS, 0, 59.9, 2**40)), (1234567890, 60), (100, 60, 50)),
    _moment,
)
totp = Exercise(
    "04.2",
    "totp(key, at, digits=6)",
    "the counter of the moment, and then you have been here before",
    *steps_of(run_of, *STEPS),
    (*((RFC_KEY, at, n) for n in (6, 8) for at in MOMENTS), (bytes(range(70)), 2**40), (RFC_KEY, 59.9)),
    lambda random: (random.randbytes(random.randint(10, 70)), random.randrange(2**33), random.choice((6, 7, 8))),
)
remaining = Exercise(
    "04.3",
    "seconds_left(at, period=30)",
    "what has passed of the step is at % period; and at its very start a whole period is left",
    *steps_of(lambda at, period=30: run_of(at=at, period=period), "remaining"),
    (*((at,) for at in MOMENTS), (100, 60), (59.5,), (59.75, 60)),
    lambda random: (random.randrange(2**33) + random.choice((0, 0.25, 0.5)), random.choice((10, 30, 60))),
)
drift = Exercise(
    "04.4",
    "steps_off(key, seen)",
    "try the same number of steps on all three: 0, then 1 on each side, and so on; the step of a moment is at // 30",
    right=_off,
    slips=known_slips(
        "clock",
        ("the first code alone", "one code fits by chance as well", lambda key, seen: _off(key, seen[:1])),
        ("sign turned round", "a clock that is behind is taken for one ahead", lambda *given: _times(-1, *given)),
        ("seconds for steps", "thirty times too much", lambda *given: _times(30, *given)),
    ),
    inputs=(FITS_TWICE, *(_seen(Random(off), RFC_KEY, off) for off in (1, -7, 0, 20, -20)), *TWO_FIT),
    fresh=_seen,
)
