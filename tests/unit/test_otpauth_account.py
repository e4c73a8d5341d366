"""otpauth.Account: what it refuses, what it hides, and the URI it builds."""

import pytest
from accounts import EXAMPLE, KEY, URI, accounts
from hypothesis import given

from totp_teach import OtpError
from totp_teach.otpauth import Account, lint, parse

BUILT = {
    URI: EXAMPLE,
    "otpauth://totp/alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ": Account(name="alice", key=KEY),
    "otpauth://totp/ACME%20Co:Alice%20Smith?secret=GEZA&issuer=ACME%20Co": Account(
        issuer="ACME Co", name="Alice Smith", key=b"12"
    ),
    "otpauth://totp/A%3AB:c%3Ad%2Fe%2Bf?secret=GEZA&issuer=A%3AB&algorithm=SHA512&digits=8&period=60": Account(
        "totp", "A:B", "c:d/e+f", b"12", "SHA512", 8, 60
    ),
    "otpauth://hotp/L%C3%A9on?secret=GEZA&counter=18446744073709551615": Account(
        "hotp", name="Léon", key=b"12", counter=2**64 - 1
    ),
    "otpauth://totp/?secret=GEZA": Account(key=b"12"),
}

REFUSED = {
    "type": dict(type="steam"),
    "issuer is text": dict(issuer=None),
    "begins or ends with a space": dict(name="alice "),
    r"issuer '\xa0Example' begins": dict(issuer="\N{NO-BREAK SPACE}Example"),
    "place 3 of the name is a lone surrogate": dict(name="al\ud800ice"),
    "has a colon and there is no issuer": dict(issuer="", name="a:b"),
    "key is empty": dict(key=b""),
    "a key is bytes": dict(key="GEZDGNBV"),
    "algorithm": dict(algorithm="MD5"),
    "digits": dict(digits=11),
    "period must be": dict(period=0),
    "seconds, 1 or more, not True": dict(period=True),
    "a number of 10001 bits": dict(period=2**10_000),
    "has no counter": dict(counter=0),
    "has no period": dict(type="hotp", period=60, counter=0),
    "needs a counter from 0": dict(type="hotp", counter=None),
    "not -1": dict(type="hotp", counter=-1),
    "a number of 65 bits": dict(type="hotp", counter=2**64),
}


@pytest.mark.parametrize("uri", BUILT)
def test_the_uri_is_built_strictly(uri):
    assert BUILT[uri].uri == uri


@pytest.mark.parametrize("message", REFUSED)
def test_what_no_uri_can_carry_is_refused(message):
    given_ = dict(type="totp", issuer="Example", name="alice", key=KEY) | REFUSED[message]
    with pytest.raises(OtpError) as caught:
        Account(**given_)
    assert message in str(caught.value)


def test_the_repr_hides_the_key():
    assert repr(EXAMPLE) == (
        "Account(type='totp', issuer='Example', name='alice@example.com', "
        "algorithm='SHA1', digits=6, period=30, counter=None)"
    )


@given(accounts())
def test_parse_of_build_is_the_account(account):
    assert parse(account.uri) == account


@given(accounts())
def test_what_is_built_needs_no_mending(account):
    assert {finding.severity for finding in lint(account.uri)} <= {"warning"}
    assert account.uri.isascii() and account.uri.isprintable() and " " not in account.uri


def test_the_safe_profile_has_no_finding():
    assert lint(URI) == []
    assert lint(Account(issuer="ACME Co", name="Zoë und Söhne", key=KEY).uri) == []
