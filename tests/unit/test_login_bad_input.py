"""What nobody's browser sends: a clear answer of the kind 4xx, no traceback, and nothing changed by it."""

import http.client
import logging
import re
import socket
import sqlite3
import urllib.parse

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from visitor import PASSWORD, Clock, Running

from totp_teach.login import limits, passwords

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FIELDS = {
    "signup": ["name", "password"],
    "login": ["name", "password"],
    "code": ["code"],
    "recovery": ["code"],
    "confirm": ["code"],
    "disable": ["password"],
    "enrol": ["password"],
    "renew": ["password"],
    "password": ["password", "new"],
}
STATE = ["users", "sessions", "recovery_codes", "accounts"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for all of these: nothing of what they send changes anything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "N", 2)
        patch.setattr(limits, "WINDOW", 0)  # nobody is sent away for having tried too often
        running = Running(tmp_path_factory.mktemp("login"), Clock())
        yield running
        running.stop()


@pytest.fixture(scope="module")
def visitors(server):
    """Who stands at each page: bob is half way, alice inside without codes, carol inside with codes."""
    found = {}
    for name in ("alice", "bob", "carol"):
        found[name] = server.visitor()
        found[name].sign_up(name)
        found[name].log_in(name)
    found["bob"].enrol(server.clock)
    found["bob"].post("logout")
    found["bob"].log_in("bob")
    found["carol"].enrol(server.clock)
    found["alice"].post("enrol", password=PASSWORD)
    found["nobody"] = server.visitor()
    found["nobody"].get("login")
    return {
        "signup": found["nobody"],
        "login": found["nobody"],
        "code": found["bob"],
        "recovery": found["bob"],
        "confirm": found["alice"],
        "disable": found["carol"],
        "enrol": found["carol"],
        "renew": found["carol"],
        "password": found["carol"],
    }


def state(server: Running) -> list:
    """What must not change. Of the verifier's state, not how often somebody failed: that is there to be counted."""
    connection = sqlite3.connect(server.database)
    tables = [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in STATE[:3]]
    accounts = connection.execute(
        "SELECT id, settings, key, json_extract(state, '$[0]') FROM accounts ORDER BY id"
    ).fetchall()
    connection.close()
    return [*tables, accounts]


def refused(server: Running, answer, caplog) -> None:
    """A clear page, and nothing else."""
    assert 400 <= answer.status < 500
    assert len(answer.words) > 20
    assert "Traceback" not in answer.body
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def body(visitor, pairs) -> bytes:
    return urllib.parse.urlencode([("_xsrf", visitor.cookie("login_xsrf")), *pairs]).encode()


# Whatever is in a form, and what a right one would look like is not: no code, no recovery code, no name with password.
texts = st.text(max_size=300).map(str.encode) | st.binary(max_size=300)
texts |= st.sampled_from([b"000000", b"A" * 16, b"0" * 4000])
LOOSE = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("page", FIELDS)
@LOOSE
@given(data=st.data())
def test_fields_with_anything_in_them(server, visitors, caplog, page, data):
    visitor, before = visitors[page], state(server)
    pairs = [(name, data.draw(texts)) for name in FIELDS[page]]
    if page == "signup":  # anybody may sign up, but not with such a name
        pairs[0] = ("name", b"-" + pairs[0][1])
    refused(server, visitor.send("POST", page, body(visitor, pairs)), caplog)
    assert state(server) == before


@pytest.mark.parametrize("page", FIELDS)
@LOOSE
@given(data=st.data())
def test_fields_that_are_missing_repeated_or_unknown(server, visitors, caplog, page, data):
    visitor, before = visitors[page], state(server)
    names = data.draw(st.lists(st.sampled_from([*FIELDS[page], "other", "_xsrf2", ""]), max_size=5))
    if sorted(name for name in names if name in FIELDS[page]) == sorted(FIELDS[page]):  # all right by chance
        names.append(FIELDS[page][0])
    answer = visitor.send("POST", page, body(visitor, [(name, "123456789") for name in names]))
    refused(server, answer, caplog)
    assert "The form did not arrive as it was made" in answer.words
    assert state(server) == before


@pytest.mark.parametrize("page", FIELDS)
@LOOSE
@given(raw=st.binary(max_size=400))
def test_bytes_that_are_no_form(server, visitors, caplog, page, raw):
    visitor, before = visitors[page], state(server)
    refused(server, visitor.send("POST", page, body(visitor, []) + b"&" + raw), caplog)
    assert state(server) == before


