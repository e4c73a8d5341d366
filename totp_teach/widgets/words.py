"""Accounts, codes and numbers as they stand in a page."""

from ..otpauth import Account
from ..show.markup import MONO, SMALL, element

CELL = "padding: 8px 20px 0 0; vertical-align: bottom; text-align: left; border: none"


def name_of(account: Account) -> str:
    """An account as people name it: issuer and name, whichever there are."""
    return ": ".join(filter(None, [account.issuer, account.name])) or "an account without a name"


def grouped(text: str, size: int = 3) -> str:
    """A code or a secret in groups, from the left."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def labelled(words: str, code: str, style: str) -> str:
    """A code in groups under what it is: a cell of a table."""
    return element("td", element("div", words, SMALL) + element("span", grouped(code), f"{MONO}; {style}"), CELL)


def thousands(number: int) -> str:
    """A whole number in groups of three, from the right: a step of today has eight digits."""
    return f"{number:,}".replace(",", "\u00a0")
