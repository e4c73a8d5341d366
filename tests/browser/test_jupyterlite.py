"""The chapters live: JupyterLab and Python in the page, made as lab.py makes them, from a server that only hands out files."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from accounts import URI
from conftest import NOTEBOOKS, Live, new_visitor
from test_main_job import scan_tick_type

from totp_teach import qr
from totp_teach.jupyter.running import ANSWER

ROOT = NOTEBOOKS.parent
CHAPTERS = sorted(path.name for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
NEEDS_A_SERVER = "09_build_a_login.ipynb"
SAID = ("Not in a browser: a login server is a process of its own", "Not in a browser: this needs ")


@pytest.fixture
def visitor(browser, live):
    """Somebody who has never been here, and `hosts`, what their browser asks."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield new_visitor(context, live)
    context.close()


CELLS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
  .map((cell) => cell.toJSON()).filter((cell) => cell.cell_type === 'code')"""


def told(cell: dict) -> list[str]:
    """What a cell's outputs say, as text: of a picture or a widget the words that stand for it."""
    found = []
    for output in cell["outputs"]:
        if output["output_type"] == "error":
            found.append(f"{output['ename']}: {output['evalue']}")
            continue
        text = "".join(output.get("text") or output["data"].get("text/plain", "")).removeprefix(ANSWER)
        if output["output_type"] == "stream" and found and found[-1].startswith(f"{output['name']}: "):
            found[-1] += text
        else:
            found.append(f"{output.get('name', 'data')}: {text}")
    return found


