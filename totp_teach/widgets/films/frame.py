"""What films have in common: which of them may be stored, and how they show blocks of bytes."""

from ...show.byte_rows import lines, running
from ...show.markup import MONO, SMALL, colour, element, escaped, hexed
from ...show.steps import Step
from ..resting import RFC_KEY

SIDE_BY_SIDE = "display: flex; flex-wrap: wrap; align-items: flex-start; gap: 12px; margin: 0 0 12px"
CARD = "padding: 0 0 2px 8px; margin: 0 0 8px; max-width: 100%"
BYTES = f"{MONO}; {SMALL}; line-height: 1.75; white-space: pre; overflow-x: auto"


def is_public(key: bytes) -> bool:
    """Whether a key is the RFCs' own, or the beginning of one of their seeds: that may be stored."""
    return (RFC_KEY * 4)[:64].startswith(key)


def counted(number: int, noun: str) -> str:
    """So many of something: 1 byte, 2 bytes."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def block(name: str, data: bytes, how: str, *, known: int | None = None, **ends: int) -> Step:
    """Bytes in lines of 16; ends: role -> where its bytes end and the next role's begin.

    known: how many of them are shown, by default all. The others have their places: they are still to come.
    """
    known = len(data) if known is None else known
    starts = [0, *ends.values()]
    marks = {role: range(min(start, known), min(stop, known)) for start, (role, stop) in zip(starts, ends.items())}
    cells = [f"{byte:02x}" for byte in data[:known]] + ["··"] * (len(data) - known)
    text = [hexed(data[start : min(start + 16, known)]) for start in range(0, known, 16)]
    html = "<br>".join(map(running, lines(cells, range(len(data)), marks, 16, 4)))
    return Step(name, next(iter(ends)), html, text, how if known else "")


def card(step: Step) -> str:
    """A block of bytes under its name."""
    name = element("div", f"{element('b', step.name)} {element('span', escaped(step.how), SMALL)}")
    edge = f"border-left: 4px solid {colour(step.role)}; {CARD}"
    return element("div", name + element("div", step.html, BYTES), edge)
