"""The same notebooks elsewhere: Notebook 7, pages and slides made by nbconvert, Voilà."""

import re
import subprocess
import sys
import time
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import SECONDS, TOKEN, free_port

from totp_teach import secret, totp

CHAPTER = "notebooks/00_start_here.ipynb"
TICKING = "from totp_teach import otpauth, widgets\nwidgets.TickingCode(otpauth.Account(name='alice', key=bytes(20)))"
PERIOD = 30


class Elsewhere:
    """Another program that opens the lab's notebooks, for a Reader: where it does."""

    def __init__(self, address: str):
        self.address = address

    def url(self, path: str) -> str:
        return self.address.format(path)


def requests_beyond(reader, address: str) -> list[str]:
    """The requests that the page is going to send to anywhere but that address, as they come."""
    here = (address, "data:", "blob:")
    foreign = []
    reader.page.on("request", lambda request: request.url.startswith(here) or foreign.append(request.url))
    return foreign


def tick_and_type(reader):
    """The code on the page is that of the key on the page and of now, is accepted, and is not accepted twice."""
    page = reader.page
    uri = page.locator("a[href^='otpauth:']").get_attribute("href")
    key = secret.decode(parse_qs(urlsplit(uri).query)["secret"][0])
    page.locator(".totp-now").first.scroll_into_view_if_needed()
    step, code = reader.ticking()
    assert code == totp.code(key, step * PERIOD)
    assert abs(time.time() - (step + 0.5) * PERIOD) <= PERIOD / 2 + 1
    assert reader.verdict_on(code).startswith("Accepted")
    assert reader.verdict_on(code).startswith("Refused: already used")


# ---- live ------------------------------------------------------------------------------------------------------------

# What Notebook 7.6 says of itself when it starts, with nothing of the course around it: the second on a busy machine.
ITS_OWN = {
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered.",
}


def test_notebook_7(reader, lab):
    reader.lab = Elsewhere(f"{lab.address}/notebooks/{{}}?token={TOKEN}")
    foreign = requests_beyond(reader, lab.address)
    reader.open(CHAPTER)
    reader.run_all()
    assert reader.errors() == []
    tick_and_type(reader)
    assert ([text for text in reader.complaints if text not in ITS_OWN], foreign) == ([], [])


@pytest.fixture(scope="module")
def voila(lab):
    """Where Voilà serves the lab's notebooks."""
    port = free_port()
    command = [sys.executable, "-m", "voila", "--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}"]
    with open(lab.home / "voila.txt", "w") as log:
        process = subprocess.Popen(command, cwd=lab.root, env=lab.environment(), stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    for _ in range(SECONDS * 5):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            break
        except OSError:
            time.sleep(0.2)
    yield address
    process.terminate()
    process.wait(SECONDS)


def test_voila(reader, voila, lab):
    """Chapter 00 in the dark theme; in the light one a cell of it."""
    foreign = requests_beyond(reader, voila)
    reader.page.goto(f"{voila}/voila/render/{CHAPTER}?theme=dark")
    reader.page.locator(".totp-verify .totp-status").wait_for(state="attached")
    assert reader.errors() == []
    assert reader.page.get_by_text("MemoryStore").count()  # the code is shown as well
    tick_and_type(reader)
    assert reader.page.locator("body.theme-dark").count()
    lab.write("one.ipynb", [TICKING])
    reader.page.goto(f"{voila}/voila/render/one.ipynb?theme=light")
    assert re.fullmatch(r"\d{6}", reader.ticking()[1])
    assert reader.page.locator("body.theme-light").count()
    # Voilà refuses what its own page asks for when it is left.
    assert ([line for line in reader.complaints if "/voila/api/shutdown/" not in line], foreign) == ([], [])


# ---- pages and slides ------------------------------------------------------------------------------------------------


@pytest.fixture
def exported(reader, lab):
    """Makes a page of a chapter with nbconvert, as a teacher types it, and opens it: gives what it asked for."""

    def export(kind: str, chapter: str) -> list[str]:
        command = [sys.executable, "-m", "nbconvert", "--to", kind, chapter]
        subprocess.run(command, cwd=lab.root, env=lab.environment(), check=True, capture_output=True)
        file = lab.root / chapter.replace(".ipynb", {"html": ".html", "slides": ".slides.html"}[kind])
        foreign = requests_beyond(reader, file.as_uri())
        reader.page.goto(file.as_uri(), wait_until="networkidle")
        return foreign

    return export


def test_a_page(reader, exported):
    foreign = exported("html", CHAPTER)
    page = reader.page
    assert page.get_by_text("example: run this cell").count() >= 3
    for picture in page.locator("img").all():
        picture.scroll_into_view_if_needed()
        assert picture.is_visible() and picture.evaluate("(picture) => picture.naturalWidth") > 100
    assert page.get_by_role("link", name="01 · The shared secret", exact=True).get_attribute("href").endswith(".html")
    assert (reader.complaints, foreign) == ([], [])


def test_slides(reader, exported):
    foreign = exported("slides", "notebooks/03_dynamic_truncation.ipynb")
    page = reader.page

    def heading() -> str:
        return page.locator(".slides > .present > .present").get_by_role("heading").first.inner_text()

    assert page.evaluate("Reveal.isReady()")
    assert heading() == "03 · Dynamic truncation"
    page.keyboard.press("ArrowRight")
    assert heading() == "Where we stand"
    page.keyboard.press("ArrowRight")
    assert heading().startswith("The offset")
    page.keyboard.press("ArrowDown")
    page.locator(".present > .present").get_by_text("Offset 11: four bytes from there").last.wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert heading() == "Where we stand"
    assert (reader.complaints, foreign) == ([], [])
