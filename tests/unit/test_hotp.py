"""hotp: counter -> HMAC -> truncation (RFC 4226)."""

import dataclasses
import hashlib
import hmac
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from vectors import cases, octets, table

from totp_teach import OtpError, hotp, secret

KEY = b"12345678901234567890"
LAST = 2**64 - 1
SIZES = {"SHA1": (20, 64), "SHA256": (32, 64), "SHA512": (64, 128)}  # digest and block, in bytes

keys = st.binary(min_size=1, max_size=140)
counters = st.integers(0, LAST) | st.integers(0, 100)
algorithms = st.sampled_from(list(SIZES))
digits_ = st.integers(1, 10)

APPENDIX_D = table("rfc4226_appendix_d.txt")
HMAC_VECTORS = [(name, row) for name in ("rfc2202_hmac_sha1.txt", "rfc4231_hmac_sha2.txt") for row in table(name)]


def by_hand(key: bytes, counter: int, digits: int, algorithm: str) -> str:
    """A code by another road: struct, the hmac object, and the 31 bits picked out of the whole digest as a number."""
    digest = hmac.new(key, struct.pack(">Q", counter), algorithm.lower()).digest()
    whole, start = int.from_bytes(digest, "big"), digest[len(digest) - 1] % 16
    number = (whole >> 8 * (len(digest) - start - 4)) % 2**31
    return str(number).rjust(10, "0")[-digits:]


# --- RFC 4226 ------------------------------------------------------------------------------------------------------


def test_appendix_d_has_ten_rows():
    assert [int(row["count"]) for row in APPENDIX_D] == list(range(10))


@pytest.mark.parametrize("row", APPENDIX_D, ids=lambda row: f"counter {row['count']}")
def test_appendix_d(row):
    counter, digest = int(row["count"]), bytes.fromhex(row["hmac"])
    assert hotp.digest(KEY, counter) == digest
    assert f"{hotp.truncate(digest):x}" == row["truncated hex"]
    assert str(hotp.truncate(digest)) == row["truncated decimal"]
    assert hotp.code(KEY, counter) == row["hotp"]

    trace = hotp.trace(KEY, counter)
    assert (trace.digest, trace.number, trace.code) == (digest, int(row["truncated decimal"]), row["hotp"])


def test_the_whole_of_appendix_d_at_once():
    assert hotp.codes(KEY, range(10)) == [row["hotp"] for row in APPENDIX_D]


def test_section_5_4_worked_example():
    digest = bytes.fromhex("1f8698690e02ca16618550ef7f19da8e945b555a")
    assert hotp.offset(digest) == 0xA
    assert digest[10:14] == bytes.fromhex("50ef7f19")
    assert hotp.truncate(digest) == 0x50EF7F19 == 1357872921
    assert hotp.last_digits(hotp.truncate(digest), 6) == "872921"


@pytest.mark.parametrize(
    ("counter", "octets_"),
    [
        (0, "0000000000000000"),
        (1, "0000000000000001"),
        (0x0123456789ABCDEF, "0123456789abcdef"),
        (2**32, "0000000100000000"),
        (LAST, "ffffffffffffffff"),
    ],
)
def test_the_message_is_the_counter_in_eight_bytes_most_significant_first(counter, octets_):
    assert hotp.message(counter) == bytes.fromhex(octets_)


# --- RFC 2104: HMAC ------------------------------------------------------------------------------------------------


def test_rfc2202_has_7_cases_and_rfc4231_has_7_for_each_of_two_hashes():
    assert [name[:7] for name, _ in HMAC_VECTORS] == ["rfc2202"] * 7 + ["rfc4231"] * 14


@pytest.mark.parametrize(("name", "row"), HMAC_VECTORS, ids=lambda of: of[:7] if isinstance(of, str) else of["case"])
def test_hmac_vectors_from_our_pads(name, row):
    """Their texts are no counters, so the two pads are ours and the two hashes around them the standard library's."""
    inner_pad, outer_pad = hotp._pads(octets(row["key"]), row["algorithm"])
    make = hotp.ALGORITHMS[row["algorithm"]]
    digest = make(outer_pad + make(inner_pad + octets(row["data"])).digest()).digest()
    published = bytes.fromhex(row["digest"])
    assert digest[: len(published)] == published
    assert len(published) == (16 if (name[:7], row["case"]) == ("rfc4231", "5") else len(digest))


HI_THERE = [row for _, row in HMAC_VECTORS if len(octets(row["data"])) == 8]


def test_each_hash_has_one_vector_of_eight_bytes():
    assert [row["algorithm"] for row in HI_THERE] == ["SHA1", "SHA256", "SHA512"]


