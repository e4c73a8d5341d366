"""The codes, beside pyotp and beside the floor: their HMACs, computed in C, without which there is no code."""

import hmac

import pyotp
from measure import Goal, Row, compare

from totp_teach import hotp, secret, totp

KEY = b"12345678901234567890"
MANY = range(1_000_000, 1_000_100)


def rows(quick: bool) -> list[Row]:
    """One code, many codes of one key, and one by the clock. pyotp's objects are made beforehand, as a server would."""
    event, clock = pyotp.HOTP(secret.encode(KEY)), pyotp.TOTP(secret.encode(KEY))
    message, messages = hotp.message(1), [hotp.message(counter) for counter in MANY]
    return [
        compare(
            "hotp.code",
            lambda: hotp.code(KEY, 1),
            "pyotp HOTP.at",
            lambda: event.at(1),
            goal=Goal("ratio", 0.5),
            quick=quick,
        ),
        compare(
            "hotp.code",
            lambda: hotp.code(KEY, 1),
            "hmac.digest alone",
            lambda: hmac.digest(KEY, message, "SHA1"),
            same=False,
            quick=quick,
        ),
        compare(
            "hotp.codes, each",
            lambda: hotp.codes(KEY, MANY),
            "pyotp HOTP.at",
            lambda: [event.at(i) for i in MANY],
            goal=Goal("ratio", 0.3),
            per=len(MANY),
            quick=quick,
        ),
        compare(
            "hotp.codes, each",
            lambda: hotp.codes(KEY, MANY),
            "hmac.digest alone",
            lambda: [hmac.digest(KEY, message, "SHA1") for message in messages],
            same=False,
            per=len(MANY),
            quick=quick,
        ),
        compare(
            "totp.code",
            lambda: totp.code(KEY, 59),
            "pyotp TOTP.at",
            lambda: clock.at(59),
            goal=Goal("ratio", 0.5),
            quick=quick,
        ),
    ]
