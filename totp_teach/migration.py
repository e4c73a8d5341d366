"""Google Authenticator's exports: otpauth-migration://offline?data=… carries many accounts in one picture.

The data is Base64 of a protocol buffer, known only by reverse engineering. It is short enough to be read in the open:
a message is a row of fields, each a tag (field number and wire type), perhaps a length, and a value.

    decode   URIs -> Export (the accounts; which pictures are missing)
    encode   accounts -> URIs, in batches that fit a QR code
    wire     URI -> the fields, byte by byte

What it cannot carry: a period other than 30 seconds, digits other than 6 and 8. What it does carry is every secret:
whoever photographs one such picture has all the accounts in it.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from . import OtpError
from ._values import check_whole, shown
from .otpauth.account import Account
from .otpauth.anatomy import cut, decoded

VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5  # wire types; 3 and 4 (groups) are out of use
WIRE_TYPES = {VARINT: "varint", EIGHT_BYTES: "8 bytes", LENGTH: "length and bytes", FOUR_BYTES: "4 bytes"}
PAYLOAD = {1: "otp_parameters", 2: "version", 3: "batch_size", 4: "batch_index", 5: "batch_id"}
ACCOUNT = {1: "secret", 2: "name", 3: "issuer", 4: "algorithm", 5: "digits", 6: "type", 7: "counter"}
MESSAGES = ("otp_parameters", "secret", "name", "issuer")  # the fields whose wire type is a length and bytes

# enums; 0 stands for "unspecified", which every reader but one takes for the default
ALGORITHMS = {0: "SHA1", 1: "SHA1", 2: "SHA256", 3: "SHA512"}
DIGITS = {0: 6, 1: 6, 2: 8}
TYPES = {0: "totp", 1: "hotp", 2: "totp"}

# A payload of 500 bytes of accounts is a URI of at most 2,200 characters, whatever has to be escaped in it (760 as a
# rule): a QR code of level M holds 2,331, and phones read the usual one with ease.
COMFORTABLE, MOST = 500, 2331
MOST_PICTURES = 1000


@dataclass(frozen=True)
class Export:
    """What the pictures of one export say. Its repr shows no key.

    accounts: in the export's order.  batch_size: how many pictures the export has.  missing: the numbers, from 1, of
    those not given.  batch_id: the export's own number, often negative; 0 where there is none.  version: 1 or 2.
    """

    accounts: tuple[Account, ...]
    batch_size: int
    missing: tuple[int, ...]
    batch_id: int
    version: int


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
    value: int | bytes
    start: int
    depth: int = 0

    @property
    def meaning(self) -> str:
        """The value in words."""
        enum = {"algorithm": ALGORITHMS, "digits": DIGITS, "type": TYPES}.get(self.name)
        if enum:
            return str(enum.get(self.value, "unknown"))
        if self.name in ("name", "issuer"):
            return _text(self.value, self.name)
        if self.name == "otp_parameters":
            return f"an account, {len(self.value)} bytes long"
        return f"{len(self.value)} bytes" if isinstance(self.value, bytes) else str(_signed(self.value))

    def __repr__(self):
        value = f"<{len(self.value)} bytes>" if isinstance(self.value, bytes) else self.value
        return f"Field({self.name}, number={self.number}, {WIRE_TYPES[self.wire_type]}, value={value})"


def decode(uris: str | Iterable[str]) -> Export:
    """The accounts of an export, from the URI of its one picture or the URIs of several, in any order.

    A name that repeats its issuer ("Example:alice") loses the repetition; without an issuer the first colon separates.
    Raises OtpError for what is no such URI, truncated data, an account that is none, and pictures of two exports.
    """
    pictures = {}
    for uri in [uris] if isinstance(uris, str) else uris:
        picture = _picture(uri)
        if pictures.setdefault(picture["batch_index"], picture) != picture:
            raise OtpError(f"two different pictures both say that they are number {picture['batch_index'] + 1}")
    if not pictures:
        raise OtpError("no picture, no accounts: decode takes one URI or several")
    alike = {(picture["batch_size"], picture["batch_id"], picture["version"]) for picture in pictures.values()}
    if len(alike) > 1:
        raise OtpError("these pictures belong to different exports: their batch_id, batch_size or version differ")
    size, batch_id, version = alike.pop()
    accounts = tuple(account for index in sorted(pictures) for account in pictures[index]["accounts"])
    return Export(accounts, size, tuple(n + 1 for n in range(size) if n not in pictures), batch_id, version)


def encode(accounts: Iterable[Account], *, batch_id: int = 1) -> list[str]:
    """The URIs of an export, one for each picture; together they carry every account.

    batch_id: the export's own number, −2^31 … 2^31 − 1: pictures with different ones are not taken together.
    Raises OtpError, naming the account, for what the format cannot carry: a period other than 30, digits other than
    6 and 8, a counter from 2^63 on, names too long for a QR code.
    """
    check_whole("batch_id must be a whole number of 32 bits", batch_id, -(2**31), 2**31 - 1)
    batches = [[]]
    for account in accounts:
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

    Raises OtpError as `decode` does for data that is no row of fields.
    """
    found = []
    for field in _fields(_payload(uri), PAYLOAD):
        inner = _fields(field.value, ACCOUNT, field.start + len(field.head)) if field.name == "otp_parameters" else []
        found.append(Field(**vars(field) | {"raw": b""}) if field.name == "otp_parameters" else field)
        found += [Field(**vars(one) | {"depth": 1}) for one in inner]
    return found


