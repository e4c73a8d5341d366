"""The front-ends' JavaScript by its own tools: Node's test runner, and the linter that also formats."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIOME = ROOT / "tests/interop/node_modules/.bin/biome"


def said(*command: object) -> tuple[int, str]:
    run = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def test_its_tests_pass():
    files = sorted(ROOT.glob("tests/unit/js/*.test.mjs"))
    assert len(files) >= 3
    if not shutil.which("node"):
        pytest.skip("Node is not installed")
    code, told = said("node", "--test", *files)
    assert code == 0, told


def test_it_is_linted_and_formatted():
    if not BIOME.exists():
        pytest.skip("Biome is not installed: npm ci, in tests/interop")
    options = ["--config-path=tests/interop/lint.json", "--error-on-warnings"]
    code, told = said(BIOME, "check", *options, "totp_teach", "tests/unit/js")
    assert code == 0, told
