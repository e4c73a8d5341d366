"""The checks' results of many learners as one table.

    python -m totp_teach.grade handed_in [more …] [--to results.csv]

Each notebook is copied, its own checks are replaced by the published ones, and the copy is run from a clean kernel in
an empty folder of its own. What was handed in is only read. **This runs what learners wrote, with your rights and your
network**: use a container or a machine that has nothing to lose. Somebody who tampers with the checks from within his
own answers can still forge a result: what looks too good, read.
"""

import argparse
import csv
import io
import json
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from . import check
from .jupyter import CHAPTERS, run

COLUMNS = ("file", "exercise", "status", "attempts", "mistake", "note")
PUBLISHED = Path(__file__).parents[1] / "notebooks"
CELL_SECONDS, NOTEBOOK_SECONDS = 30, 180

CHECK = re.compile(r"check\.(\w+)\((\w+)\)")  # the whole of a published check's cell
SILENCE = "import os, sys\nsys.stdout = sys.stderr = open(os.devnull, 'w')"
FORGET = "globals().pop({answer!r}, None)"
JUDGE = """\
from totp_teach import check as _check
_check.{check}(globals().get({answer!r}, ...))
_result = next(result for result in _check.results() if result["exercise"] == {id!r})
get_ipython().display_pub.publish({{"application/json": _result}})"""


class Exercise(NamedTuple):
    """One exercise of a published chapter: its number, its check, its answer's name, and the ids of its cells.

    before: the code cells in front of it, the nearest first.
    """

    id: str
    check: str
    answer: str
    stub: str
    judge: str
    before: list[str]


def table(paths: list[Path], published: Path, say=lambda line: None) -> list[dict]:
    """A row for each exercise of each notebook (files, or folders of them); or one with a note, where there is none.

    status: "right", "wrong" or "open" as the checks say it; "not run" where the notebook did not come so far; "" for
    a file that is no chapter. published: the folder with the chapters as they were handed out.
    """
    chapters = [_read(path) for path in sorted(published.glob(CHAPTERS[0]))]
    files = [(path, root) for root in paths for path in _files(root)]

    def rows(place: tuple[Path, Path]) -> list[dict]:
        path, root = place
        name = path.relative_to(root).as_posix() if path != root else path.name
        found = [dict.fromkeys(COLUMNS, "") | {"file": name} | row for row in _graded(path, chapters)]
        right = f"{sum(row['status'] == 'right' for row in found)} of {len(found)} right"
        say(f"{name}: {right if found[0]['exercise'] else found[0]['note']}")
        return found

    with ThreadPoolExecutor(2) as two:
        return [row for some in two.map(rows, files) for row in some]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*.ipynb") if ".ipynb_checkpoints" not in file.parts)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:100]


def _is_code(cell) -> bool:
    return cell.cell_type == "code"


def _read(path: Path):
    import nbformat

    return nbformat.read(path, as_version=4)


def _graded(path: Path, chapters: list) -> list[dict]:
    """The rows of one notebook, without its name."""
    try:
        notebook = _read(path)
        texts = [text for cell in notebook.cells for text in (cell.source, cell.cell_type, cell.get("id", ""))]
        "".join(texts)  # nbformat reads cells that lack something, with a warning
    except Exception as error:  # whatever a file is that is not a notebook
        return [{"note": f"cannot be read: {_first_line(error)}"}]
    chapter = max(chapters, key=partial(_alike, notebook), default=None)
    if chapter is None or not _alike(notebook, chapter):
        return [{"note": "no chapter of this course: it has none of their cells"}]
    exercises = _exercises(chapter)
    if not exercises:
        return [{"note": "a chapter without exercises"}]
    copy = _to_run(notebook, exercises)
    ended = _end_of(copy)
    return [_row(exercise, copy, ended) for exercise in exercises]


def _alike(notebook, chapter) -> int:
    """How many cells two notebooks share, by their ids."""
    return len({cell.get("id") for cell in notebook.cells} & {cell.id for cell in chapter.cells})


def _exercises(chapter) -> list[Exercise]:
    numbers = {name: found.id for name, found in vars(check).items() if isinstance(found, check.Exercise)}
    code = list(filter(_is_code, chapter.cells))
    ids = [cell.id for cell in code]
    calls = [CHECK.fullmatch(cell.source.strip()) for cell in code]
    return [
        Exercise(numbers[call[1]], call[1], call[2], ids[place - 1], ids[place], ids[: place - 1][::-1])
        for place, call in enumerate(calls)
        if call
    ]


