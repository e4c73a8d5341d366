"""The exercises of chapter 03: dynamic truncation."""

from typing import Any, Literal

from .. import hotp as computed
from ..hotp import RFC_KEY
from ..mistakes import STEPS
from .computation import run_of, steps_of
from .exercise import Exercise, known_slips

# RFC 4226 §5.4, and appendix D, counters 0 to 2 and 9, which prints five digits; one of a small number, one of zero
DIGESTS = (
    "1f8698690e02ca16618550ef7f19da8e945b555a",
    "cc93cf18508d94934c64b65d8ba7667fb7cde4b0",
    "75a48a19d4cbe100644e8ac1397eea747a2d33ab",
    "0bacb7fa082fef30782211938bc1c5e70416ff44",
    "1637409809a679dc698207310c8c7fc07290d9e5",
    "00010000" + "00" * 16,
    "00" * 20,
)


def _code_of(digest: Any) -> str:
    """The code that a digest of twenty bytes comes to."""
    if not isinstance(digest, (bytes, bytearray)) or len(digest) != 20:
        return "no digest of 20 bytes"
    return f"{computed.truncate(bytes(digest)) % 10**6:06d}"


def _printed(digest: bytes, order: Literal["big", "little"] = "little", digits: int = 1) -> str:
    """What the C program prints: a number whose bytes stand in the machine's order, without zeros in front."""
    start = digest[19] & 0x0F
    return f"{(int.from_bytes(digest[start : start + 4], order) & 0x7FFFFFFF) % 10**6:0{digits}d}"


made_to_order = Exercise(
    "03.1",
    "digest_for(wanted)",
    "choose the offset first: which last byte gives it? Then put a number there whose last six digits are the code",
    lambda code: code,
    known_slips(
        "made to order",
        ("little-endian", "the low byte is first", lambda code: _code_of(int(code).to_bytes(4, "little") + bytes(16))),
        ("number at the end", "the offset is elsewhere", lambda code: _code_of(int(code).to_bytes(20, "big"))),
        ("code as text", "its characters are read as a number", lambda code: _code_of(code.encode() + bytes(14))),
    ),
    tuple((code,) for code in ("000000", "000001", "287082", "026920", "872921", "999999")),
    lambda random: (f"{random.randrange(10**6):06d}",),
    _code_of,
)
c_program = Exercise(
    "03.2",
    "prints(digest)",
    "which of the four bytes does a PC take for the least significant one? And how does %u print a small number?",
    _printed,
    known_slips(
        "reading the program",
        ("what it should print", "that is the right code; the program has two bugs", _code_of),
        ("zeros kept", "%u prints no zeros in front", lambda digest: _printed(digest, digits=6)),
        ("byte order overlooked", "memcpy keeps the machine's order", lambda digest: _printed(digest, "big")),
    ),
    tuple((bytes.fromhex(text),) for text in DIGESTS),
    lambda random: (random.randbytes(20),),
    lambda found: found.removesuffix("\n"),
)
hotp = Exercise(
    "03.3",
    "my_hotp(key, counter, digits=6)",
    "digest, truncate, the last digits; and is the code of counter 30 six characters long?",
    *steps_of(lambda key, counter, digits=6: run_of(key, counter=counter, digits=digits), *STEPS),
    # the number of counter 648 has seven digits; a key longer than SHA-1's block
    (
        *((RFC_KEY, counter) for counter in (*range(10), 30)),
        *((RFC_KEY, *more) for more in ((2, 8), (4, 7), (648, 8))),
        (b"k" * 65, 1),
    ),
    lambda random: (random.randbytes(20), random.randrange(2**40), random.choice((6, 7, 8))),
    barred=("totp_teach.", "pyotp."),
)
