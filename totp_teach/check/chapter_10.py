"""The exercises of chapter 10: when codes disagree."""

from collections.abc import Iterator
from typing import Any

from .. import OtpError, mistakes
from ..hotp import RFC_KEY
from .exercise import Exercise, Slip

NOW = 1_600_000_045  # the moment of the chapter's cases
# What is known in each case: the code, its moment, and the key or the secret as it was typed.
EVIDENCE: dict[str, dict[str, Any]] = {
    "10.1": {"code": "2941", "typed": "R5MB5FAQNX5UIPWL", "at": 45187109 * 30},
    "10.2": {"code": "263394", "typed": "JBSWY3DPEHPK3PXP", "at": NOW},
    "10.3": {"code": "090795", "key": RFC_KEY, "at": NOW},
    "10.4": {"code": "687735", "key": RFC_KEY, "at": NOW},
    "10.5": {"code": "699495", "typed": "46PABKV2HL2BYL5P", "at": NOW, "algorithm": "SHA256"},
}


def _case(id: str, accepted: tuple[str, ...], hint: str) -> Exercise:
    """A case. accepted: the mistake's name, and what else explains the evidence as well, or says the same."""
    return Exercise(
        id,
        "the name of a mistake",
        hint,
        right=lambda: accepted[0],
        slips=lambda: _others(id, accepted),
        meaning=lambda answer: accepted[0] if _name(answer) in map(_name, accepted) else _name(answer),
    )


def _name(answer: str | mistakes.Mistake) -> str:
    text = answer.name if isinstance(answer, mistakes.Mistake) else answer
    return " ".join(text.replace("-", "").split()).casefold()


def _others(id: str, accepted: tuple[str, ...]) -> Iterator[Slip]:
    """Every other mistake, with the code that it would make here."""
    known = EVIDENCE[id]
    given = {"key": mistakes.secret.decode(known["typed"]) if "typed" in known else known["key"], **known}
    for mistake in mistakes.MISTAKES:
        if mistake.name not in accepted:
            yield Slip(mistake.name, mistake.step, _instead(mistake, **given), lambda name=mistake.name: _name(name))


def _instead(mistake: mistakes.Mistake, code: str, **given: Any) -> str:
    try:
        made = mistakes.code(given.pop("key"), given.pop("at"), mistake.name, **given)
    except OtpError:
        return f"{mistake.symptom}. It cannot be made here"
    return f"{mistake.symptom}. Here it makes {made}, and the case shows {code}"


ZONE = ("local time taken for UTC", "UTC taken for local time", "clock drift", "time zone")
IGNORED = ("another algorithm", "parameters ignored", "SHA1", "algorithm ignored")
case_1 = _case("10.1", ("leading zeros lost", "other digits"), "count the digits of the code, and those that are due")
case_2 = _case(
    "10.2", ("secret taken for Base64", "Base64"), "which other alphabet has all the letters of this secret?"
)
case_3 = _case("10.3", ZONE, "how far is India's clock from UTC's, and what is counted in UTC?")
case_4 = _case("10.4", ("milliseconds for seconds", "milliseconds", "ms"), "in which unit does JavaScript count time?")
case_5 = _case("10.5", IGNORED, "compute the code with each algorithm that the format knows")
