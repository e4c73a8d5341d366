"""The lab of chapter 09: what is said of attacks that do not succeed, or succeed too well. (Those that are right stand in
the solutions, which are run as they are; the login servers are real.)"""

import re
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from random import Random

import pytest

from totp_teach import check, login, secret, totp
from totp_teach.check import chapter_09

PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch):
    monkeypatch.setattr(check.exercise, "GIVEN", {})
    monkeypatch.setattr(chapter_09, "OUTCOMES", {})


def test_there_is_an_attack_for_each_defence_in_the_order_of_the_table():
    assert list(check.chapter_09.ATTACKS) == list(login.ATTACKS) == login.NONE.without()
    assert [attack.id for attack in chapter_09.ATTACKS.values()] == [f"09.{number}" for number in range(1, 14)]
    assert repr(check.both_steps) == "exercise 09.1: skip(mallory)"


@pytest.mark.parametrize("name", list(login.ATTACKS))
def test_what_is_not_attempted_is_open_and_starts_no_server(name, monkeypatch):
    monkeypatch.setattr(login, "start", lambda **_: pytest.fail("a server was started"))

    def stub(mallory): ...

    for answer in (..., stub):
        assert getattr(check, name)(answer).status == "open"
    assert getattr(check, name)(13).message.startswith("give the function itself")


def key_on(page):
    return secret.decode(re.search(r'class="key">([A-Z2-7 ]+)<', page.body)[1])


def lock_out_with_a_phone(mallory):
    """Whoever knows the password of an account without codes may set codes up, with every defence on."""
    mallory.post("login", name="alice", password=PASSWORD)
    page = mallory.post("enrol", password=PASSWORD)
    mallory.post("confirm", code=totp.code(key_on(page), time.time()))


def who_by_signing_up(mallory, names):
    for name in names:
        mallory.post("signup", name=name, password="another horse")
    tried = [(name, login.Browser(mallory.url)) for name in names]
    return [name for name, one in tried if one.post("login", name=name, password="another horse").page == "login"]


def only_the_password(mallory):
    mallory.post("login", name="alice", password=PASSWORD)


def somebody_of_a_like_name(mallory):
    for page in ("signup", "login"):
        mallory.post(page, name="alice2", password=PASSWORD)
    mallory.get("account")


def raises(mallory):
    mallory.post("login", name="alice", password=PASSWORD)
    return 1 / 0


def every_other(mallory, names):
    """True of the names as they were once drawn: a look at one of them says it all."""
    told = mallory.post("login", name=names[1], password="a guess").words
    return names[::2] if "no account" in told else names[1::2]


def guess_at_an_account_of_ones_own(mallory):
    mallory.post("signup", name="mallory", password=PASSWORD)
    mallory.post("login", name="mallory", password=PASSWORD)
    mallory.post("enrol", password=PASSWORD)
    for number in range(4):
        mallory.post("confirm", code=f"{number:06d}")


def number_for_a_code(database):
    """Right nine times in ten: `int` drops a zero in front."""
    with closing(sqlite3.connect(database)) as stolen:
        [key] = stolen.execute("SELECT key FROM accounts").fetchone()
    return int(totp.code(key, time.time()))


FORM = '<form {form}><input name="name" value="mallory"{more}>{end}<input name="password" value="correct horse"></form>'


def form(url, method='method="post"', more="", end=""):
    return FORM.format(form=f'{method} action="{url}login"', more=more, end=end)


def missed(name, answer):
    """What is said to be missing where only that defence is."""
    with login.start(defences=replace(login.Defences(), **{name: False}), quick=name != "read_again") as server:
        return chapter_09.ATTACKS[name]._carried_out(server, answer)[0]


def logs_in(browser, name="alice", password=PASSWORD):
    return browser.post("login", name=name, password=password)


def as_somebody_else(mallory, *code):
    mallory.post("signup", name="mallory", password=PASSWORD)
    logs_in(mallory, "mallory").get("account")


def one_after_the_other(first, second, code):
    for browser in (first, second):
        logs_in(browser).post("code", code=code)


