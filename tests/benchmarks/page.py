"""What the benchmarks in a browser share: one Chromium, and one JupyterLab with the course's settings.

Each is started by the first benchmark that needs it, and stays until all are done.
"""

import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from measure import shared

# What the browser tests share. By its path: there are several files of that name.
_spec = importlib.util.spec_from_file_location("browser", Path(__file__).parents[1] / "browser" / "conftest.py")
tests = sys.modules["browser"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tests)
Lab, Reader, TOKEN = tests.Lab, tests.Reader, tests.TOKEN
find_browser, free_port = tests.find_browser, tests.free_port

NONE = f"not measured, for there is no browser: none of {', '.join(tests.BROWSERS)}"
SIZE = {"width": 1280, "height": 1600}


@cache
def browser():
    """Chromium."""
    from playwright.sync_api import sync_playwright

    playwright = shared.enter_context(sync_playwright())
    return shared.enter_context(playwright.chromium.launch(executable_path=find_browser(), args=tests.QUIET))


@cache
def lab() -> Lab:
    """JupyterLab, started, on an empty folder."""
    lab = tests.new_lab(Path(shared.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))))
    shared.callback(lab.stop)
    lab.start()
    return lab


@cache
def reader() -> Reader:
    """Whoever reads there, at one page that JupyterLab is loaded into once."""
    return Reader(browser().new_context(viewport=SIZE).new_page(), lab())


@contextmanager
def newcomer(place: Lab) -> Iterator[Reader]:
    """A reader whose browser has fetched nothing yet."""
    own = browser().new_context(viewport=SIZE)
    yield Reader(own.new_page(), place)
    own.close()


@contextmanager
def notebook(name: str, cells: list[str]) -> Iterator[Reader]:
    """A reader before a new notebook of these cells, which have run. Its kernel is there as long as this lasts."""
    found = reader()
    try:
        found.open(lab().write(f"{name}.ipynb", cells))
        found.run_all()
        assert found.errors() == []
        yield found
    finally:
        found.leave()
