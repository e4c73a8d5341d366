"""The table of mistakes: each one runs, does what its name says, and changes as many codes as its symptom says."""

import hashlib
import hmac
import struct
from base64 import b32encode, b32hexencode, b64decode, b64encode
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mistaken import ON_THE_WAY, case, telling
from vectors import cases, table

from totp_teach import OtpError, hotp, mistakes, secret, totp
from totp_teach.mistakes import HOW_TO_CONFIRM, MISTAKES, STEPS, STEPS_ASIDE, Variant, compute, start

KEY = b"12345678901234567890"
AT = 1111111109
named = pytest.mark.parametrize("mistake", ON_THE_WAY, ids=lambda mistake: mistake.name)


# --- the table ------------------------------------------------------------------------------------------------------


def test_every_mistake_has_its_words_and_every_word_its_mistake():
    assert len(MISTAKES) >= 60
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
    assert {mistake.name for mistake in MISTAKES} == set(mistakes.WORDS)
    assert set(HOW_TO_CONFIRM) == set(STEPS)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_words_are_sentences_that_fit_into_others(mistake):
    assert mistake.step in {**STEPS, **STEPS_ASIDE}
    for sentence in (mistake.symptom, mistake.fix):
        assert 10 < len(sentence) < 140
        assert not sentence.endswith(".")
        assert not sentence[0].isupper() or sentence.split()[0] in {"SHA1", "SHA1's", "Steam"}
    assert mistake.about.startswith("RFC ")
    assert 0 <= mistake.confusion <= 21
    assert mistake.settings and all(Variant(mistake, setting).weight > 0 for setting in mistake.settings)


@pytest.mark.parametrize(
    "name",
    [
        *["little-endian counter", "counter as text", "text used as key", "secret taken for hex"],
        *["secret taken for Base64", "high nibble", "digest[19]", "mask missing", "mask on the wrong byte"],
        *["modulo before the mask", "leading zeros lost", "first digits", "another algorithm", "other digits"],
        *["other period", "milliseconds for seconds", "local time taken for UTC", "clock drift"],
        *["counter off by one", "20-byte seed", "HOTP for TOTP", "rounded instead of floored"],
    ],
)
def test_the_names_that_everybody_relies_on(name):
    assert mistakes.find(name).name == name


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(OtpError, match="no mistake is called 'high nibbles'; there are: parameters ignored, .*nibble"):
        mistakes.find("high nibbles")


