"""The diagnosis: how long a search takes, beside pyotp making as many codes, and how often the truth stands first."""

import json
import os
import sys
from pathlib import Path
from random import Random
from time import perf_counter

import pyotp
from measure import Goal, Row, compare, more

from totp_teach import diagnose, mistakes, secret
from totp_teach.diagnose import log

sys.path.append(str(Path(__file__).parent.parent))
from mistaken import HOTP, ON_THE_WAY, telling

KEY = b"12345678901234567890"
AT = 1111111109
ONE = [("123456", AT)]
TWO = [("123456", AT), ("234567", AT + 1000)]  # nothing explains these: the search goes to its end
TRIALS = 2, 10  # of each mistake: usually, and thorough
ROWS = 1000  # of a log
OPTIONS = {"algorithm": None, "digits": None, "period": None, "counter": None, "typed": ""}


def rows(quick: bool) -> list[Row]:
    """One mistake within a day of drift; two of them; a log; random trials. Quick: the first alone."""
    one = search("one mistake, ±1 day", ONE, False, 0.5, quick, rounds=21)
    if quick:
        return [one]
    return [
        one,
        search("two mistakes, ±1 day", ONE, True, 5.0, quick, rounds=more(1, 3)),
        search("two, held to two codes", TWO, True, 5.0, quick, rounds=more(1, 3)),
        a_log("a log of 1,000, one mistake", False, 10.0),
        *([a_log("a log of 1,000, two mistakes", True, 60.0)] if more(0, 1) else []),
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
        sample=0,
    )


def refused() -> list[str]:
    """The rows of a log: four in five with a classic mistake, each of an account of its own, one in five random."""
    random, lines = Random(4226), []
    kinds = [mistake for mistake in ON_THE_WAY if mistake.name not in HOTP]
    for number in range(ROWS):
        case = telling(random, kinds[number % len(kinds)])
        code = case.wrong[0] if number % 5 else f"{random.randrange(10**6):06}"
        row = {"account": number, "secret": case.typed, "code": code, "at": case.moments[0], **case.agreed}
        lines.append(json.dumps(row) + "\n")
    return lines


def a_log(name: str, pairs: bool, seconds: float) -> Row:
    """A whole log by as many processes as there are cores, beside pyotp making as many codes as variants were tried."""
    lines = refused()
    begun = perf_counter()
    told = list(log.verdicts(lines, {**OPTIONS, "pairs": pairs}, os.cpu_count() or 1))
    ours = perf_counter() - begun
    assert len(told) == ROWS and not any(row["verdict"] == "unclear" for row in told)
    peer, tried = pyotp.HOTP(secret.encode(KEY)), 7_000 * ROWS // 100
    begun = perf_counter()
    for counter in range(tried):
        peer.at(counter)
    return Row(name, ours, 100 * (perf_counter() - begun), "7,000,000 codes by pyotp", Goal("ours", seconds))


def trials() -> Row:
    """The share of random cases in which something else stands first than the mistake that was made."""
    random = Random(6238)
    cases = [(mistake, telling(random, mistake)) for mistake in ON_THE_WAY * more(*TRIALS)]
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
