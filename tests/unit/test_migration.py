"""migration: Google Authenticator's exports, against real ones (data/migration.json) and byte by byte."""

import base64
from urllib.parse import quote

import pytest
from accounts import KEY, accounts
from hypothesis import given
from hypothesis import strategies as st
from vectors import cases

from totp_teach import OtpError, migration, secret
from totp_teach.otpauth import Account

EXPORTS = cases("migration.json")
EXAMPLES = {example["what"]: example for example in EXPORTS["examples"]}
NAME_WITH_COLON = "name with a colon, umlauts, question mark"
DIGITS = {"SIX": 6, "EIGHT": 8}
ONE = Account("totp", "Example", "alice@example.com", KEY)

carried = accounts(digits=(6, 8), periods=st.just(30)).filter(lambda account: (account.counter or 0) < 2**63)


def uri_of(payload: bytes) -> str:
    return "otpauth-migration://offline?data=" + quote(base64.b64encode(payload), safe="")


def payload_of(uri: str) -> bytes:
    return b"".join(field.head + field.raw for field in migration.wire(uri))


def entry(*fields: bytes) -> bytes:
    """A payload of one account, its fields given as bytes."""
    body = b"".join(fields)
    return b"\x0a" + bytes([len(body)]) + body


def refusal(uris) -> str:
    with pytest.raises(OtpError) as caught:
        migration.decode(uris)
    return str(caught.value)


def test_the_real_exports_are_here():
    assert (len(EXPORTS["examples"]), len(EXPORTS["invalid"])) == (6, 4)


@pytest.mark.parametrize("what", EXAMPLES)
def test_a_real_export(what):
    export, there = migration.decode(EXAMPLES[what]["uri"]), EXAMPLES[what]["decoded"]
    assert (export.version, export.batch_size, export.batch_id) == (1, there["batch_size"], there["batch_id"])
    assert export.missing == ()
    for account, expected in zip(export.accounts, there["accounts"], strict=True):
        assert account.type == expected["type"].lower()
        assert account.key == secret.decode(expected["secret_base32"])
        assert (account.algorithm, account.digits) == (expected["algorithm"], DIGITS[expected["digits"]])
        assert account.counter == expected.get("counter")
        if what == NAME_WITH_COLON:
            assert (account.issuer, account.name) == ("encoding", "¿äÄéÉ? (demo)")
        else:
            assert account.issuer == expected["issuer"]
            assert account.name == expected["name"].removeprefix(f"{account.issuer}:")


@pytest.mark.parametrize("what", list(EXAMPLES)[:4])
def test_what_is_written_is_googles_own_byte_for_byte(what):
    export = migration.decode(EXAMPLES[what]["uri"])
    assert migration.encode(export.accounts, batch_id=export.batch_id) == [EXAMPLES[what]["uri"]]


@pytest.mark.parametrize("example", EXPORTS["invalid"], ids=lambda example: example["why"])
def test_what_is_no_export(example):
    assert "the export's data is" in refusal(example["uri"])


def test_base64_with_a_plus_a_blank_for_it_and_no_padding():
    uri = EXAMPLES[list(EXAMPLES)[5]]["uri"]
    assert "+" in uri and uri.endswith("==")
    for spelled in (uri.replace("+", "%2B"), uri.replace("+", " "), uri.rstrip("=")):
        assert migration.decode(spelled) == migration.decode(uri)


def test_a_payload_written_by_hand():
    payload = entry(b"\x0a\x02\x01\x02", b"\x12\x01a", b"\x20\x02", b"\x28\x02", b"\x30\x01", b"\x38\x07")
    export = migration.decode(uri_of(payload))
    assert export.accounts == (Account("hotp", "", "a", b"\x01\x02", "SHA256", 8, counter=7),)
    assert (export.batch_size, export.batch_id, export.version) == (1, 0, 0)


