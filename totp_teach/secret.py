"""The shared secret: key bytes <-> Base32 text (RFC 4648 §6).

The key is bytes. Base32 is only how it travels: on a QR code, or typed by a person. So it is decoded once, at the
boundary, and everything further in works on bytes.
"""

import base64
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress

from . import OtpError
from ._pasted import HYPHENS, UNEVEN, ends_in_words, peeled
from ._values import check_whole

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

# Typed in place of the letter that looks like it. ASCII only: str.upper would turn "ı" into "I" and "ß" into "SS".
LOOKALIKES = {"0": "the letter O", "1": "the letter I or L", "8": "the letter B", "9": "the letter G"}
UPPER = str.maketrans(ALPHABET[:26].lower(), ALPHABET[:26])

# How many characters a last, incomplete group of eight can have: 1, 3 and 6 do not hold a whole number of bytes more.
IMPOSSIBLE = {1, 3, 6}

# What a program writes where it has no text, as far as that is Base32; no key is ever encoded like that.
EMPTY = ("none", "null", "nil", "nan", "true", "void", "undefined")

# One sign of a pasted secret: a character, or what a percent escape of a space, a hyphen or padding has become.
SIGN = re.compile("%(?:25)*(?:3D|20|2D|09|0A|0D)|.", re.IGNORECASE | re.DOTALL)
# Other spellings of a key, so long that a slip of the hand or a Base32 text hardly ever looks like them.
HEX = re.compile(r"(?:0x)?(?:(?:0x|\\x)?[0-9a-f]{2}[,:;-]?){4,}", re.IGNORECASE)
NUMBERS = re.compile(r"\[?(?:-?[0-9]{1,3},){7,}-?[0-9]{1,3},?\]?")
BASE64 = re.compile("(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9+/_-]{16,}={0,2}")
ALPHABETS = {
    "Base32hex": "0123456789ABCDEFGHIJKLMNOPQRSTUV",
    "Crockford's Base32": "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
    "Base32 as the npm package base32 writes it": "0123456789ABCDEFGHJKMNPQRTUVWXYZ",
    "z-base-32": "YBNDRFG8EJKMCPQXOT1UWISZA345H769",
}
URL_SAFE = str.maketrans("+/", "-_")
BEGINNINGS = {
    "otpauth:": "this is an otpauth:// URI, not a secret: otpauth.parse(uri) reads it",
    "otpauth-migration:": "this is an export of several accounts, not a secret: migration.decode(uri) reads it",
    "secret=": "this is a parameter of a URI: the secret is what stands after secret=",
}
STARTS = re.compile("|".join(BEGINNINGS), re.IGNORECASE | re.ASCII)


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
    """The key bytes of a Base32 text, as people paste it: lower case, spaces, hyphens, with or without padding.

    What clings to it outside (quotes, a byte order mark) and percent escapes of spaces and padding do not count.
    Raises OtpError for words behind it, for another character (named, with its place), padding in the middle, an
    impossible length, and nothing at all; it says so if the text looks like something else, such as hex. Bits left over
    in the last character are dropped, as RFC 4648 §3.5 permits.
    """
    if not isinstance(text, str):
        raise OtpError(f"a Base32 secret is text (str), not {type(text).__name__}; key bytes need no decoding")
    if (bare := peeled(text)[1]).lower() in EMPTY:
        raise OtpError(f"{bare} is what a program writes where it has no value: the secret is missing")
    if ends_in_words(bare):
        raise OtpError(UNEVEN)
    try:
        letters = "".join(_letters(text))
        if len(letters) % 8 in IMPOSSIBLE:
            raise OtpError(
                f"no Base32 secret has {len(letters)} characters: 8 hold 5 bytes, and a last group of "
                f"{len(letters) % 8} holds no whole number of them. Some services issue such secrets, and apps "
                "disagree: some drop the last character, others make a byte of its bits. If nothing was lost or "
                "added in copying, ask the service for a new secret"
            )
    except OtpError as error:
        raise OtpError(_other(text) or str(error)) from None
    if not letters:
        raise OtpError("the secret is empty: nothing is left without spaces, hyphens and padding")
    return base64.b32decode(letters + "=" * (-len(letters) % 8))


