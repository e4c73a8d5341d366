"""What the tests of the login server share: servers with a clock of their own, and people at them."""

import sqlite3
from dataclasses import replace

import pytest
from visitor import Clock, Running, Visitor

from totp_teach.login import Defences, passwords, web

ON = Defences()


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch):
    """scrypt with the least it can do: what these tests look at is not how long it takes."""
    monkeypatch.setattr(passwords, "N", 2)
    monkeypatch.setattr(passwords, "P", 1)


@pytest.fixture(autouse=True)
def addresses(monkeypatch):
    """Visitors from elsewhere: who sends the header From is there. (The server itself believes no header.)"""
    real = web.Page.address
    monkeypatch.setattr(web.Page, "address", property(lambda page: page.request.headers.get("From") or real.fget(page)))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def serve(tmp_path, clock):
    """Starts servers, each with an empty folder of its own."""
    running = []

    def start(**off: bool) -> Running:
        folder = tmp_path / str(len(running))
        folder.mkdir()
        running.append(Running(folder, clock, replace(ON, **off)))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture
def alice(server):
    """Her browser, logged in, and no codes yet."""
    visitor = server.visitor()
    visitor.sign_up("alice")
    assert visitor.log_in("alice").page == "account"
    return visitor


@pytest.fixture
def enrolled(server, alice, clock):
    """Her browser, her key, her recovery codes."""
    return alice, *alice.enrol(clock)


def half_way(server: Running, **headers: str) -> Visitor:
    """Somebody who knows her password."""
    visitor = server.visitor(**headers)
    assert visitor.log_in("alice").page == "code"
    return visitor


def rows(server: Running, query: str) -> list[tuple]:
    connection = sqlite3.connect(server.database)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def events(server: Running) -> list[str]:
    return [what for (what,) in rows(server, "SELECT what FROM events ORDER BY rowid")]
