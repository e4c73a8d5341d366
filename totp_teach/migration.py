"""Google Authenticator's exports: otpauth-migration://offline?data=… carries many accounts in one picture.

The data is Base64 of a protocol buffer, known only by reverse engineering. It is short enough to be read in the open:
a message is a row of fields, each a tag (field number and wire type), perhaps a length, and a value.

    decode   URIs -> Export (the accounts, what could not be read, which pictures are missing)
    encode   accounts -> URIs, in batches that fit a QR code
    wire     URI -> the fields, byte by byte

What it cannot carry: a period other than 30 seconds, digits other than 6 and 8. What it does carry is every secret:
whoever photographs one such picture has all the accounts in it.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

from . import OtpError
from ._pasted import LINE_ENDS, UNSEEN, is_utf8, named, peeled
from ._values import check_whole, shown
from .otpauth.account import Account
from .otpauth.anatomy import cut, decoded, inside
from .otpauth.notations import plainly

VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5  # wire types; 3 and 4 (groups) are out of use
WIRE_TYPES = {VARINT: "varint", EIGHT_BYTES: "8 bytes", LENGTH: "length and bytes", FOUR_BYTES: "4 bytes"}
PAYLOAD = {1: "otp_parameters", 2: "version", 3: "batch_size", 4: "batch_index", 5: "batch_id"}
ACCOUNT = {1: "secret", 2: "name", 3: "issuer", 4: "algorithm", 5: "digits", 6: "type", 7: "counter"}
MESSAGES = ("otp_parameters", "secret", "name", "issuer")  # the fields whose wire type is a length and bytes

# enums; 0 stands for "unspecified", which every reader but one takes for the default
ALGORITHMS = {0: "SHA1", 1: "SHA1", 2: "SHA256", 3: "SHA512"}
DIGITS = {0: 6, 1: 6, 2: 8}
TYPES = {0: "totp", 1: "hotp", 2: "totp"}
ENUMS: dict[str, dict[int, Any]] = {"algorithm": ALGORITHMS, "digits": DIGITS, "type": TYPES}
NOT_COMPUTED = {("algorithm", 4): "MD5"}  # what Google's app knows and this course does not

# A payload of 500 bytes of accounts is a URI of at most 2,200 characters, whatever has to be escaped in it (760 as a
# rule): a QR code of level M holds 2,331, and phones read the usual one with ease.
COMFORTABLE, MOST = 500, 2331
MOST_PICTURES = 1000
# URL-safe Base64 is read as well; a form decoder turned + into a space on the way; what breaks lines does not count.
IN_DATA = str.maketrans("-_ ", "+/+", f"{LINE_ENDS}{UNSEEN}\t")
CUT_ESCAPE = re.compile("%[0-9A-Fa-f]?$")  # at the end of a URI that is cut off


@dataclass(frozen=True)
class Finding:
    """One thing to know about an export.

    severity: "error" for what is left out, "warning" for what was kept and may be wrong, "note" for what does not count.
    sentence: what it is and what to do.  picture, account: which one, from 1; account 0 is the picture itself.
    """

    severity: str
    sentence: str
    picture: int = 1
    account: int = 0


@dataclass(frozen=True)
class Export:
    """What the pictures of one export say. Its repr shows no key.

    accounts: in the export's order.  batch_size: how many pictures the export has.  missing: the numbers, from 1, of
    those not given.  batch_id: the export's own number, often negative; 0 where there is none.  version: 1 or 2.
    findings: what could not be read, or was guessed.
    """

    accounts: tuple[Account, ...]
    batch_size: int
    missing: tuple[int, ...]
    batch_id: int
    version: int
    findings: tuple[Finding, ...] = ()


@dataclass
class Picture:
    """One picture while it is read: its own numbers, its accounts, what is to be said; damaged if its end is missing."""

    version: int = 0
    batch_size: int = 0
    batch_index: int = 0
    batch_id: int = 0
    accounts: list[Account] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    damaged: bool = False


@dataclass(frozen=True, repr=False)
class Field:
    """One field on the wire, or, of an account, the head of its message. Its repr does not show a secret.

    name: of the field ("unknown" if it has none).  number: of the field.  wire_type: how its value is written.
    head: the bytes of tag and length.  raw: the bytes of the value, empty for an account, whose fields follow.
    value: an integer or bytes.  start: the place in the payload, from 0.  depth: 1 inside an account.
    """

    name: str
    number: int
    wire_type: int
    head: bytes
    raw: bytes
    value: Any  # int or bytes
    start: int
    depth: int = 0

    @property
    def meaning(self) -> str:
        """The value in words."""
        if enum := ENUMS.get(self.name):
            return str(enum.get(self.value, NOT_COMPUTED.get((self.name, self.value), "unknown")))
        if self.name in ("name", "issuer"):
            return _guessed(self.value)
        if self.name == "otp_parameters":
            return f"an account, {len(self.value)} bytes long"
        return f"{len(self.value)} bytes" if isinstance(self.value, bytes) else str(_signed(self.value))

    def __repr__(self):
        value = f"<{len(self.value)} bytes>" if isinstance(self.value, bytes) else self.value
        return f"Field({self.name}, number={self.number}, {WIRE_TYPES[self.wire_type]}, value={value})"


def decode(uris: str | Iterable[str]) -> Export:
    """The accounts of an export, from the URI of its one picture or the URIs of several (also as lines), in any order.

    A name that repeats its issuer ("Example:alice") loses the repetition; without an issuer the first colon separates.
    What cannot be read is left out and named in the export's findings; a name that is not UTF-8 is guessed.
    Raises OtpError if no account at all can be read, and for pictures of two exports.
    """
    pictures, findings = [], []
    for number, uri in enumerate(_uris(uris), 1):
        try:
            pictures.append(_picture(uri))
            findings += [replace(finding, picture=number) for finding in pictures[-1].findings]
        except OtpError as error:
            findings.append(Finding("error", str(error), number))
    if not any(picture.accounts for picture in pictures):
        errors = [finding.sentence for finding in findings if finding.severity == "error"]
        raise OtpError(errors[0] if errors else "no picture, no accounts: decode takes one URI or several")
    whole: dict[int, Picture] = {}
    for picture in pictures:
        if not picture.damaged and whole.setdefault(picture.batch_index, picture).accounts != picture.accounts:
            raise OtpError(f"two different pictures both say that they are number {picture.batch_index + 1}")
    exports = {(one.batch_size, one.batch_id, one.version) for one in whole.values() or pictures[:1]}
    if len(exports) > 1:
        raise OtpError("these pictures belong to different exports: their batch_id, batch_size or version differ")
    size, batch_id, version = exports.pop()
    read = [*(whole[index] for index in sorted(whole)), *(picture for picture in pictures if picture.damaged)]
    accounts = tuple(account for picture in read for account in picture.accounts)
    missing = tuple(n + 1 for n in range(size) if whole and n not in whole)
    return Export(accounts, size, missing, batch_id, version, tuple(findings))


def _uris(uris: str | Iterable[str]) -> list[str]:
    if isinstance(uris, str):
        found = re.split(r"(?<=[^\s,;])[\s,;]*(?=otpauth-migration:)", uris, flags=re.IGNORECASE | re.ASCII)
        return found if peeled(found[0])[1].lower().startswith("otpauth-migration:") else [uris]
    if isinstance(uris, bytes) or not isinstance(uris, Iterable):
        raise OtpError(f"decode takes the URI of a picture (str), or several, not {type(uris).__name__}")
    return list(uris)


def encode(accounts: Iterable[Account], *, batch_id: int = 1) -> list[str]:
    """The URIs of an export, one for each picture; together they carry every account.

    batch_id: the export's own number, −2^31 … 2^31 − 1: pictures with different ones are not taken together.
    Raises OtpError, naming the account, for what the format cannot carry: a period other than 30, digits other than
    6 and 8, a counter from 2^63 on, names too long for a QR code.
    """
    check_whole("batch_id must be a whole number of 32 bits", batch_id, -(2**31), 2**31 - 1)
    if not isinstance(accounts, Iterable):
        raise OtpError(f"encode takes several accounts, not {type(accounts).__name__}")
    batches: list[list[bytes]] = [[]]
    for account in accounts:
        if not isinstance(account, Account):
            raise OtpError(f"an export is made of Accounts, not {type(account).__name__}: otpauth.parse(uri) gives one")
        entry = _bytes_field(1, _entry(account))
        if batches[-1] and sum(map(len, batches[-1])) + len(entry) > COMFORTABLE:
            batches.append([])
        batches[-1].append(entry)
        if len(_uri(entry)) + 100 > MOST:
            raise OtpError(f"{_who(account)} does not fit a QR code: its names are too long")
    if not batches[0] or len(batches) > MOST_PICTURES:
        raise OtpError(f"an export has 1 to {MOST_PICTURES} pictures, not {len(batches) if batches[0] else 0}")
    return [
        _uri(b"".join(batch + [_varint_field(*own) for own in ((2, 1), (3, len(batches)), (4, index), (5, batch_id))]))
        for index, batch in enumerate(batches)
    ]


def wire(uri: str) -> list[Field]:
    """The fields of one picture in their order, an account's own ones after it; head + raw of all join to the payload.

    Raises OtpError for data that is not a row of fields.
    """
    found: list[Field] = []
    for one in _fields(_payload(in_plain(uri)[0]), PAYLOAD):
        account = one.name == "otp_parameters"
        found.append(replace(one, raw=b"") if account else one)
        inner = _fields(one.value, ACCOUNT, one.start + len(one.head)) if account else ()
        found += [replace(each, depth=1) for each in inner]
    return found


def in_plain(uri: str) -> tuple[str, str]:
    """A picture's URI in plain characters, and how it is written, "" for in these."""
    cut(uri)  # refuses what is not text
    found = ((plain, how) for how, plain in plainly(uri) if plain.lower().startswith("otpauth-migration:"))
    return next(found, (uri, ""))


