"""The verifier attacked: its clock, its store's contents, a store that breaks its word, its answers, and its log."""

import dataclasses
import logging
import math
from datetime import datetime, timedelta, timezone, tzinfo

import pytest

from totp_teach import OtpError, hotp, totp
from totp_teach.otpauth import Account
from totp_teach.verifier import MemoryStore, Record, SqliteStore, Throttle, Verifier

KEY = b"12345678901234567890"
ALICE = Account(issuer="Example", name="alice@example.com", key=KEY)
NOW = 1_600_000_045
STEP = NOW // 30
WRONG = "000000"
RIGHT = totp.code(KEY, NOW)


def enrolled(store=None, account=ALICE, **settings) -> Verifier:
    desk = Verifier(store if store is not None else MemoryStore(), **settings)
    desk.enrol("alice", account)
    return desk


# --- its clock ------------------------------------------------------------------------------------------------------


class Broken(tzinfo):
    """A time zone that does not know its own offset."""


class FarOff(tzinfo):
    """A time zone two days away, which datetime itself does not take."""

    def utcoffset(self, _):
        return timedelta(days=2)


MOMENTS = [
    NOW * 1000,
    NOW * 1000.0,
    -1,
    2**63,
    10**400,
    10**5000,
    1e308,
    math.inf,
    math.nan,
    True,
    None,
    "now",
    b"59",
    59 + 0j,
    [59],
    datetime(2026, 1, 1),
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    datetime(2026, 1, 1, tzinfo=Broken()),
    datetime(2026, 1, 1, tzinfo=FarOff()),
]


@pytest.mark.parametrize("at", MOMENTS, ids=lambda at: type(at).__name__)
@pytest.mark.parametrize("action", ["check", "resynchronise"])
def test_a_moment_that_is_none_is_an_otp_error_and_changes_nothing(at, action):
    desk = enrolled()
    before = desk.store.get("alice")
    codes = {"check": [RIGHT], "resynchronise": [RIGHT, RIGHT]}[action]
    with pytest.raises(OtpError):
        getattr(desk, action)("alice", *codes, at)
    assert desk.store.get("alice") == before
    assert desk.check("alice", RIGHT, NOW)


def test_milliseconds_are_called_by_their_name():
    desk = enrolled()
    with pytest.raises(OtpError, match=r"in the year 5267\d.*milliseconds"):
        desk.check("alice", totp.code(KEY, NOW * 1000), NOW * 1000)
    assert desk.check("alice", RIGHT, NOW)


def test_what_is_plausible_can_be_set():
    desk = enrolled(plausible=(NOW - 86_400, NOW + 86_400))
    for at in (59, NOW - 86_401, NOW + 86_401):
        with pytest.raises(OtpError, match="plausible"):
            desk.check("alice", totp.code(KEY, at), at)
    assert desk.check("alice", RIGHT, NOW)
    assert enrolled(plausible=(0, 2**40)).check("alice", totp.code(KEY, 20_000_000_000), 20_000_000_000)


@pytest.mark.parametrize("plausible", [None, 5, (1,), (2, 1), (0, "x"), (0, math.nan), (1, 2, 3)])
def test_a_range_of_moments_that_is_none(plausible):
    with pytest.raises(OtpError, match="plausible"):
        Verifier(MemoryStore(), plausible=plausible)


def test_after_a_clock_that_was_ahead_a_fresh_key_helps():
    desk = enrolled()
    ahead = NOW + 365 * 86_400
    assert desk.check("alice", totp.code(KEY, ahead), ahead)
    assert desk.check("alice", RIGHT, NOW).reason == "used"
    desk.unlock("alice")
    assert desk.check("alice", RIGHT, NOW).reason == "used"
    desk.enrol("alice", Account(key=KEY[::-1]), replace=True)
    assert desk.check("alice", totp.code(KEY[::-1], NOW), NOW)


def test_an_unlock_under_a_narrower_window_gives_no_code_a_second_use():
    wide = enrolled(window=3)
    used = hotp.code(KEY, STEP + 3)
    assert wide.check("alice", used, NOW)
    Verifier(wide.store, window=0).unlock("alice")
    assert wide.check("alice", used, NOW).reason == "used"


def failed(times: int) -> Verifier:
    """A verifier whose account has so many failures in a row, the last one at NOW."""
    desk = enrolled()
    new = desk.store.get("alice")
    assert desk.store.swap("alice", new, dataclasses.replace(new, failures=times, failed_at=NOW))
    return desk


@pytest.mark.parametrize("failures", [4, 50, 99])
@pytest.mark.parametrize("back", [1, 11, 60, 301, 475, 480, 599, 601, 86_400, 10**8])
def test_a_clock_set_back_lets_no_try_through_and_keeps_nobody_out_for_longer_than_the_longest_wait(back, failures):
    desk, now = failed(failures), NOW - back
    told = desk.check("alice", totp.code(KEY, now), now)
    assert told.reason == "throttled"
    assert Throttle().wait(failures) <= told.wait <= 480
    for passed in (0.25, 0.5, 0.99):
        assert desk.check("alice", WRONG, now + passed * told.wait).reason == "throttled"
    assert desk.check("alice", totp.code(KEY, now + told.wait), now + told.wait)


