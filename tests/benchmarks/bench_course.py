"""The whole course: how long it runs, how large its notebooks are, and how much memory a chapter's kernel has then.

It runs in a copy, by what `lab.py refresh` calls.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import nbformat
from measure import Goal, Row, more

from totp_teach.jupyter import running

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
MEGABYTE = 1_000_000
# A last cell: what the kernel holds in memory once everything above has run.
WEIGH = "import psutil\nprint(psutil.Process().memory_info().rss)"
IDLE = "import matplotlib.pyplot"


def rows(quick: bool) -> list[Row]:
    """The chapters, beside as many notebooks that do nothing; and a chapter, beside a kernel with matplotlib alone.

    Thorough: the solutions too. Quick: one chapter.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder, "notebooks")
        shutil.copytree(NOTEBOOKS, copy, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "mine_*"))
        course = sorted(path for pattern in running.CHAPTERS[: more(1, 2)] for path in copy.glob(pattern))
        course = course[: 1 if quick else None]
        sizes = {named(path, copy): path.stat().st_size / 1000 for path in course}
        for path in course:
            write(path, [*nbformat.read(path, as_version=4).cells, nbformat.v4.new_code_cell(WEIGH)])
        least = [nbformat.v4.new_code_cell("pass")]
        empty = [write(Path(folder, f"{number}.ipynb"), least) for number in range(len(course))]
        idle = write(Path(folder, "idle.ipynb"), [nbformat.v4.new_code_cell(cell) for cell in (IDLE, WEIGH)])
        took, alone = run(course), run(empty)
        run([idle])
        memory = {named(path, copy): weight(path) for path in course if path.parent == copy}
        largest, heaviest = max(sizes, key=sizes.get), max(memory, key=memory.get)
        return [
            Row(f"notebooks run: {len(course)}", took, alone, "as many that pass"),
            Row(
                f"the largest: {largest}",
                sizes[largest],
                median(sizes.values()),
                "the median one",
                Goal("ours", 500),
                unit="kB",
            ),
            Row(f"memory, {heaviest}", memory[heaviest], weight(idle), "matplotlib imported", unit="MB"),
            Row("memory, the median chapter", median(memory.values()), weight(idle), "matplotlib imported", unit="MB"),
        ]


def named(path: Path, folder: Path) -> str:
    """Which notebook it is: a chapter and its solutions have the same file name."""
    return path.relative_to(folder).with_suffix("").as_posix()


def write(path: Path, cells: list) -> Path:
    """A notebook of these cells, to be run."""
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = {"kernelspec": running.KERNEL, "language_info": {"name": "python"}}
    nbformat.write(notebook, path)
    return path


def run(notebooks: list[Path]) -> float:
    """How long it takes to run them all, each from a clean kernel, two at a time; in seconds."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "totp_teach.jupyter", "refresh", *map(str, notebooks)], check=True, stdout=sys.stderr
    )
    return time.perf_counter() - start


def weight(notebook: Path) -> float:
    """What its kernel weighed at the end, in megabytes."""
    last = nbformat.read(notebook, as_version=4).cells[-1]
    return int(last.outputs[0].text) / MEGABYTE
