"""The URI builder and the phone as a reader has them: typed into, scanned, wrong on purpose, by keyboard, in both themes."""

import io
import re
import shutil
import subprocess

import pytest
from PIL import Image
from test_live import found_by_axe

from totp_teach import qr, secret

KEY = b"12345678901234567890"
MARKUP = "<img src=x onerror=alert(1)>"
URI = f"otpauth://totp/Example:alice@example.com?secret={secret.encode(KEY)}&issuer=Example"
SHA256 = URI.replace("alice", "bob") + "&algorithm=SHA256&digits=8&period=60"
LONG = "a-name-that-does-not-end-" * 4
EVENT = URI.replace("totp", "hotp").replace("alice", "door") + "&counter=1"

BUILDER = "from totp_teach import widgets\nbuilder = widgets.UriBuilder()\nbuilder"
PHONE = f"from totp_teach import widgets\nphone = widgets.Phone(['{URI}', '{SHA256}', '{EVENT}'])\nphone"


@pytest.fixture
def run(lab, same_reader):
    """Opens a new notebook of those cells and runs them all: run(cells) -> the reader."""

    def run(*cells: str, reader=same_reader):
        reader.open(lab.write("uris.ipynb", list(cells)))
        reader.run_all()
        assert reader.errors() == []
        reader.page.locator(".totp").first.wait_for()
        return reader

    return run


def field(page, label: str):
    return page.get_by_label(label, exact=True)


def uri_on(page) -> str:
    return page.locator(".totp-form textarea").input_value()


def wait_for_uri(page, pattern: str) -> str:
    page.wait_for_function(
        "(pattern) => RegExp(pattern).test(document.querySelector('.totp-form textarea').value)", arg=pattern
    )
    return uri_on(page)


def wait_for_square(page, alt: str) -> None:
    page.get_by_role("img", name=alt, exact=True).wait_for()


def seen_codes(page) -> list[str]:
    """The texts of the QR codes in a screenshot of the page."""
    return qr.read(page.screenshot(animations="disabled"))


def status(page, pattern: str) -> str:
    """What is announced, once it matches."""
    told = page.get_by_role("status").filter(has_text=re.compile(pattern))
    told.wait_for()
    return told.inner_text()


# ---- the URI builder -------------------------------------------------------------------------------------------------


def test_what_is_typed_changes_uri_findings_and_square(run):
    reader = run(BUILDER)
    page = reader.page
    assert uri_on(page) == URI and seen_codes(page) == [URI]
    field(page, "Issuer").fill("ACME Co")
    field(page, "Algorithm").select_option("SHA512")
    uri = wait_for_uri(page, "SHA512")
    assert uri == URI.replace("Example:", "ACME%20Co:").replace("=Example", "=ACME%20Co") + "&algorithm=SHA512"
    wait_for_square(page, "QR code for ACME Co: alice@example.com")
    reader.theme("dark")
    assert seen_codes(page) == [uri]
    assert "some apps make SHA1 codes" in status(page, "1 warning")
    page.get_by_text(re.compile("What \\d+ apps do")).click()
    page.get_by_text("Microsoft Authenticator: makes SHA1 codes, silently").wait_for()

    # wrong input: told beside the form, nothing lost
    field(page, "Digits").fill("x")
    status(page, "error: Digits must be a whole number, not 'x'")
    field(page, "Digits").fill("6")
    field(page, "Secret, in Base32").fill("GEZD1")
    status(page, "1 error.*still that of the last good URI.*'1' at place 5 of the secret is not Base32")
    assert uri_on(page) == uri and field(page, "Secret, in Base32").input_value() == "GEZD1"
    field(page, "Secret, in Base32").fill("gezdgnbv gy3tqojq gezdgnbv gy3tqojq")
    status(page, "1 warning")
    assert uri_on(page) == uri

    # markup stays text
    field(page, "Account").fill(MARKUP)
    wait_for_square(page, f"QR code for ACME Co: {MARKUP}")
    assert seen_codes(page) == [uri_on(page)] and "%3Cimg%20src%3Dx" in uri_on(page)
    page.locator(".totp-form textarea").fill(f"otpauth://totp/A:{MARKUP}?secret=GEZA&issuer={MARKUP}&{MARKUP}=1")
    assert MARKUP in status(page, "The label says issuer")
    assert field(page, "Issuer").input_value() == MARKUP
    assert page.locator("img[src=x]").count() == 0

    # a pasted URI fills the form, and can be fixed
    page.locator(".totp-form textarea").fill(EVENT.replace("GEZD", "gezd"))
    status(page, "note: The secret is written in upper case")
    assert field(page, "Type").input_value() == "hotp" and field(page, "Counter").input_value() == "1"
    assert not field(page, "Period, in seconds").is_visible()
    page.get_by_role("button", name="Fix").click()
    status(page, "^1 warning")
    assert uri_on(page) == EVENT
    assert reader.errors() == reader.complaints == []

    reader.kernel_gone()
    field(page, "Issuer").fill("ACME")
    page.get_by_text("No answer yet: the kernel is busy, or it has stopped").wait_for()
    assert uri_on(page) == EVENT


