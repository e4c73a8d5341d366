"""Strips of small cells, bytes or bits, with their places above and the names of marked runs below."""

from collections.abc import Iterable
from dataclasses import dataclass

from .. import OtpError, secret
from .look import MONO, SMALL, Shown, boxed, element, escaped, scrolled, tint

CELL = "padding: 1px 4px; text-align: center"
TITLE = "text-align: left; padding: 3px 0"
PLACE = f"{SMALL}; font-weight: normal; vertical-align: bottom; padding-top: 6px; opacity: 0.75"


def bytes_(data: bytes, /, *, caption: str = "", **marks: int | range | slice) -> Shown:
    """Bytes in hex in groups of four, the place of each above it, marked runs named below: offset=19, window=range(10, 14).

    data: bytes.  marks: role -> the place of a byte, or several as range or slice; places count from 0.
    """
    if not isinstance(data, (bytes, bytearray)):
        raise OtpError(f"show.bytes_ shows bytes, not {type(data).__name__}")
    cells = [f"{byte:02x}" for byte in data]
    places = list(range(len(cells)))
    return _shown(Strip(cells, places, _runs(marks, places), 20 if len(cells) <= 20 else 16, 4), caption)


def bits(number: int, width: int, /, *, caption: str = "", **marks: int | range | slice) -> Shown:
    """A number in binary, the top bit first, in groups of eight: show.bits(0x50, 8, offset=range(4)) marks the low nibble.

    number: 0 … 2^width − 1.  width: bits.  marks: role -> the number of a bit, 0 for the lowest, or several.
    """
    if not 0 <= number < 2**width:
        raise OtpError(f"{number} does not fit into {width} bits")
    places = list(reversed(range(width)))
    return _shown(Strip(list(f"{number:0{width}b}"), places, _runs(marks, places), 32, 8), caption)


@dataclass(frozen=True)
class Run:
    """A stretch of neighbouring cells of one role."""

    role: str
    start: int
    stop: int


@dataclass(frozen=True)
class Strip:
    """Cells of the same width, the number of each one's place, and the marked runs among them."""

    cells: list[str]
    places: list[int]
    runs: list[Run]
    columns: int  # cells a line
    group: int  # cells before a wider gap

    def lines(self) -> Iterable[tuple[range, list[Run]]]:
        """The cells of each line, and the runs on it, both counted from the line's own start."""
        for start in range(0, len(self.cells), self.columns):
            stop = min(start + self.columns, len(self.cells))
            runs = [Run(r.role, max(r.start, start), min(r.stop, stop)) for r in self.runs]
            yield range(start, stop), [Run(r.role, r.start - start, r.stop - start) for r in runs if r.start < r.stop]

    @property
    def size(self) -> int:
        """Characters a cell takes: its own, or its place's."""
        return max(len(str(text)) for text in [*self.cells, *self.places])


def _runs(marks: dict[str, int | range | slice], places: list[int]) -> list[Run]:
    """The marks as runs of neighbouring cells."""
    runs = []
    for role, mark in marks.items():
        for cell in sorted(places.index(place) for place in _marked(role, mark, len(places))):
            if runs and runs[-1].role == role and runs[-1].stop == cell:
                runs[-1] = Run(role, runs[-1].start, cell + 1)
            else:
                runs.append(Run(role, cell, cell + 1))
    return runs


def _marked(role: str, mark: int | range | slice, size: int) -> Iterable[int]:
    """The places that a mark means."""
    found = range(size)[mark] if isinstance(mark, slice) else [mark] if isinstance(mark, int) else mark
    for place in found:
        if not -size <= place < size:
            raise OtpError(f"{role}={mark!r} marks place {place}, but there are only 0 … {size - 1}")
    return [place % size for place in found]


