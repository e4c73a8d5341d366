"""The stores when many ask at the same moment, and when a process dies in the middle: one use stays one use."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from totp_teach import OtpError, hotp, totp
from totp_teach.otpauth import Account
from totp_teach.verifier import MemoryStore, Record, SqliteStore, Throttle, Verifier

KEY = b"12345678901234567890"
ALICE = Account(issuer="Example", name="alice@example.com", key=KEY)
NOW = 1_000_000_000
WRONG = "000000"
PATIENT = Throttle(delay=0, bound=10**9)  # counts failures and never makes anybody wait


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    """An empty store of each kind."""
    if request.param == "memory":
        yield MemoryStore()
        return
    store = SqliteStore(tmp_path / "accounts.db")
    yield store
    store.close()


def at_once(action, times: int) -> list:
    """The answers of so many threads that begin together."""
    start = threading.Barrier(times)

    def wait_and_act(number):
        start.wait()
        return action(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(wait_and_act, range(times)))


# --- compare and set ------------------------------------------------------------------------------------------------


def test_a_record_is_kept_as_it_was_given(store):
    accounts = {
        "alice": ALICE,
        "token": Account("hotp", "Größe & Söhne", "a:b", os.urandom(64), "SHA512", 10, counter=2**64 - 1),
        "slow": Account(key=b"\0" * 16, algorithm="SHA256", digits=8, period=2**40),
    }
    records = {name: Record(account, 2**64 - 1, -3, 7, 1234.0625) for name, account in accounts.items()}
    assert all(store.add(name, record) for name, record in records.items())
    assert {name: store.get(name) for name in records} == records
    assert store.get("bob") is None


def test_a_swap_needs_the_record_as_it_is(store):
    first = Record(ALICE)
    second, third = (Record(ALICE, last, revision=first.revision + last) for last in (1, 2))
    assert not store.swap("alice", first, second)  # there is none
    assert store.add("alice", first)
    assert store.swap("alice", first, second)
    assert not store.swap("alice", first, third)
    assert store.get("alice") == second


def test_a_swap_does_not_take_a_new_account_for_the_one_before_it(store):
    old, new = Record(ALICE), Record(Account(key=b"another key of 20 b."))
    assert store.add("alice", old)
    assert not store.add("alice", new)
    assert store.add("alice", new, old=old)
    assert not store.swap("alice", old, Record(ALICE, 5))
    assert store.get("alice") == new


def test_what_is_removed_is_gone(store):
    assert store.add("alice", Record(ALICE))
    assert store.remove("alice")
    assert not store.remove("alice")
    assert store.get("alice") is None


# --- threads --------------------------------------------------------------------------------------------------------


class Pausing(dict):
    """A dict that lets other threads go on between looking and putting."""

    def get(self, name):
        found = super().get(name)
        time.sleep(0.001)
        return found

    def __contains__(self, name):
        found = super().__contains__(name)
        time.sleep(0.001)
        return found


def test_of_many_threads_that_change_one_record_in_memory_one_succeeds():
    store, first = MemoryStore(), Record(ALICE)
    store._records = Pausing()
    found = at_once(lambda _: store.add("alice", first), 8)
    assert sorted(found) == [False] * 7 + [True]
    found = at_once(lambda number: store.swap("alice", first, Record(ALICE, number)), 8)
    assert sorted(found) == [False] * 7 + [True]
    assert store.get("alice").last == found.index(True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_forked_while_a_thread_is_at_work_in_memory_has_a_store_that_works():
    """Once it had a lock that nobody would ever let go of."""
    store, busy = MemoryStore(), threading.Event()
    assert store.add("alice", Record(ALICE))

    class Slow(dict):
        def get(self, name):
            busy.set() or time.sleep(0.3)
            return super().get(name)

    store._records = Slow(store._records)
    thread = threading.Thread(target=store.add, args=("bob", Record(ALICE)))
    thread.start()
    assert busy.wait(5)
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        os._exit(0 if store.add("carol", Record(ALICE)) is True else 1)
    assert os.waitpid(child, 0)[1] == 0
    thread.join()


def test_of_many_threads_with_one_code_one_is_accepted(store):
    Verifier(store).enrol("alice", ALICE)
    for step in range(10):
        at = NOW + 30 * step
        desk = Verifier(store, throttle=PATIENT)
        found = at_once(lambda _, desk=desk, at=at: desk.check("alice", totp.code(KEY, at), at).reason, 12)
        assert sorted(found) == ["accepted"] + ["used"] * 11


def test_of_many_threads_with_wrong_codes_every_failure_is_counted(store):
    desk = Verifier(store, throttle=PATIENT)
    desk.enrol("alice", ALICE)
    at_once(lambda _: [desk.check("alice", WRONG, NOW) for _ in range(10)], 12)
    assert store.get("alice").failures == 120


def test_of_many_threads_no_more_are_looked_at_than_the_throttle_allows(store):
    desk = Verifier(store)
    desk.enrol("alice", ALICE)
    found = at_once(lambda _: desk.check("alice", WRONG, NOW).reason, 24)
    assert sorted(found) == ["throttled"] * 20 + ["wrong"] * 4


def test_of_many_threads_that_enrol_one_id_one_succeeds(store):
    def enrol(number):
        try:
            Verifier(store).enrol("alice", Account(key=bytes([number]) * 20))
        except OtpError:
            return None
        return bytes([number]) * 20

    found = [key for key in at_once(enrol, 12) if key]
    assert [store.get("alice").account.key] == found


def replaced(desk: Verifier, key: bytes) -> str:
    """A code of the new key, brought as soon as the key is enrolled; or that it was enrolled before."""
    try:
        desk.enrol("alice", Account(key=key), replace=True)
    except OtpError as error:
        assert "has this key already" in str(error)
    return desk.check("alice", totp.code(key, NOW), NOW).reason


def test_between_look_and_replacement_nobody_comes_in(store):
    """One form sent twice: the second enrolment looks before the first, and keeps after it."""
    desk, new, found = Verifier(store, throttle=PATIENT), KEY[::-1], []
    desk.enrol("alice", ALICE)
    get = store.get

    def interrupted(account_id):
        record, store.get = get(account_id), get  # once
        found.append(replaced(desk, new))
        return record

    store.get = interrupted
    assert [replaced(desk, new), *found] == ["used", "accepted"]


def test_of_many_threads_that_replace_a_key_no_code_counts_twice(store):
    desk = Verifier(store, throttle=PATIENT)
    desk.enrol("alice", ALICE)
    for number in range(10):
        found = at_once(lambda _, number=number: replaced(desk, bytes([number]) * 20), 8)
        assert sorted(found) == ["accepted"] + ["used"] * 7


# --- processes ------------------------------------------------------------------------------------------------------

# Each prints one line for what it has been told, and only when it has been told.
CHECKS = """
import sys, time
from totp_teach import totp
from totp_teach.otpauth import Account
from totp_teach.verifier import SqliteStore, Throttle, Verifier

