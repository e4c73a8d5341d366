"""Attacks that were once carried out against the login server, each with the defence that now stops it.

Each was first seen to succeed: against version 1.0.0, or (the parametrised ones) with its defence off.
"""

import base64
import logging
import os
import re
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from login_fixtures import *  # noqa: F403
from login_fixtures import events, half_way, rows
from visitor import PASSWORD, Running, key_on

from totp_teach import OtpError, secret, totp
from totp_teach.login import passwords, web
from totp_teach.login.database import Database
from totp_teach.login.site import Site

NEW = "battery staple"


def off_or_on(name: str):
    """The same attack twice: it succeeds without the defence, and fails with it."""
    return pytest.mark.parametrize("off", [{name: False}, {}], ids=[f"without {name}", "with it"])


def person(server: Running, name: str = "alice"):
    """Somebody who has signed up and is logged in."""
    visitor = server.visitor()
    visitor.sign_up(name)
    assert visitor.log_in(name).page == "account"
    return visitor


class Held:
    """scrypt that goes on when it is told to."""

    def __init__(self, monkeypatch):
        self._real, self._go, self.begun = passwords._scrypt, threading.Event(), threading.Semaphore(0)
        monkeypatch.setattr(passwords, "_scrypt", self)

    def __call__(self, *given):
        self.begun.release()
        assert self._go.wait(20)
        return self._real(*given)

    def release(self) -> None:
        self._go.set()


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "login.db")
    yield database
    database.close()


# --- no full session without a code ----------------------------------------------------------------------------------


@off_or_on("read_again")
def test_a_log_in_that_is_under_way_while_codes_are_switched_on(serve, clock, monkeypatch, off):
    server = serve(**off)
    alice = person(server)
    key = key_on(alice.post("enrol", password=PASSWORD))
    thief = server.visitor()
    with ThreadPoolExecutor(1) as pool:
        held = Held(monkeypatch)
        arriving = pool.submit(thief.log_in, "alice")
        assert held.begun.acquire(timeout=20)
        assert "write these down" in alice.post("confirm", code=totp.code(key, clock())).words
        held.release()
        assert arriving.result().page == ("account" if off else "code")


def test_a_log_in_that_is_under_way_while_the_password_is_changed(server, monkeypatch):
    alice = person(server)
    thief = server.visitor()
    with ThreadPoolExecutor(1) as pool:
        held = Held(monkeypatch)
        arriving = pool.submit(thief.log_in, "alice")
        assert held.begun.acquire(timeout=20)
        with sqlite3.connect(server.database) as other:
            other.execute("UPDATE users SET password = '00:00'")
            other.execute("DELETE FROM sessions")
        other.close()
        held.release()
        assert arriving.result().status == 403
    assert alice.get("account").page == "login"


