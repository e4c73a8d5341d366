"""URIs against pyotp, both ways."""

import hashlib

import pyotp
import pytest
from people import accounts

from totp_teach import secret
from totp_teach.otpauth import lint, parse

ACCOUNTS = accounts(400)
S = "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

# Where pyotp reads something else: what it makes of it, issuer and name or the text of its refusal.
DIFFERENCES = {
    "encoded-colon": (f"otpauth://totp/A%3Ab?{S}", (None, "A:b")),
    "issuer-differs": (f"otpauth://totp/Bank:b?{S}&issuer=Evil", "it should be equal"),
    "plus": (f"otpauth://totp/b?{S}&issuer=A+B", ("A B", "b")),
    "outer-blanks": (f"otpauth://totp/A:%20b?{S}&issuer=A", ("A", " b")),
    "empty-account": (f"otpauth://totp/?{S}", (None, "Secret")),
    "algorithm-spelling": (f"otpauth://totp/A:b?{S}&algorithm=sha256", "Invalid value for algorithm"),
    "digits-not-6": (f"otpauth://totp/A:b?{S}&digits=9", "Digits may only be"),
    "period-not-30": (f"otpauth://totp/A:b?{S}&period=121", "120"),
    "secret-under-128-bits": ("otpauth://totp/A:b?secret=GEZDGNBVGY3TQOJQ&issuer=A", "112 bits"),
}


def pyotps(account):
    """The same account as pyotp's own object."""
    how = {"digits": account.digits, "digest": getattr(hashlib, account.algorithm.lower())}
    names = {"name": account.name, "issuer": account.issuer or None}
    if account.type == "hotp":
        return pyotp.HOTP(secret.encode(account.key), initial_count=account.counter, **how, **names)
    return pyotp.TOTP(secret.encode(account.key), interval=account.period, **how, **names)


def test_pyotp_reads_what_we_build():
    for account in ACCOUNTS:
        read = pyotp.parse_uri(account.uri)
        assert (type(read).__name__.lower(), read.issuer or "", read.name) == (
            account.type,
            account.issuer,
            account.name,
        )
        assert (read.byte_secret(), read.digits) == (account.key, account.digits)
        assert read.digest().name.upper() == account.algorithm
        moving = {"interval": account.period} if account.type == "totp" else {"initial_count": account.counter}
        assert vars(read).items() >= moving.items()


def test_we_read_what_pyotp_builds():
    assert len(ACCOUNTS) == 400
    for account in ACCOUNTS:
        assert parse(pyotps(account).provisioning_uri()) == account


@pytest.mark.parametrize("finding", DIFFERENCES)
def test_a_difference_that_the_policy_names(finding):
    uri, theirs = DIFFERENCES[finding]
    assert finding in {one.name for one in lint(uri)}
    parse(uri)
    if isinstance(theirs, str):
        with pytest.raises(ValueError, match=theirs):
            pyotp.parse_uri(uri)
    else:
        read = pyotp.parse_uri(uri)
        assert (read.issuer, read.name) == theirs != (parse(uri).issuer, parse(uri).name)
