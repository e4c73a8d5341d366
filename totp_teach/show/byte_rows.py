"""Strips of small cells, bytes or bits: their places above, the names of marked runs below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import OtpError, secret
from .markup import MONO, SMALL, Shown, boxed, element, escaped, plain, titled

CELL = "padding: 1px 4px; text-align: center"
PLACE = f"{SMALL}; font-weight: normal; vertical-align: bottom; padding-top: 6px; opacity: 0.75"

Mark = int | range | slice | list[int]


def bytes_(data: bytes, /, *, caption: str = "", **marks: Mark) -> Shown:
    """Bytes in hex in groups of four, the place of each above it: show.bytes_(digest, offset=19, four_bytes=range(10, 14)).

    marks: role -> the place of a byte from 0, or several as range or slice; the role's name stands below them.
    """
    if not isinstance(data, (bytes, bytearray)):
        raise OtpError(f"show.bytes_ shows bytes, not {type(data).__name__}")
    return _shown(hex_lines(data, marks, columns_for(data)), caption)


def bits(number: int, width: int, /, *, caption: str = "", **marks: Mark) -> Shown:
    """A number in binary in groups of eight, the top bit first: show.bits(0xab, 8, offset=range(4)): its low nibble.

    number: 0 … 2^width − 1.  width: bits.  marks: role -> the number of a bit, 0 for the lowest, or several.
    """
    if not 0 <= number < 2**width:
        raise OtpError(f"{number} does not fit into {width} bits")
    return _shown(lines(f"{number:0{width}b}", range(width)[::-1], marks, 32, 8), caption)


@dataclass(frozen=True)
class Stretch:
    """A stretch of neighbouring cells of one role."""

    role: str
    start: int
    stop: int


@dataclass(frozen=True)
class Line:
    """One line of cells, with the number of each one's place, and the marked runs among them."""

    cells: list[str]
    places: list[int]
    runs: list[Stretch]
    group: int  # cells before a wider gap
    size: int  # characters a cell takes: its own, or its place's


def columns_for(data: bytes) -> int:
    """How many bytes stand on a line where there is room: up to 20, which a SHA-1 digest has, else 16."""
    return 20 if len(data) <= 20 else 16


def hex_lines(data: bytes, marks: Mapping[str, Mark], columns: int = 16) -> list[Line]:
    """Bytes as cells, so many on a line."""
    return lines([f"{byte:02x}" for byte in data], range(len(data)), marks, columns, 4)


def lines(cells: Sequence[str], places: range, marks: Mapping[str, Mark], columns: int, group: int) -> list[Line]:
    """Cells in lines of so many columns, a wider gap after each group, with the runs that marks make among them."""
    marked = {
        plain(role).replace("_", " "): sorted(map(places.index, _marked(role, mark, len(places))))
        for role, mark in marks.items()
    }
    size = max(len(str(text)) for text in [*cells, *places, ""])
    starts = range(0, len(cells), columns)
    parts = [slice(start, start + columns) for start in starts]
    return [Line(list(cells[part]), list(places[part]), _runs(marked, part), group, size) for part in parts]


def _marked(role: str, mark: Mark, size: int) -> list[int]:
    """The places that a mark means."""
    found = range(size)[mark] if isinstance(mark, slice) else [mark] if isinstance(mark, int) else mark
    for place in found:
        if not -size <= place < size:
            raise OtpError(f"{role}={mark!r} marks place {place}, but the places are 0 to {size - 1}")
    return [place % size for place in found]


def _runs(marked: dict[str, list[int]], part: slice) -> list[Stretch]:
    """The marked cells of one line as runs, counted from its start."""
    runs: list[Stretch] = []
    for role, cells in marked.items():
        for cell in (cell - part.start for cell in cells if part.start <= cell < part.stop):
            if runs and (runs[-1].role, runs[-1].stop) == (role, cell):
                runs[-1] = Stretch(role, runs[-1].start, cell + 1)
            else:
                runs.append(Stretch(role, cell, cell + 1))
    return sorted(runs, key=lambda run: run.start)


def _names(line: Line) -> list[list[tuple[Stretch, Stretch]]]:
    """Where each run's name stands below it: rows of (run, the cells that its name takes), none over another."""
    rows: list[list[tuple[Stretch, Stretch]]] = []
    for run in line.runs:
        need = len(run.role) // (line.size + 1) + 1
        start = max(0, min(run.start, len(line.cells) - need))
        stop = max(run.stop, min(len(line.cells), start + need))
        for row in rows:
            last_run, last_name = row[-1]
            free = max(start, last_name.stop)
            if last_run.stop <= run.start and stop - free >= need:
                row.append((run, Stretch(run.role, free, stop)))
                break
        else:
            rows.append([(run, Stretch(run.role, start, stop))])
    return rows


def _shown(rows: list[Line], caption: str) -> Shown:
    return titled(caption, "".join(map(_body, rows)), "\n\n".join("\n".join(text_lines(line)) for line in rows))


