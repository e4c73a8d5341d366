"""Values as HTML, text and pictures: every function takes a value and returns something to look at.

    map, question, table, bytes_, bits, base32, trace, timeline, lanes, uri, apps, qr, scan_line
                                        a Shown: HTML for the page, and text with the same values, aligned
    avalanche, bias                     a Chart: a picture, and a text that carries its values
    anatomy, corner, masks, survival    charts of QR codes

No step is computed here a second time: the values come from the rooms below.
"""

from .. import require

require("show")

from importlib import import_module

from .apps import apps
from .beside import beside
from .byte_rows import base32, bits, bytes_
from .chain import trace
from .course_map import map
from .lanes import lanes
from .markup import Shown
from .questions import question
from .ruler import ruler
from .scan_line import scan_line
from .tables import table
from .timeline import timeline
from .uris import uri

# What draws with matplotlib loads when it is first used.
DRAWN = {
    "figure": ("Chart",),
    "digest_charts": ("avalanche", "bias"),
    "qr_charts": ("qr", "anatomy", "corner", "masks", "survival"),
}
HOMES = {name: module for module, names in DRAWN.items() for name in names}

__all__ = ["Shown", "apps", "base32", "beside", "bits", "bytes_", "lanes", "map", "question", "ruler", "scan_line"]
__all__ += ["table", "timeline", "trace", "uri", *HOMES]


def __getattr__(name: str):
    if name in HOMES:
        require("show.charts")
        return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
