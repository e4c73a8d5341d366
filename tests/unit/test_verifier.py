"""The verifier: what is accepted, what is refused and why, and what is told to whom. On both stores."""

import dataclasses
import hashlib
import hmac
import math
from datetime import UTC, datetime

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vectors import table

from totp_teach import OtpError, hotp, secret, totp
from totp_teach.otpauth import Account
from totp_teach.verifier import MemoryStore, SqliteStore, Throttle, Verdict, Verifier

KEY = b"12345678901234567890"
ALICE = Account(issuer="Example", name="alice@example.com", key=KEY)
TOKEN = Account("hotp", "Example", "token", KEY, counter=0)
APPENDIX_B = table("rfc6238_appendix_b.txt")
SEEDS = {mode: (KEY * 4)[:size] for mode, size in {"SHA1": 20, "SHA256": 32, "SHA512": 64}.items()}

NOW = 1_000_000_000  # 10 s into step 33 333 333
STEP = 33_333_333
WRONG = "000000"  # the code of none of the steps and counters that are asked for here


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    """An empty store of each kind."""
    if request.param == "memory":
        yield MemoryStore()
        return
    store = SqliteStore(tmp_path / "accounts.db")
    yield store
    store.close()


def enrolled(store, account=ALICE, **settings) -> Verifier:
    """A verifier on that store, with one account: "alice"."""
    desk = Verifier(store, **settings)
    desk.enrol("alice", account)
    return desk


def code(step: int) -> str:
    return hotp.code(KEY, step)


def fail(desk: Verifier, times: int, at: float = NOW) -> Verdict:
    """So many wrong codes, each as soon as it is looked at; the verdict on the last."""
    for _ in range(times):
        verdict = desk.check("alice", WRONG, at)
        assert verdict.reason == "wrong"
        at += verdict.wait if math.isfinite(verdict.wait) else 0
    return verdict


# --- right codes ----------------------------------------------------------------------------------------------------


def test_the_carried_example(store):
    desk = enrolled(store)
    assert desk.check("alice", "287082", 59) == Verdict(True, "accepted", counter=1, drift=0)


@pytest.mark.parametrize("row", APPENDIX_B, ids=lambda row: f"{row['mode']}-{row['time']}")
def test_rfc_6238_appendix_b(row):
    account = Account(key=SEEDS[row["mode"]], algorithm=row["mode"], digits=8)
    desk = enrolled(MemoryStore(), account, plausible=(0, 20_000_000_000))
    assert desk.check("alice", row["totp"], int(row["time"])).drift == 0


def test_there_are_eighteen_rows_of_appendix_b():
    assert len(APPENDIX_B) == 18


@given(
    key=st.binary(min_size=16, max_size=40),
    at=st.integers(100_000, 2**32 - 2**28),
    off=st.integers(-4, 4),
    window=st.integers(0, 3),
    period=st.sampled_from([15, 30, 60]),
)
def test_what_pyotp_accepts_is_accepted_the_first_time(key, at, off, window, period):
    witness = pyotp.TOTP(secret.encode(key), interval=period)
    typed = witness.at(at, counter_offset=off)
    desk = enrolled(MemoryStore(), Account(key=key, period=period), window=window)
    verdict = desk.check("alice", typed, at)
    assert verdict.accepted == witness.verify(typed, for_time=at, valid_window=window)
    assert not desk.check("alice", typed, at)


@pytest.mark.parametrize("typed", ["287 082", " 287082\n", "28-70-82", "287\u00a0082", "287\u2009082", "287\u2011082"])
def test_blanks_and_hyphens_do_not_matter(store, typed):
    assert enrolled(store).check("alice", typed, 59)


def test_a_moment_may_be_an_aware_datetime(store):
    assert enrolled(store).check("alice", "287082", datetime(1970, 1, 1, 0, 0, 59, tzinfo=UTC))


# --- the window -----------------------------------------------------------------------------------------------------

REASONS = {-3: "wrong", -2: "late", -1: "accepted", 0: "accepted", 1: "accepted", 2: "early", 3: "wrong"}


