"""HOTP (RFC 4226): from key and counter to a code, one function a step.

message   the counter as eight bytes, most significant first         §5.2
digest    HMAC of the message under the key                          §5.3 step 1
offset    the low four bits of the digest's last byte                §5.3 step 2
truncate  four bytes from there, without the top bit, as a number    §5.3 step 2
code      that number modulo 10^digits, with its leading zeros       §5.3 step 3
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from . import OtpError
from ._values import check_whole
from .secret import check_key

ALGORITHMS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
LAST_COUNTER = 2**64 - 1
LOW_31_BITS = 0x7FFFFFFF
RFC_KEY = b"12345678901234567890"  # of the RFCs' examples: RFC 4226 appendix D, RFC 6238 appendix B


@dataclass(frozen=True, kw_only=True)
class Trace:
    """Every value on the way of one real run from key and counter to code. Its repr shows the key: that is its point."""

    key: bytes
    counter: int
    algorithm: str = "SHA1"
    digits: int = 6
    message: bytes  # 8 bytes
    padded_key: bytes  # one block of the hash: 64 bytes, 128 for SHA512
    inner_pad: bytes  # padded key XOR 0x36…
    outer_pad: bytes  # padded key XOR 0x5c…
    inner_digest: bytes  # H(inner_pad + message)
    digest: bytes  # H(outer_pad + inner_digest), which is the HMAC: 20, 32 or 64 bytes
    offset: int  # 0 … 15
    four_bytes: bytes  # those bytes of the digest at the offset
    number: int  # the four bytes without their top bit, 0 … 2^31 − 1
    remainder: int  # number modulo 10^digits
    code: str


def message(counter: int) -> bytes:
    """The eight bytes, big-endian, that are authenticated for a counter from 0 to 2^64 − 1 (RFC 4226 §5.2)."""
    check_whole("a counter is a whole number from 0 to 2^64 − 1", counter, 0, LAST_COUNTER)
    return counter.to_bytes(8, "big")


def digest(key: bytes, counter: int, *, algorithm: str = "SHA1") -> bytes:
    """The HMAC of the counter's message under the key: 20, 32 or 64 bytes (RFC 4226 §5.3; RFC 2104)."""
    check_key(key)
    _check_algorithm(algorithm)
    return hmac.digest(key, message(counter), algorithm)


def offset(digest: bytes) -> int:
    """The low four bits of the digest's *last* byte, 0 … 15, whatever the digest's length (RFC 4226 §5.3)."""
    if not isinstance(digest, bytes) or len(digest) < 20:
        raise OtpError("a digest is 20 bytes or more (SHA1: 20, SHA256: 32, SHA512: 64)")
    return digest[-1] & 0x0F


def truncate(digest: bytes) -> int:
    """Dynamic truncation: the four bytes at the offset without their top bit, 0 … 2^31 − 1 (RFC 4226 §5.3)."""
    start = offset(digest)
    return int.from_bytes(digest[start : start + 4], "big") & LOW_31_BITS


def code(key: bytes, counter: int, *, digits: int = 6, algorithm: str = "SHA1") -> str:
    """The one-time password of one counter, as text with its leading zeros (RFC 4226 §5.3).

    key: bytes.  counter: 0 … 2^64 − 1.  algorithm: "SHA1", "SHA256" or "SHA512".
    digits: 1 … 10. RFC 4226 wants 6 at least. The number has 31 bits, so from 8 digits on the codes are visibly not
    equally likely, and a tenth digit is only ever 0, 1 or 2 (appendix A; chapter 03 measures it).
    Raises OtpError for anything else.
    """
    return last_digits(truncate(digest(key, counter, algorithm=algorithm)), digits)


def codes(key: bytes, counters: Iterable[int], *, digits: int = 6, algorithm: str = "SHA1") -> list[str]:
    """The codes of many counters under one key, the key's two pads hashed once (RFC 2104 §4). Arguments as `code`."""
    check(key, digits=digits, algorithm=algorithm)
    if not isinstance(counters, Iterable):
        raise OtpError(f"counters are several, such as range(3), not {type(counters).__name__}; hotp.code takes one")
    inner, outer = map(ALGORITHMS[algorithm], _pads(key, algorithm))
    found = []
    for counter in counters:
        first = inner.copy()
        first.update(message(counter))
        second = outer.copy()
        second.update(first.digest())
        found.append(last_digits(truncate(second.digest()), digits))
    return found


def trace(key: bytes, counter: int, *, digits: int = 6, algorithm: str = "SHA1") -> Trace:
    """All of one run, step by step: a Trace. Arguments as `code`."""
    check(key, digits=digits, algorithm=algorithm)
    make, text = ALGORITHMS[algorithm], message(counter)
    inner_pad, outer_pad = _pads(key, algorithm)
    inner_digest = make(inner_pad + text).digest()
    final = make(outer_pad + inner_digest).digest()
    start, number = offset(final), truncate(final)
    return Trace(
        key=key,
        counter=counter,
        algorithm=algorithm,
        digits=digits,
        message=text,
        padded_key=padded_key(key, algorithm=algorithm),
        inner_pad=inner_pad,
        outer_pad=outer_pad,
        inner_digest=inner_digest,
        digest=final,
        offset=start,
        four_bytes=final[start : start + 4],
        number=number,
        remainder=number % 10**digits,
        code=last_digits(number, digits),
    )


def padded_key(key: bytes, *, algorithm: str = "SHA1") -> bytes:
    """The key as one block of the hash: a longer one is hashed first, a shorter one filled with zeros (RFC 2104 §2)."""
    make = ALGORITHMS[algorithm]
    size = make().block_size
    return (make(key).digest() if len(key) > size else key).ljust(size, b"\0")


def _pads(key: bytes, algorithm: str) -> tuple[bytes, bytes]:
    """The padded key XORed with 0x36 (inner) and with 0x5c (outer), byte by byte (RFC 2104 §2)."""
    padded = padded_key(key, algorithm=algorithm)
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)


def last_digits(number: int, digits: int = 6) -> str:
    """The last decimal digits of the number as text, leading zeros kept (RFC 4226 §5.3 step 3)."""
    return str(number % 10 ** _digits(digits)).zfill(digits)


def check(key: bytes, *, digits: int = 6, algorithm: str = "SHA1") -> None:
    """Raise OtpError unless a code can be computed under this key with these parameters."""
    check_key(key)
    _digits(digits)
    _check_algorithm(algorithm)


def _check_algorithm(algorithm: str) -> None:
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise OtpError(f"algorithm must be one of {', '.join(ALGORITHMS)} (upper case, no hyphen), not {algorithm!r}")


def _digits(digits: int) -> int:
    """The number of digits itself, if a code can have it."""
    check_whole("digits must be a whole number from 1 to 10 (RFC 4226 §5.3: 6 at least)", digits, 1, 10)
    return digits
