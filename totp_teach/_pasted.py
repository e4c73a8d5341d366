"""Text as people paste it: what clings to it outside, at every entrance the same."""

import re
from collections.abc import Iterator

QUOTES = dict(zip("\"'`“„”‘‚«»<‹「『《＂", "\"'`”“”’‘»«>›」』》＂", strict=True))
# What a text in the middle of another one ends with, if this is before it.
CLOSING = {**QUOTES, "(": ")", "[": "]", "{": "}", ",": ",", ";": ";"}
LINE_ENDS = "\n\r\v\f\x85\u2028\u2029"
UNSEEN = "\0\ufeff\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2212"
# How many letters of a secret hold 16, 32 and 64 bytes; the other usual keys fill groups of eight letters.
USUAL = (26, 52, 103)
UNEVEN = "the secret's groups differ in size or letter case: is what stands behind a space still part of it?"
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


def words_behind(text: str) -> tuple[str, bool]:
    """The part of a secret in groups that is a usual one alone, if words may stand behind it; and are they sure to?

    Groups have one size, but for the last, and one letter case; a word has no digits, and its own length.
    """
    groups = re.sub(f"(?:[{HYPHENS}=]|%(?:25)*..)+", " ", peeled(text)[1]).split()
    sizes = list(map(len, groups))
    sure = len(set(sizes[:-1])) > 1 or len({group.isupper() for group in groups if not group.isdigit()}) > 1
    for place in range(1, min(len(groups), 60)):  # no secret has more
        usual, whole = (size >= 16 and (size % 8 == 0 or size in USUAL) for size in (sum(sizes[:place]), sum(sizes)))
        if usual and not re.search("[2-7]", "".join(groups[place : place + 60])):
            longer, alone = sizes[-1] > sizes[0], place == len(groups) - 1 == 1 and sizes[0] != sizes[1]
            sure = sure or (longer and len(groups) > 2) or (alone and not whole)
            if sure or alone or not whole:
                return " ".join(groups[:place]), sure
    return "", sure


def ends_in_words(text: str) -> bool:
    """Do words stand behind a secret, whatever its groups: in another letter case, or making it longer than any?"""
    alone, sure = words_behind(text)
    cases, size = {(one.isupper(), one.islower()) for one in (alone, text)}, len(re.sub("[^A-Za-z2-7]", "", text))
    return bool(alone) and sure and (len(cases) > 1 or (size % 8 > 0 and size not in USUAL))


def is_utf8(raw: bytes) -> bool:
    """Are these bytes text in UTF-8?"""
    return raw.decode(errors="ignore").encode() == raw
