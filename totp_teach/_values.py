"""How a value is refused: what counts as a whole number, and how much of a wrong value a message may show."""

import re

from . import OtpError

TYPE_CHECKING = False  # as type checkers know it, without the import of typing
if TYPE_CHECKING:
    from typing import Any, TypeGuard

LONGEST = 60  # characters of a value in a message
RUN_IN = re.compile("secret=.*", re.IGNORECASE | re.DOTALL)


def is_whole(value: object) -> "TypeGuard[int]":
    """Is it a whole number (and not True or False, which Python counts among them)?"""
    return isinstance(value, int) and not isinstance(value, bool)


def check_whole(what: str, value: "Any", least: int | None = None, most: int | None = None) -> None:
    """Raise OtpError unless the value is a whole number from least to most; what: "period must be …"."""
    # The type first: nearly all values have it, and is_whole is a call.
    whole = type(value) is int or is_whole(value)
    if not whole or (least is not None and value < least) or (most is not None and value > most):
        raise OtpError(f"{what}, not {named(value)}")


def named(value: object) -> str:
    """A wrong value that may be a secret, as a message may show it: a number as it is, anything else by its type."""
    if isinstance(value, int) and value.bit_length() > 64:
        return f"a number of {value.bit_length()} bits"
    if value is None or isinstance(value, (int, float)):
        return repr(value)
    return f"a value of type {type(value).__name__}"


def shown(value: object) -> str:
    """A wrong value that is not a secret: text as a Python literal, cut to a line, without a secret run into it."""
    if not isinstance(value, str):
        return named(value)
    text = repr(RUN_IN.sub("secret=…", value))
    return text if len(text) <= LONGEST else f"{text[:40]}… ({len(text)} characters)"
