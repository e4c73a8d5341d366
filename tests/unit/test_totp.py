"""totp: the counter is the clock (RFC 6238)."""

import dataclasses
import math
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from vectors import cases, table

from totp_teach import OtpError, hotp, secret, totp

KEY = b"12345678901234567890"
SEEDS = {"SHA1": KEY, "SHA256": (KEY * 4)[:32], "SHA512": (KEY * 4)[:64]}
UTC = UTC

APPENDIX_B = table("rfc6238_appendix_b.txt")

zones = st.integers(-86_399_999_999, 86_399_999_999).map(lambda us: timezone(timedelta(microseconds=us)))
datetimes = st.datetimes(
    min_value=datetime(1970, 1, 2), max_value=datetime(9999, 12, 31, 23, 59, 59, 999999), timezones=zones
)
floats = st.floats(0, 2**53) | st.floats(0, 10_000) | st.floats(0, 1e300)
moments = st.integers(0, 2**40) | floats | datetimes
periods = st.integers(1, 100_000) | st.sampled_from([30, 60])


def exact(at) -> Fraction:
    """The moment as an exact fraction of seconds since the epoch."""
    if isinstance(at, datetime):
        return Fraction((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1), 1_000_000)
    return Fraction(at)


# --- RFC 6238 ------------------------------------------------------------------------------------------------------


def test_appendix_b_has_eighteen_rows_and_the_seeds_are_as_long_as_the_digests():
    assert [row["mode"] for row in APPENDIX_B] == ["SHA1", "SHA256", "SHA512"] * 6
    assert [len(seed) for seed in SEEDS.values()] == [20, 32, 64]
    assert SEEDS["SHA512"].endswith(b"567890" + b"1234")


@pytest.mark.parametrize("row", APPENDIX_B, ids=lambda row: f"{row['time']}-{row['mode']}")
def test_appendix_b(row):
    key, at, settings = SEEDS[row["mode"]], int(row["time"]), dict(digits=8, algorithm=row["mode"])
    assert hotp.message(totp.counter(at)).hex().upper() == row["t"]
    assert totp.code(key, at, **settings) == row["totp"]
    assert totp.trace(key, at, **settings).code == row["totp"]
    assert totp.code(key, float(at), **settings) == row["totp"]
    assert totp.code(key, datetime.fromisoformat(row["utc"] + "+00:00"), **settings) == row["totp"]


def test_appendix_b_with_the_short_seed_gives_other_codes():
    """Read as it stands, the appendix has one seed of 20 bytes; SHA256 then gives 32247374 and not 46119246."""
    assert totp.code(KEY, 59, digits=8, algorithm="SHA256") == "32247374"
    assert totp.code(SEEDS["SHA256"], 59, digits=8, algorithm="SHA256") == "46119246"


def test_the_carried_example():
    assert totp.counter(59) == 1
    assert totp.code(KEY, 59) == "287082"
    assert totp.remaining(59) == 1.0


# --- from moment to counter ----------------------------------------------------------------------------------------


@given(moments, periods, st.integers(-(2**40), 2**40))
@example(0, 30, 0)
@example(29.999999999999996, 30, 0).via("the last float before a boundary")
@example(1111111110, 30, 0)
def test_the_counter_is_the_floor_and_what_remains_is_exact(at, period, t0):
    assume(exact(at) >= t0)
    since = exact(at) - t0
    assert totp.counter(at, period=period, t0=t0) == math.floor(since / period)

    left = totp.remaining(at, period=period, t0=t0)
    assert isinstance(left, float)
    assert 0 < left <= period
    rounding = 1e-16 if isinstance(at, datetime) else 0  # microseconds are no exact fractions of two
    assert left == pytest.approx(float(period - since % period), rel=1e-15, abs=rounding)


@given(st.integers(0, 10**10), periods, st.integers(0, 10**6))
def test_a_step_begins_at_its_first_second_and_not_before(step, period, t0):
    start = t0 + step * period
    assert totp.counter(start, period=period, t0=t0) == step
    assert totp.remaining(start, period=period, t0=t0) == period
    if step:
        assert totp.counter(start - 1, period=period, t0=t0) == step - 1
        assert totp.remaining(start - 1, period=period, t0=t0) == 1.0


@given(st.integers(1, 2**48))
def test_the_last_float_before_a_boundary_belongs_to_the_step_before(step):
    start = float(step * 30)
    before = math.nextafter(start, 0)
    assert (totp.counter(before), totp.counter(start)) == (step - 1, step)
    assert totp.remaining(before) == start - before  # both are floats near each other: the difference is exact


