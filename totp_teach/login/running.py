"""The server in a process of its own: beside a notebook's cells, or by hand."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from .. import OtpError, require
from .._world import need_processes
from .defences import Defences


class Server:
    """A login server that runs beside this process, and ends with it (and with all that were forked from it).

    url: where it answers.  link: the same for the browser: through Jupyter's server where there is one, so that it can
    be opened wherever the notebook can, on Binder, in a container or over SSH.
    folder: its files: login.db, login.key and login.log.
    """

    def __init__(self, process: subprocess.Popen, url: str, folder: str):
        self._process = process
        self.url, self.folder = url, Path(folder)
        base = jupyter_base()
        self.link = f"{base}proxy/{url.rsplit(':')[-1]}" if base else url

    def __repr__(self) -> str:
        return f"<Server at {self.link}{'' if self.running else ', stopped'}>"

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Does it still answer?"""
        return self._process.poll() is None

    def stop(self) -> None:
        """Ends it; with it goes a folder that it made itself."""
        for end in (lambda: None, self._process.terminate, self._process.kill):
            end()  # at first its input ends, if no child that was forked meanwhile holds it open
            with suppress(subprocess.TimeoutExpired):
                self._process.communicate(timeout=5)
                return


def start(
    folder: str | os.PathLike | None = None, *, port: int = 0, defences: Defences = Defences(), quick: bool = False
) -> Server:
    """Starts a login server on 127.0.0.1; it stops with this process, however that ends.

    folder: where its files are kept; without one a new one, gone with the server.  port: 0 takes a free one.
    defences: what is switched on.  quick: its hashes of passwords are not slow: for passwords that everybody knows.
    Raises OtpError if it does not start, with the reason.
    """
    need_processes()
    require("login")
    # -P: a file beside the notebook may have the name of a module of the library.
    command = [sys.executable, "-P", "-m", "totp_teach.login", "--beside", f"--port={port}"]
    command += [f"--folder={os.fspath(folder)}"] if folder else []
    command += [f"--without={name}" for name in defences.without()] + ["--quick"] * quick
    base = jupyter_base()
    if base and base == os.environ.get("JUPYTERHUB_SERVICE_PREFIX"):  # the hub's proxy says truly who asks
        command += ["--proxy=127.0.0.1"]  # as may whatever else runs in the container: it is this user's own
    # A session of its own: what interrupts a cell goes to the whole group of the kernel's processes.
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        reason = process.communicate()[1].strip().splitlines()
        raise OtpError(f"the login server did not start: {reason[-1] if reason else 'it gave no reason'}")
    if process.stderr:
        process.stderr.close()
    return Server(process, **json.loads(line))


def jupyter_base() -> str | None:
    """The path at which the Jupyter server answers whose kernel this process is, if it passes requests on to ports.

    It is read from the file that the server itself keeps: a variable may be left over from another one.
    """
    try:
        from jupyter_core.paths import jupyter_runtime_dir

        about = Path(jupyter_runtime_dir(), f"jpserver-{os.getppid()}.json").read_text("utf-8")
    except (ImportError, OSError):
        return None
    return json.loads(about)["base_url"] if find_spec("jupyter_server_proxy") else None
