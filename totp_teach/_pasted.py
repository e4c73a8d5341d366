"""Text as people paste it: what clings to it outside, at every entrance the same."""

import re
from collections.abc import Iterator

QUOTES = {
    '"': '"',
    "'": "'",
    "`": "`",
    "“": "”",
    "„": "“",
    "”": "”",
    "‘": "’",
    "‚": "‘",
    "«": "»",
    "»": "«",
    "<": ">",
    "‹": "›",
    "「": "」",
    "『": "』",
    "《": "》",
    "＂": "＂",
}
# What a text in the middle of another one ends with, if this is before it.
CLOSING = {**QUOTES, "(": ")", "[": "]", "{": "}", ",": ",", ";": ";"}
LINE_ENDS = "\n\r\v\f\x85\u2028\u2029"
UNSEEN = "\0\ufeff\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# What a hand-held scanner writes before a code's text: the symbology (]Q1, ISO/IEC 15424), the encoding (\000026); and
# the byte order mark of UTF-8 as it looks in Latin-1.
MARK = re.compile(r"(?:\][A-Za-z][0-9A-Za-z]|\\[0-9]{6}|ï»¿)+")


def peeled(text: str) -> tuple[str, str, str]:
    """A text in three: what clings to it before, itself, and after: spaces, line ends, quotes, what is not seen."""
    start, end = 0, len(text)
    while start < end:
        if text[start].isspace() or text[start] in UNSEEN:
            start += 1
        elif text[end - 1].isspace() or text[end - 1] in UNSEEN:
            end -= 1
        elif text[start] in QUOTES:
            end -= end - start > 1 and text[end - 1] == QUOTES[text[start]]
            start += 1
        elif mark := MARK.match(text, start, end):
            start = mark.end()
        else:
            break
    return text[:start], text[start:end], text[end:]


def named(outer: str) -> str:
    """What clings, in words: "an invisible byte order mark and a line end"."""
    names = list(dict.fromkeys(_names(outer)))
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _names(outer: str) -> Iterator[str]:
    for mark in MARK.findall(outer):
        yield "the byte order mark of UTF-8, read as Latin-1" if mark == "ï»¿" else f"a scanner's mark ({mark})"
    for character in MARK.sub("", outer):
        if character in LINE_ENDS:
            yield "a line end"
        elif character == "\ufeff":
            yield "an invisible byte order mark"
        elif character.isspace():
            yield "a space"
        else:
            yield f"an invisible character (U+{ord(character):04X})" if character in UNSEEN else "a quotation mark"


def is_utf8(raw: bytes) -> bool:
    """Are these bytes text in UTF-8?"""
    try:
        return raw.decode() is not None
    except UnicodeDecodeError:
        return False
