"""The whole way from key and clock to code, as a table of its steps."""

from datetime import datetime

from .. import hotp, totp
from .look import Shown, boxed, element, tint
from .steps import Step, steps, word
from .strips import Line, hex_lines, text_lines


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
        _bytes("message", "message", trace.message, "the counter in 8 bytes, big-endian, RFC 4226 §5.1"),
        _bytes("key", "key", trace.key, f"the shared secret, {len(trace.key)} bytes"),
        _bytes("padded key", "key", trace.padded_key, f"{filled}zeros up to a block of {block} bytes, RFC 2104 §2"),
        _bytes("inner pad", "key", trace.inner_pad, "padded key XOR 36 36 36 …"),
        _bytes("outer pad", "key", trace.outer_pad, "padded key XOR 5c 5c 5c …"),
        _bytes("inner digest", "digest", trace.inner_digest, f"{trace.algorithm}(inner pad + message)"),
    ]


def _truncation(trace: hotp.Trace) -> list[Step]:
    last = len(trace.digest) - 1
    places = range(trace.offset, trace.offset + 4)
    how = f"{trace.algorithm}(outer pad + inner digest), which is the HMAC"
    return [
        _bytes("digest", "digest", trace.digest, how, window=places, offset=range(last, last + 1)),
        word("offset", "offset", trace.offset, f"low nibble of byte {last}, {trace.digest[-1]:02x}, RFC 4226 §5.3"),
        _bytes("window", "window", trace.window, f"bytes {places[0]} to {places[-1]} of the digest"),
        word("number", "number", f"{trace.number:08x} = {trace.number}", "without the top bit: AND 7fffffff"),
        word("remainder", "number", trace.remainder, f"number mod 10^{trace.digits}"),
        word("code", "code", trace.code, f"in {trace.digits} digits, leading zeros kept"),
    ]


def _bytes(name: str, role: str, data: bytes, how: str, columns: int = 16, **marks: range) -> Step:
    """Bytes in hex, so many on a line, with runs marked, and in the text named, as show.bytes_ does it."""
    lines = hex_lines(data, marks, columns)
    html = "<br>".join(map(_running, lines))
    if len(lines) <= 2 and not marks:
        html = element("span", html, tint(role))
    return Step(name, role, html, [text for line in lines for text in text_lines(line)[1:]], how)


def _running(line: Line) -> str:
    """One line of bytes as running text, its runs boxed; of the offset's byte only the low nibble."""
    starts, stops = {run.start: run.role for run in line.runs}, {run.stop for run in line.runs}
    pieces = []
    for place, cell in enumerate(line.cells):
        role = starts.get(place)
        ahead = cell[: role == "offset"]
        pieces.append("</span>" * (place in stops) + " " * (place > 0) + " " * (place > 0 and place % line.group == 0))
        pieces.append(f'{ahead}<span style="{boxed(role)}">{cell[len(ahead) :]}' if role else cell)
    return "".join(pieces) + "</span>" * (len(line.cells) in stops)
