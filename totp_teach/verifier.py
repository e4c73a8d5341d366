"""The server's side of the bargain: is this code right, is it used for the first time, and how many were tried?

    window     a code is typed late, and two clocks differ: some steps back and ahead are accepted     RFC 6238 §5.2
    replay     a step is consumed by its code: at or before the last accepted one, none counts         RFC 6238 §5.2
    drift      how far the other clock was off last time, remembered and limited                       RFC 6238 §6
    throttle   failures delay the next try, in every session together, up to a bound                   RFC 4226 §7.3
    resync     an event counter may run ahead, never back; two codes in a row find it again            RFC 4226 §7.4

What was accepted is kept by a store, which changes a record only if nobody changed it in between (compare and set). So
of many checks of one code at the same moment, one is accepted.
"""

import hmac
import math
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Protocol

from . import OtpError, hotp, totp
from .otpauth import Account
from .secret import HYPHENS

Reason = Literal["accepted", "used", "late", "early", "wrong", "malformed", "throttled", "unknown"]
LONGEST_CODE = 64  # characters as typed, blanks and all: nobody types more, and an attacker may send a megabyte
DIGITS = frozenset("0123456789")  # not str.isdigit, which takes ٣ and ３ as well
RESYNC_RANGE = 100  # counters searched for two codes in a row; by chance they are found in 100 of 10^12 tries


@dataclass(frozen=True)
class PublicVerdict:
    """What the client may be told: yes or no, and how long to wait. Not why: the reason would help who is guessing."""

    accepted: bool
    message: str
    wait: int | None = 0  # whole seconds until the next try is looked at; None: until an administrator unlocks


@dataclass(frozen=True)
class Verdict:
    """What a check found. All of it is for the log; `public` is what may be told to the client. True if accepted.

    accepted    the code is right, and its step is consumed by it
    used        right, but at or before the last accepted step: a second use (RFC 6238 §5.2)
    late        right for the step before the window: typed too late, or the phone's clock is behind
    early       right for the step after the window: the phone's clock, or the token's counter, is ahead
    wrong       no code of these steps
    malformed   not a code of this account: other characters than digits, or another number of them
    throttled   not looked at: too many failures, and `wait` is not over
    unknown     no such account
    """

    accepted: bool
    reason: Reason
    counter: int | None = None  # the step or counter whose code it is
    drift: int | None = None  # that step less the server's, or that counter less the expected one
    wait: float = 0.0  # seconds until the next try is looked at; infinity: until an administrator unlocks

    def __bool__(self) -> bool:
        return self.accepted

    @property
    def public(self) -> PublicVerdict:
        """The part of the verdict that may be told to the client."""
        if self.accepted:
            return PublicVerdict(True, "The code is right.")
        if math.isinf(self.wait):
            return PublicVerdict(False, "Too many wrong codes: the account is locked. Ask its administrator.", None)
        seconds = math.ceil(self.wait)
        message = f"Too many wrong codes. Wait {seconds} s, then try again." if seconds else "That code is not accepted."
        return PublicVerdict(False, message, seconds)


@dataclass(frozen=True)
class Throttle:
    """How failures in a row slow an account down, whichever session they come from (RFC 4226 §7.3).

    free failures cost nothing (fingers slip); each one after them makes the account wait `delay` seconds more than the
    one before; at `bound` it is locked. Tries during the wait are not looked at, and do not prolong it.
    """

    delay: float = 5  # seconds: T in the RFC's T × A
    free: int = 3
    bound: int = 100  # NIST SP 800-63B: no more than 100 failures in a row

    def wait(self, failures: int) -> float:
        """The seconds to wait after that many failures in a row; infinity from the bound on."""
        return math.inf if failures >= self.bound else self.delay * max(0, failures - self.free)


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