@pytest.mark.parametrize("off", [{}, {"fresh": False}], ids=["all on", "without fresh"])
def test_a_password_is_not_changed_by_a_session_that_was_ended_meanwhile(serve, monkeypatch, off):
    """Nor without `fresh`: one defence less lets one attack in."""
    server = serve(**off)
    alice, again = person(server), server.visitor()
    for cookie in alice.jar:
        again.jar.set_cookie(cookie)
    held = Held(monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        changed = pool.submit(alice.post, "password", password=PASSWORD, new=NEW)
        assert held.begun.acquire(timeout=20)
        again.post("logout")
        held.release()
    assert changed.result().page in ("login", "password")
    assert server.visitor().log_in("alice", NEW).status == 403


def test_an_act_that_is_under_way_while_its_session_is_ended(server, clock, monkeypatch):
    """Whoever has stolen a session sends a form; the owner ends the session while the password is looked at."""
    alice = person(server)
    _, codes = alice.enrol(clock)
    thief = server.visitor()
    thief.get("login")
    for cookie in alice.jar:
        thief.jar.set_cookie(cookie)
    with ThreadPoolExecutor(1) as pool:
        held = Held(monkeypatch)
        arriving = pool.submit(thief.post, "disable", password=PASSWORD, code=codes[0])
        assert held.begun.acquire(timeout=20)
        alice.post("logout")
        held.release()
        arriving.result()
    assert "codes switched off" not in events(server)
    assert rows(server, "SELECT count(*) FROM recovery_codes") == [(10,)]


@off_or_on("own_key")
def test_the_key_that_somebody_is_setting_up_is_not_for_other_sessions(serve, clock, off):
    server = serve(**off)
    alice, thief = person(server), server.visitor()
    thief.log_in("alice")
    key = key_on(alice.post("enrol", password=PASSWORD))
    assert (secret.encode(key) in thief.get("enrol").body.replace(" ", "")) == bool(off)
    assert thief.post("confirm", code=totp.code(key, clock())).status == (200 if off else 409)


def test_a_key_of_ones_own_does_not_disturb_the_owners(server, clock):
    alice, thief = person(server), server.visitor()
    thief.log_in("alice")
    key = key_on(alice.post("enrol", password=PASSWORD))
    key_on(thief.post("enrol", password=PASSWORD))
    assert key_on(alice.get("enrol")) == key
    alice.post("confirm", code=totp.code(key, clock()))
    assert thief.get("enrol").page == "login"
    clock.pass_by(30)
    assert half_way(server).post("code", code=totp.code(key, clock())).page == "account"


def test_a_key_that_is_left_on_the_screen_is_shown_for_ten_minutes(server, clock):
    """The owner has proved who they are, scans nothing and goes away; somebody else sits down at the open session."""
    alice = person(server)
    old, _ = alice.enrol(clock)
    clock.pass_by(30)
    key = key_on(alice.post("enrol", password=PASSWORD, code=totp.code(old, clock())))
    clock.pass_by(599)
    assert key_on(alice.get("enrol")) == key
    clock.pass_by(1)
    assert 'class="key"' not in alice.get("enrol").body
    assert alice.post("confirm", code=totp.code(key, clock())).status == 409
    assert half_way(server).post("code", code=totp.code(old, clock())).page == "account"


@off_or_on("one_winner")
def test_one_code_at_two_sessions_at_the_same_moment(serve, clock, off):
    server = serve(**off)
    key, _ = person(server).enrol(clock)
    clock.pass_by(30)
    pair = [half_way(server), half_way(server)]
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda each: each.post("code", code=totp.code(key, clock())).page, pair))
    assert sorted(pages) == (["account", "account"] if off else ["account", "code"])


# --- fresh authentication --------------------------------------------------------------------------------------------

ACTS = ["enrol", "renew", "disable", "password"]


@off_or_on("fresh")
@pytest.mark.parametrize("act", ACTS)
def test_a_session_that_was_left_open(serve, clock, off, act):
    server = serve(**off)
    alice = person(server)
    alice.enrol(clock)
    before = rows(server, "SELECT name, password, phone FROM users"), rows(server, "SELECT * FROM recovery_codes")
    for sent in ({}, {"password": "wrong horse", "code": "000000"}, {"password": PASSWORD, "code": "000000"}):
        answer = alice.post(act, new=NEW, **sent)
        if off:
            assert answer.status == 200
            break
        assert answer.status in (400, 403), sent
    after = rows(server, "SELECT name, password, phone FROM users"), rows(server, "SELECT * FROM recovery_codes")
    assert rows(server, "SELECT count(*) FROM sessions WHERE pending IS NOT NULL") == [
        (int(bool(off) and act == "enrol"),)
    ]
    assert (before == after) == (act == "enrol" or not off)


@pytest.mark.parametrize("act", ACTS)
def test_the_owner_may(server, clock, act):
    alice = person(server)
    key, codes = alice.enrol(clock)
    clock.pass_by(30)
    for code in (totp.code(key, clock()), codes[0]):
        assert alice.post(act, new=NEW, password=PASSWORD, code=code).status == 200
        if act != "enrol":
            break
    done = {"enrol": "enrolment begun", "renew": "recovery codes made anew", "disable": "codes switched off"}
    assert done.get(act, "password changed") in events(server)


def test_guessing_the_password_from_a_stolen_session_is_ten_tries(server):
    alice = person(server)
    assert [alice.post("password", password=f"wrong {n}", new=NEW).status for n in range(12)] == [403] * 10 + [429] * 2
    assert server.visitor(From="10.0.0.1").log_in("alice").page == "account"  # and nobody else is kept out by it


def test_enrolments_are_ten(server):
    alice = person(server)
    assert [alice.post("enrol", password=PASSWORD).status for _ in range(12)] == [200] * 10 + [429] * 2


# --- the life of an account ------------------------------------------------------------------------------------------


