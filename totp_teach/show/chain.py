"""The whole way from key and clock to code, as a table of its steps."""

from datetime import datetime

from .. import hotp, totp
from .markup import Shown
from .steps import Step, in_hex, steps, word


def trace(trace: hotp.Trace) -> Shown:
    """Every value of one run, in the order of the RFCs, from the clock (of a totp.Trace) to the code."""
    start = "time" if isinstance(trace, totp.Trace) else "counter"
    rows = [*_clock(trace), *_hmac(trace), *_truncation(trace)]
    return steps(f"From key and {start} to code, HMAC-{trace.algorithm}", ("step", "value", "how"), rows)


def _clock(trace: hotp.Trace) -> list[Step]:
    if not isinstance(trace, totp.Trace):
        return [word("counter", "counter", trace.counter, "given, RFC 4226 §5.1")]
    kind = "a moment with its time zone" if isinstance(trace.at, datetime) else "seconds since 1970 began"
    return [
        word("time", "", trace.at, kind),
        word("counter", "counter", trace.counter, f"⌊(time − {trace.t0}) / {trace.period} s⌋, RFC 6238 §4.2"),
    ]


def _hmac(trace: hotp.Trace) -> list[Step]:
    block = len(trace.padded_key)
    filled = "hashed, then " if len(trace.key) > block else ""
    return [
        in_hex("message", "message", trace.message, "the counter in 8 bytes, big-endian, RFC 4226 §5.2"),
        in_hex("key", "key", trace.key, f"the shared secret, {len(trace.key)} bytes"),
        in_hex("padded key", "key", trace.padded_key, f"{filled}zeros up to a block of {block} bytes, RFC 2104 §2"),
        in_hex("inner pad", "key", trace.inner_pad, "padded key XOR 36 36 36 …"),
        in_hex("outer pad", "key", trace.outer_pad, "padded key XOR 5c 5c 5c …"),
        in_hex("inner digest", "digest", trace.inner_digest, f"{trace.algorithm}(inner pad + message)"),
    ]


def _truncation(trace: hotp.Trace) -> list[Step]:
    last = len(trace.digest) - 1
    places = range(trace.offset, trace.offset + 4)
    how = f"{trace.algorithm}(outer pad + inner digest), which is the HMAC"
    return [
        in_hex("digest", "digest", trace.digest, how, four_bytes=places, offset=range(last, last + 1)),
        word("offset", "offset", trace.offset, f"low nibble of byte {last}, {trace.digest[-1]:02x}, RFC 4226 §5.3"),
        in_hex("four bytes", "four_bytes", trace.four_bytes, f"bytes {places[0]} to {places[-1]} of the digest"),
        word("number", "number", f"{trace.number:08x} = {trace.number}", "without the top bit: AND 7fffffff"),
        word("remainder", "number", trace.remainder, f"number mod 10^{trace.digits}"),
        word("code", "code", trace.code, f"in {trace.digits} digits, leading zeros kept"),
    ]
