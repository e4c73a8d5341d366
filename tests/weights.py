"""Which packages belong together, and what they weigh once pip has installed them."""

import importlib.metadata
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Packages = dict[str, importlib.metadata.Distribution]
BARE = ["jupyterlab", "matplotlib", "ipywidgets"]  # what the course's own packages are held against


def installed(path: list[str] = sys.path) -> Packages:
    """What is installed there, by name."""
    return {canonicalize_name(found.name): found for found in importlib.metadata.distributions(path=path)}


def with_what_they_need(names: list[str], packages: Packages) -> set[str]:
    """Packages by name, and whatever they need in turn. An extra is written behind its package: name[extra]."""
    waiting, seen = [Requirement(name) for name in names], set()
    while waiting:
        package = waiting.pop()
        name, extras = canonicalize_name(package.name), frozenset(package.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        for needs in map(Requirement, packages[name].requires or []):
            if not needs.marker or any(needs.marker.evaluate({"extra": extra}) for extra in ["", *extras]):
                waiting.append(needs)
    return {name for name, _ in seen}


def megabytes(names: set[str], packages: Packages) -> float:
    """What these packages weigh, with the bytecode that pip or lab.py made of them."""
    files = [Path(file.locate()) for name in names for file in packages[name].files or [] if file.suffix != ".pyc"]
    compiled = [
        made for file in files if file.suffix == ".py" for made in file.parent.glob(f"__pycache__/{file.stem}.*")
    ]
    return sum(file.stat().st_size for file in {*files, *compiled} if file.is_file()) / 1e6