def test_a_lost_phone_and_a_new_one(server, clock):
    alice = person(server)
    old, codes = alice.enrol(clock)
    thief = server.visitor()  # has the old phone, and the password
    thief.log_in("alice")
    clock.pass_by(30)
    assert thief.post("code", code=totp.code(old, clock())).page == "account"

    alice.post("logout")
    alice.log_in("alice")
    assert "came in with a recovery code" in alice.post("recovery", code=codes[0]).words
    new = key_on(alice.post("enrol", password=PASSWORD))  # the recovery code was the second thing shown
    clock.pass_by(30)
    assert half_way(server).post("code", code=totp.code(old, clock())).page == "account"  # the old one counts till then
    fresh = re.findall(r"<li><code>(.*?)</code>", alice.post("confirm", code=totp.code(new, clock())).body)
    assert thief.get("account").page == "login"
    clock.pass_by(60)
    assert half_way(server).post("code", code=totp.code(old, clock())).status == 403
    assert half_way(server).post("recovery", code=codes[1]).status == 403
    assert half_way(server).post("code", code=totp.code(new, clock())).page == "account"
    assert half_way(server).post("recovery", code=fresh[0]).page == "account"
    assert "phone replaced" in alice.get("account").words
    assert rows(server, "SELECT count(*) FROM accounts") == [(1,)]


def test_the_last_recovery_code_is_enough_for_a_new_phone_and_for_nothing_else(server, clock):
    alice = person(server)
    _, codes = alice.enrol(clock)
    with sqlite3.connect(server.database) as other:
        other.execute("DELETE FROM recovery_codes WHERE code <> ?", (server.site._kept(codes[-1]),))
    other.close()
    alice.post("logout")
    alice.log_in("alice")
    assert alice.post("recovery", code=codes[-1]).page == "account"
    for act in ("renew", "disable", "password"):
        assert alice.post(act, password=PASSWORD, new=NEW, code=codes[-1]).status == 403
    assert alice.post("enrol", password="wrong horse").status == 403
    new = key_on(alice.post("enrol", password=PASSWORD))
    assert alice.post("confirm", code=totp.code(new, clock())).status == 200
    assert alice.post("enrol", password=PASSWORD).status == 400  # now codes can be had again


def test_new_recovery_codes_put_the_old_ones_out(server, clock):
    alice = person(server)
    _, codes = alice.enrol(clock)
    answer = alice.post("renew", password=PASSWORD, code=codes[0])
    fresh = re.findall(r"<li><code>(.*?)</code>", answer.body)
    assert len(fresh) == 10 and not set(fresh) & set(codes)
    assert half_way(server).post("recovery", code=codes[1]).status == 403
    assert half_way(server).post("recovery", code=fresh[1]).page == "account"


def test_a_changed_password_ends_the_other_sessions(server):
    alice, thief = person(server), server.visitor()
    thief.log_in("alice")
    assert alice.post("password", password=PASSWORD, new=NEW).page == "account"
    assert thief.get("account").page == "login"
    assert thief.log_in("alice").status == 403
    assert thief.log_in("alice", NEW).page == "account"


@pytest.mark.parametrize("new", ["short", "Password1", "12345678", "alice.anderson", "ALICE.ANDERSON"])
def test_passwords_that_are_guessed_first_are_refused(server, new):
    assert server.visitor().post("signup", name="alice.anderson", password=new).status == 400
    alice = person(server, "alice.anderson")
    assert alice.post("password", password=PASSWORD, new=new).status == 400
    assert server.visitor().log_in("alice.anderson").page == "account"


NFD = "e\u0301"  # é as two characters, as some keyboards and file systems have it


def test_a_password_is_as_long_as_it_is_kept(server):
    """Four letters once passed for eight, and their owner was refused at another keyboard."""
    assert server.visitor().sign_up("alice", NFD * 4).status == 400
    server.visitor().sign_up("alice", NFD * 150)
    assert server.visitor().log_in("alice", "\xe9" * 150).page == "account"
    assert server.visitor().log_in("alice", NFD * 150).page == "account"


def test_a_password_is_taken_as_it_was_typed(server):
    """A space was once as good as any control character (OWASP ASVS 5.0, 6.2.8)."""
    server.visitor().sign_up("alice", "horse\0battery")
    for other in ("horse battery", "horse\x01battery", "horsebattery"):
        assert server.visitor().log_in("alice", other).status == 403
    assert server.visitor().log_in("alice", "horse\0battery").page == "account"


def test_a_proof_has_one_code(server, clock):
    """Of two, the last was once taken."""
    alice = person(server)
    key, _ = alice.enrol(clock)
    clock.pass_by(30)
    token, right = alice.cookie("login_xsrf"), totp.code(key, clock())
    fields = [("_xsrf", token), ("password", PASSWORD), ("code", "000000"), ("code", right)]
    assert alice.send("POST", "renew", urlencode(fields).encode()).status == 400
    assert alice.post("renew", password=PASSWORD, code=right).status == 200


