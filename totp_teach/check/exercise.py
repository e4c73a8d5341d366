"""One exercise, and what is said of an answer to it."""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from dis import get_instructions
from random import Random
from typing import Any, NamedTuple

from ..mistakes import IMPOSSIBLE
from .running import stopped, tried

FRESH = 12  # random inputs
SIGNS = {"open": ("○", "#999999"), "right": ("✓", "#009E73"), "wrong": ("✗", "#D55E00")}


@dataclass(frozen=True)
class Feedback:
    """What a check says.  status: "open", "right" or "wrong".  mistake: its name in totp_teach.mistakes, or None."""

    exercise: str
    status: str
    message: str
    mistake: str | None = None

    def __repr__(self) -> str:
        return f"{SIGNS[self.status][0]} {self.exercise}: {self.message}"

    def _repr_html_(self) -> str:
        style = f"border-left: 5px solid {SIGNS[self.status][1]}; padding: 4px 10px"
        return f'<div style="{style}">{html.escape(repr(self))}</div>'


class Slip(NamedTuple):
    """A known wrong answer: the mistake's name, the step it is made in, what it looks like, and what it gives."""

    mistake: str
    step: str
    symptom: str
    answer: Callable[..., Any]


def known_slips(step: str, *known: tuple[str, str, Callable]) -> Callable[[], Iterator[Slip]]:
    """The slips of one step: for each its name, its symptom and what it gives."""
    return lambda: (Slip(name, step, symptom, answer) for name, symptom, answer in known)


class Asked:
    """What is asked of a learner: called with the answer, it gives the Feedback, and keeps it."""

    id: str
    signature: str
    hint: str
    _judged: Callable[[Any], tuple]  # status, message and mistake

    def __call__(self, answer: Any) -> Feedback:
        feedback = Feedback(self.id, *self._judged(answer))
        GIVEN.setdefault(self.id, []).append(feedback)
        return feedback

    def __repr__(self) -> str:
        return f"exercise {self.id}: {self.signature}"


