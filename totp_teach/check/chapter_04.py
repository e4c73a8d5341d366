"""The exercises of chapter 04: the time counter."""

from ..mistakes import STEPS
from .computation import MOMENTS, RFC_KEY, run_of, steps_of, up_to
from .exercise import Exercise

counter = Exercise(
    "04.1",
    "counter_at(at, period=30, t0=0)",
    "how many whole periods have passed since t0? The message will need a whole number",
    *steps_of(lambda at, period=30, t0=0: run_of(at=at - t0, period=period), *up_to("counter", "clock")),
    ((59,), (60,), (0,), (1111111109,), (1111111111,), (2000000000,), (59.9,), (1234567890, 60), (100, 60, 50)),
    lambda random: (random.randrange(100, 2**33), random.choice((10, 30, 60)), random.randrange(100)),
)
totp = Exercise(
    "04.2",
    "totp(key, at, digits=6)",
    "the counter of the moment, and then you have been here before",
    *steps_of(run_of, *STEPS),
    (*((RFC_KEY, at) for at in MOMENTS), (RFC_KEY, 59, 8)),
    lambda random: (random.randbytes(20), random.randrange(2**33), random.choice((6, 7, 8))),
)
remaining = Exercise(
    "04.3",
    "seconds_left(at, period=30)",
    "what has passed of the step is at % period; and at its very start a whole period is left",
    *steps_of(lambda at, period=30: run_of(at=at, period=period), "remaining"),
    (*((at,) for at in MOMENTS), (100, 60)),
    lambda random: (random.randrange(2**33), random.choice((10, 30, 60))),
)