class Verifier:
    """Checks codes against the accounts of a store.

    window: steps accepted before and after the server's own; a pair (back, ahead) if they differ.
    look_ahead: counters accepted beyond the expected one, for accounts of type hotp.
    drift_limit: steps that the remembered drift may reach in either direction; 0 remembers none.
    throttle: a Throttle, or None for as many tries as anybody likes (chapter 08 shows what comes of it).
    """

    def __init__(
        self, store: Store, *,
        window: int | tuple[int, int] = 1, look_ahead: int = 9, drift_limit: int = 0,
        throttle: Throttle | None = Throttle(),
    ):  # fmt: skip
        self.store = store
        self.window = tuple(_steps(steps, "window") for steps in (window if isinstance(window, tuple) else (window,) * 2))
        self.look_ahead = _steps(look_ahead, "look_ahead")
        self.drift_limit = _steps(drift_limit, "drift_limit")
        self.throttle = throttle
        if len(self.window) != 2:
            raise OtpError(f"window is a number of steps, or a pair (back, ahead), not {window!r}")

    def enrol(self, account_id: str, account: Account, *, replace: bool = False) -> None:
        """Keeps an account under an id. An id that exists is refused, or with `replace` begins anew with another key."""
        old = self.store.get(_id(account_id))
        if replace and old and old.account.key == account.key:
            raise OtpError(f"{account_id!r} has this key already; codes that are used would count again: take a new key")
        last = (account.counter or 0) - 1 if account.type == "hotp" else -1
        if not self.store.add(account_id, Record(account, last), replace=replace):
            raise OtpError(f"{account_id!r} is enrolled already; enrol(…, replace=True) puts a new key in its place")

    def forget(self, account_id: str) -> None:
        """Drops an account: its codes count no longer."""
        if not self.store.remove(_id(account_id)):
            raise OtpError(f"there is no account {account_id!r} to forget")

    def unlock(self, account_id: str) -> None:
        """Forgives an account its failures: the administrator's way, and after the bound the only one."""
        while record := self.store.get(_id(account_id)):
            if self._keep(account_id, record, replace(record, failures=0)):
                return
        raise OtpError(f"there is no account {account_id!r} to unlock")

    def check(self, account_id: str, code: str, at: int | float | datetime) -> Verdict:
        """Whether the code is right for the account at that moment, and used for the first time: then it is used now.

        code: as typed, with blanks and hyphens. at: the server's clock, as totp.code has it.
        Raises OtpError for a code that is not text and a moment that is none; whatever a client sends as text is a
        Verdict.
        """
        return self._settle(account_id, at, lambda record: self._judge(record, _typed(code), at))

    def resynchronise(self, account_id: str, first: str, second: str, at: int | float | datetime) -> Verdict:
        """Finds the counter of a token that has run ahead of the look-ahead, by two codes in a row (RFC 4226 §7.4)."""
        return self._settle(account_id, at, lambda record: _find_pair(record, _typed(first), _typed(second)))

    def _settle(self, account_id: str, at: int | float | datetime, judge: Callable[[Record], Verdict]) -> Verdict:
        """Judges by the record as it is and keeps what follows from it; begins again if the record has changed since."""
        now = sum(totp._since(at, 1, 0))
        while record := self.store.get(_id(account_id)):
            if wait := self._wait(record, now):
                return Verdict(False, "throttled", wait=wait)
            verdict = judge(record)
            after = self._after(record, verdict, now)
            if after is record or self._keep(account_id, record, after):
                return verdict if verdict else replace(verdict, wait=self._wait(after, now))
        return Verdict(False, "unknown")

    def _judge(self, record: Record, typed: str, at: int | float | datetime) -> Verdict:
        """The verdict on one code. Every step is compared, in constant time: how long it takes tells nothing."""
        account = record.account
        if not _is_code(typed, account.digits):
            return Verdict(False, "malformed")
        expected, window = self._accepted(record, at)
        nearby = range(max(window.start - 1, 0), min(window.stop + 1, hotp.LAST_COUNTER + 1))
        matches = _matches(account, nearby, typed)
        if not matches:
            return Verdict(False, "wrong")
        counter = max((found for found in matches if found in window), default=matches[0])
        found = {"counter": counter, "drift": counter - expected}
        if matches[0] <= record.last:
            return Verdict(False, "used", **found)
        if counter in window:
            return Verdict(True, "accepted", **found)
        return Verdict(False, "late" if counter < window.start else "early", **found)

    def _accepted(self, record: Record, at: int | float | datetime) -> tuple[int, range]:
        """The step or counter that is expected, and those that are accepted around it or, for hotp, from it on."""
        if record.account.type == "hotp":
            expected = record.last + 1
            return expected, range(expected, expected + self.look_ahead + 1)
        step = totp.counter(at, period=record.account.period)
        back, ahead = self.window
        return step, range(step + record.drift - back, step + record.drift + ahead + 1)

    def _after(self, record: Record, verdict: Verdict, now: float) -> Record:
        """The record after that verdict: the step consumed, or one failure more. What was no guess is no failure."""
        if verdict.accepted:
            drift = max(-self.drift_limit, min(verdict.drift, self.drift_limit))
            return replace(record, last=verdict.counter, drift=drift, failures=0)
        if verdict.reason in ("used", "malformed"):
            return record
        return replace(record, failures=record.failures + 1, failed_at=now)

    def _wait(self, record: Record, now: float) -> float:
        """The seconds until the account's next try is looked at."""
        whole = self.throttle.wait(record.failures) if self.throttle else 0.0
        left = record.failed_at + whole - now
        # More than twice the whole: the clock was set back, and the owner would wait for it to catch up. Less than that
        # may be two requests that overtook each other, and is no way around the wait.
        return left if 0 < left <= 2 * whole else 0.0

    def _keep(self, account_id: str, old: Record, new: Record) -> bool:
        return self.store.swap(account_id, old, replace(new, revision=old.revision + 1))


