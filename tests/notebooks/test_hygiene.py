"""Every notebook of the course against every rule in hygiene.py, and every rule against a notebook that breaks it."""

from pathlib import Path

import hygiene
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("[0-9][0-9]_*.ipynb"))
RULES = hygiene.ALWAYS | hygiene.CHAPTERS


def named(thing) -> str | None:
    return thing.name if isinstance(thing, Path) else thing if isinstance(thing, str) else None


# ---- the course ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_every_chapter(path, name):
    assert list(RULES[name](nbformat.read(path, as_version=4), path)) == []


@pytest.mark.parametrize("name", hygiene.ALWAYS)
def test_every_solution(name):
    read = {path: nbformat.read(path, as_version=4) for path in SOLUTIONS}
    assert [f"{path.name}: {what}" for path, notebook in read.items() for what in RULES[name](notebook, path)] == []


# ---- the rules themselves --------------------------------------------------------------------------------------------


def result(text):
    return new_output("execute_result", {"text/plain": text}, execution_count=1)


def good_notebook():
    """A chapter that breaks no rule."""
    title = "# One\n\nWhat it is. Back to [the start](00_start_here.ipynb), on to [two](02_two.ipynb#A-part)."
    cells = [new_markdown_cell(title, id="title")]
    for number in range(1, 13):
        shown = result("4" if number < 12 else "01.1: not attempted yet")
        text = "Two and `2!` make four." if number < 12 else "**01.1** Add them."
        cells.append(new_markdown_cell(f"## Part {number}\n\n{text}", id=f"say-{number}"))
        cells.append(new_code_cell("2 + 2", id=f"do-{number}", execution_count=number, outputs=[shown]))
    return new_notebook(cells=cells, metadata={"kernelspec": hygiene.KERNEL, "language_info": {"name": "python"}})


@pytest.fixture(scope="session")
def chapter(tmp_path_factory):
    """Its path, in a folder with a chapter before it and one behind it."""
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "picture.png").touch()
    (folder / "solutions").mkdir()
    solution = [new_markdown_cell("**01.1** Four."), new_code_cell("2 + 2", outputs=[result("01.1: right")])]
    nbformat.write(new_notebook(cells=solution), folder / "solutions" / "01_one.ipynb")
    for name in "00_start_here.ipynb", "02_two.ipynb":
        nbformat.write(new_notebook(cells=[new_markdown_cell("# Two\n\n## A `part`")]), folder / name)
    nbformat.write(good_notebook(), folder / "01_one.ipynb")
    return folder / "01_one.ipynb"


def say(text):
    """Add a text to a markdown cell."""
    return lambda notebook: notebook.cells[3].update(source=f"{notebook.cells[3].source}\n\n{text}")


def write(text, cell=0):
    """Make that the whole text of a cell."""
    return lambda notebook: notebook.cells[cell].update(source=text)


def show(*output, cell=2, **fields):
    """Make that the output of a code cell, by default the first."""
    return lambda notebook: notebook.cells[cell].update(outputs=[new_output(*output, **fields)])


HIDES = {"jupyter": {"outputs_hidden": True}}


def tagged(cell, **metadata):
    """Tag a cell, as one whose output is hidden, and give it more metadata."""
    return lambda notebook: notebook.cells[cell].metadata.update(tags=[hygiene.HIDDEN], **metadata)


def asked():
    """A prediction whose answer is folded away."""

    def ask(notebook):
        both(say("*Predict:* how many?"), tagged(4, **HIDES))(notebook)
        notebook.cells[4].outputs[0].data["text/plain"] = f"{hygiene.ANSWER}4"

    return ask


def both(one, other):
    return lambda notebook: (one(notebook), other(notebook))


def code_cell(number):
    return new_code_cell("1", id=f"more-{number}", execution_count=number)


def all_long(notebook):
    for _, cell in hygiene.code_cells(notebook):
        cell.source = "a = 1\nb = 2\nc = 3\n\nd = 4\na + b + c + d"


