"""The exercises of chapter 02: HMAC."""

import hashlib
from functools import partial
from itertools import chain
from random import Random

from .. import hotp
from ..hotp import RFC_KEY
from .computation import run_of, steps_of
from .exercise import Exercise, known_slips


def _blocks_of_64(key: bytes, message: bytes, algorithm: str) -> bytes:
    key = hashlib.new(algorithm, key).digest() if len(key) > 64 else key
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(64, b"\0")) for pad in (0x36, 0x5C))
    return hashlib.new(algorithm, outer + hashlib.new(algorithm, inner + message).digest()).digest()


def _tag(key: bytes, message: bytes) -> bytes:
    return hashlib.sha1(key + message).digest()


def _accepts(key: bytes, message: bytes, tag: bytes) -> bool:
    return _tag(key, message) == tag


def _order(key: bytes, message: bytes, more: bytes = b"&amount=9999") -> tuple:
    return message, _tag(key, message), more, partial(_accepts, key)


def _forged(message: bytes, tag: bytes, more: bytes, accepts: partial) -> tuple[bytes, bytes]:
    (key,) = accepts.args
    size = len(key) + len(message)
    longer = message + b"\x80" + bytes(-(size + 9) % 64) + (8 * size).to_bytes(8, "big") + more
    return longer, _tag(key, longer)


def _codes(second: int) -> list[str]:
    return hotp.codes(hashlib.sha1(str(second).encode()).digest(), range(2))


def _second(codes: list[str], first: int, last: int, looked_at: int = 2) -> int:
    return next(second for second in range(first, last) if _codes(second)[:looked_at] == codes[:looked_at])


def _token(random: Random) -> tuple[list[str], int, int]:
    first = random.randrange(10**9, 2 * 10**9)
    return _codes(first + random.randrange(60)), first, first + 60


JEFE = b"Jefe", b"what do ya want for nothing?"  # RFC 2202 and 4231, test case 2
LONG = b"\xaa" * 131, b"Hi There"
EDGES = *((b"k" * size, b"") for size in (64, 65, 128, 129)), (bytes(130), b"")  # a block, one byte more; zeros
_right, _table = steps_of(lambda *given: run_of(**dict(zip(("key", "message", "algorithm"), given))), "digest")

hmac = Exercise(
    "02.1",
    "my_hmac(key, message, algorithm)",
    "hashlib.new(algorithm) has a block_size; a key longer than that is hashed first",
    _right,
    lambda: chain(_table(), known_slips("digest", ("blocks of 64 bytes", "only SHA-512 is wrong", _blocks_of_64))()),
    (
        (RFC_KEY, bytes(7) + b"\x01", "SHA1"),
        *((*given, name) for given in (JEFE, LONG, *EDGES) for name in hotp.ALGORITHMS),
    ),
    lambda random: (random.randbytes(random.randint(1, 200)), random.randbytes(8), random.choice([*hotp.ALGORITHMS])),
    barred=("hmac.", "totp_teach.", "pyotp."),
)
forge = Exercise(
    "02.2",
    "forge(message, tag, more, accepts)",
    "for each length that the key may have, extend the message as if the key had it, and ask",
    _forged,
    known_slips(
        "length extension",
        ("padding left out", "SHA-1's padding is missing", lambda *given: (given[0] + given[2], _forged(*given)[1])),
        ("the old tag", "it belongs to the shorter message", lambda *given: (_forged(*given)[0], given[1])),
        ("appended, not extended", "the shop refuses it", lambda message, tag, more, _: (message + more, tag)),
    ),
    (_order(RFC_KEY, b"to=bob&amount=10"), _order(b"8 bytes.", b"to=bob&amount=10"), _order(b"k" * 32, b"note=" * 12)),
    lambda random: _order(*(random.randbytes(random.randint(*sizes)) for sizes in ((8, 32), (0, 80), (1, 80)))),
)
found_key = Exercise(
    "02.3",
    "second_of(codes, first, last)",
    "make the key of every second in the range, and compare both codes",
    _second,
    known_slips(
        "search",
        ("one code alone", "another key gives it too", lambda codes, first, last: _second(codes, first, last, 1)),
        ("counted from first", "too small by first", lambda *given: _second(*given) - given[1]),
        ("text of the second", "the number itself is asked for", lambda *given: str(_second(*given))),
    ),
    # 1700014796 and 1700014880 have the same first code, 1700037950 and 1700037992 the same second
    tuple(
        (_codes(at), at - gone, at - gone + 100)
        for at, gone in ((17 * 10**8, 0), (1700000059, 99), (1700014880, 90), (1700014796, 5), (1700037992, 50))
    ),
    _token,
)