def _payload(uri: str) -> bytes:
    """The bytes under the layers: percent escapes, then Base64 (a + stays a +, missing padding is added)."""
    parts = cut(uri)
    scheme, *_ = begin = [part.raw.lower() for part in parts if part.kind in ("scheme", "type")]
    if begin != ["otpauth-migration", "offline"]:
        found = inside(uri)
        if found and scheme not in ("otpauth", "otpauth-migration"):
            raise OtpError(f"the URI begins at place {found[0] + 1}, inside another text or percent-escaped as a whole")
        single = "; this is the URI of one account, for otpauth.parse" if scheme == "otpauth" else ""
        raise OtpError(f"an export begins with otpauth-migration://offline?data={single}")
    given = [part.raw for part in parts if (part.kind, part.parameter) == ("value", "data")]
    data = [decoded(CUT_ESCAPE.sub("", raw)) for raw in given]
    if len(data) != 1 or not data[0]:
        raise OtpError("an export has one parameter data, which is missing, empty or repeated here")
    text = unquote(unquote(data[0])).translate(IN_DATA).rstrip("=")
    text = text[: len(text) - (len(text) % 4 == 1)]  # a single character at the end is cut off in a byte
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise OtpError("the export's data is not Base64: something was lost or added in copying") from None


def _picture(uri: str) -> Picture:
    """One picture's own numbers and its accounts, as far as they can be read."""
    picture, place = Picture(), 0
    plain, how = in_plain(uri)
    try:
        for one in _fields(_payload(plain), PAYLOAD):
            if one.name == "otp_parameters":
                place += 1
                _add(picture, one, place)
            elif one.name in PAYLOAD.values():
                setattr(picture, one.name, _signed(one.value))
    except OtpError as error:
        if not picture.accounts:
            raise
        picture.damaged = True
        picture.findings.append(Finding("error", f"{error}; the accounts before that were read"))
    if not place:
        raise OtpError("the export's data holds no account")
    if not (picture.damaged or picture.batch_size):
        picture.damaged = True
        picture.findings.append(Finding("warning", "the picture does not say its number: perhaps its end is cut off"))
    picture.batch_size = picture.batch_size or 1
    if not 0 <= picture.batch_index < picture.batch_size <= MOST_PICTURES:
        raise OtpError(
            f"the export says that this is picture {picture.batch_index + 1} of {picture.batch_size}: "
            "the data is damaged"
        )
    outside = named("".join(part.raw for part in cut(plain) if part.kind == "outside"))
    notes = [f"{outside} beside the URI: not part of it"] * bool(outside) + [f"the URI is written {how}"] * bool(how)
    picture.findings += [Finding("note", sentence) for sentence in notes]
    return picture


