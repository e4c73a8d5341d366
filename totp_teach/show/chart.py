"""A chart: a picture that says its values in words too."""

import base64
import html
import io

from collections.abc import Callable
from functools import wraps

from matplotlib import style
from matplotlib.figure import Figure
from PIL import Image

DENSITY = 100  # pixels an inch on the page; the PNG has twice as many, for sharp screens

LOOK = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "font.size": 10.5,
}


def own_look(function: Callable) -> Callable:
    """The function with matplotlib's own defaults and LOOK while it runs, whatever the reader has set."""

    @wraps(function)
    def inside(*args, **kwargs):
        with style.context(["default", LOOK]):
            return function(*args, **kwargs)

    return inside


class Chart(Figure):
    """A matplotlib figure of its own (pyplot does not know it), with a text that stands for it and carries its values."""

    def __init__(self, width: int, height: int, alt: str):
        super().__init__(figsize=(width / DENSITY, height / DENSITY), dpi=DENSITY, layout="constrained")
        self.alt = alt

    @own_look
    def png(self) -> bytes:
        """The picture at twice its size on the page, on white, so that it reads in the dark theme too."""
        drawn = io.BytesIO()
        self.savefig(drawn, format="png", dpi=2 * DENSITY, facecolor="white")
        file = io.BytesIO()
        # A chart has few colours: a palette makes the file a third as large and takes nothing that can be seen.
        Image.open(drawn).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        return file.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        """The picture as PNG, as HTML with its alternative text (JupyterLab gives a bare PNG none), and as that text."""
        width = round(self.get_figwidth() * DENSITY)
        png = base64.b64encode(self.png()).decode()
        page = f'<img src="data:image/png;base64,{png}" width="{width}" alt="{html.escape(self.alt)}">'
        bundle = {"image/png": png, "text/html": page, "text/plain": self.alt}
        return bundle, {"image/png": {"width": width, "alt": self.alt}}

    def __repr__(self) -> str:
        return self.alt
