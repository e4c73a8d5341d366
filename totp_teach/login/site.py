"""What the pages do. Nothing here knows of HTTP; what is not done raises Refused, in words for the client.

A request gives way to others in one place: while a worker hashes a password. So nothing that was read before such a
wait counts after it (`_known`, `prove`), and each change of state is one transaction of the database. What the database
and the verifier do is done at once, and everybody waits for it: a few milliseconds for few people; a server for many
has a thread for it, and looks again after that wait, too. One server has the folder to itself (`--unlock` may come in).
"""

import asyncio
import hashlib
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path

from .. import OtpError, secret
from ..otpauth import Account
from ..verifier import Record, SqliteStore, Throttle, Verdict, Verifier
from . import limits, passwords, vault
from .database import PATIENCE, Database, Session, User
from .defences import Defences
from .limits import PER_ADDRESS, PER_NAME, Refused

ISSUER = "totp_teach"
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])?")
SET_UP = 600  # seconds to confirm a new key: an open session that is left alone shows it to whoever comes by
ENDS = {"password": 300, "full": 8 * 3600}  # seconds that a session has at most: the first, to bring the code
IDLE = 1800  # seconds after which a session that nobody uses is over
TRIES = 10  # in a session: all that protects the codes when nothing counts across sessions
WAITING = 20  # passwords that may wait to be hashed: who comes when there are more is asked to come again
KNOWN_TOO = 10  # places more for browsers that have been logged in before, as long as one address has not the others
RECOVERY_CODES = 10
RECOVERY_BYTES = 16  # 128 bits: with 112 or more a quick hash will do (NIST SP 800-63B-4 §3.1.2.2, ASVS 6.5.2)


