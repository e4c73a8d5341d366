"""Users, sessions, recovery codes, attempts and events, in an SQLite file (beside the verifier's table of keys)."""

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, password TEXT NOT NULL, codes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS sessions (
    token BLOB PRIMARY KEY, name TEXT NOT NULL, stage TEXT NOT NULL, ends REAL NOT NULL, tries INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS recovery_codes (name TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (name, code));
CREATE TABLE IF NOT EXISTS attempts (who TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS events (at REAL NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, what TEXT NOT NULL);
"""
EVENTS = 10_000  # the newest are kept: nobody fills the disk with wrong passwords


@dataclass(frozen=True)
class User:
    """Who has signed up."""

    name: str
    password: str  # its hash
    codes: bool  # asked for at login?


@dataclass(frozen=True)
class Session:
    """What a browser's cookie stands for."""

    name: str
    stage: str  # "password": half way, the code is still to come; "full"
    tries: int  # codes tried in this session


class Database:
    """The file. Every function is one transaction."""

    def __init__(self, path: Path):
        self._connection = sqlite3.connect(path, timeout=30)
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    # users

    def user(self, name: str) -> User | None:
        """The user of that name."""
        rows = self._read("SELECT name, password, codes FROM users WHERE name = ?", name)
        return User(rows[0][0], rows[0][1], bool(rows[0][2])) if rows else None

    def add_user(self, name: str, password: str) -> bool:
        """Keeps a new user; False if there is one of that name."""
        return self._write("INSERT OR IGNORE INTO users (name, password) VALUES (?, ?)", name, password) == 1

    def set_codes(self, name: str, on: bool, recovery: Iterable[str] = ()) -> None:
        """Switches the codes of a user on or off, and puts these recovery codes in the place of all earlier ones."""
        with self._connection as connection:
            connection.execute("UPDATE users SET codes = ? WHERE name = ?", (on, name))
            connection.execute("DELETE FROM recovery_codes WHERE name = ?", (name,))
            connection.executemany("INSERT INTO recovery_codes VALUES (?, ?)", [(name, code) for code in recovery])

    # sessions: the file holds the tokens' hashes, so that who reads it has no session

    def open_session(self, token: str, name: str, stage: str, now: float, ends: float) -> None:
        """Keeps a session, and drops those that have ended."""
        with self._connection as connection:
            connection.execute("DELETE FROM sessions WHERE ends <= ?", (now,))
            connection.execute(
                "INSERT INTO sessions (token, name, stage, ends) VALUES (?, ?, ?, ?)", (_hash(token), name, stage, ends)
            )

    def session(self, token: str, now: float) -> Session | None:
        """The session of that token, if it has not ended."""
        rows = self._read("SELECT name, stage, tries FROM sessions WHERE token = ? AND ends > ?", _hash(token), now)
        return Session(*rows[0]) if rows else None

    def count_try(self, token: str) -> None:
        """One code more was tried in that session."""
        self._write("UPDATE sessions SET tries = tries + 1 WHERE token = ?", _hash(token))

    def close_session(self, token: str) -> None:
        """Ends that session."""
        self._write("DELETE FROM sessions WHERE token = ?", _hash(token))

    def close_sessions(self, name: str, but: str) -> None:
        """Ends every session of a user but one."""
        self._write("DELETE FROM sessions WHERE name = ? AND token <> ?", name, _hash(but))

    # recovery codes

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
        with self._connection as connection:
            row = connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (now, name, address, what)).lastrowid
            connection.execute("DELETE FROM events WHERE rowid <= ?", (row - EVENTS,))

    def events(self, name: str, newest: int) -> list[tuple[float, str, str]]:
        """When, from where, what: the newest events of a user, the newest first."""
        query = "SELECT at, address, what FROM events WHERE name = ? ORDER BY rowid DESC LIMIT ?"
        return self._read(query, name, newest)

    def _read(self, query: str, *values) -> list[tuple]:
        return self._connection.execute(query, values).fetchall()

    def _write(self, statement: str, *values) -> int:
        """How many rows it changed."""
        with self._connection as connection:
            return connection.execute(statement, values).rowcount


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