@pytest.mark.parametrize("page", FIELDS)
@pytest.mark.parametrize("size", [8_200, 20_000])
def test_far_too_much(server, visitors, caplog, page, size):
    visitor, before = visitors[page], state(server)
    answer = visitor.send("POST", page, body(visitor, [(name, "9" * size) for name in FIELDS[page]]))
    assert answer.status == 413
    refused(server, answer, caplog)
    assert state(server) == before


@pytest.mark.parametrize("page", FIELDS)
@pytest.mark.parametrize("value", ["%ff%fe", "%C0%80", "%ED%A0%80", "%", "%zz", "+", "%00"])
def test_other_encodings(server, visitors, caplog, page, value):
    visitor, before = visitors[page], state(server)
    raw = body(visitor, []) + b"".join(f"&{name}={value}".encode() for name in FIELDS[page])
    refused(server, visitor.send("POST", page, raw), caplog)
    assert state(server) == before


KINDS = [
    "text/plain",
    "application/json",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "",
    "nonsense",
    "/;;=",
]


@pytest.mark.parametrize("page", FIELDS)
@pytest.mark.parametrize("kind", KINDS)
def test_other_kinds_of_body(server, visitors, caplog, page, kind):
    visitor, before = visitors[page], state(server)
    token = {"X-Xsrftoken": visitor.cookie("login_xsrf")}
    answer = visitor.send("POST", page, b'--x\r\n{"code": "123456"}', **{"Content-Type": kind}, **token)
    assert answer.status == 400
    refused(server, answer, caplog)
    assert state(server) == before


@pytest.mark.parametrize("page", ["", *FIELDS, "account", "enrol", "logout", "style.css", "nothing", "code/", "a/b"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods(server, visitors, caplog, page, method):
    visitor, before = visitors["disable"], state(server)
    answer = visitor.send(method, page, b"code=123456" if method in ("PUT", "PATCH") else None)
    assert answer.status in (403, 404, 405)
    refused(server, answer, caplog)
    assert state(server) == before


COOKIES = [
    "login_session=x; login_session=y",
    "login_session=" + "|" * 50,
    "login_session=2|1:0|10:x|13:login_session|4:AAAA|x",
    "login_session",
    ";;;=;",
    "login_session=\xff\xfe",
    "login_session=" + "A" * 6000,
    "login_device=a:b; login_xsrf=2|x|y|z",
    'login_session="a\\"b"',
    "login_session=\t",
]


@pytest.mark.parametrize("cookie", COOKIES, ids=range(len(COOKIES)))
@pytest.mark.parametrize("page", ["", "login", "account", "code"])
def test_cookies_that_are_none(server, caplog, cookie, page):
    connection = http.client.HTTPConnection(server.url.split("/")[2], timeout=20)
    connection.putrequest("GET", f"/{page}")
    cookie = re.sub(r"login_(\w+)=", rf"login_\1_{server.port}=", cookie)
    connection.putheader("Cookie", cookie.encode("latin-1"))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Location")) == (
        (303, "./login") if page in ("account", "code") else (200, None)
    )
    assert b"Traceback" not in answer.read()
    connection.close()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_session_given_twice_is_one_of_the_two_or_none(server, visitors):
    """The right one and another: whichever counts, it is not somebody else's."""
    right, name = visitors["disable"].cookie("login_session"), f"login_session_{server.port}"
    for cookies in (f"{name}={right}; {name}=x", f"{name}=x; {name}={right}"):
        connection = http.client.HTTPConnection(server.url.split("/")[2], timeout=20)
        connection.request("GET", "/account", headers={"Cookie": cookies})
        answer = connection.getresponse()
        assert answer.status == 303 or b"logged in as carol" in answer.read()
        connection.close()


RAW = [
    b"GET / HTTP/9.9\r\n\r\n",
    b"\0\0\0\0\r\n\r\n",
    b"GET /\r\n\r\n",
    b"POST /login HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
    b"POST /code HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
]


@pytest.mark.parametrize("raw", RAW, ids=range(len(RAW)))
def test_what_is_no_http_is_hung_up_on(server, caplog, raw):
    before = state(server)
    with socket.create_connection(server.url.split("/")[2].split(":"), timeout=20) as line:
        try:
            line.sendall(raw)
            answer = line.recv(65536)
        except ConnectionError:
            answer = b""
    assert not answer or answer.split()[1].startswith(b"4")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert state(server) == before
    assert server.visitor().get().status == 200
