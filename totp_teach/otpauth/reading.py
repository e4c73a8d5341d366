"""From a URI to its account: strict in meaning, generous in spelling, and nothing put right in silence."""

import re
from typing import Any

from .. import OtpError, secret
from .._pasted import UNEVEN, USUAL, named, peeled, words_behind
from .._values import shown
from ..hotp import LAST_COUNTER
from .account import DEFAULTS, TYPES, Account, quoted
from .anatomy import ANY_COLON, PARAMETERS, WORDS, Part, cut, decoded, inside
from .findings import RULES, Finding
from .notations import plainly, quoted_printable
from .parameters import derives, meant

SCHEMES = ("otpauth", "apple-otpauth", "ext+otpauth")  # the last two: Apple's, and browsers', for the same URIs
WITHOUT_MEANING = {"period": "hotp", "counter": "totp"}  # with that type
Patch = tuple[int, int, str] | None  # from, to, and what stands there instead
# The beginning of a URI of ours, whatever stands in place of otpauth:// before its type.
BEGINNING = re.compile(
    "(?:[a-z+-]{1,24}(?:[^a-z0-9%]|%[0-9a-f]{2}){1,8})?/*([th]otp)(?:[:/]|%2F){1,3}", re.IGNORECASE | re.ASCII
)
SECOND = re.compile("otpauth(?:://[th]otp|-migration://)", re.IGNORECASE | re.ASCII)
# A parameter, and before it what people write for the ? and the &.
ASSIGNED = re.compile(f"([?&;,/|\\s]|%(?:3F|26))?({'|'.join(PARAMETERS)})=", re.IGNORECASE | re.ASCII)
ESCAPED = re.compile("%(?:25)*(?:3F|26)secret%(?:25)*3D", re.IGNORECASE | re.ASCII)
ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
WHOLE_NUMBER = re.compile("0*([0-9]{1,20})")  # 2^64 − 1 has 20 digits
UNCLEAR = re.compile("(?!(?:6|30)$)(?:[4-9]|[1-9][0-9]{1,2}|[1-3][0-9]{3})")  # can be digits or a period
PLAIN_NAME = re.compile(r"[\w.-]+", re.ASCII)  # any other may be a known one, damaged
ALGORITHM = re.compile("(?:HMAC[-_]?)?SHA[-_]?(1|256|512)", re.IGNORECASE | re.ASCII)
SURROGATE = re.compile("[\ud800-\udfff]")
UNESCAPED = re.compile(r"[^A-Za-z0-9\-._~%@:!$&'()*+,;=]")  # RFC 3986 §3.3 pchar: what a label can hold as it is
RESERVED = "&#%/?"
# Controls, marks of direction, and what has no width (but for the joiners of emoji and of some scripts).
HIDDEN = re.compile("[\0-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]")
REPLACED = "\N{REPLACEMENT CHARACTER}".encode()
# A value is not shown where it can be a secret: Base32, hex or Base64 of eight bytes or more.
CAN_BE_A_SECRET = re.compile("[A-Za-z0-9+/]{13,}")
# A key that is itself the text of one, in Base32, hex or Base64.
AGAIN = re.compile(
    b"(?=.*[0-9])(?=.*[A-Za-z])([A-Z2-7]{16,}|[a-z2-7]{16,}|[0-9a-f]{16,}|[0-9A-F]{16,})=*|[A-Za-z0-9+/]{16,}==?"
)


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

    def __init__(self, uri: str, *, plain: bool = False):
        """plain: it is not written in another notation."""
        self.uri = uri
        self.fields: dict[str, Any] = {}
        self.findings: list[Finding] = []
        self.parts = cut(uri)
        one = {part.kind: part for part in self.parts}
        *_, self.mark, self.fragment, _ = self.parts
        if self._scheme(one["scheme"], self.parts[2]):
            self._type(one["type"])
            if not self._second() and not self._lost(one["issuer"]):
                self._label(one["issuer"], one["separator"], one["account"])
                self._parameters()
                self._issuer(one["issuer"], one["separator"], one["account"])
                if self.mark.raw:
                    patch = self._without(self.mark, self.fragment)
                    self.say("fragment", _span(self.mark, self.fragment), patch=patch)
            whole = (0, len(uri), peeled(uri)[1])
            for part, where in ((self.parts[0], "before"), (self.parts[-1], "after")):
                if outer := named(part.raw):
                    self.say("outside", part, patch=whole, what=outer[0].upper() + outer[1:], where=where)
        if not plain and (self.refused or quoted_printable(uri)):
            self._notation()
        self.findings.sort(key=lambda finding: finding.start)

    @property
    def refused(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)

    def _notation(self) -> None:
        """Is it a URI in another notation? Then that is said, and nothing else."""
        found = [] if SURROGATE.search(self.uri) else list(plainly(self.uri))
        good = [one for one in found if not (quoted_printable(one[1]) or _Reading(one[1], plain=True).refused)]
        for how, _ in good[:1] or (() if self.refused else found[:1]):
            self.findings = []
            self.say("notation", Part("", self.uri, 0), good[0][1] if good else None, how=how)

    def _second(self) -> bool:
        """Does another URI follow this one?"""
        if second := SECOND.search(self.uri, self.parts[2].end):
            part = Part("", self.uri[second.start() :], second.start())
            self.say("second", part, "", place=part.start + 1)
        return bool(second)

    def say(
        self,
        name: str,
        part: Part,
        instead: str | None = None,
        *,
        patch: Patch = None,
        value: Any = None,
        **words: object,
    ) -> None:
        """One finding about a part; `instead` is what that part ought to be, `patch` a change of another span."""
        severity, sentence = RULES[name]
        if instead is not None:
            patch = (part.start, part.end, instead)
        sentence = sentence.format(value=value, **words)
        self.findings.append(Finding(name, severity, part.start, part.end, sentence, value, self.uri, patch))

    def text(self, part: Part, what: str) -> str:
        """The text of an issuer or an account, without outer spaces; "" if it cannot be decoded."""
        try:
            text = decoded(part.raw)
        except OtpError as error:
            self.say("escape", part, of=what, why=error)
            return ""
        # With a colon in the parameter, the label's spelling decides where it is split: only its owner may change it.
        steady = part.kind == "value" or self.steady
        canonical = quoted(text.strip()) if steady else None
        if text != text.strip():
            self.say("outer-blanks", part, canonical, of=what, what=named(text.replace(text.strip(), "", 1)))
        elif UNESCAPED.search(part.raw):
            self.say("unescaped", part, canonical, of=what)
        if HIDDEN.search(text):
            self.say("hidden-character", part, of=what)
        if twice := ESCAPE.search(text):
            self.say("escaped-twice", part, of=what, value=twice[0])
        return text.strip()

    def _scheme(self, scheme: Part, colon: Part) -> bool:
        """Is it worth reading on?"""
        if surrogate := SURROGATE.search(self.uri):
            self.say("surrogate", Part("fragment", surrogate[0], surrogate.start()))
        elif scheme.raw.lower() in SCHEMES:
            if scheme.raw != "otpauth":
                self.say("scheme-spelling", scheme, "otpauth", given=scheme.raw)
            if colon.raw != "://":
                self.say("slashes", colon, "://")
            return True
        else:
            self._foreign(scheme)
        return False

    def _foreign(self, scheme: Part) -> None:
        """A text without a scheme of ours: what it is, and where our URI begins in it."""
        found, patch = inside(self.uri), None
        before, text, _ = peeled(self.uri)
        hints = (hint for start, hint in WORDS["others"].items() if re.match(start, text, re.IGNORECASE | re.ASCII))
        hint = next(hints, "")
        begun = re.search("[?&]secret=", text, re.IGNORECASE) and BEGINNING.match(text)
        if found and not (begun and not found[0]) and not text.lower().startswith("otpauth-migration:"):
            place, times, uri = found
            often = {1: "once", 2: "twice"}.get(times, f"{times} times")
            hint = f"percent-escaped {often} too often" if times else "with other text before it: leave that out"
            self.say("inside", Part("", self.uri[:place], 0), patch=(0, len(self.uri), uri), place=place + 1, hint=hint)
            return
        if begun:
            beginning = f"otpauth://{begun[1].lower()}/"
            hint, patch = f": write {beginning} at its beginning", (len(before), len(before) + begun.end(), beginning)
        elif not hint and (re.fullmatch("(?:[A-Za-z2-7][ -]?){16,}=*", text) or secret.shape(text)):
            hint = ": this looks like a secret alone, for secret.decode; Account(key=…).uri makes a URI of its key"
        self.say("scheme", scheme, patch=patch, hint=hint or "; an account's URI begins with otpauth://")

    def _type(self, kind: Part) -> None:
        self.fields["type"] = kind.raw.lower()
        if self.fields["type"] not in TYPES:
            self.say("type", kind, given=_seen(kind.raw), hint=WORDS["types"].get(kind.raw.lower(), ""))
        elif kind.raw != kind.raw.lower():
            self.say("type-spelling", kind, kind.raw.lower(), value=kind.raw.lower())
        if self.fields["type"] == "hotp":
            self.say("hotp", kind)

    def _lost(self, label: Part) -> bool:
        """Does a parameter stand where no app sees it as one? Then that is said, and nothing else."""
        names = {part.end: part for part in self.parts if part.kind == "name"}
        query = next((part.start for part in self.parts if part.raw == "?"), len(self.uri))
        secrets = (part for part in self.parts if (part.kind, part.parameter) == ("value", "secret"))
        secret_part = next(secrets, label)
        for found in ASSIGNED.finditer(self.uri):
            start, name, before = found.start(2), names.get(found.end() - 1), found[1]
            if name and (name.parameter == found[2].lower() or not before):
                continue
            if found[2].lower() == "issuer" and not (name or secret_part.start <= start < secret_part.end):
                continue  # only the name that is shown suffers
            mark = "?" if start < query else "&"
            hint = f"no {mark} before it" if before != "?" else "after a second ?, where & belongs"
            patch: Patch = (found.start(), start, mark)
            if start >= self.fragment.start:
                hint, patch = "a raw # cuts it off (in a name, write %23)", None
            part = Part("name", found[2], start)
            self.say("parameter-lost", part, patch=patch, given=found[2], place=start + 1, hint=hint)
            return True
        return False

    def _label(self, issuer: Part, separator: Part, account: Part) -> None:
        parameter = next((part for part in self.parts if (part.kind, part.parameter) == ("value", "issuer")), issuer)
        self.steady = parameter is issuer or not ANY_COLON.search(parameter.raw)
        self.label_issuer = self.text(issuer, "issuer")
        self.fields["name"] = self.text(account, "account")
        whole = Part("account", issuer.raw + separator.raw + account.raw, issuer.start)
        if len(ANY_COLON.findall(whole.raw)) > 1:
            self.say("many-colons", whole)
        if separator.raw not in ("", ":"):
            self.say("encoded-colon", separator, ":")
        if not self.fields["name"]:
            self.say("empty-account", account)
        names = ESCAPE.sub("", self.label_issuer + self.fields["name"])  # such an escape has its own finding
        if found := "".join(mark for mark in RESERVED if mark in names):
            self.say("reserved-character", whole, value=found)
        if (length := len(self.label_issuer + separator.raw[:1] + self.fields["name"])) > 512:
            self.say("long-label", whole, value=length)

    def _parameters(self) -> None:
        """The parameters in their order, and then what is missing."""
        names, values = ([part for part in self.parts if part.kind == kind] for kind in ("name", "value"))
        self.given: dict[str, Part] = {}
        self.said = {part.parameter: part.raw for part in values}  # what the URI says, in whatever order
        for name, value in zip(names, values):
            if name.parameter in PARAMETERS:
                self._known(name, value)
            else:
                self._unknown(name, value)
        if self.uri[: self.end.start].endswith("&"):
            self.say("ends-open", Part("delimiter", "&", self.end.start - 1), what="&")
        if "secret" not in self.given and not any(one.name == "parameter-synonym" for one in self.findings):
            escaped = ESCAPED.search(self.uri)
            place = Part("name", escaped[0], escaped.start()) if escaped else self.end
            words = f": at place {place.start + 1} it is percent-escaped once too often" if escaped else ""
            self.say("secret-missing", place, hint=words)
        if self.fields["type"] == "hotp" and "counter" not in self.given:
            self.fields["counter"] = 0
            self.say("counter-missing", self.end)

    @property
    def end(self) -> Part:
        """The place where the query ends and a parameter could be added."""
        return Part("delimiter", "", self.mark.start)

    def _known(self, name: Part, value: Part) -> None:
        if name.parameter in self.given:
            self.say("parameter-repeated", _span(name, value), given=name.parameter)
            return
        self.given[name.parameter] = value
        if name.raw.lower() != name.parameter:
            self.say("parameter-damaged", name, name.parameter, given=_seen(name.raw), value=name.parameter)
        elif name.raw != name.parameter:
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
            return
        before, bare, after = peeled(text)
        if text != bare:
            self.say("outer-blanks", value, quoted(bare), of=name.parameter, what=named(before + after))
        if name.parameter == "algorithm":
            self._algorithm(value, bare)
        else:
            self._number(name, value, bare)

    def _unknown(self, name: Part, value: Part) -> None:
        """A parameter that is not part of the format: most do no harm, some change the codes."""
        given, whole, text = _seen(name.raw), _span(name, value), value.raw
        for part, what in ((name, "name of a parameter"), (value, "value of a parameter")):
            try:
                text = peeled(decoded(part.raw))[1]
            except OtpError as error:
                self.say("escape", part, of=what, why=error)
        if "+" in value.raw:
            self.say("plus", value, value.raw.replace("+", "%2B"), of="value of a parameter")
        ampersand = name.end == whole.end and "issuer" in list(self.given)[-1:]  # a name goes on behind a raw &
        known = "" if ampersand else meant(name.parameter, text, self.said)
        if name.parameter == "steam" or (name.parameter, value.raw.lower()) == ("encoder", "steam"):
            self.say("steam", whole)
            self.say("unknown-parameter", whole, given=given)
        elif why := derives(name.parameter, text, self.fields["type"]):
            self.say("parameter-derives", whole, given=given, why=why)
        elif known and WITHOUT_MEANING.get(known) != self.fields["type"] and not self._agrees(known, text):
            if known in self.said:
                self.say("parameter-repeated", whole, given=f"{known} (once as {given})")
            else:
                self.say("parameter-synonym", name, known, given=given, meant=known)
        elif ampersand:
            self.say("ampersand", whole, given=given)
        elif not (known or PLAIN_NAME.fullmatch(name.raw)) or (not known and UNCLEAR.fullmatch(text)):
            self.say("parameter-unclear", whole, given=given)
        else:
            self.say("unknown-parameter", whole, given=given)

    def _agrees(self, known: str, text: str) -> bool:
        """Does a value say what the URI says elsewhere, or what apps take by themselves?"""
        said = self.said.get(known) or str(DEFAULTS.get(known, ""))
        one, other = (ALGORITHM.sub(r"SHA\1", each).lstrip("0") for each in (text, said))
        return one == other

    def _secret(self, value: Part, text: str) -> None:
        if not text:
            self.say("secret-missing", value, hint="")
            return
        if "+" in value.raw and text in (text.upper(), text.lower()):  # a form wrote it for a space
            text = decoded(value.raw.replace("+", "%20"))
        alone, sure = words_behind(text)
        if sure:
            self.say("secret-not-base32", value, quoted(alone) if alone else None, why=UNEVEN)
            return
        try:
            key = self.fields["key"] = secret.decode(text)
        except OtpError as error:
            self.say("secret-not-base32", value, why=error)
            return
        letters = re.sub("%(?:25)*[0-9A-F]{2}|[^A-Z2-7]", "", peeled(text)[1].upper())
        if value.raw != letters:
            self.say("secret-spelling", value, secret.encode(key))
        if letters != secret.encode(key):
            self.say("secret-stray-bits", value, secret.encode(key))
        if (bits := 8 * len(key)) < 160:
            self.say("secret-under-128-bits" if bits < 128 else "secret-under-160-bits", value, value=bits)
        if len(key) > 64:
            self.say("long-secret", value, value=len(key))
        if value.end == self.end.start and not (len(letters) % 8 == 0 or len(letters) in USUAL or "=" in text):
            self.say("ends-open", Part("delimiter", "", value.end), what=f"a secret of {len(letters)} letters")
        if REPLACED in key:
            self.say("secret-mangled", value)
        if looks := _also(text, key, alone):
            self.say("secret-ambiguous", value, value=looks)

    def _algorithm(self, value: Part, text: str) -> None:
        known = ALGORITHM.fullmatch(text)
        if not known:
            self.say("algorithm-unknown", value, given=_seen(text))
            return
        algorithm = self.fields["algorithm"] = f"SHA{known[1]}"
        if value.raw != algorithm:
            self.say("algorithm-spelling", value, algorithm, value=algorithm)
        if algorithm != DEFAULTS["algorithm"]:
            self.say("algorithm-not-sha1", value, value=algorithm)

    def _number(self, name: Part, value: Part, text: str) -> None:
        """Digits, period or counter."""
        parameter = name.parameter
        least, most = {"digits": (1, 10), "period": (1, LAST_COUNTER), "counter": (0, LAST_COUNTER)}[parameter]
        found = WHOLE_NUMBER.fullmatch(text)
        number = int(found[1]) if found else None
        if number is None or not least <= number <= most:
            self.say(f"{parameter}-invalid", value, given=_seen(text))
        elif WITHOUT_MEANING.get(parameter) == self.fields["type"]:
            self.say("misplaced-parameter", _span(name, value), patch=self._without(name, value), value=parameter)
        else:
            self.fields[parameter] = number
            if number != DEFAULTS.get(parameter, number):
                self.say(f"{parameter}-not-{DEFAULTS[parameter]}", value, value=number)

    def _without(self, first: Part, last: Part) -> Patch:
        """The change that leaves a parameter out, and one & with it, or a fragment; None if the rest would not stay."""
        start = first.start - (self.uri[first.start - 1] == "&")
        end = last.end + (start == first.start and self.uri[last.end : last.end + 1] == "&")
        loose = end == self.parts[-1].start and peeled(self.uri[:start])[2]  # it would cling to the URI outside
        return None if loose else (start, end, "")

    def _issuer(self, issuer: Part, separator: Part, account: Part) -> None:
        """The issuer, which can stand in the label, in the parameter, or in both."""
        value = self.given.get("issuer", Part("value", "", 0))
        label, parameter = self.label_issuer, self.text(value, "issuer")
        self.fields["issuer"] = parameter or label
        if "+" in value.raw:
            meant = "%20" if parameter.replace("+", " ") == label else "%2B"
            self.say("plus", value, value.raw.replace("+", meant), of="issuer")
        slash = "" if self.uri[issuer.start - 1] == "/" else "/"
        prefix = (issuer.start, separator.end, f"{slash}{quoted(parameter)}:")
        if label and parameter and label != parameter:
            patch = None if "+" in value.raw or ":" in self.fields["name"] else prefix
            self.say("issuer-differs", issuer, patch=patch, value=label, label=shown(label), parameter=shown(parameter))
        elif label and not parameter:
            self.say("issuer-only-in-label", issuer, patch=self._with_issuer(label))
        elif parameter and not label:
            self.say("issuer-only-in-parameter", value, patch=prefix)
        elif not label and self.fields["name"]:
            self.say("colon-without-issuer" if ":" in self.fields["name"] else "no-issuer", account)
        if "steam" in (label.lower(), parameter.lower()):
            self.say("steam", value if parameter.lower() == "steam" else issuer)

    def _with_issuer(self, issuer: str) -> Patch:
        """The change that adds the parameter, or fills an empty one."""
        if not self.given:
            return None
        if "issuer" not in self.given:
            return self.end.start, self.end.start, f"&issuer={quoted(issuer)}"
        value = self.given["issuer"]
        return value.start, value.end, ("" if self.uri[value.start - 1] == "=" else "=") + quoted(issuer)