def test_every_offset_in_use_is_there():
    zones = available_timezones()
    assert len(zones) > 400
    days = [datetime(2025, 1, 1) + timedelta(days=day) for day in range(0, 730, 7)]
    offsets = {ZoneInfo(zone).utcoffset(day) // timedelta(minutes=1) for zone in zones for day in days}
    assert offsets == {0, *mistakes.UTC_OFFSETS}


# --- the right way --------------------------------------------------------------------------------------------------


@given(
    st.binary(min_size=1, max_size=80),
    st.integers(0, 2**40),
    st.sampled_from(sorted(hotp.ALGORITHMS)),
    st.integers(1, 10),
    st.integers(1, 300),
)
def test_without_a_mistake_it_is_totp(key, at, algorithm, digits, period):
    how = {"algorithm": algorithm, "digits": digits, "period": period}
    assert mistakes.code(key, at, **how) == totp.code(key, at, **how)


@given(st.binary(min_size=1, max_size=80), st.integers(0, 2**64 - 1), st.integers(1, 10))
def test_without_a_mistake_and_with_a_counter_it_is_hotp(key, counter, digits):
    assert mistakes.code(key, None, counter=counter, digits=digits) == hotp.code(key, counter, digits=digits)


@pytest.mark.parametrize("row", table("rfc4226_appendix_d.txt"), ids=lambda row: row["count"])
def test_the_steps_are_those_of_the_rfc(row):
    run = start(KEY, None, counter=int(row["count"]))
    compute(run)
    assert (run.digest.hex(), run.number, run.code) == (row["hmac"], int(row["truncated decimal"]), row["hotp"])


# --- what each mistake does: other people's code with the wrong input -------------------------------------------------


def event(key: bytes, counter: int, **how) -> str:
    return pyotp.HOTP(b32encode(key).decode(), **how).at(counter)


def turned(counter: int) -> int:
    return struct.unpack(">Q", struct.pack("<Q", counter))[0]


COUNTER = AT // 30
TEXT = secret.encode(KEY)
WITNESSES = [
    ("parameters ignored", None, event(KEY, COUNTER)),
    ("another algorithm", "SHA256", event(KEY, COUNTER, digest=hashlib.sha256)),
    ("other digits", 8, event(KEY, COUNTER, digits=8)),
    ("other period", 60, event(KEY, AT // 60)),
    ("text used as key", "as typed", event(TEXT.encode(), COUNTER)),
    ("text used as key", "lower case", event(TEXT.lower().encode(), COUNTER)),
    ("text used as key", "padded", event(TEXT.encode(), COUNTER)),
    ("text used as key", "with a line end", event(TEXT.encode() + b"\n", COUNTER)),
    ("text used as key", "in UTF-16, as .NET writes it", event(TEXT.encode("utf-16-le"), COUNTER)),
    ("text used as key", "in Base64", event(b64encode(KEY), COUNTER)),
    ("secret taken for Base64", None, event(b64decode(TEXT), COUNTER)),
    ("hex text used as key", "lower case", event(KEY.hex().encode(), COUNTER)),
    ("line end in the key", "\n", event(KEY + b"\n", COUNTER)),
    ("clock drift", -45, event(KEY, (AT - 45) // 30)),
    ("local time taken for UTC", 345, event(KEY, (AT + 20700) // 30)),
    ("UTC taken for local time", -210, event(KEY, (AT + 12600) // 30)),
    ("another epoch", "2001, Apple", event(KEY, (AT - 978307200) // 30)),
    ("another epoch", "1900, NTP", event(KEY, (AT + 2208988800) // 30)),
    ("milliseconds for seconds", None, event(KEY, AT * 1000 // 30)),
    ("seconds divided by 1000", None, event(KEY, AT // 30000)),
    ("rounded instead of floored", None, event(KEY, COUNTER + 1)),
    ("rounded up", None, event(KEY, COUNTER + 1)),
    ("not divided by the period", None, event(KEY, AT)),
    ("counter off by one", -1, event(KEY, COUNTER - 1)),
    ("HOTP for TOTP", 7, event(KEY, 7)),
    ("little-endian counter", None, event(KEY, turned(COUNTER))),
    ("counter's low half twice", None, event(KEY, COUNTER * (2**32 + 1))),
]


@pytest.mark.parametrize(("name", "setting", "witness"), WITNESSES)
def test_the_mistake_is_the_one_that_its_name_says(name, setting, witness):
    assert mistakes.code(KEY, AT, (name, setting)) == witness


# RFC 6238 appendix B at 59 s: what a 20-byte key gives under SHA256, and what is expected there. 32247374: FACTS.
def test_the_rfcs_seeds():
    seed = b"12345678901234567890123456789012"
    how = {"algorithm": "SHA256", "digits": 8}
    assert mistakes.code(seed, 59, **how) == mistakes.code(KEY, 59, "seed repeated", **how) == "46119246"
    assert mistakes.code(seed, 59, "20-byte seed", **how) == mistakes.code(KEY, 59, **how) == "32247374"


@pytest.mark.parametrize("name", ["characters skipped", "look-alikes replaced", "secret taken for Base32"])
def test_a_secret_that_is_not_base32(name):
    typed = "20a8 6b4d 0e0f 6c7a 20a8 6b4d 0e0f 6c7a 20a8 6b4d".replace("9", "7")
    read = {
        "characters skipped": "2A6B4DEF6C7A2A6B4DEF6C7A2A6B4",
        "look-alikes replaced": typed.upper().translate(str.maketrans("018", "OLB")),
    }
    if name == "secret taken for Base32":
        typed = "2767 6b4d 2e2f 6c7a"
    key = bytes.fromhex(typed)
    assert mistakes.code(key, 59, name, typed=typed) == totp.code(secret.decode(read.get(name, typed)), 59)


STEAM = [item for item in cases("code_cases.json") if item.get("encoder") == "steam"]


@pytest.mark.parametrize("item", STEAM, ids=lambda item: item["code"])
def test_steams_letters_are_steams(item):
    assert mistakes.code(secret.decode(item["secret_base32"]), item["time"], "Steam's letters") == item["code"]


def test_there_are_steam_cases():
    assert len(STEAM) >= 4


def test_a_clock_of_32_bits_in_2038():
    """What C computes: (int32_t) time / 30, written as eight bytes."""
    at = 2**31 + 100
    message = struct.pack(">q", int((at - 2**32) / 30))
    digest = hmac.digest(KEY, message, "sha1")
    assert mistakes.code(KEY, at, "32-bit clock") == hotp.last_digits(hotp.truncate(digest), 6)
    assert mistakes.code(KEY, 2**31 - 1, "32-bit clock") == totp.code(KEY, 2**31 - 1)


# The digest of RFC 4226 §5.4, and what each wrong turn makes of it, worked out by hand.
DIGEST = bytes.fromhex("1f8698690e02ca16618550ef7f19da8e945b555a")


@pytest.mark.parametrize(
    ("name", "setting", "last", "value"),
    [
        ("high nibble", None, "offset", 5),
        ("digest[19]", None, "offset", 10),
        ("offset from the first byte", None, "offset", 15),
        ("three bits for the offset", None, "offset", 2),
        ("fixed offset", None, "number", 0x1F869869),
        ("offset counted in hex digits", None, "four_bytes", bytes.fromhex("02ca1661")),
        ("four bytes off by one", 1, "four_bytes", bytes.fromhex("ef7f19da")),
        ("little-endian four bytes", None, "number", 0x197FEF50),
        ("mask missing", None, "number", 0x50EF7F19),
        ("mask too short", 0x7FFFFFF, "number", 0x00EF7F19),
        ("mask on the wrong byte", 0xFFFFFF7F, "number", 0x50EF7F19),
        ("first digits", None, "code", "135787"),
        ("modulo 999999", None, "code", "874278"),
        ("zeros at the wrong end", None, "code", "872921"),
    ],
)
def test_the_truncation_gone_wrong(name, setting, last, value):
    run = start(KEY, 59)
    compute(run, steps=["parameters"])
    run.digest = DIGEST
    steps = list(STEPS)[list(STEPS).index("offset") :]
    compute(run, [Variant(mistakes.find(name), setting)], steps)
    assert getattr(run, last) == value


TOP_BIT = bytes.fromhex("ff869869") + DIGEST[4:-1] + b"\x50"  # offset 0, and the window begins with ff


@pytest.mark.parametrize(
    ("name", "setting", "code"),
    [
        ("mask missing", None, f"{0xFF869869 % 10**6:06}"),
        ("modulo before the mask", None, f"{0xFF869869 % 10**6:06}"),
        ("mask on the wrong byte", 0x7F7F7F7F, f"{0x7F061869 % 10**6:06}"),
        ("signed number", abs, f"{(2**32 - 0xFF869869) % 10**6:06}"),
        ("signed number", int, f"{10**6 - (2**32 - 0xFF869869) % 10**6:06}"),
        ("minus sign", None, f"-{(2**32 - 0xFF869869) % 10**6}"),
    ],
)
def test_a_window_with_its_top_bit_set(name, setting, code):
    run = start(KEY, 59)
    compute(run, steps=["parameters"])
    run.digest = TOP_BIT
    steps = list(STEPS)[list(STEPS).index("offset") :]
    assert compute(run, [Variant(mistakes.find(name), setting)], steps) == code


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("key and message swapped", lambda key, text: hmac.digest(text, key, "sha1")),
        ("plain hash", lambda key, text: hashlib.sha1(key + text).digest()),
        ("digest as hex text", lambda key, text: hmac.digest(key, text, "sha1").hex().encode()),
        ("outer hash missing", lambda key, text: hotp.trace(key, int.from_bytes(text, "big")).inner_digest),
        ("pads swapped", lambda key, text: hashlib.sha1(_x(key, 0x36) + hashlib.sha1(_x(key, 0x5C) + text).digest())),
        ("long key cut", lambda key, text: hmac.digest(key[:64], text, "sha1")),
        ("counter as text", lambda key, text: hmac.digest(key, b"77", "sha1")),
        ("counter as hex text", lambda key, text: hmac.digest(key, text.hex().encode(), "sha1")),
        ("counter in four bytes", lambda key, text: hmac.digest(key, text[4:], "sha1")),
    ],
)
def test_the_digest_gone_wrong(name, digest):
    for key in (KEY, bytes(range(64))):
        found = digest(key, hotp.message(77))
        run = start(key, None, counter=77)
        mistake = mistakes.find(name)
        compute(run, [Variant(mistake, mistake.settings[0])])
        assert run.digest == (found if isinstance(found, bytes) else found.digest())


def _x(key: bytes, pad: int) -> bytes:
    return bytes(byte ^ pad for byte in key.ljust(64, b"\0"))


def test_a_long_key_cut():
    key = bytes(range(100))
    assert mistakes.code(key, 59, "long key cut") == totp.code(key[:64], 59) != totp.code(key, 59)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("padding kept", b"foob", "MZXW6YQ="),
        ("lower-case letters", b"fooba", "mzxw6ytb"),
        ("Base64 for Base32", b"foob", "Zm9vYg"),
        ("hex for Base32", b"foo", "666f6f"),
        ("Base32's other alphabet", b"fooba", "CPNMUOJ1"),
        ("bits filled in front", b"f", "DG"),
        ("bits filled in front", b"fooba", "MZXW6YTB"),
        ("last bits lost", b"f", "M"),
        ("bytes for bits", bytes(20), (20, 32)),
        ("four bits a letter", bytes(20), (160, 40)),
        ("six bits a letter", bytes(20), (160, 27)),
        ("eight bits a letter", bytes(20), (160, 20)),
        ("seconds gone for seconds left", b"k", 29),
        ("nothing left at a boundary", b"k", 1),
        ("one second short", b"k", 0),
        ("counted from now", b"k", 30),
    ],
)
def test_the_mistakes_beside_the_way(name, key, value):
    mistake = mistakes.find(name)
    assert Variant(mistake, mistake.settings[0])(start(key, 59)) == value


# --- how often each one shows -----------------------------------------------------------------------------------------

# The share of right codes under SHA1, 6 digits and 30 s; 0 where nothing is said, as in the symptoms.
SHARES = {
    "parameters ignored": 1,  # it asks for another algorithm, digits or period
    "digest[19]": 1,  # it asks for SHA256 or SHA512
    "20-byte seed": 0.7,  # where the keys tried have up to 20 bytes
    "seed repeated": 0.45,  # where they have 20 or more
    "last letters lost": 0.57,  # where they are a multiple of 5
    "another algorithm": 1 / 6,  # one of the settings is SHA1 itself, and so on
    "other digits": 1 / 7,
    "code changed while typed": 0.022,  # where the digits that changed are equal
    "clock drift": 0.06,  # drifts within one step
    "rounded instead of floored": 1 / 2,
    "rounded up": 1 / 30,
    **dict.fromkeys(["high nibble", "offset from the first byte", "fixed offset"], 1 / 16),
    "offset counted in hex digits": 1 / 16,
    "three bits for the offset": 1 / 2,
    **dict.fromkeys(["mask missing", "modulo before the mask", "signed number", "minus sign"], 1 / 2),
    "mask on the wrong byte": (1 / 4 + 1 / 8) / 2,
    "mask too short": (1 / 16 + 1 / 8) / 2,
    **dict.fromkeys(["leading zeros lost", "zeros at the wrong end"], 0.9),
    **dict.fromkeys(["digit mistyped", "two digits swapped"], 0.1),
    **dict.fromkeys(["letter of the secret mistyped", "letters of the secret swapped"], 1 / 32),
}


@named
def test_the_share_of_right_codes_is_what_the_symptom_says(mistake):
    random = Random(mistake.name)
    found = [made for _ in range(400) if (made := case(random, mistake, plain=True, moments=1))]
    assert len(found) > 100
    share = sum(made.right == made.wrong for made in found) / len(found)
    assert share == pytest.approx(SHARES.get(mistake.name, 0), abs=0.09 if mistake.name in SHARES else 0.01)


@named
def test_every_mistake_shows_somewhere(mistake):
    telling(Random(mistake.name), mistake)


# --- together, and where they cannot be made --------------------------------------------------------------------------


def test_mistakes_of_two_steps_combine():
    both = mistakes.code(KEY, AT, "little-endian counter", "high nibble", ("other digits", 8))
    digest = hmac.digest(KEY, struct.pack("<Q", COUNTER), "sha1")
    start = digest[-1] >> 4
    assert both == f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**8:08}"


def test_two_mistakes_of_one_step_do_not():
    with pytest.raises(OtpError, match="little-endian counter, counter as text change the same step"):
        mistakes.code(KEY, AT, "little-endian counter", "counter as text")


@pytest.mark.parametrize(
    ("wrong", "how", "message"),
    [
        (["secret taken for hex"], {}, "secret taken for hex cannot be made here: non-hexadecimal"),
        (["counter out of step"], {}, "the counter of a totp account is the clock"),
        (["clock drift"], {"counter": 1}, "a hotp account does not look at the clock"),
        ([("four bytes off by one", 1), "digest[19]"], {"algorithm": "MD4"}, "cannot be made here"),
        ([("clock drift", -(10**10))], {}, "lies before 1970"),
    ],
)
def test_what_cannot_be_made_is_an_error_of_ours(wrong, how, message):
    with pytest.raises(OtpError, match=message):
        mistakes.code(KEY, AT, *wrong, **how)


def test_without_a_moment_there_is_no_code():
    with pytest.raises(OtpError, match="when was the code made"):
        mistakes.code(KEY, None)


def test_a_run_tells_nothing_of_the_key():
    run = start(bytes(range(7, 27)), 59)
    compute(run)
    assert repr(run).startswith("<totp_teach.mistakes.Run object at ")
    variants = [Variant(mistake, setting) for mistake in MISTAKES for setting in mistake.settings]
    assert all(secret.encode(run.secret) not in str(variant) for variant in variants)


def test_the_place_of_a_mistyped_letter_is_told_and_not_the_letter():
    assert str(Variant(mistakes.find("letter of the secret mistyped"), (3, "Q"))) == (
        "letter of the secret mistyped (place 4)"
    )


def test_another_base32_alphabet():
    """google-authenticator-android#83: the npm package base32 made this text of the plain one behind it."""
    typed = "6hwk0m9n71d4mw3e8wu3cnv66hd6jnat"
    name = ("another Base32 alphabet", "Base32 as the npm package base32 writes it")
    assert mistakes.code(KEY, AT, name, typed=typed) == event(b"4y0Q58ZJpnG46Wf4ZiUY", COUNTER)
    hexadecimal = ("another Base32 alphabet", "Base32hex")
    assert mistakes.code(KEY, AT, hexadecimal, typed=b32hexencode(KEY).decode()) == event(KEY, COUNTER)
    with pytest.raises(OtpError):
        mistakes.code(KEY, AT, hexadecimal, typed="WXYZ")


@pytest.mark.parametrize(
    "size, typed", [(3, "7456123"), (-3, "5672341"), (4, "5671234"), (-4, "4567123"), (1, "7654321")]
)
def test_groups_in_another_order(size, typed, monkeypatch):
    monkeypatch.setitem(mistakes.STEPS, "code", lambda run: "1234567")
    run = start(KEY, AT)
    assert mistakes.find("groups in another order").run(run, size) == typed


@pytest.mark.parametrize("counter", [0, 2**64 - 1])
@pytest.mark.parametrize("by", [1, -1])
def test_a_counter_of_eight_bytes_has_no_end(counter, by):
    """In C, Java and Kotlin the counter after the last one is 0, and the one before 0 is the last."""
    assert mistakes.code(KEY, None, ("counter off by one", by), counter=counter) == hotp.code(
        KEY, (counter + by) % 2**64
    )
