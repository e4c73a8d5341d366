"""A server's check, beside pyotp's `verify`, with a window of one step before and after; and beside one HMAC.

They do not do the same: pyotp compares the codes of three steps and keeps nothing. Ours compares those of five, so that
it can tell late and early from wrong, and keeps which step was used and how many tries failed.
"""

import hmac

import pyotp
from measure import Row, compare

from totp_teach import hotp, secret
from totp_teach.otpauth import Account
from totp_teach.verifier import MemoryStore, Verifier

KEY = b"12345678901234567890"
STEPS = range(1, 21)
CODES = hotp.codes(KEY, STEPS)
WRONG = "123456"  # the code of none of these steps, nor of their neighbours


def rows(quick: bool) -> list[Row]:
    """Twenty right codes, each in its own step, and twenty wrong ones."""
    peer, messages = pyotp.TOTP(secret.encode(KEY)), [hotp.message(step) for step in STEPS]
    kinds = {"right": CODES, "wrong": [WRONG] * len(STEPS)}
    return [
        *(
            compare(
                f"Verifier.check, {name}",
                lambda codes=codes: ours(codes),
                "pyotp verify, window 1",
                lambda codes=codes: theirs(peer, codes),
                per=len(STEPS),
                quick=quick,
            )
            for name, codes in kinds.items()
        ),
        compare(
            "Verifier.check, right",
            lambda: ours(CODES),
            "hmac.digest alone",
            lambda: [hmac.digest(KEY, message, "SHA1") for message in messages],
            same=False,
            per=len(STEPS),
            quick=quick,
        ),
    ]


def ours(codes: list[str]) -> list[str]:
    """The codes as a server checks them one after the other. Each round enrols anew: a step is accepted once."""
    desk = Verifier(MemoryStore(), throttle=None)
    desk.enrol("alice", Account("totp", "Example", "alice@example.com", KEY))
    return [desk.check("alice", code, at=30 * step).reason for step, code in zip(STEPS, codes)]


def theirs(peer: pyotp.TOTP, codes: list[str]) -> list[str]:
    """The same with pyotp, whose answer is True or False."""
    verdicts = [peer.verify(code, for_time=30 * step, valid_window=1) for step, code in zip(STEPS, codes)]
    return ["accepted" if verdict else "wrong" for verdict in verdicts]
