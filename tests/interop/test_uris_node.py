"""URIs and codes against three libraries from the npm registry, both ways, in one Node process."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from people import accounts

from totp_teach import hotp, secret, totp
from totp_teach.otpauth import lint, parse

HERE = Path(__file__).parent
ACCOUNTS = accounts(400)
S = "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

# Where they read something else than we do: by the policy's name for it, what we make of it and what they do.
# otplib gives the label back whole, always.
DIFFERENCES = {
    "many-colons": (
        f"otpauth://totp/A%3AB:c?{S}&issuer=A%3AB",
        {"issuer": "A:B", "name": "c"},
        {"issuer": "A:B", "name": "B:c"},  # splits at the first colon, encoded or not
        {"issuer": "A:B", "label": "A:B:c"},
    ),
    "issuer-differs": (
        f"otpauth://totp/Bank:c?{S}&issuer=Evil",
        {"issuer": "Evil", "name": "c"},
        {"issuer": "Evil", "name": "c"},
        {"issuer": "Evil", "label": "Bank:c"},
    ),
    "issuer-only-in-label": (
        f"otpauth://totp/Example:c?{S}",
        {"issuer": "Example", "name": "c"},
        {"issuer": "Example", "name": "c"},
        {"label": "Example:c"},
    ),
    "plus": (
        f"otpauth://totp/A%2BB:c?{S}&issuer=A+B",
        {"issuer": "A+B", "name": "c"},
        {"issuer": "A+B", "name": "c"},
        {"issuer": "A+B", "label": "A+B:c"},
    ),
    "outer-blanks": (
        f"otpauth://totp/A:%20c?{S}&issuer=A",
        {"issuer": "A", "name": "c"},
        {"issuer": "A", "name": " c"},  # drops raw blanks alone
        {"issuer": "A", "label": "A: c"},
    ),
    "empty-account": (f"otpauth://totp/?{S}", {"issuer": "", "name": ""}, "URIError", {"label": ""}),
    "counter-missing": (f"otpauth://hotp/A:c?{S}&issuer=A", "counter", "TypeError", {"label": "A:c"}),
    "algorithm-spelling": (f"otpauth://totp/c?{S}&algorithm=SHA-256", {"name": "c"}, "TypeError", {"label": "c"}),
    "secret-spelling": (
        "otpauth://totp/c?secret=GEZD%20GNBV%20GY3T%20QOJQ",
        {"name": "c"},
        "TypeError",
        {"label": "c", "secret": "GEZD GNBV GY3T QOJQ"},
    ),
    "digits-not-6": (f"otpauth://totp/c?{S}&digits=9", {"digits": 9}, {"digits": 9}, "InvalidParameterError"),
    "secret-not-base32": ("otpauth://totp/c?secret=GEZ1", "Base32", "TypeError", {"secret": "GEZ1"}),
    "parameter-repeated": (
        f"otpauth://totp/c?{S}&digits=6&digits=8",
        "twice",
        {"digits": 8},
        {"digits": 6},
    ),  # the last, the first
    "long-label": (f"otpauth://totp/{'a' * 513}?{S}", {"name": "a" * 513}, {"name": "a" * 513}, "InvalidURIError"),
}


def moment(account) -> int:
    """When its code is made: some second from 1970 to 2100, the same at every run."""
    return random.Random(account.key).randrange(4_102_444_800)


def code(account) -> str:
    how = {"digits": account.digits, "algorithm": account.algorithm}
    if account.type == "hotp":
        return hotp.code(account.key, account.counter, **how)
    return totp.code(account.key, moment(account), period=account.period, **how)


def message(account) -> dict:
    fields = {name: value for name, value in vars(account).items() if name != "key"}
    return fields | {"secret": secret.encode(account.key), "uri": account.uri, "at": moment(account)}


@pytest.fixture(scope="module")
def witnesses():
    if not shutil.which("node"):
        pytest.skip("there is no node here, which runs the witnesses from the npm registry")
    if not (HERE / "node_modules").exists():
        pytest.skip("the witnesses are not installed: npm ci in tests/interop")
    given = {"accounts": [message(account) for account in ACCOUNTS], "uris": [row[0] for row in DIFFERENCES.values()]}
    run = subprocess.run(
        ["node", HERE / "witness.mjs"], input=json.dumps(given), capture_output=True, encoding="utf-8", timeout=120
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert (len(found["accounts"]), len(found["uris"])) == (len(ACCOUNTS), len(DIFFERENCES))
    return found


def test_the_accounts_are_many_and_of_every_kind():
    assert len(ACCOUNTS) == 400
    assert {account.type for account in ACCOUNTS} == {"totp", "hotp"}
    assert sum(not account.name.isascii() or not account.issuer.isascii() for account in ACCOUNTS) > 200


def test_otpauth_reads_what_we_build(witnesses):
    for account, found in zip(ACCOUNTS, witnesses["accounts"], strict=True):
        read = found["otpauth"]["read"]
        period = read["period"] if account.type == "totp" else 30
        assert read | {"period": period} == {
            "type": account.type,
            "issuer": account.issuer,
            "name": account.name,
            "secret": secret.encode(account.key),
            "algorithm": account.algorithm,
            "digits": account.digits,
            "period": account.period,
        } | ({"counter": account.counter} if account.type == "hotp" else {})


def test_otplib_reads_what_we_build(witnesses):
    for account, found in zip(ACCOUNTS, witnesses["accounts"], strict=True):
        read = found["otplib"]["read"]
        assert read["label"] == ":".join(filter(None, (account.issuer, account.name)))
        assert (read["type"], read.get("issuer", "")) == (account.type, account.issuer)
        assert (read["secret"], read.get("counter")) == (secret.encode(account.key), account.counter)
        assert read.get("algorithm", "sha1").upper() == account.algorithm
        assert (read.get("digits", 6), read.get("period", 30)) == (account.digits, account.period)


@pytest.mark.parametrize("library", ["otpauth", "otplib"])
def test_we_read_what_they_build(witnesses, library):
    for account, found in zip(ACCOUNTS, witnesses["accounts"], strict=True):
        assert parse(found[library]["uri"]) == account


@pytest.mark.parametrize("library", ["otpauth", "otplib"])
def test_their_codes_are_ours(witnesses, library):
    assert [found[library]["code"] for found in witnesses["accounts"]] == [code(account) for account in ACCOUNTS]


def test_totp_generators_codes_are_ours(witnesses):
    pairs = [
        (found["generator"], code(account))
        for account, found in zip(ACCOUNTS, witnesses["accounts"], strict=True)
        if account.type == "totp"
    ]
    assert len(pairs) > 200 and all(theirs == ours for theirs, ours in pairs)


@pytest.mark.parametrize("finding", DIFFERENCES)
def test_a_difference_that_the_policy_names(witnesses, finding):
    uri, ours, otpauth, otplib = DIFFERENCES[finding]
    assert finding in {one.name for one in lint(uri)}
    there = witnesses["uris"][list(DIFFERENCES).index(finding)]
    for expected, found in ((otpauth, there["otpauth"]), (otplib, there["otplib"])):
        if isinstance(expected, str):
            assert found.startswith(expected)
        else:
            assert {name: found.get(name) for name in expected} == expected
    if isinstance(ours, str):
        with pytest.raises(ValueError, match=ours):
            parse(uri)
    else:
        assert vars(parse(uri)).items() >= ours.items()
