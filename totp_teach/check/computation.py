"""Exercises that are steps of the computation (chapters 01 to 04): their slips are those of totp_teach.mistakes."""

from collections.abc import Callable, Iterator
from itertools import chain, combinations
from typing import Any

from ..mistakes import MISTAKES, SELDOM, STEPS, Agreed, Run, Variant, compute, start
from .exercise import Slip


def steps_of(begin: Callable[..., Run], *steps: str) -> tuple[Callable[..., Any], Callable[[], Iterator[Slip]]]:
    """right and slips of a function that takes these steps of the computation, out of totp_teach.mistakes.

    begin: the function's arguments -> a Run with everything in it that the steps start from.
    """
    found = [mistake for mistake in MISTAKES if mistake.step in steps and not mistake.alone]
    found.sort(key=lambda mistake: -mistake.weight)
    single = [(Variant(mistake, setting),) for mistake in found for setting in mistake.settings]
    usual = [one for one in single if one[0].weight > SELDOM]

    def slips() -> Iterator[Slip]:
        pairs = (one + other for one, other in combinations(usual, 2) if one[0].mistake.step != other[0].mistake.step)
        for variants in chain(single, pairs):
            mistakes = sorted((variant.mistake for variant in variants), key=lambda mistake: steps.index(mistake.step))
            names, where = (" and ".join(getattr(mistake, part) for mistake in mistakes) for part in ("name", "step"))
            symptom = "; ".join(mistake.symptom for mistake in mistakes)
            yield Slip(names, where, symptom, lambda *given, wrong=variants: compute(begin(*given), wrong, steps))

    return lambda *given: compute(begin(*given), (), steps), slips


def up_to(last: str, first: str = "parameters") -> tuple[str, ...]:
    names = list(STEPS)
    return tuple(names[names.index(first) : names.index(last) + 1])


def run_of(key: bytes = b"-", at: float = 0, digits: int = 6, *, period: int = 30, counter=None, **more) -> Run:
    """A Run with these arguments, and with the values of steps that the exercise starts after."""
    run = start(key, at if counter is None else None, counter=counter, agreed=Agreed("SHA1", digits, period))
    vars(run).update({"parameters": run.agreed, "digits": digits, "key": key, **more})
    return run


MOMENTS = (59, 60, 1111111109, 1111111111, 1234567890, 2000000000)  # of RFC 6238 appendix B, and a boundary
