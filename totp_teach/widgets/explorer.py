"""The explorer: the reader's own secret and moment, and every value on the way to the code, beside pyotp's answer."""

from datetime import datetime

import pyotp

from .. import OtpError, hotp, secret, show, totp
from ..otpauth import Account
from ..show.markup import Shown, element, escaped, tint
from .builder import CHOICES, LABELS, account_of, fields_of
from .form_widget import Form
from .resting import AT, CELL, RUN_ME, example, framed, grouped, labelled, name_of

FIELDS = {name: LABELS[name] for name in ("secret", "algorithm", "digits", "period")} | {"at": "Time"}
NARROW = "font-size: 88%"  # so that the chain fits into a small window
CODE = f"font-size: 180%; {tint('code')}"


def moment_of(text: str) -> int | float | datetime | str:
    """What a text says about time: seconds, or a moment such as 2026-01-01 12:00+00:00; else the text itself."""
    for reading in (int, float, datetime.fromisoformat):
        try:
            return reading(text.strip())
        except ValueError:
            continue
    return text


def witness(trace: totp.Trace) -> tuple[str, str]:
    """pyotp's code for the same arguments, and why there is none if it does not take them."""
    options = {"digits": trace.digits, "digest": hotp.ALGORITHMS[trace.algorithm], "interval": trace.period}
    try:
        return pyotp.TOTP(secret.encode(trace.key), **options).at(trace.at), ""
    except (ValueError, OverflowError) as error:
        return "", str(error)


def explored(trace: totp.Trace) -> Shown:
    """The code of a run beside pyotp's, and below them the whole chain: show.trace."""
    code, why = witness(trace)
    said = f"no answer: {why}" if why else "the same" if code == trace.code else "different"
    codes = {"totp_teach": trace.code, "pyotp": code or "–"}
    cells = "".join(labelled(name, told, CODE) for name, told in codes.items()) + element("td", escaped(said), CELL)
    row = element("tr", cells, "background-color: transparent")
    chain = show.trace(trace)
    html = element("table", row, "border-collapse: collapse; margin: 8px 0") + element("div", chain.html, NARROW)
    (ours, theirs), text = (f"{name:<12}{grouped(told)}" for name, told in codes.items()), chain.text
    return Shown(html, f"{ours}\n{theirs}  {said}\n\n{text}")


class Explorer(Form):
    """Secret, time, algorithm, digits and period to change, and below them every value of the run that they give.

    account: where it begins, an Account of type totp; its secret stands in the page.
    Raises OtpError for a hotp account, which has no clock.

    `trace` is the run that is shown. What cannot be run is answered with its OtpError's words, and the last run stays.
    A plain `show.trace(totp.trace(key, at))` gives the same chain.
    """

    def __init__(self, account: Account):
        if account.type != "totp":
            raise OtpError("a hotp account has no clock to explore; show.trace(hotp.trace(key, counter)) is its chain")
        self._account = account
        form = [{"name": name, "label": label, "choices": CHOICES.get(name, ())} for name, label in FIELDS.items()]
        super().__init__("Explorer", form, {**fields_of(account), "at": str(AT)}, now="at")
        self.resting = _resting(example(account))

    def _draw(self, fields: dict[str, str]) -> tuple[Shown, str, bool]:
        """The chain of what the fields say."""
        typed = account_of({**fields_of(self._account), **fields})
        make = {"period": typed.period, "digits": typed.digits, "algorithm": typed.algorithm}
        self.trace = totp.trace(typed.key, moment_of(fields["at"]), **make)
        return explored(self.trace), "", True


def _resting(account: Account) -> Shown:
    """The example at AT."""
    trace = totp.trace(account.key, AT, period=account.period, digits=account.digits, algorithm=account.algorithm)
    heading, shown = f"Explorer with {name_of(account)}", explored(trace)
    return Shown(framed(heading, shown.html), f"{heading} ({RUN_ME})\n{shown.text}")