@pytest.mark.parametrize("off, reason", REASONS.items())
def test_a_window_of_one_step(store, off, reason):
    verdict = enrolled(store).check("alice", code(STEP + off), NOW)
    assert verdict.reason == reason
    assert (verdict.counter, verdict.drift) == ((None, None) if reason == "wrong" else (STEP + off, off))


@pytest.mark.parametrize("window, first, last", [(0, 0, 0), (1, -1, 1), (2, -2, 2), ((2, 0), -2, 0), ((0, 1), 0, 1)])
def test_a_window_is_the_steps_before_and_after(store, window, first, last):
    def accepted(off):
        desk.enrol("alice", ALICE)
        verdict = desk.check("alice", code(STEP + off), NOW)
        desk.forget("alice")
        return verdict.accepted

    desk = Verifier(store, window=window)
    assert [off for off in range(-4, 5) if accepted(off)] == list(range(first, last + 1))


@pytest.mark.parametrize("at", [0, 29.999, 30, 59, 60])
def test_before_the_first_step_there_is_none(store, at):
    desk = enrolled(store, window=3)
    assert desk.check("alice", code(totp.counter(at)), at)
    assert desk.check("alice", WRONG, at).reason == "wrong"


@pytest.mark.parametrize("window", [-1, 1.0, True, "1", None, (1,), (1, 2, 3), (1, -1), [1, 1]])
def test_a_window_that_is_none(window):
    with pytest.raises(OtpError, match="window is a"):
        Verifier(MemoryStore(), window=window)


@pytest.mark.parametrize("name", ["look_ahead", "drift_limit"])
@pytest.mark.parametrize("value", [-1, 2.5, True, None])
def test_a_setting_that_is_none(name, value):
    with pytest.raises(OtpError, match=f"{name} is a whole number"):
        Verifier(MemoryStore(), **{name: value})


# --- one use --------------------------------------------------------------------------------------------------------


def test_a_code_counts_once(store):
    desk = enrolled(store)
    assert desk.check("alice", code(STEP), NOW).reason == "accepted"
    again = desk.check("alice", code(STEP), NOW + 1)
    assert again == Verdict(False, "used", STEP, 0)
    assert Verifier(store).check("alice", code(STEP), NOW + 30).reason == "used"  # another verifier, another step


def test_a_step_before_an_accepted_one_is_spent_too(store):
    desk = enrolled(store)
    assert desk.check("alice", code(STEP), NOW)
    assert desk.check("alice", code(STEP - 1), NOW).reason == "used"
    assert desk.check("alice", code(STEP + 1), NOW)


def test_a_spent_step_stays_spent_when_the_window_has_passed(store):
    desk = enrolled(store)
    assert desk.check("alice", code(STEP + 1), NOW)
    assert desk.check("alice", code(STEP + 1), NOW + 90).reason == "used"


def test_one_code_of_two_steps_counts_once(store):
    """With one digit, neighbouring steps share a code every few steps: here 7 and 8."""
    one = Account(key=KEY, digits=1)
    step = next(step for step in range(2, 100) if code(step)[-1] == code(step + 1)[-1])
    desk = enrolled(store, one, window=2)
    assert desk.check("alice", code(step)[-1], 30 * step).counter == step + 1
    assert desk.check("alice", code(step)[-1], 30 * step).reason == "used"
    assert desk.check("alice", code(step)[-1], 30 * step + 30).reason == "used"


def test_a_used_code_is_no_second_use_of_another_accounts_step(store):
    desk = enrolled(store)
    desk.enrol("bob", ALICE)
    assert desk.check("alice", code(STEP), NOW)
    assert desk.check("bob", code(STEP), NOW)


tries = st.lists(st.tuples(st.integers(0, 60), st.integers(-3, 3)), max_size=40)


