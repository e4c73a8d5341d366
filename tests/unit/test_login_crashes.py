"""kill -9 at each write of the life of an account: afterwards no state that the owner, or an attacker, could be stuck in.

What kill -9 leaves is what the folder holds at that moment, so a life is lived once, and its folder copied before each
statement that changes the database. Where it is more than that (keys, files put in another's place), a forked child kills
itself.
"""

import asyncio
import os
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from visitor import PASSWORD, Clock

from totp_teach import OtpError, totp
from totp_teach.login import passwords, site, vault
from totp_teach.login.site import Site
from totp_teach.verifier import SqliteStore

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE|COMMIT)", re.IGNORECASE)
NEW = "battery staple"


def stopped_at_changes(act):
    """What connects to a database, and acts before each statement that changes something: act is told how many were before."""
    numbers = count()

    def trace(statement: str) -> None:
        if CHANGES.match(statement):
            act(next(numbers))

    def connect(*given, **named):
        connection = REAL(*given, **named)
        connection.set_trace_callback(trace)
        return connection

    return connect


def killed_at(number: int):
    """Ends the process, as kill -9 does, at one of them."""
    return stopped_at_changes(lambda now: now == number and os.kill(os.getpid(), signal.SIGKILL))


REAL = sqlite3.connect


async def life(folder: Path, clock: Clock) -> None:
    """Sign up, log in, enrol, confirm, lose the phone, recover, enrol anew, renew, change the password, switch off."""
    here = Site(folder, clock=clock)
    await here.sign_up("alice", PASSWORD, "-")
    token = await here.log_in("alice", PASSWORD, "-", None, "")
    await here.log_in("alice", PASSWORD, "elsewhere", None, "")

    async def prove(code: str = "", enough: bool = False):
        nonlocal token
        token = (await here.prove(here.session(token), "-", PASSWORD, code, enough, print)).token

    async def enrol() -> list[str]:
        nonlocal token
        here.enrol(here.session(token), "-")
        key = here.pending(here.session(token)).key
        clock.pass_by(30)
        session, codes = await here.confirm(here.session(token), totp.code(key, clock()), "-")
        token = session.token
        return codes

    await prove()
    codes = await enrol()
    half_way = await here.log_in("alice", PASSWORD, "-", None, token)
    here.check_recovery_code(here.session(half_way), codes[0], "-")
    token = here.complete(here.session(half_way), recovered=True)
    await prove(enough=True)
    codes = await enrol()
    await prove(codes[0])
    codes = here.renew_recovery_codes(here.session(token), "-")
    session = await here.change_password(here.session(token), NEW, "-", PASSWORD, codes[0])
    here.disable(await here.prove(session, "-", NEW, codes[1], False, print), "-")
    here.close()


def one(database: sqlite3.Connection, query: str):
    return database.execute(query).fetchone()[0]


def left_behind(folder: Path) -> None:
    """What must hold at every moment."""
    with closing(sqlite3.connect(folder / "login.db")) as database:
        assert one(database, "PRAGMA integrity_check") == "ok"
        if not one(database, "SELECT count(*) FROM sqlite_master WHERE name = 'master'"):
            return
        phones = [phone for (phone,) in database.execute("SELECT phone FROM users WHERE phone IS NOT NULL")]
        codes = one(database, "SELECT count(*) FROM recovery_codes")
        keys = {key for (key,) in database.execute("SELECT id FROM accounts")}
        pending = {key for (key,) in database.execute("SELECT pending FROM sessions WHERE pending IS NOT NULL")}
        full = one(database, "SELECT count(*) FROM sessions WHERE stage = 'full'")
        if phones:  # codes are on: with a key that is there and shown by no page, with recovery codes, for one session
            assert set(phones) <= keys and not set(phones) & pending
            assert 7 <= codes <= 10 and full <= 1
        else:
            assert codes == 0
        assert pending <= keys
        assert len(keys - set(phones) - pending) <= 1  # one that was written and not yet belonged to anybody


@pytest.fixture
def folder_of(tmp_path):
    """Folders; in memory where that can be had, since each write is waited for and there are thousands."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as root:

        def make(name) -> Path:
            (Path(root) / str(name)).mkdir()
            return Path(root) / str(name)

        yield make


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(passwords, "N", 2)
    monkeypatch.setattr(passwords, "P", 1)


def in_a_child(number: int, story, monkeypatch) -> bool:
    """Does it come to the end, with that many writes?"""
    child = os.fork()
    if child == 0:
        sqlite3.connect = killed_at(number)
        try:
            story()
        finally:
            sys.stdout.flush()
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status)


def test_killed_at_each_write_of_a_life(folder_of, quick, monkeypatch):
    lived, left = folder_of("life"), []

    def killed(number: int) -> None:
        left.append(Path(shutil.copytree(lived, lived.with_name(str(number)))))

    monkeypatch.setattr(sqlite3, "connect", stopped_at_changes(killed))
    asyncio.run(life(lived, Clock()))
    monkeypatch.setattr(sqlite3, "connect", REAL)
    assert len(left) > 60
    for folder in (*left, lived):
        left_behind(folder)
        Site(folder).close()  # and it starts again


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_killed_at_each_moment_of_a_rotation(folder_of, quick, monkeypatch):
    """One of the two keys opens the accounts, and the next start finds which."""
    for number in range(10):
        folder = folder_of(number)
        first = Site(folder)
        first.verifier.enrol("alice 1", site.Account(issuer="x", name="alice", key=b"12345678901234567890"))
        first.database.add_user("alice", "x")
        first.database.set_phone("alice", "alice 1", [], None)
        first.close()

        def story(folder=folder):
            here = Site(folder)
            if number == 9:  # killed between the transaction and the change of files
                monkeypatch.setattr(os, "replace", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            site.rotate(here, folder)
            here.close()

        over = in_a_child(number if number < 9 else 1000, story, monkeypatch)
        again = Site(folder)
        assert again.store.get("alice 1").account.key == b"12345678901234567890"
        assert not (folder / "login.key.new").exists() or not over
        again.close()
    assert not over


def test_a_full_disk_keeps_the_door_shut(tmp_path, quick):
    """Nothing can be written: nobody is let in, nothing is half done, and afterwards all goes on."""
    here = Site(tmp_path)
    asyncio.run(here.sign_up("alice", PASSWORD, "-"))
    pages = one(here.database._connection, "PRAGMA page_count")
    here.database._connection.execute(f"PRAGMA max_page_count = {pages}")
    done = []
    for _ in range(50):
        try:
            asyncio.run(here.log_in("alice", PASSWORD, "-" * 4000, None, ""))
            done.append("in")
        except sqlite3.OperationalError as error:
            done.append(str(error))
    assert done[-1] == "database or disk is full" and done.count("in") < 20
    here.database._connection.execute("PRAGMA max_page_count = 100000")
    assert here.session(asyncio.run(here.log_in("alice", PASSWORD, "-", None, ""))).name == "alice"
    here.close()


def test_a_vault_of_another_key_opens_nothing(tmp_path):
    first = SqliteStore(tmp_path / "login.db", cipher=vault.Vault(bytes(32)))
    first.add("alice", site.Record(site.Account(issuer="x", name="alice", key=b"1" * 20)))
    first.close()
    second = SqliteStore(tmp_path / "login.db", cipher=vault.Vault(b"\1" * 32))
    with closing(second), pytest.raises(OtpError, match="does not open"):
        second.get("alice")
