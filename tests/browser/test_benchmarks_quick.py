"""The benchmarks that start servers and browsers, each call once: that they work, not how fast anything is."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
NAMES = ["classroom", "course", "opening", "stepping", "ticking"]  # the others: tests/unit/test_benchmarks.py


def test_no_benchmark_is_forgotten():
    text = (BENCHMARKS.parent / "unit" / "test_benchmarks.py").read_text("utf-8")
    assert f"WITH_JUPYTER = {{{', '.join(map(repr, NAMES))}}}".replace("'", '"') in text


@pytest.mark.parametrize("name", NAMES)
def test_a_quick_run_gives_rows_and_judges_nothing(name):
    command = [sys.executable, str(BENCHMARKS), "--quick", name]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    _, _, group, *rows = done.stdout.split("\n\n")[0].splitlines()
    assert group == name and rows
    assert not any(row.endswith(("yes", "no")) for row in rows)
    assert "not measured, for" not in done.stdout
