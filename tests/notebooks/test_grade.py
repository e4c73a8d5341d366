"""A table of what learners handed in: whatever they did to their notebooks, and without touching one of them."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import pytest

from totp_teach import check, grade
from totp_teach.grade import __main__ as command
from totp_teach.grade import handed_in as reading
from totp_teach.grade import judging

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "notebooks"
GOOD = {
    "digest_for": "def digest_for(code): return int(code).to_bytes(4, 'big') + bytes(16)",
    "prints": "from totp_teach import hotp as mine\nprints = lambda digest: "
    "str((int.from_bytes(digest[mine.offset(digest):][:4], 'little') & 0x7FFFFFFF) % 10**6)",
    "my_hotp": "import hmac\ndef my_hotp(key, counter, digits=6):\n"
    "    digest = hmac.digest(key, counter.to_bytes(8, 'big'), 'sha1')\n"
    "    number = int.from_bytes(digest[digest[-1] & 15 :][:4], 'big') & 0x7FFFFFFF\n"
    "    return f'{number % 10**digits:0{digits}}'",
}
HALF = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "id": 7}, {"id": []}]}'


class Notebook:
    """Chapter 03 as a learner has it, without the cells of its lessons; the others by what stands in them."""

    def __init__(self, name="03_dynamic_truncation.ipynb", keep="nothing"):
        self.notebook = nbformat.read(PUBLISHED / name, as_version=4)
        exercises = judging.exercises_of(self.notebook)
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
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(self.notebook, path)


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A folder of many learners, each with one chapter."""
    folder = tmp_path_factory.mktemp("handed in")
    Notebook().answer(**GOOD).save(folder / "ada" / "03.ipynb")
    Notebook().save(folder / "nobody.ipynb")
    wrong = GOOD["digest_for"].replace("'big'", "'little'")
    Notebook().answer(digest_for=wrong, prints="def truncate_digest(: oops").save(folder / "wrong.ipynb")
    noise = "print('x' * 30_000_000)\ncheck = None\n" + GOOD["digest_for"]
    Notebook().answer(digest_for=noise, prints="import os; os._exit(1)").save(folder / "dies.ipynb")
    loop = "import time\nwhile True:\n    time.sleep(1)"
    Notebook().answer(digest_for=loop, my_hotp=GOOD["my_hotp"]).save(folder / "loops.ipynb")
    dropped = Notebook().answer(**GOOD).drop("prints = ").drop("check.hotp")
    dropped.find("check.made_to_order").source = "'03.1: right'"
    dropped.save(folder / "=dropped.ipynb")
    same = Notebook("01_shared_secret.ipynb", keep="def base32")
    taught = next(cell for cell in same.notebook.cells if "def base32(data" in cell.source)
    taught.source = "def damaged(text): return True"  # as if the chapter had taught a function of that name
    same.find("def damaged(text: str) -> bool: ...").source = "oops("
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
        patch.setattr(judging, "CELL_SECONDS", 8)
        table = [row for rows in command.rows_of([handed_in], PUBLISHED) for row in rows]
    assert {path: path.read_bytes() for path in handed_in.rglob("*") if path.is_file()} == before
    return {(row["file"], row["exercise"]): (row["status"], row["mistake"], row["note"]) for row in table}


@pytest.mark.parametrize(
    ("file", "expected"),
    {
        "ada/03.ipynb": [("right", "", "")] * 3,
        "nobody.ipynb": [("open", "", "")] * 3,
        "wrong.ipynb": [("wrong", "little-endian", ""), ("open", "", "its cell raises SyntaxError"), ("open", "", "")],
        "dies.ipynb": [("right", "", ""), *[("not run", "", "it ended early: Kernel died")] * 2],
        "loops.ipynb": [("open", "", "its cell was stopped after 8 s"), ("open", "", ""), ("right", "", "")],
        "=dropped.ipynb": [("right", "", ""), ("open", "", "its cell is not there"), ("right", "", "")],
    }.items(),
)
def test_what_each_learner_gets(rows, file, expected):
    assert [rows[file, number] for number in ("03.1", "03.2", "03.3")] == expected


def test_what_the_chapter_taught_is_no_answer(rows):
    found = [rows["same name.ipynb", number] for number in ("01.1", "01.2")]
    assert found == [("open", "", ""), ("open", "", "its cell raises SyntaxError")]


