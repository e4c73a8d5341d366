"""Notebooks run again, each from a clean kernel, and the outputs stored."""

import atexit
import socket
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from .exports import settle

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CHAPTERS = ("[0-9][0-9]_*.ipynb", "solutions/[0-9][0-9]_*.ipynb")  # a reader's kept copies are called mine_…
CELL_SECONDS = 120
HIDDEN = "hide-output"  # the tag of a cell whose output answers a prediction, and is folded away until asked for
ANSWER = "Answer:\n"  # before such an output: JupyterLab shows the first line of what it folds away


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
    options = {"timeout": CELL_SECONDS, "record_timing": False, "store_widget_state": False, **hooks}
    with private() as settings:
        config = Config(KernelManager=settings)
        NotebookClient(notebook, kernel_name="python3", resources=place, config=config, **options).execute()
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
    joined: list[Any] = []
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


# ---- talking to kernels ----------------------------------------------------------------------------------------------


@contextmanager
def private() -> Iterator[dict[str, Any]]:
    """The settings of one kernel's manager, so that it is talked to privately and shares its ports with nobody."""
    folder = _new_folder()
    try:
        file = {"connection_file": str(Path(folder.name, "kernel.json"))} if folder else {}
        yield {**transport(folder.name if folder else None), **file}
    finally:
        if folder:
            folder.cleanup()


def transport(folder: str | None) -> dict[str, Any]:
    """The settings of kernels' managers: sockets where there is a folder for them, else encrypted ports.

    Two servers that start kernels at one moment may draw the same port. A kernel that dies of that is given new ones,
    which Jupyter does only if it has not remembered the first ones in its cache.
    """
    import zmq

    encrypted = {"transport_encryption": "auto"} if zmq.has("curve") else {}
    return {"transport": "ipc"} if folder else {"cache_ports": False, **encrypted}


@cache
def sockets() -> str | None:
    """A folder for the sockets of a server's kernels, which goes with this process; None where there are no sockets."""
    folder = _new_folder()
    if folder is None:
        return None
    atexit.register(folder.cleanup)
    return folder.name


def _new_folder() -> tempfile.TemporaryDirectory | None:
    """A folder that only this user may enter, its path short enough for sockets named as Jupyter's (a hundred bytes).

    None on Windows, and on file systems without sockets.
    """
    for place in (None, "/tmp"):  # the system's own; on macOS that is a long path
        try:
            folder = tempfile.TemporaryDirectory(prefix="totp", dir=place)
        except OSError:
            continue
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.bind(str(Path(folder.name, f"kernel-{uuid.uuid4()}-ipc-99")))
            return folder
        except (AttributeError, OSError):
            folder.cleanup()
    return None
