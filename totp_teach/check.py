"""Feedback on the exercises: not attempted yet, right, or which step is wrong and the mistake that looks like it.

    check.truncate(truncate)    an exercise, called with the learner's function or value: a Feedback
    check.hint("03.2")          a hint, and never the solution
    check.results()             how far the learner is, as data

An exercise is an entry of the table at the end of this file. The learner's function runs in a thread of its own and is
stopped when it takes too long; what it prints is dropped, what it does to its module's variables is undone. It is tried
on published values and on fresh random ones, and nothing that is said depends on the random ones.
"""

import dis
import html
import io
import linecache
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import chain, combinations
from random import Random
from traceback import walk_tb
from typing import Any, NamedTuple

from . import OtpError, secret
from .mistakes import IMPOSSIBLE, MISTAKES, STEPS, Agreed, Run, Variant, compute, start

PATIENCE = 3.0  # seconds that all the runs of one check may take together
GRACE = 0.2  # seconds more, for a loop to come round
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


@dataclass(frozen=True, repr=False)
class Exercise:
    """One exercise; called with the learner's answer, a function or a value, it gives the Feedback.

    id: chapter and number.  signature: what is asked for.  hint: one sentence, which is not the solution.
    right: the same function, done well.  slips: the known wrong ones, the likeliest first.
    inputs: arguments with published results.  fresh: arguments made of a Random; None if a value is asked for.
    """

    id: str
    signature: str
    hint: str
    right: Callable[..., Any]
    slips: Callable[[], Iterator[Slip]]
    inputs: tuple[tuple, ...] = ((),)
    fresh: Callable[[Random], tuple] | None = None

    def __call__(self, answer: Any) -> Feedback:
        feedback = Feedback(self.id, *self._judged(answer))
        _given.setdefault(self.id, []).append(feedback)
        return feedback

    def __repr__(self) -> str:
        return f"exercise {self.id}: {self.signature}"

    def _judged(self, answer: Any) -> tuple:
        """Status, message and mistake."""
        if answer is ... or _is_stub(answer):
            return "open", "not attempted yet"
        if callable(answer) != (self.fresh is not None):
            wanted = "the function itself, not what it returns" if self.fresh else "the value, not a function"
            return "wrong", f"give {wanted}: this is about {self.signature}"
        random = Random()
        inputs = [*self.inputs, *(self.fresh(random) for _ in range(FRESH) if self.fresh)]
        outcome = _tried(answer if self.fresh else lambda: answer, inputs)
        found, published = outcome.values, len(self.inputs)
        if (found and found[0] is ...) or isinstance(outcome.error, NotImplementedError):
            return "open", "not attempted yet"
        if found and found[0] is None:
            return "wrong", "it returns None: is a return missing?"
        wrong = [place for place, value in enumerate(found) if not _same(value, self.right(*inputs[place]))]
        if wrong and (slip := self._slip(inputs, found)):
            looks = f"the step “{slip.step}” is wrong. It looks like “{slip.mistake}”: {slip.symptom}"
            return "wrong", looks, slip.mistake
        if wrong and wrong[0] < published:
            return "wrong", self._unlike(inputs[wrong[0]], found[wrong[0]])
        if outcome.error:
            return "wrong", _stopped(outcome, len(found) < published)
        if wrong:
            return "wrong", "right for the published values, wrong for others: are they written down, not computed?"
        return "right", "right"

    def _slip(self, inputs: list[tuple], found: list) -> Slip | None:
        """The first known wrong answer that gives the same everywhere; a number for a text is read as its digits."""
        wanted = type(self.right(*inputs[0]))
        if wanted is str:
            found = [str(value) if isinstance(value, int) else value for value in found]
        elif wanted is bytes:
            found = [value.encode() if isinstance(value, str) else value for value in found]
        for slip in self.slips():
            try:
                if all(_same(value, slip.answer(*given)) for value, given in zip(found, inputs)):
                    return slip
            except IMPOSSIBLE:
                continue
        return None

    def _unlike(self, given: tuple, found: Any) -> str:
        """What is said of a wrong answer that no known mistake looks like."""
        wanted = self.right(*given)
        call = f"{self.signature.partition('(')[0]}({', '.join(map(_short, given))}) gives " if self.fresh else ""
        gives = f"{call}{_short(found)}"
        if type(found) in ((int, float) if isinstance(wanted, float) else (type(wanted),)):
            return f"{gives}, which is not right, and like no classic mistake"
        return f"{gives}, of type {type(found).__name__}; asked for is {type(wanted).__name__}"


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
        for given in [_given.get(item.id, [])]
    ]


