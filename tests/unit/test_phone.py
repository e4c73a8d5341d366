"""The phone without a browser: its codes, its two ways of being wrong, what it scans, and what it tells the page."""

import base64
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
import qrcode
from accounts import EXAMPLE, KEY, URI, accounts
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from traitlets import TraitError

from totp_teach import OtpError, hotp, otpauth, qr, secret, totp, widgets
from totp_teach.jupyter.exports import VIEW
from totp_teach.otpauth.account import DEFAULTS
from totp_teach.widgets.phone import DAY, code, taken
from totp_teach.widgets.words import name_of

SPLIT = json.loads((Path(__file__).parents[1] / "data" / "qr_split.json").read_text(encoding="utf-8"))
AT = 1_111_111_109  # in RFC 6238 appendix B: step 37037036, code 081804 of 07081804
SHA256 = replace(EXAMPLE, name="bob", key=(KEY * 2)[:32], algorithm="SHA256", digits=8)
SLOW = replace(EXAMPLE, name="carol", period=60)
EVENT = replace(EXAMPLE, name="door", type="hotp", counter=1)
ALICE, BOB, CAROL, DOOR = map(name_of, (EXAMPLE, SHA256, SLOW, EVENT))
ignored = st.sets(st.sampled_from(list(DEFAULTS)))


def phone(*accounts: otpauth.Account, **options) -> widgets.Phone:
    return widgets.Phone([account.uri for account in accounts], clock=lambda: AT, **options)


def asked(phone: widgets.Phone, question: dict, *pictures: bytes) -> dict:
    """The phone's answer to a message of the page."""
    sent = []
    phone.send = sent.append
    content = {"data": {"method": "custom", "content": {"id": 7, **question}}}
    phone._handle_msg({"content": content, "buffers": list(map(memoryview, pictures))})
    (answer,) = sent
    assert answer.pop("id") == 7
    return answer


# ---- codes -----------------------------------------------------------------------------------------------------------


def test_a_right_phone_shows_the_codes_of_appendix_b():
    assert phone(EXAMPLE, SHA256, EVENT).codes(AT) == {ALICE: "081804", BOB: "68084774", DOOR: "287082"}


@given(accounts(), st.integers(DAY, 2**40), st.integers(-DAY, DAY), ignored)
def test_a_wrong_phone_is_right_for_another_account_at_another_moment(account, at, ahead, ignores):
    wrong = replace(account, **{name: DEFAULTS[name] for name in ignores})
    assert taken(account, ignores) == wrong
    make = dict(digits=wrong.digits, algorithm=wrong.algorithm)
    if account.type == "hotp":
        expected = hotp.code(account.key, account.counter, **make)
    else:
        expected = totp.code(account.key, at + ahead, period=wrong.period, **make)
    assert code(account, at, ahead=ahead, ignores=ignores) == expected


def test_each_ignored_parameter_shows():
    assert code(SHA256, AT, ignores=["algorithm"]) == totp.code(SHA256.key, AT, digits=8)
    assert code(SHA256, AT, ignores=["digits"]) == "084774"
    assert code(SLOW, AT, ignores=["period"]) == "081804" != code(SLOW, AT)


def test_a_moment_is_a_number_or_an_aware_datetime_and_the_boundary_is_exact():
    moment = datetime.fromtimestamp(AT, UTC)
    assert phone(EXAMPLE, ahead=30).codes(moment) == phone(EXAMPLE).codes(moment + timedelta(seconds=30))
    assert phone(EXAMPLE, ahead=1).codes(59.999) == {ALICE: hotp.code(KEY, 2)}
    assert phone(EXAMPLE, ahead=1).codes(58.999) == {ALICE: hotp.code(KEY, 1)}
    with pytest.raises(OtpError, match="naive"):
        phone(EXAMPLE).codes(datetime(2026, 1, 1))


def test_what_is_wrong_can_be_set_and_mended_later():
    one = phone(SHA256)
    one.ahead, one.ignores = -3600, ["algorithm", "digits"]
    assert one.codes(AT) == {BOB: totp.code(SHA256.key, AT - 3600)}
    one.ahead, one.ignores = 0, []
    assert one.codes(AT) == {BOB: "68084774"}


@pytest.mark.parametrize(
    "wrong", [dict(ahead=DAY + 1), dict(ahead=-DAY - 1), dict(ahead=1.5), dict(ignores=["issuer"])]
)
def test_it_cannot_be_wrong_in_every_way(wrong):
    with pytest.raises(TraitError):
        phone(**wrong)


def test_an_event_counter_moves_by_hand():
    one = phone(EVENT, EXAMPLE)
    one.next(DOOR)
    assert one.accounts[DOOR].counter == 2 and one.codes(AT)[DOOR] == hotp.code(KEY, 2)
    for name in (ALICE, "nobody"):
        with pytest.raises(OtpError, match="there is no hotp account"):
            one.next(name)
    with pytest.raises(OtpError, match="counter from 0 to 2"):
        phone(replace(EVENT, counter=2**64 - 1)).next(DOOR)


