"""The contract of a store, tried on our two, on a PostgreSQL and a Redis server, and on stores that break it."""

import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from glob import glob
from pathlib import Path

import pytest
import stores

from totp_teach import totp
from totp_teach.otpauth import Account
from totp_teach.verifier import MemoryStore, Record, SqliteStore, Throttle, Verifier, conformance

KEY = b"12345678901234567890"
NOW = 1_000_000_000
KINDS = ("memory", "sqlite", "postgres", "redis")
SERVERS = ("postgres", "redis")


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """A function that gives the place of a server, started when it is first asked for, and the process."""
    if os.name != "posix" or not glob("/usr/lib/postgresql/*/bin") or not shutil.which("redis-server"):
        pytest.skip("PostgreSQL and Redis are not installed (apt-get install postgresql redis-server)")
    with (
        stores.postgres() as postgres,
        stores.redis_server(tmp_path_factory.mktemp("redis")) as redis,
    ):
        yield {"postgres": postgres, "redis": redis}


@pytest.fixture(params=KINDS)
def open_store(request, tmp_path):
    if request.param == "memory":
        store = MemoryStore()
        return lambda: store
    if request.param == "sqlite":
        return lambda: SqliteStore(tmp_path / "accounts.db")
    return stores.opener(request.param, request.getfixturevalue("servers")[request.param][0])


def test_a_store_does_what_every_store_must(open_store):
    conformance.check(open_store)


class Reversing:
    """A cipher that can be seen at work."""

    def seal(self, data: bytes, context: bytes) -> bytes:
        return context + b"|" + data[::-1]

    def open(self, sealed: bytes, context: bytes) -> bytes:
        assert sealed.startswith(context + b"|")
        return sealed.removeprefix(context + b"|")[::-1]


@pytest.mark.parametrize("kind", SERVERS)
def test_a_servers_keys_are_sealed_too(servers, kind, monkeypatch):
    monkeypatch.setattr(conformance, "SECONDS", 0.02)  # what is one step is tried above
    make = {"postgres": stores.PostgresStore, "redis": stores.RedisStore}[kind]
    conformance.check(lambda: make(servers[kind][0], Reversing()))
    store = make(servers[kind][0], Reversing())
    store.add("sealed", Record(Account(key=KEY)))
    assert make(servers[kind][0]).get("sealed").account.key == b"sealed|" + KEY[::-1]


@pytest.mark.parametrize("kind", SERVERS)
def test_of_many_processes_on_a_server_one_gets_a_code_accepted(servers, kind):
    place, _ = servers[kind]
    store = stores.opener(kind, place)()
    assert store.add("racing", Record(Account(key=KEY)))
    processes = [program(kind, place, "racing") for _ in range(4)]
    deadline = time.monotonic() + 60
    while store.get("racing").last < NOW // 30 + 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in processes:
        process.kill()
    accepted = [at for process in processes for at in process.communicate()[0].split("\n")[:-1]]
    assert len(accepted) == len(set(accepted)) > 5


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize("victim", ["client", "server"])
def test_kill_9_takes_back_nothing_that_was_accepted(servers, kind, victim):
    place, server = servers[kind]
    name = f"killed {victim}"
    assert stores.opener(kind, place)().add(name, Record(Account(key=KEY)))
    process = program(kind, place, name)
    heard = [process.stdout.readline() for _ in range(20)]
    if victim == "server":
        server.kill()
        process.wait(20)  # its store raises: it does not go on alone
        server.start()
    process.kill()
    heard += process.communicate()[0].splitlines(keepends=True)
    last = max(int(line) for line in heard if line.endswith("\n"))
    desk = Verifier(stores.opener(kind, place)(), throttle=None)
    assert desk.check(name, totp.code(KEY, last), last).reason == "used"
    assert desk.check(name, totp.code(KEY, last + 300), last + 300).reason == "accepted"


