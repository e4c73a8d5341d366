"""The README's picture, taken of the real page: `python tests/browser/pictures.py` (with the course's .venv)."""

import shutil
import socket
import tempfile
from pathlib import Path

from conftest import BROWSERS, NOTEBOOKS, QUIET, Lab, Reader
from playwright.sync_api import sync_playwright

from totp_teach import jupyter

CHAPTER = "notebooks/00_start_here.ipynb"
PICTURE = NOTEBOOKS / "pictures" / "start_here.png"


def take(lab: Lab, browser) -> None:
    """Chapter 00 after Run All: the square to scan, and the ticking code."""
    context = browser.new_context(viewport={"width": 1180, "height": 2600}, device_scale_factor=1.5)
    reader = Reader(context.new_page(), lab)
    reader.open(CHAPTER)
    reader.run_all()
    reader.command("application:toggle-left-area")
    page = reader.page
    heading, ticking = page.get_by_role("heading", name="Scan this"), page.locator(".totp-ticking")
    heading.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)  # JupyterLab draws after scrolling
    top, end, panel = (place.bounding_box() for place in (heading, ticking, page.locator(".jp-Notebook").first))
    height = end["y"] + end["height"] - top["y"] + 24
    clip = {"x": panel["x"], "y": top["y"] - 12, "width": panel["width"], "height": height}
    page.screenshot(path=PICTURE, clip=clip, animations="disabled")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home, root = Path(folder, "home"), Path(folder, "lab")
        home.mkdir()
        jupyter.settings(str(home))
        shutil.copytree(NOTEBOOKS, root / "notebooks")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            lab = Lab(root, home, probe.getsockname()[1])
        lab.start()
        try:
            path = next(filter(None, map(shutil.which, BROWSERS)))
            take(lab, playwright.chromium.launch(executable_path=path, args=QUIET))
        finally:
            lab.stop()
    print(PICTURE)


if __name__ == "__main__":
    main()