def _add(picture: Picture, message: Field, place: int) -> None:
    """Reads one account of a picture, or says why not."""
    where = f"account {place} of the export"
    given: dict[str, Any] = {}
    try:
        fields = list(_fields(message.value, ACCOUNT, message.start + len(message.head)))
        given = {one.name: one.value for one in fields}
        issuer, name = (_guessed(given.get(what, b"")).strip() for what in ("issuer", "name"))
        if issuer or name:
            where += f", {shown(': '.join(filter(None, (issuer, name.removeprefix(issuer + ':').strip()))))}"
        picture.accounts.append(_account(given, issuer, name))
    except OtpError as error:
        picture.findings.append(Finding("error", f"{where}: {error}", account=place))
        return
    for one in fields:
        if (one.name, one.wire_type) == ("unknown", VARINT):
            sentence = f"{where}: its field {one.number} is not known here; if {one.value} is a period, its codes fail"
            picture.findings.append(Finding("warning", sentence, account=place))
    if guessed := [what for what in ("issuer", "name") if not is_utf8(given.get(what, b""))]:
        sentence = f"{where}: the {' and the '.join(guessed)} is not UTF-8 text and was guessed: correct it by hand"
        picture.findings.append(Finding("warning", sentence, account=place))


def _account(given: dict[str, Any], issuer: str, name: str) -> Account:
    """The account that the fields of a message say."""
    if issuer and name.startswith(issuer + ":"):
        name = name.removeprefix(issuer + ":").strip()
    elif not issuer and ":" in name:
        issuer, name = (text.strip() for text in name.split(":", 1))
    if not given.get("secret"):
        raise OtpError("its secret is missing")
    algorithm, digits, kind = (_named(given, what) for what in ENUMS)
    counter = _signed(given.get("counter", 0)) if kind == "hotp" else None
    return Account(kind, issuer, name, given["secret"], algorithm, digits, counter=counter)


