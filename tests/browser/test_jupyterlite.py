"""The chapters live, cell by cell: JupyterLab and Python in the page, from a server that only hands out files."""

import json
import re

import pytest
from conftest import NOTEBOOKS, Visitor

from totp_teach.jupyter.running import ANSWER

CHAPTERS = sorted(path.name for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
SOLUTIONS = sorted(f"solutions/{path.name}" for path in NOTEBOOKS.glob("solutions/[0-9][0-9]_*.ipynb"))
SAID = r"(Not in a browser: |○ 09\.\d+: )(a login server is a process of its own|this needs \w+), .*\n?"
EMPTY = r"defence +attack +without it +with all\n[─ ]+\n(.* – +–\n?)+"  # no attack was tried


@pytest.fixture(scope="module")
def visitor(browser, live):
    """At one page, in which a notebook is opened after the other, each with a kernel of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Visitor(context, live)
    context.close()


CELLS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
  .map((cell) => cell.toJSON()).filter((cell) => cell.cell_type === 'code')"""


def told(cell: dict) -> list[str]:
    """What a cell's outputs say, as text: of a picture or a widget the words that stand for it."""
    found = []
    for output in cell["outputs"]:
        if output["output_type"] == "error":
            found.append(f"{output['ename']}: {output['evalue']}")
            continue
        text = "".join(output.get("text") or output["data"].get("text/plain", "")).removeprefix(ANSWER)
        if output["output_type"] == "stream" and found and found[-1].startswith(f"{output['name']}: "):
            found[-1] += text
        else:
            found.append(f"{output.get('name', 'data')}: {text}")
    return found


def stored(path: str) -> list[dict]:
    cells = json.loads((NOTEBOOKS / path).read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", CHAPTERS + SOLUTIONS)
def test_all_cells_run_and_say_what_is_stored(visitor, path):
    visitor.open(path)
    visitor.run_all()
    before, after = stored(path), visitor.page.evaluate(CELLS)
    visitor.leave()
    assert visitor.asked_no_other_host()
    assert (len(CHAPTERS), len(SOLUTIONS)) == (11, 10) and len(before) == len(after) > 2
    differing = [(told(one), told(other)) for one, other in zip(before, after) if told(one) != told(other)]
    if "09_build_a_login" in path:  # it needs a server
        assert 5 < len(differing) < 18
        for _, now in differing:
            assert len(now) == 1 and re.fullmatch(rf"(stdout|data): ({SAID}|{EMPTY})", now[0])
    else:
        assert differing == []
