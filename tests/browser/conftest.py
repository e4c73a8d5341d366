"""What the browser tests share: a real JupyterLab on copies of the notebooks, a real Chromium, and a reader's hands."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import nbformat
import pytest

from totp_teach.jupyter import running, settings

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TOKEN = "browser-tests"
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome"]
QUIET = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SIZE = {"width": 1280, "height": 900}
SECONDS = 30


@dataclass
class Lab:
    """A JupyterLab server on a folder; `start` and `stop` may be called in turn."""

    root: Path
    home: Path
    port: int
    base: str = "/"
    process: subprocess.Popen | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.base}".rstrip("/")

    def url(self, path: str) -> str:
        """Where a notebook opens in JupyterLab, with a layout that nobody has left behind."""
        return f"{self.address}/lab/tree/{path}?reset&token={TOKEN}"

    def command(self) -> list[str]:
        return [
            *[sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"],
            *[f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.root}"],
            *[f"--IdentityProvider.token={TOKEN}", f"--ServerApp.base_url={self.base}"],
            *[
                "--LabApp.expose_app_in_browser=True",
                f"--LabApp.app_settings_dir={self.home}/share/jupyter/lab/settings",
            ],
            "--JupyterNotebookApp.expose_app_in_browser=True",  # Notebook 7, which the same server offers
        ]

    def environment(self) -> dict[str, str]:
        """The variables under which every program of Jupyter keeps to the settings in `home`."""
        private = {f"JUPYTER_{name}_DIR": str(self.home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
        shared = {"JUPYTER_CONFIG_PATH": self.home / "etc/jupyter", "JUPYTER_PATH": self.home / "share/jupyter"}
        places = {name: str(path) for name, path in {**shared, "IPYTHONDIR": self.home / "ipython"}.items()}
        return os.environ | private | places

    def start(self, **user) -> None:
        """user: who runs it, as subprocess names them"""
        with open(self.home / "log.txt", "a") as log:
            self.process = subprocess.Popen(
                self.command(), env=self.environment(), stdout=log, stderr=log, cwd=self.root, **user
            )
        for _ in range(SECONDS * 20):
            try:
                return urllib.request.urlopen(f"{self.address}/api?token={TOKEN}", timeout=5).close()
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"JupyterLab did not start:\n{(self.home / 'log.txt').read_text()}")

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(SECONDS)
            except subprocess.TimeoutExpired:  # on a very busy machine; no test is about this
                self.process.kill()
                self.process.wait()
            self.process = None

    def shut_down_kernels(self) -> None:
        for kernel in json.load(self._ask("GET", "/api/kernels")):
            self._ask("DELETE", f"/api/kernels/{kernel['id']}").close()

    def setting(self, plugin: str, **values) -> None:
        """What the reader has set in JupyterLab's settings editor; without values all is as it was."""
        raw = json.dumps({"raw": json.dumps(values)}).encode()
        self._ask("PUT", f"/lab/api/settings/@jupyterlab/{plugin}", raw).close()

    def _ask(self, method: str, path: str, data: bytes | None = None):
        headers = {"Authorization": f"token {TOKEN}"}
        return urllib.request.urlopen(urllib.request.Request(self.address + path, data, headers, method=method))

    def write(self, name: str, cells: list[str]) -> str:
        """A new notebook of code cells; its path for `reader.open`."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source.strip()) for source in cells])
        notebook.metadata = {"kernelspec": running.KERNEL, "language_info": {"name": "python"}}
        nbformat.write(notebook, self.root / name)
        return name


class Files(SimpleHTTPRequestHandler):
    """A server of files, as any host of a static site is one."""

    protocol_version = "HTTP/1.1"
    more: ClassVar[dict[str, str]]  # headers
    asked: ClassVar[set[str]]  # the paths that it was asked for
    stopped = False  # nor is anything said on a connection that is still open then

    def do_GET(self):
        if self.stopped:
            self.close_connection = True
            return
        self.asked.add(self.path.partition("?")[0])
        super().do_GET()

    def end_headers(self):
        for name, value in self.more.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_):
        pass


class Live:
    """The live chapters under a path of a server, and where a notebook opens."""

    def __init__(self, folder: Path, headers: dict[str, str] | None = None):
        self.asked: set[str] = set()
        self.handler = type("Handler", (Files,), {"more": headers or {}, "asked": self.asked})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(self.handler, directory=str(folder)))
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"{self.address}/repository/live/lab/index.html?path={path.removeprefix('notebooks/')}"

    def stop(self) -> None:
        self.handler.stopped = True
        self.server.shutdown()
        self.server.server_close()


class Reader:
    """One person at one page: opens notebooks, runs them, and remembers what the browser complained about.

    lab: a Lab, or anything else whose url(path) is where a notebook opens.
    """

    def __init__(self, page, lab: Lab):
        self.page, self.lab = page, lab
        self.complaints = []
        self.frames = []  # what went over websockets to the kernel, and came back
        self.stays = False  # in a JupyterLab that is open already
        self.styles = {}  # what `style` has added to the page
        page.set_default_timeout(SECONDS * 1000)
        page.on("console", lambda line: line.type == "error" and self._complain(line))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("websocket", self._listen)

    def _complain(self, line):
        self.complaints.append(f"{line.text} {line.location['url']}")

    def _listen(self, socket):
        if "/channels" in socket.url:
            socket.on("framesent", lambda frame: self.frames.append(frame))
            socket.on("framereceived", lambda frame: self.frames.append(frame))

    def open(self, path: str) -> None:
        if self.stays:
            self.command("docmanager:open", path=path)
        else:
            self.page.goto(self.lab.url(path))
            self.styles.clear()
        self.wait_idle()

    def leave(self) -> None:
        """Closes every notebook, and ends its kernel; the page stays as it is."""
        self.page.evaluate(LEAVE)
        self.stays = True
        self.complaints.clear()
        self.frames.clear()

    def style(self, css: str) -> None:
        """A style sheet more for the page, until `look_as_before`."""
        if css not in self.styles:
            self.styles[css] = self.page.add_style_tag(content=css)

    def look_as_before(self) -> None:
        """The page as it came: its size, its theme, its list of files, and no style sheet of a test's."""
        while self.styles:
            self.styles.popitem()[1].evaluate("(style) => style.remove()")
        self.page.emulate_media(reduced_motion="no-preference")
        self.page.set_viewport_size(SIZE)
        self.page.evaluate("() => { window.jupyterapp.shell.expandLeft(); }")
        if self.page.locator("body[data-jp-theme-light=false]").count():
            self.theme("light")

    def command(self, name: str, **arguments) -> None:
        """One of JupyterLab's own commands, as its menus give them."""
        self.page.evaluate(COMMAND, [name, arguments])

    def menu(self, name: str, entry: str) -> None:
        """A click on an entry of one of JupyterLab's menus."""
        self.page.get_by_role("menuitem", name=name, exact=True).click()
        self.page.get_by_text(entry, exact=True).click()

    def begin_all(self) -> None:
        self.menu("Run", "Run All Cells")

    def run_all(self) -> None:
        """Run all cells, until every cell has its number, or one has failed."""
        self.begin_all()
        self.page.wait_for_function(ALL_RUN)
        self.wait_idle()

    def wait_idle(self) -> None:
        self.page.wait_for_function(IDLE)

    def ticking(self) -> tuple[int, str]:
        """Step and code of the first ticking code, as they stand on the page at one moment."""
        self.page.locator(".totp-now").first.scroll_into_view_if_needed()
        read = """() => {
          const now = document.querySelector(".totp-now");
          const code = now.querySelector(".totp-code").innerText.replace(" ", "");  // "" until JupyterLab shows the cell
          return code && [Number(now.dataset.step), code];
        }"""
        return tuple(self.page.wait_for_function(read).json_value())

    def verdict_on(self, code: str) -> str:
        """What the verify box says to a code that is typed in and sent off with Enter."""
        status = self.page.locator(".totp-verify .totp-status")
        before = status.inner_text()
        self.page.get_by_label("Code from your phone").fill(code)
        self.page.keyboard.press("Enter")
        self.page.wait_for_function(
            "(before) => { const now = document.querySelector('.totp-verify .totp-status').innerText;"
            " return now && now !== before && now !== 'checking…'; }",
            arg=before,
        )
        return status.inner_text()

    def theme(self, name: str) -> None:
        """light or dark"""
        self.command("apputils:change-theme", theme=f"JupyterLab {name.title()}")
        light = "true" if name == "light" else "false"
        self.page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")  # it covers the page meanwhile

    def screenshot(self, path: Path) -> bytes:
        """What the page looks like now, also kept as a file."""
        return self.page.screenshot(path=path, animations="disabled")

    def kernel_gone(self) -> None:
        """Kernel → Shut Down Kernel."""
        self.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.wait_for_function("!window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel")

    def tab_to(self, selector: str, back: bool = False) -> None:
        """The Tab key, as often as it takes."""
        for _ in range(60):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"the Tab key does not lead to {selector}")

    def errors(self) -> list[str]:
        """The error outputs on the page."""
        return self.page.locator("[data-mime-type='application/vnd.jupyter.stderr']").all_inner_texts()