@given(st.integers(1, 8_000_000_000))
@example(8_446_743_359).via("nearly the last step of the year 9999")
def test_the_last_microsecond_before_a_boundary_belongs_to_the_step_before(step):
    """Through a float of seconds, a datetime this far out would lose its microseconds and round up."""
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=30 * step)
    before = start - timedelta(microseconds=1)
    assert (totp.counter(before), totp.counter(start)) == (step - 1, step)
    assert totp.remaining(before) == pytest.approx(1e-6, rel=1e-9)


def test_the_last_moment_of_the_year_9999():
    last = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert totp.counter(last) == 253402300799 // 30
    assert totp.counter(last, period=1) == 253402300799
    far = last.replace(tzinfo=timezone(-timedelta(hours=23, minutes=59)))
    assert totp.counter(far, period=1) == 253402300799 + 86_340  # a day later in UTC, which has no datetime of its own


@pytest.mark.parametrize("at", [2**31 - 1, 2**31, 2**32 - 1, 2**32, 20_000_000_000])
def test_2038_and_2106_are_moments_like_any_other(at):
    assert totp.counter(at) == at // 30
    assert totp.code(KEY, at) == hotp.code(KEY, at // 30)


@given(datetimes, zones)
def test_a_moment_is_the_same_in_every_zone(at, zone):
    try:
        there = at.astimezone(zone)
    except OverflowError:  # the year 10000, there
        assume(False)
    assert totp.counter(there) == totp.counter(at)
    assert totp.code(KEY, there) == totp.code(KEY, at)


class Clocks(tzinfo):
    """A zone whose clocks went back by an hour: fold tells the first 02:30 from the second."""

    def utcoffset(self, at):
        return timedelta(hours=1 if at.fold else 2)


def test_the_hour_that_a_clock_shows_twice_is_two_hours():
    first = datetime(2024, 10, 27, 2, 30, tzinfo=Clocks())
    assert totp.counter(first.replace(fold=1)) - totp.counter(first) == 120


def test_t0_may_lie_before_1970():
    assert totp.counter(0, t0=-60) == 2
    assert totp.counter(29, t0=-1) == 1


# --- codes ---------------------------------------------------------------------------------------------------------


@given(
    moments,
    st.integers(1, 1_000),
    st.integers(-(2**40), 0),
    st.integers(1, 10),
    st.sampled_from(["SHA1", "SHA256", "SHA512"]),
)
def test_a_code_is_the_code_of_its_counter_and_the_trace_says_the_same(at, period, t0, digits, algorithm):
    counter = math.floor((exact(at) - t0) / period)
    assume(counter < 2**64)
    code = hotp.code(KEY, counter, digits=digits, algorithm=algorithm)
    assert totp.code(KEY, at, period=period, t0=t0, digits=digits, algorithm=algorithm) == code

    trace = totp.trace(KEY, at, period=period, t0=t0, digits=digits, algorithm=algorithm)
    assert (trace.at, trace.period, trace.t0, trace.counter) == (at, period, t0, counter)
    steps = hotp.trace(KEY, counter, digits=digits, algorithm=algorithm)
    for field in dataclasses.fields(hotp.Trace):
        assert getattr(trace, field.name) == getattr(steps, field.name)


def test_a_trace_is_a_hotp_trace_and_a_value():
    trace = totp.trace(KEY, 59)
    assert isinstance(trace, hotp.Trace)
    assert trace == totp.trace(KEY, 59) != totp.trace(KEY, 58)
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.at = 0


def test_a_code_holds_for_its_step_and_no_longer():
    assert {totp.code(KEY, at) for at in (30, 30.5, 59, 59.999999)} == {"287082"}
    assert totp.code(KEY, 29.999999) == "755224"
    assert totp.code(KEY, 60) == "359152"


# --- what is refused, and how --------------------------------------------------------------------------------------


def everywhere(match: str, at=59, **keywords):
    """Every function that takes a moment refuses these arguments in these words."""
    for way in (
        totp.counter,
        totp.remaining,
        lambda at, **rest: totp.code(KEY, at, **rest),
        lambda at, **rest: totp.trace(KEY, at, **rest),
    ):
        with pytest.raises(OtpError, match=match):
            way(at, **keywords)


@pytest.mark.parametrize(
    "at", [math.nan, math.inf, -math.inf, True, False, None, "59", b"59", 59j, Fraction(59)], ids=repr
)
def test_what_is_no_moment_is_refused(at):
    everywhere("a moment is seconds since the Unix epoch", at=at)


@pytest.mark.parametrize("mistaken", [KEY, KEY.decode(), list(KEY)], ids=lambda value: type(value).__name__)
def test_a_key_in_the_place_of_the_moment_is_not_shown(mistaken):
    everywhere(f"not a value of type {type(mistaken).__name__}$", at=mistaken)


def test_a_moment_of_thousands_of_digits_is_a_moment_or_refused():
    """No float holds it, and Python does not write it out: both would be errors of another family."""
    far = 10**10_000
    assert totp.counter(far) == far // 30
    assert totp.remaining(far) == 30 - far % 30
    everywhere("a number of 33220 bits lies before 1970", at=-far)
    everywhere("59 lies before t0 = a number of 33220 bits", t0=far)
    everywhere("t0 = a number of 33220 bits", at=5, t0=far)
    everywhere("period .*, not a number of 33220 bits", period=far)
    for way in (totp.code, totp.trace):
        with pytest.raises(OtpError, match="a counter .* not a number of .* bits"):
            way(KEY, far)


class Nowhere(tzinfo):
    """A zone that does not know its offset: by Python's definition its datetimes are naive."""

    def utcoffset(self, at):
        return None


@pytest.mark.parametrize("zone", [None, Nowhere()], ids=["without a zone", "a zone without an offset"])
def test_a_naive_datetime_is_refused_with_the_reason(zone):
    everywhere("naive datetime.*time zone.*datetime.now.timezone.utc.", at=datetime(2024, 1, 1, tzinfo=zone))


@pytest.mark.parametrize(
    "at", [-1, -0.001, -5e-324, -1e300, datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)], ids=repr
)
def test_before_1970_is_refused_with_the_reason(at):
    everywhere("before 1970, where Unix time starts", at=at)
    everywhere("before 1970, where Unix time starts", at=at, t0=-100)


