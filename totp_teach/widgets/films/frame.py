"""What all films have in common: frames with their captions, and which of them may be stored."""

from dataclasses import dataclass

from ...show.look import Shown, element
from ..resting import RFC_KEY
from ..stepper import Stepper


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


def stacked(*parts: Shown) -> Shown:
    """Several things to look at, one below the other."""
    html = "".join(element("div", part.html, "margin: 0 0 10px") for part in parts)
    return Shown(html, "\n\n".join(part.text for part in parts))
