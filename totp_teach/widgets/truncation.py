"""Dynamic truncation: from a digest to a code, byte by byte."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .. import OtpError, hotp
from ..hotp import RFC_KEY
from ..show.byte_rows import CELL, bytes_
from ..show.markup import Shown, boxed, element, inside
from ..show.steps import Step, steps
from .stepper import Frame, Stepper

NARROW = CELL.replace("4px", "3px")  # so that a SHA-1 digest and what comes of it fit side by side into a small window
MASK = hotp.LOW_31_BITS.to_bytes(4, "big")


def truncation_film(traces: hotp.Trace | Sequence[hotp.Trace]) -> Stepper:
    """How digests become codes, one after the other, in every detail.

    traces: one run, or several.  `show.trace(trace)` has the values of one in one table.
    Raises OtpError if there is no trace.
    """
    traces = [traces] if isinstance(traces, hotp.Trace) else list(traces)
    drawn, example = frames(traces), None
    if not all(is_public(trace.key) for trace in traces):
        example = truncation_film(hotp.trace(RFC_KEY, 1, digits=traces[0].digits, algorithm=traces[0].algorithm))
    return Stepper(f"Dynamic truncation, {_counters(traces)}", drawn, example=example)


def frames(traces: Sequence[hotp.Trace]) -> list[Frame]:
    """Last byte, nibble, four bytes, mask, number, remainder and zeros: of each trace in turn."""
    if not traces:
        raise OtpError("a film of dynamic truncation takes one trace or more: truncation_film([hotp.trace(key, 1)])")
    return [frame for trace in traces for frame in _one(trace)]


def is_public(key: bytes) -> bool:
    """Whether a key is the RFCs' own, or the beginning of one of their seeds: that may be stored."""
    return (RFC_KEY * 4)[:64].startswith(key)


def counted(number: int, noun: str) -> str:
    """So many of something: 1 digit, 2 digits."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _counters(traces: Sequence[hotp.Trace]) -> str:
    counters = [str(trace.counter) for trace in traces]
    return f"counter {counters[0]}" if len(traces) == 1 else f"counters {', '.join(counters)}"


def _marks(trace: hotp.Trace, known: int) -> dict[str, Any]:
    """What is marked in the digest: all of it, then the last byte, then the four at the offset too."""
    size, start = len(trace.digest), trace.offset
    marks = {"offset": range(size - 1, size), "four_bytes": range(start, start + 4)}
    return dict(list(marks.items())[:known]) or {"digest": range(size)}


def _one(trace: hotp.Trace) -> list[Frame]:
    """The digest, and below it one line more in every frame."""
    rows, words, found = _rows(trace), _words(trace), []
    for known, caption in enumerate(words):
        digest = bytes_(trace.digest, **_marks(trace, (known > 0) + (known > 2)))
        first = Step(
            "digest", "digest", digest.html.replace(CELL, NARROW), digest.text.splitlines(), f"HMAC-{trace.algorithm}"
        )
        found.append(Frame(_table([first, *rows], known + 1), caption))
    return found


def _table(rows: list[Step], known: int) -> Shown:
    """The rows, of those not known yet only the names, so that every row has its place from the beginning."""
    unknown = [replace(row, html="&nbsp;", how="") for row in rows[known:]]
    header = ("step", "value", "how")
    html = steps("", header, [*rows[:known], *unknown]).html
    return Shown(html, steps("", header, rows[:known]).text)


def _rows(trace: hotp.Trace) -> list[Step]:
    """The lines below the digest, in their order."""
    last, masked, decimal = trace.digest[-1], trace.number.to_bytes(4, "big"), str(trace.number)
    bits = f"{last:08b}"
    return [
        _line("last byte", "offset", f"{last:02x} = {bits[:4]} ", bits[4:], "", "its low nibble boxed"),
        _line("offset", "offset", f"{bits[4:]} = ", trace.offset, "", "RFC 4226 §5.3"),
        _line("four bytes", "four_bytes", *_binary(trace.four_bytes), "four bytes from there"),
        _line("mask", "", *_binary(MASK), "AND, bit by bit"),
        _line("number", "number", *_binary(masked), "31 bits are left"),
        _line("in decimal", "number", decimal[: -trace.digits], decimal[-trace.digits :], "", "the same number"),
        _line("remainder", "number", "", trace.remainder, "", f"mod 10^{trace.digits}"),
        _line("code", "code", "", trace.code, "", f"{counted(_zeros(trace), 'zero')} in front"),
    ]


def _line(name: str, role: str, before: str, value: object, behind: str, how: str) -> Step:
    """One line of text with a piece of it boxed."""
    html = f"{before}{element('span', inside(value, role), boxed(role))}{behind}"
    return Step(name, role, html, [f"{before}{value}{behind}"], how)


def _binary(data: bytes) -> tuple[str, str, str]:
    """Four bytes in hex and in binary: what stands before the top bit, that bit, and what stands behind it."""
    text = " ".join(f"{byte:08b}" for byte in data)
    return f"{data.hex(' ')}  ", text[0], text[1:]


def _zeros(trace: hotp.Trace) -> int:
    """How many zeros the code has in front of the remainder's digits."""
    return trace.digits - len(str(trace.remainder))


def _words(trace: hotp.Trace) -> list[str]:
    """What each frame says."""
    last, number = trace.digest[-1], len(trace.digest) - 1
    top, zeros, digits = trace.four_bytes[0] >> 7, _zeros(trace), counted(trace.digits, "digit")
    ending = f"{counted(zeros, 'zero')} in front of the remainder {'makes' if zeros == 1 else 'make'} {digits} of it."
    return [
        f"The digest of counter {trace.counter} has {number + 1} bytes, counted from 0.",
        f"Its last byte, number {number}, is {last:02x}.",
        f"The low nibble of {last:02x} is {last & 15:x}, which is {trace.offset}: the offset.",
        f"The four bytes {trace.offset} to {trace.offset + 3}, {trace.four_bytes.hex(' ')}.",
        f"As one number it has 32 bits. Its top bit is {top}, and the mask makes it 0{'' if top else ' in any case'}.",
        f"What is left, {trace.number:08x}, is the same number for everybody, with and without sign.",
        f"In decimal it is {trace.number}, of which the last {digits} count.",
        f"They are the remainder on division by 10^{trace.digits}: {trace.remainder}.",
        f"The code is {trace.code}. {ending if zeros else f'The remainder has all {digits}, so no zero is missing.'}",
    ]
