"""The login server as a person meets it: in Chromium, with the QR code off the screen and codes by oathtool."""

import shutil
import subprocess
import threading
import time
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path

import nbformat
import pytest
from conftest import QUIET, find_browser
from test_live import ASK_AXE, AXE

from totp_teach import login, otpauth, qr, secret

PASSWORD = "correct horse"
SOLUTIONS = Path(__file__).parents[2] / "notebooks" / "solutions" / "09_build_a_login.ipynb"


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


def begin_enrolment(page) -> None:
    page.get_by_role("link", name="Set up codes").click()
    fill(page, Password=PASSWORD)


def log_in(page) -> None:
    page.get_by_role("link", name="Log in").click()
    fill(page, Name="alice", Password=PASSWORD)


def log_out(page) -> None:
    page.get_by_role("button", name="Log out").click()


def test_the_whole_story(new_person, tmp_path):
    alice = new_person()
    sign_up(alice)
    begin_enrolment(alice)
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
    assert ["403 (Forbidden)" in complaint for complaint in chain(*refusals)] == [True] * 3


def test_fields_say_what_they_are_for(new_person):
    """A password manager fills in what is his; a phone shows digits, and offers the code that has come."""
    alice = new_person()
    sign_up(alice)
    begin_enrolment(alice)
    field = alice.get_by_label("Code from your phone")
    assert field.get_attribute("autocomplete") == "one-time-code"
    assert field.get_attribute("inputmode") == "numeric"
    expected = {"signup": ["username", "new-password"], "login": ["username", "current-password"]}
    for name, purposes in expected.items():
        alice.goto(alice.url.rpartition("/")[0] + f"/{name}")
        found = [alice.get_by_label(label).get_attribute("autocomplete") for label in ("Name", "Password")]
        assert found == purposes


def test_every_page_is_for_everybody(new_person, server):
    """Each page in each of its states: nothing for axe-core to find in either theme, all of it on a small phone's
    screen (which is more than a page of 640 pixels at 200 %), and whatever can be used is reached by the Tab key."""
    alice = new_person()
    alice.add_init_script(path=AXE)
    seen = {}

    def look(state: str) -> None:
        alice.set_viewport_size({"width": 800, "height": 900})
        for scheme in ("light", "dark"):
            alice.emulate_media(color_scheme=scheme)
            result = alice.evaluate(ASK_AXE, ["html", {}])
            assert result["rules"] > 10
            assert result["found"] == [], state
        alice.set_viewport_size({"width": 320, "height": 640})
        assert alice.evaluate("document.documentElement.scrollWidth") <= 320, state
        seen[state] = by_tab(alice)

    alice.goto(server.url)
    look("home")
    alice.get_by_role("link", name="Sign up").click()
    look("sign up")
    fill(alice, Name="-alice", Password=PASSWORD)
    look("sign up, refused")
    fill(alice, Name="alice", Password=PASSWORD)
    look("signed up")
    alice.get_by_role("status").get_by_role("link", name="log in").click()
    look("log in")
    fill(alice, Name="alice", Password="wrong horse")
    look("log in, refused")
    fill(alice, Name="alice", Password=PASSWORD)
    look("account, codes off")
    alice.get_by_role("link", name="Set up codes").click()
    look("set-up, the password again")
    fill(alice, Password="wrong horse")
    look("set-up, the wrong password")
    fill(alice, Password=PASSWORD)
    look("set-up")
    [uri] = qr.read(alice.screenshot(full_page=True))  # black on white in the dark theme too, and on a small screen
    fill(alice, Code_from_your_phone="12")
    look("set-up, refused")
    fill(alice, Code_from_your_phone=oathtool(otpauth.parse(uri).key))
    look("recovery codes")
    alice.get_by_role("link", name="I have them").click()
    look("account, codes on")
    for act in ("Set up another phone", "New recovery codes", "Change the password", "Switch codes off"):
        alice.get_by_role("link", name=act).click()
        look(act)
        if act != "Switch codes off":
            alice.get_by_role("link", name="Not now").click()
    alice.get_by_label("Password").fill(PASSWORD)
    fill(alice, **{"Code, or a recovery code": "12"})
    look("switch codes off, refused")
    alice.get_by_role("link", name="Not now").click()
    log_out(alice)
    look("logged out")
    log_in(alice)
    look("code")
    fill(alice, Code_from_your_phone="12")
    look("code, refused")
    alice.get_by_role("link", name="Use a recovery code").click()
    look("recovery")
    fill(alice, Recovery_code="no such code")
    look("recovery, refused")
    alice.goto(f"{server.url}nowhere")
    look("not found")

    assert seen["code"] == ["INPUT", "BUTTON", "A", "BUTTON"]
    assert seen["account, codes off"][-2:] == ["DIV", "BUTTON"]  # the table scrolls, so it can be reached
    assert len(seen) == 24 and all(seen.values())


def by_tab(page) -> list[str]:
    """What the Tab key leads to, from the top to the end of the page; each shows that it has the focus."""
    focus = "[document.activeElement.tagName, getComputedStyle(document.activeElement).outline]"
    found = []
    for _ in range(2):  # once to the end, wherever the page has put the focus, and once from the top
        found = []
        for _ in range(30):
            page.keyboard.press("Tab")
            tag, ring = page.evaluate(focus)
            if tag == "BODY":
                break
            assert "solid 3px" in ring, f"no focus ring on {tag}: {ring}"
            found.append(tag)
    assert len(found) == page.locator("a[href], button, input:not([type=hidden]), [tabindex='0']").count()
    return found