def program(kind: str, place: str, name: str) -> subprocess.Popen:
    command = [sys.executable, stores.__file__, kind, place, name]
    folder = str(Path(stores.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": folder}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)


# --- stores that break the contract ---------------------------------------------------------------------------------


class LooksThenWrites(MemoryStore):
    """Compares, and then keeps, in two steps."""

    def swap(self, account_id, old, new):
        current = self.get(account_id)
        if current is None or current.revision != old.revision:
            return False
        self._records[account_id] = new
        return True


class AddsInTwoSteps(MemoryStore):
    def add(self, account_id, record, *, old=None):
        current = self.get(account_id)
        if (current and current.revision) != (old and old.revision):
            return False
        self._records[account_id] = record
        return True

    swap = MemoryStore.swap


class RemovesInTwoSteps(MemoryStore):
    def remove(self, account_id):
        return account_id in self._records and (self._records.pop(account_id, None), True)[1]


class LocksSwapsAlone(MemoryStore):
    """A lock for swaps: no two of them meet, and a removed account comes back."""

    def __init__(self):
        super().__init__()
        self._other_lock = threading.Lock()

    def swap(self, account_id, old, new):
        with self._other_lock:
            return LooksThenWrites.swap(self, account_id, old, new)


class ReadsInTwoSteps(MemoryStore):
    """As by two queries: the key of one account, and what has happened to another."""

    def get(self, account_id):
        first = super().get(account_id)
        second = super().get(account_id)
        return first and second and replace(second, account=first.account)


class LooksThenWritesToAFile(SqliteStore):
    """Two statements, which are not one transaction."""

    def swap(self, account_id, old, new):
        current = self.get(account_id)
        if current is None or current.revision != old.revision:
            return False
        statement = "UPDATE accounts SET state = ?, revision = ? WHERE id = ?"
        return self._run(statement, new.state, new.revision, account_id)[1] == 1


class RaisesTheRevision(MemoryStore):
    def swap(self, account_id, old, new):
        return super().swap(account_id, old, replace(new, revision=new.revision + 1))


class AnswersNothing(MemoryStore):
    def swap(self, account_id, old, new):
        super().swap(account_id, old, new)


class NeverCompares(MemoryStore):
    def swap(self, account_id, old, new):
        return account_id in self._records and super().swap(account_id, self.get(account_id), new)


class ComparesTheStep(MemoryStore):
    """Two records with the same last step are the same to it: failures get lost, and a new account is the old one."""

    def swap(self, account_id, old, new):
        current = self.get(account_id)
        if current is None or current.last != old.last:
            return False
        return super().swap(account_id, current, new)


class AddsAlways(MemoryStore):
    def add(self, account_id, record, *, old=None):
        return super().add(account_id, record, old=old or self.get(account_id))


class ReplacesAlways(MemoryStore):
    """Looks whether there is something to replace, and not what."""

    def add(self, account_id, record, *, old=None):
        return super().add(account_id, record, old=old and self.get(account_id))


class ForgetsTheRevision(MemoryStore):
    def get(self, account_id):
        found = super().get(account_id)
        return found and replace(found, revision=0)


class RemovesSilently(MemoryStore):
    def remove(self, account_id):
        super().remove(account_id)
        return True


BROKEN = [
    LooksThenWrites,
    AddsInTwoSteps,
    RemovesInTwoSteps,
    LocksSwapsAlone,
    ReadsInTwoSteps,
    RaisesTheRevision,
    AnswersNothing,
    NeverCompares,
    ComparesTheStep,
    AddsAlways,
    ReplacesAlways,
    ForgetsTheRevision,
    RemovesSilently,
]


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
def test_a_store_that_breaks_the_contract_is_found(kind):
    store = kind()
    with pytest.raises(AssertionError):
        conformance.check(lambda: store)


def test_a_store_on_a_file_that_looks_and_then_writes_is_found(tmp_path):
    with pytest.raises(AssertionError, match=r"swap.*must be one step"):
        conformance.takes_one_after_the_other(lambda: LooksThenWritesToAFile(tmp_path / "accounts.db"))


def test_a_debugger_goes_on_after_the_cases():
    store, seen = MemoryStore(), []

    def tracer(frame, event, _):
        seen.append(frame.f_code.co_name)

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        conformance.takes_one_after_the_other(lambda: store)
        assert sys.gettrace() is tracer
        store.get("alice")
    finally:
        sys.settrace(before)
    assert {"takes_one_after_the_other", "get"} <= set(seen)


def test_nothing_is_left_behind():
    store = MemoryStore()
    conformance.check(lambda: store)
    assert store._records == {}


def test_a_store_whose_answers_are_none_accepts_nothing():
    desk = Verifier(AnswersNothing(), throttle=Throttle())
    desk.enrol("alice", Account(key=KEY))
    with pytest.raises(ValueError, match="AnswersNothing.swap must return True or False"):
        desk.check("alice", totp.code(KEY, NOW), NOW)
