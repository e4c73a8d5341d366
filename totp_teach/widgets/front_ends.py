"""The front-ends: files of this folder as the one text that anywidget takes for each widget."""

import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
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