@dataclass(frozen=True, repr=False)
class Exercise(Asked):
    """One exercise; called with the learner's answer, a function or a value, it gives the Feedback.

    id: chapter and number.  signature: what is asked for.  hint: one sentence, which is not the solution.
    right: the same function, done well.  slips: the known wrong ones, the likeliest first.
    inputs: arguments with published results.  fresh: arguments made of a Random; None if a value is asked for.
    meaning: what an answer comes to, where several are right: that is compared.  barred: names of functions
    that it may not call, or their beginnings.  told: what is said of an answer that a slip gives as well.
    """

    id: str
    signature: str
    hint: str
    right: Callable[..., Any]
    slips: Callable[[], Iterator[Slip]]
    inputs: tuple[tuple, ...] = ((),)
    fresh: Callable[[Random], tuple] | None = None
    meaning: Callable[[Any], Any] = lambda found: found
    barred: tuple[str, ...] = ()
    told: str = "it looks like “{0.mistake}”: {0.symptom}"

    def _judged(self, answer: Any) -> tuple:
        """Status, message and mistake."""
        if answer is ...:
            return "open", "not attempted yet"
        if callable(answer) != (self.fresh is not None):
            wanted = "the function itself, not what it returns" if self.fresh else "the value, not a function"
            return "wrong", f"give {wanted}: this is about {self.signature}"
        random = Random()
        inputs = [*self.inputs, *(self.fresh(random) for _ in range(FRESH) if self.fresh)]
        due = [self.right(*given) for given in inputs]  # before the answer is run, which may change what it needs
        outcome = tried(answer if self.fresh else lambda: answer, inputs, self.barred, own=self.right)
        given, published = outcome.values, len(self.inputs)
        first = given[0] if given else None
        idle = first is None and not outcome.late and is_stub(answer)
        if first is ... or idle or isinstance(outcome.error, NotImplementedError):
            return "open", "not attempted yet"
        if outcome.barred:
            return "wrong", f"{outcome.barred} does here what you are asked to write: do without it"
        if given and first is None:
            return "wrong", "it returns None: is a return missing?"
        found = [self._meant(value) for value in given]
        wrong = [place for place, value in enumerate(found) if not _same(value, due[place])]
        if wrong and (slip := self._slip(inputs, found, wrong)):
            told = self.told.format(slip)
            step = f"the step “{slip.step}” is wrong. {told[0].upper()}{told[1:]}" if slip.step else told
            return "wrong", step, slip.mistake or None
        if wrong and wrong[0] < published:
            return "wrong", self._unlike(inputs[wrong[0]], given[wrong[0]], found[wrong[0]])
        if outcome.error:
            return "wrong", stopped(outcome, outcome.error, len(found) < published)
        if wrong:
            return "wrong", "right for the published values, wrong for some others: is a case missing?"
        return "right", "right"

    def _meant(self, value: Any) -> Any:
        try:
            return self.meaning(value)
        except (*IMPOSSIBLE, TypeError, AttributeError):  # not of the kind that was asked for
            return value

    def _slip(self, inputs: list[tuple], found: list, wrong: list[int]) -> Slip | None:
        """The first known wrong answer that gives the same everywhere; a number for a text is read as its digits."""
        places = [*wrong, *range(len(found))]  # most slips end at the first: where the answer is right, many agree
        wanted = type(self.right(*inputs[0]))
        if wanted is str:
            found = [str(value) if isinstance(value, int) else value for value in found]
        elif wanted is bytes:
            found = [value.encode() if isinstance(value, str) else value for value in found]
        for slip in self.slips():
            try:
                if all(_same(found[place], slip.answer(*inputs[place])) for place in places):
                    return slip
            except IMPOSSIBLE:
                continue
        return None

    def _unlike(self, given: tuple, value: Any, found: Any) -> str:
        """What is said of a wrong answer that no known mistake looks like. found: what the value means."""
        wanted = self.right(*given)
        call = f"{self.signature.partition('(')[0]}({', '.join(map(_short, given))}) gives " if self.fresh else ""
        gives = f"{call}{_short(value)}" + (f", which comes to {_short(found)}" if found is not value else "")
        if type(found) in ((int, float) if isinstance(wanted, float) else (type(wanted),)):
            return f"{gives}, which is not right and matches no classic mistake"
        return f"{gives}: expected {_kind(wanted)}, got {_kind(found)}"


GIVEN: dict[str, list[Feedback]] = {}  # since the kernel was started, by the number of the exercise


def is_stub(answer: Any) -> bool:
    """Is there nothing in a function that returned None: only … or pass or a docstring? Told by what its code looks at."""
    code = getattr(answer, "__code__", None)
    looks = code and (
        code.co_names or re.search("FAST|BUILD", " ".join(each.opname for each in get_instructions(code)))
    )
    return code is not None and not looks and set(code.co_consts) <= {None, ..., answer.__doc__}


def _kind(value: Any) -> str:
    return "None" if value is None else type(value).__name__


def _same(found: Any, wanted: Any) -> bool:
    """Equal, and of the type that was asked for: neither True nor 1.0 counts as 1."""
    if isinstance(wanted, float):
        return isinstance(found, (int, float)) and not isinstance(found, bool) and abs(found - wanted) < 1e-6
    if isinstance(wanted, tuple):
        return isinstance(found, (tuple, list)) and len(found) == len(wanted) and all(map(_same, found, wanted))
    return type(found) is type(wanted) and found == wanted


def _short(value: Any) -> str:
    readable = not isinstance(value, bytes) or value.decode("latin-1").isprintable()
    text = repr(value) if readable else f"bytes.fromhex({value.hex()!r})"
    text = "accepts" if callable(value) else text
    return text if len(text) <= 60 else f"{text[:57]}…"
