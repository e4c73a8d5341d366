"""The extension of Jupyter's server: how it talks to kernels, and what it keeps of a saved notebook."""

import os
from typing import Any

from . import exports, running


def _jupyter_server_extension_points() -> list[dict]:
    return [{"module": __name__}]


def _link_jupyter_server_extension(serverapp) -> None:
    """Called by Jupyter's server before it makes its parts: their settings for the course."""
    from traitlets.config import Config

    ours = Config(KernelManager=running.transport(running.sockets()))
    ours.LanguageServerManager.autodetect = False  # no search for twenty language servers at every start
    ours.merge(Config(exports.settings()))  # File → Save and Export Notebook As
    ours.merge(serverapp.config)  # what somebody configured themselves stays
    if serverapp.ip in ("127.0.0.1", "::1", "localhost") and "JUPYTERHUB_SERVICE_PREFIX" not in os.environ:
        # No keep-alive pings within one machine: with Jupyter's own settings for them tornado warns about both.
        ours.ServerApp.tornado_settings = {"ws_ping_interval": 0, **serverapp.tornado_settings}
    serverapp.update_config(ours)


def _load_jupyter_server_extension(serverapp) -> None:
    """Called by Jupyter's server when its parts are there."""
    if folder := running.sockets():
        serverapp.kernel_manager.connection_dir = folder
    serverapp.contents_manager.register_pre_save_hook(_before_save)


def _before_save(model: dict[str, Any], **_) -> None:
    """The server's pre-save hook. Anything but a notebook of the current format passes unchanged."""
    content = model.get("content")
    if model.get("type") == "notebook" and isinstance(content, dict) and content.get("nbformat") == 4:
        exports.settle(content)
