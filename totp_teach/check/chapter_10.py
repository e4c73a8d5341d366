"""The exercises of chapter 10: when codes disagree."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from .. import OtpError, mistakes
from ..hotp import RFC_KEY
from .exercise import Exercise, Slip

NOW = 1_600_000_045  # the moment of the chapter's cases
URI = "otpauth://totp/BitclubPool:ckolivas?secret=46PABKV2HL2BYL5P&algorithm=SHA256&issuer=BitclubPool"
# What is known in each case: the code, its moment, and the key or the secret as it was typed.
EVIDENCE: dict[str, dict[str, Any]] = {
    "10.1": {"code": "2941", "typed": "R5MB5FAQNX5UIPWL", "at": 45187109 * 30},
    "10.2": {"code": "263394", "typed": "JBSWY3DPEHPK3PXP", "at": NOW},
    "10.3": {"code": "090795", "key": RFC_KEY, "at": NOW},
    "10.4": {"code": "687735", "key": RFC_KEY, "at": NOW},
    "10.5": {"code": "699495", "typed": URI, "at": NOW, "algorithm": "SHA256"},
}


def _case(id: str, hint: str, *accepted: str, **ruled_out: str) -> Exercise:
    """A case. accepted: the mistake's name, and what explains the evidence as well. ruled_out: by the report, and why."""
    return Exercise(
        id,
        "the name of a mistake",
        hint,
        right=lambda: accepted[0],
        slips=lambda: _others(id, accepted, ruled_out),
        meaning=lambda answer: accepted[0] if {name := _name(answer), str(answer)} & {*accepted} else name,
        told="{0.symptom}",
    )


def _name(answer: Any) -> str:
    """The mistake that is meant, however its name is spaced, or "" if none has that name."""
    text = answer.name if isinstance(answer, mistakes.Mistake) else str(answer)
    return next((one.name for one in mistakes.MISTAKES if _letters(one.name) == _letters(text)), "")


def _letters(text: str) -> str:
    return " ".join(text.replace("-", "").split()).casefold()


def _others(id: str, accepted: tuple[str, ...], ruled_out: dict[str, str]) -> Iterator[Slip]:
    """Every other mistake, with the code that it would make here."""
    known = EVIDENCE[id]
    key = known.get("key") or mistakes.secret.decode(mistakes.start(b"", 0, typed=known["typed"]).text)
    for mistake in mistakes.MISTAKES:
        if mistake.name not in accepted:
            why = ruled_out.get(mistake.name) or _instead(mistake, **known | {"key": key})
            yield Slip(mistake.name, "", f"not “{mistake.name}”: {why}", lambda name=mistake.name: name)
    yield Slip("", "", "no mistake of the table has that name", lambda: "")


def _instead(mistake: mistakes.Mistake, key: bytes, at: int, code: str, **given: Any) -> str:
    """What the mistake makes in place of that code: in the first of its forms that is not right by accident."""
    if mistake.step not in mistakes.STEPS:
        return "that belongs to another chapter, and makes no code"
    right, made = mistakes.code(key, at, **given), ""
    for setting in mistake.settings:
        with suppress(OtpError):  # this form cannot be made here
            if (made := mistakes.code(key, at, (mistake.name, setting), **given)) != right:
                example = ", for example," * (len(mistake.settings) > 1)
                return f"that would make {made}{example} and the case shows {code}"
    if made:
        return f"here that would make the right code, {right}, and the case shows {code}"
    if mistake.step == "counter":
        return "this is a TOTP account, whose counter is the clock"
    return "this secret cannot be read in that way"


case_1 = _case(
    "10.1", "count the digits of the code, and those due", "leading zeros lost", "other digits", "other digits (4)"
)
case_2 = _case("10.2", "which other alphabet has all the letters of this secret?", "secret taken for Base64")
case_3 = _case(
    "10.3",
    "how far is India's clock from UTC's, and what is counted in UTC?",
    "local time taken for UTC",
    "local time taken for UTC (UTC+05:30)",
    **{"clock drift": "it makes the same codes, but both clocks show the same seconds since 1970"},
)
case_4 = _case("10.4", "which clocks of programs change faster than once a second?", "milliseconds for seconds")
case_5 = _case(
    "10.5", "compute it with each algorithm", "another algorithm", "another algorithm (SHA1)", "parameters ignored"
)