# ---- the phone -------------------------------------------------------------------------------------------------------


def shown(page, name: str) -> tuple[int, str]:
    """The step and the code that the phone shows of an account, read in one go."""
    account = page.locator(f'.totp-account[data-name="Example: {name}@example.com"]')
    step, code = account.evaluate("(item) => [Number(item.dataset.step), item.querySelector('.totp-code').innerText]")
    return step, code.replace(" ", "")


def oathtool(step: int, algorithm: str = "SHA1", digits: int = 6, period: int = 30) -> str:
    """That program's code at the beginning of a step."""
    if not shutil.which("oathtool"):
        pytest.skip("oathtool is not installed")
    command = [
        "oathtool",
        f"--totp={algorithm}",
        "-d",
        digits,
        "-s",
        f"{period}s",
        "-N",
        f"@{step * period}",
        KEY.hex(),
    ]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout.strip()


def assert_shown(page, name: str, ahead: int = 0, **account) -> None:
    """The phone's code is oathtool's of the step that its clock is in."""
    step, code = shown(page, name)
    assert code == oathtool(step, **account)
    now = page.evaluate("Date.now() / 1000") + ahead
    assert 0 <= now / account.get("period", 30) - step < 1.1


def test_the_phones_codes_are_those_of_oathtool_right_and_wrong(run):
    reader = run(PHONE, "import time\nphone.codes(time.time())", "phone.ahead = 0")
    page = reader.page
    sha256 = dict(algorithm="SHA256", digits=8, period=60)
    assert_shown(page, "alice")
    assert_shown(page, "bob", **sha256)
    plain = page.locator(".jp-OutputArea-output pre").first.inner_text()
    assert "'Example: door@example.com': '287082'" in plain and len(re.findall(r"'\d{8}'", plain)) == 1

    # its clock set wrong, within the codes computed ahead and beyond them
    for ahead, words in [(95, "95 s ahead"), (-80_000, "80\u00a0000 s behind")]:
        field(page, "Its clock: seconds ahead (−60: behind)").fill(str(ahead))
        status(page, f"Its clock is {words}")
        assert_shown(page, "alice", ahead)
        assert_shown(page, "bob", ahead, **sha256)
        page.get_by_text(re.compile(rf"\d\d:\d\d:\d\d UTC, {words}")).wait_for()
    field(page, "Its clock: seconds ahead (−60: behind)").fill("100000")
    status(page, "a day .86400. at most")
    assert_shown(page, "alice", -80_000)
    field(page, "Its clock: seconds ahead (−60: behind)").fill("")
    page.keyboard.type("100000", delay=3)  # faster than the answers to 1, 10, …, which must not stand in place of this
    reader.wait_idle()
    page.wait_for_timeout(1000)
    status(page, "a day .86400. at most")
    field(page, "Its clock: seconds ahead (−60: behind)").fill("0")
    status(page, "Its clock is right")

    # an app that ignores what it is told
    field(page, "it ignores algorithm").check()
    status(page, "It ignores algorithm")
    assert_shown(page, "bob", digits=8, period=60)
    field(page, "it ignores digits").check()
    field(page, "it ignores period").check()
    status(page, "It ignores algorithm, digits, period")
    assert_shown(page, "bob")

    # it ticks without the kernel; for hotp it takes the kernel and a hand
    reader.wait_idle()
    messages = len(reader.frames)
    left = page.get_by_role("timer").first.inner_text()
    page.wait_for_function("(left) => document.querySelector('[role=timer]').innerText !== left", arg=left)
    assert len(reader.frames) == messages
    page.get_by_role("button", name="Next code").click()
    status(page, "The next code of Example: door")
    assert shown(page, "door")[1] == "359152"
    reader.kernel_gone()
    page.get_by_role("button", name="Next code").click()
    status(page, "No answer: the kernel has stopped")
    assert_shown(page, "alice")
    assert reader.complaints == []


def picture(text: str) -> dict:
    return {"name": "code.png", "mimeType": "image/png", "buffer": qr.make(text).png()}


PASTE = """([selector, bytes]) => {
  const data = new DataTransfer();
  if (bytes.length !== 0) data.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
  document.querySelector(selector).dispatchEvent(event);
}"""


