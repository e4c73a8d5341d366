"""Where a verifier keeps its accounts: what every store promises, one in memory, and one in an SQLite file.

Record, Row     an account and what has happened to it; the same as text and bytes, for a table of one's own
Store           what a store promises: `conformance.check` tries it (tests/stores.py: on PostgreSQL and on Redis)
Cipher          what keeps the keys unreadable at rest
"""

import json
import math
import os
import secrets
import sqlite3
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from .. import OtpError
from ..otpauth import Account

PATIENCE = 30.0  # seconds that one operation waits for others to finish
TURN = 0.01  # seconds of it that SQLite waits, who keeps new readers off meanwhile: so those at work come to an end
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY)  # another program is at work on the file

# DELETE, the classic journal, because it holds locks only while it works. The write-ahead log holds one for as long as
# the file is open, and POSIX drops all locks of a process on a file when it closes that file anywhere: after a mere
# read() of it, another process would take the log away ("How To Corrupt An SQLite Database File", 2.2).
# The mode is the file's, and any program may change it: it is put back after each statement, before the answer.
# EXTRA: a step that was consumed is on the disk before anybody hears of it, and not even a power cut brings it back (on
# macOS that takes fullfsync). What was removed or replaced is overwritten: not every SQLite does so by itself.
PREPARATION = (
    "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON; PRAGMA secure_delete = ON;"
    "CREATE TABLE IF NOT EXISTS accounts ("
    "id TEXT PRIMARY KEY, settings TEXT NOT NULL, key BLOB NOT NULL, state TEXT NOT NULL, revision INTEGER NOT NULL)"
)


class Cipher(Protocol):
    """What keeps keys unreadable at rest. The context, an account's id, ties what is sealed to the row it lies in."""

    def seal(self, data: bytes, context: bytes) -> bytes: ...
    def open(self, sealed: bytes, context: bytes) -> bytes: ...  # OtpError for what was changed or sealed elsewhere


class Row(NamedTuple):
    """A record as text and bytes: four columns of a table, or four fields of a hash. A swap changes the last two."""

    settings: str  # JSON, without the key
    key: bytes  # as it is, or sealed: then it is longer
    state: str  # JSON, under 200 characters: a counter reaches 2^64 − 1, which an integer column does not hold
    revision: int  # 0 … 2^63 − 1


@dataclass(frozen=True)
class Record:
    """One account as a store keeps it: what was agreed, and what has happened since."""

    account: Account
    last: int = -1  # the last accepted step or counter
    drift: int = 0  # steps that the other clock is ahead
    failures: int = 0  # in a row
    failed_at: float = 0.0  # seconds since the Unix epoch
    # Raised by every change; begins at random, so that nobody takes an account for the one it has replaced.
    revision: int = field(default_factory=lambda: secrets.randbits(62))

    @property
    def state(self) -> str:
        """What has happened, as the JSON of a row."""
        return json.dumps([self.last, self.drift, self.failures, self.failed_at])

    def row(self, account_id: str, cipher: Cipher | None = None) -> Row:
        """The record as text and bytes; the key is in it, sealed if there is a cipher."""
        settings = asdict(self.account)
        key = settings.pop("key")
        sealed = cipher.seal(key, account_id.encode()) if cipher else key
        return Row(json.dumps(settings), sealed, self.state, self.revision)

    @classmethod
    def of(cls, account_id: str, row: Row, cipher: Cipher | None = None) -> "Record":
        """The record of a row. Raises OtpError for a row that none has made."""
        settings, key, state, revision = row
        try:
            last, drift, failures, failed_at = json.loads(state)
            whole = all(type(number) is int for number in (last, drift, failures, revision))
            if not (whole and math.isfinite(failed_at) and isinstance(key, bytes)):
                raise OtpError("its numbers are not numbers, or its key is not bytes")
            key = cipher.open(key, account_id.encode()) if cipher else key
            return cls(Account(key=key, **json.loads(settings)), last, drift, failures, failed_at, revision)
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            raise OtpError(f"the record of {account_id!r} is damaged: {error}") from None


class Store(Protocol):
    """Where records are kept. Each function is atomic, whatever threads and processes do at the same moment.

    The verifier makes the records and raises the revision; a store only compares and keeps them. What it answers is
    True or False: anything else is an OtpError, and no code is accepted. What cannot be done raises, OtpError or the
    driver's own error, and then nothing is accepted either. It must not answer before what it keeps is safe.
    """

    def get(self, account_id: str) -> Record | None:
        """The record as it was kept last, with its revision; None if there is none. Never an old copy."""

    def add(self, account_id: str, record: Record, *, old: Record | None = None) -> bool:
        """Keeps a new record whole, its revision included, if there is none yet; or in the place of `old`, as swap does.

        False, and nothing changed, if there is another than `old`: one that was added or changed meanwhile.
        """

    def swap(self, account_id: str, old: Record, new: Record) -> bool:
        """Keeps the state and the revision of `new`, if what is kept still has the revision of `old`.

        False, and nothing changed, if it has another or there is no record. Compare and keep are one step: `UPDATE …
        WHERE id = … AND revision = …` in SQL, a script in Redis; never a read and then a write.
        """

    def remove(self, account_id: str) -> bool:
        """Drops the record; False if there was none."""


