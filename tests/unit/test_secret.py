"""secret: key bytes <-> Base32."""

import base64
import random

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from vectors import table

from totp_teach import OtpError, secret
from totp_teach._pasted import peeled, words_behind
from totp_teach.diagnose import explain

KEY, TEXT = b"12345678901234567890", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BLANKS = " \t\n\r\N{NO-BREAK SPACE}\N{FIGURE SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}"
HYPHENS = "-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}"

keys = st.binary(min_size=1, max_size=140)
RFC4648 = [row for row in table("rfc4648_base32.txt") if row["text"]]


def by_hand(key: bytes) -> str:
    """Base32 as chapter 01 does it: the bits in a row, filled up with zeros, five by five."""
    bits = "".join(f"{byte:08b}" for byte in key)
    bits += "0" * (-len(bits) % 5)
    return "".join(LETTERS[int(bits[i : i + 5], 2)] for i in range(0, len(bits), 5))


def refusal(text) -> str:
    """The message with which a text is refused."""
    with pytest.raises(OtpError) as caught:
        secret.decode(text)
    return str(caught.value)


# --- the published vectors -----------------------------------------------------------------------------------------


def test_rfc4648_has_six_vectors_that_hold_something():
    assert len(table("rfc4648_base32.txt")) == 7 and len(RFC4648) == 6


@pytest.mark.parametrize("row", RFC4648, ids=lambda row: row["text"])
def test_rfc4648(row):
    key = row["text"].encode("ascii")
    assert secret.encode(key) == row["base32"].rstrip("=")
    assert secret.decode(row["base32"]) == secret.decode(row["base32"].rstrip("=")) == key


def test_the_carried_example():
    assert secret.encode(KEY) == TEXT
    assert secret.decode(TEXT) == KEY


# --- encode and decode ---------------------------------------------------------------------------------------------


@given(keys)
def test_decoding_what_was_encoded_gives_the_key(key):
    text = secret.encode(key)
    assert text == by_hand(key)
    assert secret.decode(text) == key


@given(keys, st.data())
def test_a_secret_may_be_pasted_in_any_form(key, data):
    pasted = "".join(
        data.draw(st.text(BLANKS + HYPHENS, max_size=2)) + data.draw(st.sampled_from([letter, letter.lower()]))
        for letter in secret.encode(key)
    )
    padding = data.draw(st.text("= -\n", max_size=8))
    assume(not all(words_behind(pasted + padding)))
    assert secret.decode(pasted + padding) == key


@pytest.mark.parametrize(
    "pasted",
    [
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
        "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ",
        "  GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n",
        "GEZDGNBV\u00a0GY3TQOJQ\u2011GEZDGNBV\u202fGY3TQOJQ",
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ========",
    ],
)
def test_pasted_forms(pasted):
    assert secret.decode(pasted) == KEY


@pytest.mark.parametrize("words", [" oder", "\n-- \nAnna", " thanks", "\tB", " – please keep this"])
@pytest.mark.parametrize("text", ["GEZDGNBVGY3TQOJQ", "GEZD GNBV GY3T QOJQ", "GEZDG NBVGY 3TQOJ Q", TEXT])
def test_words_behind_a_secret_are_refused(text, words):
    assert "groups differ" in refusal(text + words) or "characters" in refusal(text + words)
    assert "groups differ" in refusal(text + " oder")
    assert secret.decode("GEZD GNBVGY3T QOJQ") == KEY[:10] == secret.decode("Gezd gnbv gy3t qojq")
    found = explain("287082", at=59, typed=f"{TEXT}{words}")
    assert found.verdict == "right" and any("without the words behind it" in told for told in found.remarks)


@pytest.mark.parametrize("separator", BLANKS + HYPHENS, ids=ascii)
def test_every_blank_and_hyphen_is_passed_over(separator):
    assert secret.decode(TEXT[:4] + separator + TEXT[4:]) == KEY


def test_bits_left_over_in_the_last_letter_are_dropped():
    """RFC 4648 §3.5: MY and MZ differ only in bits that belong to no byte."""
    assert secret.decode("MY") == secret.decode("MZ") == b"f"


