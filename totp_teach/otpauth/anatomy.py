"""The anatomy of a URI: where each of its parts begins and ends. Nothing is judged here; that is reading's work."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from .. import OtpError
from .._pasted import CLOSING, peeled

# scheme :// type / label ? query # fragment (RFC 3986 §3); each may be missing, so that every text matches
WHOLE = re.compile(r"(?:([^:/?#]*)(:/*))?([^/?#]*)(/?)([^?#]*)(\??)([^#]*)(#?)(.*)", re.DOTALL)
PARAMETERS = ("secret", "issuer", "algorithm", "digits", "period", "counter")
HTML_AMPERSAND = re.compile("(?:(?:amp|#38|#x26);)+")  # & as HTML writes it, perhaps more than once
BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
ANY_COLON = re.compile(":|%3A", re.IGNORECASE)

OURS = re.compile(r"(?:otpauth|otpauth-migration)(?::|%(?:25)*3A)", re.IGNORECASE | re.ASCII)
BEFORE_SECRET = re.compile(r"(?:[?&]|%((?:25)*)(?:3F|26))(?:secret|data)(?:=|%(?:25)*3D)", re.IGNORECASE | re.ASCII)
COLON = re.compile(r"(?::|%((?:25)*)3A)", re.IGNORECASE)
END = rf"[\"'<>]|\s(?!\s{{0,9}}(?:{'|'.join(PARAMETERS)})=)"  # where a URI ends in a text, if no parameter of its own follows

WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
SENTENCES: dict[str, str] = WORDS["parts"]


@dataclass(frozen=True, repr=False)
class Part:
    """One span of a URI. Its repr does not show the secret; `raw` and `value` do.

    kind: "outside", "scheme", "type", "issuer", "separator", "account", "delimiter", "fragment"; a parameter's "name" and "value".
    raw: as it stands in the URI.  start: its place there, from 0.
    parameter: whose name or value this is, in lower case, damage left out ("amp;digits" is "digits"); "" elsewhere.
    """

    kind: str
    raw: str
    start: int
    parameter: str = ""

    @property
    def end(self) -> int:
        """The place after its last character."""
        return self.start + len(self.raw)

    @property
    def value(self) -> str:
        """The text that is meant: percent escapes decoded (but for what is not part of the account)."""
        if self.kind == "name":
            return unquote(self.raw)  # one that is damaged is read all the same
        return self.raw if self.kind in ("outside", "fragment") else decoded(self.raw)

    @property
    def sentence(self) -> str:
        """What this part is, in one sentence."""
        if self.kind != "value":
            return SENTENCES[self.kind]
        return SENTENCES.get("issuer parameter" if self.parameter == "issuer" else self.parameter, SENTENCES["unknown"])

    def __repr__(self) -> str:
        raw = repr(self.raw) if (self.kind, self.parameter) != ("value", "secret") else "<the secret>"
        return f"Part({self.kind}, {raw}, {self.start}–{self.end})"


def decoded(raw: str) -> str:
    """The text of a percent-escaped one. Raises OtpError for a broken escape, and for bytes that are not UTF-8."""
    if broken := BROKEN_ESCAPE.search(raw):
        raise OtpError(f"the % at its place {broken.start() + 1} is not followed by two hex digits; a real % is %25")
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeError:
        raise OtpError("its percent escapes are not UTF-8 text") from None


def cut(uri: str) -> list[Part]:
    """The URI as parts in their order; they join to the URI again. A part that is empty is still there.

    Raises OtpError for what is not text.
    """
    if not isinstance(uri, str):
        raise OtpError(f"a URI is text (str), not {type(uri).__name__}")
    before, inside, after = peeled(uri)
    found = WHOLE.fullmatch(inside)
    assert found  # whatever the text is
    scheme, colon, kind, slash, label, mark, query, hash_, fragment = found.groups(default="")
    pairs = list(_query(query))
    issuers = [raw for part, raw, *parameter in pairs if part == "value" and parameter == ["issuer"]]
    return _placed(
        ("outside", before),
        ("scheme", scheme),
        ("delimiter", colon),
        ("type", kind),
        ("delimiter", slash),
        *_label(label, issuers[0] if issuers else ""),
        ("delimiter", mark),
        *pairs,
        ("delimiter", hash_),
        ("fragment", fragment),
        ("outside", after),
    )


def _placed(*pieces: tuple[str, ...]) -> list[Part]:
    """Pieces in a row, each with its place."""
    parts, place = [], 0
    for kind, raw, *parameter in pieces:
        parts.append(Part(kind, raw, place, *parameter))
        place = parts[-1].end
    return parts


def _label(label: str, parameter: str) -> Iterator[tuple[str, str]]:
    """Issuer, separator and account. The label is split before it is decoded: a literal colon separates first.

    But where the label begins with the issuer parameter, colons and all, and a colon, that is where it is split.
    """
    issuer = _plain(parameter)
    literal = re.search(":", label)
    own = next(islice(ANY_COLON.finditer(label), issuer.count(":"), None), None)  # the first that is not the issuer's
    in_sight = issuer and own and _plain(label[: own.start()]) == issuer
    separator = own if in_sight else literal or ANY_COLON.search(label)
    start, end = separator.span() if separator else (0, 0)
    if issuer and literal and _plain(label) == issuer:
        start = end = len(label)  # the issuer alone, which has a colon itself
    yield "issuer", label[:start]
    yield "separator", label[start:end]
    yield "account", label[end:]


def _plain(raw: str) -> str:
    """A name to be compared with another one, "" if it cannot be decoded."""
    try:
        return unicodedata.normalize("NFC", decoded(raw).strip()).casefold()
    except OtpError:
        return ""


def _query(query: str) -> Iterator[tuple[str, ...]]:
    """Name and value of each parameter, and the marks between them."""
    for index, pair in enumerate(query.split("&")):
        if index:
            yield "delimiter", "&"
        if pair:
            name, equals, value = pair.partition("=")
            parameter = parameter_of(name)
            yield from (("name", name, parameter), ("delimiter", equals), ("value", value, parameter))


def parameter_of(raw: str) -> str:
    """The parameter that a name means, in lower case; a known one also with what got into its name on the way."""
    plain = unquote(raw).lower()
    if len(plain) > 60:
        return plain
    bare = letters_of(HTML_AMPERSAND.sub("", plain, count=1))
    return bare if bare in PARAMETERS else plain


def letters_of(name: str) -> str:
    """The letters and digits of a name: without line ends, spaces, brackets, hyphens and what is not seen."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name)))


def inside(text: str) -> tuple[int, int, str] | None:
    """A URI of ours inside a text: its place, from 0, how often it is percent-escaped once more, and itself without."""
    begin = OURS.search(text)
    if not begin:
        return None
    closing = CLOSING.get(text[begin.start() - 1 : begin.start()], "<")
    uri = re.split(f"{END}|{re.escape(closing)}", text[begin.start() :], maxsplit=1, flags=re.IGNORECASE)[0]
    mark = BEFORE_SECRET.search(uri) or COLON.search(uri)
    times = 0 if mark is None or mark[1] is None else 1 + len(mark[1]) // 2
    if times and begin.start():
        uri = uri.partition("&")[0]  # which belongs to the address around it
    for _ in range(times):
        uri = unquote(uri)
    return begin.start(), times, uri
