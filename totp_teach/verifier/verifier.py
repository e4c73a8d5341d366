"""The check itself: which codes of which steps count, and what follows from it."""

import hmac
import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from .. import OtpError, hotp, totp
from .._pasted import HYPHENS
from .._values import check_whole, named
from ..otpauth import Account
from ..totp import Moment
from .stores import Record, Store
from .verdict import Reason, Verdict

LONGEST_CODE = 64  # characters as typed, spaces and all: nobody types more, and an attacker may send a megabyte
YEAR_2100 = 4_102_444_800  # seconds since the Unix epoch; all of today's milliseconds lie beyond it
SET_BACK = 600  # seconds: a clock that is further behind than this was set back
ATTEMPTS = 1000  # to keep a change that somebody else's overtakes; each time, another one was kept
LOG = logging.getLogger("totp_teach.verifier")
LOG.addHandler(logging.NullHandler())
RESYNC_RANGE = 100  # counters searched for two codes in a row; by chance two are found once in 10^10 tries


@dataclass(frozen=True)
class Throttle:
    """How failures in a row slow an account down, whichever session they come from (RFC 4226 §7.3).

    free failures cost nothing (fingers slip); each one after them makes the account wait `delay` seconds more than the
    one before; at `bound` it is locked. Tries during the wait are not looked at, and do not prolong it. The owner gets
    in with the first right code after the wait, which also forgives the failures; after the bound somebody has to
    `unlock`. So who can fail often enough can keep the owner out: let only those try a code who knew the password.
    Servers that share a store should agree on the time. One that is ahead sees a wait end too early, by as much as it is
    ahead; from its next failure on its clock counts for all of them, if they differ by less than the longest wait (480 s
    here; at most SET_BACK). One that is further behind cannot be told from a clock that was set back, which may keep
    nobody out: it shortens a wait that another server began. The bound holds whatever the clocks show.
    """

    delay: float = 5  # seconds: T in the RFC's T × A
    free: int = 3
    # NIST SP 800-63B-4 §3.2.2: no more than 100 in a row, then the authenticator is disabled until it is bound anew. Here
    # that is `enrol(…, replace=True)`, with a new key; `unlock` forgives, and is for services that NIST does not bind.
    bound: int = 100

    def __post_init__(self) -> None:
        if not (isinstance(self.delay, int | float) and 0 <= self.delay <= 10**9):
            raise OtpError(f"Throttle: delay is a number of seconds, 0 to a billion, not {named(self.delay)}")
        check_whole("Throttle: free must be 0 or more", self.free, 0)
        check_whole("Throttle: bound must be from 1 to a billion", self.bound, 1, 10**9)

    def wait(self, failures: int) -> float:
        """The seconds to wait after that many failures in a row; infinity from the bound on."""
        return math.inf if failures >= self.bound else self.delay * max(0, failures - self.free)