path, start, steps = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
account = Account(key=b"12345678901234567890")
time.sleep(max(0, start - time.time()))
desk = Verifier(SqliteStore(path), throttle=Throttle(delay=0, bound=10**9))
try:
    desk.enrol("alice", account)
except ValueError:
    pass
for at in range(1_000_000_000, 1_000_000_000 + 30 * steps, 30):
    print(at, desk.check("alice", totp.code(account.key, at), at).reason, flush=True)
"""

REPLACES = """
import sys
from totp_teach import totp
from totp_teach.otpauth import Account
from totp_teach.verifier import SqliteStore, Throttle, Verifier

desk = Verifier(SqliteStore(sys.argv[1]), throttle=Throttle(delay=0, bound=10**9))
for line in sys.stdin:
    key = bytes([int(line)]) * 20
    try:
        desk.enrol("alice", Account(key=key), replace=True)
    except ValueError:
        pass
    print(desk.check("alice", totp.code(key, 59), 59).reason, flush=True)
"""

ENROLS_AND_CHECKS = """
import sys
from totp_teach import totp
from totp_teach.otpauth import Account
from totp_teach.verifier import SqliteStore, Verifier

path, name = sys.argv[1:]
desk = Verifier(SqliteStore(path))
for number in range(10**6):
    account = Account(key=f"{name} {number:016}".encode())
    at = 1_000_000_000 + 30 * number
    desk.enrol(f"{name} {number}", account)
    print("enrolled", name, number, flush=True)
    if desk.check(f"{name} {number}", totp.code(account.key, at), at):
        print("accepted", name, number, flush=True)