def test_what_is_unspecified_is_the_default_and_unknown_fields_are_skipped():
    unknown = b"\x42\x03xyz" + b"\x48\x01" + b"\x55\0\0\0\0" + b"\x59\0\0\0\0\0\0\0\0"
    payload = entry(b"\x0a\x01k", unknown, b"\x20\0", b"\x12\x01a") + unknown + b"\x10\x02"
    export = migration.decode(uri_of(payload))
    assert export.accounts == (Account("totp", "", "a", b"k"),) and export.version == 2
    assert [field.name for field in migration.wire(uri_of(payload))].count("unknown") == 8


def test_the_account_names_carry_the_issuer_once():
    def names(*fields):
        [account] = migration.decode(uri_of(entry(b"\x0a\x01k", *fields))).accounts
        return account.issuer, account.name

    assert names(b"\x12\x03A:b", b"\x1a\x01A") == ("A", "b")
    assert names(b"\x12\x04A: b") == ("A", "b")
    assert names(b"\x12\x03B:b", b"\x1a\x01A") == ("A", "B:b")
    assert names(b"\x12\x03 b ") == ("", "b")
    for account in (Account("totp", "A", "A:b", KEY), Account("totp", "A:B", "A:B:c", KEY)):
        assert migration.decode(migration.encode([account])).accounts == (account,)


@pytest.mark.parametrize(
    "payload, message",
    {
        b"": "is missing, empty",
        b"\x10\x01": "holds no account",
        entry(b"\x0a\x05abc"): "account 1 of the export: the export's data is cut off: the field at byte 3 lacks 2",
        entry(b"\x0a\x01k") + b"\x0a\xff": "a number of the field at byte 6 does not end",
        entry(b"\x0a\x01k") + b"\x10" + b"\xff" * 11: "does not end",
        entry(b"\x0a\x01k") + b"\x13": "no field begins at byte 6",
        entry(b"\x0a\x01k") + b"\x02\x00": "no field begins at byte 6",
        entry(b"\x08\x01"): "the secret at byte 3 is written as varint",
        entry(b"\x12\x01a"): "account 1 of the export: the key is empty",
        entry(b"\x0a\x01k", b"\x12\x01\xff"): "the name is no UTF-8",
        entry(b"\x0a\x01k", b"\x12\x03:a:"): "account 1 of the export: the name 'a:' has a colon",
        entry(b"\x0a\x01k", b"\x20\x04"): "its algorithm is number 4",
        entry(b"\x0a\x01k", b"\x28\x03"): "its digits is number 3",
        entry(b"\x0a\x01k", b"\x30\x03"): "its type is number 3",
        entry(b"\x0a\x01k", b"\x30\x01", b"\x38" + b"\xff" * 9 + b"\x01"): "a counter from 0 to 2^64 − 1, not -1",
        entry(b"\x0a\x01k") + b"\x18\x02\x20\x02": "picture 3 of 2",
        entry(b"\x0a\x01k") + b"\x18\xff\xff\xff\xff\x07": "of 2147483647",
    }.items(),
)
def test_damaged_data_is_refused_with_its_place(payload, message):
    assert message in refusal(uri_of(payload))


@pytest.mark.parametrize(
    "uris, message",
    {
        "otpauth://totp/a?secret=GEZA": "otpauth-migration://",
        "otpauth-migration://online?data=AA": "otpauth-migration://",
        "otpauth-migration://offline": "data",
        "otpauth-migration://offline?data=AA&data=AA": "repeated",
        "otpauth-migration://offline?data=%zz": "hex digits",
        (): "no picture",
        (None,): "a URI is text",
    }.items(),
)
def test_what_is_not_an_exports_uri(uris, message):
    assert message in refusal(uris)


def test_several_pictures_in_any_order_and_what_is_missing():
    many = [Account("totp", "Example", f"{number}@example.com", KEY) for number in range(40)]
    uris = migration.encode(many, batch_id=-5)
    assert len(uris) == 5 and max(map(len, uris)) < 900
    export = migration.decode(reversed(uris))
    assert export.accounts == tuple(many)
    assert (export.batch_size, export.batch_id, export.missing) == (5, -5, ())
    some = migration.decode([uris[3], uris[0], uris[3]])
    assert some.missing == (2, 3, 5) and some.accounts == tuple(many[:9] + many[27:36])
    assert "different exports" in refusal([uris[0], *migration.encode(many, batch_id=6)[1:]])
    assert "number 1" in refusal([uris[0], migration.encode(reversed(many), batch_id=-5)[0]])


