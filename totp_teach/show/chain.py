"""The whole way from key and clock to code, as a table of its steps."""

from dataclasses import dataclass

from .. import hotp, totp
from .look import MONO, Shown, boxed, colour, element, escaped, padded, plain, scrolled, tint, wide
from .strips import Run, Strip, _lines, _runs

CELL = "padding: 4px 10px; text-align: left; vertical-align: top; background-color: transparent"


@dataclass(frozen=True)
class Step:
    """One row: what the value is called, its HTML, its lines of text, and where it comes from."""

    name: str
    role: str
    html: str
    lines: list[str]
    how: str


def trace(trace: hotp.Trace) -> Shown:
    """Every value of one run, in the order of the RFCs, from the clock (of a totp.Trace) to the code."""
    steps = [*_clock(trace), *_hmac(trace), *_truncation(trace)]
    caption = f"From key and {'time' if isinstance(trace, totp.Trace) else 'counter'} to code, HMAC-{trace.algorithm}"
    rows = "".join(_row(step) for step in steps)
    head = "".join(element("th", name, CELL, scope="col") for name in ("step", "value", "how"))
    title = element("caption", caption, "text-align: left; padding: 3px 10px")
    table = title + element("thead", element("tr", head)) + element("tbody", rows)
    html = scrolled(element("table", table, "border-collapse: collapse; margin: 0"))
    return Shown(html, "\n".join([caption, *_text(steps)]))


def _clock(trace: hotp.Trace) -> list[Step]:
    if not isinstance(trace, totp.Trace):
        return [_word("counter", "counter", str(trace.counter), "given, RFC 4226 §5.1")]
    return [
        _word("time", "", plain(trace.at), "seconds since 1970, or a moment with its time zone"),
        _word("counter", "counter", str(trace.counter), f"⌊(time − {trace.t0}) / {trace.period} s⌋, RFC 6238 §4.2"),
    ]


def _hmac(trace: hotp.Trace) -> list[Step]:
    block = len(trace.padded_key)
    filled = "hashed, then " if len(trace.key) > block else ""
    return [
        _bytes("message", "message", trace.message, "the counter in 8 bytes, big-endian, RFC 4226 §5.1"),
        _bytes("key", "key", trace.key, f"the shared secret, {len(trace.key)} bytes"),
        _bytes("padded key", "key", trace.padded_key, f"{filled}zeros added to one block of {block} bytes, RFC 2104 §2"),
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
        _word("offset", "offset", str(trace.offset), f"low nibble of byte {last}, {trace.digest[-1]:02x}, RFC 4226 §5.3"),
        _bytes("window", "window", trace.window, f"bytes {places[0]} to {places[-1]} of the digest"),
        _word("number", "number", f"{trace.number:08x} = {trace.number}", "without the top bit: AND 7fffffff"),
        _word("remainder", "number", str(trace.remainder), f"number mod 10^{trace.digits}"),
        _word("code", "code", trace.code, f"in {trace.digits} digits, leading zeros kept"),
    ]


def _word(name: str, role: str, value: str, how: str) -> Step:
    html = element("span", escaped(value), tint(role)) if role else escaped(value)
    return Step(name, role, html, [value], how)


def _bytes(name: str, role: str, data: bytes, how: str, **marks: range) -> Step:
    """Bytes in hex, up to 20 on one line, else 16 on each, with runs marked and named as show.bytes_ does it."""
    cells = [f"{byte:02x}" for byte in data]
    places = list(range(len(cells)))
    strip = Strip(cells, places, _runs(marks, places), 20 if len(cells) <= 20 else 16, 4)
    html = "<br>".join(_marked(strip, part, runs) for part, runs in strip.lines())
    if len(cells) <= strip.columns and not marks:
        html = element("span", html, tint(role))
    lines = [line for part, runs in strip.lines() for line in _lines(strip, part, runs)[1:]]
    return Step(name, role, html, lines, how)


def _marked(strip: Strip, part: range, runs: list[Run]) -> str:
    """One line of a strip as running text, its runs boxed."""
    starts, stops = {run.start: run.role for run in runs}, {run.stop for run in runs}
    pieces = []
    for place, cell in enumerate(part):
        gap = "" if place == 0 else " " if place % strip.group else "  "
        value = strip.cells[cell]
        pieces.append("</span>" + gap if place in stops else gap)
        if place in starts:
            ahead = value[: starts[place] == "offset"]  # of the offset's byte only the low nibble is marked
            pieces.append(f'{ahead}<span style="{boxed(starts[place])}">')
            value = value[len(ahead) :]
        pieces.append(value)
    return "".join(pieces) + "</span>" * (len(part) in stops)


def _row(step: Step) -> str:
    edge = f"; border-left: 4px solid {colour(step.role)}" if step.role else "; border-left: 4px solid transparent"
    cells = element("th", step.name, CELL + "; white-space: nowrap" + edge, scope="row")
    cells += element("td", step.html, f"{CELL}; {MONO}; white-space: pre; line-height: 1.7")
    cells += element("td", escaped(step.how), CELL)
    return element("tr", cells, "background-color: transparent")


def _text(steps: list[Step]) -> list[str]:
    """The steps as aligned lines: name, value, how; a value of several lines keeps its column."""
    name = max(wide(step.name) for step in steps)
    value = max(wide(line) for step in steps for line in step.lines)
    found = []
    for step in steps:
        for place, line in enumerate(step.lines):
            first = place == 0
            left = padded(step.name if first else "", name) + "  " + padded(line, value)
            found.append((left + "  " + (step.how if first else "")).rstrip())
    return found