@given(tries=tries, window=st.integers(0, 2), limit=st.integers(0, 2))
def test_what_is_accepted_only_ever_goes_up(tries, window, limit):
    desk = enrolled(MemoryStore(), window=window, drift_limit=limit, throttle=None)
    at, accepted = NOW, []
    for seconds, off in tries:
        at += seconds
        Verifier(desk.store, window=0).unlock("alice")
        verdict = desk.check("alice", code(totp.counter(at) + off), at)
        if verdict:
            assert abs(verdict.drift) <= window + limit
            accepted.append(verdict.counter)
    assert accepted == sorted(set(accepted))


# --- drift ----------------------------------------------------------------------------------------------------------


def slow_clock(desk: Verifier, steps: int) -> list[str]:
    """A phone that falls one step further behind from login to login: the reasons that it is given."""
    found = []
    for lag in range(1, steps + 1):
        at = NOW + 3600 * lag
        found.append(desk.check("alice", totp.code(KEY, at - 30 * lag), at).reason)
    return found


def test_a_remembered_drift_follows_a_clock_that_goes_wrong_slowly(store):
    assert slow_clock(enrolled(store, drift_limit=10), 5) == ["accepted"] * 5
    assert store.get("alice").drift == -5


def test_without_a_limit_given_no_drift_is_remembered(store):
    assert slow_clock(enrolled(store), 3) == ["accepted", "late", "wrong"]
    assert store.get("alice").drift == 0


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_drift_is_limited_in_both_directions(store, sign):
    desk = enrolled(store, drift_limit=2)
    found = [
        desk.check("alice", code(STEP + 100 * hour + sign * hour), NOW + 3000 * hour).reason for hour in range(1, 5)
    ]
    assert found == ["accepted", "accepted", "accepted", "late" if sign < 0 else "early"]
    assert store.get("alice").drift == sign * 2


def test_a_drift_moves_the_window_and_does_not_widen_it(store):
    desk = enrolled(store, drift_limit=3)
    for off in (1, 2):
        assert desk.check("alice", code(STEP + 100 * off + off), NOW + 3000 * off)
    at, step = NOW + 9000, STEP + 300
    assert desk.check("alice", code(step), at).reason == "late"
    assert desk.check("alice", code(step + 4), at).reason == "early"
    assert desk.check("alice", code(step + 3), at).drift == 3


# --- throttling -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"delay": float("nan")},
        {"delay": -5},
        {"delay": float("inf")},
        {"delay": "5"},
        {"delay": 10**400},
        {"free": -1},
        {"free": 0.5},
        {"bound": 0},
        {"bound": float("inf")},
        {"bound": 10**400},
    ],
)
def test_a_throttle_that_is_none_is_refused(wrong):
    """Once nan and -5 let every try through, up to the bound."""
    with pytest.raises(OtpError, match=f"Throttle: {next(iter(wrong))}"):
        Throttle(**wrong)


def test_the_wait_grows_by_the_delay_and_ends_at_the_bound():
    rule = Throttle(delay=5, free=3, bound=6)
    assert [rule.wait(failures) for failures in range(8)] == [0, 0, 0, 0, 5, 10, math.inf, math.inf]
    assert Throttle().bound == 100
    assert max(map(Throttle().wait, range(100))) == 480


def test_a_few_wrong_codes_cost_nothing_and_the_next_ones_time(store):
    desk = enrolled(store)
    assert [desk.check("alice", WRONG, NOW).wait for _ in range(4)] == [0, 0, 0, 5]
    assert desk.check("alice", code(STEP), NOW + 1) == Verdict(False, "throttled", wait=4)
    assert desk.check("alice", WRONG, NOW + 5).wait == 10


def test_a_right_code_during_the_wait_is_neither_looked_at_nor_spent(store):
    desk = enrolled(store)
    fail(desk, 4)
    assert desk.check("alice", code(STEP), NOW + 4.9).reason == "throttled"
    assert desk.check("alice", code(STEP), NOW + 5)


def test_tries_during_the_wait_do_not_prolong_it(store):
    desk = enrolled(store)
    fail(desk, 4)
    assert {desk.check("alice", WRONG, NOW + second).reason for second in range(5)} == {"throttled"}
    assert desk.check("alice", code(STEP), NOW + 5)