def _names(runs: list[Run], columns: int, size: int) -> list[list[tuple[Run, Run]]]:
    """Where each run's name stands below it: rows of (run, the cells that its name takes), none over another."""
    rows: list[list[tuple[Run, Run]]] = []
    for run in sorted(runs, key=lambda run: run.start):
        need = -(-(len(run.role) + 1) // (size + 1))
        start = max(0, min(run.start, columns - need))
        stop = max(run.stop, min(columns, start + need))
        for row in rows:
            free = max(start, row[-1][1].stop)
            if stop - free >= need:
                row.append((run, Run(run.role, free, stop)))
                break
        else:
            rows.append([(run, Run(run.role, start, stop))])
    return rows


def _shown(strip: Strip, caption: str) -> Shown:
    title = element("caption", escaped(caption), TITLE) if caption else ""
    bodies = "".join(_body(strip, cells, runs) for cells, runs in strip.lines())
    text = "\n\n".join("\n".join(_lines(strip, cells, runs)) for cells, runs in strip.lines())
    return Shown(
        scrolled(element("table", title + bodies, "border-collapse: collapse; margin: 0")),
        f"{caption}\n{text}" if caption else text,
    )


def _body(strip: Strip, cells: range, runs: list[Run]) -> str:
    """One line of a strip as rows of a table: places, cells, names."""
    gaps = ["; padding-left: 12px" if i and i % strip.group == 0 else "" for i in range(len(cells))]
    looks = {
        place: "; " + boxed(run.role, place == run.start, place == run.stop - 1)
        for run in runs for place in range(run.start, run.stop)
    }  # fmt: skip
    places = [element("th", str(strip.places[c]), f"{CELL}; {PLACE}{gap}", scope="col") for c, gap in zip(cells, gaps)]
    values = [
        element("td", strip.cells[cell], f"{CELL}; {MONO}{gaps[place]}{looks.get(place, '')}")
        for place, cell in enumerate(cells)
    ]
    rows = [places, values, *(_name_cells(row, len(cells)) for row in _names(runs, len(cells), strip.size))]
    return element("tbody", "".join(element("tr", "".join(row), "background-color: transparent") for row in rows))


def _name_cells(row: list[tuple[Run, Run]], columns: int) -> list[str]:
    """A row of names, each below its run."""
    found, at = [], 0
    for run, name in row:
        if name.start > at:
            found.append(element("td", "", CELL, colspan=name.start - at))
        align = "left" if name.start >= run.start else "right"
        style = f"{CELL}; {SMALL}; text-align: {align}; white-space: nowrap"
        found.append(element("td", escaped(run.role), style, colspan=name.stop - name.start))
        at = name.stop
    return found + ([element("td", "", CELL, colspan=columns - at)] if at < columns else [])


def _lines(strip: Strip, cells: range, runs: list[Run]) -> list[str]:
    """One line of a strip as lines of text: places, cells, brackets and names."""
    size = strip.size
    start = [i * (size + 1) + i // strip.group for i in range(len(cells))]
    places = _at({start[i]: f"{strip.places[c]:>{size}}" for i, c in enumerate(cells)})
    values = _at({start[i]: f"{strip.cells[c]:>{size}}" for i, c in enumerate(cells)})
    below = []
    for row in _names(runs, len(cells), size):
        brackets, names = {}, {}
        for run, name in row:
            stop = start[run.stop - 1] + size
            brackets[start[run.start]] = "└" + "─" * (stop - start[run.start] - 2) + "┘"
            right = start[name.stop - 1] + size - len(run.role)
            names[start[name.start] if name.start >= run.start else max(0, right)] = run.role
        below += [_at(brackets), _at(names)]
    return [places, values, *below]


def _at(pieces: dict[int, str]) -> str:
    """A line with each piece of text at its column."""
    line = ""
    for column, piece in sorted(pieces.items()):
        line = line.ljust(column) + piece
    return line


def base32(key: bytes) -> Shown:
    """A key's bits, in eights as its bytes have them, and the same bits in fives, each a letter (RFC 4648 §6)."""
    letters = secret.encode(key)
    blocks = [_block(key[5 * i : 5 * i + 5], letters[8 * i : 8 * i + 8]) for i in range(-(-len(key) // 5))]
    caption = "The same bits in eights, and in fives"
    # Every bit is a column, so that eights and fives stand exactly over each other.
    columns = "<colgroup><col>" + '<col width="14">' * 40 + "</colgroup>"
    bodies = "".join(element("tbody", "".join(_block_row(*row) for row in block)) for block in blocks)
    table = element("caption", caption, TITLE) + columns + bodies
    lines = ["\n".join(_block_line(*row).rstrip() for row in block) for block in blocks]
    text = caption + "\n" + "\n\n".join(lines)
    return Shown(scrolled(element("table", table, "border-collapse: collapse; margin: 0")), text)


def _block(data: bytes, letters: str) -> list[tuple[str, int, list[str], str]]:
    """Up to five bytes over up to eight letters: rows of (name, bits a cell, cells, role)."""
    stream = "".join(f"{byte:08b}" for byte in data)
    filled = stream.ljust(len(letters) * 5, "0")
    fives = [filled[start : start + 5] for start in range(0, len(filled), 5)]
    return [
        ("byte", 8, [f"{byte:02x}" for byte in data], ""),
        ("eights", 8, [stream[start : start + 8] for start in range(0, len(stream), 8)], "key"),
        ("fives", 5, fives, "code"),
        ("value", 5, [str(int(five, 2)) for five in fives], ""),
        ("letter", 5, list(letters), ""),
    ]


def _block_row(name: str, size: int, cells: list[str], role: str) -> str:
    """One row of a block, each cell as wide as its bits."""
    top = "8px" if name == "byte" else "1px"
    style = f"padding: {top} 0 1px 0; text-align: center; {MONO}"
    style += f"; letter-spacing: 4px; {boxed(role)}" if role else ""
    head = element("th", name, f"padding: {top} 10px 1px 0; text-align: left", scope="row")
    row = head + "".join(element("td", cell, style, colspan=size) for cell in cells)
    return element("tr", row, "background-color: transparent")


def _block_line(name: str, size: int, cells: list[str], role: str) -> str:
    """One row of a block as text, two columns a bit."""
    if role:
        return f"{name:<8}" + "|".join(" ".join(cell) for cell in cells)
    return f"{name:<8}" + "".join(cell.ljust(2 * size) for cell in cells)