@pytest.mark.parametrize("row", HI_THERE, ids=lambda row: row["algorithm"])
def test_hmac_vectors_whose_text_is_a_counter(row):
    """The text of case 1, Hi There, has eight bytes: read as a counter, it goes the whole way."""
    key, counter = octets(row["key"]), int.from_bytes(octets(row["data"]), "big")
    assert hotp.digest(key, counter, algorithm=row["algorithm"]).hex() == row["digest"]
    assert hotp.trace(key, counter, algorithm=row["algorithm"]).digest.hex() == row["digest"]


@given(keys, counters, algorithms)
@example(b"\xaa" * 64, 1, "SHA1").via("a key of one block is filled with nothing")
@example(b"\xaa" * 65, 1, "SHA1").via("a longer one is hashed")
@example(b"\xaa" * 128, 1, "SHA512").via("one block of SHA512")
@example(b"\xaa" * 129, 1, "SHA512").via("and one byte more")
def test_a_digest_is_the_hmac_of_the_message(key, counter, algorithm):
    expected = hmac.new(key, struct.pack(">Q", counter), algorithm.lower()).digest()
    assert hotp.digest(key, counter, algorithm=algorithm) == expected
    assert hotp.trace(key, counter, algorithm=algorithm).digest == expected


# --- truncation ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [20, 32, 64])
@pytest.mark.parametrize("start", range(16))
@pytest.mark.parametrize("high", [0x0, 0x5, 0xF])
def test_the_window_lies_where_the_last_low_nibble_says(size, start, high):
    digest = bytes(range(100, 100 + size - 1)) + bytes([high << 4 | start])
    assert hotp.offset(digest) == start
    assert hotp.truncate(digest) == struct.unpack_from(">I", digest, start)[0] & 0x7FFFFFFF


def test_under_sha256_the_last_byte_is_not_the_twentieth():
    digest = bytes(19) + b"\x03" + bytes(11) + b"\x07"
    assert digest[19] & 0x0F == 3
    assert hotp.offset(digest) == 7


@pytest.mark.parametrize(
    ("window", "number"),
    [("00000000", 0), ("7fffffff", 2**31 - 1), ("80000000", 0), ("ffffffff", 2**31 - 1), ("80000001", 1)],
)
def test_the_top_bit_of_the_window_does_not_count(window, number):
    assert hotp.truncate(bytes.fromhex(window) + bytes(16)) == number


@given(st.binary(min_size=20, max_size=64), st.data())
def test_bytes_outside_window_and_last_nibble_do_not_count(digest, data):
    start = digest[-1] % 16
    place = data.draw(st.integers(0, len(digest) - 2).filter(lambda place: not start <= place < start + 4))
    changed = digest[:place] + bytes([digest[place] ^ data.draw(st.integers(1, 255))]) + digest[place + 1 :]
    assert hotp.truncate(changed) == hotp.truncate(digest)


@pytest.mark.parametrize("value", [b"", b"\x0f" * 19, bytearray(20), "x" * 20, None, list(range(20))], ids=repr)
def test_what_is_no_digest_is_refused(value):
    with pytest.raises(OtpError, match="20 bytes or more"):
        hotp.truncate(value)
    with pytest.raises(OtpError, match="20 bytes or more"):
        hotp.offset(value)


# --- codes ---------------------------------------------------------------------------------------------------------


@given(keys, counters, digits_, algorithms)
@example(KEY, 0, 6, "SHA1")
@example(KEY, LAST, 10, "SHA512")
def test_code_codes_and_trace_agree_with_the_other_road(key, counter, digits, algorithm):
    expected = by_hand(key, counter, digits, algorithm)
    assert hotp.code(key, counter, digits=digits, algorithm=algorithm) == expected
    assert hotp.codes(key, [counter], digits=digits, algorithm=algorithm) == [expected]
    assert hotp.trace(key, counter, digits=digits, algorithm=algorithm).code == expected


@given(keys, st.lists(counters, max_size=8), digits_, algorithms)
def test_codes_keeps_the_order_and_forgets_nothing_between_two(key, row, digits, algorithm):
    expected = [hotp.code(key, counter, digits=digits, algorithm=algorithm) for counter in row]
    assert hotp.codes(key, row, digits=digits, algorithm=algorithm) == expected


def test_codes_takes_any_counters():
    assert hotp.codes(KEY, []) == []
    assert hotp.codes(KEY, range(0)) == []
    assert hotp.codes(KEY, (counter for counter in (1, 0))) == ["287082", "755224"]


def test_a_leading_zero_is_kept():
    assert hotp.code(KEY, 30) == "026920"
    assert hotp.codes(KEY, [30]) == ["026920"]
    assert hotp.trace(KEY, 30).code == "026920"


def test_a_small_number_is_filled_up_whatever_the_digits():
    assert hotp.last_digits(7, 10) == "0000000007"
    assert hotp.last_digits(0, 6) == "000000"
    assert hotp.last_digits(2_147_483_647, 10) == "2147483647"
    assert hotp.last_digits(2_147_483_647, 9) == "147483647"