def one_session(mallory):
    logs_in(mallory)
    for number in range(40):
        mallory.post("code", code=f"{number:06d}")


def without_logging_in_again(mallory, alice):
    logs_in(mallory)
    alice.sets_up_codes()
    mallory.get("enrol")
    alice.confirms()


def with_a_key_of_ones_own(mallory, alice):
    logs_in(mallory)
    key = key_on(mallory.post("enrol", password=PASSWORD))
    alice.sets_up_codes()
    alice.confirms()
    logs_in(mallory).post("code", code=totp.code(key, time.time()))


def all_too_early(crowd, alice):
    for browser in crowd:
        logs_in(browser)
    alice.confirms()


def all_too_late(crowd, alice):
    alice.confirms()
    for browser in crowd[:2]:
        logs_in(browser)


def with_her_password(left_open):
    left_open.post("confirm", code=totp.code(key_on(left_open.post("enrol", password=PASSWORD)), time.time()))


def row_of(table, column):
    def answer(database):
        with closing(sqlite3.connect(database)) as stolen:
            return stolen.execute(f"SELECT {column} FROM {table}").fetchone()

    return answer


def page(frame, bait="", before=""):
    return lambda url: before + frame.replace("URL", f"{url}account") + bait


CLEAR = '<iframe style="position: absolute; z-index: 2; opacity: 0" src="URL"></iframe>'
BAIT = '<button style="position: absolute; z-index: {}; width: 900px">Win</button>'


@pytest.mark.parametrize(
    "name, answer, said",
    [
        ("both_steps", only_the_password, "the page left open is “code”"),
        ("both_steps", lambda mallory: mallory.get("account"), NOBODY := "Alice's name and password were not accepted"),
        ("both_steps", somebody_of_a_like_name, NOBODY),
        (
            "one_use",
            lambda mallory, code: logs_in(mallory),
            "mallory is half way: the password was accepted, and no code",
        ),
        (
            "one_use",
            lambda mallory, code: mallory.post("code", code=code),
            "mallory is logged out: no name and password",
        ),
        ("one_use", as_somebody_else, "mallory is logged in as mallory"),
        (
            "one_use",
            lambda mallory, code: logs_in(mallory).post("code", code="000000"),
            "mallory is half way: the password was accepted, and the code was refused: wrong",
        ),
        (
            "one_winner",
            one_after_the_other,
            "first is logged in as alice; second is half way: the password was accepted, and the code was refused: used",
        ),
        ("across_sessions", one_session, "the server compared 10 wrong codes with Alice's, of 30"),
        ("confirmed", logs_in, "no key was made for her account"),
        ("confirmed", lock_out_with_a_phone, "a phone has shown a code"),
        ("own_key", lambda mallory, alice: logs_in(mallory), "Alice's codes are not on"),
        ("own_key", without_logging_in_again, "mallory is logged out: that session has ended"),
        ("own_key", with_a_key_of_ones_own, "mallory is half way: the password was accepted, and the code was refused"),
        ("read_again", lambda crowd, alice: logs_in(crowd[0]), "Alice's codes are not on"),
        ("read_again", all_too_early, "6 of the crowd are logged out: that session has ended"),
        (
            "read_again",
            all_too_late,
            "2 of the crowd are half way: the password was accepted, and no code was submitted; 4 of the crowd are logged",
        ),
        ("fresh", with_her_password, "a password was sent, and this time you know none"),
        ("fresh", lambda left_open: left_open.get("enrol"), "the new phone does not count: no key was asked for"),
        (
            "fresh",
            lambda left_open: left_open.post("enrol"),
            "the new phone does not count: no right code of its key came",
        ),
        ("same_answer", who_by_signing_up, "an account was made: signing up does not count"),
        ("same_answer", every_other, "names that are missing, or do not belong in the list: 4"),
        ("same_answer", lambda mallory, names: [*names, "zed"], "or do not belong in the list: 4"),
        ("same_answer", lambda mallory, names: names[0], "a list of names is asked for, not str"),
        ("xsrf", lambda url: form(url, method=""), "the server does not read a form that is sent by GET"),
        ("xsrf", lambda url: form(url + "/"), "the answer was “Not Found There is no such page”"),
        (
            "xsrf",
            lambda url: form(url, end="</form>"),
            "the answer was “Bad Request The form did not arrive as it was made”",
        ),
        ("xsrf", lambda url: form(url).replace("mallory", "alice"), "the answer was “You are logged in as alice"),
        ("headers", page("<a href='URL'>a link</a>"), "no frame that Alice could press shows a page of the server"),
        (
            "headers",
            lambda url: "<iframe src='https://example.com/'>",
            "no frame that Alice could press shows a page of the server",
        ),
        ("headers", lambda url: f"<iframe src='{url}'>", "the frame shows “A login to learn from"),
        ("headers", page(CLEAR, BAIT.format(9)), "a <button> lies in front of the frame"),
        ("sealed", row_of("accounts", "settings"), "a code is text, not tuple"),
        ("sealed", number_for_a_code, "a code is text, not int"),
        ("sealed", lambda database: "123456", "the answer was “That code is not accepted”"),
        ("hashed", row_of("recovery_codes", "code"), "a code is text, not tuple"),
        ("hashed", lambda database: "AAAA BBBB", "the answer was “That recovery code is not accepted”"),
    ],
)
def test_a_miss_says_which_step_did_not_happen(name, answer, said, monkeypatch):
    monkeypatch.setattr(chapter_09.secrets, "SystemRandom", lambda: Random(0))  # by chance it can be every other name
    assert said in missed(name, answer)


