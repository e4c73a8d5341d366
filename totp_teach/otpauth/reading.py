"""From a URI to its account: strict in meaning, generous in spelling, and nothing mended in silence."""

import re

from .. import OtpError, secret
from .._values import shown
from ..hotp import LAST_COUNTER
from .account import DEFAULTS, TYPES, Account, quoted
from .anatomy import Part, cut, decoded
from .findings import RULES, Finding

PARAMETERS = ("secret", "issuer", "algorithm", "digits", "period", "counter")
WHOLE_NUMBER = re.compile("0*([0-9]{1,20})")  # 2^64 − 1 has 20 digits
ALGORITHM = re.compile("(?:HMAC[-_]?)?SHA[-_]?(1|256|512)", re.IGNORECASE | re.ASCII)
ANY_COLON = re.compile(":|%3A", re.IGNORECASE)
SURROGATE = re.compile("[\ud800-\udfff]")
UNESCAPED = re.compile(r"[^A-Za-z0-9\-._~%@:!$&'()*+,;=]")  # RFC 3986 §3.3 pchar: what a label can hold as it is
RESERVED = "&#%/?"
HIDDEN = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")  # controls, marks of direction


def parse(uri: str, *, lenient: bool = False) -> Account:
    """The account that an `otpauth://` URI says.

    lenient: take the counter 0 for a hotp URI that gives none (some issuers write such; apps differ).
    Raises OtpError, with the part and its place, for whatever `lint` calls an error; never shows the secret.
    """
    reading = _Reading(uri)
    for finding in reading.findings:
        if finding.severity == "error" and not (lenient and finding.name == "counter-missing"):
            raise OtpError(f"{finding.sentence} ({_place(finding)} of the URI)")
    return Account(**reading.fields)


def parts(uri: str) -> list[Part]:
    """The spans of a URI that `parse` takes (leniently), in their order: their raw texts join to the URI again.

    Raises OtpError as `parse` does.
    """
    parse(uri, lenient=True)
    return [part for part in cut(uri) if part.raw]


def lint(uri: str) -> list[Finding]:
    """All that is wrong or risky in a URI, in the order of their places; what parse refuses has severity "error".

    A URI that parse refuses is reported, not raised, and checked as far as it can be read.
    Raises OtpError only for what is not text.
    """
    return _Reading(uri).findings


