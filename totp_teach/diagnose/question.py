"""What is asked: how a secret can be read, how a code is written, and which moment is meant."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from .. import OtpError, hotp, migration, otpauth, secret, totp
from .._pasted import HYPHENS, named, peeled, words_behind
from ..mistakes import LOOKALIKES, letters, loosely
from ..otpauth import anatomy

Moment = int | float | datetime
Asked = list[tuple[str, Moment | None]]

MOST_FIXES = 12  # of a refused URI
RANGES = {"digits": range(1, 11), "period": range(1, 10**6)}
UNSEEN = ("Cf", "Me", "Mn")  # categories of marks: of direction, around and upon a character
LAST = 253_402_300_799  # the last second of the year 9999
PARAMETER = re.compile(r"[?&](?:amp;)?([a-z]+)=([^&#]*)", re.IGNORECASE)
FOR_DIGITS = str.maketrans("OОΟIL|SBZ", "000111582")  # of Latin, Cyrillic and Greek letters
NAMED = re.compile(r"^[a-z _]{1,24}[=:](?=\s*[^\s=])", re.IGNORECASE)  # what the secret is called, before it
DASHES = str.maketrans(dict.fromkeys(HYPHENS, "-"))
BETWEEN = re.compile(r"(?<!^)[-.,'’_·:/٬\s]")  # what groups digits; a minus in front stays


@dataclass(frozen=True, repr=False)
class Reading:
    """One way to read the secret that was typed.

    words: how it is read, "" for a plain one.  mistake: the name of what an app does that reads it so, if it has one.
    remarks: what is to be said of it first.
    """

    account: otpauth.Account
    typed: str | None = None
    words: str = ""
    mistake: str | None = None
    remarks: tuple[str, ...] = ()


def readings(key: bytes | otpauth.Account | None, typed: str | None, asked: dict[str, Any]) -> list[Reading]:
    """Every way to read the secret, the likeliest first.  asked: the parameters that were asked for, None for others."""
    if key is not None:
        found = [Reading(key if isinstance(key, otpauth.Account) else _account(key, asked), typed)]
    elif not isinstance(typed, str):
        raise OtpError("a diagnosis needs the secret: the key, an Account, or typed=, the secret as it was typed")
    else:
        found = list(_read(typed, asked))
        before, _, after = peeled(typed)
        if outer := named((before + after).strip()):
            found = [replace(one, remarks=(f"left out around the secret: {outer}", *one.remarks)) for one in found]
    return [_as_asked(reading, asked) for reading in found]


def _account(key: bytes, asked: dict[str, Any]) -> otpauth.Account:
    given = {name: value for name, value in asked.items() if value is not None}
    return otpauth.Account("totp" if asked["counter"] is None else "hotp", key=key, **given)


def _as_asked(reading: Reading, asked: dict[str, Any]) -> Reading:
    """What was asked for goes before what a URI says, and it is said."""
    was = {name: getattr(reading.account, name) for name in asked}
    new = {name: value for name, value in asked.items() if value is not None and value != was[name]}
    if not new:
        return reading
    told = tuple(f"{name} {value} is taken, as asked for, not {was[name]} as in the URI" for name, value in new.items())
    kind = "totp" if was["counter"] is None and "counter" not in new else "hotp"
    return replace(reading, account=replace(reading.account, type=kind, **new), remarks=(*reading.remarks, *told))


def _read(typed: str, asked: dict[str, Any]) -> Iterator[Reading]:
    """The readings of a text: an export, a URI, or a secret."""
    text = peeled(typed)[1]
    if re.match("otpauth-migration:", migration.in_plain(text)[0], re.IGNORECASE):
        export = migration.decode(text)
        for number, account in enumerate(export.accounts, 1):
            words = f"account {number} of {len(export.accounts)} in the export"
            yield Reading(account, None, words, remarks=tuple(finding.sentence for finding in export.findings))
    elif (found := anatomy.inside(text)) or PARAMETER.search(text):
        yield from _uri(text, found[2] if found else text, typed, asked)
    else:
        for key, words, mistake in _secrets(text):
            yield Reading(_account(key, asked), typed, words, mistake)


def _uri(text: str, inside: str, typed: str, asked: dict[str, Any]) -> Iterator[Reading]:
    """The account of a URI; of one that parse refuses, those that were probably meant, or what else can be read."""
    try:
        yield Reading(otpauth.parse(text, lenient=True), typed)
        return
    except OtpError as error:
        refused = error
    said = (f"the URI is refused, and read as far as it can be: {refused}",)
    meant = [text]
    for uri in meant:  # a URI with several errors is fixed step by step
        try:
            yield Reading(otpauth.parse(uri, lenient=True), typed, remarks=said)
        except OtpError:
            fixed = [finding.fixed for finding in otpauth.lint(uri) if finding.severity == "error" and finding.fixed]
            meant += [one for one in fixed if one not in meant][: MOST_FIXES - len(meant)]
        else:
            return
    found = {name.lower(): value for name, value in PARAMETER.findall(inside)}
    if not found.get("secret"):
        raise refused
    numbers = {name: int(found[name]) for name in RANGES if found.get(name, "").isdecimal()}
    given: dict[str, Any] = {name: value for name, value in numbers.items() if value in RANGES[name]}
    if (algorithm := found.get("algorithm", "").upper().replace("-", "")) in hotp.ALGORITHMS:
        given["algorithm"] = algorithm
    for key, words, mistake in _secrets(unquote(found["secret"])):
        yield Reading(_account(key, {**asked, **given}), typed, words, mistake, said)


def _secrets(text: str) -> Iterator[tuple[bytes, str, str | None]]:
    """The keys that a secret can stand for, each with how it is read, and the mistake of who reads it so."""
    try:
        yield secret.decode(text), "", None
        return
    except OtpError as error:
        refused = error
    text = unquote(NAMED.sub("", text).partition("&")[0])
    with suppress(OtpError):
        yield secret.decode(words_behind(text)[0]), "Base32, without the words behind it", None
    if shape := secret.shape(text):
        kind, key = shape
        size = f"{2 * len(key)} digits" if kind == "hex" else f"{len(''.join(text.split()))} characters"
        yield key, f"{kind} ({size}, {len(key)} bytes)", None
    elif found := _loose(text):
        yield from ((key, *words) for key, words in found.items())
    else:
        raise refused


def _loose(text: str) -> dict[bytes, tuple[str, str | None]]:
    """The keys of a text that is Base32 but for a few characters, each with how it is read, and the mistake in that."""
    found: dict[bytes, tuple[str, str | None]] = {}
    plain = text.upper()
    for which, table in {**LOOKALIKES, "other characters skipped": {}}.items():
        kept = letters(plain.translate(table))
        if len(kept) < 2 or (table and plain.translate(table) == plain):
            continue
        beyond = len(kept) % 8 in secret.IMPOSSIBLE
        words = "Base32 without its last letter" if beyond and not table else f"Base32 with {which}"
        found.setdefault(loosely(kept), (words, "last letters lost" if beyond else None))
    return found


def codes(code: Any, at: Moment | None) -> Asked:
    """The codes that are asked about, each with its moment."""
    if isinstance(code, str) or (isinstance(code, tuple) and len(code) == 2 and not isinstance(code[1], (str, tuple))):
        code = [code]
    if not isinstance(code, (list, tuple)):
        raise OtpError(f"a code is text (str), because leading zeros matter, not {type(code).__name__}")
    asked = [item if isinstance(item, tuple) else (item, at) for item in code]
    if not asked:
        raise OtpError("there is no code to explain")
    for _, moment in asked:
        _plausible(moment)
    return asked


def _plausible(at: Moment | None) -> None:
    """Refuses a moment that is no one's: seconds of the year 52671 are milliseconds of this century."""
    seconds = 0 if at is None else totp.seconds(at)[0]
    if seconds > LAST:
        raise OtpError(f"this moment lies in the year {year(seconds)}: milliseconds? Divide them by 1000")


