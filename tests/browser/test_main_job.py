"""The main job, on a real screen: chapter 00 runs, its square is scanned, another program's code is accepted.

All of it in a user's ordinary surroundings: started by lab.py, in a home that has seen other Pythons and Jupyters. (The
other browser tests give Jupyter and IPython folders of their own, where none of this can be in the way.)
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import NOTEBOOKS, TOKEN, Lab, free_port

from totp_teach import qr

ROOT = NOTEBOOKS.parent
CHAPTER = "notebooks/00_start_here.ipynb"
PERIOD = 30
THEIRS = {  # what other programs and courses left in the home
    ".jupyter/jupyter_server_config.py": 'c.ServerApp.contents_manager_class = "package_that_is_gone.Manager"\n',
    ".jupyter/jupyter_lab_config.py": 'c.ServerApp.preferred_dir = "/folder/that/is/gone"\n',
    ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings": (
        '{"theme": "JupyterLab Dark"}'
    ),
    ".jupyter/labconfig/page_config.json": '{"disabledExtensions": {"@jupyter-widgets/jupyterlab-manager": true}}',
    ".local/share/jupyter/kernels/python3/kernel.json": '{"argv": ["gone"], "display_name": "another course\'s"}',
    ".config/pip/pip.conf": "[install]\nuser = true\nrequire-hashes = true\n",
    "packages/pyotp.py": "raise ImportError('this is another pyotp')\n",
}


@dataclass
class Course(Lab):
    """The course as its launcher starts it, on a copy of the notebooks."""

    def command(self) -> list[str]:
        server = [f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.root}"]
        browser = ["--no-browser", "--LabApp.expose_app_in_browser=True", f"--IdentityProvider.token={TOKEN}"]
        return [sys.executable, str(ROOT / "lab.py"), "--", *server, *browser]

    def environment(self) -> dict[str, str]:
        """A login's variables, and what a terminal of another course set."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON", "PIP_"))
        }
        return kept | {
            "HOME": str(self.home),
            "PYTHONPATH": str(self.home / "packages"),
            "JUPYTER_PATH": str(self.home / ".local/share/jupyter"),
            "JUPYTERHUB_SERVICE_PREFIX": "/user/left-over/",
            "PIP_TARGET": str(self.home / "elsewhere"),
            "http_proxy": "http://127.0.0.1:9",  # where nobody listens
            "no_proxy": "localhost",
        }


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ordinary")
    lab = Course(folder / "lab", folder / "home", free_port())
    shutil.copytree(NOTEBOOKS, lab.root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for name, text in THEIRS.items():
        (lab.home / name).parent.mkdir(parents=True, exist_ok=True)
        (lab.home / name).write_text(text)
    lab.start()
    yield lab
    lab.stop()


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


def test_scan_tick_type(reader, lab, tmp_path):
    if not shutil.which("oathtool"):
        pytest.skip("oathtool is not installed")
    reader.open(CHAPTER)
    assert reader.page.locator("body[data-jp-theme-light=false]").count() == 1  # their theme
    reader.stays = True
    scan_tick_type(reader, tmp_path)
    assert not (lab.home / "elsewhere").exists()


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
