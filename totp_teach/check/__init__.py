"""Feedback on the exercises: not attempted yet, right, or which step is wrong and the mistake that looks like it.

    check.truncate(truncate)    an exercise, called with the learner's function or value: a Feedback
    check.hint("03.2")          a hint, and never the solution
    check.results()             how far the learner is, as data

    exercise    what an exercise is, and what is said of an answer
    running     a learner's function, run so that it can do no harm
    codes       the exercises of chapters 01 to 04: steps of the computation
    later       those of chapters 05 to 10

An answer is tried on published values and on fresh random ones, and nothing that is said depends on the random ones.
"""

from typing import Any

from .. import OtpError
from .codes import base32, bits, counter, digest, hmac_sha1, hotp, offset, read_secret, remaining, totp, truncate
from .exercise import GIVEN, Exercise, Feedback
from .later import (
    accepted_step, case_1, case_2, case_3, case_4, case_5, escaped, modules, odds, quiet_zone, redeem, split_label,
    tries_for, used_once, wait_after,
)  # fmt: skip

__all__ = ["EXERCISES", "Exercise", "Feedback", "hint", "results"]  # and the exercises by name

EXERCISES = (
    bits, base32, read_secret, hmac_sha1, digest, offset, truncate, hotp, counter, totp, remaining,
    escaped, split_label, modules, quiet_zone, accepted_step, used_once, odds, tries_for, wait_after, redeem,
    case_1, case_2, case_3, case_4, case_5,
)  # fmt: skip


def hint(exercise: str) -> Feedback:
    """The hint of an exercise, by its number: `check.hint("03.2")`."""
    for found in EXERCISES:
        if found.id == exercise:
            return Feedback(found.id, "open", found.hint)
    raise OtpError(f"no exercise has the number {exercise!r}; there are {', '.join(item.id for item in EXERCISES)}")


def results() -> list[dict[str, Any]]:
    """How far the learner is since the kernel was started: for each exercise its status, attempts and last mistake."""
    return [
        {
            "exercise": item.id,
            "status": given[-1].status if given else "open",
            "attempts": sum(feedback.status != "open" for feedback in given),
            "mistake": given[-1].mistake if given else None,
        }
        for item in EXERCISES
        for given in [GIVEN.get(item.id, [])]
    ]