def test_what_a_miss_and_a_function_that_raises_are_told():
    feedback = check.both_steps(only_the_password)
    assert (feedback.status, feedback.message.partition(". ")[0]) == (
        "wrong",
        "without “both_steps” it does not succeed yet: the page left open is “code”",
    )
    feedback = check.both_steps(raises)
    assert feedback.message.startswith("your function raises ZeroDivisionError: division by zero")
    [row] = [row for row in check.scoreboard() if row[0] == "both_steps"]
    assert row[1:] == (login.ATTACKS["both_steps"], "fails", "fails")


def test_what_succeeds_on_every_server_is_not_stopped_by_the_defence():
    def open_door(server):
        yield (login.Browser(server.url),)
        yield ""

    attack = replace(chapter_09.ATTACKS["confirmed"], scene=open_door)
    assert attack(logs_in).message == "it succeeds with every defence on as well, so “confirmed” is not what stops it"
    assert chapter_09.OUTCOMES == {"confirmed": (True, True)}


def test_another_way_to_do_it():
    def forge(url):
        return form(url, method='action="x" method="POST"').replace("</form>", f"<button formaction={url}login></form>")

    assert check.xsrf(forge).status == "right"
    assert check.headers(page(CLEAR, BAIT.format(1))).status == "right"


def seen(page):
    """What a browser would send of a page's form, or its frame's address."""
    found = chapter_09._Seen(page)
    return found.fields, found.frame


@pytest.mark.parametrize(
    "field, sent",
    [
        ('<input type="checkbox" name="name" value="mallory">', {}),
        ('<input type="radio" name="name" value="mallory">', {}),
        ('<input type="button" name="name" value="mallory">', {}),
        ('<input type="checkbox" name="name" value="mallory" checked>', {"name": "mallory"}),
        ('<input name="name" value="mallory" disabled>', {}),
        ('</form><input name="name" value="mallory">', {}),
        ('<textarea name="name">mallory</textarea>', {"name": "mallory"}),
    ],
)
def test_fields_that_a_browser_sends_or_does_not(field, sent):
    assert seen(f"<form>{field}</form>")[0] == sent
    assert seen(field.removeprefix("</form>"))[0] == {}  # without a form


