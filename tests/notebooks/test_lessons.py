"""The lesson plans fit the chapters: each section that a block takes is there.

A block starts with Run All Above, so it runs the chapter's cells from the first one on, in their order. That this can be
done nbval sees, which runs every chapter whole.
"""

import re
from pathlib import Path

import nbformat
import pytest
from test_pages import CHAPTERS, plans


def sections(path: Path) -> set[str]:
    """The sections of a chapter, by their headings."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    return set(re.findall(r"^## (.*)", "\n".join(cells), re.MULTILINE))


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
def test_a_plans_sections_are_in_the_chapter(title, number):
    (path,) = [path for path in CHAPTERS if path.name.startswith(number)]
    assert PLANS[title][number] and set(PLANS[title][number]) <= sections(path)
