"""A reader's hands at the live chapters: at a desk, on a phone, without a network, and what they hand in."""

import csv
import json
import re
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from accounts import URI
from conftest import NOTEBOOKS, Live, Visitor, launcher
from test_main_job import CHAPTER as FIRST_CHAPTER
from test_main_job import oathtool, scan_tick_type, scanned

from totp_teach import qr

CHAPTER = "01_shared_secret.ipynb"


@pytest.fixture
def visitor(browser, live):
    """Somebody who has never been here."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    visitor = Visitor(context, live)
    yield visitor
    context.close()
    assert visitor.asked_no_other_host()


# ---- answers, pictures, work that is kept and handed in --------------------------------------------------------------

ANSWERED = """async (code) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const future = kernel.requestExecute({ code });
  let said = '';
  future.onIOPub = ({ content }) => { said += content.text ?? content.traceback?.join('\\n') ?? ''; };
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
IN_OTHERS = 'import json\njson.loads("{")'  # a mistake that comes out in Python's library
IN_OURS = 'from totp_teach import secret\nsecret.decode("1")'
CONTENTS = "window.jupyterapp.serviceManager.contents"
KEPT = f"async () => JSON.stringify((await {CONTENTS}.get('{CHAPTER}', {{ content: true }})).content)"
RIGHT = """bits = lambda text: "".join(f"{secret.ALPHABET.index(letter):05b}" for letter in text)
decode = lambda text: bytes(int(bits(text)[i : i + 8], 2) for i in range(0, len(bits(text)) // 8 * 8, 8))"""
WRONG = "damaged = lambda text: False"


def into(visitor, id: str) -> None:
    """The cursor in the cell of that id, where what is typed takes the place of what is there."""
    page = visitor.page
    find = """(id) => {
      const notebook = window.jupyterapp.shell.currentWidget.content;
      const index = notebook.widgets.findIndex((cell) => cell.model.id === id);
      return notebook.scrollToItem(index, 'center').then(() => { notebook.activeCellIndex = index; });
    }"""
    page.evaluate(find, id)
    page.locator(".jp-Notebook-cell.jp-mod-active .cm-content").click()
    page.keyboard.press("Control+A")


def typed(visitor, id: str, source: str) -> None:
    """Into that cell, in place of what is there; Shift and Enter run it."""
    page = visitor.page
    into(visitor, id)
    page.keyboard.insert_text(source)
    page.keyboard.press("Shift+Enter")
    visitor.wait_idle()