@pytest.mark.parametrize(
    ("file", "note"),
    [
        *[(f"{name}.ipynb", "cannot be read: ") for name in ("empty", "list", "text", "bytes", "half")],
        ("own.ipynb", "not a chapter of this course"),
        ("start.ipynb", "a chapter without exercises"),
    ],
)
def test_what_is_no_chapter_is_one_row_with_a_note(rows, file, note):
    assert rows[file, ""][2].startswith(note)


def test_every_chapters_exercises_are_found():
    found = {}
    for path in sorted(PUBLISHED.glob("[0-9][0-9]_*.ipynb")):
        for exercise in judging.exercises_of(nbformat.read(path, as_version=4)):
            assert exercise.id.startswith(path.name[:2])
            found[exercise.id] = exercise
    assert sorted(found) == sorted(item.id for item in check.EXERCISES)


# --- what was lost on the way -----------------------------------------------------------------------------------------


def judged(notebook: Notebook | bytes, name="ada.ipynb", learner="ada") -> dict[str, tuple]:
    """What one notebook gets: (status, mistake, note) by exercise."""
    if isinstance(notebook, Notebook):
        notebook = nbformat.writes(notebook.notebook).encode()
    rows = grade.graded(grade.Work(learner, name, notebook), grade.published_chapters(PUBLISHED))
    assert {tuple(row) for row in rows} == {grade.COLUMNS}
    return {row["exercise"]: (row["status"], row["mistake"], row["note"]) for row in rows}


def test_a_notebook_without_ids_is_graded_by_its_texts():
    """As Colab saves it: format 4.0, in which cells have no ids."""
    ours = Notebook("03_dynamic_truncation.ipynb", keep="").answer(**GOOD).notebook
    ours.nbformat_minor = 0
    for cell in ours.cells:
        del cell["id"]
    assert judged(nbformat.writes(ours).encode()) == dict.fromkeys(("03.1", "03.2", "03.3"), ("right", "", ""))


def test_a_byte_order_mark_is_no_obstacle():
    text = nbformat.writes(Notebook().answer(**GOOD).notebook)
    assert judged(b"\xef\xbb\xbf" + text.encode())["03.1"] == ("right", "", "")


def test_an_answer_below_its_check_is_found_and_told():
    ours = Notebook()
    cells = ours.notebook.cells
    place = cells.index(ours.find("check.made_to_order"))
    cells.insert(place + 1, nbformat.v4.new_code_cell(GOOD["digest_for"]))
    assert judged(ours)["03.1"] == ("right", "", "its answer stands below its check")


# --- hostile ones -----------------------------------------------------------------------------------------------------

SHOWS = "get_ipython().display_pub.publish({{'application/json': {}}})"


SHOWN = [
    "{'a': 1}",
    "[1]",
    "{'exercise': '03.1', 'status': 'perfect', 'attempts': 1}",
    "{'exercise': '03.1', 'status': 'right', 'attempts': {'x': 1}}",
    "{'exercise': '03.2'}",
]


def test_an_answer_that_displays_json_costs_nobody_a_row():
    lines = ["def digest_for(code):", *map(SHOWS.format, SHOWN), "return int(code).to_bytes(4, 'little') + bytes(16)"]
    answer = Notebook().answer(digest_for="\n    ".join(lines))
    assert judged(answer)["03.1"] == ("wrong", "little-endian", "")


def test_whatever_goes_wrong_with_one_is_its_own_row(monkeypatch):
    def broken(*given):
        raise KeyError("exercise")

    monkeypatch.setattr(judging, "_to_run", broken)
    assert judged(Notebook()) == {"": ("", "", "could not be graded: KeyError: 'exercise'")}


def test_a_notebooks_time_is_a_bound_whatever_the_number_of_its_cells(monkeypatch):
    monkeypatch.setattr(judging, "CELL_SECONDS", 1)
    monkeypatch.setattr(judging, "NOTEBOOK_SECONDS", 3)
    ours = Notebook()
    ours.notebook.cells[0:0] = [nbformat.v4.new_code_cell("import time\nwhile True: time.sleep(1)") for _ in range(30)]
    start = time.monotonic()
    found = judged(ours)
    assert time.monotonic() - start < 15  # thirty cells of a second each, and the kernel's own start
    assert found["03.3"] == ("not run", "", "it ended early: the notebook took more than 3 s")