def stored(path: str) -> list[dict]:
    cells = json.loads((NOTEBOOKS / path).read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", [*CHAPTERS, "solutions/01_shared_secret.ipynb"])
def test_all_cells_run_and_say_what_is_stored(visitor, live, path):
    visitor.open(path)
    visitor.run_all()
    before, after = stored(path), visitor.page.evaluate(CELLS)
    assert len(CHAPTERS) == 11 and len(before) == len(after) > 2
    differing = [(told(one), told(other)) for one, other in zip(before, after) if told(one) != told(other)]
    if path == NEEDS_A_SERVER:
        assert 5 < len(differing) < 15
        for _, now in differing:
            assert len(now) == 1 and now[0].removeprefix("stdout: ").startswith(SAID) and now[0].count("\n") == 1
    else:
        assert differing == []
    assert visitor.hosts - {""} == {urlsplit(live.address).netloc}  # "" is what the page itself holds


def test_scan_tick_type_in_the_page_alone(visitor, tmp_path):
    scan_tick_type(visitor, tmp_path)


# ---- a reader's hands ------------------------------------------------------------------------------------------------

TYPED = """async (source) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.findIndex((cell) => cell.model.type === 'code');
  notebook.activeCell.model.sharedModel.setSource(source);
  await window.jupyterapp.commands.execute('notebook:run-cell');
}"""
ANSWERED = """async (code) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const future = kernel.requestExecute({ code });
  let said = '';
  future.onIOPub = (message) => { said += message.content.text ?? message.content.evalue ?? ''; };
  await future.done;
  return said;
}"""
ANSWERS = """
from totp_teach import check
print(check.made_to_order(lambda wanted: int(wanted).to_bytes(4, "big") + bytes(16)))
print(check.made_to_order(lambda wanted: int(wanted).to_bytes(4, "little") + bytes(16)))
def endless(wanted):
    while True: wanted += "0"
print(check.made_to_order(endless))
"""
FIRST = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
  .find((cell) => cell.type === 'code').sharedModel.getSource()"""
CHAPTER = "01_shared_secret.ipynb"


def test_answers_pictures_and_what_was_written(visitor, tmp_path):
    page = visitor.page
    visitor.open(CHAPTER)
    right, wrong, endless = page.evaluate(ANSWERED, ANSWERS).strip().splitlines()
    assert "03.1: right" in right and "03.1" in wrong and "right:" not in wrong
    assert "no answer within 3 seconds" in endless

    source = "from totp_teach import widgets\nwidgets.Phone()"
    page.evaluate(TYPED, source)
    picture = {"name": "code.png", "mimeType": "image/png", "buffer": qr.make(URI).png()}
    page.get_by_label("Scan a picture of a QR code").set_input_files(picture)
    page.get_by_text("Added: Example: alice@example.com").wait_for()

    # It is kept, can be handed in, and be given up for what is published.
    visitor.command("docmanager:save")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    contents = "window.jupyterapp.serviceManager.contents"
    ask = f"async () => JSON.stringify((await {contents}.get('{CHAPTER}', {{ content: true }})).content)"
    (tmp_path / CHAPTER).write_text(page.evaluate(ask))
    assert nbformat.read(tmp_path / CHAPTER, 4).cells[1].source == source
    page.reload()
    visitor.wait_idle()
    assert page.evaluate(FIRST) == source
    page.evaluate(f"() => {contents}.delete('{CHAPTER}')")
    assert json.loads(page.evaluate(ask)) == json.loads((NOTEBOOKS / CHAPTER).read_text("utf-8"))

    # A link leads to the next chapter, in the same page.
    page.get_by_role("link", name="00 · Start here").first.click()
    page.get_by_role("tab", name="00_start_here.ipynb").wait_for()


def test_on_a_phone_the_chapter_has_the_width_of_the_page(browser, live):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    reader = new_visitor(context, live)
    reader.open("notebooks/00_start_here.ipynb")
    reader.page.wait_for_function("() => window.jupyterapp.shell.leftCollapsed")
    reader.command("notebook:run-all-cells")
    reader.ticking()
    box = reader.page.locator(".totp-ticking").first.bounding_box()
    assert box["x"] > 0 and box["width"] > 200 and box["x"] + box["width"] <= 390
    context.close()


# ---- without a network, and with another engine ----------------------------------------------------------------------


ALL_KEPT = """async () => {
  const cache = await caches.open('precache');
  const loaded = performance.getEntriesByType('resource').map((entry) => entry.name);
  const files = loaded.filter((url) => url.startsWith(location.origin) && !/[/]api[/]|service-worker/.test(url));
  const kept = await Promise.all([location.href, ...files].map((url) => cache.match(url)));
  return kept.length > 50 && kept.every(Boolean);
}"""


def test_what_was_visited_once_is_there_without_a_network(browser, folder):
    """Even if the browser may keep nothing by itself, and has stopped the service worker meanwhile."""
    live, context = Live(folder, headers={"Cache-Control": "no-cache"}), browser.new_context()
    reader = new_visitor(context, live)
    reader.open("notebooks/00_start_here.ipynb")
    reader.run_all()
    reader.page.wait_for_function(ALL_KEPT)
    devtools = context.new_cdp_session(reader.page)
    devtools.send("ServiceWorker.enable")
    devtools.send("ServiceWorker.stopAllWorkers")
    reader.page.close()
    live.stop()

    reader = new_visitor(context, live)
    reader.open("notebooks/00_start_here.ipynb")
    reader.run_all()
    assert reader.errors() == []
    context.close()


# ---- the helper's own tests, in WebAssembly and Python 3.14 ----------------------------------------------------------

HELPER = ["secret", "hotp", "totp", "otpauth", "otpauth_account", "otpauth_cases", "verifier", "mistakes", "diagnose"]
HELPER += ["check", "check_05_10"]
# What cannot run there: a kernel and a worker are processes; nothing interrupts a sleep; a loaded machine's clock is no
# measure. And what takes half a minute each.
LEFT_OUT = "in_a_kernel or log_in_processes or sleeps or the_cost_grows or two_mistakes_are_found or a_report_of_2017"
LEFT_OUT += " or at_a_terminal or one_mistake_explains or (looks_right_for_most and (totp or counter))"


def test_the_helpers_own_tests_pass_in_the_browsers_python(folder):
    packages = Path(pytest.__file__).parents[1]
    command = [
        shutil.which("node"),
        str(ROOT / "tests/interop/pyodide.mjs"),
        str(folder / "repository/live/static/pyodide"),
    ]
    chosen = [*[f"tests/unit/test_{name}.py" for name in HELPER], "-k", f"not ({LEFT_OUT})"]
    run = subprocess.run([*command, str(ROOT), str(packages), *chosen], capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    passed, skipped = (int(re.search(rf"(\d+) {word}", run.stdout)[1]) for word in ("passed", "skipped"))
    assert passed > 2000 and skipped < 80
