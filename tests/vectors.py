"""The published vectors in data/, as the tests read them."""

import json
from pathlib import Path

DATA = Path(__file__).parent / "data"


def table(name: str) -> list[dict[str, str]]:
    """The rows of a table of columns parted by |, each by its column's name; # starts a remark."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    header, *rows = [
        [cell.strip() for cell in line.split("|")] for line in lines if line.strip() and not line.startswith("#")
    ]
    return [dict(zip(header, row, strict=True)) for row in rows]


def cases(name: str) -> list[dict]:
    """The cases of a JSON file."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def octets(text: str) -> bytes:
    """The bytes that a table writes as "text in quotes", as hex, or as one hex byte repeated: aa x 80."""
    if text.startswith('"'):
        return text.strip('"').encode("ascii")
    byte, _, times = text.partition(" x ")
    return bytes.fromhex(byte) * int(times or 1)
