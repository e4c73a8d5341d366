"""Users, sessions, recovery codes, attempts and events, in an SQLite file (beside the verifier's table of keys)."""

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .. import OtpError

VERSION = 2  # of the tables
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS users (
    name TEXT PRIMARY KEY, password TEXT NOT NULL, phone TEXT, seen INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS sessions (
    token BLOB PRIMARY KEY, name TEXT NOT NULL, stage TEXT NOT NULL, ends REAL NOT NULL, used REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, recovered INTEGER NOT NULL DEFAULT 0, pending TEXT
);
CREATE TABLE IF NOT EXISTS recovery_codes (name TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (name, code));
CREATE TABLE IF NOT EXISTS attempts (who TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, what TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of ON events (name, what);
CREATE TABLE IF NOT EXISTS master (fingerprint TEXT NOT NULL);
PRAGMA user_version = {VERSION};
"""
EVENTS = 200  # of each kind and name: nobody fills the disk, or pushes anybody's events out with events of their own
PATIENCE = 2  # seconds to wait for another program that writes to the file: nobody is answered meanwhile
TOUCH = 60  # seconds after which it is written down again that a session is in use
CALM = ("signed up", "password accepted", "code accepted", "logged out")  # not worth telling the owner


@dataclass(frozen=True)
class User:
    """Somebody who has signed up."""

    name: str
    password: str  # its hash
    phone: str | None  # the verifier's id of the key that counts; None: no code is asked for


@dataclass(frozen=True)
class Session:
    """What a browser's cookie stands for."""

    name: str
    stage: str  # "password": half way, the code is still to come; "full"
    tries: int  # codes tried in this session
    recovered: bool  # opened with a recovery code
    pending: str | None  # the verifier's id of the key that this session is setting up


class Database:
    """The file. Every function is one transaction: it happens as a whole or not at all, whenever the server is killed."""

    def __init__(self, path: Path):
        self._connection = sqlite3.connect(path, timeout=PATIENCE)
        if self._read("SELECT 1 FROM sqlite_master WHERE name = 'users'") and self._version != VERSION:
            raise OtpError(f"{path} was made by another version of this server: begin with a new folder")
        self._connection.executescript(SCHEMA)

    @property
    def _version(self) -> int:
        return self._read("PRAGMA user_version")[0][0]

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    # users

    def user(self, name: str) -> User | None:
        """The user of that name."""
        rows = self._read("SELECT name, password, phone FROM users WHERE name = ?", name)
        return User(*rows[0]) if rows else None

    def add_user(self, name: str, password: str) -> bool:
        """Keeps a new user; False if there is one of that name."""
        return self._write("INSERT OR IGNORE INTO users (name, password) VALUES (?, ?)", name, password) == 1

    def set_password(self, name: str, password: str, but: str) -> None:
        """Another password; every other session of the user ends."""
        with self._connection as connection:
            connection.execute("UPDATE users SET password = ? WHERE name = ?", (password, name))
            self._end_sessions(name, but)

    def set_phone(self, name: str, phone: str | None, recovery: Iterable[str] = (), but: str | None = None) -> None:
        """The key whose codes count from now on (None: no codes), with new recovery codes in the place of the old ones.

        Every other session ends: it has not shown a code of that key.
        """
        with self._connection as connection:
            connection.execute("UPDATE users SET phone = ? WHERE name = ?", (phone, name))
            self._set_recovery_codes(name, recovery)
            if but:
                self._end_sessions(name, but)
                connection.execute("UPDATE sessions SET pending = NULL, recovered = 0 WHERE name = ?", (name,))
            self._tidy()

    # sessions: the file holds the tokens' hashes, so that reading it gives nobody a session

    def open_session(
        self, token: str, name: str, stage: str, now: float, ends: float, *, old: str | None, recovered: bool = False
    ) -> None:
        """Keeps a session in the place of `old`, and drops those that have ended."""
        with self._connection as connection:
            connection.execute("DELETE FROM sessions WHERE ends <= ? OR token = ?", (now, _hash(old or "")))
            connection.execute(
                "INSERT INTO sessions (token, name, stage, ends, used, recovered) VALUES (?, ?, ?, ?, ?, ?)",
                (_hash(token), name, stage, ends, now, recovered),
            )
            self._tidy()

    def session(self, token: str, now: float, idle: float) -> Session | None:
        """The session of that token, if it has not ended and was used in the last `idle` seconds."""
        query = "SELECT used, name, stage, tries, recovered, pending FROM sessions WHERE token = ? AND ends > ?"
        rows = self._read(query, _hash(token), now)
        if not rows or rows[0][0] + idle <= now:
            return None
        if rows[0][0] + TOUCH <= now:
            self._write("UPDATE sessions SET used = ? WHERE token = ?", now, _hash(token))
        return Session(*rows[0][1:])

    def set_pending(self, token: str, name: str, phone: str, *, shared: bool) -> None:
        """The key that this session is setting up; shared: every session of the account is shown it."""
        who, value = ("name", name) if shared else ("token", _hash(token))
        with self._connection as connection:
            connection.execute(f"UPDATE sessions SET pending = ? WHERE {who} = ?", (phone, value))
            self._tidy()

    def count_try(self, token: str) -> None:
        """One code more was tried in that session."""
        self._write("UPDATE sessions SET tries = tries + 1 WHERE token = ?", _hash(token))

    def close_session(self, token: str) -> None:
        """Ends that session."""
        self._write("DELETE FROM sessions WHERE token = ?", _hash(token))

    # recovery codes

    def set_recovery_codes(self, name: str, codes: Iterable[str]) -> None:
        """Puts these in the place of all earlier ones."""
        with self._connection:
            self._set_recovery_codes(name, codes)

    def use_recovery_code(self, name: str, code: str) -> bool:
        """Takes one out; False if it is not there, or not any more."""
        return self._write("DELETE FROM recovery_codes WHERE name = ? AND code = ?", name, code) == 1

    def recovery_codes_left(self, name: str) -> int:
        """How many of them a user still has."""
        return self._read("SELECT count(*) FROM recovery_codes WHERE name = ?", name)[0][0]

    # attempts

    def forget_attempts(self, before: float, after: float) -> None:
        """Drops the attempts that are older (or, where the clock was set back, are still to come)."""
        self._write("DELETE FROM attempts WHERE at <= ? OR at >= ?", before, after)

    def attempts(self, who: str) -> list[float]:
        """When they made them, the oldest first."""
        return [at for (at,) in self._read("SELECT at FROM attempts WHERE who = ? ORDER BY at", who)]

    def attempt(self, who: str, now: float) -> int:
        """Counts one; its number."""
        with self._connection as connection:
            return connection.execute("INSERT INTO attempts VALUES (?, ?)", (who, now)).lastrowid

    def forgive(self, numbers: Iterable[int]) -> None:
        """Takes attempts back that have ended well."""
        with self._connection as connection:
            connection.executemany("DELETE FROM attempts WHERE rowid = ?", [(number,) for number in numbers])

    # events

    def log(self, now: float, name: str, address: str, what: str) -> None:
        """Keeps what happened."""
        newest = "SELECT id FROM events WHERE name = ? AND what = ? ORDER BY id DESC LIMIT ?"
        with self._connection as connection:
            connection.execute(
                "INSERT INTO events (at, name, address, what) VALUES (?, ?, ?, ?)", (now, name, address, what)
            )
            connection.execute(
                f"DELETE FROM events WHERE name = ? AND what = ? AND id NOT IN ({newest})",
                (name, what, name, what, EVENTS),
            )

    def events(self, name: str, newest: int) -> list[tuple[float, str, str]]:
        """When, from where, what: the newest events of a user, the newest first."""
        query = "SELECT at, address, what FROM events WHERE name = ? ORDER BY id DESC LIMIT ?"
        return self._read(query, name, newest)

    def news(self, name: str) -> list[tuple[str, int, float]]:
        """What, how often and when last: all but the everyday, since the user last said that it is known."""
        query = (
            "SELECT what, count(*), max(at) FROM events JOIN users USING (name) WHERE name = ? AND id > seen "
            f"AND what NOT IN {CALM} GROUP BY what ORDER BY max(id) DESC"
        )
        return self._read(query, name)

    def set_seen(self, name: str) -> None:
        """The user knows of everything up to now."""
        self._write(
            "UPDATE users SET seen = (SELECT coalesce(max(id), 0) FROM events WHERE name = ?1) WHERE name = ?1", name
        )

    # the master key

    def fingerprint(self) -> str | None:
        """By which the master key is known again with which this file's keys were sealed."""
        rows = self._read("SELECT fingerprint FROM master")
        return rows[0][0] if rows else None

    def reseal(self, fingerprint: str, reseal=lambda key, phone: key) -> None:
        """Every sealed key put in the place of itself, sealed anew, together with the new master key's fingerprint."""
        with self._connection as connection:
            keys = connection.execute("SELECT id, key FROM accounts").fetchall()
            anew = [(reseal(key, phone), phone) for phone, key in keys]
            connection.executemany("UPDATE accounts SET key = ? WHERE id = ?", anew)
            connection.execute("DELETE FROM master")
            connection.execute("INSERT INTO master VALUES (?)", (fingerprint,))

    # parts of transactions

    def _end_sessions(self, name: str, but: str) -> None:
        self._connection.execute("DELETE FROM sessions WHERE name = ? AND token <> ?", (name, _hash(but)))

    def _set_recovery_codes(self, name: str, codes: Iterable[str]) -> None:
        self._connection.execute("DELETE FROM recovery_codes WHERE name = ?", (name,))
        self._connection.executemany("INSERT INTO recovery_codes VALUES (?, ?)", [(name, code) for code in codes])

    def _tidy(self) -> None:
        """Drops the verifier's keys that nobody's codes are checked with any more, and that no session sets up."""
        self._connection.execute(
            "DELETE FROM accounts WHERE id NOT IN (SELECT phone FROM users WHERE phone IS NOT NULL "
            "UNION SELECT pending FROM sessions WHERE pending IS NOT NULL)"
        )

    def _read(self, query: str, *values) -> list[tuple]:
        return self._connection.execute(query, values).fetchall()

    def _write(self, statement: str, *values) -> int:
        """How many rows it changed."""
        with self._connection as connection:
            return connection.execute(statement, values).rowcount


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