def _find_pair(record: Record, first: str, second: str) -> Verdict:
    """The verdict on two codes in a row, anywhere in the next RESYNC_RANGE counters."""
    account = record.account
    if account.type != "hotp":
        raise OtpError("only a counter (type hotp) is resynchronised; a clock that is off is put right on the phone")
    if not (_is_code(first, account.digits) and _is_code(second, account.digits)):
        return Verdict(False, "malformed")
    ahead = range(record.last + 1, min(record.last + 1 + RESYNC_RANGE, hotp.LAST_COUNTER + 1))
    starts, ends = _matches(account, ahead, first), _matches(account, ahead, second)
    pairs = [counter for counter in ends if counter - 1 in starts]
    if not pairs:
        return Verdict(False, "wrong")
    return Verdict(True, "accepted", pairs[-1], pairs[-1] - record.last - 1)


def _matches(account: Account, counters: range, typed: str) -> list[int]:
    """The counters whose code was typed: all are compared, whether one was found or not."""
    codes = hotp.codes(account.key, counters, digits=account.digits, algorithm=account.algorithm)
    return [counter for counter, code in zip(counters, codes) if hmac.compare_digest(code, typed)]


def _typed(code: str) -> str:
    """The code without the blanks and hyphens that people type into it."""
    if not isinstance(code, str):
        raise OtpError(f"a code is text (str), not {type(code).__name__}: a number loses its leading zeros")
    return "".join(sign for sign in code[: LONGEST_CODE + 1] if not (sign.isspace() or sign in HYPHENS))


def _is_code(typed: str, digits: int) -> bool:
    return len(typed) == digits and DIGITS.issuperset(typed)


def _id(account_id: str) -> str:
    if not isinstance(account_id, str):
        raise OtpError(f"an account's id is text (str), not {type(account_id).__name__}")
    return account_id


def _steps(steps: int, name: str) -> int:
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise OtpError(f"{name} is a whole number of steps, 0 or more, not {steps!r}")
    return steps
