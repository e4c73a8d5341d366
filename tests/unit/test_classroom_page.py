"""The page for a teacher with a hub: what larger classes need follows from what it says was measured."""

import re
from pathlib import Path

import pytest
from classroom import HEADROOM, needs

PAGE = (Path(__file__).parents[2] / "notebooks/teaching/classroom.md").read_text(encoding="utf-8")


def numbers(row: str) -> list[float]:
    """The numbers in the line of a table that begins with that cell."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {row} |")]
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\.?\d*", line)]


@pytest.mark.parametrize("learners", [30, 300, 3000])
def test_the_arithmetic(learners):
    server, kernel, work, idle = (
        numbers(row)[-2]
        for row in (  # twenty at once; the last is one alone
            "memory of a learner's server",
            "memory of chapter 00's kernel",
            "processor time of a learner, from the start of the server to the first checked code",
            "processor of a server while codes tick in an open page",
        )
    )
    hub = float(re.search(r"(\d+) MB for the hub", PAGE)[1])
    needed = needs(learners, server + kernel, work, idle / 100, hub)
    told = numbers(f"{learners:,}")[1:3]
    assert told == pytest.approx([HEADROOM * bare for bare in needed], rel=0.02)
