"""What explains a code: every mistake is found again, what does the same stands together, and chance is told truly."""

import dataclasses
import io
import json
import math
import os
import subprocess
import sys
from datetime import UTC, datetime
from random import Random

import pytest
from mistaken import ON_THE_WAY, telling

import totp_teach
from totp_teach import OtpError, diagnose, hotp, migration, mistakes, otpauth, secret, totp
from totp_teach.diagnose import command, explain, log, moments, search
from totp_teach.diagnose.question import Reading
from totp_teach.diagnose.words import share

KEY = b"12345678901234567890"
AT = 1111111109  # 29 s into its step
LATER = AT + 47  # 16 s into the next but one


def codes(*wrong, moments=(AT, LATER), key=KEY, **how):
    """The codes that these mistakes make, with their moments."""
    return [(mistakes.code(key, at, *wrong, **how), at) for at in moments]


def everything(found: diagnose.Explanation) -> set[str]:
    """All names in an explanation, what does the same with these codes among them."""
    return {name for name in NAMES if any(name in text for text in (*found.mistakes, *found.same, *found.also))}


NAMES = [mistake.name for mistake in ON_THE_WAY]


# --- every mistake is found -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mistake", ON_THE_WAY, ids=lambda mistake: mistake.name)
def test_every_mistake_is_found_first(mistake):
    """Two codes each, random keys, moments and settings: a small part of what benchmarks/bench_diagnose.py tries."""
    random = Random(mistake.name)
    for _ in range(2):
        case = telling(random, mistake)
        found = explain(case.codes, case.key, typed=case.typed, counter=case.counter, pairs=False, **case.agreed)
        assert found, "nothing found"
        assert mistake.name in everything(found[0])
        assert found[0].chance < 1e-5


@pytest.mark.parametrize(
    "wrong",
    [
        [("clock drift", -40_000), "counter as text"],
        ["high nibble", ("another algorithm", "SHA256")],
    ],
    ids=lambda wrong: " and ".join(name if isinstance(name, str) else name[0] for name in wrong),
)
def test_two_mistakes_are_found_together(wrong):
    """One with drift up to a day, and two at once."""
    found = explain(codes(*wrong, algorithm="SHA512"), KEY, algorithm="SHA512")
    assert set(found[0].mistakes) == {name if isinstance(name, str) else name[0] for name in wrong}


def test_two_mistakes_are_not_looked_for_when_one_explains_it():
    told = []
    explain(codes("high nibble"), KEY, progress=told.append)
    assert told == []
    assert explain(codes("high nibble", "little-endian counter"), KEY, pairs=False) == []


def test_what_one_mistake_explains_is_not_explained_by_two(monkeypatch):
    """An hour and one step of drift: also a time zone and a counter off by one."""
    monkeypatch.setattr(search, "DAY", 7200)
    found = explain(totp.code(KEY, AT + 3630), KEY, AT, pairs=True)
    first = next(item for item in found if item.mistakes == ("clock drift",))
    assert not any(" and " in text for text in (first.sentence.partition(":")[0], *first.same, *first.also))


def test_progress_runs_from_little_to_all(monkeypatch):
    monkeypatch.setattr(search, "DAY", 6000)
    told = []
    assert explain("123456", KEY, AT, progress=told.append, pairs=True) == []
    assert len(told) > 5
    assert told == sorted(told)
    assert told[-1] == 1.0


# --- the right code, and nothing ------------------------------------------------------------------------------------


def test_a_right_code_is_said_to_be_right_first():
    found = explain("287 082", KEY, 59)
    assert len(found) == 1
    assert found[0].mistakes == ()
    assert found[0].sentence == "it matches: nothing is wrong with the computation"
    assert "used already" in found[0].confirm
    assert found[0].chance == 1e-6


def test_two_right_codes_are_right_and_one_of_them_is_not_enough():
    assert explain([("287082", 59), ("359152", 60)], KEY)[0].mistakes == ()
    assert explain([("287082", 59), ("359153", 60)], KEY, pairs=False) == []


def test_nothing_found_is_an_empty_list_that_says_how_much_was_tried():
    found = explain("123456", KEY, AT, pairs=False)
    assert list(found) == []
    assert 6000 < found.tried < 9000
    assert repr(found).startswith("Nothing explains it.")
    assert f"{found.tried:,} variants" in repr(found)
    assert repr(found).endswith("or two mistakes at once?") and "by accident is at most" in found.note


def test_what_was_searched_is_what_is_said(monkeypatch):
    monkeypatch.setattr(search, "DAY", 600)
    found = explain("123456", KEY, AT)
    assert (found.note.endswith("or three mistakes at once?")) == (not found)


def test_a_zone_is_confirmed_otherwise_than_a_clock():
    zone, clock = (explain([(totp.code(KEY, at + by), at) for at in (AT, LATER)], KEY)[0] for by in (7200, 75))
    assert (zone.mistakes, clock.mistakes) == (("local time taken for UTC",), ("clock drift",))
    assert "clocks on the wall" in zone.confirm and "clocks on the wall" not in clock.confirm


def test_a_chance_is_called_a_bound_where_variants_are_counted():
    found = explain(codes("high nibble"), KEY)[0]
    assert f"by chance  at most {share(found.chance)} (" in str(found)
    assert "at most" not in str(explain(totp.code(KEY, AT), KEY, AT)[0])