BROKEN = [
    ("is a valid notebook", lambda notebook: notebook.cells[2].pop("outputs")),
    ("is executed from top to bottom", lambda notebook: notebook.cells[2].update(execution_count=None)),
    ("is executed from top to bottom", lambda notebook: notebook.cells[4].update(execution_count=3)),
    ("has unique cell ids", lambda notebook: notebook.cells[4].update(id="do-1")),
    ("has unique cell ids", lambda notebook: notebook.cells[4].pop("id")),
    ("has only kernel and language in its metadata", lambda notebook: notebook.metadata.update(widgets={})),
    ("has only kernel and language in its metadata", lambda notebook: notebook.metadata.pop("kernelspec")),
    ("has only kernel and language in its metadata", lambda notebook: notebook.metadata.update(language_info={})),
    ("has only kernel and language in its metadata", lambda notebook: notebook.cells[2].metadata.update(execution={})),
    ("has only kernel and language in its metadata", tagged(2, jupyter={"outputs_hidden": False})),
    ("has only kernel and language in its metadata", tagged(2)),
    ("has only kernel and language in its metadata", lambda notebook: notebook.cells[2].metadata.update(HIDES)),
    ("hides what is to be predicted", say("*Predict:* how many?")),
    ("hides what is to be predicted", both(tagged(2, **HIDES), say("*Predict how many.*"))),
    (
        "hides what is to be predicted",
        both(asked(), lambda notebook: notebook.cells[4].outputs[0].data.update({"text/plain": "4"})),
    ),
    ("hides what is to be predicted", both(asked(), show("stream", name="stdout", text="4\n", cell=4))),
    ("is small", show("display_data", {"image/png": "A" * 500_000})),
    ("shows no errors", show("error", ename="ValueError", evalue="no", traceback=[])),
    ("shows no errors", show("stream", name="stderr", text="a warning")),
    ("stores nothing live", show("display_data", {hygiene.VIEW: {"model_id": "1"}, "text/plain": "a slider"})),
    ("shows the same untrusted", show("display_data", {"image/svg+xml": "<svg/>", "text/plain": "a picture"})),
    ("shows the same untrusted", show("display_data", {"text/html": "<STYLE>b {color: red}</STYLE><b>4</b>"})),
    ("shows the same untrusted", show("display_data", {"text/html": '<b>4</b><script src="x"></script>'})),
    ("has no semicolon at the end", write("2 + 2; \n", cell=2)),
    ("has short code cells", write("\n".join(f"a{line} = {line}" for line in range(21)), cell=2)),
    ("has short code cells", all_long),
    ("has prose between its code", lambda notebook: notebook.cells.extend([code_cell(13), code_cell(14)])),
    ("has one title in its first cell", say("# Another")),
    ("has one title in its first cell", lambda notebook: notebook.cells.reverse()),
    ("has one title in its first cell", write("No title")),
    ("has 25 to 75 cells", lambda notebook: notebook.cells.pop()),
    ("has 25 to 75 cells", lambda notebook: notebook.cells.extend(new_markdown_cell("More.") for _ in range(51))),
    ("has short prose", say("word " * 100)),
    ("speaks plainly", say("It is Simply a number.")),
    ("speaks plainly", say("It is just a number.")),
    ("speaks plainly", say("It is a number!")),
    ("has links that lead somewhere", say("[three](03_three.ipynb)")),
    ("has links that lead somewhere", say("[two](02_two.ipynb#A-hole)")),
    ("has links that lead somewhere", say("[here](#A-part)")),
    ("has links that lead somewhere", say("![a hole](hole.png)")),
    ("has links that lead somewhere", say('<img src="hole.png" alt="a hole">')),
    ("has pictures with words for them", say("![](picture.png)")),
    ("has pictures with words for them", say('<img src="picture.png">')),
    ("leads back and on and to the index", write("# One\n\nOn to [two](02_two.ipynb).")),
    ("has a solution for every exercise", say("**01.2** Add them again.")),
    ("has a solution for every exercise", lambda notebook: notebook.cells.pop(-2)),
    ("has a solution for every exercise", show("display_data", {"text/plain": "01.2: not attempted yet"})),
    ("leads back and on and to the index", write("# One\n\nBack to [the start](00_start_here.ipynb).")),
]


def test_a_good_notebook_breaks_no_rule(chapter):
    notebook = good_notebook()
    say("Good: [here](#Part-3), ![a picture](picture.png), `just!`, [web](https://example.com/!)")(notebook)
    assert {name: list(rule(notebook, chapter)) for name, rule in RULES.items()} == {key: [] for key in RULES}


@pytest.mark.parametrize("first", [asked(), write('widgets.Question("01.1")', cell=4)], ids=["hidden", "question"])
def test_a_prediction_is_answered_out_of_sight_or_asked_first(chapter, first):
    notebook = good_notebook()
    both(say("*Predict:* how many?"), first)(notebook)
    assert {name: list(rule(notebook, chapter)) for name, rule in RULES.items()} == {key: [] for key in RULES}


@pytest.mark.parametrize(("name", "breaks"), BROKEN, ids=named)
def test_a_rule_sees_what_breaks_it(chapter, name, breaks):
    notebook = good_notebook()
    breaks(notebook)
    assert list(RULES[name](notebook, chapter)) != []


def test_every_rule_has_been_seen_red():
    assert {name for name, _ in BROKEN} == set(RULES)
