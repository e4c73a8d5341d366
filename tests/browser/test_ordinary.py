"""Chapter 00 in a user's ordinary surroundings: started by lab.py, in a home that has seen other Pythons and Jupyters.

The other browser tests give Jupyter and IPython folders of their own, where none of this can be in the way.
"""

import os
import shutil
import sys
from dataclasses import dataclass

import pytest
from conftest import NOTEBOOKS, TOKEN, Lab, Reader, free_port

ROOT = NOTEBOOKS.parent
CHAPTER = "notebooks/00_start_here.ipynb"
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


def test_chapter_00_runs_ticks_and_accepts_there(reader: Reader, lab):
    reader.open(CHAPTER)
    assert reader.page.locator("body[data-jp-theme-light=false]").count() == 1  # their theme
    reader.run_all()
    assert reader.errors() == []
    _, code = reader.ticking()
    assert reader.verdict_on(code).startswith("Accepted")
    assert not (lab.home / "elsewhere").exists()
