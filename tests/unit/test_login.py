"""The login server as its users and its attackers meet it: over HTTP."""

import base64
import logging
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from login_fixtures import *  # noqa: F403
from login_fixtures import events, half_way, rows
from visitor import PASSWORD, Running, Visitor, key_on

from totp_teach import login, qr, secret, totp
from totp_teach.login import Defences, passwords, web

ON = Defences()


# --- the whole story ------------------------------------------------------------------------------------------------


def test_the_whole_story(server, clock):
    alice = server.visitor()
    assert "Sign up" in alice.get().words
    assert "log in" in alice.sign_up("alice").words
    assert alice.log_in("alice").page == "account"

    page = alice.post("enrol", password=PASSWORD)
    key = key_on(page)
    uri = re.search(r'href="(otpauth://[^"]+)"', page.body)[1].replace("&amp;", "&")
    assert qr.read(base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', page.body)[1])) == [uri]
    assert f"secret={secret.encode(key)}" in uri
    assert "not accepted" in alice.post("confirm", code="000000").words
    codes = re.findall(r"<li><code>(.*?)</code>", alice.post("confirm", code=totp.code(key, clock())).body)
    assert len(set(codes)) == 10
    assert alice.post("logout").page == ""
    assert alice.get("account").page == "login"

    assert alice.log_in("alice").page == "code"
    assert alice.post("code", code=totp.code(key, clock())).status == 403  # the one she confirmed with
    clock.pass_by(30)
    assert alice.post("code", code=totp.code(key, clock())).page == "account"

    bob = half_way(server)  # somebody who saw both
    assert bob.post("code", code=totp.code(key, clock())).status == 403
    assert alice.get("account").page == "account"

    alice.post("logout")
    alice.log_in("alice")
    assert alice.post("recovery", code=codes[0]).page == "account"
    assert "Recovery codes left: 9" in alice.get("account").words
    alice.post("logout")
    alice.log_in("alice")
    assert alice.post("recovery", code=codes[0]).status == 403
    clock.pass_by(30)
    alice.post("code", code=totp.code(key, clock()))

    clock.pass_by(30)
    assert "Codes are off" in alice.post("disable", password=PASSWORD, code=totp.code(key, clock())).words
    alice.post("logout")
    assert alice.log_in("alice").page == "account"
    assert events(server) == [
        "signed up",
        "password accepted",
        "logged in with another browser",
        "enrolment begun",
        "code refused: wrong",
        "code accepted",
        "codes switched on",
        "logged out",
        "password accepted",
        "code refused: used",
        "code accepted",
        "password accepted",
        "code refused: used",
        "logged out",
        "password accepted",
        "recovery code used",
        "logged out",
        "password accepted",
        "recovery code refused",
        "code accepted",
        "code accepted",
        "codes switched off",
        "password accepted, and no code came",  # bob's session, half way until now
        "logged out",
        "password accepted",
    ]


# --- two steps ------------------------------------------------------------------------------------------------------

INSIDE = ["account", "enrol", "confirm", "disable", "renew", "password"]


@pytest.mark.parametrize("page", INSIDE)
def test_the_password_alone_opens_nothing(server, enrolled, page):
    mallory = half_way(server)
    assert mallory.get(page).page == "code"
    sent = mallory.post(page, password=PASSWORD, new="another password", code="000000")
    assert sent.status == 405 if page == "account" else sent.page == "code"


@pytest.mark.parametrize("page", [*INSIDE, "code", "recovery"])
def test_who_is_not_logged_in_is_sent_to_log_in(server, page):
    assert server.visitor().get(page).page == "login"
    sent = server.visitor().post(page, code="000000")
    assert sent.status == 405 if page == "account" else sent.page == "login"


@pytest.mark.parametrize("page", ["code", "recovery"])
def test_who_is_inside_is_asked_for_nothing_more(enrolled, page):
    alice, *_ = enrolled
    assert alice.get(page).page == "account"


def test_without_both_steps_the_address_of_the_page_is_enough(serve, clock):
    server = serve(both_steps=False)
    alice = server.visitor()
    alice.sign_up("alice")
    alice.log_in("alice")
    alice.enrol(clock)
    assert half_way(server).get("account").page == "account"


def test_codes_count_from_the_first_right_one(server, alice):
    alice.post("enrol", password=PASSWORD)
    alice.post("logout")
    assert alice.log_in("alice").page == "account"


def test_without_confirmation_an_owner_who_scanned_nothing_is_locked_out(serve):
    server = serve(confirmed=False)
    alice = server.visitor()
    alice.sign_up("alice")
    alice.log_in("alice")
    alice.post("enrol", password=PASSWORD)
    alice.post("logout")
    assert alice.log_in("alice").page == "code"


def test_a_key_is_not_replaced_without_a_code(server, enrolled, clock):
    alice, key, codes = enrolled
    for sent in (
        {},
        {"password": PASSWORD},
        {"password": PASSWORD, "code": "000000"},
        {"password": "x", "code": codes[0]},
    ):
        assert alice.post("enrol", **sent).status in (400, 403), sent
    assert alice.post("confirm", code=totp.code(key, clock() + 30)).status == 409
    assert rows(server, "SELECT count(*) FROM recovery_codes") == [(10,)]
    clock.pass_by(30)
    assert half_way(server).post("code", code=totp.code(key, clock())).page == "account"


def test_an_enrolment_that_is_begun_again_has_another_key(alice, clock):
    first, second = key_on(alice.post("enrol", password=PASSWORD)), key_on(alice.post("enrol", password=PASSWORD))
    assert first != second
    assert alice.post("confirm", code=totp.code(first, clock())).status == 403
    assert alice.post("confirm", code=totp.code(second, clock())).status == 200


def test_without_one_use_a_code_that_somebody_saw_opens_the_account(serve, clock):
    server = serve(one_use=False)
    alice = server.visitor()
    alice.sign_up("alice")
    alice.log_in("alice")
    key, _ = alice.enrol(clock)
    assert half_way(server).post("code", code=totp.code(key, clock())).page == "account"
    assert half_way(server).post("code", code=totp.code(key, clock())).page == "account"


def test_when_codes_are_switched_on_other_sessions_end(server, alice, clock):
    other = server.visitor()
    other.log_in("alice")
    assert other.get("account").page == "account"
    alice.enrol(clock)
    assert other.get("account").page == "login"
    assert alice.get("account").page == "account"


@pytest.mark.parametrize("wrong", ["000000", "AAAA AAAA AAAA AAAA", "12", "not a code", ""])
def test_codes_are_not_switched_off_without_one(enrolled, wrong):
    alice, *_ = enrolled
    refused = alice.post("disable", password=PASSWORD, code=wrong)
    assert refused.status in (400, 403)
    assert "Codes are on" in alice.get("account").words


def test_a_recovery_code_switches_codes_off_and_leaves_nothing(server, enrolled):
    alice, _, codes = enrolled
    assert "Codes are off" in alice.post("disable", password=PASSWORD, code=codes[3]).words
    assert rows(server, "SELECT * FROM recovery_codes") == []
    assert rows(server, "SELECT * FROM accounts") == []
    assert alice.post("disable", password=PASSWORD, code=codes[4]).status == 409


def test_a_recovery_code_is_read_as_people_type_it(server, enrolled):
    _, _, codes = enrolled
    assert half_way(server).post("recovery", code=f" {codes[0].lower().replace(' ', '-')} ").page == "account"


def test_a_recovery_code_is_one_accounts_alone(server, enrolled):
    _, _, codes = enrolled
    bob = server.visitor()
    bob.sign_up("bob")
    bob.log_in("bob")
    bob.enrol(server.clock)
    bob.post("logout")
    bob.log_in("bob")
    assert bob.post("recovery", code=codes[0]).status == 403


# --- sessions -------------------------------------------------------------------------------------------------------


def test_a_session_ends_by_the_clock(server, alice, clock):
    for _ in range(8 * 6 - 1):
        clock.pass_by(600)
        assert alice.get("account").page == "account"
    clock.pass_by(600)
    assert alice.get("account").page == "login"


def test_a_session_that_nobody_uses_ends_after_half_an_hour(alice, clock):
    clock.pass_by(1799)
    assert alice.get("account").page == "account"
    clock.pass_by(1800)
    assert alice.get("account").page == "login"


def test_the_code_has_five_minutes(server, enrolled, clock):
    mallory = half_way(server)
    clock.pass_by(299)
    assert mallory.get("code").page == "code"
    clock.pass_by(1)
    assert mallory.get("code").page == "login"


def test_a_session_that_was_logged_out_is_over_for_who_copied_it(server, alice):
    thief = server.visitor()
    thief.get("login")
    thief.jar.set_cookie(next(cookie for cookie in alice.jar if cookie.name.startswith("login_session")))
    assert thief.get("account").page == "account"
    alice.post("logout")
    assert thief.get("account").page == "login"


def test_each_step_has_a_session_of_its_own(server, enrolled, clock):
    """A token that somebody planted, or saw before the second step, is worth nothing after it."""
    _, key, _ = enrolled
    alice = half_way(server)
    before = alice.cookie("login_session")
    clock.pass_by(30)
    alice.post("code", code=totp.code(key, clock()))
    after = alice.cookie("login_session")
    assert before != after
    alice.set_cookie("login_session", before)
    assert alice.get("account").page == "login"


def test_logging_in_again_ends_the_session_that_this_browser_had(server, alice):
    before = alice.cookie("login_session")
    alice.log_in("alice")
    after = alice.cookie("login_session")
    alice.set_cookie("login_session", before)
    assert alice.get("account").page == "login"
    alice.set_cookie("login_session", after)
    assert alice.get("account").page == "account"


@pytest.mark.parametrize(
    "change", [lambda old: old[:-1] + ("0" if old[-1] != "0" else "1"), lambda old: "", lambda old: "x"]
)
def test_a_cookie_that_was_changed_is_none(alice, change):
    alice.set_cookie("login_session", change(alice.cookie("login_session")))
    assert alice.get("account").page == "login"


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def test_cookies_are_for_this_server_alone_and_for_no_script(server):
    server.visitor().sign_up("alice")
    visitor = server.visitor(**{"X-Forwarded-Proto": "https"})
    visitor.get("login")
    port = server.port
    request = Request(
        server.url + "login",
        f"_xsrf={visitor.cookie('login_xsrf')}&name=alice&password={PASSWORD.replace(' ', '+')}".encode(),
        {"Cookie": f"login_xsrf_{port}={visitor.cookie('login_xsrf')}", "X-Forwarded-Proto": "https"},
    )
    try:
        build_opener(NoRedirect).open(request)
    except OSError as redirect:
        answer = redirect
    cookies = answer.headers.get_all("Set-Cookie")
    assert answer.headers["Location"] == "./account"
    assert [cookie.partition("=")[0] for cookie in cookies] == [f"login_session_{port}", f"login_device_{port}"]
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Lax", "Secure"} < set(cookie.split("; "))
        assert "Path" not in cookie and "Domain" not in cookie
    answer.close()


# --- other sites ----------------------------------------------------------------------------------------------------

FORMS = ["signup", "login", "code", "recovery", "enrol", "confirm", "disable", "renew", "password", "logout"]


@pytest.mark.parametrize("page", FORMS)
@pytest.mark.parametrize("body", [b"", b"code=123456&name=x&password=y", b"_xsrf=2%7C00000000%7C00%7C1"])
def test_a_form_that_came_from_elsewhere_is_refused(alice, page, body):
    answer = alice.send("POST", page, body)
    assert answer.status == 403
    assert "came from another site" in answer.words
    assert alice.get("account").page == "account"


def test_without_the_token_another_site_acts_for_who_is_logged_in(serve):
    server = serve(xsrf=False)
    alice = server.visitor()
    alice.send("POST", "signup", f"name=alice&password={PASSWORD}".encode())
    alice.send("POST", "login", f"name=alice&password={PASSWORD}".encode())
    assert alice.send("POST", "logout", b"").page == ""
    assert alice.get("account").page == "login"


@pytest.mark.parametrize("page", ["", "signup", "login", "account", "enrol", "style.css", "nothing"])
def test_every_answer_carries_the_headers(alice, page):
    headers = alice.get(page).headers
    assert web.HEADERS.items() <= headers.items()
    assert "Server" not in headers


def test_the_policy_lets_nothing_run_and_nobody_frame(alice):
    policy = dict(part.split(" ", 1) for part in alice.get().headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "script-src" not in policy and "unsafe" not in str(policy)


def test_without_headers_there_are_none(serve):
    assert not web.HEADERS.keys() & serve(headers=False).visitor().get().headers.keys()


# --- who is here ----------------------------------------------------------------------------------------------------


def plain(answer) -> tuple:
    """An answer without what differs from one to the next for anybody."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("Date", "Set-Cookie", "Etag")}
    return answer.status, answer.page, headers, re.sub(r'name="_xsrf" value="[^"]+"', "", answer.body)


def test_the_answers_do_not_tell_who_has_an_account(server):
    server.visitor().sign_up("alice")
    visitor = server.visitor()
    taken, free = visitor.sign_up("alice", "another one"), visitor.sign_up("bob")
    assert plain(taken) == plain(free)
    wrong, nobody = visitor.log_in("alice", "another one"), visitor.log_in("nobody", "another one")
    assert plain(wrong) == plain(nobody)
    assert wrong.status == 403
    assert visitor.log_in("alice", PASSWORD).page == "account"  # and she has her own password still


def test_nor_does_the_time_they_take(server, monkeypatch):
    counted = []
    monkeypatch.setattr(passwords, "_scrypt", lambda *_: counted.append("scrypt") or b"")
    visitor = server.visitor()
    for act in (visitor.sign_up, visitor.log_in):
        for name in ("alice", "alice", "nobody" + act.__name__[:3]):
            counted.clear()
            act(name, "any password")
            assert counted == ["scrypt"], (act, name)


def test_nor_does_how_many_attempts_there_are(server):
    server.visitor().sign_up("alice")
    statuses = {
        name: [server.visitor(From=name).log_in(name, "another one").status for _ in range(11)]
        for name in ("alice", "nobody")
    }
    assert statuses["alice"] == statuses["nobody"] == [403] * 10 + [429]


def test_without_the_same_answer_they_do(serve):
    visitor = serve(same_answer=False).visitor()
    visitor.sign_up("alice")
    assert "is taken" in visitor.sign_up("alice").words
    assert "no account nobody" in visitor.log_in("nobody").words
    assert "no account" not in visitor.log_in("alice", "another one").words


# --- how many tries -------------------------------------------------------------------------------------------------


def together(action, times: int) -> list:
    """The answers of so many visitors at the same moment."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(action, range(times)))


def test_many_passwords_at_once_for_one_name_are_ten(server, clock):
    server.visitor().sign_up("alice")
    statuses = together(lambda each: server.visitor(From=f"10.0.0.{each}").log_in("alice", f"wrong {each}").status, 24)
    assert sorted(statuses) == [403] * 10 + [429] * 14
    refused = server.visitor(From="10.0.1.1").log_in("alice")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "300")
    clock.pass_by(300)
    assert server.visitor(From="10.0.1.1").log_in("alice").page == "account"


def test_the_owners_browser_has_attempts_of_its_own(server, alice):
    alice.post("logout")
    for each in range(12):
        server.visitor(From="10.0.0.1").log_in("alice", f"wrong {each}")
    assert server.visitor(From="10.0.0.2").log_in("alice").status == 429
    assert alice.log_in("alice").page == "account"


def test_ones_own_browser_is_not_anothers(server, alice):
    """A mark for one's own account gives no attempts at another."""
    server.visitor().sign_up("bob")
    for each in range(10):
        alice.log_in("bob", f"wrong {each}")
    assert server.visitor(From="10.0.0.2").log_in("bob").status == 429


def test_an_address_has_fifty_wrong_answers(server, clock):
    mallory = server.visitor(From="10.0.0.1")
    statuses = [mallory.log_in(f"name{each}", "a guess that is wrong").status for each in range(52)]
    assert statuses == [403] * 50 + [429] * 2
    assert mallory.sign_up("mallory").status == 429
    assert server.visitor(From="10.0.0.2").log_in("name0", "another one").status == 403
    clock.pass_by(300)
    assert mallory.log_in("name0", "another one").status == 403


def test_right_answers_are_not_counted(server, clock):
    server.visitor().sign_up("alice")
    assert {server.visitor(From="10.0.0.1").log_in("alice").page for _ in range(60)} == {"account"}


def test_what_others_say_about_where_they_are_is_not_believed(server):
    for header in ("X-Forwarded-For", "X-Real-Ip"):
        server.visitor(**{header: "10.9.9.9"}).log_in("nobody", "another one")
    assert {address for (address,) in rows(server, "SELECT address FROM events")} == {"127.0.0.1"}


def test_guessing_codes_in_many_sessions_from_everywhere_is_stopped(server, enrolled, clock):
    """The documented number: four at once, then one after each wait, and after a hundred none."""
    _, key, codes = enrolled
    crowd = [half_way(server, From=f"10.0.0.{each}") for each in range(12)]
    answers = together(lambda each: crowd[each].post("code", code="000000"), 12)
    assert events(server).count("code refused: wrong") == 4
    assert {answer.status for answer in answers} == {403, 429}

    waits = []
    for each in range(96):
        clock.pass_by(5 * (each + 1))
        visitor = half_way(server, From=f"10.0.{each}.1")
        waits.append(visitor.post("code", code="000000").headers.get("Retry-After"))
    assert waits == [str(5 * (each + 2)) for each in range(95)] + [None]
    assert events(server).count("code refused: wrong") == 100

    clock.pass_by(86_400)
    owner = half_way(server, From="10.1.1.1")
    refused = owner.post("code", code=totp.code(key, clock()))
    assert refused.status == 429
    assert "A recovery code still lets you in" in refused.words
    assert owner.post("recovery", code=codes[0]).page == "account"


def test_after_the_wait_the_owner_is_in_with_a_code(server, enrolled, clock):
    _, key, _ = enrolled
    mallory = half_way(server, From="10.0.0.1")
    for _ in range(4):
        mallory.post("code", code="000000")
    owner = half_way(server)
    clock.pass_by(4)
    assert owner.post("code", code=totp.code(key, clock() + 30)).headers["Retry-After"] == "1"
    clock.pass_by(1)
    assert owner.post("code", code=totp.code(key, clock() + 30)).page == "account"


def test_without_counting_across_sessions_each_new_one_has_ten_tries(serve, clock):
    server = serve(across_sessions=False)
    alice = server.visitor()
    alice.sign_up("alice")
    alice.log_in("alice")
    alice.enrol(clock)
    for _ in range(15):
        mallory = half_way(server, From="10.0.0.1")
        assert [mallory.post("code", code="000000").page for _ in range(12)] == ["code"] * 10 + ["login"] * 2
    assert events(server).count("code refused: wrong") == 150


def test_recovery_codes_are_128_bits_and_an_address_has_fifty_guesses(server, enrolled):
    _, _, codes = enrolled
    assert {len(secret.decode(code)) for code in codes} == {16}
    guess = secret.encode(bytes(16))
    mallory = half_way(server, From="10.0.0.1")
    assert [mallory.post("recovery", code=guess).status for _ in range(52)] == [403] * 50 + [429] * 2


# --- what lies in the files -----------------------------------------------------------------------------------------


def files(server: Running) -> bytes:
    return b"".join(file.read_bytes() for file in server.folder.glob("login.db*"))


def holds(server: Running, key: bytes, codes: list[str]) -> tuple[bool, bool]:
    """Are the key and the recovery codes in the database's files, in the form that opens the account?"""
    found = files(server)
    return key in found, any(code.replace(" ", "").encode() in found for code in codes)


@pytest.mark.parametrize(
    "off, expected",
    [({}, (False, False)), ({"sealed": False}, (True, False)), ({"hashed": False}, (False, True))],
    ids=["all on", "not sealed", "not hashed"],
)
def test_what_a_copy_of_the_database_opens(serve, clock, off, expected):
    server = serve(**off)
    alice = server.visitor()
    alice.sign_up("alice")
    alice.log_in("alice")
    assert holds(server, *alice.enrol(clock)) == expected


def test_neither_file_nor_log_holds_what_was_typed_or_kept_secret(server, enrolled, clock, caplog):
    caplog.set_level(logging.DEBUG)
    alice, key, codes = enrolled
    clock.pass_by(30)
    typed = [PASSWORD, totp.code(key, clock()), "135791", "a password as name", "typed-in-the-address"]
    alice.get("code?code=typed-in-the-address")
    alice.post("logout")
    alice.log_in("a password as name", "x")
    alice.log_in("alice")
    alice.post("code", code="135791")
    alice.post("code", code=typed[1])
    alice.post("nowhere", code=codes[0])
    signed = alice.cookie("login_session")
    token = base64.b64decode(signed.split("|")[4].partition(":")[2]).decode()
    assert len(token) == 43
    found = files(server).decode("latin-1") + caplog.text
    for text in [*typed, *codes, secret.encode(key), key.hex(), key.decode("latin-1"), signed, token]:
        assert text not in found, text
        assert text.replace(" ", "") not in found, text
    assert "200 GET /" in caplog.text


def test_after_enrolment_no_page_shows_a_secret(enrolled, clock):
    alice, key, codes = enrolled
    for page in ["", "signup", "login", "code", "recovery", *INSIDE, "style.css"]:
        shown = alice.get(page).body
        for text in [secret.encode(key), *codes, "otpauth", "data:image"]:
            assert text not in shown and text.replace(" ", "") not in shown.replace(" ", ""), page


def test_an_error_of_ours_shows_nothing_and_logs_where_it_was(server, enrolled, monkeypatch, caplog):
    monkeypatch.setattr(server.site.verifier, "check", lambda *_: 1 / 0)
    answer = half_way(server).post("code", code="135791")
    assert answer.status == 500
    assert "Something went wrong here" in answer.words
    assert "Traceback" not in answer.body and "ZeroDivision" not in answer.body
    assert web.HEADERS.items() <= answer.headers.items()
    assert "ZeroDivisionError" in caplog.text and "in check_code" in caplog.text
    assert "135791" not in caplog.text


def test_accounts_and_what_was_used_are_there_after_a_restart(tmp_path, clock):
    first = Running(tmp_path, clock)
    alice = first.visitor()
    alice.sign_up("alice")
    alice.log_in("alice")
    key, _ = alice.enrol(clock)
    first.stop()
    second = Running(tmp_path, clock)
    visitor = half_way(second)
    assert visitor.post("code", code=totp.code(key, clock())).status == 403
    clock.pass_by(30)
    assert visitor.post("code", code=totp.code(key, clock())).page == "account"
    second.stop()


# --- beside others --------------------------------------------------------------------------------------------------


def test_a_slow_password_keeps_nobody_else_waiting(server, monkeypatch):
    slow = threading.Event()
    monkeypatch.setattr(passwords, "_scrypt", lambda *_: slow.wait(20) and b"")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(server.visitor().log_in, "alice", "any password")
        while not server.site._workers._threads:
            time.sleep(0.01)
        assert server.visitor().get("login").status == 200
        assert not waiting.done()
        slow.set()
        assert waiting.result().status == 403


def test_every_address_on_the_pages_is_relative(server, enrolled):
    alice, *_ = enrolled
    mallory = half_way(server)
    pages = [alice.get(page) for page in ("", "signup", "login", "account", "nothing")]
    pages += [mallory.get(page) for page in ("code", "recovery")]
    found = [address for page in pages for address in re.findall(r'(?:href|src|action)="([^"]*)"', page.body)]
    assert len(found) > 20
    assert not [address for address in found if address.startswith(("/", "http"))]


class Prefixed(BaseHTTPRequestHandler):
    """A proxy that gives a server another place: /user/someone/proxy/1234/ before every page."""

    PREFIX = "/user/someone/proxy/1234/"

    def pass_on(self):
        if not self.path.startswith(self.PREFIX):
            return self.send_error(404)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        request = Request(
            self.target + self.path.removeprefix(self.PREFIX), body, dict(self.headers), method=self.command
        )
        try:
            answer = build_opener(NoRedirect).open(request)
        except OSError as error:
            answer = error
        with answer:
            content = answer.read()
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    do_GET = do_POST = pass_on

    def log_message(self, *_):
        pass


def test_it_works_behind_a_proxy_with_a_prefix(server, clock):
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), type("Proxy", (Prefixed,), {"target": server.url}))
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    alice = Visitor(f"http://127.0.0.1:{proxy.server_port}{Prefixed.PREFIX}")
    alice.sign_up("alice")
    assert alice.log_in("alice").page == "account"
    key, _ = alice.enrol(clock)
    alice.post("logout")
    clock.pass_by(30)
    assert alice.log_in("alice").page == "code"
    assert alice.post("code", code=totp.code(key, clock())).page == "account"
    assert {cookie.path for cookie in alice.jar} == {Prefixed.PREFIX.rstrip("/")}
    proxy.shutdown()
    proxy.server_close()


def test_every_defence_can_be_off_alone_and_all_can(serve):
    assert login.NONE.without() == [field.name for field in fields(Defences)]
    assert ON.without() == []
    visitor = serve(**dict.fromkeys(login.NONE.without(), False)).visitor()
    visitor.send("POST", "signup", f"name=alice&password={PASSWORD}".encode())
    assert visitor.send("POST", "login", f"name=alice&password={PASSWORD}".encode()).page == "account"
