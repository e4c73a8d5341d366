"""The stepper: a film strip, drawn in Python, sent once, played in the browser."""

from collections.abc import Sequence

import anywidget
from traitlets import List, Unicode

from .. import OtpError
from ..show.look import SMALL, Shown, element, escaped, pictured
from .resting import RUN_ME, Resting, framed, front_end


class Stepper(Resting, anywidget.AnyWidget):
    """A film strip: one frame at a time with its caption, stepped through by button, slider or arrow key.

    frames: what `show` returns (a Shown or a Chart), HTML as str, or a PNG as bytes.  captions: one a frame, as text.
    title: what the strip shows.  rest: the index of the frame that stands for all while the strip is not live.
    Raises OtpError if there is no frame, or not one caption a frame.

    `text` is the whole strip as text.
    """

    _esm = front_end("common.js", "stepper.js")
    _css = front_end("look.css")

    title = Unicode().tag(sync=True)
    frames = List(Unicode()).tag(sync=True)  # HTML
    captions = List(Unicode()).tag(sync=True)

    def __init__(self, frames: Sequence, captions: Sequence[str], *, title: str = "Step by step", rest: int = 0):
        if not frames or len(frames) != len(captions):
            raise OtpError(
                f"a stepper takes one frame or more, and one caption a frame, not {len(frames)} frames "
                f"and {len(captions)} captions"
            )
        drawn = [_html(frame, caption) for frame, caption in zip(frames, captions)]
        super().__init__(title=title, frames=drawn, captions=list(captions))
        told = [f"{place} of {len(frames)}: {caption}" for place, caption in enumerate(captions, start=1)]
        texts = [_text(frame) for frame in frames]
        self.text = "\n\n".join([title, *(f"{line}\n{text}".rstrip() for line, text in zip(told, texts))])
        self.resting = _resting(title, told, drawn[rest], texts[rest], rest)


def _html(frame, caption: str) -> str:
    """A frame as HTML; a bare picture takes its caption as its alternative text."""
    if isinstance(frame, bytes):
        return pictured(frame, None, caption)
    if isinstance(frame, str):
        return frame
    if hasattr(frame, "_repr_mimebundle_"):  # a Chart
        return frame._repr_mimebundle_()["text/html"]
    return frame._repr_html_()


def _text(frame) -> str:
    """A frame as text, if it has one beside its caption."""
    return "" if isinstance(frame, (bytes, str)) else repr(frame)


def _resting(title: str, told: list[str], html: str, text: str, rest: int) -> Shown:
    """One frame with its caption; as text, all captions and that frame."""
    caption = element("div", escaped(told[rest]), f"{SMALL}; margin: 8px 0 0")
    page = framed(title, element("div", html, "margin: 8px 0 0"), caption)
    return Shown(page, "\n".join([f"{title} ({RUN_ME})", *told, *([f"Frame {rest + 1}:", text] if text else [])]))