class Verifier:
    """Checks codes against the accounts of a store.

    window: steps accepted before and after the server's own; a pair (back, ahead) if they differ.
    look_ahead: counters accepted beyond the expected one, for accounts of type hotp.
    drift_limit: how many steps of drift are remembered, in either direction; 0 remembers none. The window then lies
    around the remembered drift, so that a code further off than both together never counts (RFC 6238 §6).
    throttle: a Throttle, or None for as many tries as anybody likes (chapter 08 shows what comes of it).
    plausible: the first and the last moment that the server's clock may show, in seconds since the Unix epoch. Outside
    them nothing is checked and nothing changes: one code accepted at a moment in milliseconds would use up all codes to
    come. As it stands, 1970 to 2100, it catches milliseconds; a server may give the day it was built, and a test that
    has a later moment (RFC 6238's last one is in 2603) a wider pair.

    Each call blocks for as long as its store does: an SqliteStore syncs a disk, and waits while somebody else writes.
    In an event loop it belongs into a thread: `await asyncio.to_thread(verifier.check, account_id, code, time.time())`.
    What happens is logged as "totp_teach.verifier", with the account's id and never a code or a key.
    """

    def __init__(
        self,
        store: Store,
        *,
        window: int | tuple[int, int] = 1,
        look_ahead: int = 9,
        drift_limit: int = 0,
        throttle: Throttle | None = Throttle(),
        plausible: tuple[float, float] = (0, YEAR_2100),
    ):
        self.store = store
        self.window = _window(window)
        self.look_ahead = _steps(look_ahead, "look_ahead")
        self.drift_limit = _steps(drift_limit, "drift_limit")
        self.throttle = throttle
        self.plausible = _range(plausible)

    def enrol(self, account_id: str, account: Account, *, replace: bool = False) -> None:
        """Keeps an account under an id. One that exists is refused, or with `replace` begins anew with another key.

        What was used is known for as long as the account is there: after `forget`, or when an older key comes back, its
        codes of the steps around now count once more, and those of a counter all from the account's own on. So take a
        fresh key at each enrolment. Of two enrolments at one moment, the second sees the first, and is refused if it
        brings the same key.
        """
        if not isinstance(account, Account):
            raise OtpError(f"enrol takes an Account, as otpauth.parse(uri) gives it, not {type(account).__name__}")
        record = Record(account, (account.counter or 0) - 1 if account.type == "hotp" else -1)
        for old in self._attempts(_id(account_id)):
            if old and not replace:
                raise OtpError(f"{account_id!r} is enrolled already; enrol(…, replace=True) gives it a new key")
            if old and _same_key(old.account, account):
                raise OtpError(f"{account_id!r} has this key already; its used codes would count again: take a new key")
            if self._answer("add", account_id, record, old=old):
                return LOG.info("%.100r: enrolled", account_id)

    def forget(self, account_id: str) -> None:
        """Drops an account: its codes count no longer."""
        if not self._answer("remove", _id(account_id)):
            raise OtpError(f"there is no account {account_id!r} to forget")
        LOG.info("%.100r: forgotten", account_id)

    def unlock(self, account_id: str) -> None:
        """Forgives an account its failures: the administrator's way, and after the bound the only one.

        It gives back no code: the last accepted step of an account only ever goes up. So if a code of the future was
        accepted, while the clocks of both server and phone were ahead, every true code is "used" until that moment
        comes: `enrol` such an account with a fresh key.
        """
        for record in self._attempts(_id(account_id)):
            if not record:
                raise OtpError(f"there is no account {account_id!r} to unlock")
            if self._keep(account_id, record, replace(record, failures=0)):
                return LOG.info("%.100r: unlocked", account_id)

    def check(self, account_id: str, code: str, at: Moment) -> Verdict:
        """Whether the code is right for the account at that moment, and used for the first time: then it is used now.

        code: as typed, with spaces and hyphens. at: the server's clock, as totp.code has it; never the client's.
        Raises OtpError for a code that is not text, for a moment that is none or not plausible, and for an id that has a
        NUL or half a character in it. What a store raises when it fails, OtpError or its driver's own error, comes
        through; then nothing is accepted. Whatever a client sends as a code is a Verdict, if it is text.
        """
        typed = _typed(code)
        return self._settle(account_id, at, lambda record, now: self._judge(record, typed, now))

    def resynchronise(self, account_id: str, first: str, second: str, at: Moment) -> Verdict:
        """Finds the counter of a token that has run ahead of the look-ahead, by two codes in a row (RFC 4226 §7.4)."""
        pair = _typed(first), _typed(second)
        return self._settle(account_id, at, lambda record, now: _find_pair(record, *pair))

    def _settle(self, account_id: str, at: Moment, judge: Callable[[Record, float], Verdict]) -> Verdict:
        """Judges by the record as it is and keeps what follows from it; begins again if it has changed since."""
        now, verdict = self._moment(at), Verdict(False, "unknown")
        for record in self._attempts(_id(account_id)):
            if not record:
                break
            verdict = Verdict(False, "throttled") if self._wait(record, now)[0] else judge(record, now)
            after = self._after(record, verdict, now)
            if after is record or self._keep(account_id, record, after):
                verdict = verdict if verdict else replace(verdict, wait=self._wait(after, now)[0])
                break
        self._note(account_id, record, verdict, now)
        return verdict

    def _note(self, account_id: str, record: Record | None, verdict: Verdict, now: float) -> None:
        """A line for the log. The id is what a client may have sent: one line of it, and not too long."""
        hint = ", locked" if math.isinf(verdict.wait) else ""
        if record and verdict.reason == "used" and record.last >= self._accepted(record, now)[1].stop:
            hint = ", by a step of the future: was the clock ahead? A fresh key helps"
        level, said = (logging.WARNING if hint else logging.INFO), f"counter {verdict.counter}, drift {verdict.drift}"
        LOG.log(level, "%.100r: %s, %s%s", account_id, verdict.reason, said, hint)

    def _moment(self, at: Moment) -> float:
        """The moment as seconds since the Unix epoch, if it is plausible."""
        try:
            whole, fraction = totp.seconds(at)
        except (NotImplementedError, TypeError, ValueError) as error:
            raise OtpError(f"this moment does not work: {error}") from error
        first, last = self.plausible
        if first <= whole <= last:
            return whole + fraction
        year = f"in the year {1970 + whole // 31_556_952}" if abs(whole) < 10**18 else "beyond all years"
        hint = ": are these milliseconds? A moment is in seconds" if whole > last else ""
        raise OtpError(f"this moment lies {year}, which is not plausible (from {first:.0f} to {last:.0f}){hint}")

    def _attempts(self, account_id: str) -> Iterator[Record | None]:
        """The record as it is now, or None, again and again until a change of it is kept."""
        for _ in range(ATTEMPTS):
            yield self.store.get(account_id)
        raise OtpError(f"the store changed nothing: it answered False {ATTEMPTS:,} times in a row")

    def _answer(self, action: str, *given, **options) -> bool:
        """What the store says. An answer that is none could be a code that counts and was not kept."""
        done = getattr(self.store, action)(*given, **options)
        if not isinstance(done, bool):
            raise OtpError(f"{type(self.store).__name__}.{action} must return True or False, not {done!r}")
        return done

    def _judge(self, record: Record, typed: str, now: float) -> Verdict:
        """The verdict on one code. One of the right form is compared with every step, in constant time."""
        account = record.account
        if not _is_code(typed, account.digits):
            return Verdict(False, "malformed")
        expected, window = self._accepted(record, now)
        nearby = range(max(window.start - 1, 0), min(window.stop + 1, hotp.LAST_COUNTER + 1))
        matches = _matches(account, nearby, typed)
        if not matches:
            return Verdict(False, "wrong")
        # By chance one code can belong to two of these steps. Is one of them spent, then this is a second use.
        spent = [counter for counter in matches if counter <= record.last]
        inside = [counter for counter in matches if counter in window]
        counter = (spent or inside or matches)[-1]
        reason: Reason = "used" if spent else "accepted" if inside else "late" if counter < window.start else "early"
        return Verdict(reason == "accepted", reason, counter, counter - expected)

    def _accepted(self, record: Record, now: float) -> tuple[int, range]:
        """The step or counter that is expected, and those that are accepted around it or, for hotp, from it on."""
        if record.account.type == "hotp":
            expected = record.last + 1
            return expected, range(expected, expected + self.look_ahead + 1)
        step = totp.counter(now, period=record.account.period)
        back, ahead = self.window
        return step, range(step + record.drift - back, step + record.drift + ahead + 1)

    def _after(self, record: Record, verdict: Verdict, now: float) -> Record:
        """The record after that verdict: the step consumed, or one failure more. What was no guess is no failure.

        A second use is one: if it cost less than a wrong code, the waits would tell which of them was right.
        """
        if verdict.accepted and verdict.counter is not None and verdict.drift is not None:
            drift = max(-self.drift_limit, min(verdict.drift, self.drift_limit))
            return replace(record, last=verdict.counter, drift=drift, failures=0)
        _, begun = self._wait(record, now)
        if verdict.reason in ("throttled", "malformed"):
            return record if begun == record.failed_at else replace(record, failed_at=begun)
        return replace(record, failures=record.failures + 1, failed_at=max(begun, now))

    def _wait(self, record: Record, now: float) -> tuple[float, float]:
        """The seconds until the account's next try is looked at, and when that wait began.

        It began with the last failure, by the clock of the server that saw it. If that is ahead of ours, it counts
        nevertheless: the wait is a little longer here, and no shorter there. A clock that was set back looks the same.
        So nobody waits for more than the longest wait that ends by itself, and after SET_BACK the wait begins anew.
        """
        rule = self.throttle
        whole, longest = (rule.wait(record.failures), rule.wait(rule.bound - 1)) if rule else (0.0, 0.0)
        spared = longest - min(whole, longest) if record.failed_at - now <= SET_BACK else 0
        begun = min(record.failed_at, now + spared)
        return max(begun + whole - now, 0.0) if whole else 0.0, begun

    def _keep(self, account_id: str, old: Record, new: Record) -> bool:
        return self._answer("swap", account_id, old, replace(new, revision=(old.revision + 1) % 2**63))


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