@pytest.mark.parametrize("length", range(1, 41))
def test_lengths(length):
    """A last group of 1, 3 or 6 letters (5, 15, 30 bits) holds no byte more than one letter fewer would."""
    text = (TEXT + TEXT)[:length]
    if length % 8 in (1, 3, 6):
        assert f"{length} characters" in refusal(text)
        assert f"last group of {length % 8}" in refusal(text)
    else:
        assert secret.decode(text) == (KEY + KEY)[: length * 5 // 8]


# --- what is refused, and how --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " ", "====", "- -\n=", "\u2011\u00a0"])
def test_nothing_is_no_secret(text):
    assert "empty" in refusal(text)


@given(st.characters(exclude_characters=LETTERS + LETTERS.lower() + "=" + HYPHENS), st.integers(0, len(TEXT)))
@example("0", 0).via("the first place is 1")
@example("!", len(TEXT)).via("the last place")
def test_the_offending_character_is_named_with_its_place(character, place):
    text = TEXT[:place] + character + TEXT[place:]
    if character.isspace() or peeled(text)[1] == TEXT:
        assert secret.decode(text) == KEY
    else:
        assert f"{character!r} at place {place + 1} " in refusal(text)


def test_the_first_of_two_offending_characters_is_named():
    assert "'!' at place 5 " in refusal("GEZD!GNB?VGY3")


def test_blanks_count_as_places():
    assert "'!' at place 6 " in refusal("GEZD !")


@pytest.mark.parametrize(
    ("digit", "meant"),
    [("0", "the letter O "), ("1", "the letter I or L "), ("8", "the letter B "), ("9", "the letter G ")],
)
def test_a_digit_that_is_no_base32_comes_with_its_lookalike(digit, meant):
    message = refusal("GEZD" + digit)
    assert f"may be {meant}" in message
    assert "0→O, 1→I or L, 8→B, 9→G" in message


SAME = [KEY, bytes(range(7, 27)), bytes.fromhex("8f3a1c0d9b7e5a42c6d81f03b9e47a5510ac2d6e")]


@pytest.mark.parametrize("key", SAME, ids=bytes.hex)
@pytest.mark.parametrize(
    "spell", [bytes.hex, lambda key: key.hex(" "), lambda key: key.hex(":"), lambda key: "0x" + key.hex()]
)
def test_hex_is_known_by_its_shape(key, spell):
    """wagtail-2fa#45, LinOTP#151: a page shows the key in hex; the look-alikes' hint would make another key of it."""
    said = refusal(spell(key))
    assert "looks like hex (20 bytes)" in said and "may be the letter" not in said and "place" not in said
    assert secret.shape(spell(key)) == ("hex", key)
    assert secret.shape(f"“{spell(key).upper()}”\n".replace("0X", "0x")) == ("hex", key)


@pytest.mark.parametrize("key", SAME[1:], ids=bytes.hex)
@pytest.mark.parametrize(
    "spell", [base64.b64encode, base64.urlsafe_b64encode, lambda key: base64.b64encode(key).rstrip(b"=")]
)
def test_base64_is_known_by_its_shape(key, spell):
    text = spell(key).decode()
    assert "looks like Base64 (20 bytes)" in refusal(text) and secret.shape(text) == ("Base64", key)


@pytest.mark.parametrize(
    "spell",
    [
        lambda key: ", ".join(f"0x{byte:02X}" for byte in key),
        lambda key: "".join(f"\\x{byte:02x}" for byte in key),
        lambda key: "; ".join(f"{byte:02x}" for byte in key),
    ],
)
def test_hex_of_a_program_is_hex(spell):
    assert secret.shape(spell(KEY)) == ("hex", KEY)


@pytest.mark.parametrize("signed", [False, True])
def test_a_list_of_bytes_is_known_by_its_shape(signed):
    """FreeOTP's backups hold keys as bytes with a sign."""
    text = str([byte - 256 * (signed and byte > 127) for byte in SAME[2]])
    assert secret.shape(text) == ("a list of bytes", SAME[2])
    assert "looks like a list of bytes (20 bytes)" in refusal(text)


def test_the_alphabet_of_a_report():
    """google-authenticator-android#83: a plain text in the alphabet of the npm package base32, refused by the app."""
    name, key = secret.shape("6hwk0m9n71d4mw3e8wu3cnv66hd6jnat")
    assert key == b"4y0Q58ZJpnG46Wf4ZiUY" and "npm" in name


@pytest.mark.parametrize("name", secret.ALPHABETS)
def test_other_alphabets_write_the_same_bits(name):
    to_other = str.maketrans(secret.ALPHABET, secret.ALPHABETS[name])
    assert len(set(secret.ALPHABETS[name])) == 32
    for key in SAME:
        text = secret.encode(key).translate(to_other)
        assert secret.respelled(text.lower(), name) == secret.respelled(" ".join(text) + "==", name) == key
    with pytest.raises(OtpError):
        secret.respelled("GEZ!", name)


def test_two_slips_in_a_secret_are_not_another_alphabet():
    """Else a working key would come of them, and a wrong one."""
    typed = "GEZDGNBVGY3TQ0JQGEZDGNBVGY3TQ0JQ".replace("O", "A").replace("Q0", "00", 1)[:32]
    assert secret.shape("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PX8") is None and "may be the letter" in refusal(typed[:26])


def test_base32hex_is_known_by_its_shape():
    text = base64.b32hexencode(SAME[2]).decode()
    assert "looks like Base32hex (20 bytes)" in refusal(text) and secret.shape(text) == ("Base32hex", SAME[2])
    assert secret.shape("GEZDGNBVGY3TQOJQ!") is None and secret.shape("GEZ1") is None


@pytest.mark.parametrize(
    ("text", "hinted"),
    [(TEXT[:-1] + "0", True), (TEXT[:10] + "0" + TEXT[11:-1] + "1", True), (TEXT.replace("G", "9"), False)],
)
def test_a_look_alike_is_hinted_at_where_a_slip_is_likely(text, hinted):
    assert ("may be the letter" in refusal(text)) is hinted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("secret=" + TEXT, "what stands after secret="),
        (TEXT + "&issuer=Example", "ends before the & at place 33"),
        ("otpauth://totp/a?secret=" + TEXT, "otpauth.parse(uri)"),
        (" OTPAUTH-migration://offline?data=AA", "migration.decode(uri)"),
        ("287 082", "6 digits are a code"),
        ("12345678", "8 digits are a code"),
        ("MZ2HG5DBNFXGK4TSW", "Some services issue such secrets, and apps disagree"),  # 2fas-ios#178, Aegis#918
    ],
)
def test_what_is_something_else_is_called_that(text, said):
    assert said in refusal(text)


