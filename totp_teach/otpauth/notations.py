"""A URI in the notation of something else: the source of a page, of a program, of an e-mail."""

import html
import quopri
import re
from collections.abc import Callable, Iterator
from functools import reduce

from .._pasted import UNSEEN
from .anatomy import inside, parameter_of

ENTITY = re.compile(r"&#?\w+;")
BACKSLASH = re.compile(r"\\(?:(?:u00|x)([0-9A-Fa-f]{2})|([^\w\s]))")
NOTATIONS: dict[str, Callable[[str], str]] = {
    "as in the source of an e-mail, with =3D for =": lambda text: reduce(_from_mail, range(3), text),
    "as in HTML, with &#38; for & or the like": lambda text: ENTITY.sub(lambda one: html.unescape(one[0]), text),
    r"as in JSON, with \u0026 for &": lambda text: BACKSLASH.sub(lambda one: one[2] or chr(int(one[1], 16)), text),
    "in full-width characters": lambda text: text.translate({code + 0xFEE0: code for code in range(33, 127)}),
    "with unseen characters in it": lambda text: text.translate(dict.fromkeys(map(ord, UNSEEN))),
}


def quoted_printable(text: str) -> bool:
    """Is a text surely as in the source of an e-mail?

    3D, which stands for = there, is Base32 as well: a secret may begin with it. Two values that both do are no chance.
    """
    pairs = (pair.upper().partition("=3D") for pair in re.split("[?&]", re.sub("=\r?\n", "", text)))
    names = [parameter_of(name) for name, sign, _ in pairs if sign]
    return "data" in names or ("secret" in names and text.upper().count("=3D") > 1)


def _from_mail(text: str, _: int) -> str:
    """The text without a layer of quoted-printable, if it surely has one: a mail that is answered gets another."""
    sure = quoted_printable(text)
    return quopri.decodestring(text.encode(errors="replace")).decode(errors="replace") if sure else text


def plainly(text: str) -> Iterator[tuple[str, str]]:
    """What a text may be in plain characters, and how it is written then: as a whole, or a URI inside it."""
    for how, plain in NOTATIONS.items():
        if (other := plain(text)) != text:
            yield from ((how, uri) for uri in (other, *(inside(other) or ())[2:]))
