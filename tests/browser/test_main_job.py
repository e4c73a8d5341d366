"""The main job, on a real screen: chapter 00 runs, its square is scanned, another program's code is accepted."""

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from totp_teach import qr

CHAPTER = "notebooks/00_start_here.ipynb"
PERIOD = 30


def oathtool(secret: str, step: int) -> str:
    """The code of that step, by a program that knows nothing of ours."""
    command = ["oathtool", "--totp", "--base32", f"--now=@{step * PERIOD}", secret]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def scanned(reader, path: Path) -> list[str]:
    """The texts of the QR codes on the screen. Held up for a while, as a phone is: JupyterLab draws after scrolling."""
    for _ in range(20):
        if found := qr.read(reader.screenshot(path)):
            return found
        reader.page.wait_for_timeout(250)
    return []


def test_scan_tick_type(reader, tmp_path):
    if not shutil.which("oathtool"):
        pytest.skip("oathtool is not installed")
    scan_tick_type(reader, tmp_path)


def scan_tick_type(reader, tmp_path):
    """All of it, in whatever browser that reader has."""
    page = reader.page
    reader.open(CHAPTER)
    page.get_by_text("example: run this cell").first.wait_for()  # what is stored rests
    reader.run_all()
    assert reader.errors() == []

    square = page.get_by_role("img", name=re.compile("^QR code for totp_teach: scanned at"))
    read = {}
    for theme in ("light", "dark"):
        reader.theme(theme)
        square.scroll_into_view_if_needed()
        read[theme] = scanned(reader, tmp_path / f"{theme}.png")
    assert len(read["light"]) == 1 and read["dark"] == read["light"]
    uri = read["light"][0]
    secret = parse_qs(urlsplit(uri).query)["secret"][0]
    assert page.locator("a[href^='otpauth:']").get_attribute("href") == uri

    step, code = reader.ticking()
    assert code == oathtool(secret, step)
    assert abs(page.evaluate("Date.now() / 1000") - (step + 0.5) * PERIOD) <= PERIOD / 2 + 1
    page.wait_for_function(
        "(step) => Number(document.querySelector('.totp-now').dataset.step) === step + 1", arg=step, timeout=35_000
    )
    assert reader.ticking() == (step + 1, oathtool(secret, step + 1))

    code = oathtool(secret, step + 1)
    assert re.match(rf"Accepted: the code of step {step + 1:,}".replace(",", "."), reader.verdict_on(code))
    assert reader.verdict_on(f"{code[:3]} {code[3:]}").startswith("Refused: already used")
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert "Was the square scanned before its cell last ran?" in reader.verdict_on(wrong)
    assert reader.complaints == []
