"""Values as HTML, text and pictures. Every function takes a value and returns something to look at; none computes a step.

    table, bytes_, bits, base32, trace     a Shown: HTML for the page, text with the same values for everything else
    avalanche, bias, timeline              a Chart: a picture, and a text that carries its values
"""

from importlib import import_module

from .chain import trace
from .look import Shown
from .strips import base32, bits, bytes_
from .tables import table

# What draws with matplotlib loads when it is first used.
CHARTS = {"Chart": "chart", "avalanche": "charts", "bias": "charts", "timeline": "charts"}

__all__ = ["Shown", "base32", "bits", "bytes_", "table", "trace", *CHARTS]


def __getattr__(name: str):
    if name in CHARTS:
        return getattr(import_module(f"{__name__}.{CHARTS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