class MemoryStore:
    """Records in this process, gone with it; safe from threads. A forked child has a copy: no place for one use."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    def get(self, account_id: str) -> Record | None:
        """The record of that account, or None."""
        return self._records.get(account_id)

    def add(self, account_id: str, record: Record, *, old: Record | None = None) -> bool:
        """Keeps a new record where there is none, or in the place of `old`; False if there is another."""
        with WORKING:  # and not a lock of its own, which a forked child could find taken for ever
            current = self._records.get(account_id)
            if (current and current.revision) != (old and old.revision):
                return False
            self._records[account_id] = record
            return True

    def swap(self, account_id: str, old: Record, new: Record) -> bool:
        """Puts `new` in the place of `old`; False if somebody changed the record since `old` was read."""
        return self.add(account_id, new, old=old)

    def remove(self, account_id: str) -> bool:
        """Drops the record; False if there was none."""
        with WORKING:
            return self._records.pop(account_id, None) is not None


class SqliteStore:
    """Records in an SQLite file: safe from threads, forks and processes, and what was accepted stays so through a crash.

    path: the file, made if it is not there, for this user's eyes alone; a lock file lies beside it. cipher: seals the
    keys; without one they lie open in the file, and whoever reads it makes every code to come.

    The promise, one use for a code: it covers all stores on this file on this machine, in as many threads and processes
    as there are, forked ones too, and whatever else they open, read, copy or close it with, SQLite among them. It does
    not cover a network file system, a second hard link to the file (it would have a lock file of its own), a lock file
    removed while a store is at work, a backup put back (its codes count again), and whoever writes into the table.
    Each call blocks: a change for the disk to sync (1 ms on a quiet one), and all up to `patience` seconds while others
    hold the file. The stores of a process take turns at their work; one that waits for a file holds up others, and
    forks, for a moment at a time (TURN).
    Raises OtpError for a file that is no database or cannot be used, and while another program has it open in SQLite's
    write-ahead mode (version 1.0.0 of this store, for one): then nothing is accepted.
    """

    def __init__(self, path: str | os.PathLike[str], *, cipher: Cipher | None = None, patience: float = PATIENCE):
        self.path = Path(os.path.realpath(path))  # one lock file, whatever links lead to it
        self._cipher, self._patience = cipher, patience
        self._connection: sqlite3.Connection | None = None
        self._run("SELECT 1")

    def get(self, account_id: str) -> Record | None:
        """The record of that account, or None."""
        rows, _ = self._run("SELECT settings, key, state, revision FROM accounts WHERE id = ?", account_id)
        return Record.of(account_id, Row(*rows[0]), self._cipher) if rows else None

    def add(self, account_id: str, record: Record, *, old: Record | None = None) -> bool:
        """Keeps a new record where there is none, or in the place of `old`; False if there is another."""
        row = record.row(account_id, self._cipher)
        if not old:
            return self._run("INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?, ?)", account_id, *row)[1] == 1
        statement = "UPDATE accounts SET settings = ?, key = ?, state = ?, revision = ? WHERE id = ? AND revision = ?"
        return self._run(statement, *row, account_id, old.revision)[1] == 1

    def swap(self, account_id: str, old: Record, new: Record) -> bool:
        """Puts the state of `new` in the place of that of `old`; False if somebody changed it since `old` was read."""
        statement = "UPDATE accounts SET state = ?, revision = ? WHERE id = ? AND revision = ?"
        return self._run(statement, new.state, new.revision, account_id, old.revision)[1] == 1

    def remove(self, account_id: str) -> bool:
        """Drops the record; False if there was none."""
        return self._run("DELETE FROM accounts WHERE id = ?", account_id)[1] == 1

    def close(self) -> None:
        """Closes the file."""
        with WORKING:
            OPEN.discard(self)
            if self._connection:
                self._connection.close()

    def _run(self, statement: str, *values: object) -> tuple[list[tuple], int]:
        """The rows of one statement and how many it changed. Each is a transaction, on the disk when this returns."""
        deadline, pause = time.monotonic() + self._patience, 0.001
        while True:
            try:
                with WORKING, _locked(Path(f"{self.path}-lock")):
                    self._connection = self._connection or self._connected()
                    cursor = self._connection.execute(statement, values)
                    answer = cursor.fetchall(), cursor.rowcount
                    self._connection.execute("PRAGMA journal_mode = DELETE")
                    return answer
            except (OSError, OverflowError, ValueError, sqlite3.Error) as error:
                held = isinstance(error, BlockingIOError) or getattr(error, "sqlite_errorcode", None) in BUSY
                if not (held and time.monotonic() < deadline):
                    raise OtpError(f"the store {self.path} cannot be used: {error}") from error
            time.sleep(pause)
            pause = min(2 * pause, 0.01)

    def _connected(self) -> sqlite3.Connection:
        # Only a file that is not there yet may be opened and closed by hand (see PREPARATION).
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        OPEN.add(self)  # whoever has a connection is in there
        connection = sqlite3.connect(self.path, timeout=TURN, isolation_level=None, check_same_thread=False)
        try:
            connection.executescript(PREPARATION)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """The lock of a file beside the database, which is the opened file's and not the process's: no close() drops it.

    It is taken at once or not at all (BlockingIOError), so that nobody waits, or forks, with a lock in their hands.
    """
    if sys.platform == "win32":  # where closing a file drops no lock but its own
        yield
        return
    import fcntl

    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "rb", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.fstat(file.fileno()).st_nlink:
            raise BlockingIOError("the lock file was removed")  # between the two lines above: there is another by now
        yield


# A fork waits until no store of the process is at work, so that the child inherits none in the middle of a transaction;
# there each one opens the file again when it is used first.
WORKING = threading.RLock()
OPEN: "weakref.WeakSet[SqliteStore]" = weakref.WeakSet()


def _in_child() -> None:
    for store in OPEN:
        store._connection = None
    WORKING.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=WORKING.acquire, after_in_parent=WORKING.release, after_in_child=_in_child)