def _named(given: dict[str, Any], what: str) -> Any:
    enum, value = ENUMS[what], given.get(what, 0)
    if other := NOT_COMPUTED.get((what, value)):
        raise OtpError(f"its {what} is {other} (number {value}), which is not computed here: keep it in Google's app")
    if value not in enum:
        raise OtpError(f"its {what} is number {value}, which is not one of {', '.join(map(str, enum))}")
    return enum[value]


def _entry(account: Account) -> bytes:
    """An account as the format's own message, its fields in Google's order."""
    if account.type == "totp" and account.period != 30:
        raise OtpError(f"{_who(account)} has a period of {account.period} seconds, and an export has no field for it")
    if account.digits not in (6, 8):
        raise OtpError(f"{_who(account)} has {account.digits} digits, and an export can say 6 or 8 only")
    if (account.counter or 0) >= 2**63:
        raise OtpError(f"{_who(account)} has a counter of 2^63 or more, and an export's has a sign")
    repeated = account.issuer and account.name.startswith(account.issuer + ":")
    name = f"{account.issuer}:{account.name}" if repeated else account.name
    texts = {1: account.key, 2: name.encode(), 3: account.issuer.encode()}
    numbers = {
        number: max(each for each, value in ENUMS[name].items() if value == getattr(account, name))
        for number, name in ACCOUNT.items()
        if name in ENUMS
    }
    numbers |= {7: account.counter} if account.counter is not None else {}
    return b"".join(
        [_bytes_field(number, text) for number, text in texts.items() if text]
        + [_varint_field(number, value) for number, value in numbers.items()]
    )


