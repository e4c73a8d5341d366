"""Jupyter's settings for the course: no pop-ups, our server extension, and nothing asked of a foreign host."""

import shutil
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from . import exports

QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
EXTENSIONS = {"totp_teach.jupyter.server": True, "totp_teach.jupyter": None}  # None: its name in version 1, taken away
SERVER = {"ServerApp": {"jpserver_extensions": EXTENSIONS}}
# The extensions that widgets need in Voilà; it cannot load all that JupyterLab has.
WIDGETS = ["@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget"]
VOILA = {"VoilaConfiguration": {"template": "totp_teach", "strip_sources": False, "extension_allowlist": WIDGETS}}
LITE = "share/jupyter/@jupyterlite"


def write(prefix: str = sys.prefix) -> None:
    """Jupyter's settings for the course, written into the environment `prefix`, and matplotlib's list of fonts made."""
    from traitlets.config.manager import BaseJSONConfigManager

    files = {
        "share/jupyter/lab/settings/overrides.d/totp_teach": QUIET,
        "etc/jupyter/jupyter_server_config.d/totp_teach": SERVER,
        "etc/jupyter/jupyter_nbconvert_config": exports.settings(),  # these two may hold settings of others, which stay
        "etc/jupyter/voila": VOILA,
    }
    for place, content in files.items():
        path = Path(prefix, place)
        BaseJSONConfigManager(config_dir=str(path.parent)).update(path.name, content)
    shutil.copytree(exports.SHARE, Path(prefix, "share/jupyter"), dirs_exist_ok=True)
    lite = Path(prefix, "share/jupyter/labextensions/@jupyterlite")
    if lite.is_dir():  # the kernel of the site's live chapters, which JupyterLab with a server would try to load
        shutil.copytree(lite, Path(prefix, LITE), dirs_exist_ok=True)
        shutil.rmtree(lite)
    if find_spec("matplotlib"):
        import_module("matplotlib.font_manager")  # makes the list at its first import, and warns if that takes long