@pytest.mark.parametrize(
    "change, message",
    {
        ("period", 60): "the account 'Example:alice@example.com' has a period of 60 seconds",
        ("digits", 7): "'Example:alice@example.com' has 7 digits",
        ("name", "a" * 1800): "does not fit a QR code",
    }.items(),
)
def test_what_cannot_be_carried_names_the_account(change, message):
    with pytest.raises(OtpError) as caught:
        migration.encode([ONE, Account(**vars(ONE) | dict([change]))])
    assert message in str(caught.value)


def test_a_counter_with_a_sign_and_an_export_of_nothing():
    last = Account("hotp", "", "a", KEY, counter=2**63 - 1)
    assert migration.decode(migration.encode([last])).accounts == (last,)
    with pytest.raises(OtpError, match="'a' has a counter of 2\\^63"):
        migration.encode([Account("hotp", "", "a", KEY, counter=2**63)])
    with pytest.raises(OtpError, match="not 0"):
        migration.encode([])
    with pytest.raises(OtpError, match="batch_id"):
        migration.encode([last], batch_id=2**31)


@given(st.lists(carried, min_size=1, max_size=12), st.integers(-(2**31), 2**31 - 1))
def test_decode_of_encode_is_the_accounts(some, batch_id):
    uris = migration.encode(some, batch_id=batch_id)
    export = migration.decode(uris)
    assert export.accounts == tuple(some)
    assert (export.batch_size, export.batch_id, export.missing) == (len(uris), batch_id, ())
    assert max(map(len, uris)) <= 2331  # a QR code of version 40 and level M holds no more bytes


@given(st.lists(carried, min_size=1, max_size=3), st.data())
def test_whatever_is_cut_off_or_changed_is_an_otp_error_or_an_export(some, data):
    payload = payload_of(migration.encode(some)[0])
    place = data.draw(st.integers(0, len(payload) - 1))
    other = bytes([data.draw(st.integers(0, 255))])
    for damaged in (payload[:place], payload[:place] + other + payload[place + 1 :]):
        try:
            assert migration.decode(uri_of(damaged)).accounts
        except OtpError as error:
            assert str(error)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_otp_error_or_an_export(payload):
    try:
        assert migration.decode(uri_of(payload)).accounts
    except OtpError as error:
        assert str(error)


def test_the_wire_of_one_account():
    [uri] = migration.encode([ONE])
    fields = migration.wire(uri)
    assert [(field.depth, field.name, field.head.hex(), field.raw.hex(), field.meaning) for field in fields] == [
        (0, "otp_parameters", "0a38", "", "an account, 56 bytes long"),
        (1, "secret", "0a14", KEY.hex(), "20 bytes"),
        (1, "name", "1211", b"alice@example.com".hex(), "alice@example.com"),
        (1, "issuer", "1a07", b"Example".hex(), "Example"),
        (1, "algorithm", "20", "01", "SHA1"),
        (1, "digits", "28", "01", "6"),
        (1, "type", "30", "02", "totp"),
        (0, "version", "10", "01", "1"),
        (0, "batch_size", "18", "01", "1"),
        (0, "batch_index", "20", "00", "0"),
        (0, "batch_id", "28", "01", "1"),
    ]
    assert uri == uri_of(payload_of(uri))
    starts = [field.start for field in fields]
    ends = [field.start + len(field.head + field.raw) for field in fields]
    assert starts == [0, *ends[:-1]]


def test_no_repr_shows_a_key():
    [uri] = migration.encode([ONE])
    shown = repr(migration.decode(uri)) + repr(migration.wire(uri))
    assert "alice" in shown and "1234" not in shown and KEY.hex() not in shown
