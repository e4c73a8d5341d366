"""Parameters beyond the format: which are a known one by another name, and which change the codes.

The names were collected from public code and reports (tests/data/pasted.json names some). Real apps ignore all of
them, and so make codes by the defaults that look right and fail.
"""

import re
from collections.abc import Container
from difflib import get_close_matches
from functools import lru_cache

from .anatomy import letters_of

SYNONYMS = {
    "algorithm": "algo alg algorythm hash hashalgo hashalgorithm hashfunction hashtype digest digestalgorithm hmac "
    "hmacalgorithm mac macalgorithm crypto cryptoalgorithm",
    "digits": "digit size length len codelength codesize codedigits otplength otplen otpdigits numdigits "
    "numberofdigits tokenlength",
    "period": "interval step steps stepsize timestep timeinterval timeperiod duration refresh validity lifetime seconds",
    "counter": "count movingfactor initialcounter initcounter startcounter hotpcounter",
    "secret": "key seed sharedsecret sharedkey secretkey otpsecret totpsecret base32secret",
}
MEANT = {name: known for known, names in SYNONYMS.items() for name in names.split()}
DERIVING = {
    "2step.*|twostep.*": "the key is derived from the secret and a part that the phone makes (two-step enrolment)",
    "pin|pinlength|userpin|mpin": "a PIN goes into them",
    "t0|epoch|start|starttime|startat|timestart|offset|timeoffset|utcoffset|skew|drift|clockdrift|timezone|tz": (
        "the steps are counted from another moment"
    ),
    "salt|iterations|rounds|difficulty|kdf.*|pbkdf2.*|keyderivation": "the key is derived from the secret",
    "encoding|secretencoding|keyencoding|secretformat|keyformat|secrettype": "the secret is not written in Base32",
    "truncation|truncationoffset|truncate|checksum|addchecksum": "they are cut from the digest in another way",
    "encoder|charset|alphabet|codeset": "they are written in another way",
    "ocra|ocrasuite|suite|challenge|question": "a challenge goes into them (OCRA)",
    "type|tokentype|otptype|mode": "they may be of another type than the URI's own",
}
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