def year(seconds: float) -> int:
    """The year of so many seconds since 1970, also beyond 9999, where datetime ends."""
    return 1970 + int(seconds / 31_556_952)


def written(code: str) -> tuple[str, list[str]]:
    """A code in digits 0 to 9 without what groups them, and what is to be said of how it is written."""
    if not isinstance(code, str):
        raise OtpError(f"a code is text (str), because leading zeros matter, not {type(code).__name__}")
    seen = "".join(sign for sign in code if unicodedata.category(sign) not in UNSEEN)
    marks = dict.fromkeys(unicodedata.name(sign, f"U+{ord(sign):04X}") for sign in code if sign not in seen)
    remarks = [f"the code holds unseen marks, which a server refuses: {', '.join(marks)}"] if marks else []
    digits = "".join(str(unicodedata.digit(sign, sign)) for sign in seen).translate(DASHES)
    if scripts := dict.fromkeys(
        unicodedata.name(sign).replace(" DIGIT", "").rpartition(" ")[0]
        for sign in seen
        if sign.isdigit() and not sign.isascii()
    ):
        remarks.append(f"the code is written in {' and '.join(scripts).title()} digits: in 0 to 9 it is {digits}")
    plain = BETWEEN.sub("", peeled(digits)[1]).upper()
    if not plain.strip("-"):
        raise OtpError("the code is empty")
    if not plain.isdigit() and len(plain) != 5 and plain.translate(FOR_DIGITS).isdigit():
        plain = plain.translate(FOR_DIGITS)
        remarks.append(f"the code holds letters in place of digits: in digits it is {plain}")
    return plain, remarks