@pytest.mark.parametrize(
    "more, framed",
    [
        ('style="border: none; opacity: 0"', True),
        ('style="visibility:hidden"', False),
        ('style="pointer-events: none"', False),
        ('sandbox="allow-forms allow-same-origin"', True),
        ('sandbox="allow-forms"', False),
        ('srcdoc="something else"', False),
        ("hidden", False),
        ('style="display: none"', False),
        ("sandbox", False),
    ],
)
def test_frames_that_can_be_pressed(more, framed):
    assert bool(seen(f'<iframe src="x" {more}></iframe>')[1]) is framed
    assert bool(seen(f'<object data="x" {more}></object>')[1]) is framed


@pytest.mark.parametrize(
    "page, said",
    [
        ("no form", "the page has no form"),
        (form("URL/", method=""), "the server does not read a form that is sent by GET"),
        (
            form("URL/", 'method="post" enctype="text/plain"'),
            "the server does not read a form that is sent by POST text/plain",
        ),
        (form("http://127.0.0.1:1/"), "the form goes to “http://127.0.0.1:1/login”, not to the server"),
        (form("URL/"), ""),
    ],
)
def test_forms_that_the_server_cannot_read(page, said):
    assert chapter_09._unsent(chapter_09._Seen(page).form, "URL/").startswith(said)
    assert bool(chapter_09._unsent(chapter_09._Seen(page).form, "URL/")) is bool(said)


@pytest.mark.parametrize(
    "before, frame, after, over",
    [
        ("", '<iframe src="x"></iframe>', "<button>Win</button>", ""),
        ("", '<iframe src="x"></iframe>', BAIT.format("auto"), "button"),
        (BAIT.format(1), '<iframe src="x"></iframe>', "", "button"),
        (BAIT.format(1), CLEAR, "", ""),
        (BAIT.format(9), CLEAR, "", "button"),
        ('<div style="position: relative; z-index: 9">', CLEAR, "</div>", ""),
        ("", CLEAR, BAIT.format("9; pointer-events: none"), ""),
        ("", CLEAR, '<p style="z-index: 9">not positioned</p>', ""),
    ],
)
def test_what_lies_in_front_of_a_frame(before, frame, after, over):
    assert chapter_09._Seen(before + frame.replace("URL", "x") + after).over == over


def test_only_wrong_codes_for_alice_count():
    assert missed("across_sessions", guess_at_an_account_of_ones_own).startswith("the server compared 0 wrong codes")


def test_what_came_of_an_attack_is_told(capsys):
    """A miss is no guess in the dark: what it printed, the page that it ended on, and what it returned."""

    def attack(mallory):
        print("on my way")
        only_the_password(mallory)
        print(mallory.page)
        return 7

    feedback = check.both_steps(attack)
    assert capsys.readouterr().out == "on my way\ncode\n"
    assert feedback.message.startswith("without “both_steps” it does not succeed yet: the page left open")
    assert ". The last page was “code”: Enter the code Code from your phone" in feedback.message
    assert feedback.message.endswith(". It returned int 7")


def test_an_answer_that_names_all_or_nobody_is_an_attempt():
    for answer in (lambda mallory, names: names, lambda mallory, names: []):
        assert check.same_answer(answer).status == "wrong"


@pytest.mark.parametrize("defence", list(login.ATTACKS))
def test_passwords_are_hashed_slowly_where_the_attack_is_one_on_time(monkeypatch, defence):
    """With hashes that take no time, one right attack in two on read_again came too late."""
    asked = []

    def start(*, defences, quick):
        asked.append(quick)
        raise login.running.OtpError("no servers here")

    monkeypatch.setattr(login, "start", start)
    assert chapter_09.ATTACKS[defence](raises).status == "open"
    assert set(asked) == {defence not in ("read_again", "same_answer")}


def test_where_no_server_can_be_started_it_says_so(monkeypatch):
    """In the reader's browser there are no processes."""

    def no_processes(**_):
        raise login.running.OtpError("no processes here")

    monkeypatch.setattr(login, "start", no_processes)
    feedback = check.both_steps(raises)
    assert (feedback.status, feedback.message) == ("open", "no processes here")
