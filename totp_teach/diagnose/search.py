"""The search: the computation is a row of steps, and each mistake is another value of one of them.

The ways through the row are a tree, and what two ways have in common is computed once. Clock drift is tried at every
step within a day. What makes one of the codes is then held against the others, and what does the same with all of
them is one explanation.
"""

import hmac
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from .. import hotp
from ..mistakes import IMPOSSIBLE, MISTAKES, SELDOM, STEPS, Mistake, Run, Variant, compute, find, prepared
from .question import Reading
from .words import span

DAY = 86_400
REACH = 8_640  # the most steps of drift tried in one direction: a day of periods of 10 s
NEAR = 10  # steps of drift within which two mistakes are tried together
TOGETHER = 0.001  # how much rarer one more mistake is
PROBES = 40  # inputs on which two mistakes are compared: agreeing on all of them counts as doing the same

ONWARD = [tuple(STEPS.items())[place:] for place in range(len(STEPS) + 1)]
STEADY = {"parameters", "key", "period", "algorithm", "digits"}  # their values do not change from code to code
DRIFT = find("clock drift")
# Together with drift they make no counter that drift does not make by itself, or that drift does not change.
SHIFTS = {
    *("local time taken for UTC", "UTC taken for local time", "HOTP for TOTP", "seconds divided by 1000"),
    *("counter off by one", "rounded instead of floored", "rounded up"),
}
SLIPS = [mistake for mistake in MISTAKES if mistake.step == "key" and mistake.alone]  # many: made in a way of their own
VARIANTS = {
    step: [
        (one, one.weight)
        for mistake in MISTAKES
        if mistake.step == step and mistake not in SLIPS
        for one in map(partial(Variant, mistake), mistake.settings)
    ]
    for step in STEPS
} | {DRIFT.step: []}  # the search has its own settings for it


@dataclass(frozen=True, repr=False)
class Typed:
    """One code as it was typed, and the right run of its moment."""

    code: str
    run: Run

    def comes_from(self, variants: Sequence[Variant] = ()) -> bool:
        """Do these mistakes make it?"""
        return _made(self.run, variants) == self.code


def _made(run: Run, variants: Sequence[Variant]) -> str | None:
    """The code that these mistakes make, None where they cannot be made."""
    try:
        return compute(copy(run), variants)
    except IMPOSSIBLE:
        return None