# ---- accounts --------------------------------------------------------------------------------------------------------


def test_an_account_of_the_same_name_is_replaced():
    one = phone(EXAMPLE, SLOW)
    assert one.add(replace(EXAMPLE, digits=8).uri) == replace(EXAMPLE, digits=8)
    assert list(one.accounts) == [ALICE, CAROL] and one.codes(AT)[ALICE] == "07081804"
    assert [row["name"] for row in one.rows] == [ALICE, CAROL]


def test_what_is_no_uri_is_refused_and_changes_nothing():
    one = phone(EXAMPLE)
    with pytest.raises(OtpError, match="scheme is not otpauth"):
        one.add("https://example.com")
    assert list(one.accounts) == [ALICE]
    with pytest.raises(OtpError, match="list of URIs"):
        widgets.Phone(URI)


def test_it_scans_a_picture_however_it_is_given(tmp_path):
    png = qr.make(SHA256.uri).png()
    path = tmp_path / "code.png"
    path.write_bytes(png)
    for picture in (png, path, str(path), Image.open(path)):
        one = phone()
        assert one.scan(picture) == [SHA256] and one.accounts == {BOB: SHA256}


def side_by_side(*texts: str) -> Image.Image:
    squares = [Image.open(io.BytesIO(qr.make(text).png())).convert("L") for text in texts]
    sheet = Image.new("L", (sum(square.width for square in squares), max(square.height for square in squares)), "white")
    for index, square in enumerate(squares):
        sheet.paste(square, (sum(one.width for one in squares[:index]), 0))
    return sheet


def test_it_scans_all_codes_of_a_picture_or_none():
    one = phone()
    assert {account.name for account in one.scan(side_by_side(EXAMPLE.uri, EVENT.uri))} == {EXAMPLE.name, "door"}
    other = phone()
    with pytest.raises(OtpError, match="it holds no account. The scheme is not otpauth"):
        other.scan(side_by_side(EXAMPLE.uri, "https://example.com"))
    assert other.accounts == {}


def test_a_scan_says_what_is_risky_and_so_does_a_pasted_uri():
    one, short = phone(), replace(EXAMPLE, key=b"12")
    assert one.scan(qr.make(short.uri).png()) == [short]
    assert one.findings == ["Warning: The secret has 16 bits; RFC 4226 §4 R6 asks for 128 and recommends 160."]
    one.add(URI)
    assert one.findings == []
    one.add("\ufeff" + URI)
    assert one.findings == ["Note: An invisible byte order mark stands before the URI and is not part of it."]
    assert asked(one, {"ahead": 5})["done"] and one.findings == []


def test_names_in_a_character_set_that_the_square_does_not_name_are_said_to_be_guessed():
    encoder = qrcode.QRCode()
    encoder.add_data(URI.replace("alice", "jörg").encode("latin-1"))
    one = phone()
    [account] = one.scan(encoder.make_image().get_image())
    assert account.name == "jörg@example.com" and "the names were guessed" in one.findings[-1]


def test_a_piece_of_a_text_is_never_an_account():
    pieces = [base64.b64decode(piece) for piece in SPLIT["pieces"]]
    one = phone()
    for number, piece in enumerate(pieces, 1):
        with pytest.raises(OtpError, match=f"part {number} of 3 of a longer text"):
            one.scan(piece)
        assert asked(one, {}, piece)["words"].startswith(f"The QR code holds part {number} of 3")
        one = phone()
    assert one.accounts == {}
    page = side_by_side(EXAMPLE.uri)
    both = Image.new("L", (page.width + 100, page.height), 255)
    both.paste(page, (0, 0))
    both.paste(Image.open(io.BytesIO(pieces[1])).convert("L"), (page.width, 0))
    assert one.scan(both) == [EXAMPLE] and "part 2 of 3" in one.findings[-1]
    whole = Image.new("L", (240, 80), 255)
    for place, piece in enumerate(pieces):
        whole.paste(Image.open(io.BytesIO(piece)).convert("L"), (80 * place, 0))
    [account] = one.scan(whole)
    assert account == otpauth.parse(SPLIT["text"]) and (account.algorithm, account.digits) == ("SHA256", 8)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_parts_of_a_text_may_come_in_several_scans(order):
    one, pieces = phone(), [base64.b64decode(SPLIT["pieces"][place]) for place in order]
    for piece in (pieces[0], pieces[1], pieces[0]):
        with pytest.raises(OtpError, match="of a longer text"):
            one.scan(piece)
    assert one.scan(qr.make(EXAMPLE.uri).png()) == [EXAMPLE] and not any("longer text" in told for told in one.findings)
    with pytest.raises(OtpError, match="no QR code was read"):
        one.scan(Image.new("L", (200, 200), "white"))
    assert one.scan(pieces[2]) == [otpauth.parse(SPLIT["text"])]
    assert not any("longer text" in told for told in one.findings)
    with pytest.raises(OtpError, match="of a longer text"):  # what was put together is not kept
        one.scan(pieces[2])


