"""The login server as a person meets it: in Chromium, with the QR code off the screen and codes by oathtool."""

import shutil
import subprocess
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from totp_teach import login, otpauth, qr, secret

PASSWORD = "correct horse"


@pytest.fixture
def server():
    with login.start() as server:
        yield server


@pytest.fixture
def new_person(browser, server):
    """People at browsers of their own, and what their browsers complain of."""
    contexts = []

    def make(**options):
        contexts.append(browser.new_context(viewport={"width": 800, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.complaints = []
        page.on("console", lambda line: line.type in ("error", "warning") and page.complaints.append(line.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(server.url)
        return page

    yield make
    for context in contexts:
        context.close()


def oathtool(key: bytes, seconds: int = 0) -> str:
    """The code of another program; of the next step with seconds=30, which a window of one accepts as well."""
    if not shutil.which("oathtool"):
        pytest.skip("oathtool is not installed")
    command = ["oathtool", "--totp", "-b", f"--now=@{int(time.time()) + seconds}", secret.encode(key)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def early_in_a_step() -> None:
    """Waits until there are enough seconds left for what comes next."""
    if time.time() % 30 > 20:
        time.sleep(30 - time.time() % 30)


def fill(page, **fields: str) -> None:
    """A form, as a person fills it in: by its labels, and with Enter at the end."""
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " ")).fill(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sign_up(page) -> None:
    page.get_by_role("link", name="Sign up").click()
    fill(page, Name="alice", Password=PASSWORD)
    page.get_by_role("status").get_by_role("link", name="log in").click()
    fill(page, Name="alice", Password=PASSWORD)


def log_in(page) -> None:
    page.get_by_role("link", name="Log in").click()
    fill(page, Name="alice", Password=PASSWORD)


def log_out(page) -> None:
    page.get_by_role("button", name="Log out").click()


def test_the_whole_story(new_person, tmp_path):
    alice = new_person()
    sign_up(alice)
    alice.get_by_role("button", name="Set up codes").click()
    alice.get_by_role("img", name="QR code").wait_for()
    [uri] = qr.read(alice.screenshot(path=tmp_path / "enrol.png"))
    account = otpauth.parse(uri)
    assert (account.issuer, account.name) == ("totp_teach", "alice")

    early_in_a_step()
    confirmed = oathtool(account.key)
    fill(alice, Code_from_your_phone=confirmed)
    alice.get_by_role("heading", name="Now write these down").wait_for()
    recovery = alice.locator("ol.recovery li").all_inner_texts()
    assert len(set(recovery)) == 10
    alice.get_by_role("link", name="I have them").click()
    log_out(alice)

    log_in(alice)
    code = oathtool(account.key, seconds=30)
    fill(alice, Code_from_your_phone=f"{code[:3]} {code[3:]}")
    alice.get_by_role("heading", name="You are logged in as alice").wait_for()

    mallory = new_person()  # who saw both over her shoulder
    log_in(mallory)
    for seen in (code, confirmed):
        fill(mallory, Code_from_your_phone=seen)
        assert "That code is not accepted." in mallory.get_by_role("alert").inner_text()
    mallory.goto(mallory.url.replace("/code", "/account"))
    mallory.get_by_role("heading", name="Enter the code").wait_for()

    log_out(alice)
    for expected in ("You are logged in as alice", "Use a recovery code"):  # the second time it is refused
        log_in(alice)
        alice.get_by_role("link", name="Use a recovery code").click()
        fill(alice, Recovery_code=recovery[0].lower())
        alice.get_by_role("heading", name=expected).wait_for()
        if expected.startswith("You"):
            assert "Recovery codes left: 9." in alice.get_by_role("main").inner_text()
            log_out(alice)
    assert "not accepted" in alice.get_by_role("alert").inner_text()

    refusals = [person.complaints for person in (alice, mallory)]  # of which Chromium keeps a note
    assert ["403 (Forbidden)" in complaint for complaint in sum(refusals, [])] == [True] * 3


def test_fields_say_what_they_are_for(new_person):
    """A password manager fills in what is his; a phone shows digits, and offers the code that has come."""
    alice = new_person()
    sign_up(alice)
    alice.get_by_role("button", name="Set up codes").click()
    field = alice.get_by_label("Code from your phone")
    assert field.get_attribute("autocomplete") == "one-time-code"
    assert field.get_attribute("inputmode") == "numeric"
    expected = {"signup": ["username", "new-password"], "login": ["username", "current-password"]}
    for name, purposes in expected.items():
        alice.goto(alice.url.rpartition("/")[0] + f"/{name}")
        found = [alice.get_by_label(label).get_attribute("autocomplete") for label in ("Name", "Password")]
        assert found == purposes


CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = parse(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const found = {};
  for (const element of document.querySelectorAll('main *')) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!text || !element.getClientRects().length) continue;
    const [one, two] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    found[`${element.tagName}.${element.className}: ${element.textContent.slice(0, 30)}`] = (one + 0.05) / (two + 0.05);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_readable_in_both_themes(new_person, tmp_path, scheme):
    alice = new_person(color_scheme=scheme)
    seen = 0
    for step in ("home", "account", "enrol", "refused"):
        if step == "account":
            sign_up(alice)
            alice.get_by_role("button", name="Set up codes").wait_for()
        if step == "enrol":
            alice.get_by_role("button", name="Set up codes").click()
            alice.get_by_role("img", name="QR code").wait_for()
        if step == "refused":
            fill(alice, Code_from_your_phone="12")
            alice.get_by_role("alert").wait_for()
        found = alice.evaluate(CONTRAST)
        assert {text: ratio for text, ratio in found.items() if ratio < 4.5} == {}
        seen += len(found)
        alice.screenshot(path=tmp_path / f"{step}-{scheme}.png")
    assert seen > 25
    background = alice.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 22, 22)"}[scheme]
    assert len(qr.read(alice.screenshot())) == 1  # black on white in either


def test_it_works_without_a_mouse_and_shows_where_one_is(new_person):
    alice = new_person()
    sign_up(alice)
    alice.get_by_role("heading", name="You are logged in").wait_for()
    found = []
    for _ in range(6):
        alice.keyboard.press("Tab")
        focused = alice.evaluate("[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineWidth]")
        if focused[0] == "BODY":
            break
        found.append(focused)
    assert [tag for tag, _ in found] == ["BUTTON", "DIV", "BUTTON"]
    assert {width for _, width in found} == {"3px"}


def test_it_fits_a_phone(new_person):
    alice = new_person()
    alice.set_viewport_size({"width": 320, "height": 640})
    sign_up(alice)
    alice.get_by_role("button", name="Set up codes").click()
    alice.get_by_role("img", name="QR code").wait_for()
    assert alice.evaluate("document.documentElement.scrollWidth") <= 320
    assert len(qr.read(alice.screenshot(full_page=True))) == 1


ATTACK = """<form method="post" action="{url}enrol"><button>Win a prize</button></form><iframe src="{url}"></iframe>"""


@pytest.fixture
def somebody_else(tmp_path):
    """Another server, with the files of a folder."""
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=tmp_path))
    threading.Thread(target=server.serve_forever).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("on", [False, True], ids=["without the defences", "with them"])
def test_what_a_page_of_somebody_else_can_do(new_person, somebody_else, tmp_path, on):
    """One on another port of this computer, to which the browser sends the cookies too: it frames, and acts."""
    with login.start(defences=login.Defences(xsrf=on, headers=on)) as victim:
        alice = new_person()
        alice.goto(victim.url)
        sign_up(alice)
        alice.get_by_role("heading", name="You are logged in").wait_for()
        (tmp_path / "attack.html").write_text(ATTACK.format(url=victim.url))
        alice.goto(f"http://127.0.0.1:{somebody_else.server_port}/attack.html")
        framed = [frame.get_by_role("link", name="Go on as alice").count() for frame in alice.frames[1:]]
        assert framed == [0 if on else 1]
        with alice.expect_navigation():
            alice.get_by_role("button", name="Win a prize").click()
        shown = alice.get_by_role("main").inner_text()
        assert ("came from another site" if on else "Set up codes") in shown
