"""The page for services: its examples run, and what it says of pyotp is so."""

import asyncio
import hashlib
import logging
import re
import time
from datetime import datetime, timezone
from pathlib import Path

import pyotp
import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from totp_teach import hotp, otpauth, secret, totp
from totp_teach.verifier import MemoryStore, Verifier

PAGE = (Path(__file__).parents[2] / "notebooks" / "teaching" / "in_your_service.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EQUIVALENTS = re.findall(r"^\| `(pyotp\.[^`]*)` \| `([^`]*)`", PAGE, re.MULTILINE)


def test_the_examples_run_one_after_the_other(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert len(EXAMPLES) == 4
    names: dict[str, object] = {}
    for example in EXAMPLES:
        exec(example, names)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("otpauth://totp/Example:alice@example.com?secret=")
    assert said[1] == "That code is not accepted."
    assert said[2].startswith("clock drift")
    assert asyncio.run(twelve_at_once(names)) == [200] + [403] * 11


async def twelve_at_once(names: dict) -> list[int]:
    """What the Tornado application of the page answers to twelve simultaneous requests with one right code."""
    listening, port = bind_unused_port(address="127.0.0.1")
    server, client = HTTPServer(names["application"]), AsyncHTTPClient(force_instance=True, max_clients=12)
    server.add_socket(listening)
    code = totp.code(names["account"].key, time.time())
    ask = [
        client.fetch(f"http://127.0.0.1:{port}/code", method="POST", body=f"name=alice&code={code}", raise_error=False)
        for _ in range(12)
    ]
    answers = sorted(answer.code for answer in await asyncio.gather(*ask))
    server.stop()
    client.close()
    return answers


def test_what_it_logs(caplog):
    desk, key = Verifier(MemoryStore()), b"12345678901234567890"
    desk.enrol("alice", otpauth.Account(key=key))
    with caplog.at_level(logging.INFO, "totp_teach.verifier"):
        desk.check("alice", "287082", 59)
        desk.check("alice", "287082", 59)
    assert len(caplog.records) == 2 and "used" in caplog.text
    assert "287082" not in caplog.text and secret.encode(key) not in caplog.text


def value(expression: str) -> object:
    key = b"12345678901234567890"
    store = MemoryStore()
    Verifier(store).enrol("alice", otpauth.Account(name="alice", key=key))
    uri = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example"
    return eval(
        expression,
        {"S": secret.encode(key), "K": key, "URI": uri, "store": store, "Verifier": Verifier, "timezone": timezone}
        | {"pyotp": pyotp, "hashlib": hashlib, "datetime": datetime, "time": time}
        | {"hotp": hotp, "otpauth": otpauth, "secret": secret, "totp": totp},
    )


def test_the_table_is_found():
    assert len(EQUIVALENTS) == 12


@pytest.mark.parametrize(("theirs", "ours"), EQUIVALENTS)
def test_both_give_the_same(theirs, ours):
    found, wanted = value(ours), value(theirs)
    if "now()" in theirs and found != wanted:
        found = value(ours)  # a step began between the two
    if "random" in theirs:
        assert len(found) == len(wanted) == 32 and secret.decode(found) != secret.decode(wanted)
    else:
        assert found == wanted


def test_where_they_differ():
    naive = datetime(2026, 1, 1)
    assert pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").at(naive)
    with pytest.raises(totp.OtpError, match="naive"):
        totp.code(b"12345678901234567890", naive)
    assert pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").verify("28708", for_time=59) is False
    theirs = pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", name="a@b", issuer="Ex").provisioning_uri()
    assert theirs.replace("%40", "@") == otpauth.Account(issuer="Ex", name="a@b", key=b"12345678901234567890").uri
    desk = Verifier(MemoryStore())
    desk.enrol("alice", otpauth.Account(key=b"12345678901234567890"))
    assert desk.check("alice", "28708", 59).reason == "malformed"
    assert desk.check("alice", "287082", 59).accepted and not desk.check("alice", "287082", 59).accepted