def test_a_picture_without_a_code_is_told_with_advice():
    picture = Image.new("L", (200, 200), "white")
    with pytest.raises(OtpError, match=re.escape(f"no QR code was read. {qr.advice(picture)}")):
        phone().scan(picture)
    with pytest.raises(OtpError, match="cannot read this as an image"):
        phone().scan(b"no picture")


# ---- what the page is sent -------------------------------------------------------------------------------------------


def test_the_page_gets_codes_computed_ahead_around_the_phones_own_clock_and_no_key():
    one = phone(SHA256, SLOW, EVENT, ahead=DAY, ignores=["digits"])
    bob, carol, door = one.rows
    assert (bob["digits"], bob["period"], carol["period"]) == (6, 30, 60)
    for row, account in [(bob, replace(SHA256, digits=6)), (carol, SLOW)]:
        now = totp.counter(AT + DAY, period=account.period)
        assert row["first"] == now - 120 and len(row["codes"]) == 6 * (120 + 2880 + 120)
        start = 6 * (now - row["first"])
        assert row["codes"][start : start + 6] == totp.code(
            account.key, AT + DAY, algorithm=account.algorithm, period=account.period
        )
    assert door == {"name": DOOR, "type": "hotp", "code": "287082", "counter": "1"}
    state = str(one.get_state(["rows", "ahead", "ignores"]))
    for key in (KEY, SHA256.key):
        assert secret.encode(key)[:16] not in state and key.hex()[:16] not in state and repr(key)[2:18] not in state


def test_the_page_sets_what_is_wrong_and_is_told_in_words():
    one = phone(SHA256)
    assert asked(one, {"ahead": -3600}) == {"done": True, "words": "Its clock is 3\u00a0600 s behind."}
    assert one.ahead == -3600 and one.rows[0]["first"] == totp.counter(AT - 3600) - 120
    assert asked(one, {"ignores": ["algorithm", "digits"]})["words"] == "It ignores algorithm, digits."
    assert one.rows[0]["digits"] == 6
    assert asked(one, {"ahead": 0})["words"] == "Its clock is right."
    assert asked(one, {"ignores": []})["words"] == "It ignores nothing."


def test_the_page_adds_scans_and_counts():
    one = phone(EVENT)
    assert asked(one, {"uri": f" {URI}\n"}) == {"done": True, "words": f"Added: {ALICE}."}
    assert asked(one, {}, qr.make(SHA256.uri).png()) == {"done": True, "words": f"Added: {BOB}."}
    assert asked(one, {"next": DOOR}) == {"done": True, "words": f"The next code of {DOOR}."}
    assert list(one.accounts) == [DOOR, ALICE, BOB] and one.accounts[DOOR].counter == 2


def test_what_fails_is_told_to_the_page_in_words():
    one = phone()
    assert asked(one, {"uri": "hello"})["words"].startswith("The scheme is not otpauth")
    assert asked(one, {}, b"no picture")["words"].startswith("Cannot read this as an image")
    answer = asked(one, {}, qr.make("https://example.com").png())
    assert answer["done"] is False and answer["words"].startswith("The QR code was read, but it holds no account.")
    assert one.rows == []


# ---- at rest ---------------------------------------------------------------------------------------------------------


def test_what_is_stored_is_the_example_and_nothing_of_the_readers():
    first, second = (
        widgets.Phone([replace(SHA256, name=name, key=secret.random()).uri], ahead=5)._repr_mimebundle_()[0]
        for name in ("scanned at 14:03", "<img src=x>")
    )
    assert first.pop(VIEW) != second.pop(VIEW)
    assert first == second and set(first) == {"text/html", "text/plain"}
    for text in first.values():
        assert "example: run this cell" in text
        assert not re.search(r"<(style|svg|script|img)|var\(|scanned at", text)


def test_the_resting_phones_are_right_and_wrong_at_59():
    assert repr(phone(EXAMPLE)).splitlines()[1:] == ["clock right       287 082", "clock 90 s ahead  338 314"]
    right, fast, hashed, short = repr(phone(SHA256)).splitlines()[1:]
    assert right == "clock right        461 192 46" and short == "ignores digits     119 246"
    assert hashed.startswith("ignores algorithm  ") and fast.startswith("clock 90 s ahead   ")
    assert repr(phone(EVENT)).splitlines()[1:] == ["clock right  287 082"]
    assert "287 082" in phone(EXAMPLE).resting.html