def news(visitor) -> str:
    return visitor.get("account").body.partition('class="news"')[2].partition("</section>")[0]


def test_the_owner_is_told_what_others_did(server, clock):
    alice = person(server)
    alice.enrol(clock)
    thief = half_way(server)
    for _ in range(2):
        thief.post("code", code="000000")
    assert "code refused: wrong, 2 times" in news(alice)
    for _ in range(30):  # the table below shows the newest of all kinds
        clock.pass_by(30)
        server.visitor(From="10.0.0.1").log_in("alice")
    assert "code refused: wrong, 2 times" in news(alice)
    clock.pass_by(30 * 86_400)
    alice.log_in("alice")
    assert "code refused" not in news(alice)


def test_nobody_clicks_the_news_away(server, clock):
    """Whoever has a session of hers, with a stolen code or cookie, once said "I know of all this" in her place."""
    alice = person(server)
    _, codes = alice.enrol(clock)
    thief = half_way(server)
    thief.post("recovery", code=codes[0])
    assert thief.post("seen", upto="9" * 30).status == 404
    assert "recovery code used" in news(alice) and "logged in with another browser, 2 times" in news(alice)


@pytest.mark.parametrize("ending", ["time", "log-out", "another log-in", "new phone"])
def test_the_owner_is_told_that_somebody_knows_the_password(server, clock, ending):
    """A partly successful authentication (OWASP ASVS 5.0, 6.3.5)."""
    alice = person(server)
    key, codes = alice.enrol(clock)
    assert "no code came" not in news(alice)
    thief = half_way(server, From="10.0.0.1")
    if ending == "time":
        clock.pass_by(300)
    elif ending == "log-out":
        thief.post("logout")
    elif ending == "another log-in":
        thief.log_in("alice")
    else:
        new = key_on(alice.post("enrol", password=PASSWORD, code=codes[0]))
        alice.post("confirm", code=totp.code(new, clock()))
        key = new
    clock.pass_by(30)
    owner = half_way(server)
    assert owner.post("code", code=totp.code(key, clock())).page == "account"
    assert news(owner).count("password accepted, and no code came (") == 1
    assert ("10.0.0.1",) in rows(server, "SELECT address FROM events WHERE what LIKE '%no code came'")


@pytest.mark.parametrize("act", ["enrol", "renew", "password", "disable"])
def test_a_copied_cookie_ends_with_the_next_proof(server, clock, act):
    """Once it lived on through all that the account's page advises, and was shown the new key (OWASP ASVS 7.2.4)."""
    alice = person(server)
    _, codes = alice.enrol(clock)
    copy = copied(alice, server)
    assert alice.post(act, password=PASSWORD, new=NEW, code=codes[0]).status == 200
    assert copy.get("account").page == "login" and copy.get("enrol").page == "login"
    assert alice.get("account").page == "account"


def test_a_copied_cookie_ends_with_the_first_code(server, clock):
    alice = person(server)
    key = key_on(alice.post("enrol", password=PASSWORD))
    copy = copied(alice, server)
    assert alice.post("confirm", code=totp.code(key, clock())).page == "confirm"
    assert copy.get("account").page == "login"
    assert alice.get("account").page == "account"


@pytest.mark.parametrize("idle", [0, 100])  # seconds after which it would be written down that the session is in use
def test_logging_out_ends_the_session_on_a_full_disk_too(server, clock, idle):
    alice = person(server)
    copy = copied(alice, server)
    clock.pass_by(idle)
    with unwritable(server):
        assert alice.get("account").page == "account"
        assert alice.post("logout").status == 200
        assert copy.get("account").page == "login"
    assert copy.get("account").page == "login"
    bob = person(server, "bob")
    assert rows(server, "SELECT count(*) FROM sessions") == [(2,)]
    bob.post("logout")  # there is room again: both are taken out of the file
    assert rows(server, "SELECT count(*) FROM sessions") == [(0,)]


@contextmanager
def unwritable(server: Running):
    """The server's file as it is on a full disk: what would write is refused, what reads is not."""

    def refused(*statements):
        raise sqlite3.OperationalError("database or disk is full")

    real, server.site.database._write = server.site.database._write, refused
    yield
    server.site.database._write = real


def copied(visitor, server: Running):
    """The cookies of one browser in another."""
    copy = server.visitor()
    for cookie in visitor.jar:
        copy.jar.set_cookie(cookie)
    assert copy.get("account").page == "account"
    return copy