def said_to(visitor, code: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", visitor.page.evaluate(ANSWERED, code))


def completed(visitor, id: str, text: str, begun: str) -> tuple[set[str], str]:
    """The names that the Tab key offers after a text in that cell, and what becomes of it with one begun and Enter."""
    page = visitor.page
    into(visitor, id)
    page.keyboard.type(text)
    page.keyboard.press("Tab")
    names = page.locator(".jp-Completer-item .jp-Completer-match")
    names.first.wait_for()
    found = {name.strip(".") for name in names.all_inner_texts()}
    page.keyboard.type(begun)
    page.keyboard.press("Enter")
    names.first.wait_for(state="hidden")
    return found, page.locator(".jp-Notebook-cell.jp-mod-active .cm-content").inner_text()


def test_answers_pictures_and_what_was_written(visitor, tmp_path, capfd):
    page = visitor.page
    visitor.open(CHAPTER)
    right, wrong, endless = page.evaluate(ANSWERED, ANSWERS).strip().splitlines()
    assert "03.1: right" in right and "03.1" in wrong and "right:" not in wrong
    assert "no answer within 12 seconds" in endless

    # A traceback says where, and why: of the library's compiled modules the lines alone are not there.
    told = said_to(visitor, IN_OTHERS)
    assert '----> 2 json.loads("{")' in told and re.search(r"json/decoder.py:\d+, in JSONDecoder.raw_decode", told)
    assert "JSONDecodeError: Expecting property name enclosed in double quotes" in told.splitlines()[-1]
    told = said_to(visitor, IN_OURS)
    assert '----> 2 secret.decode("1")' in told and re.search(r"--> \d+ +raise OtpError\(", told)
    assert "def decode(" in said_to(visitor, "import inspect; print(inspect.getsource(secret.decode))")

    typed(visitor, "4feb1f93", source := "from totp_teach import check, secret, widgets\nwidgets.Phone()")
    picture = {"name": "code.png", "mimeType": "image/png", "buffer": qr.make(URI).png()}
    page.get_by_label("Scan a picture of a QR code").set_input_files(picture)
    page.get_by_text("Added: Example: alice@example.com").wait_for()

    # Saved and downloaded by the menu, it is what a teacher grades.
    typed(visitor, "ab398314", RIGHT)
    names, line = completed(visitor, "c108d223", "secret.", "dec")
    assert {"ALPHABET", "decode", "encode", "random"} <= names and line == "secret.decode"
    typed(visitor, "c108d223", WRONG)
    visitor.menu("File", "Save Notebook")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    with page.expect_download() as coming:
        visitor.menu("File", "Download")
    handed_in = tmp_path / "handed in" / "alice" / coming.value.suggested_filename
    coming.value.save_as(handed_in)
    assert handed_in.name == CHAPTER and nbformat.read(handed_in, 4).cells[1].source == source
    assert launcher().grade([str(tmp_path / "handed in")]) == 0
    rows = list(csv.DictReader(capfd.readouterr().out.splitlines()))
    assert [(row["learner"], row["exercise"], row["status"]) for row in rows] == [
        ("alice", "01.1", "right"),
        ("alice", "01.2", "wrong"),
    ]

    # It is kept, and can be given up for what is published. The service worker stays, too.
    said = []
    page.on("console", lambda line: said.append(line.text))
    page.reload()
    visitor.wait_idle()
    assert said and not any("unregistering" in line for line in said)
    assert json.loads(page.evaluate(KEPT)) == json.loads(handed_in.read_text("utf-8"))
    assert page.get_by_text("widgets.Phone()").is_visible()
    visitor.start_again(CHAPTER)
    assert json.loads(page.evaluate(KEPT)) == json.loads((NOTEBOOKS / CHAPTER).read_text("utf-8"))

    # A link leads to the next chapter, in the same page.
    page.get_by_role("link", name="00 · Start here").first.click()
    page.get_by_role("tab", name="00_start_here.ipynb").wait_for()


# ---- on a phone ------------------------------------------------------------------------------------------------------


def test_scan_tick_type_on_a_phone(browser, live, tmp_path):
    """390 pixels wide, dark, and nothing but taps: the chapter has the width of the page, and all of it works."""
    screen = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "color_scheme": "dark"}
    context = browser.new_context(has_touch=True, is_mobile=True, **screen)
    reader = Visitor(context, live)
    page = reader.page
    page.goto(f"{live.address}/repository/")
    page.get_by_role("link", name="Start in this browser").tap()
    reader.wait_idle()
    page.wait_for_function("() => window.jupyterapp.shell.leftCollapsed")
    assert page.locator("body[data-jp-theme-light=false]").count() == 1
    page.get_by_role("menuitem", name="Run", exact=True).tap()
    page.get_by_text("Run All Cells", exact=True).tap()
    step, code = reader.ticking()

    square = page.get_by_role("img", name=re.compile("^QR code for totp_teach: scanned at"))
    uris = []
    for _ in range(60):  # cells above it that are still to be drawn move it
        square.scroll_into_view_if_needed()
        if uris := scanned(reader, tmp_path / "phone.png"):
            break
        page.wait_for_timeout(500)
    [uri] = uris
    secret = parse_qs(urlsplit(uri).query)["secret"][0]
    for part in (square, page.locator(".totp-ticking").first, page.get_by_label("Code from your phone")):
        box = part.bounding_box()
        assert box["x"] >= 0 and box["width"] > 100 and box["x"] + box["width"] <= 390

    step, code = reader.ticking()
    assert code == oathtool(secret, step)
    field = page.get_by_label("Code from your phone")
    field.tap()
    page.keyboard.type(code)
    page.get_by_role("button", name="Check", exact=True).tap()
    page.get_by_text(re.compile(f"^Accepted: the code of step {step:,}".replace(",", "."))).wait_for()
    reader.theme("light")  # a choice counts for more than the system
    assert reader.errors() == reader.complaints == []
    context.close()
    assert reader.asked_no_other_host()


# ---- without a network -----------------------------------------------------------------------------------------------

ALL_KEPT = """async (address) => {
  const cache = await caches.open('precache');
  const loaded = performance.getEntriesByType('resource').map((entry) => entry.name);
  const files = loaded.filter((url) => url.startsWith(location.origin) && !/[/]api[/]|service-worker/.test(url));
  const kept = await Promise.all([address, ...files].map((url) => cache.match(url)));
  return kept.length > 50 && kept.every(Boolean);
}"""


def test_scan_tick_type_and_once_more_without_a_network(browser, site, tmp_path):
    """Even if the browser may keep nothing by itself, and has stopped the service worker meanwhile."""
    live = Live(site.parent, headers={"Cache-Control": "no-cache"})
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    reader = Visitor(context, live)
    scan_tick_type(reader, tmp_path)
    assert reader.asked_no_other_host()
    for _ in range(120):
        if kept := reader.page.evaluate(ALL_KEPT, live.url(FIRST_CHAPTER)):  # wait_for_function waits for no promise
            break
        reader.page.wait_for_timeout(500)
    assert kept
    devtools = context.new_cdp_session(reader.page)
    devtools.send("ServiceWorker.enable")
    devtools.send("ServiceWorker.stopAllWorkers")
    reader.page.close()
    live.stop()

    reader = Visitor(context, live)
    reader.open(FIRST_CHAPTER)
    reader.run_all()
    assert reader.errors() == []
    context.close()
