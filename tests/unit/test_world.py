"""The two worlds: what is different when Python runs in a page, on a computer that plays one.

In a page itself: tests/browser/test_jupyterlite.py and test_jupyterlite_reader.py.
"""

import hashlib
import io
import sys
import threading
import types
import zipfile

import pytest

from totp_teach import OtpError, _world, check, login
from totp_teach.check import running


@pytest.fixture
def page(monkeypatch):
    """In a page: no thread can be started, and no process."""

    def refused(*_, **__):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_world, "IN_PAGE", True)
    monkeypatch.setattr(threading.Thread, "start", refused)


def test_this_is_a_computer():
    assert not _world.IN_PAGE and not _world.ONE_CLOCK
    assert _world.available("json") and not _world.available("no_such_package")
    _world.bring(["no_such_package"])
    _world.need_processes()


def test_on_a_computer_work_has_a_thread_of_its_own_which_is_waited_for_so_long():
    where, stop = [], threading.Event()
    assert _world.ended_in_time(lambda: where.append(threading.current_thread()), 5)
    assert where != [threading.current_thread()]
    assert not _world.ended_in_time(stop.wait, 0.01)
    stop.set()


def endless(digest):
    while True:
        digest += b"!"


def test_in_a_page_answers_are_judged_without_a_thread(page, monkeypatch):
    monkeypatch.setattr(running, "PATIENCE", 0.3)
    trace = sys.gettrace()
    assert check.c_program(lambda digest: "1").status == "wrong"
    assert "no answer within" in check.c_program(endless).message
    assert sys.gettrace() is trace


def test_in_a_page_there_is_no_login_server_but_its_table(page):
    with pytest.raises(OtpError, match="cannot run inside a browser"):
        login.start()
    assert len(check.scoreboard()) == len(login.ATTACKS) == 13
    answer = check.both_steps(lambda mallory: mallory.get("account"))
    assert answer.status == "open" and "inside a browser" in answer.message


def test_in_a_page_a_cell_that_cannot_run_says_so_in_a_line_and_so_do_those_that_build_on_it(page, capsys, monkeypatch):
    shell_module = pytest.importorskip("IPython.core.interactiveshell")
    shell = shell_module.InteractiveShell(user_ns={})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    cells = {
        "from totp_teach import login\nserver = login.start()\nport = 1": "a login server is a process of its own",
        "alice = login.Browser(server.url)": "this needs server, from a cell that could not run here",
        "alice, port": "this needs alice, from a cell that could not run here",
    }
    for cell, words in cells.items():
        shell.run_cell(cell)
        said = capsys.readouterr()
        assert said.out.startswith(f"Not in a browser: {words}") and said.out.count("\n") == 1 and not said.err
    shell.run_cell("nobody_said_this")
    assert "Traceback" in capsys.readouterr().out


class Request:
    """XMLHttpRequest, of a site with these files."""

    files: dict[str, bytes] = {}  # noqa: RUF012

    def open(self, method, url, waits):
        assert (method, waits) == ("GET", False)
        self.content = self.files.get(url.removeprefix("site/"))

    def send(self):
        self.status = 200 if self.content is not None else 404
        self.response = types.SimpleNamespace(to_bytes=lambda: self.content)


def test_in_a_page_a_package_is_fetched_when_it_is_needed_with_what_it_needs(page, monkeypatch, tmp_path):
    packages = {}
    for name, needs in (("drawing", ["numbers-of-it"]), ("numbers-of-it", [])):
        wheel, module = io.BytesIO(), name.replace("-", "_")
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{module}.py", f"name = {name!r}")
        Request.files[f"{name}.whl"] = wheel.getvalue()
        about = {"file_name": f"{name}.whl", "depends": needs, "imports": [module]}
        packages[name] = about | {"sha256": hashlib.sha256(wheel.getvalue()).hexdigest()}
    lockfile = types.SimpleNamespace(to_py=lambda: {"packages": packages})
    pyodide = types.SimpleNamespace(lockfile=lockfile, lockfileBaseUrl="site/", loadedPackages=types.SimpleNamespace())
    monkeypatch.setitem(sys.modules, "pyodide_js", pyodide)
    monkeypatch.setitem(sys.modules, "js", types.SimpleNamespace(XMLHttpRequest=types.SimpleNamespace(new=Request)))
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    _world._site.cache_clear()

    assert _world.available("drawing") and not _world.available("painting")
    Request.files["numbers-of-it.whl"], right = b"something else", Request.files["numbers-of-it.whl"]
    with pytest.raises(OtpError, match="numbers-of-it.whl could not be fetched"):
        _world.bring(["drawing"])
    Request.files["numbers-of-it.whl"] = right
    _world.bring(["drawing"])
    import drawing
    import numbers_of_it

    assert (drawing.name, numbers_of_it.name) == ("drawing", "numbers-of-it")
    _world._site.cache_clear()