def _to_run(notebook, exercises: list[Exercise]):
    """The learner's code cells, with the published checks: each in its place, else behind its answer, else at the end.

    In front of an answer its name is forgotten: a chapter may have taught a function that is called the same.
    """
    from nbformat.v4 import new_code_cell, new_notebook

    def code(source, **metadata):
        return new_code_cell(source, metadata=metadata)

    cells = {}
    for number, cell in enumerate(filter(_is_code, notebook.cells)):
        key = cell.get("id") if cell.get("id") not in cells else number
        cells[key] = [code(cell.source, of=key)]
    start, end = [code(SILENCE)], []
    for exercise in exercises:
        judge = JUDGE.format(check=exercise.check, answer=exercise.answer, id=exercise.id)
        if exercise.judge in cells:
            cells[exercise.judge].clear()
        place = next((cells[id] for id in (exercise.judge, exercise.stub) if id in cells), end)
        place.append(code(judge, judges=exercise.id))
    for exercise in exercises:
        nearest = next((id for id in exercise.before if id in cells), None)
        cells.get(nearest, start).append(code(FORGET.format(answer=exercise.answer)))
    return new_notebook(cells=[cell for some in (start, *cells.values(), end) for cell in some])


def _end_of(copy) -> str:
    """Run the copy, whatever it does; and say what ended it before its end, if something did."""
    end = time.monotonic() + NOTEBOOK_SECONDS
    limits = {
        "timeout_func": lambda cell: max(1, min(CELL_SECONDS, end - time.monotonic())),
        "interrupt_on_timeout": True,
        "error_on_timeout": {"ename": "Timeout", "evalue": "", "traceback": []},
        "allow_errors": True,
    }
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            run(copy, Path(folder), **limits)
    except (RuntimeError, TimeoutError) as error:
        return f"it ended early: {_first_line(error)}"
    return ""


def _row(exercise: Exercise, copy, ended: str) -> dict:
    """What came of one exercise."""
    answers = [cell for cell in copy.cells if cell.metadata.get("of") == exercise.stub]
    errors = [output.ename for cell in answers for output in cell.outputs if output.output_type == "error"]
    note = "" if answers else "its cell is not there"
    if errors:
        stopped = errors[0] == "KeyboardInterrupt"
        note = f"its cell was stopped after {CELL_SECONDS} s" if stopped else f"its cell raises {errors[0]}"
    (judge,) = [cell for cell in copy.cells if cell.metadata.get("judges") == exercise.id]
    for output in judge.outputs:
        if result := output.get("data", {}).get("application/json"):
            return {name: "" if result[name] is None else result[name] for name in COLUMNS[1:5]} | {"note": note}
    note = note or ended or "its check did not come to an end"
    return {"exercise": exercise.id, "status": "not run", "attempts": 0, "note": note}


def written(rows: list[dict], kind: str) -> str:
    """The table as ".json" or, for a spreadsheet, ".csv": no cell of it begins like a formula."""
    if kind == ".json":
        return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows({name: re.sub(r"^(?=[=+@\t-])", "'", str(value)) for name, value in row.items()} for row in rows)
    return text.getvalue()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("grade", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, metavar="notebook", help="a file, or a folder with all there is")
    parser.add_argument("--to", type=Path, metavar="results.csv", help="a .csv or .json file; without it the screen")
    parser.add_argument("--published", type=Path, default=PUBLISHED, help="the folder with the chapters")
    given = parser.parse_args(arguments)
    if given.to and given.to.suffix not in (".csv", ".json"):
        parser.error(f"a table is a .csv or a .json file, not {given.to.name}")
    for path in given.paths:
        if not path.exists():
            parser.error(f"{path} is not there")
    if not list(given.published.glob(CHAPTERS[0])):
        parser.error(f"there are no chapters in {given.published}: name their folder with --published")
    rows = table(given.paths, given.published, say=lambda line: print(line, file=sys.stderr, flush=True))
    text = written(rows, given.to.suffix if given.to else ".csv")
    if given.to:
        given.to.write_text(text, encoding="utf-8-sig" if given.to.suffix == ".csv" else "utf-8")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