_given: dict[str, list[Feedback]] = {}


# --- running what a learner wrote -----------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What the runs returned until one did not; and the error that ended them, or that time ran out."""

    values: list
    error: BaseException | None
    late: bool
    file: str


def _tried(function: Callable, inputs: list[tuple]) -> Outcome:
    """The function on all inputs, in a thread of its own: an endless loop is stopped, whatever it catches."""
    values: list = []
    errors: list[BaseException] = []
    deadline = time.monotonic() + PATIENCE

    def watched(frame, event, argument):
        frame.f_trace_opcodes = True  # also within a line: while True: pass
        late = time.monotonic() - deadline
        # It can be raised only once: so first where a loop jumps back, which is seldom inside of a try that catches it.
        if late > GRACE or late > 0 and frame.f_code.co_code[frame.f_lasti] == dis.opmap["JUMP_BACKWARD"]:
            raise SystemExit
        return watched

    def work():
        sys.settrace(watched)  # not an alarm signal, which Windows and threads do not have
        try:
            for given in inputs:
                values.append(function(*given))
        except BaseException as error:  # noqa: BLE001 - whatever a learner's function raises, SystemExit among them
            errors.append(error)

    names = getattr(function, "__globals__", {})
    before = dict(names)
    thread = threading.Thread(target=work, daemon=True)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        thread.start()
        thread.join(PATIENCE + 5 * GRACE)
    for name in names.keys() - before.keys():
        del names[name]
    names.update((name, value) for name, value in before.items() if names.get(name) is not value)
    file = function.__code__.co_filename if hasattr(function, "__code__") else ""
    late = thread.is_alive() or time.monotonic() > deadline
    return Outcome(list(values), errors[0] if errors else SystemExit() if late else None, late, file)


def _stopped(outcome: Outcome, published: bool) -> str:
    """What ended the runs. Of fresh inputs nothing is told, and an error's message may speak of them."""
    if outcome.late:
        return f"it was stopped: no answer within {PATIENCE:.0f} seconds. Does a loop ever end?"
    kind, error = type(outcome.error), outcome.error
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == outcome.file]
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    told = f": {error}" if published and str(error) else "" if published else ", on inputs of which none is published"
    where = f" (line {lines[-1]}: {linecache.getline(outcome.file, lines[-1]).strip()})" if lines else ""
    return f"your function raises {name}{told}{where}"


def _is_stub(answer: Any) -> bool:
    """Is it a function that does nothing but return nothing: … or pass, with or without a docstring?"""
    if not hasattr(answer, "__code__"):
        return False
    steps = [step for step in dis.get_instructions(answer) if step.opname not in ("RESUME", "NOP", "RETURN_VALUE")]
    return [step.opname in ("LOAD_CONST", "RETURN_CONST") and step.argval in (None, ...) for step in steps] == [True]


def _same(found: Any, wanted: Any) -> bool:
    """Equal, and of the type that was asked for: True is no 1 and 1.0 is none either."""
    if isinstance(wanted, float):
        return isinstance(found, (int, float)) and not isinstance(found, bool) and abs(found - wanted) < 1e-6
    if isinstance(wanted, tuple):
        return isinstance(found, (tuple, list)) and len(found) == len(wanted) and all(map(_same, found, wanted))
    return type(found) is type(wanted) and found == wanted


def _short(value: Any) -> str:
    readable = not isinstance(value, bytes) or value.decode("latin-1").isprintable()
    text = repr(value) if readable else f"bytes.fromhex({value.hex()!r})"
    return text if len(text) <= 60 else f"{text[:57]}…"


