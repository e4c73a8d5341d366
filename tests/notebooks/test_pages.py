"""The pages beside the notebooks: links, tables of chapters, lesson plans, and the translator's program."""

import json
import re
import subprocess
import sys
from pathlib import Path

import hygiene
import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
TEACHING = NOTEBOOKS / "teaching"
CHAPTERS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
PAGES = [*sorted(ROOT.glob("*.md")), NOTEBOOKS / "README.md", *sorted(TEACHING.glob("*.md"))]


def text(page: Path) -> str:
    """A page without the code in it."""
    return re.sub(r"```.*?```|`[^`\n]*`", "`code`", page.read_text("utf-8"), flags=re.DOTALL)


def minutes() -> dict[str, int]:
    """What each chapter's head says that it takes, by its number."""
    heads = {path.name[:2]: nbformat.read(path, as_version=4).cells[0].source for path in CHAPTERS}
    return {number: int(re.search(r"\*\*Minutes:\*\* (\d+)\b", head)[1]) for number, head in heads.items()}


# ---- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    assert [target for target in hygiene.links(text(page)) if not hygiene.resolves(target, page)] == []


def test_links_are_found_and_judged(tmp_path):
    (tmp_path / "page.md").write_text("# A page\n\n## What `it` says, twice\n\n```\n# no heading\n```\n")
    there = ["page.md", "page.md#a-page", "page.md#what-it-says-twice"]
    assert [hygiene.resolves(target, tmp_path / "here.md") for target in there] == [True] * 3
    gone = ["other.md", "page.md#no-heading", "page.md#What-it-says"]
    assert [hygiene.resolves(target, tmp_path / "here.md") for target in gone] == [False] * 3
    assert sum(len(hygiene.links(text(page))) for page in PAGES) > 100


def test_the_teachers_page_leads_to_all_others():
    linked = {target.partition("#")[0] for target in hygiene.links(text(NOTEBOOKS / "README.md"))}
    assert {f"teaching/{page.name}" for page in TEACHING.glob("*.md")} <= linked


# ---- tables ----------------------------------------------------------------------------------------------------------


def test_every_table_of_chapters_has_all_of_them_with_their_minutes():
    assert len(CHAPTERS) >= 11
    readme, teachers = text(ROOT / "README.md"), text(NOTEBOOKS / "README.md")
    start = "\n".join(cell.source for cell in nbformat.read(CHAPTERS[0], as_version=4).cells)
    start = start.replace("**00 · Start here**", f"[00 · Start here]({CHAPTERS[0].name})")  # no link
    tables = {
        "the README": (r"^\| (\d\d) \| \[.*?\]\(notebooks/(.*?)\) .*\| (\d+) \|$", readme),
        "the teacher's page": (r"^\| (\d\d) \| \[.*?\]\((.*?)\) \|.*?\| (\d+) \|", teachers),
        "the map": (r"^\| \[(\d\d) · .*?\]\((.*?)\) .*\| (\d+) \|$", start),
    }
    rows = {name: re.findall(pattern, page, re.MULTILINE) for name, (pattern, page) in tables.items()}
    heads = minutes()
    expected = [(path.name[:2], path.name, str(heads[path.name[:2]])) for path in CHAPTERS]
    assert rows == dict.fromkeys(rows, expected)


def test_the_teachers_page_counts_the_exercises():
    for path in CHAPTERS:
        notebook = nbformat.read(path, as_version=4)
        every = hygiene.exercises(notebook)
        prose = "\n".join(cell.source for cell in notebook.cells)
        open_ones = len(re.findall(r"^\*\*\d\d\.\d+\*\* \(open\)", prose, re.MULTILINE))
        row = re.search(rf"^\| {path.name[:2]} \|.*\| (.*) \|$", text(NOTEBOOKS / "README.md"), re.MULTILINE)[1]
        assert row == (f"{len(every) - open_ones} + {open_ones} open" if every else "–"), path.name


