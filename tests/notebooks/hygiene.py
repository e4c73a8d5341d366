"""What a notebook of the course must look like, one rule a function: it yields what is wrong, cell by cell.

The rules of STYLE a machine can see. They are told to a notebook (nbformat's) and its path; cells count from 1, as
they stand on the page.
"""

import re
from collections import Counter
from itertools import groupby
from pathlib import Path
from statistics import median
from urllib.parse import unquote

import nbformat

from totp_teach.jupyter.exports import VIEW
from totp_teach.jupyter.running import ANSWER, HIDDEN, KERNEL

INDEX = "00_start_here.ipynb"

ALWAYS = {}  # the rules for chapters and solutions, by name
CHAPTERS = {}  # those for chapters alone


def rule(rules: dict):
    """Enter a function into the rules under its name, in words."""
    return lambda function: rules.setdefault(function.__name__.replace("_", " "), function)


# ---- the file --------------------------------------------------------------------------------------------------------


@rule(ALWAYS)
def is_a_valid_notebook(notebook, path):
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield str(error).splitlines()[0]


@rule(ALWAYS)
def is_executed_from_top_to_bottom(notebook, path):
    for expected, (number, cell) in enumerate(code_cells(notebook), start=1):
        if cell.execution_count != expected:
            yield f"cell {number} has the count {cell.execution_count}, not {expected}"


@rule(ALWAYS)
def has_unique_cell_ids(notebook, path):
    for name, times in Counter(cell.get("id") for cell in notebook.cells).items():
        if name is None or times > 1:
            yield f"the id {name} belongs to {times} cells"


@rule(ALWAYS)
def has_only_kernel_and_language_in_its_metadata(notebook, path):
    if notebook.metadata != {"kernelspec": KERNEL, "language_info": {"name": "python"}}:
        yield f"the notebook's metadata: {dict(notebook.metadata)}"
    for number, cell in enumerate(notebook.cells, start=1):
        hidden = {"jupyter": {"outputs_hidden": True}} if HIDDEN in cell.metadata.get("tags", ()) else {}
        if {name: value for name, value in cell.metadata.items() if name != "tags"} != hidden:
            yield f"cell {number} carries the metadata {dict(cell.metadata)}; refresh sets what belongs there"


@rule(ALWAYS)
def is_small(notebook, path):
    size = len(nbformat.writes(notebook).encode())
    if size >= 500_000:
        yield f"{size:,} bytes"


# ---- its outputs -----------------------------------------------------------------------------------------------------


@rule(ALWAYS)
def shows_no_errors(notebook, path):
    for number, output in outputs(notebook):
        if output.output_type == "error":
            yield f"cell {number} raised {output.ename}"
        if output.get("name") == "stderr":
            yield f"cell {number} wrote to stderr: {output.text[:60]!r}"


@rule(ALWAYS)
def stores_nothing_live(notebook, path):
    for number, output in outputs(notebook):
        if VIEW in output.get("data", {}):
            yield f"cell {number} stores a widget's view, an error on the page of who opens it without a kernel"


@rule(ALWAYS)
def shows_the_same_untrusted(notebook, path):
    for number, output in outputs(notebook):
        data = output.get("data", {})
        for kind in {"image/svg+xml", "application/javascript"} & set(data):
            yield f"cell {number} has an output of {kind}, which an untrusted notebook does not show"
        for tag in re.findall(r"<(?:style|script|svg)\b", "".join(data.get("text/html", "")), re.IGNORECASE):
            yield f"cell {number} has {tag}> in its HTML, which an untrusted notebook does not show"


# ---- its code --------------------------------------------------------------------------------------------------------


@rule(ALWAYS)
def has_no_semicolon_at_the_end(notebook, path):
    for number, cell in code_cells(notebook):
        if cell.source.rstrip().endswith(";"):
            yield f"cell {number}: its output is compared as if the semicolon were not there"


@rule(CHAPTERS)
def has_short_code_cells(notebook, path):
    lines = {number: len(re.findall(r"^.*\S", cell.source, re.MULTILINE)) for number, cell in code_cells(notebook)}
    if lines and median(lines.values()) > 4:
        yield f"the median code cell has {median(lines.values())} lines, more than 4"
    for number, count in lines.items():
        if count > 20:
            yield f"cell {number} has {count} lines, more than 20"


@rule(CHAPTERS)
def has_prose_between_its_code(notebook, path):
    number = 1
    for kind, run in groupby(notebook.cells, key=lambda cell: cell.cell_type):
        length = len(list(run))
        if kind == "code" and length > 2:
            yield f"{length} code cells in a row from cell {number} on"
        number += length


# ---- its text --------------------------------------------------------------------------------------------------------


@rule(ALWAYS)
def has_one_title_in_its_first_cell(notebook, path):
    titles = [number for number, text in prose(notebook) for _ in re.findall(r"^# ", text, re.MULTILINE)]
    if titles != [1]:
        yield f"titles (# …) stand in the cells {titles}"


@rule(CHAPTERS)
def has_25_to_75_cells(notebook, path):
    if not 25 <= len(notebook.cells) <= 75:
        yield f"{len(notebook.cells)} cells"


@rule(CHAPTERS)
def has_short_prose(notebook, path):
    for number, text in prose(notebook):
        words = re.findall(r"\S*\w\S*", without_links(re.sub(r"^\|.*$", "", text, flags=re.MULTILINE)))  # no tables
        if len(words) > 100:
            yield f"cell {number} has {len(words)} words, more than 100"


@rule(ALWAYS)
def speaks_plainly(notebook, path):
    for number, text in prose(notebook):
        for word in re.findall(r"\b(?:simply|just)\b|!(?!\[)", without_links(text), re.IGNORECASE):
            yield f"cell {number} says {word!r}"


