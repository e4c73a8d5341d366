"""Jupyter and the course: its settings, what a saved notebook keeps, and running the notebooks again.

python -m totp_teach.jupyter                     settings: no pop-ups, this file as an extension of the server,
                                                 exports and Voilà without a request to a foreign host
python -m totp_teach.jupyter refresh [paths]     every notebook from a clean kernel, its outputs stored
"""

import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from . import OtpError

VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CHAPTERS = ("[0-9][0-9]_*.ipynb", "solutions/[0-9][0-9]_*.ipynb")  # a reader's kept copies are called mine_…
CELL_SECONDS = 120
HIDDEN = "hide-output"  # the tag of a cell whose output answers a prediction, and is folded away until asked for
ANSWER = "Answer:\n"  # before such an output: JupyterLab shows the first line of what it folds away

QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
SERVER = {"ServerApp": {"jpserver_extensions": {"totp_teach.jupyter": True}}}
# The extensions that widgets need in Voilà; it can not load all of those that are there for JupyterLab.
WIDGETS = ["@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget"]
VOILA = {"VoilaConfiguration": {"template": "totp_teach", "strip_sources": False, "extension_allowlist": WIDGETS}}
SHARE = Path(__file__).parent / "share"  # templates for nbconvert and Voilà, placed as in an environment


def settings(prefix: str = sys.prefix) -> None:
    """Jupyter's settings for the course, written into the environment `prefix`, and matplotlib's list of fonts made."""
    from traitlets.config.manager import BaseJSONConfigManager

    files = {
        "share/jupyter/lab/settings/overrides.d/totp_teach": QUIET,
        "etc/jupyter/jupyter_server_config.d/totp_teach": SERVER,
        "etc/jupyter/jupyter_nbconvert_config": exports(),  # these two may hold settings of others, which stay
        "etc/jupyter/voila": VOILA,
    }
    for place, content in files.items():
        path = Path(prefix, place)
        BaseJSONConfigManager(config_dir=str(path.parent)).update(path.name, content)
    shutil.copytree(SHARE, Path(prefix, "share/jupyter"), dirs_exist_ok=True)
    if find_spec("matplotlib"):
        import_module(
            "matplotlib.font_manager"
        )  # which makes the list when it is first imported, with a warning if slow


def exports() -> dict:
    """nbconvert's settings: pages and slides that hold all they need, and ask no other host for anything."""
    reveal = find_spec("sphinx_revealjs")
    parts = [str(Path(place, "_static/revealjs")) for place in reveal.submodule_search_locations] if reveal else []
    page = {"template_name": "totp_teach_page", "preprocessors": ["totp_teach.jupyter.for_a_page"]}
    slides = {"template_name": "totp_teach_slides", "preprocessors": ["totp_teach.jupyter.for_slides"]}
    return {
        "HTMLExporter": {**page, "embed_images": True},
        "SlidesExporter": {**slides, "extra_template_paths": parts},
    }


# ---- the server ------------------------------------------------------------------------------------------------------


def _jupyter_server_extension_points() -> list[dict]:
    return [{"module": __name__}]


def _link_jupyter_server_extension(serverapp) -> None:
    """Called by Jupyter's server before it makes its parts: their settings for the course."""
    from traitlets.config import Config

    ours = Config(KernelManager=_transport(Path(serverapp.runtime_dir)))
    ours.LanguageServerManager.autodetect = False  # no search for twenty language servers at every start
    ours.merge(Config(exports()))  # File → Save and Export Notebook As
    ours.merge(serverapp.config)  # what somebody configured himself stays
    serverapp.update_config(ours)


def _load_jupyter_server_extension(serverapp) -> None:
    """Called by Jupyter's server when its parts are there."""
    serverapp.contents_manager.register_pre_save_hook(_before_save)


def _before_save(model: dict, **_) -> None:
    """The server's pre-save hook. Anything but a notebook of the current format passes unchanged."""
    content = model.get("content")
    if model.get("type") == "notebook" and isinstance(content, dict) and content.get("nbformat") == 4:
        settle(content)


def _transport(folder: Path) -> dict:
    """The kernel manager's settings for talking to kernels privately: over sockets in that folder, else encrypted.

    No sockets on Windows, on some file systems, and in a folder whose name is too long (about 100 bytes with theirs).
    """
    import socket
    import uuid

    import zmq

    probe = folder / f"kernel-{uuid.uuid4()}-ipc-99"  # as long as Jupyter's
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(probe))
        probe.unlink()
    except (AttributeError, OSError):
        return {"transport_encryption": "auto"} if zmq.has("curve") else {}
    return {"transport": "ipc"}


# ---- notebooks -------------------------------------------------------------------------------------------------------


