"""One truth about what the course runs on: pyproject.toml, requirements.txt, constraints.txt and binder/ agree."""

import os
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from weights import installed, with_what_they_need

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
TESTED = ["3.11", "3.12", "3.13"]


def lines(name: str) -> list[str]:
    """The lines of a requirements file without comments."""
    text = (ROOT / name).read_text("utf-8")
    return [line for line in (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines()) if line]


def needed(texts: list[str]) -> dict[str, Requirement]:
    """Requirements by name, totp_teach itself left out."""
    found = {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, texts)}
    return {name: requirement for name, requirement in found.items() if name != "totp-teach"}


PINNED = [Requirement(line) for line in lines("constraints.txt")]
HERE = {canonicalize_name(pin.name): pin for pin in PINNED if not pin.marker or pin.marker.evaluate()}
LAB = needed(EXTRAS["course"]) | needed(EXTRAS["lab"])
ALL = LAB | needed(EXTRAS["site"]) | needed(EXTRAS["test"]) | needed(PROJECT["build-system"]["requires"])


def test_requirements_are_the_lab_extra_by_name_alone():
    names = [line for line in lines("requirements.txt") if not line.startswith("-")]
    assert names == [str(Requirement(name).name) for name in names]
    assert sorted(names) == sorted(LAB)
    assert [line for line in lines("requirements.txt") if line.startswith("-")] == ["-c constraints.txt", "-e ."]


def test_each_extra_is_the_one_before_it_and_more():
    names = list(EXTRAS)
    assert names == ["course", "lab", "site", "test"]
    assert [name for before, name in pairwise(names) if f"totp_teach[{before}]" not in EXTRAS[name]] == []
    parts = [needed(EXTRAS[extra]).keys() for extra in EXTRAS]
    assert len(set().union(*parts)) == sum(map(len, parts))


def test_the_package_alone_needs_nothing():
    assert PROJECT["project"]["dependencies"] == []


def test_every_constraint_is_one_exact_version():
    assert len(PINNED) > 100
    assert [str(pin) for pin in PINNED if not re.fullmatch(r"==[^*,]+", str(pin.specifier))] == []
    assert len(HERE) == sum(not pin.marker or pin.marker.evaluate() for pin in PINNED)


@pytest.mark.parametrize("name", ALL)
def test_what_is_needed_is_pinned_to_a_version_that_will_do(name):
    (exact,) = HERE[name].specifier
    assert ALL[name].specifier.contains(exact.version)


def test_what_is_installed_here_are_those_versions():
    packages = installed()
    here = {name: (packages[name].version, str(pin.specifier)) for name, pin in HERE.items() if name in packages}
    assert here.keys() >= LAB.keys()
    assert {name: versions for name, versions in here.items() if f"=={versions[0]}" != versions[1]} == {}


def test_whatever_they_need_in_turn_is_pinned_too():
    names = with_what_they_need(["totp_teach[test]"], installed()) - {"totp-teach"}
    assert len(names) > 100
    assert names - HERE.keys() == set()


def test_no_file_names_where_the_packages_come_from():
    for name in "requirements.txt", "constraints.txt", "pyproject.toml", "binder/requirements.txt":
        assert "://" not in (ROOT / name).read_text("utf-8"), name


# ---- Binder and Python's versions ------------------------------------------------------------------------------------


def test_binder_takes_the_course_in_the_same_versions_and_not_what_checks_it():
    assert lines("binder/requirements.txt") == ["-c ../constraints.txt", "-e .[course]"]
    assert needed(EXTRAS["lab"]).keys() == {"pytest", "nbval"}
    assert {file.name for file in (ROOT / "binder").iterdir()} == {"requirements.txt", "runtime.txt", "postBuild"}


def test_binder_takes_a_tested_python():
    assert (ROOT / "binder" / "runtime.txt").read_text("utf-8").strip() in [f"python-{version}" for version in TESTED]


def test_binder_writes_the_settings_that_lab_py_writes():
    command = "-m totp_teach.jupyter"
    assert (ROOT / "binder" / "postBuild").read_text("utf-8").startswith("#!/bin/sh\n")
    assert lines("binder/postBuild") == ["set -e", f"python {command}"]
    assert '"-m", "totp_teach.jupyter"]' in (ROOT / "lab.py").read_text("utf-8")
    assert os.name == "nt" or os.access(ROOT / "binder" / "postBuild", os.X_OK)


def test_the_tested_pythons_are_the_same_everywhere():
    classifiers = PROJECT["project"]["classifiers"]
    prefix = "Programming Language :: Python :: "
    assert [text.removeprefix(prefix) for text in classifiers if text.startswith(prefix)] == TESTED
    assert PROJECT["project"]["requires-python"] == f">={TESTED[0]}"
    assert "TESTED = [(3, 13), (3, 12), (3, 11)]" in (ROOT / "lab.py").read_text("utf-8")
    assert "Python 3.11, 3.12 or 3.13" in (ROOT / "README.md").read_text("utf-8")
