"""The world that this Python runs in: a computer's, or a page's, when JupyterLite runs a notebook in the browser itself.

A page has no threads, no processes and no network but its own site; its clock is the browser's; and a package that no
cell imports by its name is fetched when it is needed. Whatever differs for that is here, and nowhere else.
"""

import ast
import hashlib
import io
import linecache
import sys
import zipfile
from collections.abc import Callable, Iterable
from functools import cache
from importlib import invalidate_caches
from importlib.util import find_spec
from traceback import walk_tb
from typing import Any

from . import OtpError

IN_PAGE = sys.platform == "emscripten"
ONE_CLOCK = IN_PAGE  # is the browser's clock the one that Python reads?
SLOWER = 4 if IN_PAGE else 1  # how many times as long the same Python may take as on a computer

NO_SERVER = (
    "a login server is a process of its own, which cannot run inside a browser. Everything that needs none works here; "
    "for the rest take the course to a computer (python3 lab.py) or to Binder"
)


class NotHere(OtpError):
    """What cannot be in a page. There a cell that asks for it says so in one line, and the next one runs."""


def available(package: str) -> bool:
    """Is it installed, or can it be fetched?"""
    return find_spec(package) is not None or (IN_PAGE and package in _site()[1])


def bring(packages: Iterable[str]) -> None:
    """Fetch those that are not here yet, and what they need. A computer has what is installed."""
    for package in packages if IN_PAGE else ():
        if find_spec(package) is None:
            _fetch(_site()[1][package])


def ended_in_time(work: Callable[[], None], seconds: float) -> bool:
    """Do the work in a thread of its own, and say whether it ended in time. In a page it is waited for: it stops itself."""
    if IN_PAGE:
        work()
        return True
    from threading import Thread

    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def need_processes() -> None:
    """Raise NotHere in a page, before something is begun that needs a process or a thread."""
    if IN_PAGE:
        _say_so_in_one_line()
        raise NotHere(NO_SERVER)


@cache
def _site() -> tuple[dict[str, Any], dict[str, str]]:
    """What the page's site has for Python: its packages by name, and the name of each by what it is imported as."""
    import pyodide_js  # type: ignore[import-not-found]

    packages = pyodide_js.lockfile.to_py()["packages"]
    return packages, {module: name for name, package in packages.items() for module in package["imports"]}


def _fetch(name: str) -> None:
    """Unpack a package and what it needs where Python looks. (Pyodide's own way must be awaited, which no import does.)"""
    from js import XMLHttpRequest  # type: ignore[import-not-found]
    from pyodide_js import loadedPackages, lockfileBaseUrl  # type: ignore[import-not-found]

    package = _site()[0][name]
    if hasattr(loadedPackages, name) or name in _fetched:
        return
    for other in package["depends"]:
        _fetch(other)
    request = XMLHttpRequest.new()
    request.open("GET", lockfileBaseUrl + package["file_name"], False)
    request.responseType = "arraybuffer"
    request.send()
    content = request.response.to_bytes() if request.status == 200 else b""
    if hashlib.sha256(content).hexdigest() != package["sha256"]:
        raise OtpError(f"{package['file_name']} could not be fetched from this site: is there a connection?")
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        wheel.extractall(next(path for path in sys.path if path.endswith("site-packages")))
    invalidate_caches()
    _fetched.add(name)


_fetched: set[str] = set()


def _say_so_in_one_line() -> None:
    """Cells that meet NotHere, or a name that such a cell would have given, print a line in place of a traceback."""
    try:
        from IPython import get_ipython
    except ImportError:  # no notebook
        return
    shell = get_ipython()
    missed: set[str] = set()

    def say(shell, kind, error, traceback, tb_offset=None) -> None:
        reason = str(error)
        if isinstance(error, NameError):
            if error.name not in missed:
                return shell.showtraceback((kind, error, traceback))
            reason = f"this needs {error.name}, from a cell that could not run here"
        cell = next(frame.f_code.co_filename for frame, _ in walk_tb(traceback) if frame.f_globals is shell.user_ns)
        names = (node for node in ast.walk(ast.parse("".join(linecache.getlines(cell)))) if isinstance(node, ast.Name))
        missed.update(node.id for node in names if isinstance(node.ctx, ast.Store))
        print(f"Not in a browser: {reason}.")

    if shell and NotHere not in shell.custom_exceptions:
        shell.set_custom_exc((NotHere, NameError), say)
