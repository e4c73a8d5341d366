"""A phone in the page: its authenticator app scans a QR picture, adds the account, ticks, and can be wrong on purpose."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import anywidget
from traitlets import Dict, Enum, Int, List, Unicode

from .. import OtpError, otpauth, qr, totp
from ..hotp import RFC_KEY
from ..otpauth import Account
from ..otpauth.account import DEFAULTS
from ..show.markup import Shown, element, tint
from .form_widget import FORMS
from .front_ends import front_end
from .resting import AT, Resting, example, rested
from .ticking import codes_ahead
from .words import grouped, labelled, name_of, thousands

DAY = 86_400  # seconds: how wrong the clock can be, either way
FAST = 90  # seconds: the wrong clock of the resting picture

GUESSED = (
    "Warning: The QR code does not name its character set and is not in UTF-8: the names were guessed, and another "
    "phone may show others."
)
LARGE = f"font-size: 150%; {tint('code')}"


def taken(account: Account, ignores: Iterable[str] = ()) -> Account:
    """The account as an app takes it that ignores some of "algorithm", "digits", "period": with their defaults."""
    return replace(account, **cast("dict[str, Any]", {name: DEFAULTS[name] for name in ignores}))


def code(account: Account, at: int | float | datetime, *, ahead: int = 0, ignores: Iterable[str] = ()) -> str:
    """The code that a phone shows at a moment; for hotp the code of its counter, whatever the moment.

    at: the true moment.  ahead: seconds that the phone's clock is ahead; below 0 it is behind.  ignores: as `taken`.
    """
    account = taken(account, ignores)
    if account.type == "hotp":
        counter = account.counter or 0
    else:
        counter = totp.counter(totp.seconds(at)[0] + ahead, period=account.period)
    return account.codes([counter])[0]


class Phone(Resting, anywidget.AnyWidget):
    """An authenticator app in the page, for someone who has no phone at hand, and a phone that can be wrong on purpose.

    uris: the accounts it has from the beginning.  clock: seconds since the Unix epoch, the true time.
    ahead: seconds that its clock is ahead; below 0 it is behind, a day at most.
    ignores: which of "algorithm", "digits" and "period" it takes no notice of.  Both can be set later, here or there.
    Raises OtpError for a URI that otpauth.parse refuses.

    The page is sent codes computed ahead and never a key. A plain `phone.codes(time.time())` gives the same codes.
    """

    _esm = front_end("phone.js")
    _css = FORMS

    rows = List(Dict()).tag(sync=True)  # what the page shows of each account
    findings = List(Unicode()).tag(sync=True)  # sentences about what was added last: otpauth.lint's, and the picture's
    ahead = Int(0, min=-DAY, max=DAY).tag(sync=True)
    ignores = List(Enum(list(DEFAULTS))).tag(sync=True)

    def __init__(
        self,
        uris: Iterable[str] = (),
        *,
        ahead: int = 0,
        ignores: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
    ):
        if isinstance(uris, str):
            raise OtpError("a phone takes a list of URIs, even if it is only one: Phone([uri])")
        super().__init__(ahead=ahead, ignores=list(ignores))
        self.accounts: dict[str, Account] = {}  # by their names
        self.clock, self._parts = clock, cast("list[qr.Symbol]", [])
        self._keep(map(otpauth.parse, uris), [])
        self.resting = _resting(example(next(iter(self.accounts.values()), Account(key=RFC_KEY))))
        self.observe(self._compute, ["ahead", "ignores"])
        self.on_msg(self._answer)

    def add(self, uri: str) -> Account:
        """The URI's account, now on the phone; it replaces one of the same name. Raises OtpError as otpauth.parse.

        What is risky about it stands in `findings` then, as after a scan.
        """
        account = otpauth.parse(uri)
        self._keep([account], _lint([uri]))
        return account

    def scan(self, picture) -> list[Account]:
        """The accounts of the QR codes in a picture, now on the phone; what is risky about them stands in `findings`.

        picture: a path, the bytes of a file, a PIL image or an array, as for qr.read.
        The parts of a longer text may come in several scans.
        Raises OtpError if there is no QR code (with qr.advice), a part of a longer text alone, or no account in it.
        """
        found = qr.scan(picture)
        symbols = qr.together([*self._parts, *found])
        self._parts = [symbol for symbol in symbols if symbol.of > 1]
        texts = [symbol.text for symbol in symbols if symbol.of == 1]
        if not texts:
            raise OtpError(("" if found else "no QR code was read. ") + qr.advice(picture))
        try:
            accounts = list(map(otpauth.parse, texts))
        except OtpError as error:
            raise OtpError(f"the QR code was read, but it holds no account. {error}") from None
        guessed = [GUESSED] if any(symbol.guessed for symbol in symbols) else []
        parts = [qr.advice(picture)] if any(symbol in self._parts for symbol in found) else []
        self._keep(accounts, _lint(texts) + guessed + parts)
        return accounts

    def next(self, name: str) -> None:
        """The counter of a hotp account moves on by one. Raises OtpError for any other, and after the last counter."""
        account = self.accounts.get(name)
        if account is None or account.type != "hotp":
            raise OtpError(f"there is no hotp account {name!r} on this phone: only its counter moves by hand")
        self.accounts[name] = replace(account, counter=(account.counter or 0) + 1)
        self._compute()

    def _keep(self, accounts: Iterable[Account], findings: list[str]) -> None:
        self.accounts |= {name_of(account): account for account in accounts}
        self.findings = findings
        self._compute()

    def codes(self, at: int | float | datetime) -> dict[str, str]:
        """What the phone shows at that (true) moment: the code of each account, by its name."""
        phone = self.accounts.items()
        return {name: code(account, at, ahead=self.ahead, ignores=self.ignores) for name, account in phone}

    def _compute(self, _=None) -> None:
        """The rows of the page, anew."""
        now = self.clock() + self.ahead
        self.rows = [_row(name, taken(account, self.ignores), now) for name, account in self.accounts.items()]

    def _answer(self, _, question: dict, buffers: list) -> None:
        """What the page asks for, done, and told in words."""
        try:
            words, done = self._do(question, buffers), True
        except OtpError as error:
            words, done = str(error), False
        self.send({"id": question.get("id"), "done": done, "words": words[:1].upper() + words[1:]})

    def _do(self, question: dict, buffers: list) -> str:
        self.findings = []
        if "next" in question:
            self.next(question["next"])
            return f"The next code of {question['next']}."
        if "ahead" in question:
            self.ahead = question["ahead"]
            return f"Its clock is {self._error()}."
        if "ignores" in question:
            self.ignores = question["ignores"]
            return f"It ignores {', '.join(self.ignores) or 'nothing'}."
        accounts = self.scan(bytes(buffers[0])) if buffers else [self.add(str(question.get("uri")))]
        return f"Added: {', '.join(map(name_of, accounts))}."

    def _error(self) -> str:
        """How wrong its clock is."""
        return f"{thousands(abs(self.ahead))} s {'ahead' if self.ahead > 0 else 'behind'}" if self.ahead else "right"


def _lint(uris: Iterable[str]) -> list[str]:
    """What there is to say about URIs that are taken."""
    return [f"{finding.severity.capitalize()}: {finding.sentence}." for uri in uris for finding in otpauth.lint(uri)]


def _row(name: str, account: Account, now: float) -> dict:
    """What the page shows of an account: one code, or codes computed ahead as a TickingCode has them."""
    if account.type == "totp":
        return {"name": name, "type": "totp", **codes_ahead(account, now)}
    counter = account.counter or 0
    return {"name": name, "type": "hotp", "code": account.codes([counter])[0], "counter": thousands(counter)}


def _resting(account: Account) -> Shown:
    """The example at AT on several phones: one that is right, and one for each way of being wrong that shows."""
    phones: dict[str, dict[str, Any]] = {"clock right": {}}
    if account.type == "totp":
        phones[f"clock {FAST} s ahead"] = {"ahead": FAST}
    phones |= {f"ignores {name}": {"ignores": [name]} for name in DEFAULTS if taken(account, [name]) != account}
    codes = {words: code(account, AT, **wrong) for words, wrong in phones.items()}
    cells = "".join(labelled(words, told, LARGE) for words, told in codes.items())
    heading = f"{name_of(account)}, {AT} seconds after the beginning of 1970"
    table = element("table", element("tr", cells), "border-collapse: collapse; margin: 0")
    lines = [f"{words:<{max(map(len, codes))}}  {grouped(told)}" for words, told in codes.items()]
    return rested(f"Phone with {heading}", [table], lines)