def plans() -> dict[str, list[str]]:
    """The rows of each lesson plan, by its title."""
    parts = re.split(r"^## (.*minutes.*)$", text(TEACHING / "lessons.md"), flags=re.MULTILINE)
    return {title: re.findall(r"^\| \d+ \|.*$", part, re.MULTILINE) for title, part in zip(parts[1::2], parts[2::2])}


def test_the_minutes_of_each_plan_add_up_to_its_title():
    planned = {title: sum(int(row.split("|")[1]) for row in rows) for title, rows in plans().items()}
    assert planned == {title: int(re.search(r"(\d+) minutes", title)[1]) for title in planned}
    assert list(planned.values()) == [60, 90, 240]


def test_a_whole_chapter_takes_the_minutes_of_its_head():
    rows = [row for rows in plans().values() for row in rows]
    whole = [re.match(r"\| (\d+) \| \[(\d\d)\]\(\S+\), whole \|", row) for row in rows]
    found = [(row[2], int(row[1])) for row in whole if row]
    assert len(found) >= 5
    assert [(number, minutes()[number]) for number, _ in found] == found


def test_a_section_that_a_plan_names_is_a_section_of_that_chapter():
    """Beside the link, which leads to the first of them."""
    found = 0
    for row in (row for rows in plans().values() for row in rows):
        for part in re.split(r"; (?=\[)", row.split(" | ")[1]):
            if names := re.findall(r"\*(\w.*?)\*", part):
                chapter = next(path for path in CHAPTERS if path.name[:2] == part[1:3])
                there = hygiene.anchors(nbformat.read(chapter, as_version=4))
                assert {name.replace(" ", "-") for name in names} <= there, part
                found += len(names)
    assert found >= 15


# ---- translations ----------------------------------------------------------------------------------------------------


def test_the_translators_program_renews_a_chapter(tmp_path):
    program = re.search(r"```python\n(.*?)```", (TEACHING / "translating.md").read_text("utf-8"), re.DOTALL)[1]
    (tmp_path / "renew.py").write_text(program, "utf-8")
    now = json.loads(CHAPTERS[6].read_text("utf-8"))
    texts = [cell for cell in now["cells"] if cell["cell_type"] == "markdown"]
    then = json.loads(CHAPTERS[6].read_text("utf-8"))
    then["cells"].remove(next(cell for cell in then["cells"] if cell["id"] == texts[5]["id"]))  # new since then
    next(cell for cell in then["cells"] if cell["id"] == texts[3]["id"])["source"] = ["Another text."]  # changed since
    then["cells"][1]["source"] = ["import this"]
    german = json.loads(json.dumps(then))
    for cell in german["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = [f"Auf Deutsch: {cell['id']}"]
    for name, notebook in {"then": then, "now": now, "german": german}.items():
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(notebook), "utf-8")
    command = [sys.executable, "renew.py", "then.ipynb", "now.ipynb", "german.ipynb"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert [line.split()[2] for line in run.stdout.splitlines()] == [f"{texts[3]['id']}:", f"{texts[5]['id']}:"]
    renewed = json.loads((tmp_path / "german.ipynb").read_text("utf-8"))
    for cell, original in zip(renewed["cells"], now["cells"], strict=True):
        kept = original["cell_type"] == "markdown" and original["id"] not in (texts[3]["id"], texts[5]["id"])
        assert cell == (original | {"source": [f"Auf Deutsch: {original['id']}"]} if kept else original)


def test_each_standard_of_the_curricula_has_its_chapters():
    rows = re.findall(
        r"^\| (\w+-\w+-\d+|\d\.\d\.\d) \| (\".*\") \| (.*) \|$", (TEACHING / "curricula.md").read_text("utf-8"), re.M
    )
    assert len(rows) == 19
    assert [standard for standard, _, here in rows if "ipynb" not in here and "worksheet" not in here] == []