def settle(notebook: dict) -> None:
    """Drop from a notebook, in place, what is only true while its kernel runs.

    The view of a widget, where the output has another representation (without its kernel it would show as an error),
    the widgets' state, and the version of the Python that ran it.
    """
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            if len(output.get("data", {})) > 1:
                output["data"].pop(VIEW, None)
    metadata = notebook.get("metadata", {})
    metadata.pop("widgets", None)
    if "language_info" in metadata:
        metadata["language_info"] = {"name": metadata["language_info"].get("name", "python")}


def for_a_page(notebook, resources: dict) -> tuple:
    """nbconvert's preprocessor for a page without a kernel; links between notebooks become links between pages."""
    settle(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(\]\((?!\w+:)[^)\s]+)\.ipynb\b", rf"\1{resources['output_extension']}", cell.source)
    return notebook, resources


def for_slides(notebook, resources: dict) -> tuple:
    """nbconvert's preprocessor for slides: one for each heading, and below it one for each step that is computed.

    A step is prose that leads to code. What a cell's own metadata says of slides stays.
    """
    if not find_spec("sphinx_revealjs"):
        raise OtpError("slides need reveal.js, which is not here yet: python3 lab.py site installs it and makes slides")
    computed = False  # does this slide show a result already?
    for cell, after in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        leads = cell.cell_type == "markdown" and after is not None and after.cell_type == "code"
        heads = cell.cell_type == "markdown" and re.match("##? ", cell.source)
        kind = "slide" if heads else "subslide" if leads and computed else "-"
        kind = cell.metadata.setdefault("slideshow", {}).setdefault("slide_type", kind)
        computed = cell.cell_type == "code" or (computed and kind not in ("slide", "subslide"))
    return for_a_page(notebook, resources)


def refresh(paths: list[str]) -> int:
    """Run notebooks, each from a clean kernel in its own folder, and store their outputs: the number that failed.

    One with a cell that raises is left as it was, and the cell and its error are printed.
    """
    with ThreadPoolExecutor(2) as two:
        return sum(two.map(_failed, map(Path, paths)))


def _failed(path: Path) -> bool:
    """Run one notebook, store it if that succeeds, and say whether it failed."""
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = nbformat.read(path, as_version=4)
    started = []  # the index of every cell that was begun
    try:
        run(notebook, path.parent, on_cell_start=lambda cell, cell_index: started.append(cell_index))
    except CellExecutionError as error:
        reason = f"{error.ename}: {error.evalue}"
    except (CellTimeoutError, DeadKernelError) as error:
        reason = str(error)
    else:
        _store(path, nbformat.writes(notebook) + "\n")
        return False
    print(f"{path}, cell {started[-1] + 1}: {reason} (the notebook is left as it was)", flush=True)
    return True


def run(notebook, folder: Path, **hooks) -> None:
    """Execute a notebook in place, and leave in it only what the next run gives again."""
    from nbclient import NotebookClient
    from traitlets.config import Config

    place = {"metadata": {"path": str(folder)}}
    private = Config(KernelManager={"transport_encryption": "auto"})
    options = {"timeout": CELL_SECONDS, "record_timing": False, "store_widget_state": False, **hooks}
    NotebookClient(notebook, kernel_name="python3", resources=place, config=private, **options).execute()
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        cell.metadata.pop("jupyter", None)
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
            if HIDDEN in cell.metadata.get("tags", ()):
                _hide(cell)
    settle(notebook)


def _hide(cell) -> None:
    """Fold a cell's outputs away, as JupyterLab does it. Myst-nb and our exports know the tag by itself."""
    cell.metadata["jupyter"] = {"outputs_hidden": True}
    for output in cell.outputs[:1]:
        texts, kinds = (output.data, ("text/html", "text/plain")) if "data" in output else (output, ("text",))
        texts.update({kind: ANSWER + texts[kind] for kind in kinds if kind in texts})


def _joined(outputs: list) -> list:
    """The outputs, with what was printed in one go in one piece: how the kernel cuts it depends on its timing."""
    joined = []
    for output in outputs:
        if joined and output.output_type == joined[-1].output_type == "stream" and output.name == joined[-1].name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _store(path: Path, text: str) -> None:
    """Write a notebook, if it is not there byte for byte already."""
    content = text.encode()
    unchanged = path.read_bytes() == content
    if not unchanged:
        path.write_bytes(content)
    print(f"{path}: {'unchanged' if unchanged else 'stored'}", flush=True)


def main(arguments: list[str]) -> int:
    if not arguments:
        settings()
        return 0
    if arguments[0] != "refresh":
        print(__doc__)
        return 2
    paths = arguments[1:] or sorted(str(path) for pattern in CHAPTERS for path in Path("notebooks").glob(pattern))
    if not paths:
        print("There are no notebooks here: run this where the folder notebooks/ is, or name them.")
        return 2
    return 1 if refresh(paths) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
