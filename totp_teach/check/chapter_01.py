"""The exercises of chapter 01: shared secret."""

from random import Random

from .. import secret
from .computation import RFC_KEY, run_of, steps_of
from .exercise import Exercise


def _pasted(random: Random) -> tuple[str]:
    """A secret as people paste it."""
    text = secret.encode(random.randbytes(random.choice((10, 15, 20))))
    groups = random.choice((" ", "-", "")).join(text[place : place + 4] for place in range(0, len(text), 4))
    return (random.choice((groups, groups.lower(), f" {groups}\n")),)


PASTED = tuple(
    (text,)
    for text in (
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
        "GEZD GNBV GY3T QOJQ",
        "gezd-gnbv-gy3t-qojq",
        "MZXW6YQ=",
        "MZXW6YQ",
        "MZXW6",
        "MY======",
    )
)

bits = Exercise(
    "01.1",
    "(bits in a key of 20 bytes, characters of its Base32)",
    "a byte has eight bits, a character of Base32 carries five",
    *steps_of(lambda: run_of(bytes(20)), "size"),
)
base32 = Exercise(
    "01.2",
    "base32(data)",
    "write all bits in a row, cut the row into fives from the left, fill the last five with zeros",
    *steps_of(run_of, "base32"),
    tuple((data,) for data in (b"f", b"fo", b"foo", b"foob", b"fooba", b"foobar", RFC_KEY)),
    lambda random: (random.randbytes(random.randint(1, 40)),),
)
read_secret = Exercise(
    "01.3",
    "read_secret(text)",
    "first make the text what a decoder expects: one case, no blanks or hyphens, its length a multiple of eight",
    *steps_of(lambda text: run_of(secret.decode(text), text=text), "key"),
    PASTED,
    _pasted,
)