def _who(account: Account) -> str:
    return f"the account {shown(':'.join(filter(None, (account.issuer, account.name))))}"


def _uri(payload: bytes) -> str:
    return "otpauth-migration://offline?data=" + quote(base64.b64encode(payload), safe="")


# The wire: https://protobuf.dev/programming-guides/encoding/


def _varint(number: int) -> bytes:
    """A number in groups of seven bits, lowest first, the top bit of a byte set while more follow. −1 is 2^64 − 1."""
    number &= 2**64 - 1
    groups = [number >> shift & 0x7F for shift in range(0, max(number.bit_length(), 1), 7)]
    return bytes([group | 0x80 for group in groups[:-1]] + groups[-1:])


def _varint_field(number: int, value: int) -> bytes:
    return _varint(number << 3 | VARINT) + _varint(value)


def _bytes_field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | LENGTH) + _varint(len(value)) + value


def _read_varint(data: bytes, place: int, where: str) -> tuple[int, int]:
    """The number that begins at a place, and the place after it."""
    number = 0
    for index, byte in enumerate(data[place : place + 10]):
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return number & (2**64 - 1), place + index + 1
    raise OtpError(f"the export's data is cut off or damaged: a number of the field {where} does not end")


def _fields(data: bytes, names: dict[int, str], offset: int = 0) -> Iterator[Field]:
    """The fields of one message; `offset` is its place in the payload. Those without a name here are "unknown"."""
    place = 0
    while place < len(data):
        start, where = place, f"at byte {offset + place + 1}"
        tag, place = _read_varint(data, start, where)
        number, wire_type = tag >> 3, tag & 7
        name = names.get(number, "unknown")
        if wire_type not in WIRE_TYPES or not number:
            raise OtpError(f"the export's data is damaged: no field begins {where}")
        if name != "unknown" and wire_type != (LENGTH if name in MESSAGES else VARINT):
            raise OtpError(f"the export's data is damaged: the {name} {where} is written as {WIRE_TYPES[wire_type]}")
        value, place, end = _value(data, place, wire_type, where)
        if end > len(data):
            raise OtpError(f"the export's data is cut off: the field {where} lacks {end - len(data)} bytes")
        yield Field(name, number, wire_type, data[start:place], data[place:end], value, offset + start)
        place = end


def _value(data: bytes, place: int, wire_type: int, where: str) -> tuple[int | bytes, int, int]:
    """A field's value, and the places where its bytes begin (after a length) and end."""
    if wire_type == VARINT:
        number, end = _read_varint(data, place, where)
        return number, place, end
    length = {EIGHT_BYTES: 8, FOUR_BYTES: 4}.get(wire_type)
    if length is None:
        length, place = _read_varint(data, place, where)
    return data[place : place + length], place, place + length


def _signed(number: int) -> int:
    """A 64-bit number with its sign: above 2^63 it stands for a negative one."""
    return number - 2**64 if number >= 2**63 else number


def _guessed(raw: bytes) -> str:
    """A text, of Windows-1252 if it is not UTF-8."""
    return raw.decode() if is_utf8(raw) else raw.decode("cp1252", "replace")
