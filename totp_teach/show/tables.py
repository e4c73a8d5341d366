"""Tables: rows of values, with the columns of a role in its colour."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from .markup import MONO, Shown, element, fill, inside, padded, plain, tint, titled, wide

CELL = "padding: 3px 8px; vertical-align: baseline"
VALUE = f"{MONO}; white-space: pre"
WORDS = "min-width: 90px"  # in the page's own font, and broken where the page ends
PROSE = "min-width: 140px"
LONG = 24  # characters


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    caption: str = "",
    roles: Mapping[str, str] | None = None,
) -> Shown:
    """A table: numbers to the right, everything else to the left, bytes in hex; a column of words in the page's font.

    header: the columns' names.  rows: one value a column, any length.  caption: what the table shows.
    roles: column name -> role, whose colour that column takes; codes are drawn in groups of three.
    """
    rows = [tuple(row) for row in rows]
    roles = roles or {}
    right = [all(_is_number(row[column]) for row in rows) for column in range(len(header))]
    return titled(caption, _html(header, rows, right, roles), _text(header, rows, right))


def _is_number(value: object) -> bool:
    """Is it a number, or a number with its unit?"""
    if isinstance(value, str):
        return re.fullmatch(r"[-+−±]?\d[\d.,]* ?(%|s)", value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _style(values: list[object]) -> str:
    """How a column looks: as words if there are any among its values, and else as values."""
    words = [value for value in values if isinstance(value, str) and " " in value and re.search("[a-z]{3}", value)]
    if not words:
        return VALUE
    return PROSE if any(len(value) > LONG for value in words) else WORDS


def _html(header, rows, right, roles) -> str:
    styles_of = [_style([row[column] for row in rows]) for column in range(len(header))]

    def cell(name: str, column: int, value: object, style: str, look: Callable[[str], str], **attributes) -> str:
        role = roles.get(header[column])
        styles = [CELL, "text-align: right" if right[column] else "text-align: left", style, look(role) if role else ""]
        return element(
            name, inside(value, role if name == "td" else None), "; ".join(filter(None, styles)), **attributes
        )

    head = "".join(cell("th", i, name, "white-space: nowrap", tint, scope="col") for i, name in enumerate(header))
    body = "".join(
        element("tr", "".join(cell("td", i, value, styles_of[i], fill) for i, value in enumerate(row))) for row in rows
    )
    return element("thead", element("tr", head)) + element("tbody", body)


def _text(header, rows, right) -> str:
    lines = [[plain(value) for value in row] for row in [header, *rows]]
    widths = [max(wide(line[column]) for line in lines) for column in range(len(header))]
    lines.insert(1, ["─" * width for width in widths])
    return "\n".join("  ".join(map(padded, line, widths, right)).rstrip() for line in lines)
