"""The exercises of chapters 01 to 04: steps of the computation, whose slips are those of totp_teach.mistakes."""

from collections.abc import Callable, Iterator
from itertools import chain, combinations
from random import Random
from typing import Any

from .. import secret
from ..mistakes import MISTAKES, STEPS, Agreed, Run, Variant, compute, start
from .exercise import Exercise, Slip


def _steps(begin: Callable[..., Run], *steps: str) -> tuple[Callable[..., Any], Callable[[], Iterator[Slip]]]:
    """right and slips of a function that takes these steps of the computation, out of totp_teach.mistakes.

    begin: the function's arguments -> a Run with everything in it that the steps start from.
    """
    found = [mistake for mistake in MISTAKES if mistake.step in steps and not mistake.alone]
    found.sort(key=lambda mistake: -mistake.weight)
    single = [(Variant(mistake, setting),) for mistake in found for setting in mistake.settings]

    def slips() -> Iterator[Slip]:
        pairs = (one + other for one, other in combinations(single, 2) if one[0].mistake.step != other[0].mistake.step)
        for variants in chain(single, pairs):
            mistakes = sorted((variant.mistake for variant in variants), key=lambda mistake: steps.index(mistake.step))
            names, where = (" and ".join(getattr(mistake, part) for mistake in mistakes) for part in ("name", "step"))
            symptom = "; ".join(mistake.symptom for mistake in mistakes)
            yield Slip(names, where, symptom, lambda *given, wrong=variants: compute(begin(*given), wrong, steps))

    return lambda *given: compute(begin(*given), (), steps), slips


def _to(last: str, first: str = "parameters") -> tuple[str, ...]:
    names = list(STEPS)
    return tuple(names[names.index(first) : names.index(last) + 1])


def _run(key: bytes = b"-", at: float = 0, digits: int = 6, *, period: int = 30, counter=None, **more) -> Run:
    """A Run with these arguments, and with the values of steps that the exercise starts after."""
    run = start(key, at if counter is None else None, counter=counter, agreed=Agreed("SHA1", digits, period))
    run.parameters, run.digits, run.key = run.agreed, digits, key
    vars(run).update(more)
    return run


def _pasted(random: Random) -> tuple[str]:
    """A secret as people paste it."""
    text = secret.encode(random.randbytes(random.choice((10, 15, 20))))
    groups = random.choice((" ", "-", "")).join(text[place : place + 4] for place in range(0, len(text), 4))
    return (random.choice((groups, groups.lower(), f" {groups}\n")),)


MOMENTS = (59, 60, 1111111109, 1111111111, 1234567890, 2000000000)  # of RFC 6238 appendix B, and a boundary
PASTED = tuple((text,) for text in (
    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezdgnbvgy3tqojqgezdgnbvgy3tqojq", "GEZD GNBV GY3T QOJQ",
    "gezd-gnbv-gy3t-qojq", "MZXW6YQ=", "MZXW6YQ", "MZXW6", "MY======",
))  # fmt: skip
RFC_KEY = b"12345678901234567890"
LONG_KEY = bytes.fromhex("aa" * 80)  # RFC 2202, test case 6
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


bits = Exercise(
    "01.1", "(bits in a key of 20 bytes, characters of its Base32)",
    "a byte has eight bits, a character of Base32 carries five",
    *_steps(lambda: _run(bytes(20)), "size"),
)  # fmt: skip
base32 = Exercise(
    "01.2", "base32(data)",
    "write all bits in a row, cut the row into fives from the left, fill the last five with zeros",
    *_steps(_run, "base32"), tuple((data,) for data in (b"f", b"fo", b"foo", b"foob", b"fooba", b"foobar", RFC_KEY)),
    lambda random: (random.randbytes(random.randint(1, 40)),),
)  # fmt: skip
read_secret = Exercise(
    "01.3", "read_secret(text)",
    "first make the text what a decoder expects: one case, no blanks or hyphens, its length a multiple of eight",
    *_steps(lambda text: _run(secret.decode(text), text=text), "key"), PASTED, _pasted,
)  # fmt: skip
hmac_sha1 = Exercise(
    "02.1", "hmac_sha1(key, message)",
    "the inner hash is over the padded key XOR 0x36… and the message; the outer one over what and what?",
    *_steps(lambda key, message: _run(key, message=message, algorithm="SHA1"), "digest"),
    ((RFC_KEY, bytes(7) + b"\x01"), (b"Jefe", b"what do ya want for nothing?"), (LONG_KEY, b"Hi There")),
    lambda random: (random.randbytes(random.randint(1, 100)), random.randbytes(8)),
)  # fmt: skip
digest = Exercise(
    "02.2", "digest_for(key, counter)",
    "the counter becomes eight bytes first; they are what is authenticated",
    *_steps(lambda key, counter: _run(key, counter=counter), *_to("digest")),
    tuple((RFC_KEY, counter) for counter in range(10)),
    lambda random: (random.randbytes(20), random.randrange(2**40)),
)  # fmt: skip
offset = Exercise(
    "03.1", "offset_of(digest)",
    "a byte has two nibbles; & 0x0f keeps the low one. Which byte is the last, whatever the digest's length?",
    *_steps(lambda digest: _run(digest=digest), "offset"), DIGESTS, _digest,
)  # fmt: skip
truncate = Exercise(
    "03.2", "truncate(digest)",
    "offset, then four bytes as one number, then its top bit cleared",
    *_steps(lambda digest: _run(digest=digest), *_to("number", "offset")), DIGESTS, _digest,
)  # fmt: skip
hotp = Exercise(
    "03.3", "hotp(key, counter, digits=6)",
    "digest, truncate, the last digits; and is the code of counter 30 six characters long?",
    *_steps(lambda key, counter, digits=6: _run(key, counter=counter, digits=digits), *STEPS),
    (*((RFC_KEY, counter) for counter in (*range(10), 30)), (RFC_KEY, 2, 8), (RFC_KEY, 4, 7)),
    lambda random: (random.randbytes(20), random.randrange(2**40), random.choice((6, 7, 8))),
)  # fmt: skip
counter = Exercise(
    "04.1", "counter_at(at, period=30, t0=0)",
    "how many whole periods have passed since t0? The message will need a whole number",
    *_steps(lambda at, period=30, t0=0: _run(at=at - t0, period=period), *_to("counter", "clock")),
    ((59,), (60,), (0,), (1111111109,), (1111111111,), (2000000000,), (59.9,), (1234567890, 60), (100, 60, 50)),
    lambda random: (random.randrange(100, 2**33), random.choice((10, 30, 60)), random.randrange(100)),
)  # fmt: skip
totp = Exercise(
    "04.2", "totp(key, at, digits=6)",
    "the counter of the moment, and then you have been here before",
    *_steps(_run, *STEPS), (*((RFC_KEY, at) for at in MOMENTS), (RFC_KEY, 59, 8)),
    lambda random: (random.randbytes(20), random.randrange(2**33), random.choice((6, 7, 8))),
)  # fmt: skip
remaining = Exercise(
    "04.3", "seconds_left(at, period=30)",
    "what has passed of the step is at % period; and at its very start a whole period is left",
    *_steps(lambda at, period=30: _run(at=at, period=period), "remaining"), (*((at,) for at in MOMENTS), (100, 60)),
    lambda random: (random.randrange(2**33), random.choice((10, 30, 60))),
)  # fmt: skip
