"""`lab.py refresh`: every notebook again from a clean kernel, and not a byte differs that need not."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from totp_teach.jupyter import __main__ as command
from totp_teach.jupyter import exports, running

CHAPTERS = Path(__file__).parents[2] / "notebooks"

LIVE = """\
import ipywidgets
print("before")
display(ipywidgets.IntSlider(value=59))
print("after")"""

CELLS = {
    LIVE: [f"{running.ANSWER}before\n", "IntSlider(value=59)", "after\n"],
    "import pathlib\nsorted(file.name for file in pathlib.Path().iterdir())": ["['good.ipynb', 'raises.ipynb']"],
    "import sys\nprint('out', flush=True)\nprint('err', file=sys.stderr, flush=True)": ["out\n", "err\n"],
    "import time\nfor number in range(3):\n    print(number, flush=True)\n    time.sleep(0.3)": ["0\n1\n2\n"],
}


def write(path, sources):
    """A notebook with those code cells, never run, and with metadata that only one run has."""
    cells = [new_markdown_cell("# Title", id="title")]
    cells += [new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
    cells[1].metadata.update(tags=[running.HIDDEN])
    cells[-1].metadata.update(tags=["other"], jupyter={"outputs_hidden": True})
    cells[-1].metadata["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}
    metadata = {"kernelspec": running.KERNEL, "language_info": {"name": "python", "version": "3.11.0"}, "widgets": {}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)


def texts(cell):
    return [output.get("text") or output.data["text/plain"] for output in cell.outputs]


def test_refresh_stores_what_the_next_run_gives_again(tmp_path, capfd):
    good, raises = tmp_path / "good.ipynb", tmp_path / "raises.ipynb"
    write(good, CELLS)
    write(raises, ["1", "1 / 0", "2"])
    before = raises.read_bytes()

    assert running.refresh([str(good), str(raises)]) == 1
    printed = capfd.readouterr()
    assert f"{raises}, cell 3: ZeroDivisionError: division by zero" in printed.out
    assert raises.read_bytes() == before
    assert "without encryption" not in printed.err

    notebook = nbformat.read(good, as_version=4)
    assert [texts(cell) for cell in notebook.cells[1:]] == list(CELLS.values())
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, 2, 3, 4]
    assert [cell.id for cell in notebook.cells] == ["title", "cell-0", "cell-1", "cell-2", "cell-3"]
    hidden = {"tags": [running.HIDDEN], "jupyter": {"outputs_hidden": True}}
    assert [cell.metadata for cell in notebook.cells] == [{}, hidden, {}, {}, {"tags": ["other"]}]
    assert notebook.metadata == {"kernelspec": running.KERNEL, "language_info": {"name": "python"}}
    assert exports.VIEW not in good.read_text("utf-8")

    stored = good.read_bytes()
    assert stored.endswith(b"}\n") and b"\r" not in stored
    assert running.refresh([str(good)]) == 0
    assert good.read_bytes() == stored


@pytest.mark.parametrize("name", ["00_start_here.ipynb"])  # the liveliest; nbval compares the outputs of all of them
def test_refresh_gives_the_bytes_of_the_published_chapter(tmp_path, name):
    copy = tmp_path / name
    copy.write_bytes((CHAPTERS / name).read_bytes())
    assert running.refresh([str(copy)]) == 0
    assert copy.read_bytes() == (CHAPTERS / name).read_bytes()


def test_refresh_takes_the_chapters_and_no_kept_copy(tmp_path, monkeypatch):
    (tmp_path / "notebooks" / "solutions").mkdir(parents=True)
    for name in "01_b.ipynb", "00_a.ipynb", "mine_00_a.ipynb", "Untitled.ipynb", "solutions/00_a.ipynb":
        (tmp_path / "notebooks" / name).touch()
    taken = []
    monkeypatch.setattr(running, "refresh", lambda paths: taken.extend(paths) or 0)
    monkeypatch.chdir(tmp_path)
    assert command.main(["refresh"]) == 0
    assert taken == [str(Path("notebooks", name)) for name in ("00_a.ipynb", "01_b.ipynb", "solutions/00_a.ipynb")]


def test_refresh_without_notebooks_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command.main(["refresh"]) == 2
    assert "no notebooks here" in capsys.readouterr().out