def test_links_pipes_and_giants_are_not_opened(tmp_path, monkeypatch):
    (tmp_path / "link.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "large.ipynb").write_bytes(b"x" * 2001)
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "old.ipynb").write_text("{}")
    monkeypatch.setattr(reading, "LARGEST", 2000)
    found = {work.file: work.problem for work in grade.works([tmp_path])}
    not_regular = "not a regular file (a link, a pipe or a folder): not opened"
    assert found == {
        **dict.fromkeys(("link.ipynb", "pipe.ipynb", "folder.ipynb"), not_regular),
        "large.ipynb": "0 MB, more than 0: not opened",
    }


def test_what_a_kernel_writes_past_jupyter_does_not_reach_the_table(tmp_path):
    source = "import os\nos.system('echo zoe.ipynb,03.1,right')\nos.write(1, b'x' * 100)\n" + GOOD["digest_for"]
    Notebook().answer(digest_for=source).save(tmp_path / "in" / "eve.ipynb")
    run = subprocess.run(
        [sys.executable, "-P", "-m", "totp_teach.grade", str(tmp_path / "in")],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    assert [row["file"] for row in rows] == ["eve.ipynb"] * 3 and rows[0]["status"] == "right"
    assert "zoe" not in run.stdout + run.stderr


def test_rows_are_on_the_disk_before_the_next_notebook_runs(tmp_path):
    """A notebook that kills the grader does not take the rows of those before it."""
    Notebook().answer(**GOOD).save(tmp_path / "in" / "a.ipynb")
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "in" / "b.ipynb")
    Notebook().save(tmp_path / "in" / "c.ipynb")
    kill = "import os, signal, time\ntime.sleep(4)\nos.kill(os.getppid(), signal.SIGKILL)\n"
    Notebook().answer(digest_for=kill + GOOD["digest_for"]).save(tmp_path / "in" / "d.ipynb")
    call = [sys.executable, "-P", "-m", "totp_teach.grade", "in", "--to", "table.csv"]
    run = subprocess.run(call, cwd=tmp_path, capture_output=True, check=False)
    assert run.returncode < 0
    kept = list(csv.DictReader(io.StringIO((tmp_path / "table.csv").read_text("utf-8-sig"))))
    assert [row["file"] for row in kept][:4] == ["a.ipynb"] * 3 + ["b.ipynb"]