# --- drift, and what does the same ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [-86_400, -3000, -31, -1, 1, 30, 75, 12_345, 86_400])
def test_the_drift_is_measured(seconds):
    moments = (AT, LATER, AT + 1000, AT + 5005)
    wrong = [(totp.code(KEY, at + seconds), at) for at in moments]
    found = explain(wrong, KEY, pairs=False)
    if all(code == totp.code(KEY, at) for code, at in wrong):
        assert found[0].mistakes == ()
        return
    assert "clock drift" in everything(found[0])
    if found[0].drift:
        least, most = found[0].drift
        assert least <= seconds <= most
        assert most - least < 30


def test_two_codes_measure_the_drift_better_than_one():
    (least, most), (lower, upper) = (
        explain([(totp.code(KEY, at + 100), at) for at in moments], KEY)[0].drift for moments in ((AT,), (AT, LATER))
    )
    assert (least, most) == (91, 120)  # 29 s into the step: four boundaries are passed by 91 to 120 s more
    assert (lower, upper) == (91, 103)  # 16 s into it: by 74 to 103 s more


def test_more_than_a_day_is_not_found():
    assert explain([(totp.code(KEY, at + 90_000), at) for at in (AT, LATER)], KEY, pairs=False) == []


def test_a_time_zone_and_hours_of_drift_are_one_explanation():
    found = explain(codes(("local time taken for UTC", 330)), KEY)
    assert len(found) == 1
    assert found[0].mistakes == ("local time taken for UTC",)
    assert "UTC+05:30" in found[0].sentence
    assert found[0].same == ("clock drift (5 h 29 min 44 s to 5 h 30 min ahead)",)
    assert found[0].also == ()


def test_opposite_zones_are_one_explanation():
    found = explain(codes(("UTC taken for local time", -60)), KEY)
    names = everything(found[0])
    assert {"local time taken for UTC", "UTC taken for local time", "clock drift"} <= names
    assert any("UTC+01:00" in text for text in (found[0].sentence, *found[0].same))


def test_rounding_and_fifteen_seconds_are_one_explanation():
    """Late in its step, early in its step: only rounding and drift up to 15 s do that."""
    found = explain(codes("rounded instead of floored", moments=(AT, AT + 5)), KEY)
    assert found[0].mistakes == ("rounded instead of floored",)
    assert any(text.startswith("clock drift") for text in found[0].same)


def test_what_does_the_same_with_one_code_is_parted_by_another():
    one = explain(codes("rounded instead of floored", moments=(AT,)), KEY)
    assert {"rounded instead of floored", "counter off by one", "clock drift"} <= everything(one[0])
    assert any("rounded instead of floored" in text for text in one[0].also)
    assert "a code from another step decides" in str(one)
    two = explain(codes("rounded instead of floored", moments=(AT, AT + 31)), KEY)
    assert "counter off by one" not in everything(two[0])


def test_what_agrees_on_every_input_is_called_the_same():
    wrong = codes("mask missing", moments=[AT + 30 * step for step in range(8)])
    found = explain(wrong, KEY)
    assert found[0].mistakes == ("mask missing",)
    assert found[0].same == ("modulo before the mask",)
    assert "signed number" not in everything(found[0])


def test_with_ten_digits_the_modulo_comes_too_late_to_matter():
    """number % 10^10 is the number: then the mask still does its work."""
    wrong = codes("mask missing", moments=[AT + 30 * step for step in range(8)], digits=10)
    assert "modulo before the mask" not in everything(explain(wrong, KEY, digits=10)[0])


# --- evidence and chance --------------------------------------------------------------------------------------------


def test_one_code_is_called_weak_evidence_and_a_second_one_multiplies_it():
    one, two = explain(codes("high nibble", moments=(AT,)), KEY), explain(codes("high nibble"), KEY)
    assert one[0].mistakes == two[0].mistakes == ("high nibble",)
    assert "One code is weak evidence: a second one, from a later step, makes it strong." in repr(one)
    assert "weak" not in repr(two)
    assert one[0].chance == pytest.approx(1 - (1 - 1 / 10**6) ** one[0].tried)
    assert two[0].chance == pytest.approx(two[0].tried / 10**12)  # of so small a chance the same


def test_two_codes_of_one_step_are_one_witness():
    found = explain(codes("high nibble", moments=(AT, AT)), KEY)
    assert found[0].chance == pytest.approx(1 - (1 - 1 / 10**6) ** found[0].tried)
    assert "One code is weak evidence" in found.note


def test_the_less_plausible_the_more_was_tried():
    near, far = (explain(totp.code(KEY, AT + drift), KEY, AT, pairs=False)[0] for drift in (-60, -60_000))
    assert near.tried < far.tried
    assert near.chance < 0.0001
    assert far.chance > 0.001
    assert "weak evidence" in str(far)
    assert "weak evidence" not in str(near)


def test_the_chance_is_a_probability_and_not_a_number_of_hits():
    """7,000 variants against 10,000 codes: half of the codes are met by one or more, and not seven tenths."""
    found = explain("2941", typed="R5MB5FAQNX5UIPWL", at=45187109 * 30)
    assert found.chance == pytest.approx(1 - (1 - 1 / 10**4) ** found.tried)
    assert 0.4 < found.chance < 0.6
    assert f"{found.chance:.1%}".replace("%", " %") in found.note


def test_chance_is_what_happens_to_random_codes():
    """Codes that have nothing to do with the key, of four digits so that it happens often enough to be counted."""
    random = Random(5)
    found = [explain(f"{random.randrange(10**4):04}", KEY, AT, digits=4, pairs=False) for _ in range(60)]
    expected = sum(item.chance for item in found)
    assert 20 < expected < 40
    assert abs(sum(map(bool, found)) - expected) < 4 * math.sqrt(60 / 4)


