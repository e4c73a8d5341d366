"""Every chapter as it is stored, opened for the first time: nothing runs, nothing is cut off, nothing is hard to read."""

import pytest
from conftest import NOTEBOOKS
from test_live import found_by_axe

CHAPTERS = sorted(path.name for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
SCROLLBAR = 15  # pixels, which a window has at its side: playwright hides it, and one as high as this needs none
LOOKS = {"900 pixels, light": (900 - SCROLLBAR, "light"), "200 %, dark": (640, "dark")}  # 1280 pixels at 200 % are 640
TALL = 20_000  # pixels: JupyterLab puts only those cells on the page that are near the screen
OURS = ".jp-OutputArea-output, .jp-MarkdownOutput"  # around it, the page is JupyterLab's

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


@pytest.mark.parametrize(("width", "theme"), LOOKS.values(), ids=LOOKS)
def test_a_chapter_opened_for_the_first_time(new_reader, width, theme):
    reader = new_reader(viewport={"width": width, "height": TALL})
    page = reader.page
    page.goto(reader.lab.url("notebooks"))
    page.wait_for_function("window.jupyterapp?.shell.currentWidget")
    assert len(CHAPTERS) == 11
    found = []
    for name in CHAPTERS:
        cells = page.evaluate(OPEN, f"notebooks/{name}")
        page.wait_for_function(READY, arg=cells)
        found += [(name, "cut off", node) for node in page.evaluate(CUT, True)]
        assert page.get_by_text("Error displaying widget").count() == 0
        found += [(name, *each) for each in found_by_axe(reader, OURS, (theme,))]
    assert not found, "\n".join(map(str, found))
