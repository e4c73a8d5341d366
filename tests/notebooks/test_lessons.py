"""The lesson plans run: each in its own order, from a clean Python for each chapter, as the page says that a block starts."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from test_pages import CHAPTERS, NOTEBOOKS, plans

# What a block does: the cells above its first section (Run All Above Selected Cell), then those of its sections.
PROGRAM = """
import json
import sys
import matplotlib
matplotlib.use("Agg")
names = {"__name__": "__main__"}
for place, cell in enumerate(json.load(sys.stdin)):
    exec(compile(cell, f"cell {place}", "exec"), names)
    print("ran", place)
"""


def sections(path: Path) -> dict[str, list[str]]:
    """The code cells of each section of a chapter; those before the first one under ""."""
    found: dict[str, list[str]] = {"": []}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            found[list(found)[-1]].append(cell.source)
        else:
            found |= {heading: [] for heading in re.findall(r"^## (.*)", cell.source, re.MULTILINE)}
    return found


def blocks(rows: list[str]) -> dict[str, list[str]]:
    """The sections that a plan takes of each chapter, by the chapter's number."""
    taken: dict[str, list[str]] = {}
    for row in rows:
        for part in re.split(r"; (?=\[)", row.split(" | ")[1]):
            if number := re.match(r"\[(\d\d)\]", part):
                names = re.findall(r"\*(\w.*?)\*", part)
                if not names:
                    names = ["Exercises"] if "exercise" in part else ["Glossary"]
                taken.setdefault(number[1], []).extend(names)
    return taken


PLANS = {title: blocks(rows) for title, rows in plans().items()}
RUNS = [(title, number) for title, taken in PLANS.items() for number in taken]


def test_the_plans_are_found():
    assert len(PLANS) == 3 and len(RUNS) >= 15


@pytest.mark.parametrize(("title", "number"), RUNS)
def test_a_plans_cells_run(title, number):
    (path,) = [path for path in CHAPTERS if path.name.startswith(number)]
    there = sections(path)
    order = list(there)
    last = max(order.index(name) for name in PLANS[title][number])
    cells = [cell for name in order[: last + 1] for cell in there[name]]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(cells),
        cwd=NOTEBOOKS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.endswith(f"ran {len(cells) - 1}\n"), run.stderr[-600:]
