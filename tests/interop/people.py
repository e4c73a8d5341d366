"""Accounts as people have them, in many scripts: what every witness must be able to carry."""

import random

from totp_teach.otpauth import Account

NAMES = (
    "Example",
    "ACME Co",
    "AT&T",
    "C#",
    "50% off",
    "a/b",
    "Canal+",
    "what?",
    "x=y",
    "a;b,c",
    "Zoë",
    "Ødegård",
    "ß",
    "Ελλάδα",
    "Привет",
    "שלום",
    "مرحبا",
    "नमस्ते",
    "你好世界",
    "こんにちは",
    "안녕",
    "ไทย",
    "🏴‍☠️",
    "👩🏽‍🚀",
    "é",
    "e\u0301",
    "alice@example.com",
    "o'neil",
    '"quoted"',
    "<img src=x>",
    "(demo)",
    "back\\slash",
    "~tilde_",
    "a  b",
    "%41",
    "＠full：width",
    "\N{RIGHT-TO-LEFT OVERRIDE}x",
    "tab\tbed",
    "[1]",
    "{2}",
    "|",
    "^",
    "`",
    "!",
    "*",
    "$",
)


def accounts(count: int) -> list[Account]:
    """As many accounts, always the same ones, within what pyotp and otplib take: keys, digits, period, counter."""
    chance = random.Random(6238)
    return [_account(chance) for _ in range(count)]


def _account(chance: random.Random) -> Account:
    common = dict(
        issuer=" ".join(chance.sample(NAMES, chance.randrange(3))),
        name=" ".join(chance.sample(NAMES, chance.randrange(1, 3))),
        key=chance.randbytes(chance.randrange(16, 65)),
        algorithm=chance.choice(["SHA1", "SHA256", "SHA512"]),
        digits=chance.choice([6, 7, 8]),
    )
    if chance.random() < 0.3:
        return Account("hotp", **common, counter=chance.choice([0, 1, chance.randrange(2**53)]))
    return Account("totp", **common, period=chance.choice([30, 60, chance.randrange(1, 121)]))
