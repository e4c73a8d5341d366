"""The explorer: the reader's own secret and moment, and every value on the way to the code, beside pyotp's answer."""

import time
from collections.abc import Callable
from datetime import datetime

import ipywidgets
import pyotp

from .. import OtpError, hotp, secret, show, totp
from ..otpauth import Account
from ..show.look import MONO, SMALL, Shown, element, escaped, tint
from .resting import AT, RUN_ME, Resting, example, framed, grouped, name_of

CELL = "padding: 0 28px 6px 0; text-align: left; vertical-align: bottom; border: none"
CODE = f"{MONO}; font-size: 180%; {tint('code')}"
ERROR = "margin: 6px 0; padding: 2px 10px; border-left: 4px solid #D55E00; max-width: 44em; line-height: 1.5"
WRAP = {"display": "flex", "flex_flow": "row wrap", "grid_gap": "4px 14px"}
WIDTHS = {"secret": "440px", "at": "270px", "algorithm": "190px", "digits": "130px", "period": "150px"}


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
    cells = [("totp_teach", grouped(trace.code)), ("pyotp", grouped(code) or "–")]
    row = "".join(
        element("td", element("div", name, SMALL) + element("span", told, CODE), CELL) for name, told in cells
    )
    row = element("tr", row + element("td", escaped(said), CELL), "background-color: transparent")
    chain = show.trace(trace)
    html = element("table", row, "border-collapse: collapse; margin: 0 0 8px") + chain.html
    (ours, theirs), text = (f"{name:<12}{told}" for name, told in cells), chain.text
    return Shown(element("div", html, "line-height: 1.4"), f"{ours}\n{theirs}  {said}\n\n{text}")


class Explorer(Resting, ipywidgets.VBox):
    """Secret, time, algorithm, digits and period to change, and below them every value of the run that they give.

    account: where it begins, an Account of type totp; its secret stands in the page.
    clock: seconds since the Unix epoch, for the button Now.
    Raises OtpError for a hotp account, which has no clock.

    `trace` is the run that is shown. What cannot be run is answered with its OtpError's words, and the last run stays.
    A plain `show.trace(totp.trace(key, at))` gives the same chain.
    """

    def __init__(self, account: Account, *, clock: Callable[[], float] = time.time):
        if account.type != "totp":
            raise OtpError("a hotp account has no clock to explore; show.trace(hotp.trace(key, counter)) is its chain")
        self.clock = clock
        self.fields = {
            "secret": ipywidgets.Text(secret.encode(account.key)),
            "at": ipywidgets.Text(str(AT), description="Time"),
            "algorithm": ipywidgets.Dropdown(options=list(hotp.ALGORITHMS), value=account.algorithm),
            "digits": ipywidgets.IntText(account.digits),
            "period": ipywidgets.IntText(account.period),
        }
        for name, field in self.fields.items():
            field.description = field.description or name.title()
            field.style.description_width, field.layout.width = "auto", WIDTHS[name]
            field.observe(self._run, "value")
        now = ipywidgets.Button(description="Now", tooltip="The time by the kernel's clock", layout={"width": "80px"})
        now.on_click(self._now)
        self.says, self.shows = ipywidgets.HTML(), ipywidgets.HTML()
        secret_, at, *rest = self.fields.values()
        super().__init__([ipywidgets.Box([secret_, at, now, *rest], layout=WRAP), self.says, self.shows])
        self.resting = _resting(example(account))
        self._run()

    def _now(self, _) -> None:
        self.fields["at"].value = str(int(self.clock()))

    def _run(self, _=None) -> None:
        """The chain of what the fields say; or in words why there is none."""
        typed = {name: field.value for name, field in self.fields.items()}
        try:
            key, at = secret.decode(typed.pop("secret")), moment_of(typed.pop("at"))
            self.trace = totp.trace(key, at, **typed)
        except OtpError as error:
            words = f"{error}. The chain is still the last one that could be run."
            self.says.value = element("div", escaped(words), ERROR, role="alert")
        else:
            self.says.value, self.shows.value = "", explored(self.trace).html


def _resting(account: Account) -> Shown:
    """The example at AT."""
    trace = totp.trace(account.key, AT, period=account.period, digits=account.digits, algorithm=account.algorithm)
    heading, shown = f"Explorer with {name_of(account)}", explored(trace)
    return Shown(framed(heading, shown.html), f"{heading} ({RUN_ME})\n{shown.text}")
