"""migration: Google Authenticator's exports, against real ones (data/migration.json) and byte by byte."""

import base64
import re
import time
from contextlib import suppress
from urllib.parse import quote

import pytest
from accounts import KEY, accounts
from hypothesis import given
from hypothesis import strategies as st
from vectors import cases

from totp_teach import OtpError, migration, secret
from totp_teach.diagnose import explain
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
        entry(b"\x08\x01"): "the secret at byte 3 is written as varint",
        entry(b"\x12\x01a"): "account 1 of the export, 'a': its secret is missing",
        entry(b"\x0a\x01k", b"\x12\x03:a:"): "account 1 of the export, 'a:': the name 'a:' has a colon",
        entry(b"\x0a\x01k", b"\x20\x04"): "its algorithm is MD5 (number 4)",
        entry(b"\x0a\x01k", b"\x20\x05"): "its algorithm is number 5",
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
        "otpauth://totp/a?secret=GEZA": "the URI of one account, for otpauth.parse",
        "https://x.test/?u=otpauth-migration://offline?data=AA": "begins at place 19, inside another text",
        "otpauth-migration%3A%2F%2Foffline%3Fdata%3DAA": "percent-escaped as a whole",
        "otpauth-migration://online?data=AA": "otpauth-migration://",
        "otpauth-migration://offline": "data",
        "otpauth-migration://offline?data=AA&data=AA": "repeated",
        "otpauth-migration://offline?data=%zz": "hex digits",
        (): "no picture",
        (None,): "a URI is text",
        None: "not NoneType",
        b"otpauth-migration://offline?data=AA": "not bytes",
        5: "not int",
    }.items(),
)
def test_what_is_not_an_exports_uri(uris, message):
    assert message in refusal(uris)


GAME = entry(b"\x0a\x01k", b"\x12\x03bob", b"\x1a\x04Game", b"\x20\x04", b"\x28\x01", b"\x30\x02")
LATIN = entry(b"\x0a\x01k", b"\x12\x06Z\xfcrich")


def said(export: migration.Export) -> list[tuple[str, str, int, int]]:
    return [(one.severity, one.sentence, one.picture, one.account) for one in export.findings]


def test_one_account_that_cannot_be_read_does_not_cost_the_others():
    """Chronos#45, ente#11705: an MD5 account is number 4 in the export, and importers stopped there."""
    one = migration.wire(migration.encode([ONE])[0])
    good = b"".join(field.head + field.raw for field in one if field.depth or field.name == "otp_parameters")
    export = migration.decode(uri_of(good + GAME + good + LATIN))
    assert export.accounts == (ONE, ONE, Account(name="Zürich", key=b"k"))
    (left_out, guessed, unnumbered) = said(export)
    assert unnumbered[0] == "warning" and "does not say its number" in unnumbered[1]
    assert left_out[0] == "error" and left_out[2:] == (1, 2)
    assert left_out[1].startswith("account 2 of the export, 'Game: bob': its algorithm is MD5 (number 4)")
    assert guessed[0] == "warning" and guessed[2:] == (1, 4)
    assert guessed[1].startswith("account 4 of the export, 'Zürich': the name is not UTF-8 text and was guessed")
    assert [field.meaning for field in migration.wire(uri_of(GAME)) if field.name == "algorithm"] == ["MD5"]


@pytest.mark.parametrize(
    "tail, message",
    {
        b"\x0a\xff": "a number of the field at byte 6 does not end",
        b"\x10" + b"\xff" * 11: "does not end",
        b"\x13": "no field begins at byte 6",
        b"\x02\x00": "no field begins at byte 6",
        b"\x0a\x09abc": "the field at byte 6 lacks 6 bytes",
    }.items(),
)
def test_what_stands_before_damage_is_read(tail, message):
    export = migration.decode(uri_of(entry(b"\x0a\x01k") + tail))
    assert export.accounts == (Account(key=b"k"),)
    [(severity, sentence, picture, account)] = said(export)
    assert (severity, picture, account) == ("error", 1, 0)
    assert message in sentence and sentence.endswith("the accounts before that were read")


def test_an_export_cut_off_anywhere_gives_the_accounts_that_are_whole():
    some = [Account("totp", "Example", name, KEY) for name in ("a", "b", "c")]
    [uri] = migration.encode(some)
    counts = []
    for length in range(len(uri), 40, -1):
        try:
            export = migration.decode(uri[:length])
        except OtpError:
            counts.append(0)
            continue
        assert export.accounts == tuple(some[: len(export.accounts)])
        counts.append(len(export.accounts))
    assert counts == sorted(counts, reverse=True) and set(counts) == {0, 1, 2, 3}


def test_a_picture_that_cannot_be_read_does_not_cost_the_others():
    many = [Account("totp", "Example", f"{number}@example.com", KEY) for number in range(40)]
    uris = migration.encode(many, batch_id=-5)
    export = migration.decode([uris[0], "https://example.com", uris[2][:400], uris[4]])
    assert export.accounts[:9] == tuple(many[:9]) and set(export.accounts) < set(many)
    assert (export.batch_size, export.batch_id, export.missing) == (5, -5, (2, 3, 4))
    assert [one.picture for one in export.findings] == [2, 3]
    assert migration.decode("\n".join(uris)) == migration.decode(uris)


@pytest.mark.parametrize("cling", ["\ufeff{}", "“{}”", "<{}>\r\n", "]Q1{}"], ids=ascii)
def test_what_clings_to_an_exports_uri_is_left_out_and_said(cling):
    [uri] = migration.encode([ONE])
    export = migration.decode(cling.format(uri))
    assert export.accounts == (ONE,) and {one.severity for one in export.findings} == {"note"}
    assert migration.decode(uri.replace("%", "%25")).accounts == (ONE,)  # its data escaped twice