class Site:
    """One login server's accounts, in a folder: login.db, and login.key beside it.

    defences: what is switched on.  clock: seconds since the Unix epoch.
    Raises OtpError if another server has the folder, or if the key beside the accounts is not theirs.
    """

    def __init__(self, folder: Path, *, defences: Defences = Defences(), clock: Callable[[], float] = time.time):
        self.defences, self.clock = defences, clock
        with ExitStack() as files:
            files.enter_context(closing(_locked(folder)))
            self.master = _master(folder, defences.sealed)
            cipher = vault.Vault(self.master) if defences.sealed else None
            store = SqliteStore(folder / "login.db", cipher=cipher, patience=PATIENCE)
            self.store = files.enter_context(closing(store))
            self.database = files.enter_context(closing(Database(folder / "login.db")))
            if not self.database.fingerprint():
                self.database.reseal(vault.fingerprint(self.master, defences.sealed))
            self._workers = files.enter_context(ThreadPoolExecutor(2))  # for scrypt: 16 MB each
            self.close = files.pop_all().close
        self._waiting: list[str] = []  # the networks whose passwords are being hashed, or wait for it
        checked = store if defences.one_use and defences.one_winner else Careless(store, defences)
        self.verifier = Verifier(checked, throttle=Throttle() if defences.across_sessions else None)

    # --- password -----------------------------------------------------------------------------------------------

    async def sign_up(self, name: str, password: str, address: str) -> None:
        """Makes an account, if the name is free. If not, the answer is the same.

        (It tells all the same, one step later: whoever can log in with the new password had a free name. A server that
        can send e-mail answers there, and only there.)
        """
        if not NAME.fullmatch(name):
            raise Refused("A name is 1 to 32 of a–z, 0–9, dot, hyphen and underscore, not at its ends.", 400)
        _check_choice(name, password)
        self._check_room(address)
        self._take(address=(address, PER_ADDRESS))
        made = self.database.add_user(name, await self._slowly(address, passwords.hashed, password))
        self.log(name, address, "signed up" if made else "sign-up refused: the name is taken")
        if not made and not self.defences.same_answer:
            raise Refused(f"The name {name} is taken.", 409)

    async def log_in(self, name: str, password: str, address: str, device: str | None, old: str) -> str:
        """A session for somebody who knows the password: a full one, or half way to the code. Gives its token.

        device: the mark of a browser that has been logged in to this account before. It has attempts of its own, so
        that guessing at the name from elsewhere does not keep its owner out of it.  old: the session that this one
        replaces.
        """
        user = await self._known(name, password, address, device)
        self.log(name, address, "password accepted")
        token, now, stage = secrets.token_urlsafe(32), self.clock(), "password" if user.phone else "full"
        self.database.open_session(token, name, stage, now, now + ENDS[stage], old, address)
        return token

    async def change_password(
        self, session: Session, new: str, address: str, password: str = "", code: str = ""
    ) -> Session:
        """Another password, for somebody who proves to be the owner; every other session ends. The session anew."""
        _check_choice(session.name, new)
        self._check_room(address)
        hashed = await self._slowly(address, passwords.hashed, new)
        session = await self.prove(session, address, password, code, False, lambda _: None)
        self.log(session.name, address, "password changed")
        self.database.set_password(session.name, hashed, session.token)
        return session

    async def prove(
        self, session: Session, address: str, password: str, code: str, enough: bool, first: Callable[[Session], None]
    ) -> Session:
        """Fresh authentication: the password again, and where codes are on a code or a recovery code as well.

        An open session may have been left on somebody's screen, or its cookie copied. So it is not enough for what would
        make the account another's; and the session goes on under another token, without whoever has a copy of the old
        one (OWASP ASVS 5.0, 7.2.4).  enough: the recovery code that has opened this session will do; it may have been
        the last.  first: what else could refuse the act, asked before a code is used up.  Gives the session anew.
        """
        user = await self._known(session.name, password, address, session.token) if self.defences.fresh else None
        session = self._still(session.token)
        first(session)
        if user and user.phone and not (enough and session.recovered):
            if any(sign.isalpha() for sign in code):
                self.check_recovery_code(session, code, address)
            else:
                await self.check_code(session, user.phone, code, address)
        return self._anew(session)

    async def _known(self, name: str, password: str, address: str, device: str | None) -> User:
        """Whose password it is; Refused for a wrong one."""
        password = passwords.normalised(password)  # before its length is looked at
        who = {"device": (device, PER_NAME)} if device else {"name": (name, PER_NAME)}
        self._check_room(address, KNOWN_TOO if device else 0)
        attempt = self._take(address=(address, PER_ADDRESS), **who)
        user = self.database.user(name)
        if not user and not self.defences.same_answer:
            raise Refused(f"There is no account {name}.")
        kept = user.password if user else passwords.NOBODY
        right = len(password) in passwords.LENGTHS and await self._slowly(address, passwords.matches, password, kept)
        if self.defences.read_again:  # meanwhile codes may have been switched on, or the password changed
            user = self.database.user(name)
        if not (user and right and user.password == kept):
            self.log(user.name if user else "", address, "password refused")
            raise Refused("Name or password is not right.")
        self.database.forgive(attempt)
        return user

    # --- code -----------------------------------------------------------------------------------------------------

    async def check_code(self, session: Session, phone: str | None, typed: str, address: str) -> None:
        """Uses up a right code of that phone; Refused for any other."""
        attempt = self._take(address=(address, PER_ADDRESS))
        if not self.defences.across_sessions:
            self._count_try(session)
        if self.defences.one_winner:
            verdict = self.verifier.check(phone or "", typed, self.clock())
        else:
            verdict = await self._slowly(address, self.verifier.check, phone or "", typed, self.clock())
        self.log(session.name, address, "code accepted" if verdict else f"code refused: {verdict.reason}")
        if not verdict:
            raise _refusal(verdict)
        self.database.forgive(attempt)

    def check_recovery_code(self, session: Session, typed: str, address: str) -> None:
        """Uses up a recovery code; Refused for anything else.

        Only the address has a limit. One for the name would keep the owner out, and 128 bits are not guessed. It does
        not forgive the phone its wrong codes: after a hundred a key counts no more, and the owner who comes in like
        this sets up another (NIST SP 800-63B-4 §3.2.2: what was disabled is to be bound anew).
        """
        attempt = self._take(address=(address, PER_ADDRESS))
        if not self.database.use_recovery_code(session.name, self._kept(typed)):
            self.log(session.name, address, "recovery code refused")
            raise Refused("That recovery code is not accepted.")
        self.database.forgive(attempt)
        self.log(session.name, address, "recovery code used")

    # --- enrolment ------------------------------------------------------------------------------------------------

    def may_enrol(self, session: Session) -> None:
        """Counts an enrolment; Refused if there were too many."""
        self._take(enrolment=(session.name, PER_NAME))

    def has_codes(self, session: Session) -> None:
        """Refused if codes are not on."""
        if not self.database.phone(session.name):
            raise Refused("Codes are not on for this account.", 409)

    def enrol(self, session: Session, address: str) -> None:
        """A fresh key, for this session alone to show to a phone. It does not count before it is confirmed.

        Codes that are on stay on with the old key until then: so a new phone takes the place of a lost one.
        """
        phone = f"{session.name} {secrets.token_hex(8)}"
        self.verifier.enrol(phone, Account(issuer=ISSUER, name=session.name, key=secret.random()))
        until = self.clock() + SET_UP
        self.database.set_pending(session.token, session.name, phone, until, shared=not self.defences.own_key)
        self.log(session.name, address, "enrolment begun")
        if not self.defences.confirmed:
            self.database.set_phone(session.name, phone, (), None)

    def pending(self, session: Session) -> Account | None:
        """The account that this session is setting up; once it is confirmed, no page ever shows its key."""
        record = self.store.get(session.pending) if session.pending else None
        return record.account if record else None

    async def confirm(self, session: Session, typed: str, address: str) -> tuple[Session, list[str]]:
        """Lets the codes of the new key count, by a first right one. Gives the session anew and, this once, the recovery
        codes."""
        if session.pending is None:
            raise Refused("There is nothing to confirm, or it took too long. Begin again.", 409)
        await self.check_code(session, session.pending, typed, address)
        session, codes = self._anew(session), _recovery_codes()
        replaced = self.database.phone(session.name) not in (None, session.pending)
        self.log(session.name, address, "phone replaced" if replaced else "codes switched on")
        self.database.set_phone(session.name, session.pending, map(self._kept, codes), session.token)
        return session, codes

    def renew_recovery_codes(self, session: Session, address: str) -> list[str]:
        """New recovery codes; the old ones open nothing any more."""
        codes = _recovery_codes()
        self.log(session.name, address, "recovery codes made anew")
        self.database.set_recovery_codes(session.name, map(self._kept, codes))
        return codes

    def disable(self, session: Session, address: str) -> None:
        """Switches codes off, and forgets key and recovery codes."""
        self.log(session.name, address, "codes switched off")
        self.database.set_phone(session.name, None, (), session.token)

    # --- sessions and the log -------------------------------------------------------------------------------------

    def session(self, token: str) -> Session | None:
        """What the token stands for, if anything."""
        return self.database.session(token, self.clock(), IDLE)

    def _still(self, token: str) -> Session:
        """The session as it is now; Refused if it has ended meanwhile."""
        if session := self.session(token):
            return session
        raise Refused("This session is over. Log in again.")

    def _anew(self, session: Session) -> Session:
        """The session under another token: whoever has a copy of the old one is out."""
        token = secrets.token_urlsafe(32)
        self.database.rename_session(session.token, token)
        return replace(session, token=token)

    def complete(self, session: Session, *, recovered: bool = False) -> str:
        """The session that was half way is a full one now; its new token, which nobody can have planted or copied."""
        token = secrets.token_urlsafe(32)
        self.database.complete_session(self._still(session.token).token, token, self.clock() + ENDS["full"], recovered)
        return token

    def log_out(self, session: Session, address: str) -> None:
        """Ends the session, also for anybody else who has its token, and on a full disk."""
        self.database.close_session(session.token)
        with suppress(sqlite3.Error):
            self.log(session.name, address, "logged out")

    def mark(self, name: str, random: str | None = None) -> str:
        """By which a browser is known again that was logged in to that account, until the password is another one.

        It names nobody. (Whoever had the password could collect marks, and each has attempts of its own.)
        """
        random, user = random or secrets.token_urlsafe(16), self.database.user(name)
        return random + vault.derived(self.master, f"mark {name} {user and user.password} {random}").hex()

    def log(self, name: str, address: str, what: str) -> None:
        """Keeps what happened. Never what was typed.

        What makes the account another's is kept before it is done: if the server is killed in between, its owner is
        told of something that did not happen, and not the other way round.
        """
        self.database.log(self.clock(), name, address, what)

    def _take(self, **allowed: tuple[str, int]) -> list[int]:
        """Counts an attempt; Refused if there were too many."""
        return limits.take(self.database, self.master, self.clock(), **allowed) if self.defences.across_sessions else []

    def _count_try(self, session: Session) -> None:
        """Ends a session after TRIES codes: the next one has as many again."""
        if session.tries >= TRIES:
            self.database.close_session(session.token)
            raise Refused("Too many wrong codes in this session. Log in again.", 429)
        self.database.count_try(session.token)

    def _kept(self, recovery_code: str) -> str:
        """A recovery code as it is kept."""
        try:
            code = secret.decode(recovery_code)
        except OtpError:
            raise Refused("A recovery code has 26 letters and digits, in groups of four.", 400) from None
        return hashlib.sha256(code).hexdigest() if self.defences.hashed else secret.encode(code)

    def _check_room(self, address: str, more: int = 0) -> None:
        """Refused if too many wait for a worker already: better a clear answer now than a good one in a minute.

        The right password costs no attempt, so one address could fill every place by logging in to accounts of its own.
        """
        if len(self._waiting) >= WAITING + more or self._waiting.count(limits.network(address)) >= WAITING:
            raise Refused("Too many people are logging in at this moment. Try again in a few seconds.", 503, 3)

    async def _slowly(self, address: str, function: Callable, *values):
        """What takes long, done by a worker, while the server goes on answering others."""
        place = limits.network(address)
        self._waiting.append(place)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, function, *values)
        finally:
            self._waiting.remove(place)


