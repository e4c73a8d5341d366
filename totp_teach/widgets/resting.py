"""What a live thing shows while nothing is live: a true example, marked as one.

It is what a notebook stores, so it is the same at every run and holds nothing of the reader's: no secret, no time.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .. import hotp
from ..otpauth import Account
from ..show.markup import MONO, SMALL, Shown, element, escaped

HERE = Path(__file__).parent
RUN_ME = "example: run this cell"
RFC_KEY = b"12345678901234567890"
AT = 59  # seconds since the Unix epoch: with the usual period, step 1

FRAME = (
    "display: inline-block; box-sizing: border-box; max-width: 100%; margin: 4px 0; padding: 12px; "
    "border-radius: 8px; border: 1px solid rgba(128, 128, 128, 0.5)"
)


CELL = "padding: 8px 20px 0 0; vertical-align: bottom; text-align: left; border: none"


IMPORT = re.compile(r'^import \{[^}]*\} from "\./([^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def front_end(*names: str) -> str:
    """Files of this folder as one text, what a module imports once and before it: anywidget takes one text a widget."""
    return "\n".join(dict.fromkeys(part for name in names for part in _parts(name)))


def _parts(name: str) -> Iterator[str]:
    """The modules that one imports, then itself, each without the lines that are for several files."""
    text = (HERE / name).read_text(encoding="utf-8")
    for other in IMPORT.findall(text):
        yield from _parts(other)
    yield EXPORT.sub("", IMPORT.sub("", text))


class Resting:
    """A widget with a resting picture, beside its live view and in place of it. Its repr is that picture's text."""

    resting: Shown

    def __repr__(self) -> str:
        return repr(self.resting)

    def _repr_mimebundle_(self, **_) -> tuple[dict, dict]:
        bundle = super()._repr_mimebundle_()  # ipywidgets gives the data alone, anywidget its metadata too
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/html": self.resting.html, "text/plain": self.resting.text}, metadata


def example(account: Account) -> Account:
    """The course's example with that account's type, algorithm, digits and period (seeds: RFC 6238 appendix B)."""
    size = hotp.ALGORITHMS[account.algorithm]().digest_size
    counter = 1 if account.type == "hotp" else None
    return replace(account, issuer="Example", name="alice@example.com", key=(RFC_KEY * 4)[:size], counter=counter)


def framed(heading: str, *parts: str) -> str:
    """HTML parts in a frame, under a heading that says what they are an example of."""
    title = element("div", f"{escaped(heading)} · {element('b', RUN_ME)}", SMALL)
    return element("div", title + "".join(parts), FRAME)


def name_of(account: Account) -> str:
    """An account as people name it: issuer and name, whichever there are."""
    return ": ".join(filter(None, [account.issuer, account.name])) or "an account without a name"


def grouped(text: str, size: int = 3) -> str:
    """A code or a secret in groups, from the left."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def labelled(words: str, code: str, style: str) -> str:
    """A code in groups under what it is: a cell of a table."""
    return element("td", element("div", words, SMALL) + element("span", grouped(code), f"{MONO}; {style}"), CELL)


def thousands(number: int) -> str:
    """A whole number in groups of three, from the right: a step of today has eight digits."""
    return f"{number:,}".replace(",", "\u00a0")