@dataclass(frozen=True, repr=False)
class Fit:
    """Variants that make all the codes together, with the seconds of drift with which they do, () for none."""

    variants: tuple[Variant, ...]
    weight: float
    steps: int = 0
    drifts: tuple[int, ...] = ()

    @property
    def parts(self) -> frozenset:
        return frozenset(self.variants) | ({self.steps} if self.drifts else frozenset())

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(variant.mistake.name for variant in self.whole())

    def whole(self, drift: int | None = None) -> tuple[Variant, ...]:
        """All variants, drift among them: of that many seconds, or of those in the middle."""
        if not self.drifts:
            return self.variants
        return (Variant(DRIFT, self.drifts[len(self.drifts) // 2] if drift is None else drift), *self.variants)

    def __str__(self) -> str:
        drift = [f"{DRIFT.name} ({span(self.drifts)})"] if self.drifts else []
        return " and ".join(drift + [str(variant) for variant in self.variants])


class Search:
    """The search for what makes these codes.  tally: how many variants of each weight were tried."""

    def __init__(self, reading: Reading, codes: list[Typed]):
        self.reading, self.codes = reading, codes
        # The one to search by: a wrong one, so that no variant can have left it alone, and a long one.
        self.goal = max(codes, key=lambda item: (not item.comes_from(), len(item.code)))
        self.stride: int = min(self.goal.run.agreed.period, 30)  # the seconds between two drifts
        self.tally: Counter[float] = Counter()
        self.hits: list[tuple[tuple[Variant, ...], float, int]] = []  # variants, their weight, strides of drift

    @property
    def tried(self) -> int:
        return sum(self.tally.values())

    def chance(self, tried: int) -> float:
        """The probability that at least one of so many variants fits codes drawn at random: 1 − (1 − 1/space)^tried."""
        apart = {item.run.counter: item.code for item in self.codes}.values()  # one step is one witness
        space = math.prod((10 if code.lstrip("-").isdigit() else 36) ** len(code.lstrip("-")) for code in apart)
        return -math.expm1(tried * math.log1p(-1 / space))

    def fits(self, pairs: bool, progress: Callable[[float], None], far: bool = True) -> list[Fit]:
        """Every single mistake, or every two, that make all the codes; none of which does with a part left out.

        far: two mistakes also where one is drift of more than NEAR steps, or is seldom met.
        """
        self.tally.clear()
        self.hits.clear()
        self._try_all(pairs, progress, far or not pairs)
        fits: list[Fit] = []
        for variants, weight, steps in sorted(self.hits, key=lambda hit: len(hit[0]) + (hit[2] != 0)):
            parts = frozenset(variants) | ({steps} if steps else frozenset())
            if not any(fit.parts <= parts for fit in fits) and (fit := self._held(variants, weight, steps, pairs)):
                fits.append(fit)
        return fits

    def _try_all(self, pairs: bool, progress: Callable[[float], None], far: bool):
        """Runs all variants for the one code that is searched by; what makes it is noted in hits."""
        run, clock = copy(self.goal.run), self.goal.run.at
        reach = min(DAY // self.stride, REACH) if run.expected is None else 0
        rarity = [DRIFT.weight * TOGETHER / (1 + away * self.stride / 30) for away in range(reach + 1)]
        ways = {step: list(_possible(step, run)) for step in STEPS}
        self._straight(rarity)
        usual = {
            step: [way for way in some if way[2] > SELDOM and not way[0].mistake.alone] for step, some in ways.items()
        }
        self._walk(run, 0, 1 + pairs, (), 1.0, 0, ways if far else usual)
        drifting = {step: [way for way in some if way[0].mistake.name not in SHIFTS] for step, some in usual.items()}
        for away in range(1, pairs * (reach if far else min(reach, NEAR)) + 1):
            for steps in (away, -away):
                run.at = clock + steps * self.stride
                self._walk(run, 0, 1 + (far and away <= NEAR), (), rarity[away], steps, drifting)
            if away % 30 == 0:
                progress((away - 1) / reach)
        progress(1.0)

    def _straight(self, rarity: list[float]):
        """What is right but for the clock or for a letter of the key: many variants, made without a walk's checks."""
        run, code = copy(self.goal.run), self.goal.code
        compute(run)
        agreed, whole, stride = run.agreed, math.floor(run.at or 0), self.stride
        wanted, modulus = int(code) if code.isdigit() and len(code) == agreed.digits else -1, 10**agreed.digits

        def makes(digest: bytes) -> bool:
            start = digest[-1] & 0x0F
            return (int.from_bytes(digest[start : start + 4], "big") & hotp.LOW_31_BITS) % modulus == wanted

        inner, outer = prepared(run.secret, agreed.algorithm)
        back = min(len(rarity) - 1, whole // stride)
        self.tally.update(rarity[1:])
        self.tally.update(rarity[1 : back + 1])
        steps = {by: (whole + by * stride) // agreed.period for by in range(-back, len(rarity)) if by}
        for counter in dict.fromkeys(steps.values()):
            first, second = inner.copy(), outer.copy()
            first.update(counter.to_bytes(8, "big"))
            second.update(first.digest())
            if makes(second.digest()):
                self.hits += [((), rarity[abs(by)], by) for by, there in steps.items() if there == counter]
        for mistake, setting, key in _misread(run):
            self.tally[weight := mistake.weight * TOGETHER] += 1
            if makes(hmac.digest(key, run.message, agreed.algorithm)):
                self.hits.append(((Variant(mistake, setting),), weight, 0))

    def _walk(self, run: Run, place: int, left: int, chosen: tuple, weight: float, steps: int, ways: dict):
        """Takes the steps from this place on, right and, while some are left, with each of the mistakes."""
        values = run.__dict__
        try:
            for name, step in ONWARD[place] if not left else ONWARD[place][:1]:
                right = values[name] = step(run)
        except IMPOSSIBLE:
            return
        if not left or place == len(STEPS):
            if chosen or not steps:
                self.tally[weight] += 1
                if run.code == self.goal.code:
                    self.hits.append((chosen, weight, steps))
            return
        self._walk(run, place + 1, left, chosen, weight, steps, ways)
        for variant, value, often in ways[name]:
            try:
                value = variant(run) if value is None else value
            except IMPOSSIBLE:
                continue
            if (value == right and (name in STEADY or len(self.codes) == 1)) or (variant.mistake.alone and chosen):
                continue  # no mistake here, or a slip that is not tried beside another mistake
            values[name] = value
            further = 0 if variant.mistake.alone else left - 1
            self._walk(run, place + 1, further, (*chosen, variant), weight * often * TOGETHER, steps, ways)

    def _held(self, variants: tuple[Variant, ...], weight: float, steps: int, pairs: bool) -> Fit | None:
        """What made one code, held against all of them; with drift, by which seconds."""
        if not steps and all(item.comes_from(variants) for item in self.codes):
            return Fit(variants, weight)
        if self.goal.run.expected is not None or (variants and not pairs):
            return None
        period, about = self.goal.run.agreed.period, steps * self.stride
        drifts = (drift for drift in range(about - period + 1, about + period, max(1, period // 60)) if drift)
        ways = {drift: (Variant(DRIFT, drift), *variants) for drift in drifts}
        fitting = tuple(drift for drift, way in ways.items() if all(item.comes_from(way) for item in self.codes))
        return Fit(variants, weight, steps, fitting) if fitting else None


def _misread(run: Run) -> Iterator[tuple[Mistake, Any, bytes]]:
    """The keys that slips in the secret's letters make, of each mistake once."""
    for mistake in SLIPS:
        seen = {run.key}
        with suppress(*IMPOSSIBLE):  # there is no letter at that place, nor at those after it
            for setting in mistake.settings:
                if (key := mistake.run(run, setting)) not in seen:
                    seen.add(key)
                    yield mistake, setting, key


def _possible(step: str, run: Run) -> Iterator[tuple[Variant, Any, float]]:
    """The mistakes that can be made in this step of a right run, with their weight, and the value of a steady step."""
    seen = set()
    for variant, weight in VARIANTS[step]:
        try:
            value = variant(run)
        except IMPOSSIBLE:
            continue  # a hotp account has no time that could be one of another zone, and so on
        if step not in STEADY:
            yield variant, None, weight
        elif value != getattr(run, step) and (variant.mistake.name, value) not in seen:
            seen.add((variant.mistake.name, value))
            yield variant, value, weight


# --- what does the same ---------------------------------------------------------------------------------------------


def classes(fits: list[Fit], codes: list[Typed]) -> list[list[Fit]]:
    """The fits that make the same digests, together: simple ones alone, the most plausible first."""
    found = defaultdict(list)
    for fit in fits:
        runs = [copy(item.run) for item in codes]
        for run in runs:
            compute(run, fit.whole())
        found[tuple(run.digest for run in runs)].append(fit)
    chosen = []
    for alike in found.values():
        least = min(len(fit.parts) for fit in alike)
        named: dict[tuple[str, ...], Fit] = {}
        for fit in sorted(alike, key=lambda fit: -fit.weight):
            if len(fit.parts) == least:
                named.setdefault(fit.names, fit)
        chosen.append(list(named.values()))
    return sorted(chosen, key=lambda alike: -alike[0].weight)


def always(one: Fit, other: Fit, codes: list[Typed]) -> bool:
    """Do they agree on every input, for one size of the drift that fits? Found out by trying."""
    runs, random = [], Random(0)
    for _ in range(PROBES):
        run = copy(codes[-1].run)
        later = random.randrange(1, 10**7)
        if run.expected is not None:
            run.expected += later
        if run.at is not None:
            run.at += later
        runs.append(run)
    drifting = max(one, other, key=lambda fit: len(fit.drifts)).drifts or (None,)
    return any(all(_made(run, one.whole(by)) == _made(run, other.whole(by)) for run in runs) for by in drifting)