def test_the_most_plausible_comes_first():
    """A code of three digits fits many things: each is given with what was tried up to it."""
    found = explain(totp.code(KEY, AT + 30, digits=3), KEY, AT, digits=3, pairs=False)
    assert len(found) > 1
    assert "counter off by one" in everything(found[0])
    assert [item.tried for item in found] == sorted(item.tried for item in found)


def test_of_many_explanations_the_first_are_shown_and_the_others_counted():
    found = explain("7", KEY, AT, digits=1, pairs=False)
    assert len(found) > 100
    for text in (repr(found), found._repr_html_()):
        assert f"{len(found) - 5} more explain it as well." in text
        assert text.count("confirm") == 5


def test_the_evidence_names_the_step_and_both_codes():
    found = explain(codes("little-endian counter"), KEY)[0]
    (first, _), (second, _) = codes("little-endian counter")
    earlier, later = "00 00 00 00 02 35 23 ec", "00 00 00 00 02 35 23 ee"
    assert found.evidence == (
        f"at {AT} message ec 23 35 02 00 00 00 00 in place of message {earlier}, code {first}, where 081804 is right; "
        f"at {LATER} message ee 23 35 02 00 00 00 00 in place of message {later}, code {second}, where 266759 is right"
    )
    assert found.confirm == mistakes.HOW_TO_CONFIRM["message"]
    assert found.fix == mistakes.find("little-endian counter").fix


def test_a_code_that_came_out_right_all_the_same_is_said_to_be():
    wrong = codes("mask missing", moments=[AT + 30 * step for step in range(8)])
    assert "which is right, too" in explain(wrong, KEY)[0].evidence


# --- from a URI, and what apps do ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ignored", "words"),
    [
        ({"period": 30}, "so do apps that ignore the period in the URI"),
        ({"algorithm": "SHA1"}, "so do apps that ignore the algorithm in the URI"),
        ({"digits": 6}, "so do apps that ignore the digits in the URI"),
        ({"algorithm": "SHA1", "digits": 6, "period": 30}, "parameters ignored: an app that knows only SHA1, 6 digits"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_an_app_that_ignores_what_the_uri_says(ignored, words):
    account = otpauth.Account("totp", "Example", "alice@example.com", KEY, "SHA256", 8, 60)
    shown = {"algorithm": "SHA256", "digits": 8, "period": 60} | ignored
    wrong = [(totp.code(KEY, at, **shown), at) for at in (AT, LATER + 30)]
    by_account, by_uri = explain(wrong, account), explain(wrong, typed=account.uri)
    assert words in by_account[0].sentence
    assert by_uri.tried == by_account.tried + 3  # the ways in which a whole URI is taken for the secret
    assert by_account[0].sentence == by_uri[0].sentence


def test_an_app_that_ignores_two_of_three(monkeypatch):
    monkeypatch.setattr(search, "DAY", 6000)
    account = otpauth.Account(key=KEY, algorithm="SHA512", digits=8, period=60)
    wrong = [(totp.code(KEY, at, digits=8), at) for at in (AT, LATER + 30)]
    assert set(explain(wrong, account)[0].mistakes) == {"another algorithm", "other period"}


# --- hotp -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [-5, -1, 1, 2, 60])
def test_a_counter_that_ran_ahead_or_lags(by):
    account = otpauth.Account("hotp", key=KEY, counter=10)
    wrong = hotp.codes(KEY, (10 + by, 11 + by))
    names = everything(explain(wrong, account)[0])
    assert names & {"counter off by one", "counter out of step"}
    assert explain(wrong, KEY, counter=10)[0].mistakes == explain(wrong, account)[0].mistakes


def test_a_clock_where_events_should_be_counted():
    wrong = [(totp.code(KEY, at), at) for at in (AT, LATER)]
    assert explain(wrong, KEY, counter=3)[0].mistakes == ("TOTP for HOTP",)


# --- the secret as it was typed -------------------------------------------------------------------------------------


def test_the_text_as_it_was_typed_tells_how_it_was_misread():
    typed = "gezd gnbv gy3t qojq gezd gnbv gy3t qojq"
    wrong = [(totp.code(typed.encode(), at), at) for at in (AT, LATER)]
    assert explain(wrong, KEY, pairs=False) == []
    found = explain(wrong, typed=typed)
    assert found[0].mistakes == ("text used as key",)
    assert "as typed" in found[0].sentence
    assert "a key of 39 bytes in place of a key of 20 bytes" in found[0].evidence


def test_the_rfcs_table_with_a_short_seed():
    """Confusion 11: somebody holds 46119246 against a 20-byte key under SHA256."""
    found = explain("46119246", KEY, 59, digits=8, algorithm="SHA256")
    assert found[0].mistakes == ("seed repeated",)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("03", "a code of this account has 6 digits, and 03 is not one. No variant makes a code so short"),
        ("0", "0 is what some apps show when they could not compute a code"),
        ("-3", "-3 is not one"),
        ("ab", "a code of this account has 6 digits, and AB is not one. No variant makes one."),
        ("123456789012", "123456789012 is not one. No variant makes one."),
        ("77285", "a code of this account has 6 digits, and 77285 is not one. 7,"),
        ("12-34 56", "Nothing explains it. 7,"),
    ],
)
def test_a_code_of_another_length_is_said_to_be_that(item, said):
    """Without odds where no variant makes such a code."""
    found = explain(item, KEY, AT, pairs=False)
    assert found == []
    assert said in found.note
    assert ("chance" in found.note) == ("7," in said)


