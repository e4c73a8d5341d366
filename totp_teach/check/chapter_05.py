"""The exercises of chapter 05: otpauth URIs."""

import re
from random import Random
from urllib.parse import quote, quote_plus, unquote

from .. import otpauth
from .exercise import Exercise, known_slips

NAMES = ("Example", "Big Corp", "R&D", "100%", "Zoë", "a/b", "東京", "C#: one", "what?", "~a+b-c.d_e", "two\nlines")
LABELS: tuple[str, ...] = ("Example:alice@example.com", "alice", "Big%20Corp:alice", "Example%3Aalice%3A1")
LABELS += ("Example%3aalice%3A1", "Example:Team:alice", "A%3AB:alice", "A+B:%20c+d%20")


def _cut(label: str, mark: str) -> tuple[str, str]:
    """The label at the first such mark, its parts decoded afterwards."""
    *issuer, name = map(unquote, re.split(mark, label, maxsplit=1))
    return (issuer or [""])[0], name


def _split(label: str) -> tuple[str, str]:
    return _cut(label, ":" if ":" in label else "%3[Aa]")


def _last(label: str) -> tuple[str, str]:
    return _split(re.sub(":(?=.*:)", "%3A", label))


def _in_two_apps(label: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """What Aegis 3.4.2, which decodes first, and pyotp 2.12, which knows the literal colon alone, make of a label."""
    parts = unquote(label).split(":")
    aegis = (parts[0], parts[1]) if len(parts) == 2 else ("", unquote(label))
    return aegis, _cut(label, ":")


ALICE = otpauth.Account(issuer="Big Corp", name="alice", key=b"12345678901234567890")
BROKEN = (
    "otpauth://TOTP/Big Corp: alice?secret=gezd gnbv gy3t qojq gezd gnbv gy3t qojq"
    "&issuer=Big+Corp&algorithm=SHA-1&digits=6"
)


def _left(uri: str) -> tuple[list[str], otpauth.Account]:
    """What there is to say of a URI, and its account."""
    return [finding.name for finding in otpauth.lint(uri)], otpauth.parse(uri)


def _label(random: Random) -> tuple[str]:
    issuer, name = (quote(text, "@") for text in random.sample(NAMES, 2))
    return (issuer + random.choice((":", "%3A", "%3a")) + name,)


escaped = Exercise(
    "05.1",
    "escaped(text)",
    "the text's UTF-8, and % with two hexadecimal digits for every byte but those of letters, digits and -._~@",
    right=lambda text: quote(text, "@"),
    slips=known_slips(
        "escape",
        ("plus for a space", "some apps show Big+Corp", lambda text: quote_plus(text, safe="@")),
        ("slash left as it is", "apps that cut the path at a slash lose the rest", lambda text: quote(text, "@/")),
        ("not escaped", "a name with &, # or % cuts the URI off", lambda text: text),
    ),
    inputs=tuple((name,) for name in NAMES),
    fresh=lambda random: (" ".join(random.sample(NAMES, 3)),),
    meaning=lambda text: re.sub("%[0-9a-f]{2}", lambda escape: escape[0].upper(), text),  # %c3 means what %C3 does
)
split_label = Exercise(
    "05.2",
    "split_label(label)",
    "a literal colon separates, the first one; only without one does %3A or %3a; each part is decoded after the split",
    right=_split,
    slips=known_slips(
        "split",
        ("decoded before the split", "a colon within a name splits it", lambda label: _cut(unquote(label), ":")),
        ("split at the last colon", "a name with a colon loses its head", _last),
        ("encoded colon not known", "issuer and account are shown as one", lambda label: _cut(label, ":")),
    ),
    inputs=tuple((label,) for label in LABELS),
    fresh=_label,
)
two_apps = Exercise(
    "05.3",
    "a label",
    "one of the two decodes before it looks for a colon, the other one looks first",
    right=lambda: (("Example", "alice"), ("", "Example:alice")),
    slips=known_slips(
        "label",
        ("a literal colon", "both split at it", lambda: _in_two_apps("Example:alice")),
        ("two colons", "Aegis does not split at all", lambda: _in_two_apps("Example%3A%3Aalice")),
        ("no colon", "nobody has anything to split at", lambda: _in_two_apps("Example%20alice")),
    ),
    meaning=_in_two_apps,
)
repaired = Exercise(
    "05.4",
    "a URI",
    "otpauth.lint names what is left, one thing after the other; the secret stays what it is",
    right=lambda: ([], ALICE),
    slips=known_slips(
        "repair",
        ("the URI as it was", "every finding is still there", lambda: _left(BROKEN)),
        ("plus left", "some apps show Big+Corp", lambda: _left(ALICE.uri.replace("issuer=Big%20", "issuer=Big+"))),
        ("space left", "some apps show it before the name", lambda: _left(ALICE.uri.replace(":alice", ":%20alice"))),
    ),
    meaning=_left,
)
