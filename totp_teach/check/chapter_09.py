"""The exercises of chapter 09: build a login."""

import re
from collections.abc import Callable
from random import Random

from .. import secret
from .exercise import Exercise, known_slips


def _wait(failures: int, free: int = 3, delay: int = 5) -> int:
    return delay * max(0, failures - free)


def _redeem(code: str, kept: list[str], same: Callable[[str], str] = lambda code: re.sub(r"[\s-]", "", code).upper()):
    """Whether a recovery code counts, and the codes that are left."""
    typed = same(code)
    return typed in kept, [one for one in kept if one != typed]


def _recovery(random: Random) -> tuple[str, list[str]]:
    kept = [secret.encode(random.randbytes(10)) for _ in range(3)]
    code = random.choice((*kept, secret.encode(random.randbytes(10))))
    return random.choice((code, code.lower(), " ".join(code[place : place + 4] for place in range(0, 16, 4)))), kept


wait_after = Exercise(
    "09.1",
    "wait_after(failures)",
    "three failures cost nothing; each one after them five seconds more than the one before",
    right=_wait,
    slips=known_slips(
        "throttle",
        ("waits from the first failure", "who mistypes once is punished", lambda failures: _wait(failures, 0)),
        (
            "one failure off",
            "the third or the fourth failure is taken for the other",
            lambda failures: _wait(failures, 2),
        ),
        ("always five seconds", "a patient attacker has 17,000 tries a day", lambda failures: 5 if failures > 3 else 0),
        ("negative before the limit", "a wait of less than nothing", lambda failures: 5 * (failures - 3)),
    ),
    inputs=tuple((failures,) for failures in range(8)),
    fresh=lambda random: (random.randint(0, 99),),
)
redeem = Exercise(
    "09.2",
    "redeem(code, kept)",
    "blanks, hyphens and letter case carry nothing; a code that was right is not kept; give both: right, and what is left",
    right=_redeem,
    slips=known_slips(
        "recovery code",
        ("code kept", "a recovery code opens the account twice", lambda code, kept: (_redeem(code, kept)[0], kept)),
        (
            "all codes dropped",
            "one use costs all the others",
            lambda code, kept: (True, []) if _redeem(code, kept)[0] else (False, kept),
        ),
        (
            "taken as it is typed",
            "blanks and small letters make a right code wrong",
            lambda code, kept: _redeem(code, kept, str),
        ),
    ),
    inputs=(("ABCD", ["ABCD", "WXYZ"]), ("ab-cd", ["ABCD", "WXYZ"]), ("w x y z", ["ABCD", "WXYZ"]), ("QQQQ", ["ABCD"])),
    fresh=_recovery,
)
