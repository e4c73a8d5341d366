"""One notebook that was handed in: run with the published checks, whatever else stands in it."""

import re
import tempfile
import time
from functools import partial
from pathlib import Path
from subprocess import DEVNULL
from typing import NamedTuple

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from .. import OtpError, check
from ..jupyter.running import private
from .handed_in import Work

COLUMNS = ("learner", "file", "exercise", "status", "attempts", "mistake", "note")
CHAPTERS = "[0-9][0-9]_*.ipynb"
STATUSES = ("open", "right", "wrong")
Row = dict[str, object]
CELL_SECONDS, NOTEBOOK_SECONDS = 30, 180

CHECK = re.compile(r"check\.(\w+)\((\w+)\)")  # the whole of a published check's cell
SILENCE = "import os, sys\nsys.stdout = sys.stderr = open(os.devnull, 'w')"
FORGET = "globals().pop({answer!r}, None)"
JUDGE = """\
from totp_teach import check as _check
_check.{check}(globals().get({answer!r}, ...))
_result = next(result for result in _check.results() if result["exercise"] == {id!r})
get_ipython().display_pub.publish({{"application/json": _result}})"""


class GradedExercise(NamedTuple):
    """One exercise of a published chapter: its number, its check, its answer's name, and the ids of its cells.

    before: the code cells in front of it, the nearest first.
    """

    id: str
    check: str
    answer: str
    stub: str
    judge: str
    before: list[str]


class Client(NotebookClient):
    """Runs a copy, keeps what the checks put out and an error's name, and stops when the notebook's time is up."""

    end = 0.0

    def output(self, outs, msg, display_id, cell_index):
        """Learners may put out as much as they like: it is dropped as it comes."""
        if msg["msg_type"] == "error":
            msg["content"] = {"ename": str(msg["content"].get("ename"))[:60], "evalue": "", "traceback": []}
        elif "judges" not in self.nb.cells[cell_index].metadata or msg["msg_type"] != "display_data":
            return None
        return super().output(outs, msg, display_id, cell_index)

    async def async_execute_cell(self, cell, cell_index, *arguments, **more):
        if time.monotonic() > self.end:
            raise TimeoutError(f"the notebook took more than {NOTEBOOK_SECONDS} s")
        return await super().async_execute_cell(cell, cell_index, *arguments, **more)


def published_chapters(folder: Path) -> list[NotebookNode]:
    """The chapters as they were handed out."""
    return [nbformat.read(path, as_version=4) for path in sorted(folder.glob(CHAPTERS))]


def check_course() -> None:
    """Raise OtpError where a kernel cannot import the course: then nobody's notebook could be judged."""
    probe = new_notebook(cells=[new_code_cell("from totp_teach import check")])
    ended = _end_of(probe)
    if ended or any(output.output_type == "error" for output in probe.cells[0].outputs):
        raise OtpError(
            "nothing was graded: the kernel cannot import totp_teach. Start it by: python3 lab.py grade …"
            + (f" ({ended})" if ended else "")
        )


def graded(work: Work, chapters: list[NotebookNode]) -> list[Row]:
    """A row for each exercise of the chapter; or one with a note, where there is none.

    status: "right", "wrong" or "open" as the checks say it; "not run" where the notebook did not get that far; "" for
    a file that is not a chapter. Whatever the notebook does, its fate is these rows.
    """
    try:
        rows = _rows(work, chapters)
    except Exception as error:  # a notebook must not cost the others their rows
        rows = [{"note": f"could not be graded: {type(error).__name__}: {_first_line(error)}"}]
    return [dict.fromkeys(COLUMNS, "") | {"learner": work.learner, "file": work.file} | row for row in rows]


def _rows(work: Work, chapters: list[NotebookNode]) -> list[Row]:
    if work.problem:
        return [{"note": work.problem}]
    try:
        notebook = nbformat.reads(work.content.decode("utf-8-sig"), as_version=4)
        "".join(text for cell in notebook.cells for text in (cell.source, cell.cell_type, cell.get("id", "")))
    except Exception as error:  # whatever a file is that is not a notebook
        return [{"note": f"cannot be read: {_first_line(error)}"}]
    chapter = max(chapters, key=partial(_alike, notebook), default=None)
    if chapter is None or not _alike(notebook, chapter):
        return [{"note": "not a chapter of this course: it has none of their cells"}]
    exercises = exercises_of(chapter)
    if not exercises:
        return [{"note": "a chapter without exercises"}]
    _identify(notebook, chapter, exercises)
    copy, notes = _to_run(notebook, exercises)
    ended = _end_of(copy)
    return [_row(exercise, copy, ended, notes.get(exercise.id, "")) for exercise in exercises]


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:100]


def _is_code(cell: NotebookNode) -> bool:
    return cell.cell_type == "code"


def _alike(notebook: NotebookNode, chapter: NotebookNode) -> int:
    """How many cells two notebooks share, by id or by text: some front ends lose the ids."""
    ids = {cell.get("id") for cell in notebook.cells} & {cell.id for cell in chapter.cells}
    texts = {cell.source for cell in notebook.cells if cell.source} & {cell.source for cell in chapter.cells}
    return len(ids) + len(texts)


def _identify(notebook: NotebookNode, chapter: NotebookNode, exercises: list[GradedExercise]) -> None:
    """Give cells that lost their id the published one: by their text, and answers by the name that they define."""
    published = {cell.id: cell.source.strip() for cell in chapter.cells}
    unknown = [cell for cell in notebook.cells if cell.get("id") not in published]
    lost = published.keys() - {cell.get("id") for cell in notebook.cells}
    answers = {exercise.stub: exercise.answer for exercise in exercises}
    for id in filter(lost.__contains__, published):
        same = [cell for cell in unknown if cell.source.strip() == published[id]]
        if not same and id in answers:
            same = [cell for cell in unknown if _is_code(cell) and _defines(cell.source, answers[id])][-1:]
        if same:
            same[0].id = id
            unknown.remove(same[0])