def test_a_right_code_forgives(store):
    desk = enrolled(store)
    fail(desk, 4)
    assert desk.check("alice", code(STEP), NOW + 5)
    assert [desk.check("alice", WRONG, NOW + 5).wait for _ in range(4)] == [0, 0, 0, 5]


def test_failures_count_in_all_sessions_together(store):
    enrolled(store)
    waits = [Verifier(store).check("alice", WRONG, NOW).wait for _ in range(4)]
    assert waits == [0, 0, 0, 5]
    assert Verifier(store).check("alice", code(STEP), NOW).reason == "throttled"


def test_failures_of_one_account_are_not_those_of_another(store):
    desk = enrolled(store)
    desk.enrol("bob", ALICE)
    fail(desk, 4)
    assert desk.check("bob", code(STEP), NOW)


def test_every_failure_counts_but_not_what_is_no_guess(store):
    desk = enrolled(store)
    assert desk.check("alice", code(STEP), NOW)
    for typed in ("12345", "", "12345x"):
        assert desk.check("alice", typed, NOW) == Verdict(False, "malformed")
    assert store.get("alice").failures == 0
    for typed, reason in {code(STEP + 5): "wrong", code(STEP + 2): "early", code(STEP): "used"}.items():
        assert desk.check("alice", typed, NOW).reason == reason
    assert store.get("alice").failures == 3


def test_at_the_bound_only_an_administrator_helps(store):
    desk = enrolled(store, throttle=Throttle(delay=0, bound=10))
    assert fail(desk, 10).wait == math.inf
    year_later = NOW + 365 * 86_400
    locked = desk.check("alice", totp.code(KEY, year_later), year_later)
    assert locked == Verdict(False, "throttled", wait=math.inf)
    assert locked.after_password.wait is None
    desk.unlock("alice")
    assert desk.check("alice", totp.code(KEY, year_later), year_later)


def test_an_unlocked_account_keeps_what_was_used(store):
    desk = enrolled(store)
    assert desk.check("alice", code(STEP), NOW)
    desk.unlock("alice")
    assert desk.check("alice", code(STEP), NOW).reason == "used"


def test_a_guesser_without_a_pause_has_a_hundred_tries_in_seven_hours(store):
    """The bound, and what the waits up to it add up to: 5 s × (1 + … + 96)."""
    desk, at, looked_at = enrolled(store), NOW, 0
    while True:
        verdict = desk.check("alice", WRONG, at)
        looked_at += verdict.reason == "wrong"
        if math.isinf(verdict.wait):
            break
        at += verdict.wait
    assert looked_at == 100
    assert at - NOW == 5 * 96 * 97 / 2 == 23_280


def test_without_a_throttle_nobody_waits(store):
    desk = enrolled(store, throttle=None)
    assert fail(desk, 150).wait == 0
    assert desk.check("alice", code(STEP), NOW)


def test_a_clock_that_was_set_back_keeps_nobody_waiting_for_years(store):
    desk = enrolled(store)
    fail(desk, 4, at=NOW + 10**8)
    assert desk.check("alice", code(STEP), NOW).wait == 5
    assert desk.check("alice", code(STEP), NOW + 5)


def test_requests_that_overtake_each_other_are_no_way_around_the_wait(store):
    desk = enrolled(store)
    fail(desk, 4)
    assert desk.check("alice", code(STEP), NOW - 0.5).reason == "throttled"


# --- the comparison -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [-2, -1, 0, 1, 2, None])
def test_all_steps_are_compared_in_constant_time_wherever_the_match_is(monkeypatch, off):
    compared, compare = [], hmac.compare_digest

    def noted(first: str, second: str) -> bool:
        compared.append((first, second))
        return compare(first, second)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    desk = enrolled(MemoryStore())
    typed = WRONG if off is None else code(STEP + off)
    desk.check("alice", typed, NOW)
    assert compared == [(code(step), typed) for step in range(STEP - 2, STEP + 3)]


# --- event counters -------------------------------------------------------------------------------------------------


