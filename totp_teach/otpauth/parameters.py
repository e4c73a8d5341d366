"""Parameters beyond the format: which are a known one by another name, and which change the codes (words.toml)."""

import re
from collections.abc import Container
from difflib import get_close_matches
from functools import lru_cache

from .anatomy import WORDS, letters_of

SYNONYMS, DERIVING = WORDS["synonyms"], WORDS["deriving"]
MEANT = {name: known for known, names in SYNONYMS.items() for name in names.split()}
WITHOUT_EFFECT = ("", "0", "false", "no", "none", "null", "off", "base32", "utc")


def derives(name: str, value: str, kind: str) -> str:
    """How a parameter changes the codes, "" for one that does not: its value may say that it is out of use."""
    return "" if value.lower() in (*WITHOUT_EFFECT, kind) else _derives(letters_of(name))


def meant(name: str, given: Container[str]) -> str:
    """The parameter that a name probably stands for, as a synonym or misspelled; "" if there is none.

    given: the parameters that the URI has: what they say is not said a second time by a name that is only like theirs.
    """
    bare = letters_of(name)
    known = MEANT.get(bare, "")
    if known:
        return "" if known == "secret" in given else known
    like = _like(bare)
    return "" if like in given else like


@lru_cache
def _derives(bare: str) -> str:
    return next((why for names, why in DERIVING.items() if re.fullmatch(names, bare)), "")


@lru_cache
def _like(bare: str) -> str:
    return "".join(get_close_matches(bare, SYNONYMS, 1, 0.8)) if 4 <= len(bare) <= 20 else ""