"""


def start(program: str, *arguments) -> subprocess.Popen:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, text=True, **pipes)


def test_of_many_processes_with_one_code_one_is_accepted(tmp_path):
    """They open a file together that is not there yet, enrol one id together, and try the same codes."""
    begin = time.time() + 1.5
    running = [start(CHECKS, tmp_path / "accounts.db", begin, 20) for _ in range(6)]
    lines = [line for process in running for line in process.communicate(timeout=60)[0].splitlines()]
    assert {line.split()[-1] for line in lines} == {"accepted", "used"}, lines
    assert len(lines) == 6 * 20
    accepted = [line.split()[0] for line in lines if line.endswith("accepted")]
    assert len(accepted) == len(set(accepted))
    # One that is ahead of the others takes a step that they no longer can: they may be late with it, never second.
    assert set(accepted) == {line.split()[0] for line in lines}


def test_of_many_processes_that_replace_a_key_no_code_counts_twice(tmp_path):
    running = [start(REPLACES, tmp_path / "accounts.db") for _ in range(4)]
    for number in range(40):
        for process in running:
            print(number, file=process.stdin, flush=True)
        found = [process.stdout.readline().strip() for process in running]
        assert sorted(found) == ["accepted"] + ["used"] * 3, number
    for process in running:
        process.communicate(timeout=60)


@pytest.mark.parametrize("round_", range(3))
def test_a_process_that_is_killed_takes_nothing_back(tmp_path, round_):
    """kill -9 in the middle, at another moment in each round: what was told before holds."""
    path = tmp_path / "accounts.db"
    running = [start(ENROLS_AND_CHECKS, path, name) for name in ("a", "b")]
    heard = [process.stdout.readline() for process in running for _ in range(10)]  # they are at it
    time.sleep(0.037 * round_)
    for process in running:
        process.kill()
    heard += [line for process in running for line in process.stdout]
    told = [line.split() for line in heard if line.endswith("\n")]  # the last may be half a line
    assert {process.wait() for process in running} == {-signal.SIGKILL if os.name == "posix" else 1}
    assert sum(what == "accepted" for what, *_ in told) >= 10  # every second line

    store = SqliteStore(path)
    desk = Verifier(store)
    for what, name, number in told:
        record = store.get(f"{name} {number}")
        assert record.account == Account(key=f"{name} {int(number):016}".encode())
        if what == "accepted":
            at = NOW + 30 * int(number)
            assert desk.check(f"{name} {number}", totp.code(record.account.key, at), at).reason == "used"
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    store.close()


def test_a_file_that_another_is_writing_to_is_waited_for(tmp_path):
    """Another program in the middle of a transaction is no reason to give up."""
    other = sqlite3.connect(tmp_path / "accounts.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, other.execute, ["COMMIT"])
    done.start()
    store = SqliteStore(tmp_path / "accounts.db")
    assert store.add("alice", Record(ALICE))
    done.join()
    store.close()
    other.close()


def test_what_was_accepted_is_there_when_the_file_is_opened_again(tmp_path):
    for expected in ("accepted", "used", "used"):
        store = SqliteStore(tmp_path / "accounts.db")
        if expected == "accepted":
            Verifier(store).enrol("alice", ALICE)
        assert Verifier(store).check("alice", totp.code(KEY, NOW), NOW).reason == expected
        store.close()


def test_every_change_is_on_the_disk_before_anybody_hears_of_it(tmp_path):
    store = SqliteStore(tmp_path / "accounts.db")
    assert store._run("PRAGMA synchronous")[0] == [(3,)]  # EXTRA: the journal's removal is on the disk as well
    assert store._run("PRAGMA journal_mode")[0] == [("delete",)]
    assert store._run("PRAGMA fullfsync")[0] == store._run("PRAGMA secure_delete")[0] == [(1,)]
    store.close()


# --- keys at rest ---------------------------------------------------------------------------------------------------


class Reversing:
    """No cipher at all, but one that can be seen at work."""

    def seal(self, data: bytes, context: bytes) -> bytes:
        return context + b"|" + data[::-1]

    def open(self, sealed: bytes, context: bytes) -> bytes:
        name, _, data = sealed.partition(b"|")
        if name != context:
            raise OtpError("sealed for another account")
        return data[::-1]


def files(folder) -> bytes:
    """All that lies there."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