class Careless:
    """A store without one_use, that does not remember which step was used, or without one_winner: that writes what
    followed from an earlier look, whatever has happened since.

    The time between look and write is milliseconds in a real one that does this; here it is long enough to be hit.
    """

    def __init__(self, store: SqliteStore, defences: Defences):
        self.get, self.add, self.remove = store.get, store.add, store.remove
        self._swap, self._defences = store.swap, defences

    def swap(self, account_id: str, old: Record, new: Record) -> bool:
        """Puts `new` in the place of `old`, or of whatever is there."""
        if not self._defences.one_use:
            new = replace(new, last=-1)
        if self._defences.one_winner:
            return self._swap(account_id, old, new)
        time.sleep(0.3)
        while found := self.get(account_id):  # until it is written: another look and write may come in between
            if self._swap(account_id, found, replace(new, revision=found.revision + 1)):
                return True
        return False


def unlock(folder: Path, name: str) -> str:
    """The administrator's way out of a lock, while a server runs or not: one recovery code more.

    It is for somebody who has shown the administrator who they are, and who then sets up a phone: a key that had a
    hundred wrong codes is not forgiven them.
    """
    with closing(Database(folder / "login.db")) as database:
        if not database.phone(name):
            raise OtpError(f"there is no account {name!r} with codes")
        code = _recovery_codes()[0]
        database.log(time.time(), name, "the administrator", "recovery code made by the administrator")
        database.add_recovery_code(name, hashlib.sha256(secret.decode(code)).hexdigest())
        return code