def _same_key(old: Account, new: Account) -> bool:
    """Whether two keys are one to HMAC, which fills a short key with zeros and hashes a long one (RFC 2104 §2)."""
    return len({hotp.padded_key(account.key, algorithm=new.algorithm) for account in (old, new)}) == 1


def _matches(account: Account, counters: range, typed: str) -> list[int]:
    """The counters whose code was typed: all are compared, whether one was found or not."""
    codes = account.codes(counters)
    return [counter for counter, code in zip(counters, codes) if hmac.compare_digest(code, typed)]


def _typed(code: str) -> str:
    """The code without the spaces and hyphens that people type into it; empty if there is far too much of it."""
    if not isinstance(code, str):
        raise OtpError(f"a code is text (str), not {type(code).__name__}: a number loses its leading zeros")
    if len(code) > LONGEST_CODE:
        return ""
    return "".join(sign for sign in code if not (sign.isspace() or sign in HYPHENS))


def _is_code(typed: str, digits: int) -> bool:
    return len(typed) == digits and typed.isascii() and typed.isdigit()  # which alone takes ٣ and ３ as well


def _id(account_id: str) -> str:
    if not isinstance(account_id, str):
        raise OtpError(f"an account's id is text (str), not {type(account_id).__name__}")
    if any("\ud800" <= sign <= "\udfff" or sign == "\0" for sign in account_id):
        raise OtpError(f"the id {account_id!r} has half a character or a NUL in it, which not every store can keep")
    return account_id


def _window(window: int | tuple[int, int]) -> tuple[int, int]:
    """The steps accepted before and after the server's own."""
    back, ahead = window if isinstance(window, tuple) and len(window) == 2 else (window, window)
    return _steps(back, "window"), _steps(ahead, "window")


def _range(plausible: tuple[float, float]) -> tuple[float, float]:
    """The first and the last moment that are taken for true."""
    try:
        first, last = (float(sum(totp.seconds(at))) for at in plausible)
    except (TypeError, ValueError) as error:
        raise OtpError(f"plausible is a pair of moments, the first and the last one: {error}") from None
    if first > last:
        raise OtpError("plausible begins with its last moment: the first one comes first")
    return first, last


def _steps(steps: int, name: str) -> int:
    check_whole(f"{name} is a whole number of steps, 0 or more", steps, 0)
    return steps
