"""The live chapters: from their address to the first ticking code, and what the site costs to make, to keep and to send.

The peer is a bare JupyterLite of the same parts as they were published, with its own settings, whose notebook prints one
line; nothing of the course makes it faster or slower. Both are opened
by the same hands: the address, the kernel, Run All Cells by the menu, the result on the screen. Cold is a browser that
has fetched nothing, warm one that was there before. What is sent is counted as a server sends it that compresses.
"""

import gzip
import importlib.util
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import nbformat
import page
from measure import Goal, Row, more

from totp_teach.jupyter import running

ROOT = Path(__file__).parents[2]
CHAPTER = "00_start_here.ipynb"
LINE = "one line"
SECONDS = 120


def rows(quick: bool) -> list[Row | str]:
    if not shutil.which("npm"):
        return ["not measured, for there is no npm, which fetches what the live chapters are made of"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lab = launcher(folder)
        if lab.build_live() != 0:
            return ["not measured, for what the live chapters are made of could not be fetched (without a network?)"]
        start = time.perf_counter()
        lab.build_live(str(folder / "ours/repository/live"))
        live = time.perf_counter() - start
        found: list[Row | str] = []
        if not quick:
            start = time.perf_counter()
            lab.site(["--no-live"])
            pages = time.perf_counter() - start
            found.append(Row("site made", live + pages, pages, "its pages alone", Goal("ours", 60)))
            sizes = size(folder / "site"), size(folder / "ours")
            found.append(Row("site", sum(sizes), sizes[0], "its pages alone", Goal("ours", 80), "MB"))
        if not page.find_browser():
            return [*found, page.NONE]
        bare(lab, folder / "ours", folder / "peer")
        ours, peer = page.tests.Live(folder / "ours"), page.tests.Live(folder / "peer")
        often = 1 if quick else 2
        visited = [
            (visits(ours, ticking, often), visits(peer, one_line, often)) for _ in range(1 if quick else more(2, 9))
        ]
        (cold, warm), (bare_cold, bare_warm) = ([median(times) for times in zip(*side)] for side in zip(*visited))
        sent = [compressed(place, folder / name) for place, name in ((ours, "ours"), (peer, "peer"))]
        ours.stop()
        peer.stop()
        return [
            Row("first ticking code, cold", cold, bare_cold, "bare JupyterLite", Goal("ratio", 1.5)),
            Row("the same, in seconds", cold, bare_cold, "bare JupyterLite", Goal("ours", 10)),
            Row("first ticking code, warm", warm, bare_warm, "bare JupyterLite", Goal("ours", 7)),
            Row("sent for chapter 00, cold", *sent, "bare JupyterLite", Goal("ours", 25), "MB"),
            *found,
        ]


def launcher(folder: Path):
    """lab.py, which makes the site there."""
    lab = module(ROOT / "lab.py")
    lab.PYTHON, lab.prepare, lab.say = sys.executable, lambda extra: None, lambda text: None
    lab.SITE, lab.SITE_KEPT = str(folder / "site"), str(folder / "build")
    return lab


def module(path: Path):
    """A program's file, imported."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def bare(lab, ours: Path, peer: Path) -> None:
    """The same JupyterLite with Python as it was published, its own settings, and one line to print."""
    build = module(Path(lab.BUILD_LIVE))
    shutil.copytree(ours, peer)
    live = peer / "repository/live"
    for file, changes in build.CHANGED.items():
        build.change(live / file, [(new, old) for old, new in changes])
    packages = live / "static/pyodide"
    shutil.rmtree(packages)
    packages.mkdir()
    for path in build.published(Path(lab.LIVE)):
        shutil.copy(path, packages)
    build.lock(Path(lab.LIVE), packages)
    settings = json.loads((live / "jupyter-lite.json").read_text())
    kernel = settings["jupyter-config-data"]["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    del kernel["loadPyodideOptions"]
    (live / "jupyter-lite.json").write_text(json.dumps(settings))
    line = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"print({LINE!r})")])
    line.metadata = {"kernelspec": running.KERNEL, "language_info": {"name": "python"}}
    nbformat.write(line, live / "files" / CHAPTER)


def visits(place, seen, often: int) -> tuple[float, float]:
    """Seconds until the result is there, for somebody who has never been here, and for the same person again."""
    context = page.browser().new_context(viewport=page.SIZE)
    took = []
    for _ in range(often):
        reader = page.Reader(context.new_page(), place)
        reader.page.set_default_timeout(SECONDS * 1000)
        start = time.perf_counter()
        reader.open(CHAPTER)
        reader.begin_all()
        seen(reader)
        took.append(time.perf_counter() - start)
        reader.page.close()
    context.close()
    return took[0], took[-1]


def ticking(reader) -> None:
    reader.ticking()


def one_line(reader) -> None:
    reader.page.locator(".jp-OutputArea-output").get_by_text(LINE, exact=True).wait_for()


def size(folder: Path) -> float:
    """MB of all files."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def compressed(place, folder: Path) -> float:
    """MB of the files that were asked for, as a server sends them."""
    files = [folder / path.lstrip("/") for path in place.asked]
    contents = [file.read_bytes() for file in files if file.is_file()]
    return sum(min(len(content), len(gzip.compress(content, 6))) for content in contents) / 1e6