def test_at_ten_digits_the_first_is_0_1_or_2():
    codes = hotp.codes(KEY, range(2_000), digits=10)
    assert {code[0] for code in codes} == {"0", "1", "2"}
    assert max(codes) <= str(2**31 - 1)


@given(keys, counters, algorithms)
def test_fewer_digits_are_the_end_of_more(key, counter, algorithm):
    whole = hotp.code(key, counter, digits=10, algorithm=algorithm)
    for digits in range(1, 11):
        assert hotp.code(key, counter, digits=digits, algorithm=algorithm) == whole[-digits:]


# --- the trace -----------------------------------------------------------------------------------------------------


@given(keys, counters, digits_, algorithms)
def test_every_step_of_a_trace_follows_from_the_ones_before(key, counter, digits, algorithm):
    trace = hotp.trace(key, counter, digits=digits, algorithm=algorithm)
    size, block = SIZES[algorithm]
    make = getattr(hashlib, algorithm.lower())

    assert (trace.key, trace.counter, trace.digits, trace.algorithm) == (key, counter, digits, algorithm)
    assert trace.message == struct.pack(">Q", counter)
    start = key if len(key) <= block else make(key).digest()
    assert trace.padded_key == start + bytes(block - len(start))
    assert trace.inner_pad == trace.padded_key.translate(bytes(byte ^ 0x36 for byte in range(256)))
    assert trace.outer_pad == trace.padded_key.translate(bytes(byte ^ 0x5C for byte in range(256)))
    assert trace.inner_digest == make(trace.inner_pad + trace.message).digest()
    assert trace.digest == make(trace.outer_pad + trace.inner_digest).digest()
    assert len(trace.digest) == len(trace.inner_digest) == size
    assert trace.offset == int(trace.digest.hex()[-1], 16)
    assert trace.four_bytes.hex() == trace.digest.hex()[2 * trace.offset : 2 * trace.offset + 8]
    assert trace.number == int(trace.four_bytes.hex(), 16) % 2**31
    assert trace.remainder == trace.number % 10**digits == int(trace.code)
    assert len(trace.code) == digits and trace.code.isascii() and trace.code.isdigit()


def test_a_trace_is_a_value():
    trace = hotp.trace(KEY, 1)
    assert trace == hotp.trace(KEY, 1) != hotp.trace(KEY, 2)
    assert hash(trace) == hash(hotp.trace(KEY, 1))
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.code = "000000"
    assert all(f"{field.name}={getattr(trace, field.name)!r}" in repr(trace) for field in dataclasses.fields(trace))


# --- what is refused, and how --------------------------------------------------------------------------------------


def everywhere(match: str, key=KEY, counter=0, **keywords):
    """Every way to a code refuses these arguments in these words."""
    for way in (hotp.code, hotp.trace, lambda key, counter, **rest: hotp.codes(key, [counter], **rest)):
        with pytest.raises(OtpError, match=match):
            way(key, counter, **keywords)


@pytest.mark.parametrize("counter", [-1, LAST + 1, 10**30, 1.0, True, False, "1", None, b"\0" * 8], ids=repr)
def test_a_counter_is_a_whole_number_of_64_bits(counter):
    everywhere("whole number from 0 to 2.64 − 1", counter=counter)
    with pytest.raises(OtpError, match="whole number from 0 to 2.64 − 1"):
        hotp.message(counter)


def test_a_number_of_thousands_of_digits_is_told_by_its_size():
    """Python refuses to write out an int of more than 4300 digits: the message must not fail for that."""
    everywhere("from 0 to 2.64 − 1, not a number of 33220 bits", counter=10**10_000)
    everywhere("from 1 to 10 .*, not a number of 33220 bits", digits=-(10**10_000))


@pytest.mark.parametrize(
    "mistaken", [KEY, KEY.decode(), bytearray(KEY), list(KEY)], ids=lambda value: type(value).__name__
)
def test_a_key_in_the_place_of_the_counter_is_not_shown(mistaken):
    everywhere(f"not a value of type {type(mistaken).__name__}$", counter=mistaken)
    for way in (hotp.code, hotp.trace):
        with pytest.raises(OtpError) as caught:
            way(1, mistaken)
        assert "12345" not in str(caught.value) and "49, 50" not in str(caught.value)


@pytest.mark.parametrize("digits", [0, 11, -6, True, 6.0, "6", None], ids=repr)
def test_digits_are_1_to_10(digits):
    everywhere("whole number from 1 to 10 .*, not ", digits=digits)
    with pytest.raises(OtpError, match="from 1 to 10"):
        hotp.codes(KEY, [], digits=digits)


