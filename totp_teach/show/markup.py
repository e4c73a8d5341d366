"""The look: one colour a role, and a value that is HTML and text at once.

The HTML has inline styles only and still reads without them. Text keeps the theme's own colour, so that it reads in the
light theme and in the dark one: a role's colour is a tint and a line under the value, and its name stands beside it.
"""

import base64
import html
import unicodedata
from dataclasses import dataclass
from datetime import datetime

# Okabe and Ito's palette, which the colour-blind tell apart.
ROLES = {
    "key": "#0072B2",
    "counter": "#E69F00",
    "message": "#E69F00",
    "digest": "#999999",
    "offset": "#D55E00",
    "four_bytes": "#009E73",
    "number": "#009E73",
    "code": "#CC79A7",
}
PLAIN = "#999999"  # any other role

MONO = "font-family: monospace"
SMALL = "font-size: 85%"
SCROLLS = "overflow-x: auto; padding-right: 1px"  # without that pixel WebKit cuts off the right edge of a table


@dataclass(frozen=True)
class Shown:
    """A value to look at: its HTML for the page, and its text with the same values, aligned, for everything else."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def colour(role: str) -> str:
    """The colour of a role as "#rrggbb"; grey for a role without one of its own."""
    return ROLES.get(role.replace(" ", "_"), PLAIN)


def fill(role: str) -> str:
    """The style of what belongs to a role: a light fill that lets the theme through."""
    red, green, blue = bytes.fromhex(colour(role)[1:])
    return f"background-color: rgba({red}, {green}, {blue}, 0.2)"


def tint(role: str) -> str:
    """The style of a value in its role: the fill, and a line under it."""
    return f"{fill(role)}; border-bottom: 3px solid {colour(role)}"


def boxed(role: str, first: bool = True, last: bool = True) -> str:
    """The style of a piece of a marked run: its tint, and an edge that stands out where the colour is faint."""
    sides = ["top", *["left"] * first, *["right"] * last]
    return "; ".join([tint(role), *(f"border-{side}: 1px solid #808080" for side in sides)])


def plain(value: object) -> str:
    """A value as one line of text: bytes in hex, everything that cannot be printed escaped."""
    if isinstance(value, bytes):
        return hexed(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value))


def escaped(value: object) -> str:
    """A value as HTML text, never as markup."""
    return html.escape(plain(value))


def inside(value: object, role: str | None) -> str:
    """A value as HTML text. A code in groups of three, which are only drawn: what is copied is its digits."""
    if role != "code":
        return escaped(value)
    text = plain(value)
    groups = [escaped(text[start : start + 3]) for start in range(0, len(text), 3)]
    return "".join([*groups[:1], *(element("span", group, "padding-left: 5px") for group in groups[1:])])


def element(name: str, inside: str, style: str = "", **attributes: object) -> str:
    """One HTML element around inner HTML; attributes that are None are left out."""
    named = {"style": style or None, **attributes}
    given = "".join(f' {key}="{html.escape(str(value))}"' for key, value in named.items() if value is not None)
    return f"<{name}{given}>{inside}</{name}>"


def data_uri(png: bytes) -> str:
    """A picture as the address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def pictured(png: bytes, width: int, alt: str, style: str = "border-radius: 4px") -> str:
    """A picture so many pixels wide, within the page, with the text that stands for it."""
    return f'<img src="{data_uri(png)}" width="{width}" alt="{escaped(alt)}" style="{style}">'


def titled(caption: str, table: str, text: str) -> Shown:
    """The inside of a table under its caption, which scrolls by itself where the page is narrow; and the text."""
    title = element("caption", escaped(caption), "padding: 3px 0; text-align: left") if caption else ""
    html = element("table", title + table, "border-collapse: collapse; margin: 0")
    return Shown(element("div", html, SCROLLS), f"{plain(caption)}\n{text}" if caption else text)


def hexed(data: bytes, group: int = 4) -> str:
    """Bytes as two hex digits each, with a wider gap after every group."""
    return "  ".join(data[start : start + group].hex(" ") for start in range(0, len(data), group))


def wide(text: str) -> int:
    """How many columns a text takes in a fixed-width font."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, width: int, right: bool = False) -> str:
    """A text filled with blanks to that many columns."""
    blanks = " " * (width - wide(text))
    return blanks + text if right else text + blanks