class Visitor(Reader):
    """Somebody at a page of the live chapters, in a browser that may have been here before."""

    def __init__(self, context, live: Live):
        super().__init__(context.new_page(), live)
        self.hosts = set()  # what the browser asks
        context.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.set_default_timeout(180_000)

    def start_again(self, file: str) -> None:
        """Delete it from the list of files; a reload brings what is published."""
        self.page.get_by_role("listitem", name=file).click(button="right")
        self.page.get_by_role("menuitem", name="Delete").click()
        self.page.get_by_role("button", name="Delete", exact=True).click()
        self.page.get_by_role("tab", name=file).wait_for(state="detached")
        self.open(file)

    def asked_no_other_host(self) -> bool:
        return self.hosts - {""} == {urlsplit(self.lab.address).netloc}  # "" is what the page itself holds


COMMAND = """async ([name, args]) => {
  await window.jupyterapp.commands.execute(name, args); // what it gives, such as the whole panel, stays there
}"""

LEAVE = """async () => {
  const { commands, shell, serviceManager } = window.jupyterapp;
  await commands.execute('docmanager:save-all');
  await serviceManager.sessions.shutdownAll();
  await commands.execute('application:close-all');
  await new Promise((done) => setTimeout(done, 300));
}"""

IDLE = """() => {
  const session = window.jupyterapp?.shell.currentWidget?.sessionContext?.session;
  return session?.kernel?.connectionStatus === 'connected' && session.kernel.status === 'idle';
}"""

