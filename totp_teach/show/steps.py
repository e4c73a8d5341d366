"""Steps: a table whose rows are a name, a value in its role's colour, and where the value comes from."""

from collections.abc import Iterable
from dataclasses import dataclass

from .byte_rows import hex_lines, running, text_lines
from .markup import MONO, Shown, colour, element, escaped, inside, padded, plain, tint, titled, wide

CELL = "padding: 4px 5px; text-align: left; vertical-align: baseline; background-color: transparent"


@dataclass(frozen=True)
class Step:
    """One row: what the value is called, its role, its HTML, its lines of text, and where it comes from."""

    name: str
    role: str
    html: str
    lines: list[str]
    how: str


def word(name: str, role: str, value: object, how: str) -> Step:
    """A step whose value is one line of text."""
    text = inside(value, role)
    return Step(name, role, element("span", text, tint(role)) if role else text, [plain(value)], how)


def in_hex(name: str, role: str, data: bytes, how: str, **marks: range) -> Step:
    """A step whose value is bytes in hex, 16 on a line, with runs marked, and named in the text."""
    lines = hex_lines(data, marks)
    html = "<br>".join(map(running, lines))
    if len(lines) <= 2 and not marks:
        html = element("span", html, tint(role))
    return Step(name, role, html, [text for line in lines for text in text_lines(line)[1:]], how)


def steps(caption: str, header: tuple[str, str, str], rows: Iterable[Step], *, wrap: bool = False) -> Shown:
    """The rows as HTML and as aligned text; a value of several lines keeps its column.  wrap: break long values."""
    rows = list(rows)
    looks = (f"{CELL}; border-left: 4px solid transparent", CELL, CELL)
    head = "".join(element("th", name, look, scope="col") for name, look in zip(header, looks))
    html = element("thead", element("tr", head)) + element("tbody", "".join(_row(step, wrap) for step in rows))
    return titled(caption, html, "\n".join(_lines(rows)))


def _row(step: Step, wrap: bool) -> str:
    edge = colour(step.role) if step.role else "transparent"
    name = element("th", escaped(step.name), f"{CELL}; white-space: nowrap; border-left: 4px solid {edge}", scope="row")
    space = "word-break: break-all" if wrap else "white-space: pre"
    value = element("td", step.html, f"{CELL}; {MONO}; {space}; line-height: 1.7")
    how = element("td", escaped(step.how), f"{CELL}; min-width: 50px")
    return element("tr", name + value + how, "background-color: transparent")


def _lines(rows: list[Step]) -> Iterable[str]:
    name = max(wide(plain(step.name)) for step in rows)
    value = max(wide(line) for step in rows for line in step.lines)
    for step in rows:
        for place, line in enumerate(step.lines):
            left, how = ("", "") if place else (plain(step.name), plain(step.how))
            yield f"{padded(left, name)}  {padded(line, value)}  {how}".rstrip()