# --- the table ------------------------------------------------------------------------------------------------------


def _steps(begin: Callable[..., Run], *steps: str) -> tuple[Callable[..., Any], Callable[[], Iterator[Slip]]]:
    """right and slips of a function that takes these steps of the computation, out of totp_teach.mistakes.

    begin: the function's arguments -> a Run with everything in it that the steps start from.
    """
    found = [mistake for mistake in MISTAKES if mistake.step in steps and not mistake.alone]
    found.sort(key=lambda mistake: -mistake.weight)
    single = [(Variant(mistake, setting),) for mistake in found for setting in mistake.settings]

    def slips() -> Iterator[Slip]:
        pairs = (one + other for one, other in combinations(single, 2) if one[0].mistake.step != other[0].mistake.step)
        for variants in chain(single, pairs):
            mistakes = sorted((variant.mistake for variant in variants), key=lambda mistake: steps.index(mistake.step))
            names, where = (" and ".join(getattr(mistake, part) for mistake in mistakes) for part in ("name", "step"))
            symptom = "; ".join(mistake.symptom for mistake in mistakes)
            yield Slip(names, where, symptom, lambda *given, wrong=variants: compute(begin(*given), wrong, steps))

    return lambda *given: compute(begin(*given), (), steps), slips


def _to(last: str, first: str = "parameters") -> tuple[str, ...]:
    names = list(STEPS)
    return tuple(names[names.index(first) : names.index(last) + 1])


def _run(key: bytes = b"-", at: float = 0, digits: int = 6, *, period: int = 30, counter=None, **more) -> Run:
    """A Run with these arguments, and with the values of steps that the exercise starts after."""
    run = start(key, at if counter is None else None, counter=counter, agreed=Agreed("SHA1", digits, period))
    run.parameters, run.digits, run.key = run.agreed, digits, key
    vars(run).update(more)
    return run


def _pasted(random: Random) -> tuple[str]:
    """A secret as people paste it."""
    text = secret.encode(random.randbytes(random.choice((10, 15, 20))))
    groups = random.choice((" ", "-", "")).join(text[place : place + 4] for place in range(0, len(text), 4))
    return (random.choice((groups, groups.lower(), f" {groups}\n")),)


MOMENTS = (59, 60, 1111111109, 1111111111, 1234567890, 2000000000)  # of RFC 6238 appendix B, and a boundary
PASTED = tuple((text,) for text in (
    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezdgnbvgy3tqojqgezdgnbvgy3tqojq", "GEZD GNBV GY3T QOJQ",
    "gezd-gnbv-gy3t-qojq", "MZXW6YQ=", "MZXW6YQ", "MZXW6", "MY======",
))  # fmt: skip
RFC_KEY = b"12345678901234567890"
LONG_KEY = bytes.fromhex("aa" * 80)  # RFC 2202, test case 6
# RFC 4226 §5.4; appendix D, counters 0, 2 and 7; and digests of 32 and 64 bytes.
DIGESTS = tuple(
    (bytes.fromhex(text),)
    for text in (
        "1f8698690e02ca16618550ef7f19da8e945b555a",
        "cc93cf18508d94934c64b65d8ba7667fb7cde4b0",
        "0bacb7fa082fef30782211938bc1c5e70416ff44",
        "a4fb960c0bc06e1eabb804e5b397cdc4b45596fa",
        "ff" * 19 + "0f",
        "e3" * 31 + "27",
        "81" * 63 + "0b",
    )
)


def _digest(random: Random) -> tuple[bytes]:
    return (random.randbytes(random.choice((20, 32, 64))),)