def test_a_minus_in_front_is_no_hyphen():
    moments = [AT + 30 * step for step in range(6)]
    wrong = codes("minus sign", moments=moments)
    assert any(code.startswith("-") for code, _ in wrong)
    assert explain(wrong, KEY)[0].mistakes == ("minus sign",)


# --- questions that cannot be understood -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: explain(287082, KEY, 59), "a code is text"),
        (lambda: explain([(287082, 59)], KEY), "a code is text"),
        (lambda: explain("287082", KEY), "when was the code made"),
        (lambda: explain("287082", KEY, datetime(2026, 1, 1)), "naive datetime"),
        (lambda: explain("  ", KEY, 59), "the code is empty"),
        (lambda: explain([], KEY), "there is no code to explain"),
        (lambda: explain("287082", at=59), "a diagnosis needs the secret"),
        (lambda: explain("287082", "GEZD", 59), "a key is bytes, not str"),
        (lambda: explain("287082", KEY, 59, digits=0), "digits must be"),
        (lambda: explain("287082", KEY, 59, algorithm="MD5"), "algorithm must be"),
        (lambda: explain("287082", KEY, -1), "lies before"),
        (lambda: explain("287082", at=59, typed="1"), "is not Base32|hex|1 character"),
        (lambda: explain("287082", KEY, 1_600_000_045_000), "lies in the year 52671: milliseconds"),
        (lambda: explain(("287082", 59, 3), KEY), "when was the code made|a code is text"),
        (lambda: explain("287082", at=59, typed="otpauth://totp/a"), "secret"),
    ],
)
def test_what_cannot_be_understood(ask, message):
    with pytest.raises(OtpError, match=message):
        ask()


def test_an_aware_datetime_is_a_moment():
    assert explain("287082", KEY, datetime(1970, 1, 1, 0, 0, 59, tzinfo=UTC))[0].mistakes == ()


# --- what is shown ----------------------------------------------------------------------------------------------------

HIDDEN = bytes(range(7, 27))  # no text, and unlike every example
TYPED = secret.encode(HIDDEN).lower()


def shows(text: str) -> bool:
    plain = "".join(text.split()).lower()
    return any(form in plain for form in (TYPED, HIDDEN.hex(), repr(HIDDEN)[2:-1].lower()))


@pytest.mark.parametrize(
    ("mistake", "setting"),
    [("text used as key", "as typed"), ("letter of the secret mistyped", (3, "Q")), ("line end in the key", "\n")],
)
def test_no_answer_shows_the_secret(mistake, setting):
    found = explain(codes((mistake, setting), key=HIDDEN, typed=TYPED), typed=TYPED)
    assert mistake in everything(found[0])
    assert shows(f"<{TYPED}>") and shows(repr(HIDDEN))
    told = json.dumps([dataclasses.asdict(item) for item in found])
    for text in (repr(found), found._repr_html_(), repr(found[0]), str(found[0]), told):
        assert not shows(text)


def test_nothing_inside_shows_the_secret_either():
    run = mistakes.start(HIDDEN, 59, typed=TYPED)
    mistakes.compute(run)
    typed = search.Typed("123456", run)
    fit = search.Fit((mistakes.Variant(mistakes.find("text used as key"), "as typed"),), 1.0)
    for value in (run, typed, fit, search.Search(Reading(otpauth.Account(key=HIDDEN), TYPED), [typed]), vars(fit)):
        assert not shows(repr(value))


def test_the_page_shows_what_was_typed_as_text():
    page = explain("<img src=x>", KEY, AT, pairs=False)._repr_html_()
    assert "<img" not in page
    marked = diagnose.Explanation(("a",), "<b>1</b>", *["<i>2</i>"] * 3, same=("<u>3</u>",), chance=0.5)
    page = diagnose.Diagnosis([marked], 1, 0.5, "<s>4</s>", ["<q>5</q>"])._repr_html_()
    assert not any(mark in page for mark in ("<b>1", "<i>", "<u>", "<s>", "<q>"))
    code = mistakes.code(KEY, AT, "high nibble")
    page = explain(code, KEY, AT)._repr_html_()
    assert page.startswith("<ol><li>") and ">evidence</th>" in page and code in page


def test_an_explanation_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        explain("287082", KEY, 59)[0].chance = 0


# --- the command ----------------------------------------------------------------------------------------------------

URI = f"otpauth://totp/Example:alice?secret={secret.encode(KEY)}&issuer=Example"


def run_command(*arguments, given=secret.encode(KEY)):
    run = [sys.executable, "-m", "totp_teach.diagnose", *arguments]
    return subprocess.run(run, input=given + "\n", capture_output=True, text=True, encoding="utf-8", timeout=60)


