"""What the pages do. Nothing here knows of HTTP; what is not done raises Refused, in words for the client."""

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from .. import OtpError, secret
from ..otpauth import Account
from ..verifier import Record, SqliteStore, Throttle, Verdict, Verifier
from . import limits, passwords, vault
from .database import Database, Session
from .defences import Defences
from .limits import PER_ADDRESS, PER_NAME, Refused

ISSUER = "totp_teach"
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])?")
PASSWORD = range(8, 257)  # characters; what they are is nobody's business (NIST SP 800-63B)
HALF_WAY = 300  # seconds to bring the code after the password
SESSION = 8 * 3600  # seconds
TRIES = 10  # in a session: all that protects the codes when nothing counts across sessions
RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 80 bits: too many to guess, even for who has the hashes


class Site:
    """One login server's accounts, in a folder: login.db, and login.key beside it.

    defences: what is switched on.  clock: seconds since the Unix epoch.
    """

    def __init__(self, folder: Path, *, defences: Defences = Defences(), clock: Callable[[], float] = time.time):
        self.defences, self.clock = defences, clock
        self.master = vault.master(folder / "login.key")
        self.store = SqliteStore(folder / "login.db", cipher=vault.Vault(self.master) if defences.sealed else None)
        self.database = Database(folder / "login.db")
        self.verifier = Verifier(
            self.store if defences.one_use else Forgetful(self.store),
            throttle=Throttle() if defences.across_sessions else None,
        )
        self._workers = ThreadPoolExecutor(2)  # for scrypt: 16 MB each

    def close(self) -> None:
        """Closes the files."""
        self._workers.shutdown()
        self.database.close()
        self.store.close()

    # --- password -----------------------------------------------------------------------------------------------

    async def sign_up(self, name: str, password: str, address: str) -> None:
        """Makes an account, if the name is free. If not, the answer is the same, or it would tell who is here."""
        if not NAME.fullmatch(name):
            raise Refused("A name is 1 to 32 of a–z, 0–9, dot, hyphen and underscore, not at its ends.", 400)
        if len(password) not in PASSWORD:
            raise Refused(f"A password has {PASSWORD[0]} to {PASSWORD[-1]} characters.", 400)
        self._take(address=(address, PER_ADDRESS))
        made = self.database.add_user(name, await self._slowly(passwords.hashed, password))
        self.log(name, address, "signed up" if made else "sign-up refused: the name is taken")
        if not made and not self.defences.same_answer:
            raise Refused(f"The name {name} is taken.", 409)

    async def log_in(self, name: str, password: str, address: str, device: str | None) -> str:
        """A session for who knows the password: a full one, or half way to the code. Gives its token.

        device: the mark of a browser that has been logged in to this account before. It has attempts of its own, so
        that who guesses at the name from elsewhere does not keep its owner out.
        """
        who = {"device": (device, PER_NAME)} if device else {"name": (name, PER_NAME)}
        attempt = self._take(address=(address, PER_ADDRESS), **who)
        user = self.database.user(name)
        if not user and not self.defences.same_answer:
            raise Refused(f"There is no account {name}.")
        kept = user.password if user else passwords.NOBODY
        right = len(password) in PASSWORD and await self._slowly(passwords.matches, password, kept)
        if not (user and right):
            self.log(user.name if user else "", address, "password refused")
            raise Refused("Name or password is not right.")
        self.database.forgive(attempt)
        self.log(name, address, "password accepted")
        return self.open_session(name, "password" if user.codes else "full")

    # --- code -----------------------------------------------------------------------------------------------------

    def check_code(self, token: str, session: Session, typed: str, address: str) -> None:
        """Uses up a right code; Refused for any other."""
        attempt = self._take(address=(address, PER_ADDRESS))
        if not self.defences.across_sessions:
            self._count_try(token, session)
        verdict = self.verifier.check(session.name, typed, self.clock())
        self.log(session.name, address, "code accepted" if verdict else f"code refused: {verdict.reason}")
        if not verdict:
            raise _refusal(verdict)
        self.database.forgive(attempt)

    def check_recovery_code(self, session: Session, typed: str, address: str) -> None:
        """Uses up a recovery code, which also lifts the throttle off the codes; Refused for what is none."""
        attempt = self._take(address=(address, PER_ADDRESS), recovery=(session.name, PER_NAME))
        if not self.database.use_recovery_code(session.name, self._kept(typed)):
            self.log(session.name, address, "recovery code refused")
            raise Refused("That recovery code is not accepted.")
        self.database.forgive(attempt)
        self.verifier.unlock(session.name)
        self.log(session.name, address, "recovery code used")

    # --- enrolment ------------------------------------------------------------------------------------------------

    def enrol(self, name: str, address: str) -> None:
        """A fresh key for the user, which does not count before it is confirmed."""
        if self.database.user(name).codes:
            raise Refused("Codes are on for this account. Switch them off first.", 409)
        self.verifier.enrol(name, Account(issuer=ISSUER, name=name, key=secret.random()), replace=True)
        self.log(name, address, "enrolment begun")
        if not self.defences.confirmed:
            self.database.set_codes(name, True)

    def pending(self, name: str) -> Account | None:
        """The account to be scanned, as long as it is not confirmed; afterwards no page ever shows its key."""
        record = self.store.get(name)
        if record is None or (self.database.user(name).codes and self.defences.confirmed):
            return None
        return record.account

    def confirm(self, token: str, session: Session, typed: str, address: str) -> list[str]:
        """Switches codes on by a first right one. Gives the recovery codes: this once, they are kept as hashes."""
        if self.pending(session.name) is None:
            raise Refused("There is nothing to confirm. Begin again.", 409)
        self.check_code(token, session, typed, address)
        codes = [secret.encode(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]
        self.database.set_codes(session.name, True, map(self._kept, codes))
        self.database.close_sessions(session.name, but=token)  # the others have shown no code
        self.log(session.name, address, "codes switched on")
        return codes

    def disable(self, token: str, session: Session, typed: str, address: str) -> None:
        """Switches codes off, by a code or a recovery code."""
        if not self.database.user(session.name).codes:
            raise Refused("Codes are not on for this account.", 409)
        if any(sign.isalpha() for sign in typed):
            self.check_recovery_code(session, typed, address)
        else:
            self.check_code(token, session, typed, address)
        self.database.set_codes(session.name, False)
        self.verifier.forget(session.name)
        self.log(session.name, address, "codes switched off")

    # --- sessions and the log -------------------------------------------------------------------------------------

    def session(self, token: str | None) -> Session | None:
        """What the token stands for, if anything."""
        return self.database.session(token, self.clock()) if token else None

    def open_session(self, name: str, stage: str) -> str:
        """A new session; its token. Nobody could know it before, so nobody can have planted it."""
        token, now = secrets.token_urlsafe(32), self.clock()
        self.database.open_session(token, name, stage, now, now + (SESSION if stage == "full" else HALF_WAY))
        return token

    def complete(self, token: str, session: Session) -> str:
        """A full session in the place of the one half way; its token."""
        self.database.close_session(token)
        return self.open_session(session.name, "full")

    def log_out(self, token: str, session: Session, address: str) -> None:
        """Ends the session, for whoever else has its token too."""
        self.database.close_session(token)
        self.log(session.name, address, "logged out")

    def log(self, name: str, address: str, what: str) -> None:
        """Keeps what happened. Never what was typed."""
        self.database.log(self.clock(), name, address, what)

    def _take(self, **allowed: tuple[str, int]) -> list[int]:
        """Counts an attempt; Refused if there were too many."""
        return limits.take(self.database, self.clock(), **allowed) if self.defences.across_sessions else []

    def _count_try(self, token: str, session: Session) -> None:
        """Ends a session after TRIES codes: the next one has as many again."""
        if session.tries >= TRIES:
            self.database.close_session(token)
            raise Refused("Too many wrong codes in this session. Log in again.", 429)
        self.database.count_try(token)

    def _kept(self, recovery_code: str) -> str:
        """A recovery code as it is kept. It is random, so a quick hash will do: there is nothing to guess."""
        try:
            code = secret.decode(recovery_code)
        except OtpError:
            raise Refused("That is no recovery code: it has letters and digits in groups of four.", 400) from None
        return hashlib.sha256(code).hexdigest() if self.defences.hashed else secret.encode(code)

    async def _slowly(self, function: Callable, *values):
        """What takes long, done by a worker, while the server goes on answering others."""
        return await asyncio.get_running_loop().run_in_executor(self._workers, function, *values)


class Forgetful:
    """A store that does not remember which step was used."""

    def __init__(self, store: SqliteStore):
        self.get, self.add, self.remove = store.get, store.add, store.remove
        self._swap = store.swap

    def swap(self, account_id: str, old: Record, new: Record) -> bool:
        """Keeps everything but the last accepted step."""
        return self._swap(account_id, old, replace(new, last=-1))


def _refusal(verdict: Verdict) -> Refused:
    """A verdict, for the client: its part for somebody who has shown the password."""
    told = verdict.after_password
    if told.wait is None:
        return Refused(f"{told.message} A recovery code still lets you in.", 429)
    if verdict.reason == "malformed":
        return Refused("A code is 6 digits.", 400)
    return Refused(told.message, 429 if told.wait else 403, told.wait)
