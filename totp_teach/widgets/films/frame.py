"""What films have in common: which of them may be stored, and how they count."""

from ..resting import RFC_KEY


def is_public(key: bytes) -> bool:
    """Whether a key is the RFCs' own, or the beginning of one of their seeds: that may be stored."""
    return (RFC_KEY * 4)[:64].startswith(key)


def counted(number: int, noun: str) -> str:
    """So many of something: 1 byte, 2 bytes."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
