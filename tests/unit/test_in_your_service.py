"""The page for services: its examples run, and what it says of pyotp is so."""

import hashlib
import re
from datetime import datetime, timezone
from pathlib import Path

import pyotp
import pytest

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
    assert said[1:3] == ["That code is not accepted.", "False"]
    assert said[3].startswith("clock drift")


def value(expression: str) -> object:
    key = b"12345678901234567890"
    store = MemoryStore()
    Verifier(store).enrol("alice", otpauth.Account(name="alice", key=key))
    uri = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example"
    return eval(
        expression,
        {"S": secret.encode(key), "K": key, "URI": uri, "store": store, "Verifier": Verifier, "timezone": timezone}
        | {"pyotp": pyotp, "hashlib": hashlib, "datetime": datetime}
        | {"hotp": hotp, "otpauth": otpauth, "secret": secret, "totp": totp},
    )


def test_the_table_is_found():
    assert len(EQUIVALENTS) == 10


@pytest.mark.parametrize(("theirs", "ours"), EQUIVALENTS)
def test_both_give_the_same(theirs, ours):
    found, wanted = value(ours), value(theirs)
    if "random" in theirs:
        assert len(found) == len(wanted) == 32 and secret.decode(found) != secret.decode(wanted)
    elif "uri()" in theirs:
        assert otpauth.parse(found) == otpauth.parse(wanted)
    else:
        assert found == wanted


def test_where_they_differ():
    naive = datetime(2026, 1, 1)
    assert pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").at(naive)
    with pytest.raises(totp.OtpError, match="naive"):
        totp.code(b"12345678901234567890", naive)
    assert pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").verify("28708", for_time=59) is False
    desk = Verifier(MemoryStore())
    desk.enrol("alice", otpauth.Account(key=b"12345678901234567890"))
    assert desk.check("alice", "28708", 59).reason == "malformed"
    assert desk.check("alice", "287082", 59).accepted and not desk.check("alice", "287082", 59).accepted
