"""Passwords: kept as a slow hash, because people choose what can be guessed."""

import hashlib
import hmac
import secrets
import unicodedata
from pathlib import Path

# OWASP, Password Storage Cheat Sheet: one of its scrypt settings, 16 MB of memory and p = 5 rounds over it.
N, R, P = 2**14, 8, 5
# Characters; what they are is nobody's business. (NIST SP 800-63B-4 §3.1.1.2: at least 15 where the password is all there
# is, as here until codes are on; at least 8 beside a second factor.)
LENGTHS = range(8, 257)
# The beginning of a list. A public server holds what is chosen against one of all that is known to have leaked
# (NIST SP 800-63B-4 §3.1.1.2), and with the names that belong to it.
GUESSED_FIRST = frozenset(Path(__file__).with_name("guessed_first.txt").read_text("utf-8").split())


def hashed(password: str) -> str:
    """The salt and the scrypt hash of a password, as text. It takes a tenth of a second or more: that is its point."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{_scrypt(password, salt).hex()}"


def matches(password: str, kept: str) -> bool:
    """Whether `kept` is of that password."""
    salt, digest = map(bytes.fromhex, kept.split(":"))
    return hmac.compare_digest(_scrypt(password, salt), digest)


def normalised(password: str) -> str:
    """One spelling of é, whichever keyboard it was typed on (NIST SP 800-63B-4 §3.1.1.2: NFC, before hashing)."""
    return unicodedata.normalize("NFC", password)


def _scrypt(password: str, salt: bytes) -> bytes:
    text = normalised(password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=N, r=R, p=P, dklen=32)


# The hash of no password: compared with when there is no such name, so that the answer takes as long.
NOBODY = f"{bytes(16).hex()}:{bytes(32).hex()}"