def test_rfc_4226_appendix_d_in_order(store):
    desk = enrolled(store, TOKEN)
    codes = [row["hotp"] for row in table("rfc4226_appendix_d.txt")]
    assert len(codes) == 10
    assert [desk.check("alice", each, NOW) for each in codes] == [
        Verdict(True, "accepted", counter, 0) for counter in range(10)
    ]
    assert not any(desk.check("alice", each, NOW) for each in codes)


def test_a_token_may_run_ahead_and_what_it_skipped_is_spent(store):
    desk = enrolled(store, TOKEN, look_ahead=5)
    assert desk.check("alice", code(5), NOW) == Verdict(True, "accepted", 5, 5)
    assert [desk.check("alice", code(counter), NOW).reason for counter in (5, 4)] == ["used", "wrong"]
    assert desk.check("alice", code(12), NOW).reason == "early"
    assert desk.check("alice", code(11), NOW).drift == 5


def test_a_token_without_look_ahead_keeps_step(store):
    desk = enrolled(store, TOKEN, look_ahead=0)
    assert desk.check("alice", code(1), NOW).reason == "early"
    assert desk.check("alice", code(0), NOW)


def test_a_token_begins_at_its_counter_and_never_before_it(store):
    desk = enrolled(store, dataclasses.replace(TOKEN, counter=7), throttle=None)
    assert not any(desk.check("alice", code(counter), NOW) for counter in range(7))
    assert desk.check("alice", code(7), NOW).drift == 0


def test_the_last_counter_is_accepted_and_then_there_are_no_more(store):
    desk = enrolled(store, dataclasses.replace(TOKEN, counter=2**64 - 2))
    assert desk.check("alice", code(2**64 - 2), NOW)
    assert desk.check("alice", code(2**64 - 1), NOW)
    assert desk.check("alice", code(2**64 - 1), NOW).reason == "used"
    assert desk.resynchronise("alice", code(0), code(1), NOW).reason == "wrong"
    assert store.get("alice").last == 2**64 - 1


def test_two_codes_in_a_row_find_a_token_that_ran_far_ahead(store):
    desk = enrolled(store, TOKEN)
    assert desk.check("alice", code(80), NOW).reason == "wrong"
    assert desk.resynchronise("alice", code(80), code(81), NOW) == Verdict(True, "accepted", 81, 81)
    assert desk.check("alice", code(81), NOW).reason == "used"
    assert desk.check("alice", code(82), NOW)


@pytest.mark.parametrize(
    "first, second",
    [(80, 82), (81, 80), (80, 80), (99, 100), (5000, 5001)],
    ids=["gap", "back", "twice", "edge", "far"],
)
def test_two_codes_that_are_not_in_a_row_or_too_far_find_nothing(store, first, second):
    desk = enrolled(store, TOKEN)
    assert desk.resynchronise("alice", code(first), code(second), NOW).reason == "wrong"
    assert store.get("alice").last == -1


def test_resynchronising_never_goes_back(store):
    desk = enrolled(store, dataclasses.replace(TOKEN, counter=50))
    assert desk.resynchronise("alice", code(48), code(49), NOW).reason == "wrong"
    assert desk.resynchronise("alice", code(49), code(50), NOW).reason == "wrong"
    assert desk.resynchronise("alice", code(50), code(51), NOW)


def test_resynchronising_is_throttled_like_a_check(store):
    desk = enrolled(store, TOKEN)
    waits = [desk.resynchronise("alice", WRONG, WRONG, NOW).wait for _ in range(4)]
    assert waits == [0, 0, 0, 5]
    assert desk.resynchronise("alice", code(80), code(81), NOW).reason == "throttled"
    assert desk.resynchronise("alice", code(80), "12", NOW + 5).reason == "malformed"
    assert desk.resynchronise("alice", code(80), code(81), NOW + 5)


def test_a_clock_is_not_resynchronised(store):
    with pytest.raises(OtpError, match="only a counter"):
        enrolled(store).resynchronise("alice", code(1), code(2), NOW)


# --- what is told to whom -------------------------------------------------------------------------------------------