def _defines(source: str, name: str) -> bool:
    return re.search(rf"^(def\s+{name}\b|{name}\s*(:[^=]*)?=(?!=))", source, re.MULTILINE) is not None


def exercises_of(chapter: NotebookNode) -> list[GradedExercise]:
    """The exercises of a published chapter, by the cells that are nothing but a check."""
    numbers = {name: found.id for name, found in vars(check).items() if isinstance(found, check.Asked)}
    code = list(filter(_is_code, chapter.cells))
    ids = [cell.id for cell in code]
    calls = [CHECK.fullmatch(cell.source.strip()) for cell in code]
    return [
        GradedExercise(numbers[call[1]], call[1], call[2], ids[place - 1], ids[place], ids[: place - 1][::-1])
        for place, call in enumerate(calls)
        if call and call[1] in numbers
    ]


def _to_run(notebook: NotebookNode, exercises: list[GradedExercise]) -> tuple[NotebookNode, dict[str, str]]:
    """The learner's code cells with the published checks in their places, and what is to be said of an exercise.

    A check stands where it was, but never above the last cell that defines its answer; without a place of its own
    behind the answer, else at the end. In front of an answer its name is forgotten: a chapter may have taught a
    function that is called the same.
    """
    notes: dict[str, str] = {}

    def code(source: str, **metadata: object) -> NotebookNode:
        return new_code_cell(source, metadata=metadata)

    cells: dict[int | str, list[NotebookNode]] = {}
    sources: dict[int | str, str] = {}
    for number, cell in enumerate(filter(_is_code, notebook.cells)):
        key = cell.get("id") if cell.get("id") not in cells else number
        cells[key], sources[key] = [code(cell.source, of=key)], cell.source
    start, end = [code(SILENCE)], list[NotebookNode]()
    order = list(cells)
    for exercise in exercises:
        judge = code(JUDGE.format(check=exercise.check, answer=exercise.answer, id=exercise.id), judges=exercise.id)
        if exercise.judge in cells:
            cells[exercise.judge].clear()
        place: int | str | None = next((id for id in (exercise.judge, exercise.stub) if id in cells), None)
        below = order[order.index(place) + 1 :] if place is not None else []
        later = [id for id in below if _defines(sources[id], exercise.answer)]
        if later:
            place = later[-1]
            notes[exercise.id] = "its answer stands below its check"
        (cells[place] if place is not None else end).append(judge)
    for exercise in exercises:
        nearest = next((id for id in exercise.before if id in cells), None)
        (start if nearest is None else cells[nearest]).append(code(FORGET.format(answer=exercise.answer)))
    return new_notebook(cells=[cell for some in (start, *cells.values(), end) for cell in some]), notes


def _end_of(copy: NotebookNode) -> str:
    """Run the copy, whatever it does; and say what ended it before its end, if something did.

    The kernel is this Python's own, whatever kernels are installed, and what it writes past Jupyter goes nowhere.
    """
    end = time.monotonic() + NOTEBOOK_SECONDS
    own = KernelSpecManager(kernel_dirs=[])
    with private() as settings, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        kernel = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=own, **settings)
        client = Client(
            copy,
            km=kernel,
            resources={"metadata": {"path": folder}},
            timeout_func=lambda cell: max(1, min(CELL_SECONDS, end - time.monotonic())),
            interrupt_on_timeout=True,
            error_on_timeout={"ename": "Timeout", "evalue": "", "traceback": []},
            allow_errors=True,
            record_timing=False,
            store_widget_state=False,
        )
        client.end = end
        try:
            client.execute(cleanup_kc=True, stdout=DEVNULL, stderr=DEVNULL)
        except (RuntimeError, TimeoutError) as error:
            return f"it ended early: {_first_line(error)}"
    return ""


def _row(exercise: GradedExercise, copy: NotebookNode, ended: str, note: str) -> Row:
    """What came of one exercise: the last result that its check published, if it is one."""
    answers = [cell for cell in copy.cells if cell.metadata.get("of") == exercise.stub]
    errors = [output.ename for cell in answers for output in cell.outputs if output.output_type == "error"]
    if not answers and not note:
        note = "its cell is not there"
    if errors:
        stopped = errors[0] == "KeyboardInterrupt"
        note = f"its cell was stopped after {CELL_SECONDS} s" if stopped else f"its cell raises {errors[0]}"
    (judge,) = [cell for cell in copy.cells if cell.metadata.get("judges") == exercise.id]
    results = [output.get("data", {}).get("application/json") for output in judge.outputs]
    found = [result for result in results if _is_result(result, exercise)]
    if found:
        mistake = found[-1].get("mistake")
        row = {name: found[-1][name] for name in ("exercise", "status", "attempts")}
        return row | {"mistake": mistake if isinstance(mistake, str) else "", "note": note}
    note = note or ended or "its check did not finish"
    return {"exercise": exercise.id, "status": "not run", "attempts": 0, "note": note}


def _is_result(result: object, exercise: GradedExercise) -> bool:
    """Is it what a check says of this exercise? A learner's function may display JSON of its own while it is checked."""
    return (
        isinstance(result, dict)
        and result.get("exercise") == exercise.id
        and result.get("status") in STATUSES
        and type(result.get("attempts")) is int
    )