@pytest.mark.parametrize(
    "pasted",
    [
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ%3D%3D",  # keepassxc#8300, pass-otp#124
        "gezd%20gnbv%2520gy3tqojq%2Dgezdgnbvgy3tqojq%253d",
        "\ufeffGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\r\n",
        "“GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ”",
        "'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "\u200eGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\u200b",
    ],
    ids=ascii,
)
def test_what_clings_to_a_secret_does_not_count(pasted):
    assert secret.decode(pasted) == KEY


def test_places_are_those_of_the_text_as_it_was_pasted():
    assert "'!' at place 11 " in refusal("\ufeffgezd%20ab!")


@pytest.mark.parametrize("character", "!?._+/%*ü€")
def test_what_looks_like_no_letter_comes_without_a_hint(character):
    assert "→" not in refusal("GEZD" + character)


@pytest.mark.parametrize(
    "trap",
    [
        "\N{LATIN SMALL LETTER DOTLESS I}",  # its upper case is I
        "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}",  # its lower case begins with i
        "\N{LATIN SMALL LETTER LONG S}",  # its upper case is S
        "\N{LATIN SMALL LETTER SHARP S}",  # its upper case is SS
        "\N{LATIN SMALL LIGATURE FI}",  # its upper case is FI
        "\N{KELVIN SIGN}",  # its lower case is k
        "\N{FULLWIDTH LATIN CAPITAL LETTER A}",
        "\N{FULLWIDTH LATIN SMALL LETTER A}",
        "\N{FULLWIDTH DIGIT TWO}",
        "\N{FULLWIDTH EQUALS SIGN}",
        "\N{SUPERSCRIPT TWO}",
        "\N{ARABIC-INDIC DIGIT TWO}",
        "\N{CYRILLIC CAPITAL LETTER A}",  # looks like A and is none
        "\N{GREEK CAPITAL LETTER OMICRON}",
        "\N{ROMAN NUMERAL TWO}",
        "\N{ZERO WIDTH SPACE}",  # not to be seen, so it must be named
        "\N{ZERO WIDTH NO-BREAK SPACE}",
        "\N{SOFT HYPHEN}",
        "\N{COMBINING ACUTE ACCENT}",
        "\x00",
        "\ud800",
    ],
    ids=ascii,
)
def test_unicode_is_not_taken_for_the_ascii_that_it_resembles(trap):
    assert f"{trap!r} at place 5 " in refusal("GEZD" + trap + "GNB")


