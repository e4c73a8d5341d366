"""Every chapter as it is stored, opened for the first time: nothing runs, nothing is cut off, nothing is hard to read."""

import pytest
from conftest import NOTEBOOKS
from test_live import found_by_axe

CHAPTERS = sorted(path.name for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
SCROLLBAR = 15  # pixels, which a window has at its side: playwright hides it, and one as high as this needs none
LOOKS = ((900 - SCROLLBAR, "light"), (640, "dark"))  # 1280 pixels at 200 % are 640
HEIGHT = 900
# Around these the page is JupyterLab's. A chapter's prose has no colours of its own, so its contrast in the dark is, too.
OURS = {"light": ".jp-OutputArea-output, .jp-MarkdownOutput", "dark": ".jp-OutputArea-output"}

OPEN = """async (path) => {
  const { commands, shell } = window.jupyterapp;
  await commands.execute('application:close-all');
  const kernelPreference = { shouldStart: false, canStart: false, autoStartDefault: false };
  const { content, revealed, context } = await commands.execute('docmanager:open', { path, kernelPreference });
  await Promise.all([revealed, context.ready]);
  shell.collapseLeft();
  return content.widgets.length;
}"""
READY = """(count) => {
  if (innerWidth - document.querySelector('.jp-Notebook').getBoundingClientRect().right > 60) return false; // grows yet
  const cells = [...document.querySelectorAll('.jp-Notebook .jp-Cell')];
  const rendered = cells.filter((cell) => cell.querySelector('.jp-MarkdownOutput > *, .jp-InputArea-editor .cm-line'));
  return rendered.length === count && [...document.images].every((image) => image.complete && image.naturalWidth);
}"""
# What reaches over the page's edge, and what has to be scrolled sideways: in a small window too much, and at twice the
# size (scrolls: true) only if it is no table.
CUT = """(scrolls) => [...document.querySelectorAll('.jp-OutputArea-output *, .jp-MarkdownOutput *')].filter((node) => {
  const edge = node.closest('.jp-OutputArea-output, .jp-MarkdownOutput').getBoundingClientRect().right;
  const scroller = '[style*="overflow-x"]';
  if (scrolls && node.parentElement.closest(scroller)) return false;
  const hides = ['auto', 'scroll', 'hidden'].includes(getComputedStyle(node).overflowX);
  const cuts = hides && !(scrolls && node.matches(scroller)) && node.scrollWidth > node.clientWidth + 1;
  return node.getBoundingClientRect().right > edge + 1 || cuts;
}).map((node) => node.outerHTML.slice(0, 200))"""


@pytest.fixture
def whole_pages(lab):
    """JupyterLab puts every cell on the page at once, and not those near the screen first and the others when it is idle."""
    lab.setting("notebook-extension:tracker", windowingMode="none")
    yield
    lab.setting("notebook-extension:tracker")


def test_a_chapter_opened_for_the_first_time(whole_pages, new_reader):
    """In a window of 900 pixels in the light theme, and at twice the size in the dark one.

    The chapters change the order in turn: a change of theme is half a second. What axe says does not depend on the theme,
    but for the contrast.
    """
    reader = new_reader(viewport={"width": 640, "height": HEIGHT})
    page = reader.page
    page.goto(reader.lab.url("notebooks"))
    page.wait_for_function("window.jupyterapp?.shell.currentWidget")
    assert len(CHAPTERS) == 11
    found = []
    for number, name in enumerate(CHAPTERS):
        cells = page.evaluate(OPEN, f"notebooks/{name}")
        for width, theme in LOOKS[:: 1 if number % 2 else -1]:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.wait_for_function(READY, arg=cells)
            found += [(name, width, "cut off", node) for node in page.evaluate(CUT, width < 700)]
            assert page.get_by_text("Error displaying widget").count() == 0
            only = None if theme == "light" else ["color-contrast"]
            found += [(name, width, *each) for each in found_by_axe(reader, OURS[theme], (theme,), only)]
    assert not found, "\n".join(map(str, found))