def rotate(site: Site, folder: Path) -> None:
    """A new master key, and every key sealed anew with it. All cookies are void, so everybody logs in again.

    The new key is on the disk before the accounts change, in one transaction, and the old one goes afterwards: killed
    at any moment, the next start finds the one of the two that opens them (`_master`).
    """
    new = folder / "login.key.new"
    new.unlink(missing_ok=True)
    old_vault, new_vault = vault.Vault(site.master), vault.Vault(vault.master(new))

    def reseal(key: bytes, phone: str) -> bytes:
        return new_vault.seal(old_vault.open(key, phone.encode()), phone.encode())

    site.database.reseal(vault.fingerprint(vault.master(new), True), reseal)
    os.replace(new, folder / "login.key")


def _master(folder: Path, sealed: bool) -> bytes:
    """The master key of the accounts in the folder; a new one where there are none yet."""
    path, new, wanted = folder / "login.key", folder / "login.key.new", None
    if (folder / "login.db").exists():
        with closing(Database(folder / "login.db")) as database:
            wanted = database.fingerprint()
    if wanted and new.exists() and vault.fingerprint(vault.master(new), sealed) == wanted:
        os.replace(new, path)  # a rotation was interrupted
    if wanted and not (path.exists() and vault.fingerprint(vault.master(path), sealed) == wanted):
        raise OtpError("login.key is missing, or is not the one that these accounts are sealed with: put it back")
    return vault.master(path)


def _locked(folder: Path) -> sqlite3.Connection:
    """The folder, for one server alone: SQLite's lock on a file of its own is gone with the process, however it ends.

    It lies beside the database itself, whatever links lead there.
    """
    beside = (folder / "login.db").resolve().with_name("login.lock")
    lock = sqlite3.connect(beside, timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        lock.close()
        busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
        raise OtpError("another login server has this folder" if busy else f"login.lock: {error}") from None
    return lock


def _check_choice(name: str, password: str) -> None:
    """Refused for a password that is too short, or one of those that are guessed first."""
    password = passwords.normalised(password)
    if len(password) not in passwords.LENGTHS:
        raise Refused(f"A password has {passwords.LENGTHS[0]} to {passwords.LENGTHS[-1]} characters.", 400)
    if password.lower() in passwords.GUESSED_FIRST | {name}:
        raise Refused("That password is among the first that are guessed. Choose another.", 400)


def _recovery_codes() -> list[str]:
    return [secret.encode(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]


def _refusal(verdict: Verdict) -> Refused:
    """A verdict, for somebody who has shown the password: the part of it for them."""
    told = verdict.after_password
    if told.wait is None:
        return Refused(f"{told.message} A recovery code still lets you in.", 429)
    if verdict.reason == "malformed":
        return Refused("A code is 6 digits.", 400)
    return Refused(told.message, 429 if told.wait else 403, told.wait)
