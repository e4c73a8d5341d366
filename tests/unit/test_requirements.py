"""One truth about what the course runs on: pyproject.toml, requirements.txt, constraints.txt, binder/ and the code."""

import ast
import os
import re
import sys
import tomllib
from collections import defaultdict
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from weights import installed, with_what_they_need

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
PYTHON = "Programming Language :: Python :: "
CLASSIFIERS = PROJECT["project"]["classifiers"]
TESTED = [text.removeprefix(PYTHON) for text in CLASSIFIERS if text.startswith(PYTHON)]  # all else follows from these
# Which extra brings what a room imports beside the standard library; the other rooms import nothing.
ROOMS = {"qr": "qr", "show": "show", "widgets": "widgets", "login": "login", "jupyter": "jupyter", "grade": "jupyter"}


def lines(name: str) -> list[str]:
    """The lines of a requirements file without comments."""
    text = (ROOT / name).read_text("utf-8")
    return [line for line in (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines()) if line]


def needed(texts: list[str]) -> dict[str, Requirement]:
    """Requirements by name, those of totp_teach's own extras among them."""
    found = {}
    for requirement in map(Requirement, texts):
        if canonicalize_name(requirement.name) == "totp-teach":
            found |= needed([text for extra in sorted(requirement.extras) for text in EXTRAS[extra]])
        else:
            found[canonicalize_name(requirement.name)] = requirement
    return found


PINNED = [Requirement(line) for line in lines("constraints.txt")]
HERE = {canonicalize_name(pin.name): pin for pin in PINNED if not pin.marker or pin.marker.evaluate()}
LAB = needed(["totp_teach[lab]"])
ALL_OF_IT = ["totp_teach[test]"]
ALL = needed(ALL_OF_IT) | needed(PROJECT["build-system"]["requires"])


def test_requirements_are_the_lab_extra_by_name_alone():
    names = [line for line in lines("requirements.txt") if not line.startswith("-")]
    assert names == [str(Requirement(name).name) for name in names]
    assert sorted(names) == sorted(LAB)
    assert [line for line in lines("requirements.txt") if line.startswith("-")] == ["-c constraints.txt", "-e ."]


def test_the_course_is_all_rooms_and_each_larger_extra_holds_the_one_before():
    assert list(EXTRAS) == ["qr", "show", "widgets", "login", "jupyter", "course", "lab", "site", "test"]
    held = [needed([f"totp_teach[{extra}]"]).keys() for extra in ("course", "lab", "site", "test")]
    assert set().union(*(needed([f"totp_teach[{extra}]"]) for extra in ROOMS.values())) < held[0]
    assert held[0] < held[1] < held[2] < held[3]


# ---- what is imported is declared ------------------------------------------------------------------------------------

MODULES = packages_distributions()


def imported(source: str) -> set[str]:
    """The packages, by the names that pip knows, whose modules a program imports and cannot do without."""
    found, tree = set(), ast.parse(source)
    tried = [
        node for node in ast.walk(tree) if isinstance(node, ast.Try) and "ImportError" in map(caught, node.handlers)
    ]
    spared = {part for node in tried for statement in node.body for part in ast.walk(statement)}
    for node in ast.walk(tree):
        if node in spared:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
    return {canonicalize_name(MODULES[name][0]) for name in found & MODULES.keys() - sys.stdlib_module_names}


def caught(handler: ast.ExceptHandler) -> str:
    """The first name of an except clause."""
    return re.findall(r"\w+|$", ast.unparse(handler.type) if handler.type else "")[0]


def imports_under(folder: str) -> set[str]:
    files = [file for file in sorted((ROOT / folder).rglob("*.py")) if "node_modules" not in file.parts]
    assert files, folder
    return set().union(*(imported(file.read_text("utf-8")) for file in files)) - {"totp-teach"}


def test_an_import_is_seen_wherever_it_stands():
    source = "import json, numpy.linalg\nfrom . import qr\ndef f():\n    from PIL import Image\n    import zmq\n"
    source += "try:\n    import redis\nexcept (ImportError, OSError):\n    pass\n"
    assert imported(source) == {"numpy", "pillow", "pyzmq"}
    assert {"qrcode", "matplotlib", "ipywidgets"} <= imports_under("totp_teach")


def test_every_room_declares_what_it_imports():
    found = defaultdict(set)
    for file in (ROOT / "totp_teach").rglob("*.py"):
        room = file.relative_to(ROOT / "totp_teach").parts[0].removesuffix(".py")
        found[room] |= imported(file.read_text("utf-8")) - {"totp-teach"}
    declared = {room: set(needed([f"totp_teach[{extra}]"])) for room, extra in ROOMS.items()}
    undeclared = {room: names - declared.get(room, set()) for room, names in found.items()}
    assert {room: names for room, names in undeclared.items() if names} == {}


@pytest.mark.parametrize(("folder", "extra"), [("notebooks/website", "site"), ("tests", "test")])
def test_the_site_and_the_tests_declare_what_they_import(folder, extra):
    assert imports_under(folder) - needed([f"totp_teach[{extra}]"]).keys() == set()


