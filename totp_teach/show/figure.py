"""A chart: a picture that says its values in words too."""

import io
from collections.abc import Callable
from functools import wraps
from typing import Any

from matplotlib import style
from matplotlib.figure import Figure
from PIL import Image

from .markup import pictured

DENSITY = 100  # pixels an inch on the page; the PNG has twice as many, for sharp screens

LOOK: dict[str, Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "font.size": 10.5,
    "figure.constrained_layout.h_pad": 0.1,  # inches
    "figure.constrained_layout.w_pad": 0.1,
}


def own_look(function: Callable) -> Callable:
    """The function with matplotlib's own defaults and LOOK while it runs, whatever the reader has set."""

    @wraps(function)
    def inside(*args, **kwargs):
        with style.context(["default", LOOK]):
            return function(*args, **kwargs)

    return inside


class Chart(Figure):
    """A matplotlib figure that pyplot does not know, with a text that stands for it and carries its values."""

    def __init__(self, width: int, height: int, alt: str):
        super().__init__(figsize=(width / DENSITY, height / DENSITY), dpi=DENSITY, layout="constrained")
        self.alt = alt

    def head(self, title: str) -> None:
        """A title at the picture's left edge."""
        self.suptitle(title, x=LOOK["figure.constrained_layout.w_pad"] / self.get_figwidth(), ha="left", fontsize=12)

    @own_look
    def png(self) -> bytes:
        """The picture at twice its size on the page, on white, so that it reads in the dark theme too."""
        self.draw_without_rendering()
        self.set_layout_engine("none")  # laid out once: a second time moves things by a hair, and the bytes differ
        drawn = io.BytesIO()
        self.savefig(drawn, format="png", dpi=2 * DENSITY, facecolor="white")
        file = io.BytesIO()
        # A chart has few colours: with a palette the file is a third as large, and nobody sees the difference.
        Image.open(drawn).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        return file.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        """The picture as HTML, for JupyterLab gives a bare PNG no alternative text; and that text."""
        width = round(self.get_figwidth() * DENSITY)
        return {"text/html": pictured(self.png(), width, self.alt), "text/plain": self.alt}

    def __repr__(self) -> str:
        return self.alt

    __str__ = __repr__
