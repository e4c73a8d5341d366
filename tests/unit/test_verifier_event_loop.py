"""A verifier behind an event loop: in a thread, as its docstring says, a check that waits keeps nobody else waiting."""

import asyncio
import sqlite3
import threading
import time

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from totp_teach import totp
from totp_teach.otpauth import Account
from totp_teach.verifier import SqliteStore, Verifier

KEY = b"12345678901234567890"


class Code(RequestHandler):
    """A login's second step, as a service on Tornado would have it."""

    def initialize(self, verifier: Verifier):
        self.verifier = verifier

    async def post(self):
        code = self.get_body_argument("code")
        verdict = await asyncio.to_thread(self.verifier.check, "alice", code, time.time())
        self.set_status(200 if verdict else 403)
        self.finish(verdict.after_password.message)


class Blocking(Code):
    """The same without the thread."""

    async def post(self):
        verdict = self.verifier.check("alice", self.get_body_argument("code"), time.time())
        self.set_status(200 if verdict else 403)


class Alive(RequestHandler):
    def get(self):
        self.finish("yes")


@pytest.fixture
def store(tmp_path):
    store = SqliteStore(tmp_path / "accounts.db")
    yield store
    store.close()


def serve(store: SqliteStore, use):
    """What `use` finds, which is given a function that fetches a page of a server with that store."""
    verifier = Verifier(store)
    verifier.enrol("alice", Account(key=KEY))

    async def run():
        listening, port = bind_unused_port(address="127.0.0.1")
        pages = [("/code", Code, {"verifier": verifier}), ("/blocking", Blocking, {"verifier": verifier}), ("/", Alive)]
        server = HTTPServer(Application(pages))
        server.add_socket(listening)
        client = AsyncHTTPClient(force_instance=True, max_clients=100)
        try:
            return await use(
                lambda path, **options: client.fetch(f"http://127.0.0.1:{port}{path}", raise_error=False, **options)
            )
        finally:
            server.stop()
            client.close()

    return asyncio.run(run())


def held(store: SqliteStore, seconds: float) -> threading.Thread:
    """Somebody else, who holds the file for so long."""
    other = sqlite3.connect(store.path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")

    def release():
        time.sleep(seconds)
        other.execute("COMMIT")
        other.close()

    thread = threading.Thread(target=release)
    thread.start()
    return thread


@pytest.mark.parametrize("path, stalls", [("/code", False), ("/blocking", True)])
def test_a_check_that_waits_stalls_the_loop_only_without_a_thread(store, path, stalls):
    async def use(fetch):
        holder = held(store, 1.5)
        slow = asyncio.ensure_future(fetch(path, method="POST", body=f"code={totp.code(KEY, time.time())}"))
        start = time.monotonic()
        await asyncio.sleep(0.2)  # it is under way
        assert (await fetch("/")).body == b"yes"
        took = time.monotonic() - start
        assert (await slow).code == 200
        holder.join()
        return took

    took = serve(store, use)
    assert (took > 1.2) if stalls else (took < 1)


def test_of_many_requests_with_one_code_one_is_let_in(store):
    async def use(fetch):
        code = totp.code(KEY, time.time())
        answers = [fetch("/code", method="POST", body=f"code={code}") for _ in range(12)]
        return sorted(answer.code for answer in await asyncio.gather(*answers))

    assert serve(store, use) == [200] + [403] * 11