def test_the_failures_that_cost_nothing_cost_nothing_under_a_clock_set_back():
    assert failed(3).check("alice", totp.code(KEY, NOW - 100), NOW - 100)


def test_a_clock_set_back_again_and_again_adds_up_to_nothing():
    desk = failed(50)
    for back in range(0, 10_000, 100):
        assert desk.check("alice", RIGHT, NOW - back).wait <= 480


@pytest.mark.parametrize("skew", [0, 6, 11, 31, 61, 121, 301, 475])
def test_servers_whose_clocks_differ_let_no_more_tries_through_than_one(skew):
    """Once 5, 6, 10, 16, 28 and 64 tries of one moment, since the server behind put the last failure further back."""
    desk = enrolled()
    heard = [desk.check("alice", WRONG, at).reason for _ in range(100) for at in (NOW, NOW - skew)]
    assert heard.count("wrong") == 4
    desk = enrolled()
    heard = [desk.check("alice", WRONG, at).reason for at in (NOW - skew, NOW) for _ in range(100)]
    assert heard.count("wrong") == (5 if skew > 5 else 4)  # the server ahead sees one wait end too early


@pytest.mark.parametrize("skew", [1, 31, 61])
def test_between_servers_whose_clocks_differ_a_guesser_saves_no_time(skew):
    desk, at = enrolled(), NOW
    while desk.store.get("alice").failures < 100:
        at += min([desk.check("alice", WRONG, now).wait for now in (at, at - skew)])
    assert at - NOW > 0.98 * 23_280


# --- what lies in the store -----------------------------------------------------------------------------------------

DAMAGED = {
    "state": [
        "[-1]",
        "[1, 2, 3]",
        "[1, 2, 3, 4, 5]",
        "null",
        '"x"',
        "x",
        "{}",
        "",
        '["1", 0, 0, 0]',
        "[1, 0, 0, NaN]",
        f"[1, 0, 0, {10**400}]",
        "[" * 10**5,
    ],
    "settings": ["null", "[]", "x", "{}x", '{"digits": 99}', '{"unheard": 1}', '{"type": "hotp"}'],
    "key": ["", "text", None, 5, 1.5],
    "revision": ["x", None, 1.5],
}


class Marking:
    """A cipher that leaves its mark, and stumbles over what is not bytes."""

    def seal(self, data, context):
        return b"sealed" + data

    def open(self, sealed, context):
        if not sealed.startswith(b"sealed"):
            raise OtpError("not sealed")
        return sealed.removeprefix(b"sealed")


@pytest.mark.parametrize("column, value", [(column, value) for column in DAMAGED for value in DAMAGED[column]])
@pytest.mark.parametrize("cipher", [None, Marking()], ids=["open", "sealed"])
def test_a_damaged_row_is_an_otp_error(tmp_path, column, value, cipher):
    with SqliteDesk(tmp_path, cipher) as desk:
        desk.store._run("PRAGMA ignore_check_constraints = 1")
        try:
            desk.store._run(f"UPDATE accounts SET {column} = ?", value)
        except OtpError:
            return  # the table itself does not take it
        with pytest.raises(OtpError, match="'alice' is damaged") as error:
            desk.check("alice", RIGHT, NOW)
        assert "1234" not in str(error.value)


class SqliteDesk:
    """A verifier on a file, with an account."""

    def __init__(self, folder, cipher):
        self.store = SqliteStore(folder / "accounts.db", cipher=cipher)

    def __enter__(self):
        return enrolled(self.store)

    def __exit__(self, *_):
        self.store.close()


@pytest.mark.parametrize("typed, reason", [(RIGHT, "accepted"), (WRONG, "wrong")])
def test_the_last_revision_that_a_table_holds_is_followed_by_the_first(tmp_path, typed, reason):
    store = SqliteStore(tmp_path / "accounts.db")
    assert store.add("alice", Record(ALICE, revision=2**63 - 1))
    assert Verifier(store).check("alice", typed, NOW).reason == reason
    assert store.get("alice").revision == 0
    with pytest.raises(OtpError, match="cannot be used"):
        store.add("bob", Record(ALICE, revision=2**63))
    store.close()


def test_a_row_comes_back_as_it_was():
    record = Record(Account("hotp", "Größe", "a", KEY, "SHA512", 8, counter=2**64 - 1), 2**64 - 1, -3, 7, 1234.5)
    assert Record.of("alice", record.row("alice")) == record
    assert KEY not in str(record.row("alice")[0]).encode()


# --- a store that breaks its word -----------------------------------------------------------------------------------


