"""The diagnosis: how long a search takes, beside pyotp making as many codes, and how often the truth stands first."""

import sys
from pathlib import Path
from random import Random

import pyotp
from measure import Goal, Row, compare

from totp_teach import diagnose, mistakes, secret

sys.path.append(str(Path(__file__).parent.parent))
from mistaken import ON_THE_WAY, telling

KEY = b"12345678901234567890"
AT = 1111111109
ONE = [("123456", AT)]
TWO = [("123456", AT), ("234567", AT + 1000)]  # nothing explains these: the search goes to its end
TRIALS = 10  # of each mistake


def rows(quick: bool) -> list[Row]:
    """One mistake within a day of drift; two of them; and random trials. Quick: the first alone, the others take long."""
    one = search("one mistake, ±1 day", ONE, False, 0.5, quick, rounds=21)
    if quick:
        return [one]
    return [
        one,
        search("two mistakes, ±1 day", ONE, True, 5.0, quick, rounds=3),
        search("two, held to two codes", TWO, True, 5.0, quick, rounds=3),
        trials(),
    ]


def search(name: str, codes: list[tuple[str, int]], pairs: bool, seconds: float, quick: bool, rounds: int) -> Row:
    """A whole search, beside as many codes by pyotp as variants were tried."""
    peer, tried = pyotp.HOTP(secret.encode(KEY)), diagnose.explain(codes, KEY, pairs=pairs).tried
    return compare(
        name,
        lambda: diagnose.explain(codes, KEY, pairs=pairs),
        f"{tried:,} codes by pyotp",
        lambda: [peer.at(counter) for counter in range(tried)],
        goal=Goal("ours", seconds),
        same=False,
        quick=quick,
        rounds=rounds,
    )


def trials() -> Row:
    """The share of random cases in which something else stands first than the mistake that was made."""
    random = Random(6238)
    cases = [(mistake, telling(random, mistake)) for mistake in ON_THE_WAY * TRIALS]
    missed = [sum(not stands_first(mistake, case, codes) for mistake, case in cases) for codes in (2, 1)]
    two, one = (100 * number / len(cases) for number in missed)
    return Row(f"not first, of {len(cases)}", two, one, "with one code", Goal("ours", 1.0), unit="%")


def stands_first(mistake: mistakes.Mistake, case, codes: int) -> bool:
    """Is it in the first explanation of the first so many codes, or, if these are right, in none?"""
    found = diagnose.explain(case.codes[:codes], case.key, typed=case.typed, counter=case.counter, **case.agreed)
    if case.right[:codes] == case.wrong[:codes]:
        return found[0].mistakes == ()
    names = (*found[0].mistakes, *found[0].same, *found[0].also) if found else ()
    return any(mistake.name in name for name in names)