def refusals(store):
    """One verdict for every reason without a wait."""
    desk = enrolled(store)
    yield desk.check("alice", code(STEP - 2), NOW)
    assert desk.check("alice", code(STEP), NOW)
    yield desk.check("alice", code(STEP), NOW)
    yield desk.check("alice", code(STEP + 2), NOW)
    yield desk.check("alice", WRONG, NOW)
    yield desk.check("alice", "12345", NOW)
    yield desk.check("nobody", code(STEP), NOW)


def test_the_client_hears_the_same_whatever_the_reason(store):
    found = list(refusals(store))
    assert [verdict.reason for verdict in found] == ["late", "used", "early", "wrong", "malformed", "unknown"]
    assert len({verdict.public for verdict in found}) == 1
    assert found[0].public.message == "That code is not accepted."
    assert not any(verdict.reason in repr(verdict.public) for verdict in found)


def test_the_client_hears_how_long_to_wait(store):
    desk = enrolled(store)
    fail(desk, 4)
    told = desk.check("alice", WRONG, NOW + 0.5).after_password
    assert (told.accepted, told.wait) == (False, 5)
    assert told.message == "Too many wrong codes. Wait 5 s, then try again."


def test_a_verdict_is_true_only_if_accepted(store):
    desk = enrolled(store)
    assert not desk.check("alice", WRONG, NOW)
    assert desk.check("alice", code(STEP), NOW)
    assert desk.check("alice", code(STEP + 1), NOW).public.accepted


def test_a_verdict_cannot_be_changed_afterwards(store):
    verdict = enrolled(store).check("alice", WRONG, NOW)
    for value in (verdict, verdict.public):
        with pytest.raises(dataclasses.FrozenInstanceError):
            value.accepted = True


def test_no_verdict_shows_a_code_or_a_key(store):
    for verdict in refusals(store):
        for secret_text in (code(STEP), WRONG, secret.encode(KEY), KEY.decode()):
            assert secret_text not in f"{verdict!r} {verdict} {verdict.public!r}"


# --- accounts come and go -------------------------------------------------------------------------------------------


def test_an_id_is_enrolled_once(store):
    desk = enrolled(store)
    other = Account(key=b"another key of 20 b.")
    with pytest.raises(OtpError, match="'alice' is enrolled already"):
        desk.enrol("alice", other)
    assert desk.check("alice", code(STEP), NOW)


def test_a_replaced_key_counts_no_more_and_the_new_one_begins_anew(store):
    desk = enrolled(store)
    assert desk.check("alice", code(STEP), NOW)
    fail(desk, 4)
    new = Account(key=b"another key of 20 b.")
    desk.enrol("alice", new, replace=True)
    assert desk.check("alice", code(STEP + 1), NOW).reason == "wrong"
    assert desk.check("alice", totp.code(new.key, NOW), NOW)


LONG = bytes(range(100))


@pytest.mark.parametrize(
    "old, new, algorithm",
    [
        (KEY, KEY, "SHA1"),
        (KEY, KEY + b"\0", "SHA1"),
        (KEY + bytes(44), KEY, "SHA1"),
        (LONG, hashlib.sha1(LONG).digest(), "SHA1"),
        (LONG, hashlib.sha256(LONG).digest(), "SHA256"),
        (LONG, LONG + bytes(28), "SHA512"),
    ],
    ids=["same", "zero", "zeros", "hash", "hash-256", "zeros-512"],
)
def test_a_key_with_the_same_codes_would_make_used_ones_good(store, old, new, algorithm):
    accounts = [Account(issuer="Example", name="alice", key=key, algorithm=algorithm) for key in (old, new)]
    desk, used = enrolled(store, accounts[0]), accounts[0].codes([STEP])
    assert accounts[1].codes([STEP]) == used
    assert desk.check("alice", *used, NOW)
    with pytest.raises(OtpError, match="has this key already"):
        desk.enrol("alice", accounts[1], replace=True)
    assert desk.check("alice", *used, NOW).reason == "used"