@pytest.mark.parametrize(
    ("arguments", "given", "code", "told"),
    [
        (["287082", "--at", "59"], secret.encode(KEY), 0, "it matches"),
        (["287082", "--at", "1970-01-01T00:00:59+00:00"], URI, 0, "it matches"),
        (["287082@59", "359152@60"], "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", 0, "it matches"),
        (["110502", "--at", str(AT)], URI, 4, "little-endian counter"),
        (["755224", "287082", "--counter", "1"], secret.encode(KEY), 4, "counter off by one (−1)"),
        (["287", "082", "--at", "59"], secret.encode(KEY), 0, "287 082 is read as one code"),
        (["287082", "@", "59"], secret.encode(KEY), 0, "it matches"),
        (["287082 @ 1970-01-01 01:00:59 Europe/Berlin"], secret.encode(KEY), 0, "it matches"),
        (["689697", "--at", "1600000045000"], URI, 0, "is read as milliseconds; as seconds it lies in the year 52671"),
        (["287082", "--at", "59"], KEY.hex(), 0, "read as hex (40 digits, 20 bytes)"),
        (["287082", "--at", "59"], f"\ufeff“{URI}”", 0, "it matches"),
        (["37359152", "--at", "60", "--digits", "8"], URI, 0, "digits 8 is taken, as asked for, not 6 as in the URI"),
        (["999999", "--counter", "5"], secret.encode(KEY), 3, "Nothing explains it."),
    ],
)
def test_the_command(arguments, given, code, told):
    run = run_command(*arguments, given=given)
    assert (run.returncode, run.stderr) == (code, "")
    assert told in run.stdout


@pytest.mark.parametrize(
    ("arguments", "given", "told"),
    [
        ([], "GEZD", "give a code, or --log FILE"),
        (["--nonsense"], "GEZD", "--nonsense"),
        (["287082", "--at", "noon"], "GEZD", "'noon' is not a moment"),
        (["287082", "--at", "2026-01-31T12:00:00"], secret.encode(KEY), "append Z, +02:00 or a name"),
        (["287082", "--at", "59"], "1", "is not Base32|hex|1 character"),
        (["287082", "--at", "59"], "GEZD\nGNBV", "standard input has 2 lines"),
        (["287082", "--at", "59"], "", "the secret is empty"),
        (["287082", "--at", "59"], "otpauth://totp/a?secret=", "secret"),
    ],
)
def test_the_command_on_what_it_cannot_understand(arguments, given, told):
    run = run_command(*arguments, given=given)
    assert (run.returncode, run.stdout) == (2, "")
    assert any(one in run.stderr for one in told.split("|"))
    assert "Traceback" not in run.stderr


def test_the_command_as_json():
    told = json.loads(run_command("110502", "--at", str(AT), "--json").stdout)
    assert told["explanations"][0]["mistakes"] == ["little-endian counter"]
    assert told["verdict"] == "mistake"
    assert set(told["explanations"][0]) == {field.name for field in dataclasses.fields(diagnose.Explanation)}
    assert told["tried"] > 6000
    assert secret.encode(KEY) not in json.dumps(told)


def test_at_a_terminal_the_secret_is_asked_for_without_echo(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(command, "getpass", lambda prompt: asked.append(prompt) or secret.encode(KEY))
    assert command.main(["287082", "--at", "59"]) == 0
    assert asked == ["Secret or otpauth:// URI: "]
    assert secret.encode(KEY) not in capsys.readouterr().out


def test_at_a_terminal_progress_is_shown_and_wiped(monkeypatch, capsys):
    monkeypatch.setattr(search, "DAY", 6000)
    monkeypatch.setattr(sys, "stdin", io.StringIO(secret.encode(KEY)))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert command.main(["123456", "--at", str(AT)]) == 3
    told = capsys.readouterr().err
    assert "\r 44% \r 60% " in told and told.endswith("\r     \r")


def test_without_a_moment_the_command_takes_now(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO(secret.encode(KEY)))
    monkeypatch.setattr(command.time, "time", lambda: 59.5)
    assert command.main(["287082"]) == 0


def test_a_crash_is_never_an_answer(monkeypatch):
    """Python's own exit code for one is 1, which the command never gives."""
    assert 1 not in command.EXITS.values()
    run = subprocess.run([sys.executable, "-m", "totp_teach.diagnose", "1", "--at", "5"], stdin=None, capture_output=True,
                         text=True, preexec_fn=lambda: os.close(0), timeout=60)  # fmt: skip
    assert (run.returncode, run.stdout) == (2, "")
    assert "standard input is closed" in run.stderr


def test_an_error_is_json_where_json_is_asked_for():
    for arguments in (["287082", "--at", "noon", "--json"], ["--json", "--digits", "six"]):
        run = run_command(*arguments)
        told = json.loads(run.stdout)
        assert (run.returncode, run.stderr, told["verdict"]) == (2, "", "unclear")
        assert "noon" in told["error"] or "six" in told["error"]


def test_the_version():
    assert run_command("--version").stdout == f"totp-diagnose {totp_teach.__version__}\n"


# --- a log ------------------------------------------------------------------------------------------------------------


def log_of(*rows: dict) -> list[str]:
    return [json.dumps(row) + "\n" for row in rows]


def row(code, at=AT, **more):
    return {"account": "alice", "secret": secret.encode(HIDDEN), "code": code, "at": at, **more}


DRIFTED = totp.code(HIDDEN, AT - 3000)
ROWS = log_of(
    row(totp.code(HIDDEN, AT)),
    row(mistakes.code(HIDDEN, AT, "little-endian counter")),
    row(DRIFTED, datetime.fromtimestamp(AT, UTC).isoformat()),
    row("123456"),
    row("123456", "noon"),
    {"code": "123456"},
)
OPTIONS = {"algorithm": None, "digits": None, "period": None, "counter": None, "pairs": False, "typed": ""}


def test_a_log_is_answered_row_by_row():
    told = list(log.verdicts([*ROWS, "no JSON\n"], OPTIONS, 1))
    assert [one["verdict"] for one in told] == [
        "right",
        "mistake",
        "mistake",
        "nothing",
        "unclear",
        "unclear",
        "unclear",
    ]
    assert [one["row"] for one in told] == [1, 2, 3, 4, 5, 6, 7]
    assert told[1]["mistakes"] == ("little-endian counter",)
    assert told[2]["mistakes"] == ("clock drift",)
    assert told[2]["drift"][0] <= -3000 <= told[2]["drift"][1]
    assert told[3]["by_chance"] == pytest.approx(0.0073, abs=0.001)
    assert "'noon' is not a moment" in told[4]["error"]
    assert "needs a code and its moment" in told[5]["error"]
    assert not shows(json.dumps(told))


def test_a_log_may_be_csv_with_other_names_and_marks():
    lines = ["\ufeffUser;Timestamp;OTP;URI\r\n", f"bob;1970-01-01T00:00:59Z;287082;{URI}\r\n", "\r\n"]
    assert [one["verdict"] for one in log.verdicts(lines, OPTIONS, 1)] == ["right"]
    lines = ["code,at\n", '287082,"Thu, 01 Jan 1970 00:00:59 GMT"\n']
    told = list(log.verdicts(lines, {**OPTIONS, "typed": secret.encode(KEY)}, 1))
    assert [one["verdict"] for one in told] == ["right"]


def test_a_log_in_processes_keeps_its_order_and_holds_little():
    taken = []

    def lines():
        for number in range(300):
            taken.append(number)
            yield log_of(row(totp.code(HIDDEN, AT + number), AT + number))[0]

    answers = log.verdicts(lines(), OPTIONS, 2)
    assert next(answers)["row"] == 1
    assert len(taken) < 100
    assert [one["row"] for one in answers] == list(range(2, 301))


def test_a_log_with_a_column_called_error():
    lines = log_of(row(totp.code(HIDDEN, AT), error="invalid code", level="warn"))
    assert [one["verdict"] for one in log.verdicts(lines, OPTIONS, 1)] == ["right"]


def test_who_has_seen_enough_is_no_error(tmp_path):
    file = tmp_path / "refused.jsonl"
    file.write_text(ROWS[0] * 300, encoding="utf-8")
    command = f"{sys.executable} -m totp_teach.diagnose --log {file} --jobs 1 2>{tmp_path / 'told'} | head -1"
    assert json.loads(subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60).stdout)
    assert (
        "Traceback" not in (tmp_path / "told").read_text() and "cannot be read" not in (tmp_path / "told").read_text()
    )


