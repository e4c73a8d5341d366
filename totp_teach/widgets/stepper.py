"""The stepper: a film strip, drawn in Python, sent once, played in the browser."""

from collections.abc import Sequence
from dataclasses import dataclass

import anywidget
from traitlets import List, Unicode

from .. import OtpError
from ..show.markup import SMALL, Shown, element, escaped
from .front_ends import front_end
from .resting import Resting, rested


@dataclass(frozen=True)
class Frame:
    """One picture of a film, as `show` returns it, and the sentences that go with it."""

    shown: Shown
    caption: str


class Stepper(Resting, anywidget.AnyWidget):
    """A film strip: one frame at a time with its caption, stepped through by button, slider or arrow key.

    title: what the strip shows.  frames: one Frame or more.  rest: the index of the frame that stands for all while the
    strip is not live.  example: the film that rests in place of this one, whose values are the reader's and not for
    storing.  Raises OtpError if there is no frame.

    `text` is the whole strip as text.
    """

    _esm = front_end("stepper.js")
    _css = front_end("look.css")

    title = Unicode().tag(sync=True)
    frames = List(Unicode()).tag(sync=True)  # HTML
    captions = List(Unicode()).tag(sync=True)

    def __init__(self, title: str, frames: Sequence[Frame], *, rest: int = -1, example: "Stepper | None" = None):
        if not frames:
            raise OtpError("a film takes one frame or more: Stepper(title, [Frame(show.bytes_(key), caption)])")
        captions = [frame.caption for frame in frames]
        super().__init__(title=title, frames=[frame.shown.html for frame in frames], captions=captions)
        told = [f"{place} of {len(frames)}: {caption}" for place, caption in enumerate(captions, start=1)]
        self.text = "\n\n".join([title, *(f"{line}\n{frame.shown.text}" for line, frame in zip(told, frames))])
        self.resting = example.resting if example else _resting(title, told, frames, rest % len(frames))


def _resting(title: str, told: list[str], frames: Sequence[Frame], rest: int) -> Shown:
    """One frame with its caption; as text, all captions and that frame."""
    shown = frames[rest].shown
    caption = element("div", escaped(told[rest]), f"{SMALL}; margin: 8px 0 0")
    parts = [element("div", shown.html, "margin: 8px 0 0"), caption]
    return rested(title, parts, [*told, f"Frame {rest + 1}:", shown.text])
