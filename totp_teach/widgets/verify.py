"""The verify box: a code typed into the page, checked in Python, the verdict in words."""

import math
import time
from collections.abc import Callable
from datetime import timedelta

import anywidget
from traitlets import Unicode

from .. import totp
from ..hotp import RFC_KEY
from ..otpauth import Account
from ..show.markup import MONO, Shown, element, escaped, tint
from ..verifier import MemoryStore, Verdict, Verifier
from .front_ends import front_end
from .resting import AT, RUN_ME, Resting, example, framed
from .words import grouped, name_of, thousands

LABEL = "Code from your phone"


def in_words(verdict: Verdict, account: Account | None = None, *, hint: str = "") -> str:
    """A verdict in words, for the person who learns from it.

    account: whose code it is: its period, or that it counts.  hint: what to look at when the code is wrong.
    A login page tells less: `verdict.public`.
    """
    told = {
        "accepted": f"Accepted: the code of {_step(verdict, account, 'which began at')}.",
        "used": f"Refused: already used. It is the code of {_step(verdict, account, 'which began at')}; "
        "that step, or a later one, was accepted before.",
        "late": f"Refused: right a moment ago. It is the code of {_step(verdict, account, 'which began at')}, "
        "before the window.",
        "early": f"Refused: too early. It is the code of {_step(verdict, account, 'which begins at')}, "
        "after the window.",
        "wrong": f"Refused: wrong. It is the code of no step around now. {hint}".rstrip(),
        "malformed": f"Refused: not a code. {_shape(account)}",
        "throttled": "Not looked at: too many wrong codes.",
        "unknown": "Refused: there is no such account. Run the cell that enrols it.",
    }[verdict.reason]
    return f"{told} {_wait(verdict.wait)}".rstrip()


def _step(verdict: Verdict, account: Account | None, began: str) -> str:
    """The step of a verdict, and when it began; a counter if that is what the account has."""
    if verdict.counter is None:
        return "a step"
    if account is None or account.type == "hotp":
        return f"counter {thousands(verdict.counter)}"
    start = totp.EPOCH + timedelta(seconds=verdict.counter * account.period)
    return f"step {thousands(verdict.counter)}, {began} {start:%H:%M:%S} UTC"


def _shape(account: Account | None) -> str:
    digits = f"{account.digits} digits" if account else "digits and nothing else"
    return f"A code of this account is {digits}, 0 to 9; spaces and hyphens between them do not matter."


def _wait(seconds: float) -> str:
    if math.isinf(seconds):
        return "The account is locked until its administrator unlocks it."
    return f"The next try is looked at in {math.ceil(seconds)} s." if seconds else ""


def _apart(seconds: float, period: int) -> str:
    """What to know when the browser's clock is in another step than the kernel's: it is that many seconds ahead."""
    if abs(seconds) <= period:  # no further than a window of one allows for, and than a busy kernel takes to answer
        return ""
    side = "ahead of" if seconds > 0 else "behind"
    return f"The browser's clock is {thousands(round(abs(seconds)))} s {side} the kernel's."


class VerifyBox(Resting, anywidget.AnyWidget):
    """A box to type or paste a code into, and the verifier's verdict on it in words.

    verifier: a Verifier.  account_id: the account it checks against.  hint: what to look at when the code is wrong.
    clock: seconds since the Unix epoch, as the server has it.

    It is a teaching box: it says why a code is refused, which a login page must not (`Verdict.public`). A plain
    `in_words(verifier.check(account_id, code, time.time()), account)` gives the same sentence.
    """

    _esm = front_end("verify.js")
    _css = front_end("look.css")

    label = Unicode(LABEL).tag(sync=True)

    def __init__(self, verifier: Verifier, account_id: str, *, hint: str = "", clock: Callable[[], float] = time.time):
        super().__init__()
        self.verifier, self.account_id, self.hint, self.clock = verifier, account_id, hint, clock
        self.resting = _resting(self._account())
        self.on_msg(self._answer)

    def _account(self) -> Account | None:
        """The account as it is enrolled at this moment."""
        record = self.verifier.store.get(self.account_id)
        return record.account if record else None

    def _answer(self, _, question: dict, __) -> None:
        """The verdict on a code that a view has sent, in words."""
        now, account = self.clock(), self._account()
        verdict = self.verifier.check(self.account_id, str(question.get("code")), now)
        words = in_words(verdict, account, hint=self.hint)
        if verdict.reason in ("wrong", "late", "early") and account and account.type == "totp":
            words = f"{words} {_apart(question.get('clock', now) - now, account.period)}".rstrip()
        self.send({"id": question.get("id"), "accepted": verdict.accepted, "reason": verdict.reason, "words": words})


def _resting(account: Account | None) -> Shown:
    """The example's code at AT, typed in twice."""
    account = example(account or Account(key=RFC_KEY))
    verifier = Verifier(MemoryStore())
    verifier.enrol("alice", account)
    code = account.codes([_expected(account)])[0]
    first, second = (in_words(verifier.check("alice", code, AT), account) for _ in range(2))
    heading = f"{name_of(account)}, {AT} seconds after the beginning of 1970"
    typed = element("span", grouped(code), f"{MONO}; font-size: 150%; padding: 2px 6px; {tint('code')}")
    field = element("div", f"{LABEL}: {typed}", "margin: 10px 0")
    said = element("div", escaped(first)) + element("div", f"The same code again: {escaped(second)}", "margin: 4px 0 0")
    text = [f"Verify box of {heading} ({RUN_ME})", f"{LABEL}: {grouped(code)}", first, f"The same code again: {second}"]
    return Shown(framed(heading, field, said), "\n".join(text))


def _expected(account: Account) -> int:
    """The counter whose code is typed in."""
    return totp.counter(AT, period=account.period) if account.counter is None else account.counter