def test_two_mistakes_in_a_log():
    code = mistakes.code(HIDDEN, AT, "little-endian counter", "high nibble")
    lines = log_of(row(code))
    assert [one["verdict"] for one in log.verdicts(lines, OPTIONS, 1)] == ["nothing"]
    told = next(log.verdicts(lines, {**OPTIONS, "pairs": True}, 1))
    assert told["mistakes"] == ("little-endian counter", "high nibble")


def test_the_command_reads_a_log(tmp_path):
    file = tmp_path / "refused.jsonl"
    file.write_text("".join(ROWS), encoding="utf-8")
    run = run_command("--log", str(file), "--jobs", "1")
    assert run.returncode == 5  # some rows cannot be understood
    assert len([json.loads(line) for line in run.stdout.splitlines()]) == len(ROWS)
    assert "6 rows in" in run.stderr
    assert "1  little-endian counter" in run.stderr and "2  unclear" in run.stderr
    assert "0.0 are expected to fit a mistake by accident" in run.stderr
    assert run_command("--log", "-", "--jobs", "1", given="".join(ROWS[:4])).returncode == 0
    assert run_command("--log", str(tmp_path / "none")).returncode == 2


# --- moments ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds", "said"),
    [
        ("59", 59, ""),
        ("59.5", 59.5, ""),
        ("1600000045000", 1600000045, "read as milliseconds; as seconds it lies in the year 52671"),
        ("1600000045000000", 1600000045, "microseconds"),
        ("1600000045000000000", 1600000045, "nanoseconds"),
        ("2020-09-13T12:27:25Z", 1600000045, ""),
        ("2020-09-13T12:27:25.000+00:00", 1600000045, ""),
        ("2020-09-13 14:27:25,000+0200", 1600000045, ""),
        ("2020-09-13 12:27:25 UTC", 1600000045, ""),
        ("2020-09-13 14:27:25 Europe/Berlin", 1600000045, ""),
        ("2020-09-13T14:27:25[Europe/Berlin]", 1600000045, ""),
        ("Sun, 13 Sep 2020 12:27:25 GMT", 1600000045, ""),
        ("[13/Sep/2020:14:27:25 +0200]", 1600000045, ""),
        ("2020-10-25 02:30:00 Europe/Berlin", 1603585800, "the clocks in Europe/Berlin were changed"),
    ],
)
def test_a_moment_as_logs_write_it(text, seconds, said):
    moment, remarks = moments.read(text)
    assert totp.seconds(moment) == totp.seconds(seconds)
    assert said in " ".join(remarks)
    assert bool(said) == bool(remarks)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2020-09-13T12:27:25", "append Z"),
        ("2020-09-13 12:27:25 Nowhere/Land", "'Nowhere/Land' is not a time zone"),
        ("yesterday", "is not a moment"),
        ("", "is not a moment"),
    ],
)
def test_what_is_not_a_moment(text, message):
    with pytest.raises(OtpError, match=message):
        moments.read(text)


