"""The explorer: the reader's own secret and moment, and every value on the way to the code, beside pyotp's answer."""

from datetime import datetime
from typing import Any

import pyotp

from .. import OtpError, hotp, mistakes, secret, show, totp
from ..mistakes import MISTAKES, Variant
from ..otpauth import Account
from ..show.beside import BITS, Beside, change
from ..show.markup import Shown, element, escaped, tint
from .account_form import CHOICES, LABELS, account_of, fields_of
from .form_widget import Form
from .resting import AT, example, rested
from .words import CELL, grouped, labelled, name_of

FIELDS = {name: LABELS[name] for name in ("secret", "algorithm", "digits", "period")} | {"at": "Time"}
NONE = "none"  # of the mistakes
FORMS = 6  # of a mistake that comes in many
NARROW = "font-size: 88%"  # so that the chain fits into a small window
CODE = f"font-size: 180%; {tint('code')}"


def moment_of(text: str) -> Any:
    """What a text says about time: seconds, or a moment such as 2026-01-01 12:00+00:00; else the text itself."""
    for reading in (int, float, datetime.fromisoformat):
        try:
            return reading(text.strip())
        except ValueError:
            continue
    return text


def witness(trace: totp.Trace) -> tuple[str, str]:
    """pyotp's code for the same arguments, and why there is none if it does not take them."""
    key, digest = secret.encode(trace.key), hotp.ALGORITHMS[trace.algorithm]
    try:
        return pyotp.TOTP(key, digits=trace.digits, digest=digest, interval=trace.period).at(trace.at), ""
    except (ValueError, OverflowError) as error:
        return "", str(error)


def explored(trace: totp.Trace, runs: Beside | None = None) -> Shown:
    """The code of a run beside pyotp's, and below them the whole chain: show.trace, or both runs where one is changed."""
    code, why = witness(trace)
    said = f"no answer: {why}" if why else "the same" if code == trace.code else "different"
    codes = {"totp_teach": trace.code, "pyotp": code or "–"} | ({"changed": runs.wrong_code} if runs else {})
    cells = [labelled(name, told, CODE) for name, told in codes.items()]
    cells.insert(2, element("td", escaped(said), CELL))
    row = element("tr", "".join(cells), "background-color: transparent")
    chain = runs.table if runs else show.trace(trace)
    html = element("table", row, "border-collapse: collapse; margin: 8px 0") + element("div", chain.html, NARROW)
    lines = [f"{name:<12}{grouped(told)}" for name, told in codes.items()]
    lines[1] += f"  {said}"
    return Shown(html, "\n".join([*lines, "", chain.text]))


def changes() -> dict[str, dict[str, Variant]]:
    """Every mistake on the way to a code, in some of its forms, by its words, under the step that it changes."""
    table = [Variant(mistake, form) for mistake in MISTAKES for form in mistake.settings[:FORMS]]
    return {step: {str(one): one for one in table if one.mistake.step == step} for step in mistakes.STEPS}


class Explorer(Form):
    """Secret, time, algorithm, digits and period to change, and below them every value of the run that they give.

    account: where it begins, an Account of type totp; its secret stands in the page.
    Raises OtpError for a hotp account, which has no clock.

    A mistake of the table can be switched on, and a bit of key, counter or digest flipped: then the wrong run stands
    beside the right one. `trace` is the right one. What cannot be run is answered with its OtpError's words, and the last
    run stays. Plain calls: `show.trace(totp.trace(key, at))`, `show.beside(key, at, "mask missing", ("digest", 157))`.
    """

    def __init__(self, account: Account):
        if account.type != "totp":
            raise OtpError("a hotp account has no clock to explore; show.trace(hotp.trace(key, counter)) is its chain")
        self._account, self._changes = account, changes()
        form: list[dict] = [
            {"name": name, "label": label, "choices": CHOICES.get(name, ())} for name, label in FIELDS.items()
        ]
        groups = {"the right way": [NONE]} | {
            f"wrong {step.replace('_', ' ')}": [*found] for step, found in self._changes.items() if found
        }
        form += [{"name": "mistake", "label": "Mistake", "groups": groups}]
        form += [{"name": "flip", "label": "Flip a bit of the", "parts": BITS}]
        super().__init__("Explorer", form, {**fields_of(account), "at": str(AT), "mistake": NONE, "flip": ""}, now="at")
        self.resting = _resting(example(account))

    def _draw(self, fields: dict[str, str]) -> tuple[Shown, str, bool]:
        """The chain of what the fields say, beside the wrong one if something is to be wrong."""
        typed, at = account_of({**fields_of(self._account), **fields}), moment_of(fields["at"])
        make: dict[str, Any] = {"period": typed.period, "digits": typed.digits, "algorithm": typed.algorithm}
        trace = totp.trace(typed.key, at, **make)
        wrong = [found[fields["mistake"]] for found in self._changes.values() if fields["mistake"] in found]
        wrong += [change((part, int(bit))) for part, bit in [fields["flip"].split()]] if fields["flip"] else []
        runs = Beside(typed.key, at, wrong, typed=fields["secret"], **make) if wrong else None
        self.trace = trace
        return explored(trace, runs), runs.words if runs else "", not (runs and runs.parted)

    def _more(self) -> dict[str, object]:
        """The bits that can be flipped."""
        values = {"key": self.trace.key, "counter": self.trace.message, "digest": self.trace.digest}
        return {"bits": {part: "".join(f"{byte:08b}" for byte in data) for part, data in values.items()}}


def _resting(account: Account) -> Shown:
    """The example at AT."""
    trace = totp.trace(account.key, AT, period=account.period, digits=account.digits, algorithm=account.algorithm)
    heading, shown = f"Explorer with {name_of(account)}", explored(trace)
    return rested(heading, [shown.html], [shown.text])
