"""The exercises of chapter 01: the shared secret."""

from random import Random

from .. import secret
from ..hotp import RFC_KEY
from .exercise import Exercise, known_slips

DAMAGED = """GEZDGNBVGY3TQOJQ GEZDGNBVGY3TQOJ GEZDGNBVGY3TQO GEA GEZDGNBVA MZXWAA
    MY MZXQ MZXW6 MZXW6YQ M2 MZXY MZXW7 MZXW6YU MZXW6YR"""


def _bits(text: str, first: int = 0) -> str:
    return "".join(f"{(secret.ALPHABET.index(letter) + first) % 32:05b}" for letter in text)


def _read(text: str, first: int = 0, skipped: int = 0, filled: int = 0) -> bytes:
    """The bytes of a Base32 text. first: the number of the letter A; skipped and filled: bits in front and behind."""
    bits = _bits(text, first) + "0" * filled
    size = len(bits) // 8
    return int(bits[skipped : skipped + 8 * size], 2).to_bytes(size, "big")


def _impossible(text: str) -> bool:
    return len(text) % 8 in secret.IMPOSSIBLE


def _spare(text: str) -> bool:
    """Whether bits that fill up the last letter are not zero."""
    return "1" in _bits(text)[len(text) * 5 // 8 * 8 :]


def _cut(random: Random) -> tuple[str]:
    """A secret that may have lost its end."""
    text = secret.encode(random.randbytes(random.randint(10, 20)))
    return (text[: len(text) - random.randint(0, 3)],)


decode = Exercise(
    "01.1",
    "decode(text)",
    "a letter's place in the alphabet, counted from 0, is five bits; write all bits in a row and cut it into eights",
    _read,
    known_slips(
        "letters to bits",
        ("A counted as 1", "each letter is read as the one after it", lambda text: _read(text, 1)),
        ("spare bits made a byte", "there is a byte too many", lambda text: _read(text, filled=-len(text) * 5 % 8)),
        ("cut from the right", "only full groups are right", lambda text: _read(text, skipped=len(text) * 5 % 8)),
    ),
    tuple(
        (secret.encode(data),)
        for data in (b"f", b"fo", b"foo", b"foob", b"fooba", b"foobar", RFC_KEY, bytes(2) + b"foo" + bytes(2))
    ),  # RFC 4648 §10; in the last one no zero byte may get lost
    lambda random: (secret.encode(random.randbytes(random.randint(1, 40))),),
    barred=("totp_teach.", "pyotp.", "base64."),
)
damaged = Exercise(
    "01.2",
    "damaged(text)",
    "which lengths are impossible, beyond full groups of eight? And what has an encoder put into the spare bits?",
    lambda text: _impossible(text) or _spare(text),
    known_slips(
        "what is looked at",
        ("length alone", "a lost letter passes if the length is possible", _impossible),
        ("spare bits alone", "an impossible length passes if the spare bits are zero", _spare),
        ("every spare bit refused", "undamaged secrets of 16 bytes are refused", lambda text: len(text) % 8 != 0),
    ),
    # impossible ones without a spare bit of one; the RFC's own, whole; and of each length one with its first spare bit
    tuple((text,) for text in DAMAGED.split()),
    _cut,
)