class Liar(MemoryStore):
    """A store whose swap and add do as they are told, and answer something else."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def swap(self, *given):
        super().swap(*given)
        return self.answer


class Stuck(MemoryStore):
    """A store in which something has always changed meanwhile."""

    def swap(self, *given):
        return False


@pytest.mark.parametrize("answer", [None, 1, "yes", 0])
@pytest.mark.parametrize("typed", [RIGHT, WRONG])
def test_a_swap_that_answers_neither_true_nor_false_is_named(answer, typed):
    with pytest.raises(OtpError, match=r"Liar.swap must return True or False, not "):
        enrolled(Liar(answer)).check("alice", typed, NOW)


def test_an_add_that_answers_neither_true_nor_false_is_named():
    store = MemoryStore()
    store.add = lambda *_, **__: None
    with pytest.raises(OtpError, match="add must return True or False"):
        enrolled(store)


@pytest.mark.parametrize("typed", [RIGHT, WRONG])
def test_a_swap_that_never_succeeds_ends_in_an_otp_error(typed):
    desk = enrolled(Stuck())
    with pytest.raises(OtpError, match="1,000 times"):
        desk.check("alice", typed, NOW)
    with pytest.raises(OtpError, match="1,000 times"):
        desk.unlock("alice")


@pytest.mark.parametrize("account", ["otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ", None, {"key": KEY}, KEY])
def test_only_an_account_is_enrolled(account):
    with pytest.raises(OtpError, match="otpauth.parse") as error:
        Verifier(MemoryStore()).enrol("alice", account)
    assert "GEZD" not in str(error.value)


# --- its answers ----------------------------------------------------------------------------------------------------


def test_used_and_wrong_are_answered_alike_at_every_try():
    desk = enrolled(window=100)
    assert desk.check("alice", hotp.code(KEY, STEP + 50), NOW)
    replayed, guessed = Verifier(desk.store, window=100), enrolled()
    at, heard = NOW, []
    for _ in range(12):
        used, wrong = replayed.check("alice", RIGHT, at), guessed.check("alice", WRONG, at)
        assert (used.reason, wrong.reason) == ("used", "wrong")
        heard.append(
            (used.public == wrong.public, used.after_password == wrong.after_password, used.wait == wrong.wait)
        )
        at += wrong.wait
    assert set(heard) == {(True, True, True)}


def test_the_public_answer_tells_nobody_who_has_an_account():
    desk = enrolled()
    known = {desk.check("alice", WRONG, NOW).public for _ in range(120)}
    unknown = {desk.check("nobody", WRONG, NOW).public for _ in range(120)}
    assert known == unknown
    assert len(known) == 1


def test_somebody_who_has_shown_the_password_hears_how_long_to_wait():
    desk = enrolled(throttle=Throttle(delay=5, free=3, bound=6))
    told = [desk.check("alice", WRONG, NOW + 100 * number).after_password for number in range(6)]
    assert [answer.wait for answer in told] == [0, 0, 0, 5, 10, None]
    assert "Wait 5 s" in told[3].message
    assert told[0] == desk.check("nobody", WRONG, NOW).after_password


def test_a_used_code_costs_the_same_work_as_a_wrong_one():
    """A change each: a clock would tell one that is written from one that is not."""
    desk = enrolled()
    assert desk.check("alice", RIGHT, NOW)
    swaps = []
    swap = desk.store.swap
    desk.store.swap = lambda *given: swaps.append(given) or swap(*given)
    assert desk.check("alice", RIGHT, NOW).reason == "used"
    assert desk.check("alice", WRONG, NOW).reason == "wrong"
    assert len(swaps) == 2


# --- its log --------------------------------------------------------------------------------------------------------


def test_the_log_says_what_happened_and_never_a_code_or_a_key(caplog):
    caplog.set_level(logging.DEBUG, "totp_teach")
    desk = enrolled(throttle=Throttle(delay=5, free=0, bound=3))
    for typed in (RIGHT, RIGHT, WRONG, "12 34", WRONG):
        desk.check("alice", typed, NOW)
    desk.check("no\nbody" + "x" * 10_000, RIGHT, NOW)
    lines = [record.getMessage() for record in caplog.records]
    for reason in ("accepted", "used", "throttled", "unknown"):
        assert any(reason in line for line in lines), reason
    assert all("\n" not in line and len(line) < 300 for line in lines)
    text = " ".join(lines)
    for hidden in (RIGHT, WRONG, "1234", KEY.decode(), "GEZD"):
        assert hidden not in text


def test_the_log_warns_of_a_clock_that_was_ahead_and_of_a_locked_account(caplog):
    caplog.set_level(logging.WARNING, "totp_teach")
    desk = enrolled(throttle=Throttle(delay=0, bound=2))
    ahead = NOW + 86_400
    assert desk.check("alice", totp.code(KEY, ahead), ahead)
    desk.check("alice", RIGHT, NOW)
    assert "clock" in caplog.records[-1].getMessage()
    desk.check("alice", WRONG, NOW)
    assert "locked" in caplog.records[-1].getMessage()


def test_without_a_handler_nothing_is_printed(capfd):
    desk = enrolled(throttle=Throttle(delay=0, bound=1))
    desk.check("alice", WRONG, NOW)
    desk.check("alice", WRONG, NOW)
    assert capfd.readouterr().err == ""


def test_a_record_has_no_key_in_its_repr():
    assert "1234567890" not in repr(Record(ALICE)) + repr(dataclasses.replace(Record(ALICE), last=5))
