"""Lanes: what several sides do at the same time, side by side along one axis, which is time or anything else."""

from collections.abc import Mapping, Sequence

from .markup import SMALL, Shown, element, escaped, fill, padded, plain, titled, wide

Span = str | tuple[str, int] | tuple[str, int, str]  # a text, how many columns it takes, its role

CELL = "padding: 5px 8px; text-align: left; vertical-align: middle; border: none"
FULL = "padding: 5px 8px; text-align: left; vertical-align: middle; border: 2px solid #808080"
ROW = "background-color: transparent"


def lanes(columns: Sequence[str], rows: Mapping[str, Sequence[Span]], *, caption: str = "") -> Shown:
    """A lane for each side, filled from the left with spans; where nothing happens the text is empty.

    columns: the axis, one name a column.  rows: a side's name -> its spans: a text, or a text with the number of
    columns that it takes, and with the role whose colour it has.
    """
    filled = {plain(name): [_span(each) for each in spans] for name, spans in rows.items()}
    names = [plain(name) for name in columns]
    heads = "".join(element("th", escaped(name), f"{CELL}; {SMALL}", scope="col") for name in names)
    head = element("thead", element("tr", element("td", "", CELL) + heads, ROW))
    drawn = (
        element("tr", element("th", escaped(name), CELL, scope="row") + "".join(_cell(*span) for span in spans), ROW)
        for name, spans in filled.items()
    )
    return titled(caption, head + element("tbody", "".join(drawn)), _text(names, filled))


def _span(given: Span) -> tuple[str, int, str]:
    text, size, role = (given, 1, "") if isinstance(given, str) else (*given, "")[:3]
    return plain(text), size, role


def _cell(text: str, size: int, role: str) -> str:
    style = f"{FULL}; {fill(role)}" if text else CELL
    return element("td", escaped(text), style, colspan=size if size > 1 else None)


def _text(columns: Sequence[str], rows: Mapping[str, Sequence[tuple[str, int, str]]]) -> str:
    """The lanes with their columns aligned; a text that is longer than its columns makes each of them wider."""
    spans = [(name, 1, "") for name in columns] + [span for row in rows.values() for span in row]
    width = max(-(-(wide(text) + 3) // size) for text, size, _ in spans)
    side = max(map(wide, rows), default=0)
    lines = [("", [(name, 1, "") for name in columns]), *rows.items()]
    return "\n".join(
        f"{padded(name, side)} │ {'│ '.join(padded(text, width * size - 2) for text, size, _ in row)}".rstrip()
        for name, row in lines
    )