def test_it_scans_pictures_and_takes_uris_and_names_stay_text(run):
    reader = run("from totp_teach import widgets\nphone = widgets.Phone()\nphone")
    page, choose = reader.page, field(reader.page, "Scan a picture of a QR code")
    assert page.get_by_text("No account yet").is_visible()
    named = URI.replace("alice@example.com", "%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E")
    choose.set_input_files(picture(named))
    status(page, re.escape(f"Added: Example: {MARKUP}."))
    assert page.locator(".totp-account .totp-name").inner_text() == f"Example: {MARKUP}"
    assert page.locator("img[src=x]").count() == 0 and not page.get_by_text("No account yet").is_visible()

    page.evaluate(PASTE, [".totp-adding input[type=text]", list(qr.make(SHA256).png())])
    status(page, "Added: Example: bob@example.com")
    assert_shown(page, "bob", algorithm="SHA256", digits=8, period=60)
    page.evaluate(PASTE, [".totp-adding input[type=text]", []])  # what WebKit tells of a picture
    status(page, "This browser does not hand over what was copied. Save the picture, and choose its file.")
    field(page, "or paste a picture, or an otpauth:// URI").fill(URI)
    page.keyboard.press("Enter")
    status(page, "Added: Example: alice@example.com")
    assert_shown(page, "alice")

    choose.set_input_files(picture("https://example.com"))
    status(page, "The QR code was read, but it holds no account. The scheme is not otpauth")
    file = io.BytesIO()
    Image.new("L", (300, 300), "white").save(file, "PNG")
    choose.set_input_files({"name": "white.png", "mimeType": "image/png", "buffer": file.getvalue()})
    status(page, "No QR code was read. No QR code is seen")
    choose.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    status(page, "Cannot read this as an image")
    page.evaluate(PASTE, [".totp-adding input[type=text]", 8_000_001])  # so many zeros
    status(page, "too large to be sent")
    assert page.locator(".totp-account").count() == 3
    assert reader.errors() == reader.complaints == []


# ---- for everybody ---------------------------------------------------------------------------------------------------


def test_by_keyboard_alone_and_nothing_stands_in_anybodys_way(run):
    reader = run("1", BUILDER, PHONE)
    page = reader.page
    kinds = "() => window.jupyterapp.shell.currentWidget.content.widgets.map((cell) => cell.model.type)"
    page.locator(".jp-Cell").nth(0).click(position={"x": 3, "y": 3})

    def tab_to(selector: str) -> None:
        reader.tab_to(selector)
        ring = "() => getComputedStyle(document.activeElement).outline"
        assert re.search(r"(solid|auto)", page.evaluate(ring)), f"no focus ring on {selector}"

    tab_to("[data-field=type] select")
    for key in ("b", "m", "ArrowDown"):  # three of JupyterLab's shortcuts
        page.keyboard.press(key)
    wait_for_uri(page, "^otpauth://hotp/.*counter=0$")
    tab_to("[data-field=issuer] input")
    page.keyboard.type("Bank")  # replaces what is selected
    wait_for_uri(page, "//hotp/Bank:alice")
    tab_to(".totp-form textarea")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(URI.replace("otpauth", "OTPAUTH"))
    status(page, "1 note")
    tab_to(".totp-findings button")
    page.keyboard.press("Enter")
    status(page, "No findings")
    assert uri_on(page) == URI

    tab_to(".totp-account button")
    page.keyboard.press("Space")
    status(page, "The next code of Example: door")
    assert page.evaluate("document.activeElement.innerText") == "Next code"  # the focus stays
    tab_to(".totp-adding input[type=file]")
    page.keyboard.press("b")
    tab_to(".totp-adding input[type=text]")
    page.keyboard.insert_text(URI.replace("alice", LONG) + "&digits=10")
    page.keyboard.press("Enter")
    status(page, "Added: Example: a-name")
    tab_to(".totp-faults input[type=number]")
    page.keyboard.press("ArrowUp")
    status(page, "1 s ahead")
    tab_to(".totp-faults input[value=period]")
    page.keyboard.press("m")
    page.keyboard.press("Space")
    status(page, "It ignores period")
    assert page.evaluate(kinds) == ["code"] * 3  # no key has reached JupyterLab's shortcuts

    found_nothing_by_axe(reader)
    nothing_cut_off(reader)
    assert reader.complaints == []


def found_nothing_by_axe(reader) -> None:
    reader.page.locator(".totp-form textarea").fill(SHA256.replace("bob", LONG))
    status(reader.page, "3 warnings")
    assert found_by_axe(reader, ".totp-form, .totp-phone") == []


def nothing_cut_off(reader) -> None:
    """200 % in a window of 1280 pixels: the page has 640 of them."""
    reader.page.set_viewport_size({"width": 640, "height": 900})
    reader.command("application:toggle-left-area")
    wide = """() => [...document.querySelectorAll('.totp, .totp *')].filter((node) => {
      const page = node.closest('.jp-OutputArea-output').getBoundingClientRect();
      return node.getBoundingClientRect().right > page.right + 1;
    }).map((node) => node.className || node.tagName)"""
    reader.page.wait_for_function("document.querySelector('.jp-OutputArea-output').getBoundingClientRect().width < 600")
    assert reader.page.locator(".totp-account").count() == 4
    assert reader.page.evaluate(wide) == []
