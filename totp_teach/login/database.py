"""Users, sessions, recovery codes, attempts and events, in an SQLite file (beside the verifier's table of keys)."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .. import OtpError

SCHEMA = Path(__file__).with_name("schema.sql")
VERSION = 4  # of the schema
PATIENCE = 2  # seconds to wait for another program that writes to the file: nobody is answered meanwhile
TOUCH = 60  # seconds after which it is written down again that a session is in use
CALM = ("signed up", "password accepted", "code accepted", "logged out")  # events that the owner need not be told of


@dataclass(frozen=True)
class User:
    """Somebody who has signed up."""

    name: str
    password: str  # its hash
    phone: str | None  # the verifier's id of the key that counts; None: no code is asked for


@dataclass(frozen=True)
class Session:
    """What a browser's cookie, the token, stands for."""

    token: str
    name: str
    stage: str  # "password": half way, the code is still to come; "full"
    tries: int  # codes tried in this session
    recovered: bool  # opened with a recovery code
    pending: str | None  # the verifier's id of the key that this session is setting up


class Database:
    """The file. What a function changes, it changes as a whole or not at all, whenever the server is killed."""

    def __init__(self, path: Path):
        self._connection = sqlite3.connect(path, timeout=PATIENCE)
        [(version,)], used = self._read("PRAGMA user_version"), self._read("SELECT name FROM sqlite_master")
        if version != VERSION and ("users",) in used:
            raise OtpError(f"{path} was made by another version of this server: begin with a new folder")
        self._ended: set[bytes] = set()  # sessions that are over, and are in the file all the same
        self._connection.executescript(SCHEMA.read_text("utf-8"))
        self.close = self._connection.close

    # users

    def user(self, name: str) -> User | None:
        """The user of that name."""
        rows = self._read("SELECT name, password, phone FROM users WHERE name = ?", name)
        return User(*rows[0]) if rows else None

    def phone(self, name: str) -> str | None:
        """The verifier's id of the key that counts for that user."""
        return user.phone if (user := self.user(name)) else None

    def add_user(self, name: str, password: str) -> bool:
        """Keeps a new user; False if there is one of that name."""
        return self._write(("INSERT OR IGNORE INTO users (name, password) VALUES (?, ?)", name, password)) == 1

    def set_password(self, name: str, password: str, but: str) -> None:
        """Another password; every other session of the user ends."""
        self._write(_others(name, but), ("UPDATE users SET password = ? WHERE name = ?", password, name))

    def set_phone(self, name: str, phone: str | None, recovery: Iterable[str], but: str | None) -> None:
        """The key whose codes count from now on (None: no codes), with new recovery codes in the place of the old ones.

        Every session ends but that one: it has not shown a code of that key. (but=None: none ends.)
        """
        done = [("UPDATE sessions SET pending = NULL, recovered = 0 WHERE name = ?", name), _others(name, but)]
        self._write(
            ("UPDATE users SET phone = ? WHERE name = ?", phone, name), *_codes(name, recovery), *(done if but else ())
        )

    # sessions

    def open_session(
        self, token: str, name: str, stage: str, now: float, ends: float, old: str = "", address: str = ""
    ) -> None:
        """Keeps a session in the place of `old`."""
        values = _hash(token), name, stage, ends, now, address
        query = "INSERT INTO sessions (token, name, stage, ends, used, address) VALUES (?, ?, ?, ?, ?, ?)"
        self._write(("DELETE FROM sessions WHERE token = ?", _hash(old)), (query, *values))

    def complete_session(self, token: str, new: str, ends: float, recovered: bool) -> None:
        """A session that was half way, as a full one under another token."""
        query = "UPDATE sessions SET token = ?, stage = 'full', ends = ?, recovered = ? WHERE token = ?"
        self._write((query, _hash(new), ends, recovered, _hash(token)))

    def rename_session(self, token: str, new: str) -> None:
        """The same session under another token."""
        self._write(("UPDATE sessions SET token = ? WHERE token = ?", _hash(new), _hash(token)))

    def session(self, token: str, now: float, idle: float) -> Session | None:
        """The session of that token, if it has not ended and was used in the last `idle` seconds (less up to TOUCH).

        (If it was used in a time to come, the clock was ahead and is not any more: it would not end for as long.)
        """
        query = """SELECT used, name, stage, tries, recovered, CASE WHEN shown_until > ? THEN pending END
            FROM sessions WHERE token = ? AND ends > ?"""
        rows = self._read(query, now, _hash(token), now)
        if not rows or _hash(token) in self._ended or abs(now - rows[0][0]) >= idle:
            return None
        if rows[0][0] + TOUCH <= now:
            with suppress(sqlite3.Error):  # a full disk: pages can be read until it has idled
                self._write(("UPDATE sessions SET used = ? WHERE token = ?", now, _hash(token)))
        return Session(token, *rows[0][1:])

    def set_pending(self, token: str, name: str, phone: str, until: float, *, shared: bool) -> None:
        """The key that this session is setting up until then; shared: every session of the account is shown it."""
        who, value = ("name", name) if shared else ("token", _hash(token))
        self._write((f"UPDATE sessions SET pending = ?, shown_until = ? WHERE {who} = ?", phone, until, value))

    def count_try(self, token: str) -> None:
        """One code more was tried in that session."""
        self._write(("UPDATE sessions SET tries = tries + 1 WHERE token = ?", _hash(token)))

    def close_session(self, token: str) -> None:
        """Ends that session: in the file, or where that cannot be written until a later end can, for this server."""
        self._ended.add(_hash(token))
        with suppress(sqlite3.Error):
            self._write(*(("DELETE FROM sessions WHERE token = ?", ended) for ended in self._ended))
            self._ended.clear()

    # recovery codes

    def set_recovery_codes(self, name: str, codes: Iterable[str]) -> None:
        """Puts these in the place of all earlier ones."""
        self._write(*_codes(name, codes))

    def add_recovery_code(self, name: str, code: str) -> None:
        """Keeps one more."""
        self._write(("INSERT INTO recovery_codes VALUES (?, ?)", name, code))

    def use_recovery_code(self, name: str, code: str) -> bool:
        """Takes one out; False if it is not there, or not any more."""
        return self._write(("DELETE FROM recovery_codes WHERE name = ? AND code = ?", name, code)) == 1

    def recovery_codes_left(self, name: str) -> int:
        """How many of them a user still has."""
        return self._read("SELECT count(*) FROM recovery_codes WHERE name = ?", name)[0][0]

    # attempts

    def attempts(self, who: str, after: float, before: float) -> list[float]:
        """When they made them, the oldest first. (Where the clock was set back, some are still to come.)"""
        query = "SELECT at FROM attempts WHERE who = ? AND at > ? AND at < ? ORDER BY at"
        return [at for (at,) in self._read(query, who, after, before)]

    def attempt(self, who: str, now: float, window: float) -> int:
        """Counts one, and drops those that do not matter any more; its number."""
        old = "DELETE FROM attempts WHERE at <= ? OR at >= ?", now - window, now + window
        self._write(old, ("INSERT INTO attempts (who, at) VALUES (?, ?)", who, now))
        return self._read("SELECT max(id) FROM attempts")[0][0]

    def forgive(self, numbers: Iterable[int]) -> None:
        """Takes attempts back that have ended well."""
        self._write(*(("DELETE FROM attempts WHERE id = ?", number) for number in numbers))

    # events

    def log(self, now: float, name: str, address: str, what: str) -> None:
        """Keeps what happened."""
        self._write(("INSERT INTO events (at, name, address, what) VALUES (?, ?, ?, ?)", now, name, address, what))

    def events(self, name: str, newest: int) -> list[tuple[float, str, str]]:
        """When, from where, what: the newest events of a user, the newest first."""
        return self._read("SELECT at, address, what FROM events WHERE name = ? ORDER BY id DESC LIMIT ?", name, newest)

    def news(self, name: str, since: float) -> list[tuple[str, int, float]]:
        """What, how often and when last: all but the everyday. Nobody can click it away, nor push it out by other events."""
        query = f"""SELECT what, count(*), max(at) FROM events
            WHERE name = ? AND at > ? AND what NOT IN {CALM} GROUP BY what ORDER BY max(id) DESC"""
        return self._read(query, name, since)

    # the master key

    def fingerprint(self) -> str | None:
        """By which the master key is known again with which this file's keys were sealed."""
        rows = self._read("SELECT fingerprint FROM master")
        return rows[0][0] if rows else None

    def reseal(self, fingerprint: str, reseal: Callable[[bytes, str], bytes] = lambda key, _: key) -> None:
        """Every sealed key put in the place of itself, sealed anew, together with the new master key's fingerprint."""
        keys = [(reseal(key, phone), phone) for phone, key in self._read("SELECT id, key FROM accounts")]
        anew = [("UPDATE accounts SET key = ? WHERE id = ?", *pair) for pair in keys]
        self._write(*anew, ("DELETE FROM master",), ("INSERT INTO master VALUES (?)", fingerprint))

    def _read(self, query: str, *values) -> list[tuple]:
        return self._connection.execute(query, values).fetchall()

    def _write(self, *statements: tuple) -> int:
        """The statements with their values, in one transaction; how many rows the last one changed."""
        changed = 0
        with self._connection as connection:
            for statement, *values in statements:
                changed = connection.execute(statement, values).rowcount
        return changed


def _codes(name: str, codes: Iterable[str]) -> list[tuple]:
    insert = [("INSERT INTO recovery_codes VALUES (?, ?)", name, code) for code in codes]
    return [("DELETE FROM recovery_codes WHERE name = ?", name), *insert]


def _others(name: str, but: str | None) -> tuple:
    return "DELETE FROM sessions WHERE name = ? AND token <> ?", name, _hash(but or "")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
