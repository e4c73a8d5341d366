"""The lab of chapter 09: what is said of attacks that do not succeed, or succeed too well. (Those that are right stand in
the solutions, which are run as they are; the login servers are real.)"""

import re
import sqlite3
import time
from contextlib import closing
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


def lock_out_with_a_phone(mallory):
    """Whoever knows the password of an account without codes may set codes up, with every defence on."""
    mallory.post("login", name="alice", password=PASSWORD)
    page = mallory.post("enrol", password=PASSWORD)
    key = secret.decode(re.search(r'class="key">([A-Z2-7 ]+)<', page.body)[1])
    mallory.post("confirm", code=totp.code(key, time.time()))


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


@pytest.mark.parametrize(
    "name, answer, said",
    [
        ("same_answer", every_other, "without same_answer it does not succeed yet"),
        ("sealed", number_for_a_code, "without sealed it does not succeed yet"),
        ("xsrf", lambda url: form(url, method=""), "without xsrf it does not succeed yet"),
        ("xsrf", lambda url: form(url, 'method="post" enctype="text/plain"'), "without xsrf it does not succeed yet"),
        ("both_steps", somebody_of_a_like_name, "without both_steps it does not succeed yet"),
        ("both_steps", lambda mallory: mallory.get("account"), "without both_steps it does not succeed yet"),
        ("both_steps", only_the_password, "without both_steps it does not succeed yet"),
        ("both_steps", raises, "your function raises ZeroDivisionError: division by zero"),
        ("confirmed", lock_out_with_a_phone, "it succeeds with every defence on as well: then it is not confirmed"),
        ("same_answer", who_by_signing_up, "without same_answer it does not succeed yet"),
        ("headers", lambda url: "<iframe src='https://example.com/'>", "without headers it does not succeed yet"),
        ("sealed", lambda database: "123456", "without sealed it does not succeed yet"),
    ],
)
def test_an_attack_that_does_not_do_what_is_wanted(name, answer, said, monkeypatch):
    monkeypatch.setattr(chapter_09.secrets, "SystemRandom", lambda: Random(0))  # by chance it can be every other name
    feedback = getattr(check, name)(answer)
    assert (feedback.status, feedback.message[: len(said)]) == ("wrong", said)
    [row] = [row for row in check.scoreboard() if row[0] == name]
    assert row[1:] == (login.ATTACKS[name], *(["succeeds"] * 2 if name == "confirmed" else ["fails", "fails"]))


def test_another_way_to_do_it():
    def forge(url):
        page = form(url, method='action="x" method="POST"')
        return page.replace("</form>", f"<button formaction={url}login></form>")

    assert check.xsrf(forge).status == "right"


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


def test_only_wrong_codes_for_alice_count(monkeypatch):
    monkeypatch.setattr(chapter_09, "ENOUGH", 3)
    feedback = check.across_sessions(guess_at_an_account_of_ones_own)
    assert feedback.message.startswith("without across_sessions it does not succeed yet")


def test_what_came_of_an_attack_is_told(capsys):
    """A miss is no guess in the dark: what it printed, the page that it ended on, and what it returned."""

    def attack(mallory):
        print("on my way")
        only_the_password(mallory)
        print(mallory.page)
        return 7

    feedback = check.both_steps(attack)
    assert capsys.readouterr().out == "on my way\ncode\n"
    assert feedback.message.startswith("without both_steps it does not succeed yet. Wanted: skip the code")
    assert ". The last page was “code”: Enter the code Code from your phone" in feedback.message
    assert feedback.message.endswith(". It returned int 7")


def test_an_attack_that_returns_what_it_was_given_is_an_attempt():
    assert check.same_answer(lambda mallory, names: names).status == "wrong"


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
