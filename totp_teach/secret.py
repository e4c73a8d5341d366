"""The shared secret: key bytes <-> Base32 text (RFC 4648 §6).

The key is bytes. Base32 is only how it travels: on a QR code, or typed by a person. So it is decoded once, at the
boundary, and everything further in works on bytes.
"""

import base64
import secrets
from collections.abc import Iterator

from . import OtpError
from ._values import check_whole

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

# Typed in place of the letter that looks like it. ASCII only: str.upper would turn "ı" into "I" and "ß" into "SS".
LOOKALIKES = {"0": "the letter O", "1": "the letter I or L", "8": "the letter B", "9": "the letter G"}
UPPER = str.maketrans(ALPHABET[:26].lower(), ALPHABET[:26])
HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2212"

# How many characters a last, incomplete group of eight can have: 1, 3 and 6 do not hold a whole number of bytes more.
IMPOSSIBLE = {1, 3, 6}


def random(length: int = 20) -> bytes:
    """A fresh key of `length` bytes from the system's cryptographic generator.

    length: bytes, 16 (128 bits, the least that RFC 4226 §4 R6 allows) or more; 20 (160 bits) is what it recommends.
    Raises OtpError for a shorter or absurd one.
    """
    check_whole(
        "a key has a whole number of bytes, 16 (128 bits, RFC 4226 §4 R6) to 1024, usually 20", length, 16, 1024
    )
    return secrets.token_bytes(length)


def encode(key: bytes) -> str:
    """The Base32 text of a key, upper case, without padding (as the otpauth format wants it)."""
    return base64.b32encode(check_key(key)).decode("ascii").rstrip("=")


def decode(text: str) -> bytes:
    """The key bytes of a Base32 text, as people paste it: lower case, blanks, hyphens, with or without padding.

    Raises OtpError for another character (named, with its place), padding in the middle, an impossible length, and
    nothing at all. Bits left over in the last character are dropped, as RFC 4648 §3.5 permits.
    """
    if not isinstance(text, str):
        raise OtpError(f"a Base32 secret is text (str), not {type(text).__name__}; key bytes need no decoding")
    letters = "".join(_letters(text))
    if not letters:
        raise OtpError("the secret is empty: nothing is left without blanks, hyphens and padding")
    if len(letters) % 8 in IMPOSSIBLE:
        raise OtpError(
            f"no Base32 secret has {len(letters)} characters: 8 characters hold 5 bytes, and a last group of "
            f"{len(letters) % 8} holds no whole number of them; something was lost or added in copying"
        )
    return base64.b32decode(letters + "=" * (-len(letters) % 8))


def _letters(text: str) -> Iterator[str]:
    """The Base32 letters of a pasted text, in upper case; refuses what is none, with its place."""
    padding = None
    for place, character in enumerate(text, start=1):
        letter = character.translate(UPPER)
        if letter == "=":
            padding = padding or place
        elif letter in ALPHABET:
            if padding:
                raise OtpError(f"padding (=) at place {padding} of the secret is followed by more; it may only end it")
            yield letter
        elif not (letter.isspace() or letter in HYPHENS):
            raise OtpError(f"{character!r} at place {place} of the secret is not Base32 (A–Z and 2–7){_hint(letter)}")


def _hint(character: str) -> str:
    if character not in LOOKALIKES:
        return ""
    return f"; if it was typed by hand, it may be {LOOKALIKES[character]} (0→O, 1→I or L, 8→B, 9→G)"


def check_key(key: bytes) -> bytes:
    """The key itself, if it is bytes and not empty; raises OtpError otherwise."""
    if not isinstance(key, bytes):
        raise OtpError(
            f"a key is bytes, not {type(key).__name__}; "
            "text such as 'GEZD…' is Base32: secret.decode(text) makes the key out of it"
        )
    if not key:
        raise OtpError("the key is empty; secret.random() makes one of 20 bytes")
    return key
