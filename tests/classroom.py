"""A classroom on this machine: JupyterHub with its proxy and a server for each learner, all on 127.0.0.1.

A `Learner` says over REST and the kernel's websocket what a browser says: a chapter opened, Run All, a code checked.
"""

import asyncio
import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from totp_teach.jupyter import settings

TESTS = Path(__file__).parent
NOTEBOOKS = TESTS.parent / "notebooks"
PROXY = TESTS / "interop/node_modules/.bin/configurable-http-proxy"
PROTOCOL = "v1.kernel.websocket.jupyter.org"
SECONDS = 180  # that anything may take
ENTRY = 300  # seconds within which a class comes in and runs a chapter
HEADROOM = 1.4  # over what was measured: learners try things out

CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.authenticator_class = "dummy"  # whoever gives a name is let in by it
c.JupyterHub.services = [{{"name": "tests", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [{{"name": "tests", "services": ["tests"], "scopes": {scopes}}}]
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.ip = "127.0.0.1"
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root", "--LabApp.expose_app_in_browser=True", {settings!r}]
c.Spawner.environment = {{"JUPYTER_CONFIG_PATH": {config!r}, "JUPYTER_PATH": {share!r}}}
c.Spawner.http_timeout = c.Spawner.start_timeout = {seconds}
"""
SCOPES = ["admin:users", "admin:servers", "access:servers"]


@dataclass
class Hub:
    """A JupyterHub whose files are in a folder; it runs between `start` and `stop`."""

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    process: subprocess.Popen | None = None

    def start(self) -> None:
        home = self.folder / "settings"
        settings.write(str(home))
        public, hub, api = _free_ports(3)
        self.address = f"http://127.0.0.1:{public}"
        config = CONFIG.format(
            public=public,
            hub=hub,
            api=api,
            proxy=str(PROXY),
            token=self.token,
            scopes=SCOPES,
            python=sys.executable,
            homes=str(self.folder / "homes"),
            config=str(home / "etc/jupyter"),
            share=str(home / "share/jupyter"),
            seconds=SECONDS,
            settings=f"--LabApp.app_settings_dir={home / 'share/jupyter/lab/settings'}",
        )
        (self.folder / "jupyterhub_config.py").write_text(config)
        with open(self.folder / "log.txt", "a") as log:
            command = [sys.executable, "-m", "jupyterhub", "--log-level=WARN"]
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                return urllib.request.urlopen(f"{self.address}/hub/api", timeout=5).close()
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"JupyterHub did not start:\n{self.log}")

    def seat(self, name: str) -> Path:
        """A learner's home, with a copy of the notebooks in it."""
        home = self.folder / "homes" / name
        shutil.copytree(NOTEBOOKS, home / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        return home

    def server(self, name: str) -> psutil.Process:
        """The process of a learner's server; its kernels are its children."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            if f"/user/{name}/" == process.environ().get("JUPYTERHUB_SERVICE_PREFIX"):
                return process
        raise LookupError(f"{name} has no server")

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text()

    def stop(self) -> None:
        """The end of the hub, the proxy, the servers and their kernels: asked for, and after a while made."""
        if self.process.poll() is None:
            family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    member.terminate()
            for left in psutil.wait_procs(family, timeout=20)[1]:
                left.kill()
        self.process.wait()


def needs(learners: int, memory: float, work: float, idle: float, hub: float) -> tuple[float, float]:
    """The memory in GB and the cores of a class, without headroom.

    memory: of a learner, in MB.  work: a learner's processor seconds from the door to the first checked code.
    idle: the part of a core that a learner's open page takes.  hub: what the hub itself takes, in MB.
    """
    return (learners * memory + hub) / 1000, learners * (work / ENTRY + idle)


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def sign_in(page, hub: Hub, name: str) -> None:
    """A name given at the hub's door in a real browser; it lets in when the server of that name is ready."""
    page.goto(f"{hub.address}/hub/login")
    page.get_by_label("Username").fill(name)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{hub.address}/user/{name}/lab**", timeout=SECONDS * 1000)


class Learner:
    """One learner, by name. address: the learner's server, as the hub's proxy offers it."""

    def __init__(self, hub: Hub, name: str):
        self.hub, self.name, self.address = hub, name, f"{hub.address}/user/{name}"
        self.models: dict[str, dict] = {}  # comm_id: the state of each widget
        self._session = Session(username=name)

    def url(self, path: str) -> str:
        """Where a notebook opens in JupyterLab."""
        return f"{self.address}/lab/tree/{path}?reset"

    async def start(self) -> None:
        """The learner's server, until it is ready. Raises RuntimeError if the hub could not start it."""
        await self._ask("POST", f"{self.hub.address}/hub/api/users/{self.name}")
        await self._ask("POST", f"{self.hub.address}/hub/api/users/{self.name}/server")
        while True:
            servers = (await self._ask("GET", f"{self.hub.address}/hub/api/users/{self.name}"))["servers"]
            if not servers:
                raise RuntimeError(f"{self.name}'s server did not start:\n{self.hub.log}")
            if servers[""]["ready"]:
                return
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """The end of the server."""
        await self._ask("DELETE", f"{self.hub.address}/hub/api/users/{self.name}/server")
        while (await self._ask("GET", f"{self.hub.address}/hub/api/users/{self.name}"))["servers"]:
            await asyncio.sleep(0.1)

    async def open(self, path: str) -> None:
        """A notebook, as the server keeps it, with a kernel of its own and the way to it."""
        self.notebook = (await self._ask("GET", f"{self.address}/api/contents/{path}?content=1"))["content"]
        kernel = {"kernel": {"name": "python3"}, "name": path, "path": path, "type": "notebook"}
        self.kernel = (await self._ask("POST", f"{self.address}/api/sessions", kernel))["kernel"]["id"]
        address = f"{self.address}/api/kernels/{self.kernel}/channels?session_id={self._session.session}"
        request = HTTPRequest(address.replace("http", "ws", 1), headers=self._headers, request_timeout=SECONDS)
        self._socket = await websocket_connect(request, subprotocols=[PROTOCOL], max_message_size=2**28)
        assert self._socket.selected_subprotocol == PROTOCOL

    async def run_all(self) -> list[str]:
        """Every code cell in its turn; the errors, if there were any."""
        sources = ["".join(cell["source"]) for cell in self.notebook["cells"] if cell["cell_type"] == "code"]
        return [error for source in sources for error in await self.run(source)]

    async def run(self, source: str) -> list[str]:
        """One cell, until the kernel has told all of it; its errors."""
        sent = await self._send("shell", "execute_request", {"code": source, "store_history": True})
        errors, waiting = [], {"execute_reply", "idle"}
        while waiting:
            message = await self._receive()
            kind, content = message["header"]["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != sent:
                continue
            if kind == "error":
                errors.append(f"{content['ename']}: {content['evalue']}")
            waiting -= {kind, content.get("execution_state")}
        return errors

    def widgets(self, name: str) -> list[str]:
        """The comms of the widgets whose state has this name."""
        return [comm for comm, state in self.models.items() if name in state]

    async def say(self, comm: str, question: dict) -> dict:
        """A widget's front-end's own message to its Python, and the answer to it."""
        content = {"comm_id": comm, "data": {"method": "custom", "content": question}}
        await self._send("shell", "comm_msg", content)
        while True:
            message = await self._receive()
            if message["header"]["msg_type"] == "comm_msg" and message["content"]["comm_id"] == comm:
                answer = message["content"]["data"].get("content", {})
                if answer.get("id") == question["id"]:
                    return answer

    async def enter(self, code: str) -> dict:
        """The verdict on a code that is typed into the last VerifyBox."""
        return await self.say(self.widgets("label")[-1], {"id": secrets.token_hex(4), "code": code})

    def close(self) -> None:
        self._socket.close()

    @property
    def _headers(self) -> dict:
        return {"Authorization": f"token {self.hub.token}"}

    async def _ask(self, method: str, url: str, body: dict | None = None) -> dict:
        request = HTTPRequest(
            url,
            method,
            self._headers,
            json.dumps(body) if body else None,
            request_timeout=SECONDS,
            connect_timeout=SECONDS,
            allow_nonstandard_methods=True,
        )
        answer = await AsyncHTTPClient(max_clients=200).fetch(request)
        return json.loads(answer.body or "{}")

    async def _send(self, channel: str, kind: str, content: dict) -> str:
        message = self._session.msg(kind, content)
        frame = serialize_msg_to_ws_v1(message, channel, self._session.pack)
        await self._socket.write_message(frame, binary=True)
        return message["header"]["msg_id"]

    async def _receive(self) -> dict:
        """The next message from the kernel. What it says of widgets is remembered."""
        frame = await asyncio.wait_for(self._socket.read_message(), SECONDS)
        if frame is None:
            raise ConnectionError(f"{self.name}'s kernel is not there any more:\n{self.hub.log}")
        _, parts = deserialize_msg_from_ws_v1(frame)
        header, parent, _metadata, content = (json.loads(part) for part in parts[:4])
        if header["msg_type"] == "comm_open":
            self.models[content["comm_id"]] = content["data"].get("state", {})
        return {"header": header, "parent_header": parent, "content": content}
