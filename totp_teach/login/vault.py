"""Keys at rest: sealed by a key that is not in the database, so that a copy of that file makes no codes."""

import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .. import OtpError

NONCE = 12  # bytes, a fresh one for every message (NIST SP 800-38D §8.2)


class Vault:
    """A cipher for a store: AES-256-GCM. What was sealed for one account does not open for another.

    master: 32 bytes or more, from outside the database.
    """

    def __init__(self, master: bytes):
        self._aead = AESGCM(derived(master, "keys at rest"))

    def seal(self, data: bytes, context: bytes) -> bytes:
        """The data encrypted and authenticated together with the context."""
        nonce = os.urandom(NONCE)
        return nonce + self._aead.encrypt(nonce, data, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The data again. Raises OtpError if it was changed, or sealed by another master or for another context."""
        try:
            return self._aead.decrypt(sealed[:NONCE], sealed[NONCE:], context)
        except InvalidTag:
            raise OtpError("a sealed key does not open: it was changed, or sealed with another master key") from None


def master(path: Path) -> bytes:
    """The 32 bytes of a master key's file; made for this user's eyes alone if it is not there, as a whole or not at all.

    Two callers at the same moment must be kept apart by a lock, as the server's on its folder does.
    """
    if not path.exists():
        fresh = path.with_suffix(".part")
        fresh.unlink(missing_ok=True)
        with open(fresh, "xb", 0, opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_bytes(32))
            os.fsync(file.fileno())  # before any account is sealed with it: a power cut must not leave those alone
        os.replace(fresh, path)
    found = path.read_bytes()
    if len(found) != 32:
        raise OtpError(f"{path} is not a master key: it has {len(found)} bytes, and a key has 32")
    return found


def fingerprint(master: bytes, sealed: bool) -> str:
    """By which a master key is known again; another one if nothing is sealed with it."""
    return derived(master, f"fingerprint {sealed}").hex()


def derived(master: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose: no two share one (as HKDF-Expand does it, RFC 5869 §2.3, with one block)."""
    return hmac.digest(master, purpose.encode() + b"\x01", "sha256")
