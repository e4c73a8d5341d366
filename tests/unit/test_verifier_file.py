"""One SQLite file under several hands: whatever a process opens, closes, copies or forks, a code is accepted once."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from totp_teach import OtpError, totp
from totp_teach.otpauth import Account
from totp_teach.verifier import SqliteStore, Throttle, Verifier, stores

KEY = b"12345678901234567890"
NOW = 1_000_000_000
PATIENT = Throttle(delay=0, bound=10**9)

# Another process: for each line of its input it opens the file, checks that code, and closes the file.
CHECKER = """
import sys
from totp_teach.verifier import SqliteStore, Throttle, Verifier

for line in sys.stdin:
    name, code, at = line.split()
    store = SqliteStore(sys.argv[1])
    desk = Verifier(store, throttle=Throttle(delay=0, bound=10**9))
    print(desk.check(name, code, int(at)).reason, flush=True)
    store.close()
"""


@contextmanager
def checker(path):
    """A function that has another process check a code."""
    command = [sys.executable, "-c", CHECKER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def check(name: str, code: str, at: int) -> str:
            print(name, code, at, file=process.stdin, flush=True)
            return process.stdout.readline().strip()

        yield check
        process.stdin.close()


def second_store(path, keep):
    keep.append(SqliteStore(path))


def second_store_closed(path, keep):
    SqliteStore(path).close()


def read_as_a_file(path, keep):
    path.read_bytes()


def copied(path, keep):
    shutil.copy(path, path.with_suffix(".copy"))


def opened_by_sqlite3(path, keep):
    sqlite3.connect(path).close()


def switched_to_a_log(path, keep):
    """As version 1.0.0 opened it, or somebody with SQLite's shell: the file stays in that mode for all."""
    other = sqlite3.connect(path, timeout=30)
    other.execute("PRAGMA journal_mode = WAL")
    other.close()
    path.read_bytes()


def forked(path, keep):
    child = os.fork()
    if child == 0:
        os.closerange(3, 256)  # all that was inherited, as a daemon does
        os._exit(0)
    os.waitpid(child, 0)


def read_all_the_time(path, keep):
    """A thread that opens, reads and closes the file as fast as it can."""
    stop = threading.Event()

    def read():
        while not stop.is_set():
            path.read_bytes()

    thread = threading.Thread(target=read)
    thread.start()
    keep.append(lambda: (stop.set(), thread.join()))


HANDS = [second_store, second_store_closed, read_as_a_file, copied, opened_by_sqlite3, switched_to_a_log, forked]
HANDS += [read_all_the_time]


@pytest.fixture
def keep():
    """What lives as long as the test: stores to be closed, and functions that end something."""
    kept = []
    yield kept
    for each in reversed(kept):
        each() if callable(each) else each.close()


@pytest.mark.skipif(os.name != "posix", reason="locks that any close() drops are POSIX's")
@pytest.mark.parametrize("hand", HANDS, ids=lambda hand: hand.__name__)
def test_a_code_is_accepted_once_whatever_a_process_does_with_the_file(tmp_path, keep, hand):
    path = tmp_path / "accounts.db"
    keep.append(SqliteStore(path))
    desk = Verifier(keep[0], throttle=PATIENT)
    desk.enrol("alice", Account(key=KEY))
    with checker(path) as elsewhere:
        for at in range(NOW, NOW + 50 * 30, 30):
            hand(path, keep) if at == NOW or hand is not read_all_the_time else None
            pair = desk.check("alice", totp.code(KEY, at), at).reason, elsewhere("alice", totp.code(KEY, at), at)
            assert pair == ("accepted", "used")
            keep[1:] = [each for each in keep[1:] if callable(each) or each.close()]
        desk.enrol("bob", Account(key=KEY))
        assert elsewhere("bob", "000000", NOW) == "wrong"
        desk.check("bob", "000000", NOW)
        assert elsewhere("bob", "000000", NOW) == "wrong"
        assert keep[0].get("bob").failures == 3
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def in_a_child(action) -> int:
    """The exit status of a forked child that does that, 0 if it returns True; it has twenty seconds."""
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            os._exit(0 if action() is True else 1)
        finally:
            os._exit(2)
    return os.waitpid(child, 0)[1]