@pytest.mark.parametrize("cipher, found", [(None, True), (Reversing(), False)], ids=["open", "sealed"])
def test_a_sealed_key_is_nowhere_in_the_files(tmp_path, cipher, found):
    key = b"quite a secret key.."
    store = SqliteStore(tmp_path / "accounts.db", cipher=cipher)
    desk = Verifier(store)
    desk.enrol("alice", Account(key=key))
    assert desk.check("alice", totp.code(key, NOW), NOW)
    assert (key in files(tmp_path)) is found
    store.close()
    assert (key in files(tmp_path)) is found


def test_a_key_that_was_forgotten_or_replaced_is_in_the_files_no_more(tmp_path):
    store, keys = SqliteStore(tmp_path / "accounts.db"), [b"a key of user %02d" % number for number in range(20)]
    desk = Verifier(store)
    for number, key in enumerate(keys):
        desk.enrol(str(number), Account(key=key))
    assert all(key in files(tmp_path) for key in keys)
    for number, key in enumerate(keys):
        desk.forget(str(number)) if number % 2 else desk.enrol(str(number), Account(key=key[::-1]), replace=True)
    assert not any(key in files(tmp_path) for key in keys)
    store.close()


def test_a_sealed_key_is_tied_to_its_account(tmp_path):
    store = SqliteStore(tmp_path / "accounts.db", cipher=Reversing())
    desk = Verifier(store)
    desk.enrol("alice", ALICE)
    desk.enrol("mallory", Account(key=b"a key that is known."))
    store._run("UPDATE accounts SET key = (SELECT key FROM accounts WHERE id = 'mallory') WHERE id = 'alice'")
    with pytest.raises(OtpError, match="sealed for another account"):
        desk.check("alice", hotp.code(b"a key that is known.", NOW // 30), NOW)
    store.close()


@pytest.mark.skipif(os.name != "posix", reason="only POSIX files have an owner's mode")
def test_the_files_are_for_their_owners_eyes(tmp_path):
    store = SqliteStore(tmp_path / "accounts.db")
    Verifier(store).enrol("alice", ALICE)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["accounts.db", "accounts.db-lock"]
    store.close()


# --- what is no store -----------------------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but something of use" * 50)
    before = path.read_bytes()
    with pytest.raises(OtpError, match="cannot be used"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OtpError, match=r"nowhere.*cannot be used"):
        SqliteStore(tmp_path / "nowhere" / "accounts.db")


def test_a_store_that_fails_accepts_nothing(tmp_path):
    store = SqliteStore(tmp_path / "accounts.db")
    desk = Verifier(store)
    desk.enrol("alice", ALICE)
    store._run("CREATE TRIGGER full BEFORE UPDATE ON accounts BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(OtpError, match="disk full"):
        desk.check("alice", totp.code(KEY, NOW), NOW)
    store.close()
    with pytest.raises(OtpError, match="cannot be used"):
        desk.check("alice", totp.code(KEY, NOW), NOW)


def test_a_reader_of_the_file_finds_plain_settings(tmp_path):
    """Chapter 07 shows what a leaked file holds: everything but, with a cipher, the key."""
    store = SqliteStore(tmp_path / "accounts.db", cipher=Reversing())
    Verifier(store).enrol("alice", ALICE)
    [(account_id, settings)] = sqlite3.connect(store.path).execute("SELECT id, settings FROM accounts").fetchall()
    assert account_id == "alice"
    assert json.loads(settings)["name"] == "alice@example.com"
    assert "key" not in json.loads(settings)
    store.close()
