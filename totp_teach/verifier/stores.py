"""Where a verifier keeps its accounts: in memory, or in an SQLite file."""

import json
import os
import secrets
import sqlite3
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from .. import OtpError
from ..otpauth import Account

PATIENCE = 30  # seconds that one statement waits for others to finish

# WAL, a log beside the file: readers and the writer do not wait for each other. FULL: a step that was consumed is on
# the disk before anybody hears of it, so that not even a power cut makes its code good again.
PREPARATION = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, settings TEXT NOT NULL, key BLOB NOT NULL, state TEXT NOT NULL, revision INTEGER NOT NULL
)"""


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


class Store(Protocol):
    """Where records are kept. Each function is atomic, whatever threads and processes do at the same moment."""

    def get(self, account_id: str) -> Record | None: ...
    def add(self, account_id: str, record: Record, *, replace: bool = False) -> bool: ...  # False: exists already
    def swap(self, account_id: str, old: Record, new: Record) -> bool: ...  # False: is not `old` any more
    def remove(self, account_id: str) -> bool: ...  # False: there was none


class Cipher(Protocol):
    """What keeps keys unreadable at rest. The context, an account's id, ties what is sealed to the row it lies in."""

    def seal(self, data: bytes, context: bytes) -> bytes: ...
    def open(self, sealed: bytes, context: bytes) -> bytes: ...


class MemoryStore:
    """Records in this process, gone with it; safe from threads."""

    def __init__(self):
        self._records: dict[str, Record] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._records)} accounts)"

    def get(self, account_id: str) -> Record | None:
        """The record of that account, or None."""
        return self._records.get(account_id)

    def add(self, account_id: str, record: Record, *, replace: bool = False) -> bool:
        """Keeps a new record; False if the account exists already and is not to be replaced."""
        with self._lock:
            if account_id in self._records and not replace:
                return False
            self._records[account_id] = record
            return True

    def swap(self, account_id: str, old: Record, new: Record) -> bool:
        """Puts `new` in the place of `old`; False if somebody changed the record since `old` was read."""
        with self._lock:
            current = self._records.get(account_id)
            if current is None or current.revision != old.revision:
                return False
            self._records[account_id] = new
            return True

    def remove(self, account_id: str) -> bool:
        """Drops the record; False if there was none."""
        with self._lock:
            return self._records.pop(account_id, None) is not None


class SqliteStore:
    """Records in an SQLite file: safe from threads and processes, and what was accepted stays so through a crash.

    path: the file, made if it is not there, for this user's eyes alone. cipher: seals the keys; without one they lie
    open in the file, and whoever reads it makes every code to come.
    Raises OtpError for a file that is no database or cannot be used: then nothing is accepted.
    """

    def __init__(self, path: str | os.PathLike, *, cipher: Cipher | None = None):
        self.path = Path(path).absolute()
        self._cipher = cipher
        self._connect()

    def __repr__(self) -> str:
        return f"SqliteStore({str(self.path)!r})"

    def get(self, account_id: str) -> Record | None:
        """The record of that account, or None."""
        rows, _ = self._run("SELECT settings, key, state, revision FROM accounts WHERE id = ?", account_id)
        if not rows:
            return None
        settings, key, state, revision = rows[0]
        if self._cipher:
            key = self._cipher.open(key, account_id.encode())
        return Record(Account(key=key, **json.loads(settings)), *json.loads(state), revision)

    def add(self, account_id: str, record: Record, *, replace: bool = False) -> bool:
        """Keeps a new record; False if the account exists already and is not to be replaced."""
        settings = asdict(record.account)
        key = settings.pop("key")
        if self._cipher:
            key = self._cipher.seal(key, account_id.encode())
        _, changed = self._run(
            f"INSERT OR {'REPLACE' if replace else 'IGNORE'} INTO accounts VALUES (?, ?, ?, ?, ?)",
            account_id,
            json.dumps(settings),
            key,
            _state(record),
            record.revision,
        )
        return changed == 1

    def swap(self, account_id: str, old: Record, new: Record) -> bool:
        """Puts the state of `new` in the place of that of `old`; False if somebody changed it since `old` was read."""
        _, changed = self._run(
            "UPDATE accounts SET state = ?, revision = ? WHERE id = ? AND revision = ?",
            _state(new),
            new.revision,
            account_id,
            old.revision,
        )
        return changed == 1

    def remove(self, account_id: str) -> bool:
        """Drops the record; False if there was none."""
        _, changed = self._run("DELETE FROM accounts WHERE id = ?", account_id)
        return changed == 1

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _run(self, statement: str, *values) -> tuple[list, int]:
        """The rows of one statement and how many it changed. Each is a transaction, on the disk when this returns."""
        if self._process != os.getpid():
            self._inherited = self._connection  # a fork's child must neither use nor close its parent's connection
            self._connect()
        try:
            with self._lock:
                cursor = self._connection.execute(statement, values)
                return cursor.fetchall(), cursor.rowcount
        except sqlite3.Error as error:
            raise OtpError(f"the store {self.path} cannot be used: {error}") from error

    def _connect(self) -> None:
        self._process, self._lock = os.getpid(), threading.Lock()
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(
                self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise OtpError(f"the store {self.path} cannot be opened: {error}") from error

    def _prepare(self) -> None:
        """Makes the file ready. SQLite waits for locks by itself, but for the change to WAL (several first starts)."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._connection.executescript(PREPARATION)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def _state(record: Record) -> str:
    """What changes in a record, as JSON: a counter reaches 2^64 − 1, which an integer of SQLite does not hold."""
    return json.dumps([record.last, record.drift, record.failures, record.failed_at])