@pytest.mark.parametrize(
    "algorithm", ["sha1", "SHA-1", "MD5", "SHA224", "SHA384", "SHA3-256", "", None, 1, ["SHA1"]], ids=repr
)
def test_an_algorithm_is_one_of_three(algorithm):
    everywhere("one of SHA1, SHA256, SHA512", algorithm=algorithm)
    with pytest.raises(OtpError, match="one of SHA1, SHA256, SHA512"):
        hotp.digest(KEY, 0, algorithm=algorithm)
    with pytest.raises(OtpError, match="one of SHA1, SHA256, SHA512"):
        hotp.codes(KEY, [], algorithm=algorithm)


@pytest.mark.parametrize(
    "key", ["GEZDGNBVGY3TQOJQ", None, 1, bytearray(KEY), list(KEY)], ids=lambda key: type(key).__name__
)
def test_a_key_is_bytes(key):
    everywhere(f"a key is bytes, not {type(key).__name__}; .*secret.decode", key=key)
    with pytest.raises(OtpError, match="a key is bytes") as caught:
        hotp.digest(key, 0)
    assert "GEZDGNBV" not in str(caught.value)


def test_a_key_is_not_empty():
    everywhere("the key is empty", key=b"")
    with pytest.raises(OtpError, match="the key is empty"):
        hotp.codes(b"", [])


# --- the cases of other people's test suites -----------------------------------------------------------------------

CASES = cases("code_cases.json")
STEAM = [case for case in CASES if case.get("encoder") == "steam"]
OTHER_HASH = [case for case in CASES if case["algorithm"] not in SIZES]
BROKEN = [case for case in CASES if case.get("impossible_length")]
UNFIT = STEAM + OTHER_HASH + BROKEN
FITTING = [case for case in CASES if "counter" in case and case not in UNFIT]


def by_source(case: dict) -> str:
    return f"{case['source'].split()[0]}-{case.get('counter', case.get('time'))}-{case['digits']}-{case['algorithm']}"


def test_every_case_is_used():
    """The rest of the fitting ones have a time: test_totp."""
    times = [case for case in CASES if "time" in case and case not in UNFIT]
    assert (len(FITTING), len(times), len(STEAM), len(OTHER_HASH), len(BROKEN)) == (54, 68, 5, 6, 1)
    assert len(FITTING) + len(times) + len(UNFIT) == len(CASES) == 134


@pytest.mark.parametrize("case", FITTING, ids=by_source)
def test_cases_with_a_counter(case):
    key = secret.decode(case["secret_base32"])
    trace = hotp.trace(key, case["counter"], digits=case["digits"], algorithm=case["algorithm"])
    assert trace.code == case["code"]
    assert hotp.code(key, case["counter"], digits=case["digits"], algorithm=case["algorithm"]) == case["code"]
    assert trace.digest.hex() == case.get("hmac_hex", trace.digest.hex())
    assert trace.number == case.get("truncated_decimal", trace.number)


@pytest.mark.parametrize("case", STEAM, ids=by_source)
def test_steam_writes_the_same_number_in_letters(case):
    """Steam's codes are not RFC 4226's: the number is the same, but five letters of an alphabet of 26 stand for it."""
    number = hotp.trace(secret.decode(case["secret_base32"]), case["time"] // case["period"]).number
    letters = ""
    for _ in range(5):
        number, letter = divmod(number, 26)
        letters += "23456789BCDFGHJKMNPQRTVWXY"[letter]
    assert letters == case["code"]


@pytest.mark.parametrize("case", OTHER_HASH, ids=by_source)
def test_hashes_that_no_app_and_neither_rfc_has_are_refused(case):
    """SHA-224, SHA-384 and SHA-3: RFC 6238 §1.2 names SHA-1, SHA-256 and SHA-512."""
    everywhere("one of SHA1, SHA256, SHA512", key=secret.decode(case["secret_base32"]), algorithm=case["algorithm"])


@pytest.mark.parametrize("case", BROKEN, ids=by_source)
def test_a_secret_of_an_impossible_length_is_refused(case):
    """Its app drops what is left over and shows a code; which letter was lost nobody knows."""
    with pytest.raises(OtpError, match="19 characters"):
        secret.decode(case["secret_base32"])


@pytest.mark.parametrize("counters", [5, None, 1.5])
def test_codes_are_those_of_several_counters(counters):
    with pytest.raises(OtpError, match="hotp.code takes one"):
        hotp.codes(b"12345678901234567890", counters)


def test_an_algorithm_has_one_spelling_here_and_the_message_says_it():
    """A URI may spell it otherwise: otpauth.parse reads sha-1. Arguments do not."""
    with pytest.raises(OtpError, match="upper case, no hyphen.*'sha1'"):
        hotp.code(b"12345678901234567890", 1, algorithm="sha1")