@pytest.mark.parametrize("new", [KEY[:-1], KEY + b"\1", KEY + bytes(45), hashlib.sha256(KEY).digest()])
def test_a_key_with_other_codes_is_another(store, new):
    desk = enrolled(store)
    desk.enrol("alice", Account(key=new), replace=True)
    assert desk.check("alice", totp.code(new, NOW), NOW)


def test_replacing_what_is_not_there_enrols(store):
    desk = Verifier(store)
    desk.enrol("alice", ALICE, replace=True)
    assert desk.check("alice", code(STEP), NOW)


def test_a_forgotten_account_is_unknown(store):
    desk = enrolled(store)
    desk.forget("alice")
    assert desk.check("alice", code(STEP), NOW).reason == "unknown"


@pytest.mark.parametrize("act", ["forget", "unlock"])
def test_an_account_that_is_none_is_named(store, act):
    with pytest.raises(OtpError, match="there is no account 'nobody' to"):
        getattr(Verifier(store), act)("nobody")


@pytest.mark.parametrize("account_id", ["", "alice", "ALICE", "é", "e\u0301", "👩‍💻", "'; DROP TABLE accounts; --"])
def test_any_text_is_an_id_and_no_two_are_the_same(store, account_id):
    desk = Verifier(store)
    desk.enrol(account_id, ALICE)
    assert desk.check(account_id, code(STEP), NOW)
    assert desk.check(account_id + " ", code(STEP), NOW).reason == "unknown"


@pytest.mark.parametrize(
    "account_id, why", [(7, "is text"), (None, "is text"), (b"alice", "is text"), ("\ud800", "half"), ("a\0b", "NUL")]
)
def test_an_id_that_is_none(store, account_id, why):
    desk = enrolled(store)
    for act in (
        lambda: desk.enrol(account_id, ALICE),
        lambda: desk.check(account_id, WRONG, NOW),
        lambda: desk.forget(account_id),
        lambda: desk.unlock(account_id),
    ):
        with pytest.raises(OtpError, match=why):
            act()


# --- bad input ------------------------------------------------------------------------------------------------------

MALFORMED = [
    "",
    " ",
    "-",
    "28708",
    "2870822",
    "28708a",
    "+87082",
    "-287082.",
    "2870.82",
    "0x1234",
    "287_082",
    "287082\0",
    "２８７０８２",
    "٢٨٧٠٨٢",
    "²87082",
    "28708²",
    "287082" + " " * 100,
    "9" * 1_000_000,
    "287082\ud800",
    "<b>287082</b>",
]


@pytest.mark.parametrize("typed", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_no_code_is_said_to_be_none_and_changes_nothing(store, typed):
    desk = enrolled(store)
    before = store.get("alice")
    assert desk.check("alice", typed, 59) == Verdict(False, "malformed")
    assert store.get("alice") == before


@given(st.text())
def test_no_text_is_accepted_but_the_code(typed):
    desk = enrolled(MemoryStore(), throttle=None)
    kept = "".join(sign for sign in typed if sign in "0123456789")
    assert desk.check("alice", typed, NOW).reason in ("malformed", "wrong") or kept == code(STEP)


@pytest.mark.parametrize("typed", [287082, 287082.0, None, b"287082", ["287082"]])
def test_a_code_that_is_not_text_is_the_callers_mistake(store, typed):
    desk = enrolled(store)
    with pytest.raises(OtpError, match=r"a code is text \(str\)"):
        desk.check("alice", typed, 59)


@pytest.mark.parametrize("at", [datetime(2024, 1, 1), -1, math.nan, math.inf, "59", None, True])
@pytest.mark.parametrize("account", [ALICE, TOKEN], ids=["totp", "hotp"])
def test_a_moment_that_is_none_is_the_callers_mistake(store, account, at):
    desk = enrolled(store, account)
    with pytest.raises(OtpError):
        desk.check("alice", "287082", at)


def test_a_moment_beyond_the_last_step_has_no_codes(store):
    assert enrolled(store, plausible=(0, 1e30)).check("alice", WRONG, 1e30).reason == "wrong"
