"""A URI in the notation of something else: the source of a page, of a program, of an e-mail."""

import html
import quopri
import re
from collections.abc import Callable, Iterator

from .._pasted import UNSEEN
from .anatomy import inside

ENTITY = re.compile(r"&#?\w+;")
BACKSLASH = re.compile(r"\\(?:(?:u00|x)([0-9A-Fa-f]{2})|([^\w\s]))")
FULL_WIDTH = {code + 0xFEE0: code for code in range(33, 127)}
# In quoted-printable every = is the beginning of an escape; in a label, what was lost on the way may stand behind one.
QUOTED_PRINTABLE = re.compile("=(?:3D|[89A-F][0-9A-F]|20|09|\r?\n)")
BROKEN = dict.fromkeys(map(ord, UNSEEN))
NOTATIONS: dict[str, Callable[[str], str]] = {
    "as in HTML, with &#38; for & or the like": lambda text: ENTITY.sub(lambda one: html.unescape(one[0]), text),
    r"as in JSON, with \u0026 for & or \/ for /": lambda text: BACKSLASH.sub(
        lambda one: one[2] or chr(int(one[1], 16)), text
    ),
    "as in the source of an e-mail, with =3D for =": lambda text: (
        text
        if "=" in QUOTED_PRINTABLE.sub("", text.partition("?")[2])
        else quopri.decodestring(text.encode()).decode(errors="replace")
    ),
    "in full-width characters": lambda text: text.translate(FULL_WIDTH),
    "with unseen characters in it": lambda text: text.translate(BROKEN),
}


def plainly(text: str) -> Iterator[tuple[str, str]]:
    """What a text may be in plain characters, and how it is written then: as a whole, or a URI inside it."""
    for how, plain in NOTATIONS.items():
        if (other := plain(text)) != text:
            yield from ((how, uri) for uri in (other, *(inside(other) or ())[2:]))
