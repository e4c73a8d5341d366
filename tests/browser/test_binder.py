"""Binder, as a reader there has it: the image that repo2docker makes of binder/, and the server that BinderHub starts.

What the Dockerfile says by itself: tests/unit/test_image.py.
"""

import contextlib
import re
import tempfile
import threading
from pathlib import Path

import psutil
import pytest
from conftest import SECONDS, TOKEN, Lab, free_port
from image import BUILDPACKS, Image, dockerfile, of_the_base, published
from weights import BARE, installed, megabytes, with_what_they_need

BASE = "/user/abc/"
CHAPTER = "notebooks/00_start_here.ipynb"
HEAVIEST = ["notebooks/06_qr_codes.ipynb", "notebooks/09_build_a_login.ipynb"]
MEMORY = 1000  # MB, which Binder guarantees
AHEAD = 200  # seconds


class Binder(Lab):
    """The image's server: its entrypoint and command, with the arguments and the variable that BinderHub adds.

    (Binder's own run binds to every address, which no test does.)  more: arguments on top of that.
    """

    def __init__(self, image: Image):
        super().__init__(image.home, image.folder, free_port(), BASE)
        self.image, self.more = image, []

    def command(self) -> list[str]:
        entrypoint = BUILDPACKS / Path(self.image.entrypoint[0]).name
        program = self.image.command[: self.image.command.index("--ip")]
        told = {"base_url": BASE, "token": TOKEN, "trust_xheaders": True, "allow_origin": "*"}
        names = [f"--{app}App.{name}={value}" for app in ("Notebook", "Server") for name, value in told.items()]
        hands = ["--no-browser", "--LabApp.expose_app_in_browser=True"]  # of the tests
        address = ["--ip=127.0.0.1", f"--port={self.port}"]
        return ["python3", "-u", str(entrypoint), *program, *address, *names, *hands, *self.more]

    def environment(self) -> dict[str, str]:
        return self.image.environment() | {"JUPYTERHUB_SERVICE_PREFIX": BASE}

    def start(self, *more: str) -> None:
        self.more = list(more)
        super().start(**self.image.user)

    def shut_down_kernels(self) -> None:
        if self.process:  # without a server there are none
            super().shut_down_kernels()

    def memory(self) -> float:
        """What the server and all that it has started have in memory, in MB: each shared page counted once (PSS)."""
        server, total = psutil.Process(self.process.pid), 0.0
        for process in (server, *server.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_full_info().pss / 1e6
        return total


@pytest.fixture(scope="module")
def image():
    """The image, from the Dockerfile of a copy of the repository; in a folder that its user can enter: none of pytest."""
    with tempfile.TemporaryDirectory() as copy, tempfile.TemporaryDirectory(prefix="totp_teach_") as folder:
        published(Path(copy))
        image = Image(Path(folder))
        image.build(dockerfile(Path(copy)))
        yield image


@pytest.fixture(scope="module")
def lab(image):
    """Its server. What repo2docker's base has on top of what we install is added first, as it is there."""
    image.run(f"${{KERNEL_PYTHON_PREFIX}}/bin/pip install --no-cache-dir --no-deps {' '.join(of_the_base())}")
    lab = Binder(image)
    lab.start()
    yield lab
    lab.stop()


def test_the_image_holds_the_course_and_nothing_else(image):
    packages = image.packages()
    ours = with_what_they_need(["totp_teach[course]"], packages)
    assert packages.keys() - ours <= {"pip", "setuptools"}  # the empty environment's
    assert not packages.keys() & {"pytest", "nbval", "playwright", "hypothesis", "jupyter-repo2docker", "notebook"}


def test_it_weighs_little_more_than_jupyter():
    """At most 1.1 times a bare JupyterLab with matplotlib and ipywidgets: weighed here, where the same versions are."""
    packages = installed()
    ours, bare = (with_what_they_need(names, packages) for names in (["totp_teach[course]"], BARE))
    assert megabytes(ours, packages) <= 1.1 * megabytes(bare, packages)


def test_scan_tick_type_under_a_path(same_reader, lab):
    reader, page, elsewhere = same_reader, same_reader.page, []
    ours = lab.address, "data:", "blob:"
    page.on("request", lambda request: request.url.startswith(ours) or elsewhere.append(request.url))
    reader.open(CHAPTER)
    page.get_by_text("example: run this cell").nth(2).wait_for()  # three rest, once the whole chapter is drawn
    reader.run_all()
    assert reader.errors() == []
    _, code = reader.ticking()
    assert reader.verdict_on(code).startswith("Accepted")
    assert reader.verdict_on(code).startswith("Refused: already used")
    page.keyboard.press("Escape")
    reader.command("docmanager:save")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert "widget-view" not in (lab.root / CHAPTER).read_text("utf-8")  # the server's extension has seen it
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert (reader.complaints, elsewhere) == ([], [])


def test_the_heaviest_chapters_at_once_with_memory_to_spare(same_reader, lab):
    """Their kernels left running; the login's server answers through the proxy."""
    most, done = [lab.memory()], threading.Event()

    def watch():
        while not done.wait(0.2):
            most.append(lab.memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    reader = same_reader
    reader.page.set_default_timeout(4 * SECONDS * 1000)  # chapter 09 attacks two servers
    try:
        for chapter in HEAVIEST:
            reader.open(chapter)
            reader.run_all()
            assert reader.errors() == []
        with reader.page.expect_popup() as opened:
            reader.page.get_by_role("link", name="Open the login page").click()
        visit_the_login(opened.value, lab)
        opened.value.close()  # the notebook's page is in front again
    finally:
        reader.page.set_default_timeout(SECONDS * 1000)
        done.set()
        watcher.join()
    assert len(most) > 10 and most[0] < max(most) <= MEMORY / 2, f"{max(most):.0f} MB"
    assert reader.complaints == []


def visit_the_login(page, lab) -> None:
    """Signs up and logs in, under the path at which the proxy has the server."""
    assert re.fullmatch(rf"{lab.address}/proxy/\d+/", page.url)
    page.get_by_role("link", name="Sign up").click()
    for button in ("Sign up", "Log in"):
        page.get_by_label("Name").fill("binder")
        page.get_by_label("Password").fill("correct horse")
        page.get_by_role("button", name=button).click()
        if button == "Sign up":
            page.get_by_role("status").get_by_role("link", name="log in").click()
    page.get_by_role("link", name="Set up codes").wait_for()
    assert page.url.startswith(f"{lab.address}/proxy/")


def test_two_clocks(same_reader):
    """The browser's is ahead: both the ticking code and the verifier that refuses it say by how much."""
    reader = same_reader
    reader.open(CHAPTER)
    reader.page.evaluate(
        """(ahead) => {
          const Real = Date;
          globalThis.Date = class extends Real {
            constructor(...given) { given.length ? super(...given) : super(Real.now() + ahead); }
            static now() { return Real.now() + ahead; }
          };
        }""",
        AHEAD * 1000,
    )
    for _ in range(3):  # on a busy machine an answer can take more than its second, and then it is "unknown"
        reader.run_all()
        reader.page.wait_for_function("document.querySelector('.totp-ticking')?.dataset.clock")
        if reader.page.locator(".totp-ticking").get_attribute("data-clock") == "differs":
            break
    told = "browser's clock, which these codes follow, is (199|200|201) s ahead of the kernel's"
    reader.page.get_by_text(re.compile(told)).wait_for()
    said = reader.verdict_on(reader.ticking()[1])
    assert re.match(r"Refused: wrong\. .* The browser's clock is (199|200|201) s ahead of the kernel's\.", said), said
    reader.page.evaluate("globalThis.Date = Object.getPrototypeOf(Date)")


# ---- when Binder ends what nobody uses -------------------------------------------------------------------------------


def test_first_the_kernel_ends_and_then_the_server(reader, lab):
    """mybinder.org ends a kernel that has had nothing to do, though its page is open (there after ten minutes).

    When the server has gone as well, what the reader has written is in the page alone, and can be taken from there.
    """
    lab.stop()
    idle = "cull_idle_timeout=5", "cull_interval=1", "cull_connected=True"
    lab.start(*[f"--MappingKernelManager.{setting}" for setting in idle])
    reader.open(CHAPTER)
    reader.run_all()
    page = reader.page
    page.wait_for_function("window.jupyterapp.shell.currentWidget.sessionContext.hasNoKernel")
    page.get_by_text("No Kernel").wait_for()
    assert page.locator(".jp-Dialog").count() == 0  # nothing else tells
    ticks_on(reader)
    said = reader.verdict_on("123456")
    assert said == "No answer: the kernel has stopped. Kernel → Restart Kernel and Run All Cells starts it again."
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Restart Kernel and Run All Cells…", exact=True).click()
    page.wait_for_function("document.querySelector('.totp-verify .totp-status')?.innerText === ''")  # a new box
    assert reader.verdict_on(reader.ticking()[1]).startswith("Accepted")
    assert reader.complaints == []

    page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[2].model.sharedModel.setSource('# mine')")
    lab.stop()
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_text("Server Connection Error").wait_for()
    dialog.get_by_text("Do not show this message again").click()
    dialog.get_by_role("button", name="Close").click()
    dialog.wait_for(state="detached")
    ticks_on(reader)
    page.get_by_label("Code from your phone").fill("123456")
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_text("No answer yet: the kernel is busy, or it has stopped").wait_for()
    assert "the page has lost its server" in page.locator(".totp-verify .totp-status").inner_text()
    with page.expect_download() as download:
        page.get_by_text("Download", exact=True).click()
    assert "# mine" in download.value.path().read_text("utf-8")


def ticks_on(reader) -> None:
    """The codes go on: Python has computed them ahead, and the browser shows them."""
    assert re.fullmatch(r"\d{6}", reader.ticking()[1])
    left = reader.page.locator(".totp-left").text_content()
    reader.page.wait_for_function("(left) => document.querySelector('.totp-left').textContent !== left", arg=left)