bits = Exercise(
    "01.1", "(bits in a key of 20 bytes, characters of its Base32)",
    "a byte has eight bits, a character of Base32 carries five",
    *_steps(lambda: _run(bytes(20)), "size"),
)  # fmt: skip
base32 = Exercise(
    "01.2", "base32(data)",
    "write all bits in a row, cut the row into fives from the left, fill the last five with zeros",
    *_steps(_run, "base32"), tuple((data,) for data in (b"f", b"fo", b"foo", b"foob", b"fooba", b"foobar", RFC_KEY)),
    lambda random: (random.randbytes(random.randint(1, 40)),),
)  # fmt: skip
read_secret = Exercise(
    "01.3", "read_secret(text)",
    "first make the text what a decoder expects: one case, no blanks or hyphens, its length a multiple of eight",
    *_steps(lambda text: _run(secret.decode(text), text=text), "key"), PASTED, _pasted,
)  # fmt: skip
hmac_sha1 = Exercise(
    "02.1", "hmac_sha1(key, message)",
    "the inner hash is over the padded key XOR 0x36… and the message; the outer one over what and what?",
    *_steps(lambda key, message: _run(key, message=message, algorithm="SHA1"), "digest"),
    ((RFC_KEY, bytes(7) + b"\x01"), (b"Jefe", b"what do ya want for nothing?"), (LONG_KEY, b"Hi There")),
    lambda random: (random.randbytes(random.randint(1, 100)), random.randbytes(8)),
)  # fmt: skip
digest = Exercise(
    "02.2", "digest_for(key, counter)",
    "the counter becomes eight bytes first; they are what is authenticated",
    *_steps(lambda key, counter: _run(key, counter=counter), *_to("digest")),
    tuple((RFC_KEY, counter) for counter in range(10)),
    lambda random: (random.randbytes(20), random.randrange(2**40)),
)  # fmt: skip
offset = Exercise(
    "03.1", "offset_of(digest)",
    "a byte has two nibbles; & 0x0f keeps the low one. Which byte is the last, whatever the digest's length?",
    *_steps(lambda digest: _run(digest=digest), "offset"), DIGESTS, _digest,
)  # fmt: skip
truncate = Exercise(
    "03.2", "truncate(digest)",
    "offset, then four bytes as one number, then its top bit cleared",
    *_steps(lambda digest: _run(digest=digest), *_to("number", "offset")), DIGESTS, _digest,
)  # fmt: skip
hotp = Exercise(
    "03.3", "hotp(key, counter, digits=6)",
    "digest, truncate, the last digits; and is the code of counter 30 six characters long?",
    *_steps(lambda key, counter, digits=6: _run(key, counter=counter, digits=digits), *STEPS),
    (*((RFC_KEY, counter) for counter in (*range(10), 30)), (RFC_KEY, 2, 8), (RFC_KEY, 4, 7)),
    lambda random: (random.randbytes(20), random.randrange(2**40), random.choice((6, 7, 8))),
)  # fmt: skip
counter = Exercise(
    "04.1", "counter_at(at, period=30, t0=0)",
    "how many whole periods have passed since t0? The message will need a whole number",
    *_steps(lambda at, period=30, t0=0: _run(at=at - t0, period=period), *_to("counter", "clock")),
    ((59,), (60,), (0,), (1111111109,), (1111111111,), (2000000000,), (59.9,), (1234567890, 60), (100, 60, 50)),
    lambda random: (random.randrange(100, 2**33), random.choice((10, 30, 60)), random.randrange(100)),
)  # fmt: skip
totp = Exercise(
    "04.2", "totp(key, at, digits=6)",
    "the counter of the moment, and then you have been here before",
    *_steps(_run, *STEPS), (*((RFC_KEY, at) for at in MOMENTS), (RFC_KEY, 59, 8)),
    lambda random: (random.randbytes(20), random.randrange(2**33), random.choice((6, 7, 8))),
)  # fmt: skip
remaining = Exercise(
    "04.3", "seconds_left(at, period=30)",
    "what has passed of the step is at % period; and at its very start a whole period is left",
    *_steps(lambda at, period=30: _run(at=at, period=period), "remaining"), (*((at,) for at in MOMENTS), (100, 60)),
    lambda random: (random.randrange(2**33), random.choice((10, 30, 60))),
)  # fmt: skip

EXERCISES = tuple(item for item in list(vars().values()) if isinstance(item, Exercise))