# --- how a code is written, and a secret ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("٠٨١٨٠٤", "Arabic-Indic digits: in 0 to 9 it is 081804"),
        ("۰۸۱ ۸۰۴", "Extended Arabic-Indic"),
        ("０８１８０４", "Fullwidth"),
        ("०८१८०४", "Devanagari"),
        ("\u200e081804", "unseen marks, which a server refuses: LEFT-TO-RIGHT MARK"),
        ("081\u200b804\ufeff", "ZERO WIDTH SPACE, ZERO WIDTH NO-BREAK SPACE"),
        ("O818O4", "letters in place of digits: in digits it is 081804"),
        ("О818О4", "letters in place of digits: in digits it is 081804"),  # Cyrillic
        ("⁰⁸¹⁸⁰⁴", "Superscript digits: in 0 to 9 it is 081804"),
        ("⓪⑧①⑧⓪④", "Circled digits: in 0 to 9 it is 081804"),
        ("𝟎𝟖𝟏𝟖𝟎𝟒", "Mathematical Bold digits"),
        ("0\ufe0f\u20e381804", "COMBINING ENCLOSING KEYCAP"),
    ],
)
def test_a_right_code_in_other_characters_is_said_to_be_right(typed, said):
    """Reports: andOTP 359, twofas/2fas-android 178, privacyidea-authenticator 105."""
    found = explain(typed, KEY, AT)
    assert found[0].mistakes == ()
    assert said in found[0].sentence
    assert said in repr(found).splitlines()[0]
    late = explain(typed, KEY, AT + 120)
    assert late[0].mistakes == ("clock drift",)
    assert said in repr(late).splitlines()[0]


@pytest.mark.parametrize(
    "typed",
    [
        "287 082",
        "287-082",
        "287.082",
        " 287\u00a0082\n",
        "2 8 7 0 8 2",
        "287\u2013082",
        "287’082",
        "287/082",
        "287٬082",
    ],
)
def test_what_groups_digits_is_not_said(typed):
    found = explain(typed, KEY, 59)
    assert found[0].mistakes == () and not found.remarks


AGAINST = [
    (b"12345678901234567890".hex(), "hex (40 digits, 20 bytes)"),
    ("0x" + KEY.hex().upper(), "hex (40 digits, 20 bytes)"),
    (" ".join(KEY.hex()[place : place + 2] for place in range(0, 40, 2)), "hex"),
    ("MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", "Base64 (28 characters, 20 bytes)"),
    ("GEZDGNBVGY3TQ0JQGEZDGNBVGY3TQ0JQ", "0→O"),
    ("GEZDGNBVGY3TQOJQ*GEZDGNBVGY3TQOJQ", "other characters skipped"),
    (f"otpauth://totp/Example:alice?secret={secret.encode(KEY)}&digits=6;", ""),
    (f"otpauth://totp/Example:alice?secret={secret.encode(KEY)};issuer=Example;digits=6", "as far as it can be"),
    (f"totp://Example:alice?secret={secret.encode(KEY)} issuer=Example digits=6", "as far as it can be"),
    (f"otpauth:\\/\\/totp\\/Example:alice?secret={secret.encode(KEY)}\\u0026issuer=Example", "as in JSON"),
    (str(list(KEY)), "a list of bytes"),
    (f"Secret key: {secret.encode(KEY)}", ""),
    (migration.encode([otpauth.Account(name="alice", key=KEY)])[0], "account 1 of 1 in the export"),
]


@pytest.mark.parametrize(("typed", "said"), AGAINST)
def test_every_reading_of_the_secret_is_a_candidate(typed, said):
    found = explain([("287082", 59), ("359152", 60)], typed=typed)
    assert found[0].mistakes == ()
    assert said in " ".join((found[0].sentence, *found.remarks))


def test_what_clings_to_a_secret_is_named():
    found = explain("287082", at=59, typed=f"\ufeff“{secret.encode(KEY)}”\n")
    assert found[0].mistakes == ()
    assert found.remarks == ("left out around the secret: an invisible byte order mark and a quotation mark",)
    assert not explain("287082", at=59, typed=f" {secret.encode(KEY)}\n").remarks


def test_the_secret_of_a_refused_uri_is_read_all_the_same():
    uri = f"otpauth://totp/Example:alice?secret={secret.encode(KEY)}&digits=8&period=0"
    found = explain([(totp.code(KEY, at, digits=8), at) for at in (AT, LATER)], typed=uri)
    assert found[0].mistakes == ()
    assert "the URI is refused, and read as far as it can be" in found.remarks[0]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    ("typed", "read", "mistake"),
    [
        # speakeasyjs/speakeasy 135: its own codes, and pyotp's for the key without the bits left over
        ("S46SQCPPTCNPROMHWYBDCTBZXV", ["184825"], "left-over bits kept as a byte"),
        ("MFZWIZTHNBVGW3DPOFUXG5DVOV", ["304617", "835757"], "left-over bits kept as a byte"),
        # twofas/2fas-ios 178: 17 letters
        ("MZ2HG5DBNFXGK4TSW", ["147981", "234431"], "left-over bits kept as a byte"),
        ("MZ2HG5DBNFXGK4TS", ["147981", "234431"], "letter beyond the last group kept"),
    ],
)
def test_letters_beyond_a_whole_group(typed, read, mistake, count):
    moments = (1612380872,) if read == ["184825"] else (1_700_000_013, 1_700_000_075)
    asked = list(zip(read, moments, strict=True))[:count]
    assert explain(asked, typed=typed)[0].mistakes == (mistake,)