def test_the_chapters_import_what_the_course_brings():
    files = [file for file in (ROOT / "notebooks").rglob("*.ipynb") if re.match(r"\d\d_", file.name)]
    assert len(files) > 15
    cells = [cell for file in files for cell in nbformat.read(file, 4).cells if cell.cell_type == "code"]
    found = set().union(*(imported(cell.source) for cell in cells if not re.search(r"^\s*[%!]", cell.source, re.M)))
    assert found - needed(["totp_teach[course]"]).keys() <= {"totp-teach"}


# ---- exact versions --------------------------------------------------------------------------------------------------


def test_the_package_alone_needs_nothing():
    assert PROJECT["project"]["dependencies"] == []


def test_every_constraint_is_one_exact_version():
    assert len(PINNED) > 100
    assert [str(pin) for pin in PINNED if not re.fullmatch(r"==[^*,]+", str(pin.specifier))] == []
    assert len(HERE) == sum(not pin.marker or pin.marker.evaluate() for pin in PINNED)


@pytest.mark.parametrize("name", sorted(ALL))
def test_what_is_needed_is_pinned_to_a_version_that_will_do(name):
    (exact,) = HERE[name].specifier
    assert ALL[name].specifier.contains(exact.version)


def test_what_is_installed_here_are_those_versions():
    packages = installed()
    here = {name: (packages[name].version, str(pin.specifier)) for name, pin in HERE.items() if name in packages}
    assert here.keys() >= LAB.keys()
    assert {name: versions for name, versions in here.items() if f"=={versions[0]}" != versions[1]} == {}


def test_whatever_they_need_in_turn_is_pinned_too():
    asked = [f"{name}[{','.join(needs.extras)}]" if needs.extras else name for name, needs in needed(ALL_OF_IT).items()]
    names = with_what_they_need(asked, installed())
    assert len(names) > 100
    assert names - HERE.keys() == set()


def test_no_start_of_jupyterlab_parses_a_grammar():
    assert (
        "jsonschema" in HERE and "rfc3987-syntax" not in HERE
    )  # which jsonschema imports from 4.25 on, where it is installed


def test_no_file_names_where_the_packages_come_from():
    for name in "requirements.txt", "constraints.txt", "pyproject.toml", "binder/requirements.txt":
        assert "://" not in (ROOT / name).read_text("utf-8"), name


# ---- Binder and Python's versions ------------------------------------------------------------------------------------


def test_binder_takes_the_course_in_the_same_versions_and_not_what_checks_it():
    assert lines("binder/requirements.txt") == ["-c ../constraints.txt", "-e .[course]"]
    assert LAB.keys() - needed(["totp_teach[course]"]).keys() == {"pytest", "nbval"}
    assert {file.name for file in (ROOT / "binder").iterdir()} == {"requirements.txt", "runtime.txt", "postBuild"}


def test_binder_takes_a_tested_python():
    assert (ROOT / "binder" / "runtime.txt").read_text("utf-8").strip() in [f"python-{version}" for version in TESTED]


def test_binder_writes_the_settings_that_lab_py_writes():
    command = "-m totp_teach.jupyter"
    assert (ROOT / "binder" / "postBuild").read_text("utf-8").startswith("#!/bin/sh\n")
    assert lines("binder/postBuild") == ["set -e", f"python {command}"]
    assert '"-m", "totp_teach.jupyter"]' in (ROOT / "lab.py").read_text("utf-8")
    assert os.name == "nt" or os.access(ROOT / "binder" / "postBuild", os.X_OK)


def test_all_that_names_the_pythons_follows_from_the_classifiers():
    *others, newest = TESTED
    assert [f"3.{minor}" for minor in range(int(TESTED[0][2:]), int(newest[2:]) + 1)] == TESTED
    assert PROJECT["project"]["requires-python"] == f">={TESTED[0]}"
    spoken = f"{', '.join(others)} or {newest}"
    assert f"You need Python {spoken}" in (ROOT / "README.md").read_text("utf-8")
    classroom = (ROOT / "notebooks/teaching/classroom.md").read_text("utf-8")
    assert f"Python {TESTED[0]} to {newest}" in classroom and spoken in classroom


def test_no_page_names_a_python_that_is_too_old():
    files = ["README.md", "CONTRIBUTING.md", "notebooks/README.md", *(ROOT / "notebooks" / "teaching").glob("*.md")]
    named = {minor for file in files for minor in re.findall(r"\b3\.(\d\d)\b", (ROOT / file).read_text("utf-8"))}
    assert named and min(map(int, named)) >= int(TESTED[0][2:])


def test_contributing_says_which_room_every_test_file_belongs_to():
    named = re.findall(r"test_\w+\*?", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    files = [
        file.stem
        for kind in ("unit", "interop", "notebooks", "browser")
        for file in (ROOT / "tests" / kind).glob("test_*.py")
    ]
    assert len(files) > 40
    assert [name for name in files if not any(fnmatch(name, pattern) for pattern in named)] == []
    assert [pattern for pattern in named if not any(fnmatch(name, pattern) for name in files)] == []
