"""What all films have in common: frames with their captions, and which of them may be stored."""

from dataclasses import dataclass

from ...show.look import MONO, SMALL, Shown, colour, element, escaped, hexed
from ...show.steps import Step
from ...show.strips import lines, running
from ..resting import RFC_KEY
from ..stepper import Stepper

SIDE_BY_SIDE = "display: flex; flex-wrap: wrap; align-items: flex-start; gap: 12px; margin: 0 0 12px"
CARD = "padding: 0 0 2px 8px; margin: 0 0 8px; max-width: 100%"
BYTES = f"{MONO}; {SMALL}; line-height: 1.75; white-space: pre; overflow-x: auto"


@dataclass(frozen=True)
class Frame:
    """One picture of a film, and the sentences that go with it."""

    shown: Shown
    caption: str


def film(title: str, frames: list[Frame], *, rest: int = -1, example: Stepper | None = None) -> Stepper:
    """The frames as a strip to step through.

    rest: the index of the frame that stands for all.  example: the film that rests in place of this one, whose values
    are the reader's and not for storing.
    """
    drawn, captions = [frame.shown for frame in frames], [frame.caption for frame in frames]
    strip = Stepper(drawn, captions, title=title, rest=rest % len(frames))
    if example:
        strip.resting = example.resting
    return strip


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