def shape(text: str) -> tuple[str, bytes] | None:
    """What a text that is not Base32 looks like, such as "hex" or "Base64", and the key it then holds; or None."""
    bare = "".join(peeled(text)[1].split())
    if HEX.fullmatch(bare):
        return "hex", bytes.fromhex(re.sub("0[xX]|[^0-9A-Fa-f]", "", bare))
    if NUMBERS.fullmatch(bare):
        return "a list of bytes", bytes(int(number) % 256 for number in re.findall("-?[0-9]+", bare))
    letters = bare.rstrip("=")
    if BASE64.fullmatch(bare) and len(letters) % 4 != 1:
        return "Base64", base64.urlsafe_b64decode(letters.translate(URL_SAFE) + "=" * (-len(letters) % 4))
    for name in ALPHABETS if len(letters) >= 24 and not _mistyped(letters) else ():
        with suppress(OtpError):
            return name, respelled(letters, name)
    return None


def respelled(text: str, name: str) -> bytes:
    """The key of a text in one of the ALPHABETS. Raises OtpError where it is not in that."""
    letters = re.sub("[\\s=-]", "", text).upper()
    if not set(letters) <= set(ALPHABETS[name]):
        raise OtpError(f"this is not a text in {name}")
    return decode(letters.translate(str.maketrans(ALPHABETS[name], ALPHABET)))


def _letters(text: str) -> Iterator[str]:
    """The Base32 letters of a pasted text, in upper case; refuses any other character, with its place."""
    before, inside, _ = peeled(text)
    padding = None
    for found in SIGN.finditer(text, len(before), len(before) + len(inside)):
        place, letter = found.start() + 1, found[0].translate(UPPER)
        if letter == "=" or letter.endswith("3D"):
            padding = padding or place
        elif letter in ALPHABET:
            if padding:
                raise OtpError(f"padding (=) at place {padding} of the secret is followed by more; it may only end it")
            yield letter
        elif not (letter.isspace() or letter in HYPHENS or len(letter) > 1):
            wrong = f"{found[0]!r} at place {place} of the secret is not Base32 (A–Z and 2–7)"
            raise OtpError(wrong + _hint(letter, inside))


def _other(text: str) -> str:
    """What a text is that is not a Base32 secret, and what to do with it; "" if that is not to be seen."""
    if found := STARTS.match(peeled(text)[1]):
        return BEGINNINGS[found[0].lower()]
    if digits := re.fullmatch(r"\s*(\d[\s-]*){6,8}", text):
        return f"{sum(map(str.isdigit, digits[0]))} digits are a code, not the secret that codes are made of"
    if more := re.search(r"&\w+=", text):
        return f"the secret ends before the & at place {more.start() + 1}, where another parameter of a URI begins"
    if not (looks := shape(text)):
        return ""
    name, key = looks
    plain = " (or is it plain text? Then its bytes are the key)" if name == "Base64" else ""
    return (
        f"the secret is not Base32 (A–Z and 2–7) but looks like {name} ({len(key)} bytes): "
        f"secret.encode(secret.shape(text)[1]) is the same key in Base32{plain}"
    )


def _hint(character: str, text: str) -> str:
    """What was meant, if it was typed by hand: not if so many characters are wrong that it must be another spelling."""
    if character not in LOOKALIKES or not _mistyped(text):
        return ""
    return f"; if it was typed by hand, it may be {LOOKALIKES[character]} (0→O, 1→I or L, 8→B, 9→G)"


def _mistyped(text: str) -> bool:
    """Are so few characters of a text not Base32 that it may be Base32, typed by hand?"""
    return sum(map(text.count, LOOKALIKES)) <= max(1, len(text) // 12)


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
