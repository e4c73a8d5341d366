"""The exercises of chapter 10: when codes disagree."""

from .. import mistakes
from .exercise import Exercise, Slip

NOW = 1_600_000_045  # the moment of the chapter's cases


def _case(id: str, wanted: str, hint: str) -> Exercise:
    """A case: the name of the mistake is asked for; every other mistake is known as one that does not fit."""
    others = [mistake for mistake in mistakes.MISTAKES if mistake.name != wanted]
    return Exercise(
        id,
        "the name of a mistake",
        hint,
        right=lambda: wanted,
        slips=lambda: (
            Slip(
                other.name,
                other.step,
                f"{other.symptom}. That is not what this case shows",
                lambda name=other.name: name,
            )
            for other in others
        ),
    )


case_1 = _case("10.1", "leading zeros lost", "count the digits of the code, and those that are due")
case_2 = _case("10.2", "secret taken for Base64", "which other alphabet has all the letters of this secret?")
case_3 = _case("10.3", "local time taken for UTC", "how far is India's clock from UTC's, and what is counted in UTC?")
case_4 = _case("10.4", "milliseconds for seconds", "JavaScript and Java count time in the same unit")
case_5 = _case("10.5", "another algorithm", "what does an app do that never looks at the parameters?")