ALL_RUN = """() => {
  const panel = window.jupyterapp.shell.currentWidget.node;
  const prompts = [...panel.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map((prompt) => prompt.textContent);
  const failed = panel.querySelector('[data-mime-type="application/vnd.jupyter.stderr"]');
  return failed ? !prompts.includes('[*]:') : prompts.length && prompts.every((prompt) => /\\d/.test(prompt));
}"""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_lab(folder: Path) -> Lab:
    """A JupyterLab to start, with the course's settings, in a folder of its own, apart from whatever else is installed."""
    lab = Lab(folder / "lab", folder / "home", free_port())
    lab.root.mkdir()
    settings.write(str(lab.home))
    return lab


def find_browser() -> str | None:
    """Where Chromium is."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab on a copy of the notebooks."""
    lab = new_lab(tmp_path_factory.mktemp("course"))
    shutil.copytree(NOTEBOOKS, lab.root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    lab.start()
    yield lab
    lab.stop()


@pytest.fixture(scope="module")
def browser():
    """Chromium. For one module and no longer: while it is there, playwright's event loop occupies this thread."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = find_browser()
    if path is None:
        pytest.skip(f"no browser here: none of {', '.join(BROWSERS)}")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def new_reader(browser, lab):
    """Readers at pages of their own, with the browser's options of each: new_reader(viewport=…)."""
    contexts = []

    def make(**options) -> Reader:
        contexts.append(browser.new_context(**{"viewport": SIZE, **options}))
        return Reader(contexts[-1].new_page(), lab)

    yield make
    for context in contexts:
        context.close()
    lab.shut_down_kernels()


@pytest.fixture
def reader(new_reader):
    return new_reader()


@pytest.fixture(scope="module")
def _one_page(browser, lab):
    context = browser.new_context(viewport=SIZE)
    yield Reader(context.new_page(), lab)
    context.close()
    lab.shut_down_kernels()


@pytest.fixture
def same_reader(_one_page):
    """A reader at a page that the tests of a module share, one notebook after the other: to load JupyterLab is five seconds' work.

    For tests that leave nothing behind in the page but the notebook that they opened, and how the page looks.
    """
    yield _one_page
    if _one_page.page.url != "about:blank":
        _one_page.leave()
        _one_page.look_as_before()


def launcher():
    """lab.py as a module, at work in this environment and not in one of its own."""
    spec = importlib.util.spec_from_file_location("lab", NOTEBOOKS.parent / "lab.py")
    lab = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lab)
    lab.PYTHON, lab.prepare = sys.executable, lambda extra: None
    return lab


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The site, made from nothing, in a folder of another one, as on a host that keeps many. All processes share it."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed, which fetches what the live chapters are made of")
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "served" / "repository"
    busy = shared / "served" / "busy"
    busy.parent.mkdir(exist_ok=True)
    while not folder.exists():
        try:
            busy.mkdir()
        except FileExistsError:
            time.sleep(0.5)
            continue
        try:
            lab = launcher()
            lab.SITE, lab.SITE_KEPT = str(folder), str(shared / "site_kept")
            assert lab.site([]) == 0
        finally:
            busy.rmdir()
    return folder


@pytest.fixture(scope="session")
def live(site):
    live = Live(site.parent)
    yield live
    live.stop()
