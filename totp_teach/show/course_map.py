"""The map of the course: from key and time to six digits, with the place where a chapter stands."""

from dataclasses import dataclass

from .. import OtpError, totp
from ..hotp import RFC_KEY
from .markup import MONO, SMALL, Shown, boxed, element, escaped

AT = 59  # the example that the course carries through

CELL = "text-align: left; vertical-align: middle; line-height: 1.4; white-space: nowrap"
BOX = f"{CELL}; padding: 4px 6px"
ARROW = f"{CELL}; padding: 0 3px; border: none"
MARKED = "outline: 3px solid"  # in the colour of the text
WHOLE = "The whole way. Phone and server both go it, and the server compares the digits."
SAID = "URI → key. Time → message. Key and message → HMAC → four bytes → number → digits → check."


@dataclass(frozen=True)
class Place:
    """A box of the map: its name, its role, the example's value in two lines, and the arrow that leads on from it."""

    name: str
    role: str
    lines: tuple[str, str]
    arrow: str = "→"
    row: int = 0  # of the map's two rows
    rows: int | None = None  # that the box is high


def _places(trace: totp.Trace) -> dict[str, Place]:
    """The boxes by their stages, as the way leads."""
    key, message, digest = (data.hex(" ") for data in (trace.key, trace.message, trace.digest))
    return {
        "uri": Place("URI", "", ("otpauth://…", "as a QR code")),
        "key": Place("key", "key", (f"{key[:11]} …", f"{len(trace.key)} bytes"), "↘"),
        "time": Place("time", "counter", (f"second {trace.at}", f"is in step {trace.counter}"), row=1),
        "message": Place("message", "message", (message[:11], message[12:]), "↗", row=1),
        "hmac": Place("HMAC", "digest", (f"{digest[:11]} …", f"{len(trace.digest)} bytes"), rows=2),
        "four bytes": Place(
            "four bytes", "four_bytes", (trace.four_bytes.hex(" "), f"from byte {trace.offset}"), rows=2
        ),
        "number": Place("number", "number", (str(trace.number), "in 31 bits"), rows=2),
        "digits": Place("digits", "code", (f"{trace.code[:3]} {trace.code[3:]}", "the last six"), ""),
        "check": Place("check", "", ("the server:", "the same?"), "", row=1),
    }


PLACES = _places(totp.trace(RFC_KEY, AT))


def map(*stages: str) -> Shown:
    """The way from key and time to the digits, each step with the example's value, and where on it a chapter stands.

    stages: those to mark: "uri", "key", "time", "message", "hmac", "four bytes", "number", "digits", "check".
    Raises OtpError for any other.
    """
    for stage in stages:
        if stage not in PLACES:
            raise OtpError(f"the map has no stage {stage!r}; its stages are {', '.join(PLACES)}")
    here = [place.name for stage, place in PLACES.items() if stage in stages]
    told = f"You are here: {', '.join(here)}." if here else WHOLE
    cells = [[_cells(place, stage in stages) for stage, place in PLACES.items() if place.row == row] for row in (0, 1)]
    rows = "".join(element("tr", "".join(row), "background-color: transparent") for row in cells)
    caption = element("caption", escaped(told), "padding: 3px 0; text-align: left")
    table = element("table", caption + element("tbody", rows), "border-collapse: separate; border-spacing: 0 8px")
    said = {"role": "img", "aria-label": f"{told} The map: {SAID}"}
    html = element("div", table, "overflow-x: auto; padding: 0 4px", **said)
    return Shown(html, "\n".join([told, "", *_text(stages)]))


def _cells(place: Place, marked: bool) -> str:
    """A box, and the arrow behind it."""
    name = element("b", f"↓ {place.name}" if place.name == "check" else place.name)
    lines = [name, *(element("span", line, f"{MONO}; {SMALL}") for line in place.lines)]
    lines += [element("span", "▲ you are here", SMALL)] * marked
    look = f"{BOX}; {boxed(place.role)}" + f"; {MARKED}" * marked
    arrow = element("td", place.arrow, ARROW, rowspan=place.rows) if place.arrow else ""
    return element("td", "<br>".join(lines), look, rowspan=place.rows) + arrow


def _text(stages: tuple[str, ...]) -> list[str]:
    """The map in characters, the marked names in brackets, and below it every value."""
    names = [f"[{place.name}]" if stage in stages else place.name for stage, place in PLACES.items()]
    uri, key, time, message, *way = names
    upper, lower = f"{uri} → {key} ", f"{time} → {message} "
    width = max(len(upper), len(lower))
    rows = [
        f"{'▶' if stage in stages else ' '} {place.name:<12}  {' '.join(place.lines)}"
        for stage, place in PLACES.items()
    ]
    return [f"{upper:─<{width}}─┐", f"{'':{width}} ├→ {' → '.join(way)}", f"{lower:─<{width}}─┘", "", *rows]