def _payload(uri: str) -> bytes:
    """The bytes under the layers: percent escapes, then Base64 (a + stays a +, missing padding is added)."""
    parts = cut(uri)
    if [part.raw.lower() for part in parts if part.kind in ("scheme", "type")] != ["otpauth-migration", "offline"]:
        raise OtpError("an export begins with otpauth-migration://offline?data=")
    data = [decoded(part.raw) for part in parts if part.kind == "value" and part.parameter == "data"]
    if len(data) != 1 or not data[0]:
        raise OtpError("an export has one parameter data, which is missing, empty or repeated here")
    text = data[0].replace(" ", "+").rstrip("=")  # a form decoder turned + into a blank on the way
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise OtpError("the export's data is not Base64: something was lost or added in copying") from None


def _picture(uri: str) -> dict:
    """One picture's own numbers and its accounts."""
    picture = {"version": 0, "batch_size": 0, "batch_index": 0, "batch_id": 0, "accounts": []}
    for field in _fields(_payload(uri), PAYLOAD):
        if field.name == "otp_parameters":
            picture["accounts"].append(_account(field, len(picture["accounts"]) + 1))
        elif field.name in picture:
            picture[field.name] = _signed(field.value)
    picture["batch_size"] = picture["batch_size"] or 1  # a number that is 0 may be left out
    if not picture["accounts"]:
        raise OtpError("the export's data holds no account")
    if not 0 <= picture["batch_index"] < picture["batch_size"] <= MOST_PICTURES:
        raise OtpError(
            f"the export says that this is picture {picture['batch_index'] + 1} of {picture['batch_size']}: "
            "the data is damaged"
        )
    return picture


def _account(field: Field, place: int) -> Account:
    """One account of a picture."""
    try:
        given = {one.name: one.value for one in _fields(field.value, ACCOUNT, field.start + len(field.head))}
        issuer, name = (_text(given.get(what, b""), what).strip() for what in ("issuer", "name"))
        if issuer and name.startswith(issuer + ":"):
            name = name.removeprefix(issuer + ":").strip()
        elif not issuer and ":" in name:
            issuer, name = (text.strip() for text in name.split(":", 1))
        kind = _named(TYPES, given, "type")
        counter = _signed(given.get("counter", 0)) if kind == "hotp" else None
        algorithm, digits = _named(ALGORITHMS, given, "algorithm"), _named(DIGITS, given, "digits")
        return Account(kind, issuer, name, given.get("secret", b""), algorithm, digits, counter=counter)
    except OtpError as error:
        raise OtpError(f"account {place} of the export: {error}") from None


def _named(enum: dict, given: dict, what: str) -> str | int:
    value = given.get(what, 0)
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
    enums = {4: (ALGORITHMS, account.algorithm), 5: (DIGITS, account.digits), 6: (TYPES, account.type)}
    numbers = {n: max(number for number, value in enum.items() if value == one) for n, (enum, one) in enums.items()}
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


def _fields(data: bytes, names: dict[int, str], offset: int = 0) -> list[Field]:
    """The fields of one message; `offset` is its place in the payload. Those without a name here are "unknown"."""
    fields, place = [], 0
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
        fields.append(Field(name, number, wire_type, data[start:place], data[place:end], value, offset + start))
        place = end
    return fields


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


def _text(raw: bytes, what: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise OtpError(f"the {what} is no UTF-8 text") from None
