"""Pictures of the real pages, taken in JupyterLab (run it with the course's .venv).

python tests/browser/pictures.py                        the README's pictures, into notebooks/pictures
python tests/browser/pictures.py chapters FOLDER        every chapter, to look at, in pieces, light and dark
python tests/browser/pictures.py chapters FOLDER 03 07 --width 900 --zoom 2 --stored
"""

import argparse
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import NOTEBOOKS, QUIET, Lab, Reader, find_browser, new_lab
from PIL import Image
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


def at(browser, lab: Lab, chapter: str, run: bool = True, **options) -> Reader:
    """A reader at a chapter, after Run All, with nothing beside it."""
    context = browser.new_context(
        **{"viewport": {"width": 1000, "height": 2600}, "device_scale_factor": 1.5, **options}
    )
    reader = Reader(context.new_page(), lab)
    reader.page.set_default_timeout(180_000)  # chapter 09 attacks a server
    reader.open(chapter)
    if run:
        reader.run_all()
    reader.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    return reader


def taken(page, clip: dict) -> Image.Image:
    """What the page shows there."""
    return Image.open(io.BytesIO(page.screenshot(clip=clip, animations="disabled"))).convert("RGB")


def start_here(browser, lab: Lab) -> None:
    """Chapter 00: the square to scan, and below it the ticking code."""
    page = at(browser, lab, "notebooks/00_start_here.ipynb").page
    shown = []
    for cell in (page.locator(".jp-CodeCell").filter(has_text=name) for name in ("ScanCard(", "TickingCode(")):
        cell.scroll_into_view_if_needed()
        page.mouse.move(0, 0)
        page.wait_for_timeout(1000)  # JupyterLab draws after scrolling
        shown.append(taken(page, {**cell.bounding_box(), "width": 850}))
    whole = Image.new("RGB", (shown[0].width, sum(one.height for one in shown)), "white")
    whole.paste(shown[0], (0, 0))
    whole.paste(shown[1], (0, shown[0].height))
    whole.quantize(128, dither=Image.Dither.NONE).save(PICTURES / "start_here.png", optimize=True)


def run_all(browser, lab: Lab) -> None:
    """The menu that runs a chapter, opened, in each theme."""
    for theme in THEMES:
        reader = at(browser, lab, "notebooks/00_start_here.ipynb", run=False, viewport={"width": 760, "height": 500})
        reader.theme(theme)
        page = reader.page
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).hover()
        page.wait_for_timeout(500)
        clip = {"x": 0, "y": 0, "width": 640, "height": 330}
        taken(page, clip).quantize(64, dither=Image.Dither.NONE).save(PICTURES / f"run_all_{theme}.png", optimize=True)
        page.context.close()


def truncation(browser, lab: Lab) -> None:
    """Chapter 03: the film of dynamic truncation for counter 1, frame by frame, as a moving picture in each theme."""
    reader = at(browser, lab, "notebooks/03_dynamic_truncation.ipynb")
    page, film = reader.page, reader.page.locator(".totp-stepper")
    for theme in THEMES:
        reader.theme(theme)
        film.scroll_into_view_if_needed()
        film.get_by_role("button", name="Play").focus()
        page.keyboard.press("Home")
        page.wait_for_timeout(1000)  # JupyterLab draws after scrolling
        frames = []
        for _ in range(9):
            stage = film.locator(".totp-shown").bounding_box()
            told = film.locator(".totp-told").bounding_box()
            clip = {
                "x": stage["x"] - 12,
                "y": stage["y"] - 8,
                "width": 800,
                "height": told["y"] + told["height"] + 12 - stage["y"],
            }
            frames.append(taken(page, clip))
            page.keyboard.press("ArrowRight")
        frames[0].save(
            PICTURES / f"truncation_{theme}.webp",
            save_all=True,
            append_images=frames[1:],
            loop=0,
            lossless=True,
            duration=[1500, *[2000] * 7, 5000],
        )


def chapters(browser, lab: Lab, wanted: argparse.Namespace) -> None:
    """Each chapter from its head to its foot, in pieces, as files like 03_dynamic_truncation-dark-2.png."""
    wanted.folder.mkdir(parents=True, exist_ok=True)
    size = {"width": round(wanted.width / wanted.zoom), "height": round(PIECE / wanted.zoom)}
    for path in sorted(lab.root.glob("notebooks/**/[0-9][0-9]_*.ipynb")):
        name = "-".join(path.relative_to(lab.root / "notebooks").with_suffix("").parts)
        if wanted.chapters and not name.startswith(tuple(wanted.chapters)):
            continue
        place = str(path.relative_to(lab.root))
        reader = at(browser, lab, place, run=not wanted.stored, viewport=size, device_scale_factor=wanted.zoom)
        reader.command("application:set-mode", mode="single-document")
        for theme in THEMES:
            reader.theme(theme)
            for number, picture in enumerate(pieces(reader.page)):
                (wanted.folder / f"{name}-{theme}-{number}.png").write_bytes(picture)
        reader.page.context.close()
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
        run_all(browser, lab)
        truncation(browser, lab)


if __name__ == "__main__":
    main()