@pytest.mark.parametrize(("text", "place"), [("GE=ZDGNB", 3), ("=GEZDGNB", 1), ("GEZD==GNBV==", 5), ("MY======MY", 3)])
def test_padding_may_only_end_it(text, place):
    assert f"padding (=) at place {place} " in refusal(text)


@pytest.mark.parametrize(
    "value", [None, 0, 3.5, KEY, bytearray(b"GEZD"), ["GEZD"], object()], ids=lambda value: type(value).__name__
)
def test_a_secret_is_text(value):
    assert type(value).__name__ in refusal(value)


@pytest.mark.parametrize("value", [None, 0, TEXT, bytearray(KEY), list(KEY)], ids=lambda value: type(value).__name__)
def test_a_key_is_bytes(value):
    with pytest.raises(OtpError, match=type(value).__name__) as caught:
        secret.encode(value)
    assert "secret.decode(text)" in str(caught.value)


def test_an_empty_key_is_refused():
    with pytest.raises(OtpError, match="empty"):
        secret.encode(b"")


@given(st.text(), st.text(LETTERS + LETTERS.lower() + "018 -=", min_size=1))
def test_every_text_gives_a_key_or_an_otp_error(anything, nearly):
    for text in (anything, nearly, nearly + anything):
        try:
            key = secret.decode(text)
        except OtpError:
            continue
        assert isinstance(key, bytes) and key


@given(st.text(LETTERS, min_size=8, max_size=64), st.sampled_from(["8", "!", "=A", "\u200bA", "ſ", "lost"]))
def test_no_message_shows_the_secret(letters, fault):
    fault = "A" * (-len(letters) % 8 + 1) if fault == "lost" else fault  # a length of 1 more than whole groups
    text = letters + fault
    message = refusal(text)
    for start in range(len(text) - 4):
        assert text[start : start + 5] not in message


# --- random --------------------------------------------------------------------------------------------------------


def test_a_random_key_has_20_bytes_and_is_fresh():
    fresh = {secret.random() for _ in range(100)}
    assert len(fresh) == 100
    assert {len(key) for key in fresh} == {20}
    assert len(set(b"".join(fresh))) > 250  # all byte values, not letters or digits alone


@pytest.mark.parametrize("length", [16, 20, 32, 64, 1024])
def test_a_random_key_of_that_length(length):
    key = secret.random(length)
    assert isinstance(key, bytes) and len(key) == length


@pytest.mark.parametrize("length", [-1, 0, 1, 15, 1025, 10**9])
def test_a_short_or_absurd_length_is_refused(length):
    with pytest.raises(OtpError, match=f"16 .* to 1024, usually 20, not {length}$"):
        secret.random(length)


@pytest.mark.parametrize("length", [None, True, 20.0, "20", KEY], ids=repr)
def test_a_length_is_a_whole_number(length):
    with pytest.raises(OtpError, match="whole number of bytes") as caught:
        secret.random(length)
    assert repr(KEY) not in str(caught.value)


def test_an_absurd_length_is_told_by_its_size():
    with pytest.raises(OtpError, match="not a number of 33220 bits"):
        secret.random(10**10_000)


def test_a_random_key_comes_from_the_systems_generator(monkeypatch):
    """random.random() may be seeded and foretold; a key must not."""
    random.seed(1)
    first = secret.random()
    random.seed(1)
    assert secret.random() != first
    monkeypatch.setattr("secrets.token_bytes", lambda length: bytes(range(length)))
    assert secret.random() == bytes(range(20))