@pytest.mark.parametrize("count", [1, 2])
def test_a_letter_that_was_dropped_is_named(count):
    key = secret.decode("MZ2HG5DBNFXGK4TS")
    found = explain([(totp.code(key, at), at) for at in (AT, LATER)][:count], typed="MZ2HG5DBNFXGK4TSW")
    assert found[0].mistakes == ("last letters lost",)
    assert "Base32 without its last letter" in found[0].sentence


def test_characters_skipped_in_hex_and_the_last_group_dropped():
    """wagtail-2fa 45 and LinOTP 151: a page shows hex, and an app takes what of it is Base32."""
    seed = "8f3a1c0d9b7e5a42c6d81f03b9e47a5510ac2d6e"
    letters = mistakes.letters(seed)
    key = secret.decode(letters[: len(letters) // 8 * 8])
    assert explain([(totp.code(key, AT), AT)], typed=seed)[0].mistakes == ("characters skipped",)


@pytest.mark.parametrize("count", [1, 2])
def test_the_whole_uri_taken_for_the_secret(count):
    """bitwarden/mobile 2122, bitwarden/desktop 100: one space before the URI is enough."""
    uri = otpauth.Account("totp", "Example", "alice@example.com", HIDDEN).uri
    key = mistakes.loosely(" " + uri)
    found = explain([(totp.code(key, at), at) for at in (AT, LATER)][:count], typed=" " + uri)
    assert found[0].mistakes == ("whole URI taken for the secret",)
    assert "characters skipped" in found[0].sentence


def test_hotp_that_begins_below_zero():
    """freeotp-android 54, FreeOTPPlus 177: a new account's counter is 0, and the first code that of 2^64 − 1."""
    assert explain(["094451", "755224"], KEY, counter=0)[0].mistakes == ("counter off by one",)
    assert explain(["094451"], KEY, counter=0)[0].mistakes == ("counter off by one",)


@pytest.mark.parametrize("period", [37, 75, 299, 600, 3600, 86400])
def test_a_period_that_is_in_no_list(period):
    found = explain([(totp.code(KEY, at, period=period), at) for at in (AT, LATER + 100_000)], KEY)
    assert "other period" in everything(found[0])
    assert any(f"({period})" in text for text in (found[0].sentence, *found[0].same, *found[0].also))


@pytest.mark.parametrize(
    ("typed", "mistake"),
    [
        ("082287", "groups in another order"),
        ("82 70 28", "groups in another order"),
        ("280782", "groups in another order"),
        ("28702", "digit left out"),
        ("2870822", "digit typed twice"),
        ("287152", "code changed while typed"),
    ],
)
def test_slips_of_reading_and_typing(typed, mistake):
    """andOTP 292, freeotp-android 284, bitwarden/android 7150 among them: groups from right to left."""
    found = explain(typed, KEY, 59)
    assert mistake in everything(found[0])


def test_codes_that_disagree_have_a_verdict_each():
    found = explain([("287082", 59), ("359152", 60), ("123456", AT), (totp.code(KEY, AT - 60), AT)], KEY, pairs=False)
    assert found == []
    assert [item.verdict for item in found.each] == ["right", "right", "nothing", "mistake"]
    assert "code 3: Nothing explains it." in repr(found) and "code 3: Nothing" in found._repr_html_()
    counted = explain(["755224", "111111", "359152"], KEY, counter=0, pairs=False)
    assert [item.verdict for item in counted.each] == ["right", "nothing", "right"]


def test_what_is_asked_for_goes_before_the_uri_and_is_said():
    wide = otpauth.Account(key=KEY, digits=8)
    found = explain("287082", wide, 59, digits=6)
    assert found[0].mistakes == () and found.remarks == ("digits 6 is taken, as asked for, not 8 as in the URI",)
    assert not explain("287082", otpauth.Account(key=KEY), 59, digits=6).remarks


def test_a_pair_of_code_and_moment_is_one_code():
    assert explain(("287082", 59), KEY)[0].mistakes == ()


# --- two reports that were searched for ------------------------------------------------------------------------------------


def test_a_report_of_2017_that_gives_no_moment_is_explained(monkeypatch):
    """yeojz/otplib 7: a secret, the library's code and pyotp's, no time. pyotp's code tells the step; the library
    repeated short keys (its issue 477 quotes the lines), and the two commands were run a minute apart."""
    reported = 1500940800 - 86_400  # 24 July 2017, the day of the report, 0:00 UTC
    key = secret.decode("AAAABBBBCCCCDDDD")
    steps = [at for at in range(reported - 86_400, reported + 2 * 86_400, 30) if totp.code(key, at) == "580060"]
    assert len(steps) == 1
    monkeypatch.setattr(search, "DAY", 3600)  # two mistakes, one of them a whole day of drift: tested above
    found = explain("972373", typed="AAAABBBBCCCCDDDD", at=steps[0])
    assert found[0].mistakes == ("clock drift", "seed repeated")
    assert found[0].drift[1] < 90
    assert "weak evidence" in str(found[0])  # of one code, as it is


@pytest.mark.parametrize("count", [1, 2])
def test_short_keys_that_are_repeated(count):
    """browserpass-extension 358: with otplib 11, keys under 10 bytes are repeated to 20."""
    key = secret.decode("JBSWY3DP")
    wrong = [(totp.code(4 * key, at), at) for at in (AT, LATER)][:count]
    assert explain(wrong, typed="JBSWY3DP")[0].mistakes == ("seed repeated",)