def test_a_recovery_code_is_not_used_up_by_what_is_refused_for_another_reason(server, clock):
    alice = person(server)
    _, codes = alice.enrol(clock)
    for _ in range(10):
        alice.post("enrol", password=PASSWORD, code="000000")
    clock.pass_by(290)
    assert alice.post("enrol", password=PASSWORD, code=codes[0]).status == 429
    assert rows(server, "SELECT count(*) FROM recovery_codes") == [(10,)]


def test_a_key_with_a_hundred_wrong_codes_counts_no_more(server, clock):
    """NIST SP 800-63B-4 §3.2.2: it is disabled, and bound anew; a recovery code once forgave them."""
    alice = person(server)
    key, codes = alice.enrol(clock)
    with sqlite3.connect(server.database) as other:
        other.execute("UPDATE accounts SET state = json_set(state, '$[2]', 100)")
    other.close()
    clock.pass_by(86_400)
    owner = half_way(server)
    assert "A recovery code still lets you in" in owner.post("code", code=totp.code(key, clock())).words
    assert "Set one up" in owner.post("recovery", code=codes[0]).words
    assert half_way(server).post("code", code=totp.code(key, clock())).status == 429
    new = key_on(owner.post("enrol", password=PASSWORD))
    owner.post("confirm", code=totp.code(new, clock()))
    clock.pass_by(30)
    assert half_way(server).post("code", code=totp.code(new, clock())).page == "account"


@pytest.mark.parametrize("act", ["renew", "disable", "password", "confirm"])
def test_what_the_owner_could_not_be_told_of_is_not_done(server, clock, monkeypatch, act):
    """Killed in the middle, or with the disk full in between."""
    alice = person(server)
    _, codes = alice.enrol(clock)
    key = key_on(alice.post("enrol", password=PASSWORD, code=codes[0]))
    clock.pass_by(30)
    real, state = Database.log, "SELECT password, phone, group_concat(code) FROM users JOIN recovery_codes USING (name)"
    monkeypatch.setattr(server.site.database, "use_recovery_code", lambda *_: True)
    before = rows(server, state)

    def log(database, now, name, address, what):
        if what in ("recovery codes made anew", "codes switched off", "password changed", "phone replaced"):
            raise sqlite3.OperationalError("disk full")
        real(database, now, name, address, what)

    monkeypatch.setattr(Database, "log", log)
    code = totp.code(key, clock()) if act == "confirm" else codes[1]
    assert alice.post(act, password=PASSWORD, new=NEW, code=code).status == 500
    assert rows(server, state) == before


# --- what everybody shares -------------------------------------------------------------------------------------------


def test_nobody_pushes_events_out_with_events_of_another_name_or_kind(database):
    """Whoever knows the password may make as many right log-ins as they like."""
    database.log(1, "alice", "here", "code refused: wrong")
    for number in range(250):
        database.log(number, "alice", "there", "password accepted")
        database.log(number, "mallory", "there", "code refused: wrong")
    assert database.events("alice", 1000)[-1] == (1, "here", "code refused: wrong")
    assert len(database.events("alice", 1000)) == 201


def test_what_is_not_kept_any_more_is_not_counted_as_if_it_were_all(server):
    alice = person(server)
    with sqlite3.connect(server.database) as other:
        row = (1_000_000_000, "alice", "there", "password refused")
        other.executemany("INSERT INTO events (at, name, address, what) VALUES (?, ?, ?, ?)", [row] * 250)
    other.close()
    assert "password refused, at least 200 times" in alice.get("account").words


