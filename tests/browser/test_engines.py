"""Chapter 00 in the other two engines: Firefox as it is (Playwright), and WebKit, which Safari is built on (selenium)."""

import itertools
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import ALL_RUN, IDLE, Reader, Visitor
from test_main_job import CHAPTER, PERIOD, oathtool, scan_tick_type

from totp_teach import qr

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
MINI_BROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"), None)
SECONDS = 90


def needed(*programs: object) -> None:
    if not all(programs):
        pytest.skip("firefox-esr, or WebKitWebDriver, MiniBrowser and Xvfb, or oathtool are not installed")


# ---- Firefox ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_firefox(lab):
    """A reader whose browser is Firefox."""
    needed(FIREFOX, shutil.which("oathtool"))
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.firefox.launch(channel="moz-firefox", executable_path=FIREFOX)
        yield Reader(browser.new_context(viewport={"width": 1280, "height": 900}).new_page(), lab)
        browser.close()
    lab.shut_down_kernels()


def test_firefox_scans_ticks_and_verifies(in_firefox, tmp_path):
    scan_tick_type(in_firefox, tmp_path)


def test_firefox_scans_ticks_and_verifies_in_the_page_alone(live, tmp_path):
    """The live chapters: Python runs in Firefox as well."""
    needed(FIREFOX, shutil.which("oathtool"))
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.firefox.launch(channel="moz-firefox", executable_path=FIREFOX)
        visitor = Visitor(browser.new_context(viewport={"width": 1280, "height": 900}), live)
        scan_tick_type(visitor, tmp_path)
        assert visitor.asked_no_other_host()
        browser.close()


# ---- WebKit ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def screen(monkeypatch):
    """A screen that nobody sees."""
    server = shutil.which("Xvfb")
    needed(server)
    reading, writing = os.pipe()
    command = [server, "-displayfd", str(writing), "-screen", "0", "1400x1100x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with open(reading) as told:
        monkeypatch.setenv("DISPLAY", f":{told.readline().strip()}")
    yield
    process.terminate()
    process.wait(10)


@pytest.fixture
def webkit(screen):
    """A driver of WebKit's own small browser."""
    needed(MINI_BROWSER, shutil.which("WebKitWebDriver"), shutil.which("oathtool"))
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(MINI_BROWSER)
    options.add_argument("--automation")
    service = webdriver.WebKitGTKService(executable_path=shutil.which("WebKitWebDriver"))
    driver = webdriver.WebKitGTK(options=options, service=service)
    driver.set_window_size(1280, 1000)
    yield driver
    driver.quit()


def wait(driver, function: str, *arguments):
    """What a function gives in the page, as soon as that is something."""
    for _ in range(SECONDS * 10):
        if found := driver.execute_script(f"return ({function})(...arguments)", *arguments):
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing came of {function[:200]}")


def in_sight(driver, selector: str) -> bytes:
    """What the screen shows after scrolling to something, and a moment in which JupyterLab draws."""
    wait(
        driver,
        "(selector) => { document.querySelector(selector).scrollIntoView({ block: 'center' }); return true; }",
        selector,
    )
    time.sleep(0.5)
    return driver.get_screenshot_as_png()


TICKING = """() => {
  const now = document.querySelector(".totp-now");
  now.scrollIntoView({ block: "center" });
  const code = now.querySelector(".totp-code").innerText.replace(" ", "");
  return code && [Number(now.dataset.step), code];
}"""
SAID = """(before) => {
  const now = document.querySelector(".totp-verify .totp-status").innerText;
  return now !== before && !/^(checking|No answer yet)/.test(now) && now;
}"""
ERRORS = "document.querySelectorAll(\"[data-mime-type='application/vnd.jupyter.stderr']\").length"


def test_webkit_scans_ticks_and_verifies(webkit, lab):
    in_webkit(webkit, lab.url(CHAPTER))
    lab.shut_down_kernels()


def test_webkit_scans_ticks_and_verifies_in_the_page_alone(webkit, live):
    in_webkit(webkit, live.url(CHAPTER))


def in_webkit(webkit, address: str) -> None:
    """The main job, with selenium's hands."""
    webkit.get(address)
    wait(webkit, IDLE)
    webkit.execute_script("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    wait(webkit, ALL_RUN)
    wait(webkit, IDLE)
    assert webkit.execute_script(f"return {ERRORS}") == 0

    uris = []
    for name in ["Light", "Dark"]:
        webkit.execute_script(
            f"window.jupyterapp.commands.execute('apputils:change-theme', {{theme: 'JupyterLab {name}'}})"
        )
        wait(webkit, "(name) => document.body.dataset.jpThemeName === `JupyterLab ${name}`", name)
        pictures = (in_sight(webkit, "img[alt^='QR code for totp_teach']") for _ in range(20))
        uris.append(next(filter(None, map(qr.read, pictures))))
    assert uris[0] == uris[1] and len(uris[0]) == 1
    secret = parse_qs(urlsplit(uris[0][0]).query)["secret"][0]

    step, code = wait(webkit, TICKING)
    assert code == oathtool(secret, step) and abs(time.time() - (step + 0.5) * PERIOD) <= PERIOD / 2 + 1
    wait(webkit, "(step) => Number(document.querySelector('.totp-now').dataset.step) === step + 1", step)
    assert wait(webkit, TICKING) == [step + 1, oathtool(secret, step + 1)]

    in_sight(webkit, ".totp-verify input")
    box = webkit.find_element("css selector", ".totp-verify input")
    code, said = oathtool(secret, step + 1), [""]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for typed in [code, f"{code[:3]} {code[3:]}", wrong]:
        box.clear()
        box.send_keys(typed + "\ue007")
        said.append(wait(webkit, SAID, said[-1]))
    assert re.match(rf"Accepted: the code of step {step + 1:,}".replace(",", "."), said[1])
    assert said[2].startswith("Refused: already used")
    assert "Was the square scanned before its cell last ran?" in said[3]
    assert all(one != other for one, other in itertools.pairwise(said))
