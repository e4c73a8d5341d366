"""Sphinx's settings for the course as a static site, which `python3 lab.py site` makes.

The sources are the repository's own files: the README, the notebooks with the outputs that they store, the teacher's
pages. Nothing is executed, and no page asks another host for anything.
"""

import sys
from pathlib import Path

import totp_teach

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "teaching" / "handouts"))
from course import CONTENTS, FIRST, FRONT, PARTS

if tags.has("live"):  # noqa: F821  # as lab.py site says it
    CONTENTS["The package"].append(f"{PARTS}.md")

project = "totp_teach"
version = release = totp_teach.__version__
root_doc = FRONT
include_patterns = [f"{FRONT}.md", *(pattern for patterns in CONTENTS.values() for pattern in patterns)]
exclude_patterns = [".*", "**/.*", "build", "dist", "site", "tests", "totp_teach"]  # not even looked into
smartquotes = False  # what is quoted stays as it is written
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.githubpages", "course"]

nb_execution_mode = "off"
nb_ipywidgets_js = {}
nb_code_prompt_show, nb_code_prompt_hide = "Show the answer", "Hide the answer"  # of what is tagged hide-output
myst_heading_anchors = 4
myst_heading_anchors_html_ids = True
myst_heading_slug_func = "course.anchor"
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints_format = "short"

html_theme = "furo"
html_title = "One-time passwords, taken apart"
html_favicon = "static/icon.svg"
html_static_path = ["static"]
html_css_files = ["outputs.css"]
html_sourcelink_suffix = ""  # a chapter's source is the notebook, to download
html_show_copyright = False
html_use_index = html_domain_indices = False
templates_path = ["templates"]
html_additional_pages = {FIRST: "first_page.html"}
html_context = {"live": tags.has("live"), "megabytes": 17}  # noqa: F821  # measured by the benchmark live
