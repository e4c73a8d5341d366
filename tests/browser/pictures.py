"""Pictures of the real pages, taken in JupyterLab (run it with the course's .venv).

    python tests/browser/pictures.py                        the README's pictures, into notebooks/pictures
    python tests/browser/pictures.py chapters FOLDER        every chapter, to look at, in pieces, light and dark
    python tests/browser/pictures.py chapters FOLDER 03 07 --width 900 --zoom 2 --stored
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import NOTEBOOKS, QUIET, Lab, Reader, find_browser, new_lab
from playwright.sync_api import sync_playwright

PICTURES = NOTEBOOKS / "pictures"
THEMES = ("light", "dark")
PIECE = 1600  # pixels of the page, whatever the zoom
PANEL = ".jp-WindowedPanel-outer"
HEIGHTS = """(panel) => {
  panel.scrollTop = 0;
  const end = panel.querySelector('.jp-Cell:last-child').getBoundingClientRect().bottom;
  return [Math.ceil(end - panel.getBoundingClientRect().top), panel.clientHeight];
}"""


def start_here(browser, lab: Lab) -> None:
    """Chapter 00 after Run All: the square to scan, and the ticking code."""
    context = browser.new_context(viewport={"width": 1180, "height": 2600}, device_scale_factor=1.5)
    reader = Reader(context.new_page(), lab)
    reader.open("notebooks/00_start_here.ipynb")
    reader.run_all()
    reader.command("application:toggle-left-area")
    page = reader.page
    heading, ticking = page.get_by_role("heading", name="Scan this"), page.locator(".totp-ticking")
    heading.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)  # JupyterLab draws after scrolling
    top, end, panel = (place.bounding_box() for place in (heading, ticking, page.locator(".jp-Notebook").first))
    height = end["y"] + end["height"] - top["y"] + 24
    clip = {"x": panel["x"], "y": top["y"] - 12, "width": panel["width"], "height": height}
    page.screenshot(path=PICTURES / "start_here.png", clip=clip, animations="disabled")


def chapters(browser, lab: Lab, wanted: argparse.Namespace) -> None:
    """Each chapter from its head to its foot, in pieces, as files like 03_dynamic_truncation-dark-2.png."""
    wanted.folder.mkdir(parents=True, exist_ok=True)
    size = {"width": round(wanted.width / wanted.zoom), "height": round(PIECE / wanted.zoom)}
    for path in sorted(lab.root.glob("notebooks/**/[0-9][0-9]_*.ipynb")):
        name = "-".join(path.relative_to(lab.root / "notebooks").with_suffix("").parts)
        if wanted.chapters and not name.startswith(tuple(wanted.chapters)):
            continue
        context = browser.new_context(viewport=size, device_scale_factor=wanted.zoom)
        reader = Reader(context.new_page(), lab)
        reader.page.set_default_timeout(180_000)  # chapter 09 attacks a server
        reader.open(str(path.relative_to(lab.root)))
        if not wanted.stored:
            reader.run_all()
        reader.command("application:set-mode", mode="single-document")
        reader.page.evaluate("window.jupyterapp.shell.collapseLeft()")
        for theme in THEMES:
            reader.theme(theme)
            for number, picture in enumerate(pieces(reader.page)):
                (wanted.folder / f"{name}-{theme}-{number}.png").write_bytes(picture)
        context.close()
        lab.shut_down_kernels()


def pieces(page) -> Iterator[bytes]:
    """A notebook's whole page, as pictures of what its panel shows while it scrolls."""
    page.mouse.move(0, 0)  # else what lies under it shows its buttons
    panel = page.locator(PANEL)
    total, shown = panel.evaluate(HEIGHTS)
    for top in range(0, total, shown):
        panel.evaluate("(panel, top) => panel.scrollTop = top", top)
        page.wait_for_function("() => [...document.images].every((one) => one.complete)")
        page.wait_for_timeout(200)
        yield panel.screenshot(animations="disabled")


@contextmanager
def opened():
    """Chromium, and a JupyterLab on a copy of the notebooks that keeps every cell of a notebook on the page."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = new_lab(Path(folder))
        whole = '{"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}'
        Path(lab.home, "share/jupyter/lab/settings/overrides.d/whole.json").write_text(whole)
        shutil.copytree(NOTEBOOKS, lab.root / "notebooks")
        lab.start()
        try:
            yield playwright.chromium.launch(executable_path=find_browser(), args=QUIET), lab
        finally:
            lab.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(folder=None)
    what = parser.add_subparsers(metavar="chapters").add_parser("chapters", help="pictures of whole chapters")
    what.add_argument("folder", type=Path, help="where to write them; it is made")
    what.add_argument("chapters", nargs="*", help="how their names begin: 03, or solutions-03; all, if none is given")
    what.add_argument("--width", type=int, default=1280, help="of the window, in pixels")
    what.add_argument("--zoom", type=float, default=1, help="2 is what a browser calls 200 %%")
    what.add_argument("--stored", action="store_true", help="as they are stored, not run")
    wanted = parser.parse_args()
    with opened() as (browser, lab):
        if wanted.folder:
            return chapters(browser, lab, wanted)
        start_here(browser, lab)


if __name__ == "__main__":
    main()
