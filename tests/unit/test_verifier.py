"""The verifier: what is accepted, what is refused, and what is told to whom."""

from totp_teach.otpauth import Account
from totp_teach.verifier import MemoryStore, Verifier

KEY = b"12345678901234567890"
ALICE = Account(issuer="Example", name="alice@example.com", key=KEY)


def test_a_code_counts_once():
    verifier = Verifier(MemoryStore())
    verifier.enrol("alice", ALICE)
    assert verifier.check("alice", "287 082", 59).reason == "accepted"
    assert verifier.check("alice", "287082", 59).reason == "used"
