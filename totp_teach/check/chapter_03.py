"""The exercises of chapter 03: dynamic truncation."""

from random import Random

from ..mistakes import STEPS
from .computation import RFC_KEY, run_of, steps_of, up_to
from .exercise import Exercise

# RFC 4226 §5.4; appendix D, counters 0, 2 and 7; and digests of 32 and 64 bytes.
DIGESTS = tuple(
    (bytes.fromhex(text),)
    for text in (
        "1f8698690e02ca16618550ef7f19da8e945b555a",
        "cc93cf18508d94934c64b65d8ba7667fb7cde4b0",
        "0bacb7fa082fef30782211938bc1c5e70416ff44",
        "a4fb960c0bc06e1eabb804e5b397cdc4b45596fa",
        "ff" * 19 + "0f",
        "e3" * 31 + "27",
        "81" * 63 + "0b",
    )
)


def _digest(random: Random) -> tuple[bytes]:
    return (random.randbytes(random.choice((20, 32, 64))),)


offset = Exercise(
    "03.1",
    "offset_of(digest)",
    "a byte has two nibbles; & 0x0f keeps the low one. Which byte is the last, whatever the digest's length?",
    *steps_of(lambda digest: run_of(digest=digest), "offset"),
    DIGESTS,
    _digest,
)
truncate = Exercise(
    "03.2",
    "truncate(digest)",
    "offset, then four bytes as one number, then its top bit cleared",
    *steps_of(lambda digest: run_of(digest=digest), *up_to("number", "offset")),
    DIGESTS,
    _digest,
)
hotp = Exercise(
    "03.3",
    "hotp(key, counter, digits=6)",
    "digest, truncate, the last digits; and is the code of counter 30 six characters long?",
    *steps_of(lambda key, counter, digits=6: run_of(key, counter=counter, digits=digits), *STEPS),
    (*((RFC_KEY, counter) for counter in (*range(10), 30)), (RFC_KEY, 2, 8), (RFC_KEY, 4, 7)),
    lambda random: (random.randbytes(20), random.randrange(2**40), random.choice((6, 7, 8))),
)