@pytest.mark.parametrize("accounts", [None, 5, [None], [ONE.uri], ONE.uri])
def test_what_is_not_an_account_cannot_be_exported(accounts):
    with pytest.raises(OtpError, match=r"otpauth.parse\(uri\) gives one|several accounts"):
        migration.encode(accounts)


def test_the_longest_names_fit_a_qr_code():
    """The end of each URI counts as well: version, batch_size, batch_index and a batch_id of ten bytes."""
    fits = []
    for size in range(1500, 1800):
        try:
            fits += migration.encode([Account(issuer="Ü", name="a" * size, key=KEY)], batch_id=-(2**31))
        except OtpError:
            break
    assert fits and 2200 < max(map(len, fits)) <= 2331


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
    for batch_id in (2**31, True, None):
        with pytest.raises(OtpError, match="batch_id"):
            migration.encode([last], batch_id=batch_id)


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


@pytest.mark.parametrize(
    "spell",
    [
        lambda data: data.replace("+", "-").replace("/", "_").rstrip("="),
        lambda data: "\r\n ".join((data[:20], data[20:])).replace(" ", "\t"),
        lambda data: data[:20] + "%0A" + data[20:],
        lambda data: data[:20] + "\u200b" + data[20:],
        lambda data: quote(quote(quote(data, safe=""), safe=""), safe=""),
    ],
)
def test_data_as_it_arrives(spell):
    """URL-safe, broken by line ends, with something unseen in it, escaped more than once."""
    for key in (b"\xfb\xef\xbe" * 7, b"\xff" * 20, KEY):  # with + and with / in their Base64
        account = Account("totp", "Example", "alice", key)
        data = base64.b64encode(payload_of(migration.encode([account])[0])).decode()
        assert migration.decode("otpauth-migration://offline?data=" + spell(data)).accounts == (account,)


@pytest.mark.parametrize(
    "write, how",
    [
        (lambda uri: uri.replace("=", "=3D"), "as in the source of an e-mail"),
        (lambda uri: re.sub("(.{70})", "\\1=\r\n", uri.replace("=", "=3D")), "as in the source of an e-mail"),
        (lambda uri: f'<img alt=3D"{uri.replace("=", "=3d")}">', "as in the source of an e-mail"),
        (lambda uri: uri.replace("+", "&#43;").replace("/", "&#x2F;").replace("=", "&equals;"), "as in HTML"),
        (lambda uri: f'<a href="{uri.replace(":", "&#58;").replace("=", "&#61;")}">', "as in HTML"),
        (lambda uri: uri.replace("/", "\\/").replace("=", "\\u003D"), "as in JSON"),
        (lambda uri: f'{{"uri":"{uri.replace("/", chr(92) + "/")}"}}', "as in JSON"),
        (lambda uri: uri.translate({code: code + 0xFEE0 for code in range(33, 127)}), "in full-width"),
        (lambda uri: uri.replace("auth-", "auth-\u200b"), "with unseen characters"),
    ],
)
def test_an_export_in_another_notation_is_read_and_said(write, how):
    for key in (b"\xfb\xef\xbe" * 7, b"\xff" * 20, KEY):  # with + and with / in their Base64
        account = Account("totp", "Example", "alice", key)
        data = base64.b64encode(payload_of(migration.encode([account])[0])).decode()
        text = write(f"otpauth-migration://offline?data={data}")
        export = migration.decode(text)
        assert export.accounts == (account,) and export.findings[0].sentence.startswith(f"the URI is written {how}")
        assert migration.wire(text)
        assert explain(account.codes([1])[0], at=59, typed=text).verdict == "right"


@pytest.mark.parametrize("between", ["\n", " ", "", ",", ";\n", ", "])
def test_pictures_pasted_one_behind_the_other(between):
    some = [Account("totp", "Example", f"{number}" * 200, KEY) for number in range(9)]
    uris = migration.encode(some)
    assert len(uris) > 3 and migration.decode(between.join(uris)).accounts == tuple(some)


def test_a_field_that_is_not_known_may_be_a_period():
    """The first rule: what may change the codes is not left out in silence. A text in such a field is harmless."""
    fields = b"\x0a\x01k", b"\x12\x01a"
    finding, _ = migration.decode(uri_of(entry(*fields, b"\x40\x3c"))).findings  # and the picture's missing number
    assert finding.severity == "warning" and "'a': its field 8 is not known here; if 60 is a period" in finding.sentence
    assert migration.decode(uri_of(entry(*fields, b"\x42\x01x"))).findings[0].account == 0  # the missing number alone


@pytest.mark.parametrize(
    "grow",
    [
        lambda n: uri_of(entry(b"\x0a\x01k") * (n // 8) + b"\x10\x01\x18\x01"),
        lambda n: uri_of(b"\x0a\x03\x0a\x01k" + b"\x48\x01" * (n // 4)),
        lambda n: "otpauth-migration://offline?data=" + "A" * n,
        lambda n: "otpauth-migration://offline?data=" + "%25" * n,
        lambda n: "otpauth-migration:," * (n // 8),
        lambda n: "otpauth-migration:" + " ,;" * n,
    ],
)
def test_the_cost_of_an_export_grows_with_its_length(grow):
    def seconds(size):
        uri, best = grow(size), float("inf")
        for _ in range(3):
            start = time.process_time()
            with suppress(OtpError):
                migration.decode(uri)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(80_000) < 8 * seconds(20_000) + 0.05