def test_another_pythons_kernels_do_not_matter(tmp_path, monkeypatch):
    """A kernelspec python3 of the user's that leads elsewhere: the kernel is this Python's own all the same."""
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text('{"argv": ["/bin/false"], "display_name": "x", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert judged(Notebook().answer(**GOOD))["03.1"] == ("right", "", "")


def test_a_course_that_cannot_be_imported_is_told_once(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(judging, "_end_of", lambda copy: "it ended early: Kernel died")
    (tmp_path / "a.ipynb").write_text("{}")
    assert command.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "nothing was graded: the kernel cannot import totp_teach. Start it by: python3 lab.py grade … "
        "(it ended early: Kernel died)\n"
    )


# --- whose it is: folders, files, and what course platforms hand out as a ZIP ---------------------------------------


@pytest.mark.parametrize(
    ("name", "learner"),
    [
        ("Ada Lovelace_123456_assignsubmission_file_/03.ipynb", "Ada Lovelace 123456"),
        ("Ada Lovelace_123456_assignsubmission_file/03.ipynb", "Ada Lovelace 123456"),
        ("Ada Lovelace_123456_assignsubmission_file_03.ipynb", "Ada Lovelace 123456"),
        ("Ada Lovelace_123456_assignsubmission_file_/work.zip/a/03.ipynb", "Ada Lovelace 123456"),
        ("Participant_77_assignsubmission_file_/a/b/03.ipynb", "Participant 77"),  # marked without names
        ("Blue group_5_assignsubmission_file_/03.ipynb", "Blue group 5"),
        ("Default group_assignsubmission_file_/03.ipynb", "Default group"),
        ("lovelaceada_101_202_03_dynamic_truncation.ipynb", "lovelaceada 101"),
        ("lovelaceada_LATE_101_202_03_dynamic_truncation-1.ipynb", "lovelaceada 101"),
        ("lovelace_ada_101_202_03_dynamic_truncation.ipynb", "lovelace_ada 101"),
        ("anon_Xk9aB_202_03_dynamic_truncation.ipynb", "anon Xk9aB"),
        ("LATE_anon_Xk9aB_202_03_dynamic_truncation.ipynb", "anon Xk9aB"),
        ("lovelaceada_101_202_work.zip/03.ipynb", "lovelaceada 101"),
        ("mine_03_dynamic_truncation.ipynb", "mine_03_dynamic_truncation"),
        ("J. Doe/03.ipynb", "J. Doe"),
        ("Ada/03_dynamic_truncation.ipynb", "Ada"),
        ("ada.ipynb", "ada"),
        ("03_dynamic_truncation.ipynb", "03_dynamic_truncation"),
    ],
)
def test_whose_file_it_is(name, learner):
    assert reading.learner(name) == learner


def test_a_zip_is_read_without_being_unpacked(tmp_path, monkeypatch):
    text = nbformat.writes(Notebook().answer(**GOOD).notebook)
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Ada_1_assignsubmission_file_/03.ipynb", text)
        archive.writestr("../../evil.ipynb", "{}")
        archive.writestr("__MACOSX/._03.ipynb", "x")
        archive.writestr("Bob_2_assignsubmission_file_/essay.pdf", "x")
        archive.writestr("bomb.ipynb", b"0" * 3_000_000)
    monkeypatch.setattr(reading, "LARGEST", 2_000_000)
    found = list(grade.works([tmp_path]))
    assert [(work.learner, work.problem) for work in found] == [
        ("..", ""),
        ("Ada 1", ""),
        ("bomb", "3 MB, more than 2: not opened"),
    ]
    assert found[1].content.decode() == text
    assert [path.name for path in tmp_path.rglob("*")] == ["class.zip"]


# --- the tables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "learners"),
    [
        (["HW 3/ada.ipynb", "HW 3/Bob Ray.ipynb"], ["Bob Ray", "ada"]),  # a folder of Google Drive
        (["HW 3/ada/03_x.ipynb", "HW 3/bob/03_x.ipynb"], ["ada", "bob"]),
        (["03_x.ipynb", "04_x.ipynb"], ["class", "class"]),  # all of one learner's
        (["class/03_x.ipynb", "class/04 (1).ipynb", "/class/mine_05_x.ipynb"], ["class"] * 3),
        (["ada.ipynb"], ["ada"]),
        (["Zoe_1_assignsubmission_file_/03.ipynb", "Zoe_2_assignsubmission_file_/03.ipynb"], ["Zoe 1", "Zoe 2"]),
    ],
)
def test_whose_the_files_of_a_zip_are(tmp_path, names, learners):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    assert [work.learner for work in grade.works([tmp_path / "class.zip"])] == learners
    (tmp_path / "all" / "Zed").mkdir(parents=True)
    (tmp_path / "class.zip").rename(tmp_path / "all" / "Zed" / "hw.zip")
    one = learners[0] == "class" or len(names) == 1
    assert [work.learner for work in grade.works([tmp_path / "all"])] == (["Zed"] * len(names) if one else learners)


ROW = dict.fromkeys(grade.COLUMNS, "") | {"learner": "b;=1", "file": "=HYPERLINK(1)", "exercise": "03.1", "note": "Zoë"}


def test_the_table_for_a_spreadsheet_holds_no_formula_and_no_escape_sequence():
    text = io.StringIO()
    formulas = [ROW | {"file": start + "1"} for start in "=+-@"]
    command.write(text, grade.COLUMNS, [[ROW, *formulas, ROW | {"file": "\x1b[31mred\x9b\u2028"}]])
    first, *others, last = csv.DictReader(io.StringIO(text.getvalue()))
    assert first["file"] == "'=HYPERLINK(1)" and first["note"] == "Zoë"
    assert [row["file"] for row in others] == ["'=1", "'+1", "'-1", "'@1"]
    assert last["file"] == "\\x1b[31mred\\x9b\\x2028"
    assert '"b;=1"' in text.getvalue()  # quoted: a spreadsheet that splits at semicolons sees no formula


