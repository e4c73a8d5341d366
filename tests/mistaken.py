"""Random cases in which one classic mistake was made: what the tests of mistakes and of diagnose are tried on."""

from dataclasses import dataclass
from random import Random

from totp_teach import OtpError, mistakes, otpauth, secret
from totp_teach.mistakes import MISTAKES, STEPS, Mistake

# Those on the way to a code; the others belong to exercises alone.
ON_THE_WAY = [mistake for mistake in MISTAKES if mistake.step in STEPS]
HOTP = {"counter out of step", "TOTP for HOTP"}
HEX = "0123456789abcdef"


@dataclass
class Case:
    """An account, moments, the right codes of them, and the codes that came about."""

    key: bytes
    typed: str
    agreed: dict
    counter: int | None
    moments: list[int]
    setting: object
    right: list[str]
    wrong: list[str]

    @property
    def codes(self) -> list[tuple[str, int]]:
        return list(zip(self.wrong, self.moments))


def case(random: Random, mistake: Mistake, *, plain: bool = False, moments: int = 2) -> Case | None:
    """One case, or None where the mistake cannot be made.  plain: SHA1, 6 digits, 30 s."""
    key, typed = _secret(random, mistake.name)
    agreed = {"algorithm": "SHA1", "digits": 6, "period": 30}
    if not plain:
        agreed["algorithm"] = random.choice(["SHA1"] * 3 + ["SHA256", "SHA512"])
        agreed["digits"] = random.choice([6, 6, 6, 8])
        agreed["period"] = random.choice([30, 30, 30, 60]) if mistake.name not in HOTP else 30
    counter = random.randrange(1000) if mistake.name in HOTP else None
    first = random.randrange(10**9, 2 * 10**9) + 2**31 * (mistake.name == "32-bit clock")
    ats = [first, *(first + random.randrange(30, 10**5) for _ in range(moments - 1))]
    setting = random.choice(mistake.settings)
    if mistake.name == "clock drift":
        setting = random.choice([1, -1]) * random.choice([random.randrange(1, 120), random.randrange(1, 86_401)])
    made = [
        {"typed": typed, "counter": None if counter is None else counter + number, **agreed}
        for number in range(moments)
    ]
    try:
        wrong = [mistakes.code(key, at, (mistake.name, setting), **how) for at, how in zip(ats, made)]
    except OtpError:
        return None
    right = [mistakes.code(key, at, **how) for at, how in zip(ats, made)]
    return Case(key, typed, agreed, counter, ats, setting, right, wrong)


def telling(random: Random, mistake: Mistake, **how) -> Case:
    """A case in which the mistake changes at least one code."""
    for _ in range(2000):
        found = case(random, mistake, **how)
        if found and found.right != found.wrong:
            return found
    raise AssertionError(f"{mistake.name} never changes a code")


def _secret(random: Random, name: str) -> tuple[bytes, str]:
    """A key and how it was typed; some mistakes need a secret of their own."""
    if name == "secret taken for hex":
        typed = "".join(random.choices("234567ABCDEF", k=32))
        return secret.decode(typed), typed
    if name in ("secret taken for Base32", "characters skipped", "look-alikes replaced"):
        letters = {"secret taken for Base32": "234567abcdef", "look-alikes replaced": "01234567abcdef"}.get(name, HEX)
        typed = "".join(random.choices(letters, k=40))
        return bytes.fromhex(typed), typed
    if name == "another Base32 alphabet":
        letters = set(secret.ALPHABET).intersection(*secret.ALPHABETS.values())
        typed = "".join(random.choices(sorted(letters), k=32))
        return secret.decode(typed), typed
    if name == "left-over bits kept as a byte":
        typed = "".join(random.choices(secret.ALPHABET, k=random.choice([10, 18, 26, 52])))
        return secret.decode(typed), typed
    if name == "whole URI taken for the secret":
        account = otpauth.Account(issuer="Example", name=f"user{random.randrange(100)}", key=random.randbytes(20))
        return account.key, account.uri
    if name == "decoded twice":
        key = secret.encode(random.randbytes(20)).encode()
    elif name == "long key cut":
        key = random.randbytes(150)
    elif name == "letter beyond the last group kept":
        key = random.randbytes(random.choice([10, 20]))
    else:
        key = random.randbytes(random.choice([10, 16, 20, 20, 20, 32, 64]))
    text = secret.encode(key)
    groups = " ".join(text[start : start + 4] for start in range(0, len(text), 4))
    return key, random.choice([text, text.lower(), groups])