@rule(CHAPTERS)
def hides_what_is_to_be_predicted(notebook, path):
    for number, cell in code_cells(notebook):
        if HIDDEN in cell.metadata.get("tags", ()) and not first_line(cell).startswith(ANSWER):
            yield f"cell {number} gives its answer in the first line of what is folded away: refresh sets another one"
    asked = 0  # the number of the markdown cell with a prediction that is still open
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            asked = number if re.search(r"\*Predict\b", cell.source) else asked
        elif asked:
            if HIDDEN not in cell.metadata.get("tags", ()) and "widgets.Question(" not in cell.source:
                yield f"cell {number} shows the answer to the prediction of cell {asked}: tag it {HIDDEN}, or ask first"
            asked = 0


# ---- its links -------------------------------------------------------------------------------------------------------


@rule(ALWAYS)
def has_links_that_lead_somewhere(notebook, path):
    for number, text in prose(notebook):
        for target in links(text):
            if not resolves(target, path, notebook):
                yield f"cell {number} links to {target}, which is not there"


@rule(ALWAYS)
def has_pictures_with_words_for_them(notebook, path):
    for number, text in prose(notebook):
        if re.search(r"!\[\s*\]", text) or re.search(r"<img(?![^>]*\balt=\"[^\"])", text):
            yield f"cell {number} has a picture without alt text"


@rule(CHAPTERS)
def leads_back_and_on_and_to_the_index(notebook, path):
    chapters = sorted(file.name for file in path.parent.glob("[0-9][0-9]_*.ipynb"))
    place = chapters.index(path.name)
    wanted = {INDEX, *chapters[max(place - 1, 0) : place], *chapters[place + 1 : place + 2]} - {path.name}
    linked = {target.partition("#")[0] for _, text in prose(notebook) for target in links(text)}
    for missing in sorted(wanted - linked):
        yield f"no link to {missing}"


# ---- its exercises ---------------------------------------------------------------------------------------------------


@rule(CHAPTERS)
def has_a_solution_for_every_exercise(notebook, path):
    file = path.parent / "solutions" / path.name
    solutions = nbformat.read(file, as_version=4) if file.exists() else nbformat.v4.new_notebook()
    for number in sorted(exercises(notebook) ^ exercises(solutions)):
        yield f"{number} stands only on one side, here or in the solutions"
    for number in sorted(checked(notebook, "not attempted yet") - checked(solutions, "right")):
        yield f"{number} is not right in the solutions"


# ---- how they look ---------------------------------------------------------------------------------------------------


def code_cells(notebook):
    """The code cells with their numbers."""
    return [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if cell.cell_type == "code"]


def outputs(notebook):
    """The outputs with the numbers of their cells."""
    return [(number, output) for number, cell in code_cells(notebook) for output in cell.outputs]


def first_line(cell) -> str:
    """What JupyterLab shows the first line of, where a cell's outputs are folded away."""
    output = next(iter(cell.outputs), {})
    data = output.get("data", {})
    return data.get("text/html") or data.get("text/plain") or output.get("text", ANSWER)


def prose(notebook):
    """The text of the markdown cells without the code in it, and their numbers."""
    return [
        (number, re.sub(r"```.*?```|`[^`]*`", "`code`", cell.source, flags=re.DOTALL))
        for number, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == "markdown"
    ]


def without_links(text: str) -> str:
    """The text as it is read: without the addresses of its links and pictures."""
    return re.sub(r"\]\([^)]*\)", "]", text)


def links(text: str) -> list[str]:
    """Where the links and pictures of a markdown text lead, those on the web left out."""
    found = re.findall(r"\]\(([^)\s]+)(?:\s[^)]*)?\)|(?:href|src|srcset)=\"([^\"]+)\"", text)
    targets = [unquote(markdown or html) for markdown, html in found]
    return [target for target in targets if not re.match(r"[a-z][a-z0-9+.-]*:", target)]


def resolves(target: str, path: Path, notebook=None) -> bool:
    """Whether a link in the file at `path` (that notebook) leads to a file, and to a heading of it."""
    name, _, anchor = target.partition("#")
    file = path.parent / name if name else path
    if name and not file.exists():
        return False
    if anchor and file.suffix == ".md":
        return anchor in headings(file.read_text("utf-8"))
    if not anchor or file.suffix != ".ipynb":
        return True
    return anchor in anchors(nbformat.read(file, as_version=4) if name else notebook)


def headings(page: str) -> set[str]:
    """What GitHub calls the headings of a Markdown page in links: small letters, digits and hyphens."""
    found = re.findall(r"^#+ +(.*\S)", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", without_links(heading).lower()).replace(" ", "-") for heading in found}


def anchors(notebook) -> set[str]:
    """What JupyterLab calls the headings of a notebook in its links: their text, with hyphens for the blanks."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    found = re.findall(r"^#+ +(.*\S)", text, re.MULTILINE)
    return {re.sub(r"[`*\[\]]", "", without_links(heading)).replace(" ", "-") for heading in found}


def exercises(notebook) -> set[str]:
    """The numbers of the exercises or solutions in a notebook: **03.2** at the beginning of a line."""
    return {number for _, text in prose(notebook) for number in re.findall(r"^\*\*(\d\d\.\d+)\*\*", text, re.MULTILINE)}


def checked(notebook, verdict: str) -> set[str]:
    """The numbers of the exercises whose check gave that verdict."""
    shown = "\n".join(output.get("data", {}).get("text/plain", "") for _, output in outputs(notebook))
    return set(re.findall(rf"(\d\d\.\d+): {verdict}", shown))
