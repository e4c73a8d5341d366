"""Values as HTML, text and pictures. Every function takes a value and returns something to look at; none computes a step.

    table, bytes_, bits, base32, trace, uri     a Shown: HTML for the page, text with the same values for everything else
"""

from .chain import trace
from .look import Shown
from .strips import base32, bits, bytes_
from .tables import table

__all__ = ["Shown", "base32", "bits", "bytes_", "table", "trace"]
