"""Texts as bad as they come, for every entrance that takes text: python tests/fuzz.py [HOW_MANY] [SEED]

Pasted texts (data/pasted.json), published URIs (data/uri_cases.json) and exports (data/migration.json) are cut, joined
and changed; the data of an export also byte by byte. Whatever a text is, nothing but an OtpError may come of it.
"""

import base64
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote, unquote_to_bytes

from vectors import cases

from totp_teach import OtpError, migration, otpauth, qr, secret

PASTED = cases("pasted.json")
EXPORTS = [example["uri"] for example in cases("migration.json")["examples"]]
CORPUS = [
    *(case["text"] for case in PASTED["uris"] + PASTED["secrets"]),
    *(case["uri"] for case in cases("uri_cases.json")),
    *EXPORTS,
]
TOKENS = [
    *("otpauth", "otpauth-migration", "apple-otpauth", "steam", "https", "://", ":", "/", "//", "?", "&", "&amp;", "="),
    *(
        "#",
        "%",
        "%3A",
        "%3a",
        "%253A",
        "%3F",
        "%26",
        "%3D",
        "%zz",
        "%ff",
        "%E2%80%AE",
        "%00",
        "%20",
        "+",
        " ",
        ";",
        ",",
    ),
    *("totp", "hotp", "TOTP", "offline", "secret", "issuer", "algorithm", "digits", "period", "counter", "data", "pin"),
    *(
        "2step_salt",
        "interval",
        "algo",
        "encoder",
        "=6",
        "=0",
        "=-1",
        "=٦",
        "=18446744073709551616",
        "=SHA512",
        "=sha-256",
    ),
    *("GEZDGNBVGY3TQOJQ", "gezd gnbv", "====", "0189", "8f3a1c0d9b7e5a42", "jzocDZt+WkLG2B8=", "a:b", "http://h:1"),
    *(
        "\0",
        "\n",
        "\r\n",
        "\t",
        "\ufeff",
        "\u200b",
        "\u202e",
        "\ud800",
        "\udfff",
        "\N{KELVIN SIGN}",
        "ſ",
        "ß",
        "é",
        "你",
        "🏴",
    ),
    *('"', "'", "“", "”", "<", ">", "\\000026", "]Q1", "ï»¿", "٢", "²", "x" * 300),
]


def texts(seed: int) -> Iterator[str]:
    """Texts without end."""
    chance = random.Random(seed)
    while True:
        text = chance.choice(CORPUS)
        for _ in range(chance.choice((1, 1, 2, 3, 5, 9))):
            text = changed(text, chance)
        yield text


def changed(text: str, chance: random.Random) -> str:
    """A text with one thing changed."""
    start, end = sorted(chance.randint(0, len(text)) for _ in range(2))
    end = chance.choice((start, min(start + 1, len(text)), end))
    how = chance.randrange(8)
    if how == 0 and text.startswith("otpauth-migration"):
        return damaged(text, chance)
    if how == 1:
        return text[start:end] or text
    if how == 2:
        return quote(text, safe=chance.choice(("", ":/?&="))) if text.isascii() and len(text) < 4000 else text[:start]
    if how == 3:
        return text[:start] + chance.choice(CORPUS)[:500] + text[start:]
    if how == 4:
        return text[:start] + text[start:end] * 2 + text[end:]
    return text[:start] + chance.choice(TOKENS) + text[end:]


def damaged(uri: str, chance: random.Random) -> str:
    """An export's URI with some of its bytes changed, lost or added."""
    head, _, data = uri.partition("data=")
    try:
        payload = bytearray(base64.b64decode(unquote_to_bytes(data)))
    except ValueError:
        return uri
    for _ in range(chance.randint(1, 4)):
        place = chance.randint(0, len(payload))
        payload[place : place + chance.randint(0, 2)] = bytes(
            chance.randrange(256) for _ in range(chance.randint(0, 2))
        )
    return f"{head}data={quote(base64.b64encode(bytes(payload)), safe='')}"


def lenient(text: str) -> None:
    otpauth.parse(text, lenient=True)


def linted(text: str) -> None:
    """What lint says, and that it says the same as parse; with what is fixed, and its parts."""
    found = otpauth.lint(text)
    try:
        account = otpauth.parse(text)
    except OtpError:
        assert any(one.severity == "error" for one in found)
        return
    assert all(one.severity != "error" for one in found)
    again = [account.uri, *(one.fixed for one in found if one.fixed and one.name != "plus")]
    try:
        assert {otpauth.parse(uri) for uri in again} == {account}
    except OtpError as error:
        raise AssertionError("what is built, or fixed, is refused") from error
    assert all(one.sentence and repr(one) for one in found)


ENTRANCES = [lenient, linted, otpauth.parts, secret.decode, secret.shape, migration.decode, migration.wire]


def run(number: int, seed: int) -> Counter:
    """So many texts at every entrance: how many each took. A text at which something else happens is printed."""
    taken: Counter = Counter()
    for place, text in zip(range(number), texts(seed)):
        for entrance in [*ENTRANCES, *([qr.make] if place % 500 == 0 else [])]:
            try:
                entrance(text)
                taken[entrance.__name__] += 1
            except OtpError as error:
                assert str(error)
            except BaseException:
                print(f"{entrance.__name__}({text!r})", file=sys.stderr)
                raise
    return taken


if __name__ == "__main__":
    many, first = (int(word) for word in (*sys.argv[1:], *("1000000", "1")[len(sys.argv) - 1 :]))
    began = time.monotonic()
    print(f"{many:,} texts, seed {first}: {dict(run(many, first))}, {time.monotonic() - began:.0f} s")
