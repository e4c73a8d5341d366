"""The benchmarks that start servers and browsers, each call once: that they work, not how fast anything is."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
NAMES = ["classroom", "course", "live", "opening", "stepping", "ticking"]  # the others: tests/unit/test_benchmarks.py


def test_no_benchmark_is_forgotten():
    text = (BENCHMARKS.parent / "unit" / "test_benchmarks.py").read_text("utf-8")
    assert f"WITH_JUPYTER = {{{', '.join(map(repr, NAMES))}}}".replace("'", '"') in text


@pytest.fixture(scope="module")
def table():
    """The rows of each, from one run, so that they share what they start."""
    command = [sys.executable, str(BENCHMARKS), "--quick", *NAMES]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=600)
    groups, lines = {}, done.stdout.split("\n\n")[0].splitlines()[2:]
    for line in lines:
        if line in NAMES:
            rows = groups[line] = []
        else:
            rows.append(line)
    return groups, done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_quick_run_gives_rows_and_judges_nothing(name, table):
    groups, said = table
    assert groups[name] and not any("failed:" in row for row in groups[name]), said
    assert not any(row.endswith(("yes", "no")) for row in groups[name])
    assert not any("not measured, for" in row for row in groups[name])