def _body(line: Line) -> str:
    """One line as rows of a table: places, cells, names."""
    even = (
        f"; padding: 1px 2px; min-width: {13 * line.size // 2}px"
        if any(len(cell) < line.size for cell in line.cells)
        else ""
    )
    widths = [even + "; padding-left: 12px" * (cell > 0 and cell % line.group == 0) for cell in range(len(line.cells))]
    looks = dict.fromkeys(range(len(line.cells)), "")
    for run in line.runs:
        for cell in range(run.start, run.stop):
            looks[cell] = "; " + boxed(run.role, cell == run.start, cell == run.stop - 1)
    head = f"{CELL}; {PLACE}"
    places = [element("th", str(place), head + widths[i], scope="col") for i, place in enumerate(line.places)]
    cells = [element("td", cell, f"{CELL}; {MONO}{widths[i]}{looks[i]}") for i, cell in enumerate(line.cells)]
    rows = [places, cells, *(_name_cells(row, len(line.cells)) for row in _names(line))]
    return element("tbody", "".join(element("tr", "".join(row), "background-color: transparent") for row in rows))


def _name_cells(row: list[tuple[Stretch, Stretch]], columns: int) -> list[str]:
    """A row of names, each below its run."""
    found, at = [], 0
    for run, name in row:
        align = "left" if name.start >= run.start else "right"
        style = f"{CELL}; {SMALL}; text-align: {align}; white-space: nowrap"
        found += [_blank(name.start - at), element("td", escaped(run.role), style, colspan=name.stop - name.start)]
        at = name.stop
    return [*found, _blank(columns - at)]


def _blank(columns: int) -> str:
    return element("td", "", CELL, colspan=columns) if columns else ""


def text_lines(line: Line) -> list[str]:
    """One line as lines of text: places, cells, brackets and names."""
    start = [cell * (line.size + 1) + cell // line.group for cell in range(len(line.cells))]
    below = []
    for row in _names(line):
        brackets, names = {}, {}
        for run, name in row:
            width = start[run.stop - 1] + line.size - start[run.start]
            brackets[start[run.start]] = f"└{'─' * (width - 2)}┘" if width > 1 else "╵"
            right = max(0, start[name.stop - 1] + line.size - len(run.role))
            names[start[name.start] if name.start >= run.start else right] = run.role
        below += [_set(brackets), _set(names)]
    above = (dict(zip(start, (str(text).rjust(line.size) for text in row))) for row in (line.places, line.cells))
    return [*map(_set, above), *below]


def _set(pieces: dict[int, str]) -> str:
    """A line of text with each piece at its column."""
    line = ""
    for column, piece in sorted(pieces.items()):
        line = line.ljust(column) + piece
    return line


def running(line: Line) -> str:
    """One line of bytes as running text, its runs boxed; of the offset's byte only the low nibble."""
    starts, stops = {run.start: run.role for run in line.runs}, {run.stop for run in line.runs}
    pieces = []
    for place, cell in enumerate(line.cells):
        role = starts.get(place)
        ahead = cell[: role == "offset"]
        pieces.append("</span>" * (place in stops) + " " * (place > 0) + " " * (place > 0 and place % line.group == 0))
        pieces.append(f'{ahead}<span style="{boxed(role)}">{cell[len(ahead) :]}' if role else cell)
    return "".join(pieces) + "</span>" * (len(line.cells) in stops)


def base32(key: bytes) -> Shown:
    """A key's bits, in eights as its bytes have them, and the same bits in fives, each a letter (RFC 4648 §6)."""
    letters = secret.encode(key)
    blocks = [base32_rows(key[5 * i : 5 * i + 5], letters[8 * i : 8 * i + 8]) for i in range(-(-len(key) // 5))]
    # Every bit is a column, so that eights and fives stand exactly over each other.
    columns = element("colgroup", "<col>" + '<col width="14">' * 40)
    bodies = "".join(element("tbody", "".join(base32_row(*row) for row in block)) for block in blocks)
    text = "\n\n".join("\n".join(base32_line(*row).rstrip() for row in block) for block in blocks)
    return titled("The same bits in eights, and in fives", columns + bodies, text)


def base32_rows(data: bytes, letters: str) -> list[tuple[str, int, list[str], str]]:
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


def base32_row(name: str, size: int, cells: list[str], role: str) -> str:
    """One row of a block, each cell as wide as its bits."""
    top = "8px" if name == "byte" else "1px"
    style = f"padding: {top} 0 1px 0; text-align: center; {MONO}"
    style += f"; letter-spacing: 4px; {boxed(role)}" if role else ""
    head = element("th", name, f"padding: {top} 10px 1px 0; text-align: left", scope="row")
    row = head + "".join(element("td", cell, style, colspan=size) for cell in cells)
    return element("tr", row, "background-color: transparent")


def base32_line(name: str, size: int, cells: list[str], role: str) -> str:
    """One row of a block as text, two columns a bit."""
    if role:
        return f"{name:<8}" + "|".join(" ".join(cell) for cell in cells)
    return f"{name:<8}" + "".join(cell.ljust(2 * size) for cell in cells)