class _Reading:
    """One reading of one URI: the fields of its account as they come, and the findings."""

    def __init__(self, uri: str):
        self.uri, self.fields, self.findings = uri, {}, []
        self.parts = cut(uri)
        one = {part.kind: part for part in self.parts}
        if self._scheme(one["scheme"]):
            self._type(one["type"])
            self._label(one["issuer"], one["separator"], one["account"])
            self._parameters()
            self._issuer(one["issuer"], one["separator"], one["account"])
            self._fragment(one["fragment"])
        self.findings.sort(key=lambda finding: finding.start)

    def say(self, name: str, part: Part, instead: str | None = None, *, patch=None, value=None, **words):
        """One finding about a part; `instead` is what that part ought to be, `patch` a change of another span."""
        severity, sentence = RULES[name]
        if instead is not None:
            patch = (part.start, part.end, instead)
        sentence = sentence.format(value=value, **words)
        self.findings.append(Finding(name, severity, part.start, part.end, sentence, value, self.uri, patch))

    def text(self, part: Part, what: str) -> str:
        """The text of an issuer or an account, without its outer blanks; "" if it cannot be decoded."""
        try:
            text = decoded(part.raw)
        except OtpError as error:
            self.say("escape", part, of=what, why=error)
            return ""
        canonical = quoted(text.strip())
        if text != text.strip():
            self.say("outer-blanks", part, canonical, of=what)
        elif UNESCAPED.search(part.raw):
            self.say("unescaped", part, canonical, of=what)
        if HIDDEN.search(text):
            self.say("hidden-character", part, of=what)
        return text.strip()

    def _scheme(self, scheme: Part) -> bool:
        """Is it worth reading on?"""
        if surrogate := SURROGATE.search(self.uri):
            self.say("surrogate", Part("fragment", surrogate[0], surrogate.start()))
        elif scheme.raw.lower() == "otpauth":
            if scheme.raw != "otpauth":
                self.say("scheme-spelling", scheme, "otpauth")
            return True
        elif scheme.raw.lower() == "otpauth-migration":
            self.say("scheme", scheme, hint=": this is an export of several accounts, for migration.decode")
        else:
            self.say("scheme", scheme, hint="; an account's URI begins with otpauth://")
        return False

    def _type(self, kind: Part):
        self.fields["type"] = kind.raw.lower()
        if self.fields["type"] not in TYPES:
            hint = "; Steam's codes are not those of RFC 6238" if kind.raw.lower() == "steam" else ""
            self.say("type", kind, given=_seen(kind.raw), hint=hint)
        elif kind.raw != kind.raw.lower():
            self.say("type-spelling", kind, kind.raw.lower(), value=kind.raw.lower())
        if self.fields["type"] == "hotp":
            self.say("hotp", kind)

    def _label(self, issuer: Part, separator: Part, account: Part):
        self.label_issuer = self.text(issuer, "issuer")
        self.fields["name"] = self.text(account, "account")
        whole = Part("account", issuer.raw + separator.raw + account.raw, issuer.start)
        if len(ANY_COLON.findall(whole.raw)) > 1:
            self.say("many-colons", whole)
        if separator.raw not in ("", ":"):
            self.say("encoded-colon", separator, ":")
        if not self.fields["name"]:
            self.say("empty-account", account)
        if found := "".join(mark for mark in RESERVED if mark in self.label_issuer + self.fields["name"]):
            self.say("reserved-character", whole, value=found)
        if (length := len(self.label_issuer + separator.raw[:1] + self.fields["name"])) > 512:
            self.say("long-label", whole, value=length)

    def _parameters(self):
        """The parameters in their order, and then what is missing."""
        names, values = ([part for part in self.parts if part.kind == kind] for kind in ("name", "value"))
        self.given = {}
        for name, value in zip(names, values):
            if name.parameter in PARAMETERS:
                self._known(name, value)
            else:
                self._unknown(name, value)
        if "secret" not in self.given:
            cut_off = "secret=" in self.parts[-1].raw
            self.say("secret-missing", self.end, hint="; a raw # cuts it off, write %23" if cut_off else "")
        if self.fields["type"] == "hotp" and "counter" not in self.given:
            self.fields["counter"] = 0
            self.say("counter-missing", self.end)

    @property
    def end(self) -> Part:
        """The place where the query ends and a parameter could be added."""
        return Part("delimiter", "", self.parts[-2].start)

    def _known(self, name: Part, value: Part):
        if name.parameter in self.given:
            self.say("parameter-repeated", _span(name, value), given=name.parameter)
            return
        self.given[name.parameter] = value
        if name.raw != name.parameter:
            self.say("parameter-spelling", name, name.parameter, value=name.parameter)
        if name.parameter == "issuer":
            return  # read together with the label's
        try:
            text = decoded(value.raw)
        except OtpError as error:
            self.say("escape", value, of=name.parameter, why=error)
            return
        if name.parameter == "secret":
            self._secret(value, text)
        elif name.parameter == "algorithm":
            self._algorithm(value, text)
        else:
            self._number(name, value, text)

    def _unknown(self, name: Part, value: Part):
        self.say("unknown-parameter", _span(name, value), given=_seen(name.raw))
        for part, what in ((name, "name of a parameter"), (value, "value of a parameter")):
            try:
                decoded(part.raw)
            except OtpError as error:
                self.say("escape", part, of=what, why=error)
        if "+" in value.raw:
            self.say("plus", value, value.raw.replace("+", "%2B"), of="value of a parameter")
        if name.parameter == "steam" or (name.parameter, value.raw.lower()) == ("encoder", "steam"):
            self.say("steam", _span(name, value))

    def _secret(self, value: Part, text: str):
        if not text:
            self.say("secret-missing", value, hint="")
            return
        try:
            key = self.fields["key"] = secret.decode(text)
        except OtpError as error:
            self.say("secret-not-base32", value, why=error)
            return
        if value.raw != secret.encode(key):
            self.say("secret-spelling", value, secret.encode(key))
        if (bits := 8 * len(key)) < 160:
            self.say("secret-under-128-bits" if bits < 128 else "secret-under-160-bits", value, value=bits)

    def _algorithm(self, value: Part, text: str):
        known = ALGORITHM.fullmatch(text)
        if not known:
            self.say("algorithm-unknown", value, given=_seen(text))
            return
        algorithm = self.fields["algorithm"] = f"SHA{known[1]}"
        if value.raw != algorithm:
            self.say("algorithm-spelling", value, algorithm, value=algorithm)
        if algorithm != DEFAULTS["algorithm"]:
            self.say("algorithm-not-sha1", value, value=algorithm)

    def _number(self, name: Part, value: Part, text: str):
        """Digits, period or counter."""
        parameter = name.parameter
        least, most = {"digits": (1, 10), "period": (1, LAST_COUNTER), "counter": (0, LAST_COUNTER)}[parameter]
        found = WHOLE_NUMBER.fullmatch(text)
        number = int(found[1]) if found else None
        if number is None or not least <= number <= most:
            self.say(f"{parameter}-invalid", value, given=_seen(text))
        elif {"period": "hotp", "counter": "totp"}.get(parameter) == self.fields["type"]:
            self.say("misplaced-parameter", _span(name, value), patch=self._without(name, value), value=parameter)
        else:
            self.fields[parameter] = number
            if number != DEFAULTS.get(parameter, number):
                self.say(f"{parameter}-not-{DEFAULTS[parameter]}", value, value=number)

    def _without(self, name: Part, value: Part) -> tuple[int, int, str]:
        """The change that leaves a parameter out, and one & with it."""
        if self.uri[name.start - 1] == "&":
            return name.start - 1, value.end, ""
        return name.start, value.end + (self.uri[value.end : value.end + 1] == "&"), ""

    def _issuer(self, issuer: Part, separator: Part, account: Part):
        """The issuer, which can stand in the label, in the parameter, or in both."""
        value = self.given.get("issuer")
        label, parameter = self.label_issuer, self.text(value, "issuer") if value else ""
        self.fields["issuer"] = parameter or label
        if value and "+" in value.raw:
            meant = "%20" if parameter.replace("+", " ") == label else "%2B"
            self.say("plus", value, value.raw.replace("+", meant), of="issuer")
        slash = "" if self.uri[issuer.start - 1] == "/" else "/"
        prefix = (issuer.start, separator.end, f"{slash}{quoted(parameter)}:")
        if label and parameter and label != parameter:
            patch = None if "+" in value.raw else prefix
            self.say("issuer-differs", issuer, patch=patch, value=label, label=shown(label), parameter=shown(parameter))
        elif label and not parameter:
            self.say("issuer-only-in-label", issuer, patch=self._with_issuer(label))
        elif parameter and not label:
            self.say("issuer-only-in-parameter", value, patch=prefix)
        elif not label and self.fields["name"]:
            self.say("colon-without-issuer" if ":" in self.fields["name"] else "no-issuer", account)
        if "steam" in (label.lower(), parameter.lower()):
            self.say("steam", value if parameter.lower() == "steam" else issuer)

    def _with_issuer(self, issuer: str) -> tuple[int, int, str] | None:
        """The change that adds the parameter, or fills an empty one."""
        if not self.given:
            return None
        if "issuer" not in self.given:
            return self.end.start, self.end.start, f"&issuer={quoted(issuer)}"
        value = self.given["issuer"]
        return value.start, value.end, ("" if self.uri[value.start - 1] == "=" else "=") + quoted(issuer)

    def _fragment(self, fragment: Part):
        mark = self.parts[-2]
        if mark.raw:
            self.say("fragment", _span(mark, fragment), None if "secret=" in fragment.raw else "")


def _span(first: Part, last: Part) -> Part:
    """Two neighbours, and what stands between them, as one part: only its place counts."""
    return Part(first.kind, " " * (last.end - first.start), first.start)


def _seen(text: str) -> str:
    """A wrong value in a message, if it is too short to hold a secret that slipped in."""
    return shown(text) if len(text) <= 12 else f"a text of {len(text)} characters"


def _place(finding: Finding) -> str:
    """Where that is, counted from 1."""
    first, last = finding.start + 1, finding.end
    return f"places {first} to {last}" if last > first else f"place {first}"