def attack_of_the_chapter(name: str, url: str) -> str:
    """The page that the solution's attack makes: what the chapter's check judges without a browser."""
    notebook = nbformat.read(SOLUTIONS, as_version=4)
    [source] = [cell.source for cell in notebook.cells if cell.source.startswith(f"def {name}(")]
    names = {"PASSWORD": PASSWORD}
    exec(source.partition("\ncheck.")[0], names)
    return names[name](url)


@pytest.fixture
def somebody_else(tmp_path):
    """Another server, with the files of a folder."""
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=tmp_path))
    threading.Thread(target=server.serve_forever).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def alice_elsewhere(new_person, somebody_else, tmp_path):
    """Alice, logged in at a server, opens a page that is served on another port of this computer."""

    def opened(victim, html: str):
        mallory, alice = new_person(), new_person()
        for person, name in ((mallory, "mallory"), (alice, "alice")):
            person.goto(f"{victim.url}signup")
            fill(person, Name=name, Password=PASSWORD)
        alice.goto(f"{victim.url}login")
        fill(alice, Name="alice", Password=PASSWORD)
        (tmp_path / "attack.html").write_text(html)
        alice.goto(f"http://127.0.0.1:{somebody_else.server_port}/attack.html")
        return alice

    return opened


@pytest.fixture
def keeping_browser(browser):
    """Chromium as people have it: it keeps whole pages for "back", which playwright switches off."""
    switch = ["--disable-back-forward-cache"]
    started = browser.browser_type.launch(executable_path=find_browser(), args=QUIET, ignore_default_args=switch)
    yield started
    started.close()


@pytest.mark.parametrize("off", [{"headers": False}, {}], ids=["without headers", "with all"])
@pytest.mark.parametrize("confirmed", [True, False])
def test_back_after_logging_out(keeping_browser, off, confirmed):
    """Somebody sits down at this screen and presses "back": once they saw the key, although it was sent no-store."""
    with login.start(defences=login.Defences(**off)) as server:
        alice = keeping_browser.new_page()
        alice.goto(server.url)
        sign_up(alice)
        begin_enrolment(alice)
        key = alice.locator(".key").inner_text()
        if confirmed:
            early_in_a_step()
            fill(alice, Code_from_your_phone=oathtool(secret.decode(key)))
            alice.get_by_role("link", name="I have them").click()
        else:
            alice.get_by_role("link", name="Not now").click()
        log_out(alice)
        alice.get_by_role("link", name="Log in").wait_for()
        shown, failed = [], pytest.importorskip("playwright.sync_api").Error
        for _ in range(7):
            with suppress(failed):  # a form that would be sent again is an error page
                alice.go_back(wait_until="commit", timeout=2000)
            alice.wait_for_timeout(300)
            shown.append(alice.content())
        assert any(key in page for page in shown) == bool(off)
        assert any("You are logged in" in page for page in shown) == bool(off)


@pytest.mark.parametrize("off", [{"headers": False}, {}], ids=["without headers", "with all"])
def test_a_page_in_a_frame(alice_elsewhere, off):
    with login.start(defences=login.Defences(**off)) as victim:
        alice = alice_elsewhere(victim, attack_of_the_chapter("frame", victim.url))
        framed = [frame.get_by_text("You are logged in as alice").count() for frame in alice.frames[1:]]
        assert framed == [1 if off else 0]


@pytest.mark.parametrize("off", [{"xsrf": False}, {}], ids=["without xsrf", "with all"])
def test_a_form_from_another_site(alice_elsewhere, off):
    with login.start(defences=login.Defences(**off)) as victim:
        alice = alice_elsewhere(victim, attack_of_the_chapter("forge", victim.url))
        with alice.expect_navigation():
            alice.get_by_role("button", name="Win a prize").click()
        shown = alice.get_by_role("main").inner_text()
        assert ("You are logged in as mallory" if off else "came from another site") in shown
        alice.goto(f"{victim.url}account")
        alice.get_by_role("heading", name=f"You are logged in as {'mallory' if off else 'alice'}").wait_for()


def test_a_token_that_another_port_has_planted(alice_elsewhere):
    """Cookies do not look at the port: the page knows the token, for it has chosen it."""
    with login.start() as victim:
        port = victim.url.rsplit(":")[-1].strip("/")
        plant = f"<script>document.cookie = 'login_xsrf_{port}={'a' * 32}; path=/'</script>"
        form = attack_of_the_chapter("forge", victim.url)
        form = form.replace("<button>", f'<input type="hidden" name="_xsrf" value="{"a" * 32}"><button>')
        alice = alice_elsewhere(victim, plant + form)
        with alice.expect_navigation():
            alice.get_by_role("button", name="Win a prize").click()
        assert "came from another site" in alice.get_by_role("main").inner_text()
        alice.goto(f"{victim.url}account")
        alice.get_by_role("heading", name="You are logged in as alice").wait_for()
