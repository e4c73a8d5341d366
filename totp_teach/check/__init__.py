"""Feedback on the exercises: not attempted yet, right, or which step is wrong and the mistake that looks like it.

    check.hotp(my_hotp)         an exercise, called with the learner's function or value: a Feedback
    check.hint("03.2")          a hint, and never the solution
    check.results()             how far the learner is, as data

    exercise    what an exercise is, and what is said of an answer
    running     a learner's function, run so that it can do no harm
    computation what exercises have in common that are steps of the computation
    chapter_01 … chapter_10    the exercises themselves

An answer is tried on published values and on fresh random ones, and nothing that is said depends on the random ones.
"""

from typing import Any

from .. import OtpError
from .chapter_01 import damaged, decode
from .chapter_02 import forge, found_key, hmac
from .chapter_03 import c_program, hotp, made_to_order
from .chapter_04 import counter, drift, remaining, totp
from .chapter_05 import BROKEN, escaped, repaired, split_label, two_apps
from .chapter_06 import CORNER, corner, middles, read_format
from .chapter_07 import lifetime, three_in, used_once
from .chapter_08 import digits_for, tries_for
from .chapter_09 import ATTACKS, scoreboard
from .chapter_10 import case_1, case_2, case_3, case_4, case_5
from .exercise import GIVEN, Asked, Exercise, Feedback

# And the exercises by name.
__all__ = ["BROKEN", "CORNER", "EXERCISES", "Asked", "Exercise", "Feedback", "hint", "results", "scoreboard"]

EXERCISES: tuple[Asked, ...] = (
    *(decode, damaged),
    *(hmac, forge, found_key),
    *(made_to_order, c_program, hotp),
    *(counter, totp, remaining, drift),
    *(escaped, split_label, two_apps, repaired),
    *(corner, read_format, middles),
    *(lifetime, three_in, used_once),
    *(tries_for, digits_for),
    *ATTACKS.values(),
    *(case_1, case_2, case_3, case_4, case_5),
)
globals().update(ATTACKS)  # check.both_steps(…): one for each of the login server's defences


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
