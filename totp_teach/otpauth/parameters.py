"""Parameters beyond the format: which are a known one by another name, and which change the codes (words.toml)."""

import re
from collections.abc import Container, Iterator
from difflib import get_close_matches
from functools import lru_cache

from .anatomy import WORDS, letters_of

SYNONYMS, SHAPED, DERIVING = WORDS["synonyms"], WORDS["shaped"], WORDS["deriving"]
MEANT = {name: known for known, names in SYNONYMS.items() for name in names.split()}
WITHOUT_EFFECT = ("", "0", "false", "no", "none", "null", "off", "base32", "utc")


def derives(name: str, value: str, kind: str) -> str:
    """How a parameter changes the codes, "" for one that does not: its value may say that it is out of use."""
    return "" if value.lower() in (*WITHOUT_EFFECT, kind) else _derives(letters_of(name))


def meant(name: str, value: str, given: Container[str]) -> str:
    """The parameter that a name probably stands for, as a synonym, misspelled, or by its value; "" if there is none.

    given: the parameters that the URI has: one secret is enough.
    """
    bare = letters_of(name)
    begun = [known for known in SYNONYMS if bare and not value and known.startswith(bare)]  # and cut off
    known = MEANT.get(bare) or _like(bare) or next(_shaped(bare, value), "".join(begun))
    return "" if known == "secret" in given else known


def _shaped(bare: str, value: str) -> Iterator[str]:
    for known, (names, values) in SHAPED.items():
        if re.fullmatch(names, bare) and re.fullmatch(values, value, re.IGNORECASE | re.ASCII):
            yield known


@lru_cache
def _derives(bare: str) -> str:
    return next((why for names, why in DERIVING.items() if re.fullmatch(names, bare)), "")


@lru_cache
def _like(bare: str) -> str:
    return "".join(get_close_matches(bare, SYNONYMS, 1, 0.8)) if 4 <= len(bare) <= 20 else ""