def test_a_body_is_read_to_64_kilobytes(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 400")
        assert line.recv(1000) == b""


def test_connections_that_say_nothing_make_room(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(web, "CONNECTIONS", 20)
    server = Running(tmp_path, clock)
    lines = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    start = time.monotonic()
    assert server.visitor().get("login").status == 200
    assert time.monotonic() - start < 5
    for line in lines:
        line.close()
    server.stop()


@contextmanager
def answering(server, monkeypatch):
    """Meanwhile the server has not yet answered somebody, who is answered afterwards."""
    held = Held(monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(server.visitor().sign_up, "alice")
        assert held.begun.acquire(timeout=20)
        yield
        held.release()
        assert busy.result().status == 200


def test_a_connection_that_is_busy_is_not_the_one_to_go(tmp_path, clock, monkeypatch):
    """Those that have ended by themselves are not counted."""
    monkeypatch.setattr(web, "CONNECTIONS", 10)
    server = Running(tmp_path, clock)
    with answering(server, monkeypatch):
        for _ in range(30):
            assert server.visitor().get("login").status == 200
    server.stop()


def test_a_flood_of_connections_cuts_nobody_off_who_waits_for_an_answer(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(web, "CONNECTIONS", 10)
    server = Running(tmp_path, clock)
    with answering(server, monkeypatch):
        flood = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
        assert server.visitor().get("login").status == 200
    for line in flood:
        line.close()
    server.stop()


def test_when_everybody_waits_for_an_answer_the_newcomer_goes(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(web, "CONNECTIONS", 5)
    server = Running(tmp_path, clock)
    held = Held(monkeypatch)
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(server.visitor().sign_up, f"alice{n}") for n in range(5)]
        while len(server.site._waiting) < 5:
            time.sleep(0.01)
        with pytest.raises(OSError):
            server.visitor().get("login")
        held.release()
        assert [each.result().status for each in waiting] == [200] * 5
    assert server.visitor().get("login").status == 200
    server.stop()


@pytest.mark.parametrize(
    "header",
    [b"Cookie: login_session=hidden\x01", b"Hidden(" + b"x" * 60_000 + b": 1", b"X: hidden" + b"x" * 60_000 + b"\0"],
)
def test_a_malformed_header_is_not_logged(server, caplog, header):
    caplog.set_level(logging.INFO)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + header + b"\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 400")
    assert "hidden" not in caplog.text.lower()


def test_the_log_keeps_a_hundred_characters_of_a_path_and_none_that_does_anything(server, caplog):
    caplog.set_level(logging.INFO)
    server.visitor().get("x" * 5000)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall("GET /a\x9bb\u2028c HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        line.recv(1000)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(b"A" * 60_000 + b" / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 405")
    assert max(len(record.getMessage()) for record in caplog.records) < 120
    assert all(record.getMessage().isascii() for record in caplog.records)


def test_a_cookie_of_an_old_shape_is_not_logged(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.visitor(Cookie=f"login_session_{server.port}=c2VjcmV0|1|0123456789012345678901234567890123456789").get(
        "account"
    )
    assert "c2VjcmV0" not in caplog.text


def test_only_so_many_wait_to_be_hashed(server, monkeypatch):
    alice = person(server)
    alice.post("logout")
    held = Held(monkeypatch)
    with ThreadPoolExecutor(40) as pool:
        guests = [server.visitor(From=f"10.0.0.{n}") for n in range(40)]
        crowd = [pool.submit(guest.log_in, f"nobody{n}", "wrong horse") for n, guest in enumerate(guests)]
        while sum(one.done() for one in crowd) < 20:
            time.sleep(0.01)
        refused = next(one.result() for one in crowd if one.done())
        assert (refused.status, refused.headers["Retry-After"]) == (503, "3")
        assert "Too many people" in refused.words
        owner = pool.submit(alice.log_in, "alice")  # her browser is known, and has a place
        held.release()
        assert owner.result().page == "account"
        assert sorted(one.result().status for one in crowd) == [403] * 20 + [503] * 20


@pytest.mark.parametrize("address", ["10.0.0.1", "2001:db8::{}"], ids=["one address", "a household's"])
def test_one_address_does_not_fill_the_places_of_browsers_that_are_known(server, monkeypatch, address):
    """The right password of accounts of one's own costs no attempt, and their marks once opened every place."""
    person(server, "mallory")
    alice, marked = person(server), [server.visitor(From=address.format(f"f{n}")) for n in range(4)]
    for browser in marked:
        browser.log_in("mallory")
    held = Held(monkeypatch)

    def crowd(number):
        own = server.visitor(From=address.format(number))
        for cookie in marked[number % 4].jar:
            own.jar.set_cookie(cookie)
        return own.log_in("mallory").status

    with ThreadPoolExecutor(41) as pool:
        asked = [pool.submit(crowd, number) for number in range(40)]
        assert all(held.begun.acquire(timeout=20) for _ in range(2))
        while sum(each.done() for each in asked) < 20:
            time.sleep(0.01)
        owner = pool.submit(alice.log_in, "alice")
        time.sleep(0.2)
        held.release()
        assert sorted(each.result() for each in asked) == [200] * 20 + [503] * 20
        assert owner.result().page == "account"


def test_who_was_asked_to_come_again_has_not_tried(server, monkeypatch):
    server.visitor().sign_up("alice")
    monkeypatch.setattr(server.site, "_waiting", ["-"] * 1000)
    assert {server.visitor().log_in("alice").status for _ in range(15)} == {503}
    monkeypatch.setattr(server.site, "_waiting", [])
    assert server.visitor().log_in("alice").page == "account"


# --- other sites -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["login", "logout", "enrol", "signup"])
@pytest.mark.parametrize("sender", ["same-site", "cross-site"])
def test_a_page_on_another_port_of_this_computer_is_another_site(server, page, sender):
    """It can plant the token's cookie, for cookies do not look at the port; the header it cannot make."""
    alice = person(server)
    alice.headers = {"Sec-Fetch-Site": sender}
    assert alice.post(page, name="mallory", password=PASSWORD).status == 403
    alice.headers = {"Sec-Fetch-Site": "same-origin"}
    assert alice.get("account").page == "account"
    assert alice.post("logout").page == ""


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "http://127.0.0.1:9000"])
def test_where_a_browser_does_not_say_that_it_says_the_origin(server, origin):
    """Over plain http to another computer (a hub's), or from an old browser."""
    alice = person(server)
    alice.headers = {"Origin": origin}
    assert alice.post("logout").status == 403
    alice.headers = {"Origin": server.url.rstrip("/")}
    assert alice.post("logout").page == ""


@pytest.mark.parametrize(
    "host, status", [("evil.example", 421), ("localhost", 200), ("127.0.0.1", 200), ("[::1]", 200)]
)
def test_a_name_that_leads_here_is_not_answered(server, host, status):
    assert server.visitor(Host=f"{host}:{server.port}").get("login").status == status


@pytest.mark.parametrize(
    "host, status", [("evil.example", 421), ("evil.example:80", 421), ("evil.example:080", 421), ("LocalHost", 200)]
)
def test_nor_is_one_at_port_80_which_browsers_do_not_send(server, monkeypatch, host, status):
    at_80 = property(lambda page: {**page.application.settings, "port": 80})
    monkeypatch.setattr(web.Page, "settings", at_80)
    assert server.visitor(Host=host).get("login").status == status


@pytest.mark.parametrize("host", ["hub.example.org", "hub.example.org:8000", "127.0.0.1:8888"])
def test_a_proxys_name_is_another(server, host):
    assert server.visitor(Host=host).get("login").status == 200


def test_the_clients_address_behind_a_proxy_that_is_to_be_believed(tmp_path, clock):
    server = Running(tmp_path, clock, proxies=("127.0.0.1", "10.1.1.1"))
    for sent in ("9.9.9.9, 8.8.8.8", "8.8.8.8, 10.1.1.1", "8.8.8.8", "<b>", ""):
        server.visitor(**{"X-Forwarded-For": sent}).log_in("nobody", "wrong horse")
    found = [address for (address,) in rows(server, "SELECT address FROM events ORDER BY id")]
    assert found == ["8.8.8.8"] * 3 + ["127.0.0.1"] * 2
    server.stop()


def test_two_servers_share_no_cookie(serve):
    first, second = serve(), serve()
    names = [{cookie.name for cookie in person(each, "bob").jar} for each in (first, second)]
    assert len(names[0]) == 3 and not names[0] & names[1]


def test_a_browsers_mark_names_nobody(server):
    alice = person(server)
    text = base64.b64decode(alice.cookie("login_device").split("|")[4].partition(":")[2])
    assert b"alice" not in text and len(text) == 86


def test_a_mark_counts_until_the_password_is_another_one(server):
    """Whoever knew the password could collect marks, each with ten tries of its own at the next password."""
    alice, guests = person(server), [server.visitor() for _ in range(4)]
    for guest in guests:
        guest.log_in("alice")
    alice.post("password", password=PASSWORD, new=NEW)
    said = [guest.log_in("alice", "a guess").status for guest in guests for _ in range(5)]
    assert said == [403] * 10 + [429] * 10
    assert server.visitor().log_in("alice", NEW).status == 429
    alice.post("logout")
    assert alice.log_in("alice", NEW).page == "account"  # her browser is known at once by the new password


# --- recovery --------------------------------------------------------------------------------------------------------


def test_whoever_has_the_password_does_not_hold_the_door_of_recovery_shut(server, clock):
    alice = person(server)
    _, codes = alice.enrol(clock)
    for n in range(15):
        half_way(server, From=f"10.0.0.{n}").post("recovery", code=secret.encode(bytes(16)))
    assert half_way(server, From="10.0.1.1").post("recovery", code=codes[0]).page == "account"


def test_a_key_that_does_not_open_does_not_burn_recovery_codes(server, clock, monkeypatch):
    _, codes = person(server).enrol(clock)
    monkeypatch.setattr(server.site.store, "get", lambda *_: (_ for _ in ()).throw(OtpError("does not open")))
    assert half_way(server).post("recovery", code=codes[0]).page == "account"
    assert "recovery code used" in events(server)


@pytest.mark.parametrize("what", ["lost", "another"])
def test_without_its_key_the_server_does_not_start(tmp_path, clock, what):
    server = Running(tmp_path, clock)
    key, _ = person(server).enrol(clock)
    server.stop()
    kept = (tmp_path / "login.key").read_bytes()
    (tmp_path / "login.key").unlink()
    if what == "another":
        (tmp_path / "login.key").write_bytes(bytes(32))
    with pytest.raises(OtpError, match="put it back"):
        Site(tmp_path)
    assert (tmp_path / "login.key").exists() == (what == "another")
    (tmp_path / "login.key").write_bytes(kept)
    again = Running(tmp_path, clock)
    clock.pass_by(30)
    assert half_way(again).post("code", code=totp.code(key, clock())).page == "account"
    again.stop()


def test_a_session_begun_while_the_clock_was_ahead_ends_when_it_is_put_right(server, clock):
    clock.pass_by(365 * 86_400)
    alice = person(server)
    clock.pass_by(-365 * 86_400)
    assert alice.get("account").page == "login"
    assert alice.log_in("alice").page == "account"
    clock.pass_by(-600)
    assert alice.get("account").page == "account"


# --- the folder ------------------------------------------------------------------------------------------------------


def test_two_servers_do_not_have_one_folder(server):
    with pytest.raises(OtpError, match="another login server has this folder"):
        Site(server.folder)


def test_nor_one_database_by_links(server, tmp_path):
    folder = tmp_path / "links"
    folder.mkdir()
    for name in ("login.db", "login.key"):
        (folder / name).symlink_to(server.folder / name)
    with pytest.raises(OtpError, match="another login server has this folder"):
        Site(folder)


def test_many_first_starts_at_once_are_one(tmp_path):
    def start(_):
        try:
            return Site(tmp_path)
        except OtpError as error:
            assert "another login server" in str(error)

    with ThreadPoolExecutor(8) as pool:
        found = [site for site in pool.map(start, range(8)) if site]
    assert len(found) == 1
    assert len((tmp_path / "login.key").read_bytes()) == 32


def test_somebody_elses_transaction_stops_nobody_for_long(server):
    other = sqlite3.connect(server.database, isolation_level=None, timeout=0)
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    assert server.visitor().log_in("alice", "wrong horse").status == 500
    assert server.visitor().get("login").status == 200
    assert time.monotonic() - start < 6
    other.execute("ROLLBACK")
    other.close()
    assert server.visitor().log_in("alice", "wrong horse").status == 403


def test_accounts_of_another_version_are_refused(tmp_path):
    old = sqlite3.connect(tmp_path / "login.db")
    old.execute("CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT NOT NULL, codes INTEGER NOT NULL DEFAULT 0)")
    old.close()
    with pytest.raises(OtpError, match="another version"):
        Site(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_the_files_are_for_the_owners_eyes(server):
    found = {file.name: file.stat().st_mode & 0o077 for file in server.folder.iterdir()}
    assert {"login.db", "login.key"} <= found.keys()
    assert found["login.key"] == 0


# --- what HTTP asks of a server --------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "login", "account", "style.css"])
def test_every_page_has_its_headers_alone(alice, page):
    """RFC 9110 §9.1: a server supports GET and HEAD."""
    answer = alice.send("HEAD", page)
    assert (answer.status, answer.body) == (200, "")
    assert int(answer.headers["Content-Length"]) > 100


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("page, allowed", [("", "GET, HEAD"), ("login", "GET, HEAD, POST"), ("logout", "POST")])
def test_what_cannot_be_done_is_answered_with_what_can(alice, page, allowed, method):
    """RFC 9110 §15.5.6."""
    answer = alice.send(method, page)
    assert (answer.status, answer.headers["Allow"]) == (405, allowed)


def test_an_address_is_one_page(server):
    assert server.visitor().get("styleXcss").status == 404


def test_what_the_browser_kept_goes_with_the_session_and_with_the_key(server, clock):
    """Chromium's "back" once showed the key that counts, after log-out (tests/browser/test_login_story.py)."""
    alice, sent = person(server), '"cache"'
    key = key_on(alice.post("enrol", password=PASSWORD))
    assert alice.post("confirm", code=totp.code(key, clock())).headers["Clear-Site-Data"] == sent
    token = alice.cookie("login_xsrf")
    connection = HTTPConnection("127.0.0.1", server.port)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in alice.jar)
    form = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/logout", urlencode({"_xsrf": token}), form)
    assert connection.getresponse().headers["Clear-Site-Data"] == sent
    connection.close()