@FORKS
def test_a_child_forked_while_a_thread_is_at_work_has_a_store_that_works(tmp_path):
    store = SqliteStore(tmp_path / "accounts.db")
    desk = Verifier(store)
    desk.enrol("alice", Account(key=KEY))
    busy = threading.Event()

    def slow():
        store._connection.create_function("slow", 0, lambda: busy.set() or time.sleep(0.5))
        store._run("UPDATE accounts SET revision = revision + 1 WHERE slow() IS NULL")

    thread = threading.Thread(target=slow)
    thread.start()
    assert busy.wait(5)
    assert in_a_child(lambda: desk.check("alice", totp.code(KEY, NOW), NOW).reason == "accepted") == 0
    thread.join()
    assert desk.check("alice", totp.code(KEY, NOW), NOW).reason == "used"
    assert desk.check("alice", totp.code(KEY, NOW + 30), NOW + 30)
    assert store._run("PRAGMA integrity_check")[0] == [("ok",)]
    store.close()


@FORKS
def test_no_thread_of_a_child_uses_the_connection_of_its_parent(tmp_path):
    store = SqliteStore(tmp_path / "accounts.db")
    Verifier(store).enrol("alice", Account(key=KEY))
    inherited = store._connection

    def used_by_threads():
        used, start = set(), threading.Barrier(8)
        store._connected = lambda: time.sleep(0.1) or SqliteStore._connected(store)  # it takes a while to open

        def get(_):
            start.wait()
            store.get("alice")
            used.add(store._connection)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(get, range(8)))
        return len(used) == 1 and inherited not in used

    assert in_a_child(used_by_threads) == 0
    store.close()


@FORKS
def test_a_store_that_a_child_opened_anew_is_opened_anew_by_its_child(tmp_path):
    store = SqliteStore(tmp_path / "accounts.db")

    def used_again():
        store.close()
        store.get("alice")  # a store that was closed before it was opened here comes back to life
        return in_a_child(lambda: store._connection is None and store.get("alice") is None) == 0

    assert in_a_child(used_again) == 0
    store.close()


@FORKS
def test_many_children_and_threads_share_one_use(tmp_path):
    store = SqliteStore(tmp_path / "accounts.db")
    desk = Verifier(store, throttle=PATIENT)
    desk.enrol("alice", Account(key=KEY))
    found = tmp_path / "found"
    children = []
    for _ in range(6):
        child = os.fork()
        if child == 0:
            signal.alarm(60)
            with ThreadPoolExecutor(4) as pool:
                steps = range(NOW, NOW + 20 * 30, 30)
                for at in steps:
                    reasons = list(
                        pool.map(lambda _, at=at: desk.check("alice", totp.code(KEY, at), at).reason, range(4))
                    )
                    with open(found, "a") as file:
                        file.writelines(f"{at} {reason}\n" for reason in reasons if reason == "accepted")
            os._exit(0)
        children.append(child)
    assert {os.waitpid(child, 0)[1] for child in children} == {0}
    accepted = found.read_text().split("\n")[:-1]
    assert len(accepted) == len(set(accepted)) >= 1
    store.close()


def test_a_file_that_has_gone_keeps_nothing_more(tmp_path):
    """Deleted, or replaced by a copy: an answer that is in no file is not given."""
    store = SqliteStore(tmp_path / "accounts.db")
    desk = Verifier(store)
    desk.enrol("alice", Account(key=KEY))
    (tmp_path / "accounts.db").unlink()
    with pytest.raises(OtpError, match="cannot be used"):
        desk.check("alice", totp.code(KEY, NOW), NOW)
    store.close()


def test_a_file_in_the_write_ahead_mode_of_version_1_is_taken_over(tmp_path):
    other = sqlite3.connect(tmp_path / "accounts.db", check_same_thread=False)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE things (name)")
    threading.Timer(0.3, other.close).start()
    other.commit()
    store = SqliteStore(tmp_path / "accounts.db")
    assert store._run("PRAGMA journal_mode")[0] == [("delete",)]
    store.close()


