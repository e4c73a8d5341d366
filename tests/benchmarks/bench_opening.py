"""Opening: from `lab.py` to the first ticking code, beside a bare JupyterLab; the set-up, beside a plain pip install.

A start begins when the command is given, and ends when a ticking code is on the screen. In between a reader does what
chapter 00 says: opens the page, waits for the kernel, and runs all cells by the menu. At a bare JupyterLab, of the same
version and with nothing beside it, the same hands open a notebook that prints one line. Chromium runs already, and has
nothing of either in its cache.

A set-up begins in a folder as git gives it, and ends with "Ready."; the plain way is a new environment, and in it
`pip install -r requirements.txt`. Both find the same in pip's cache. The goal is for the processors' time: a set-up is
too long to be repeated until the median of its seconds is steady on a machine that does other things too.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import page
from measure import Goal, Row, more

ROOT = Path(__file__).parents[2]
NOT_OURS = shutil.ignore_patterns(".git", ".venv", "node_modules", "__pycache__", ".*_cache", ".ipynb_checkpoints")
PIP = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
LINE = "one line"
NOTHING_INSTALLED = "fresh set-up: measured with --thorough alone, for it installs all four times"
OPTIONS = ["--no-browser", "--ServerApp.port_retries=0", "--LabApp.expose_app_in_browser=True"]  # what both are told
NO_NEWS = ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]


@dataclass
class Course(page.Lab):
    """The course as it stands in the folder `root`, by its launcher."""

    def command(self) -> list[str]:
        place = [f"--ServerApp.port={self.port}", f"--IdentityProvider.token={page.TOKEN}"]
        return [sys.executable, "lab.py", "--", *OPTIONS, *place]

    def show(self, reader: page.Reader) -> None:
        """From the page's address to its first ticking code."""
        reader.open("notebooks/00_start_here.ipynb")
        reader.begin_all()
        reader.ticking()


@dataclass
class Bare(page.Lab):
    """JupyterLab with its own settings, but that it asks nobody for news."""

    python: Path = Path(sys.executable)

    def command(self) -> list[str]:
        place = [f"--ServerApp.port={self.port}", f"--IdentityProvider.token={page.TOKEN}"]
        folder = ["--allow-root", "--ip=127.0.0.1", f"--ServerApp.root_dir={self.root}"]
        return [str(self.python), "-m", "jupyterlab", *OPTIONS, *place, *folder, *NO_NEWS]

    def show(self, reader: page.Reader) -> None:
        """From the page's address to its line."""
        reader.open(self.write("line.ipynb", [f"print({LINE!r})"]))
        reader.begin_all()
        reader.page.locator(".jp-OutputArea-output").get_by_text(LINE).wait_for()


def rows(quick: bool) -> list[Row | str]:
    """Thorough: the set-up, and then the start of what it made. Else the start of what is installed here."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if not more(0, 1):
            return [NOTHING_INSTALLED, *opening(Path(folder), ROOT, Path(sys.executable), rounds=1 if quick else 3)]
        course, plain = Path(folder, "course"), Path(folder, "plain")
        try:
            installed = [set_up(course), install(plain), install(plain), set_up(course)]
            bare = environment(Path(folder, "bare"))
            pip(bare, "-c", "constraints.txt", "jupyterlab", cwd=ROOT)
        except subprocess.CalledProcessError as error:
            return [f"not measured, for pip could not install (without a network?): {last_line(error)}"]
        (ours, our_work), (peer, peer_work) = map(fastest, (installed[::3], installed[1:3]))
        return [
            Row("fresh set-up", ours, peer, "pip install"),
            Row("fresh set-up, processors", our_work, peer_work, "pip install", Goal("ratio", 1.15)),
            *opening(Path(folder), course, bare, rounds=8),
        ]


def in_turn(ours: Callable[[], float], peer: Callable[[], float], rounds: int) -> tuple[float, float]:
    """The medians of two ways that tell their seconds themselves; A B, B A, A B …"""
    times: list[list[float]] = [[], []]
    for turn in range(rounds):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            times[which].append((ours, peer)[which]())
    return median(times[0]), median(times[1])


# ---- opening ---------------------------------------------------------------------------------------------------------


def opening(folder: Path, course: Path, python: Path, rounds: int) -> list[Row | str]:
    """The row of the two starts, once each has been started: then all is compiled."""
    if not page.find_browser():
        return [page.NONE]
    homes = [folder / name for name in ("home", "bare_home")]
    for home in homes:
        home.mkdir()
    (folder / "line").mkdir()
    ours = Course(course, homes[0], page.free_port())
    peer = Bare(folder / "line", homes[1], page.free_port(), python=python)
    if rounds > 1:
        in_turn(lambda: opened(ours), lambda: opened(peer), rounds=1)
    times = in_turn(lambda: opened(ours), lambda: opened(peer), rounds)
    return [Row("first ticking code", *times, "bare JupyterLab", Goal("ratio", 1.3))]


def opened(lab: Course | Bare) -> float:
    """Seconds from the command to what is to be seen."""
    with page.newcomer(lab) as reader:
        start = time.perf_counter()
        lab.start()
        try:
            lab.show(reader)
            return time.perf_counter() - start
        finally:
            lab.shut_down_kernels()
            lab.stop()


# ---- setting up ------------------------------------------------------------------------------------------------------


def set_up(course: Path) -> tuple[float, float]:
    """Seconds from the launcher's start to "Ready.", in a fresh folder, and the processors' seconds in all.

    (What it starts then tells its version.)
    """
    fresh(course)
    worked, start, said = work(), time.perf_counter(), []
    command = [sys.executable, "lab.py", "--", "--version"]
    with subprocess.Popen(command, cwd=course, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as launcher:
        for line in launcher.stdout:
            said.append(line)
            if line == "Ready.\n":
                took = time.perf_counter() - start
    if launcher.returncode or "Ready.\n" not in said:
        raise subprocess.CalledProcessError(launcher.returncode, command, stderr="".join(said))
    return took, work() - worked


def install(plain: Path) -> tuple[float, float]:
    """The same for an environment and all that requirements.txt names."""
    fresh(plain)
    worked, start = work(), time.perf_counter()
    pip(environment(plain / ".venv"), "-r", "requirements.txt", cwd=plain)
    return time.perf_counter() - start, work() - worked


def work() -> float:
    """Seconds of a processor that all programs started from here and ended by now have used. (Windows counts none.)"""
    used = os.times()
    return used.children_user + used.children_system


def fastest(rounds: list[tuple[float, float]]) -> tuple[float, float]:
    """The least time of some rounds, and the least work: what disturbs only adds."""
    times, works = zip(*rounds)
    return min(times), min(works)


def fresh(folder: Path) -> None:
    """The repository without what was made in it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT, folder, ignore=NOT_OURS)


def environment(folder: Path) -> Path:
    """The Python of a new environment."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True, text=True)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def pip(python: Path, *what: str, cwd: Path) -> None:
    subprocess.run([python, *PIP, *what], cwd=cwd, check=True, capture_output=True, text=True)


def last_line(error: subprocess.CalledProcessError) -> str:
    """The last thing that it said."""
    return (error.stderr or str(error)).strip().splitlines()[-1]