@pytest.mark.parametrize("at", [0, 0.0, -0.0, datetime(1970, 1, 1, tzinfo=UTC)], ids=repr)
def test_unix_time_starts_at_nought(at):
    assert totp.counter(at) == 0
    assert totp.remaining(at) == 30.0


def test_before_t0_is_refused_with_the_reason():
    everywhere("before t0 = 100, where the counting starts", at=99, t0=100)
    everywhere("before t0 = 100", at=math.nextafter(100.0, 0), t0=100)
    everywhere("before t0 = 1,", at=0, t0=1)
    assert totp.counter(100, t0=100) == 0


@pytest.mark.parametrize("period", [0, -30, 2**64, True, 30.0, "30", None], ids=repr)
def test_a_period_is_a_whole_number_of_seconds(period):
    everywhere("period must be a whole number of seconds, 1 or more, not ", period=period)


def test_the_longest_period():
    assert totp.counter(2**64 - 1, period=2**64 - 1) == 1
    assert totp.remaining(0.5, period=2**64 - 1) == float(2**64)


@pytest.mark.parametrize("t0", [True, 0.0, "0", None, datetime(1970, 1, 1, tzinfo=UTC)], ids=repr)
def test_t0_is_a_whole_number_of_seconds(t0):
    everywhere("t0 must be a whole number of seconds", t0=t0)


def test_a_step_beyond_64_bits_has_no_code():
    assert totp.code(KEY, 2**64 - 1, period=1) == hotp.code(KEY, 2**64 - 1)
    for way in (totp.code, totp.trace):
        with pytest.raises(OtpError, match="counter"):
            way(KEY, 2**64, period=1)


@pytest.mark.parametrize("way", [totp.code, totp.trace])
def test_what_hotp_refuses_is_refused(way):
    for key, keywords, match in [
        ("GEZDGNBVGY3TQOJQ", {}, "a key is bytes"),
        (b"", {}, "empty"),
        (KEY, {"digits": 11}, "1 to 10"),
        (KEY, {"algorithm": "MD5"}, "SHA512"),
    ]:
        with pytest.raises(OtpError, match=match):
            way(key, 59, **keywords)


# --- the cases of other people's test suites; test_hotp accounts for the rest ---------------------------------------

FITTING = [
    case
    for case in cases("code_cases.json")
    if "time" in case
    and case["algorithm"] in SEEDS
    and not case.get("encoder")  # Steam's letters
    and not case.get("impossible_length")
]


def test_there_are_68_cases_with_a_time():
    assert len(FITTING) == 68


@pytest.mark.parametrize(
    "case", FITTING, ids=lambda case: f"{case['source'].split()[0]}-{case['time']}-{case['algorithm']}"
)
def test_cases_with_a_time(case):
    key = secret.decode(case["secret_base32"])
    settings = {name: case[name] for name in ("period", "digits", "algorithm")}
    trace = totp.trace(key, case["time"], **settings)
    assert totp.code(key, case["time"], **settings) == trace.code == case["code"]
    assert trace.message.hex() == case.get("t_hex", trace.message.hex())
