"""Binder's image: what pip puts there for the course, beside a bare JupyterLab with matplotlib and ipywidgets.

Weighed in the environment that runs this, which has the same versions (constraints.txt) of these packages and more: the
files that pip has put there, bytecode included, of the packages named and of all that they need. repo2docker's own
environment, the same under both, is left out. tests/browser/test_binder.py weighs the image itself.
"""

import sys
from pathlib import Path

from measure import Goal, Row

sys.path.append(str(Path(__file__).parents[1]))
from weights import BARE, installed, megabytes, with_what_they_need


def rows(quick: bool) -> list[Row]:
    """Its size, and how many packages it has. (Nothing is timed: a quick run says the same.)"""
    packages = installed()
    ours, bare = (with_what_they_need(names, packages) for names in (["totp_teach[course]"], BARE))
    size, peer = (megabytes(names, packages) for names in (ours, bare))
    return [
        Row("image, what pip installs", size, peer, "bare JupyterLab", Goal("ratio", 1.10), unit="MB"),
        Row("image, packages", len(ours), len(bare), "bare JupyterLab", unit=""),
    ]