@pytest.mark.skipif(os.name != "posix", reason="flock is POSIX's")
def test_a_file_that_is_held_too_long_is_an_error_and_not_a_wait_for_ever(tmp_path):
    store = SqliteStore(tmp_path / "accounts.db", patience=0.1)
    with stores._locked(tmp_path / "accounts.db-lock"), pytest.raises(OtpError, match="cannot be used"):
        store.get("alice")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OtpError, match="cannot be used"):
        store.get("alice")
    other.execute("COMMIT")
    other.close()
    assert store.get("alice") is None
    store.close()


def seconds(action) -> float:
    """How long it took, whether it succeeded or not."""
    start = time.monotonic()
    with suppress(OtpError):
        action()
    return time.monotonic() - start


@pytest.fixture
def held(tmp_path):
    """A store on a file that others hold for long, in both ways at once; they let go of the one after 0.8 s."""
    store = SqliteStore(tmp_path / "accounts.db", patience=1)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    lock = stores._locked(tmp_path / "accounts.db-lock")
    lock.__enter__()
    let_go = threading.Timer(0.8, lock.__exit__, [None, None, None])
    let_go.start()
    yield store
    let_go.join()
    other.close()
    store.close()


@FORKS
def test_a_store_waits_for_as_long_as_its_patience_and_holds_up_nothing_else(tmp_path, held):
    free = SqliteStore(tmp_path / "free.db", patience=1)
    with ThreadPoolExecutor(4) as pool:
        waited = [pool.submit(seconds, lambda: held.get("alice")) for _ in range(4)]
        time.sleep(0.1)
        assert seconds(lambda: free.get("alice")) < 0.5
        assert seconds(lambda: in_a_child(lambda: True)) < 0.5
        assert all(0.9 < each.result() < 1.5 for each in waited), [each.result() for each in waited]
    free.close()


@pytest.mark.skipif(os.name != "posix", reason="flock is POSIX's")
def test_a_lock_file_that_is_removed_before_it_is_locked_is_none(tmp_path, monkeypatch):
    import fcntl

    store, path, flock = SqliteStore(tmp_path / "accounts.db", patience=1), tmp_path / "accounts.db-lock", fcntl.flock
    locked = []

    def removed_first(file, how):
        if not locked:
            path.unlink()
        locked.append(flock(file, how))

    monkeypatch.setattr(fcntl, "flock", removed_first)
    assert store.get("alice") is None
    assert len(locked) == 2
    assert path.exists()
    store.close()


@pytest.mark.skipif(os.name != "posix", reason="a limit of the file's size is POSIX's")
def test_a_full_disk_accepts_nothing_and_breaks_nothing(tmp_path):
    """The disk is full after so many bytes, at another place of the transaction each time."""
    resource = pytest.importorskip("resource")
    store = SqliteStore(tmp_path / "accounts.db")
    desk = Verifier(store)
    desk.enrol("alice", Account(key=KEY))
    before, unlimited = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), (resource.RLIM_INFINITY,) * 2
    try:
        for size in (0, 100, 512, 1024, 4096, 8192):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            with pytest.raises(OtpError, match="cannot be used"):
                desk.check("alice", totp.code(KEY, NOW), NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        signal.signal(signal.SIGXFSZ, before)
    assert desk.check("alice", totp.code(KEY, NOW), NOW)
    assert store._run("PRAGMA integrity_check")[0] == [("ok",)]
    store.close()


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege on Windows")
def test_a_link_to_itself_is_no_file(tmp_path):
    (tmp_path / "accounts.db").symlink_to(tmp_path / "accounts.db")
    with pytest.raises(OtpError, match="cannot be used"):
        SqliteStore(tmp_path / "accounts.db")


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege on Windows")
def test_a_link_to_the_file_has_the_same_lock(tmp_path):
    (tmp_path / "link.db").symlink_to(tmp_path / "accounts.db")
    one, other = SqliteStore(tmp_path / "accounts.db"), SqliteStore(tmp_path / "link.db")
    assert {file.name for file in tmp_path.iterdir()} == {"accounts.db", "accounts.db-lock", "link.db"}
    one.close()
    other.close()
