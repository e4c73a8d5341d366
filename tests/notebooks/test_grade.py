"""A table of what learners handed in: whatever they did to their notebooks, and without touching one of them."""

import csv
import io
import json
from pathlib import Path

import nbformat
import pytest

from totp_teach import grade

PUBLISHED = Path(__file__).parents[2] / "notebooks"
GOOD = {
    "offset_of": "def offset_of(digest): return digest[-1] & 15",
    "truncate_digest": "from totp_teach import hotp as mine\ntruncate_digest = lambda digest: mine.truncate(digest)",
    "my_hotp": "from totp_teach import hotp as mine\n"
    "def my_hotp(key, counter, digits=6): return mine.code(key, counter, digits=digits)",
}
HALF = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "id": 7}, {"id": []}]}'


class Notebook:
    """Chapter 03 as a learner has it, without the cells of its lessons; the others by what stands in them."""

    def __init__(self, name="03_dynamic_truncation.ipynb", keep="nothing"):
        self.notebook = nbformat.read(PUBLISHED / name, as_version=4)
        exercises = grade._exercises(self.notebook)
        kept = {id for exercise in exercises for id in (exercise.stub, exercise.judge)}
        self.notebook.cells = [cell for cell in self.notebook.cells if cell.id in kept or keep in cell.source]

    def find(self, text: str):
        return next(cell for cell in self.notebook.cells if cell.cell_type == "code" and text in cell.source)

    def answer(self, **answers: str):
        for name, source in answers.items():
            self.find(f"def {name}").source = source
        return self

    def drop(self, text: str):
        self.notebook.cells.remove(self.find(text))
        return self

    def save(self, path: Path):
        path.parent.mkdir(exist_ok=True)
        nbformat.write(self.notebook, path)


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A folder of many learners, each with one chapter."""
    folder = tmp_path_factory.mktemp("handed in")
    Notebook().answer(**GOOD).save(folder / "ada" / "03.ipynb")
    Notebook().save(folder / "nobody.ipynb")
    wrong = GOOD["offset_of"].replace("& 15", ">> 4")
    Notebook().answer(offset_of=wrong, truncate_digest="def truncate_digest(: oops").save(folder / "wrong.ipynb")
    noise = "print('x' * 30_000_000)\ncheck = None\n" + GOOD["offset_of"]
    Notebook().answer(offset_of=noise, truncate_digest="import os; os._exit(1)").save(folder / "dies.ipynb")
    loop = "while True:\n    pass"
    Notebook().answer(offset_of=loop, my_hotp=GOOD["my_hotp"]).save(folder / "loops.ipynb")
    dropped = Notebook().answer(**GOOD).drop("truncate_digest = ").drop("check.hotp")
    dropped.find("check.offset").source = "'03.1: right'"
    dropped.save(folder / "=dropped.ipynb")
    same = Notebook("01_shared_secret.ipynb", keep="def base32").drop("check.read_secret")
    assert len([cell for cell in same.notebook.cells if "def base32(data" in cell.source]) == 2
    same.find("def base32(data: bytes) -> str: ...").source = "oops("  # the chapter taught a base32 of its own
    same.save(folder / "same name.ipynb")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), folder / "own.ipynb")
    for name, text in {"empty": "", "list": "[]", "text": "Dear teacher", "bytes": "\x00", "half": HALF}.items():
        (folder / f"{name}.ipynb").write_text(text)
    Notebook("00_start_here.ipynb", keep="").save(folder / "start.ipynb")
    return folder


@pytest.fixture(scope="module")
def rows(handed_in):
    """What is found, as (status, mistake, note) by file and exercise."""
    before = {path: path.read_bytes() for path in handed_in.rglob("*.ipynb")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grade, "CELL_SECONDS", 8)
        table = grade.table([handed_in], PUBLISHED)
    assert {path: path.read_bytes() for path in handed_in.rglob("*") if path.is_file()} == before
    return {(row["file"], row["exercise"]): (row["status"], row["mistake"], row["note"]) for row in table}


@pytest.mark.parametrize(
    ("file", "expected"),
    {
        "ada/03.ipynb": [("right", "", "")] * 3,
        "nobody.ipynb": [("open", "", "")] * 3,
        "wrong.ipynb": [("wrong", "high nibble", ""), ("open", "", "its cell raises SyntaxError"), ("open", "", "")],
        "dies.ipynb": [("right", "", ""), *[("not run", "", "it ended early: Kernel died")] * 2],
        "loops.ipynb": [("open", "", "its cell was stopped after 8 s"), ("open", "", ""), ("right", "", "")],
        "=dropped.ipynb": [("right", "", ""), ("open", "", "its cell is not there"), ("right", "", "")],
    }.items(),
)
def test_what_each_learner_gets(rows, file, expected):
    assert [rows[file, number] for number in ("03.1", "03.2", "03.3")] == expected


def test_what_the_chapter_taught_is_no_answer(rows):
    found = [rows["same name.ipynb", number] for number in ("01.1", "01.2", "01.3")]
    assert found == [("open", "", ""), ("open", "", "its cell raises SyntaxError"), ("open", "", "")]


@pytest.mark.parametrize(
    ("file", "note"),
    [
        *[(f"{name}.ipynb", "cannot be read: ") for name in ("empty", "list", "text", "bytes", "half")],
        ("own.ipynb", "no chapter of this course"),
        ("start.ipynb", "a chapter without exercises"),
    ],
)
def test_what_is_no_chapter_is_one_row_with_a_note(rows, file, note):
    assert rows[file, ""][2].startswith(note)


def test_every_chapters_exercises_are_found():
    found = {}
    for path in sorted(PUBLISHED.glob("[0-9][0-9]_*.ipynb")):
        for exercise in grade._exercises(grade._read(path)):
            assert exercise.id.startswith(path.name[:2])
            found[exercise.id] = exercise
    assert sorted(found) == sorted(item.id for item in grade.check.EXERCISES)


ROWS = [{"file": "=HYPERLINK(1)", "exercise": "03.1", "status": "right", "attempts": 1, "mistake": "", "note": "Zoë"}]


def test_the_table_for_a_spreadsheet_holds_no_formula():
    (row,) = csv.DictReader(io.StringIO(grade.written(ROWS, ".csv")))
    assert row["file"] == "'=HYPERLINK(1)" and row["note"] == "Zoë"
    assert list(row) == list(grade.COLUMNS)
    assert json.loads(grade.written(ROWS, ".json")) == ROWS


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none"], "none is not there"),
        ([".", "--to", "table.xlsx"], "a table is a .csv or a .json file, not table.xlsx"),
        ([".", "--published", "."], "there are no chapters in ."),
        ([], "the following arguments are required"),
    ],
)
def test_a_wrong_call_is_told(arguments, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        grade.main(arguments)
    assert end.value.code == 2
    assert says in capsys.readouterr().err


def test_the_table_goes_into_a_file(tmp_path, capsys):
    (tmp_path / "notes.ipynb").write_text("{}")
    assert grade.main([str(tmp_path), "--to", str(tmp_path / "table.csv")]) == 0
    assert (tmp_path / "table.csv").read_text("utf-8-sig").startswith("file,exercise,status,attempts,mistake,note\n")
    assert capsys.readouterr().out == ""