def test_totals_take_the_best_try_and_the_points():
    def rows(learner, **found):
        return [
            {"learner": learner, "exercise": f"03.{number[1:]}", "status": status} for number, status in found.items()
        ]

    given = [
        *rows("ada", _1="right", _2="wrong"),
        *rows("ada", _1="open", _2="right", _3="not run"),
        *rows("bob", _1="open"),
    ]
    given.append({"learner": "eve", "exercise": "", "status": ""})
    ada, bob, eve = command.totals(given, {"03.2": 2.5})
    assert ada == {"learner": "ada", "points": 3.5, "of": 4.5, "right": 2, "wrong": 0, "open": 0, "not run": 1}
    assert (bob["points"], bob["of"], bob["open"]) == (0, 1, 1)
    assert eve == {"learner": "eve", "points": 0, "of": 0, "right": 0, "wrong": 0, "open": 0, "not run": 0}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none"], "none is not there"),
        ([".", "--to", "table.xlsx"], "a table is a .csv file, not table.xlsx"),
        ([".", "--published", "."], "there are no chapters in ."),
        ([".", "--points", "03.1"], "argument --points: invalid points_of value: '03.1'"),
        ([], "the following arguments are required"),
    ],
)
def test_a_wrong_call_is_told(arguments, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        command.main(arguments)
    assert end.value.code == 2
    assert says in capsys.readouterr().err


def test_tables_totals_and_pseudonyms_go_into_files(tmp_path, capsys):
    Notebook().answer(**GOOD).save(tmp_path / "in" / "Ada Lovelace" / "03.ipynb")
    (tmp_path / "in" / "Bob.ipynb").write_text("{}")
    files = [str(tmp_path / name) for name in ("table.csv", "totals.csv", "who.csv")]
    options = ["--to", files[0], "--totals", files[1], "--pseudonyms", files[2], "--points", "03.1=2"]
    assert command.main([str(tmp_path / "in"), *options]) == 0
    table, totals, who = (list(csv.DictReader(Path(file).read_text("utf-8-sig").splitlines())) for file in files)
    assert [(row["learner"], row["exercise"], row["status"]) for row in table] == [
        *(("learner 001", f"03.{number}", "right") for number in (1, 2, 3)),
        ("learner 002", "", ""),
    ]
    assert [(row["learner"], row["points"], row["of"]) for row in totals] == [
        ("learner 001", "4.0", "4.0"),
        ("learner 002", "0", "0"),
    ]
    assert [row["name"] for row in who] == ["Ada Lovelace", "Bob"]
    said = capsys.readouterr()
    assert said.out == "" and "Ada" not in said.err + Path(files[0]).read_text() + Path(files[1]).read_text()


# --- the page ---------------------------------------------------------------------------------------------------------


PAGE = PUBLISHED / "teaching" / "grading.md"


def test_the_names_on_the_page_are_read_as_it_says():
    rows = re.findall(
        r"^\| (?:Moodle|Canvas),.*\| `([^`]+)`[;,].*\| `([^`]+)` \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert len(rows) == 2
    assert [reading.learner(name) for name, _ in rows] == [learner for _, learner in rows]


def test_the_pages_program_marks_a_chapter_for_nbgrader(tmp_path):
    (program,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "mark.py").write_text(program)
    chapter, marked = PUBLISHED / "03_dynamic_truncation.ipynb", tmp_path / "source" / "03" / "03.ipynb"
    subprocess.run([sys.executable, tmp_path / "mark.py", chapter, marked], check=True)
    cells = [cell for cell in nbformat.read(marked, as_version=4).cells if "nbgrader" in cell.metadata]
    assert [cell.metadata.nbgrader.grade for cell in cells] == [False, True] * 3
    assert len({cell.metadata.nbgrader.grade_id for cell in cells}) == 6
    assert [cell.source for cell in cells[1::2]] == [
        f'assert check.{name} == "right"'
        for name in ("made_to_order(digest_for).status", "c_program(prints).status", "hotp(my_hotp).status")
    ]


def test_what_the_container_copies_is_there():
    lines = (PAGE.parent / "Containerfile").read_text("utf-8").splitlines()
    copied = [name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]]
    assert len(copied) >= 6 and all((ROOT / name).exists() for name in copied)
    (entry,) = [json.loads(line.removeprefix("ENTRYPOINT ")) for line in lines if line.startswith("ENTRYPOINT ")]
    assert entry[1:3] == ["-m", "totp_teach.grade"]
