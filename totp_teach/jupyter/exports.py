"""What leaves its kernel: a stored notebook, a page, slides."""

import re
from importlib.util import find_spec
from pathlib import Path

from .. import OtpError

VIEW = "application/vnd.jupyter.widget-view+json"
SHARE = Path(__file__).parents[1] / "share"  # templates for nbconvert and Voilà, placed as in an environment


def settings() -> dict:
    """nbconvert's settings: pages and slides that hold all they need, and ask no other host for anything."""
    reveal = find_spec("sphinx_revealjs")
    places = (reveal and reveal.submodule_search_locations) or []
    parts = [str(Path(place, "_static/revealjs")) for place in places]
    page = {"template_name": "totp_teach_page", "preprocessors": ["totp_teach.jupyter.exports.for_a_page"]}
    slides = {"template_name": "totp_teach_slides", "preprocessors": ["totp_teach.jupyter.exports.for_slides"]}
    return {"HTMLExporter": {**page, "embed_images": True}, "SlidesExporter": {**slides, "extra_template_paths": parts}}


def settle(notebook: dict) -> None:
    """Drop from a notebook, in place, what is only true while its kernel runs.

    The view of a widget, where the output has another representation (without its kernel it would show as an error),
    the widgets' state, and the version of the Python that ran it.
    """
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            if len(output.get("data", {})) > 1:
                output["data"].pop(VIEW, None)
    metadata = notebook.get("metadata", {})
    metadata.pop("widgets", None)
    if "language_info" in metadata:
        metadata["language_info"] = {"name": metadata["language_info"].get("name", "python")}


def for_a_page(notebook, resources: dict) -> tuple:
    """nbconvert's preprocessor for a page without a kernel; links between notebooks become links between pages."""
    settle(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(\]\((?!\w+:)[^)\s]+)\.ipynb\b", rf"\1{resources['output_extension']}", cell.source)
    return notebook, resources


def for_slides(notebook, resources: dict) -> tuple:
    """nbconvert's preprocessor for slides: one for each heading, and below it one for each step that is computed.

    A step is prose that leads to code. What a cell's own metadata says of slides stays.
    """
    if not find_spec("sphinx_revealjs"):
        raise OtpError("slides need reveal.js, which is not here yet: python3 lab.py site installs it and makes slides")
    computed = False  # does this slide show a result already?
    for cell, after in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        leads = cell.cell_type == "markdown" and after is not None and after.cell_type == "code"
        heads = cell.cell_type == "markdown" and re.match("##? ", cell.source)
        kind = "slide" if heads else "subslide" if leads and computed else "-"
        kind = cell.metadata.setdefault("slideshow", {}).setdefault("slide_type", kind)
        computed = cell.cell_type == "code" or (computed and kind not in ("slide", "subslide"))
    return for_a_page(notebook, resources)
