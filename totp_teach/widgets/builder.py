"""The URI builder: an account as a form, as a URI and as a QR code, and what real apps make of it."""

from collections import Counter
from contextlib import suppress

import anywidget
from traitlets import Dict, List

from .. import OtpError, otpauth, qr
from .._pasted import peeled
from ..hotp import RFC_KEY
from ..otpauth import Account
from ..show.markup import MONO, SMALL, Shown, colour, data_uri, element, escaped, tint
from ..show.uris import ROLES
from .account_form import CHOICES, LABELS, ONLY, account_of, fields_of
from .form_widget import FORMS
from .front_ends import front_end
from .resting import Resting, example, rested
from .scan import SCALE, SIDE_BY_SIDE, crossed
from .words import name_of

SEVERITIES = ("error", "warning", "note")
STILL = "The QR code is still that of the last good URI."

CELL = "padding: 2px 18px 4px 0; text-align: left; border: none; vertical-align: top"
VALUE = "word-break: break-all; white-space: normal"


class UriBuilder(Resting, anywidget.AnyWidget):
    """A form for an account, its URI, the findings about it and its QR code, each following the others at once.

    account: an Account to begin with, by default the course's example.  A URI pasted into the page fills the form.
    uri, account: the last good ones, whatever has been typed since.

    A plain `Account(…).uri` gives the same URI, `otpauth.lint(uri)` the same findings, `qr.make(uri)` the same QR code.
    """

    _esm = front_end("builder.js")
    _css = FORMS

    form = List(Dict()).tag(sync=True)  # how to draw the fields
    edit = Dict().tag(sync=True)  # from the page: its "number", and the form's "fields" or the "uri" that was typed
    said = Dict().tag(sync=True)  # to the page: what Python makes of it

    def __init__(self, account: Account | None = None):
        self.account = account or example(Account(key=RFC_KEY))
        self.uri = self.account.uri
        super().__init__(form=_form())
        self.resting = _resting(example(self.account))
        self._show(self.uri, fields_of(self.account), report(self.uri))
        self.observe(self._edited, "edit")

    def _edited(self, _) -> None:
        """Something was typed into the page, into the form or as a URI."""
        if "uri" in self.edit:
            self._read(self.edit["uri"])
        else:
            self._fill(self.edit["fields"])

    def _fill(self, fields: dict[str, str]) -> None:
        """The form's URI; the one there is stays, as it is spelled, if the form still says the same account."""
        try:
            account = account_of(fields)
        except OtpError as error:
            words = str(error)
            self._show(self.uri, fields, [_finding("error", words[:1].upper() + words[1:])])
            return
        if account != self.account:
            self.account, self.uri = account, account.uri
        self._show(self.uri, fields, report(self.uri))

    def _read(self, text: str) -> None:
        """The typed or pasted URI's account, in the form; the form stays as it is if the URI says none."""
        uri, fields = text.strip(), self.said["fields"]
        with suppress(OtpError):  # the report says that, and whatever else is wrong
            self.account = otpauth.parse(uri)
            self.uri, fields = peeled(uri)[1], fields_of(self.account)
        self._show(text, fields, report(uri))

    def _show(self, text: str, fields: dict[str, str], findings: list[dict]) -> None:
        square, words = _drawn(self.uri, self.account)
        told = {"uri": text, "fields": fields, "findings": findings, "summary": summary(findings)}
        self.said = told | {"to": self.edit.get("number", 0), "square": square, "words": words}


def _form() -> list[dict]:
    """The fields for the page: name, label, the role's colour, the choices if there are some, and whose it is alone."""
    roles = {**ROLES, "name": ROLES["account"]}
    tints = {name: colour(roles.get(name, "")) for name in LABELS}
    rows = ((name, label, tints[name], CHOICES.get(name, ()), ONLY.get(name)) for name, label in LABELS.items())
    return [dict(zip(("name", "label", "colour", "choices", "only"), row, strict=True)) for row in rows]


def report(uri: str) -> list[dict]:
    """The findings about a URI in words, each with what real apps do of their own and the URI without it."""
    return [_finding(one.severity, one.sentence, _apps(one), one.fixed) for one in otpauth.lint(uri)]


def _finding(severity: str, sentence: str, apps: tuple[str, ...] = (), fixed: str | None = None) -> dict:
    return {"severity": severity, "sentence": sentence, "apps": apps, "fixed": fixed}


def _apps(finding: otpauth.Finding) -> tuple[str, ...]:
    return tuple(f"{concern.app}: {concern.does} ({concern.as_of})" for concern in finding.apps)


def summary(findings: list[dict]) -> str:
    """How many findings of each severity there are."""
    counts = Counter(finding["severity"] for finding in findings)
    told = [f"{counts[name]} {name}{'s' if counts[name] > 1 else ''}" for name in SEVERITIES if counts[name]]
    return f"{', '.join(told) or 'No findings'}. {STILL if counts['error'] else ''}".rstrip()


def _drawn(uri: str, account: Account) -> tuple[str, str]:
    """The QR code's picture as a data URI, and its words; no picture if the URI is too long for one."""
    try:
        png = qr.make(uri).png(SCALE)
    except OtpError as error:
        return "", f"No QR code: {error}"
    return data_uri(png), f"QR code for {name_of(account)}"


def _resting(account: Account) -> Shown:
    """The example's form, URI and findings; its QR code crossed."""
    fields = fields_of(account).items()
    form = [(LABELS[name], text) for name, text in fields if ONLY.get(name, account.type) == account.type]
    findings = report(account.uri)
    told = [summary(findings), *(f"{finding['severity']}: {finding['sentence']}" for finding in findings)]
    table = element("table", "".join(_field(*field) for field in form), "border-collapse: collapse; margin: 0")
    uri = element("span", escaped(account.uri), f"{MONO}; {tint('')}")
    parts = [
        element("div", crossed() + table, f"{SIDE_BY_SIDE}; margin: 8px 0 0"),
        element("div", uri, f"{VALUE}; max-width: 46em; margin: 8px 0"),
        *(element("div", escaped(line)) for line in told),
    ]
    lines = [f"{label:<{max(map(len, LABELS.values()))}}  {text}" for label, text in [*form, ("URI", account.uri)]]
    return rested("URI builder", parts, [*lines, *told])


def _field(label: str, text: str) -> str:
    """A field of the form at rest: a row of a table."""
    cells = element("td", label, f"{SMALL}; {CELL}"), element("td", escaped(text), f"{MONO}; {VALUE}; {CELL}")
    return element("tr", "".join(cells))