def _also(text: str, key: bytes, alone: str) -> str:
    """What a Base32 secret may be instead, "" if nothing is to be seen.  alone: a part of it that may be the secret."""
    bare = peeled(text)[1]
    turns = len(re.findall("[A-Z](?=[a-z])|[a-z](?=[A-Z])", bare))
    seen = {
        f"a secret of {len(alone.replace(' ', ''))} characters, and words behind it": alone,
        "a secret after = in the source of an e-mail (=3D)": bare[:2].upper() == "3D"
        and (len(bare) - 2) % 8 not in secret.IMPOSSIBLE,
        "one that was made unreadable": len(bare) > 7 and len(set(bare)) == 1,
        "a secret that was encoded twice": AGAIN.fullmatch(key),
        "hex": len(bare) >= 32 and len(bare) % 2 == 0 and re.fullmatch("[A-Fa-f2-7]+", bare),
        "Base64": len(bare) >= 16 and turns >= len(bare) // 5 and bare.rstrip("=").isalnum(),
    }
    return next((words for words, so in seen.items() if so), "")


def _span(first: Part, last: Part) -> Part:
    """Two neighbours, and what stands between them, as one part: only its place counts."""
    return Part(first.kind, " " * (last.end - first.start), first.start)


def _seen(text: str) -> str:
    """A wrong value in a message, if it cannot be a secret that slipped in."""
    hidden = CAN_BE_A_SECRET.search(re.sub("[ -]", "", text))
    return f"a text of {len(text)} characters" if hidden else shown(text)


def _place(finding: Finding) -> str:
    """Where that is, counted from 1."""
    first, last = finding.start + 1, finding.end
    return f"places {first} to {last}" if last > first else f"place {first}"
