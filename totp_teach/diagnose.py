"""Why does this code not match? Which mistakes, alone or two together, make it out of this secret at this moment.

    explain    codes and their moments -> what explains them, the most plausible first

    python -m totp_teach.diagnose 123456 --at 2026-01-31T12:00:00Z

The command asks for the secret or the otpauth:// URI without echo, or reads it from standard input, so that it stands
neither in the process list nor in the shell's history. Its exit code is 0 if the codes are right, 1 if a mistake
explains them, 3 if nothing does, and 2 if the question cannot be understood.

The search: the computation is a row of steps (mistakes.STEPS), the ways through it are a tree, and what two ways have
in common is computed once. Clock drift is tried at every step within a day. What makes one of the codes is then held
against the others, and what does the same with all of them is one explanation.
"""

import argparse
import html
import json
import math
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import asdict, dataclass
from datetime import datetime
from getpass import getpass
from random import Random
from typing import Any

from . import OtpError, otpauth, secret
from .mistakes import HOW_TO_CONFIRM, IMPOSSIBLE, MISTAKES, STEPS, Agreed, Run, Variant, compute, find, start

Moment = int | float | datetime

DAY = 86_400
REACH = 8_640  # the most steps of drift tried in one direction: a day of periods of 10 s
NEAR = 10  # steps of drift within which two mistakes are tried together
TOGETHER = 0.001  # how much rarer one more mistake is
WEAK = 0.001  # from this probability of a chance fit on, the evidence is called weak
MOST = 5  # explanations that are shown; the list holds all
PROBES = 40  # inputs on which two mistakes agree that agree on all

ONWARD = [tuple(STEPS.items())[place:] for place in range(len(STEPS) + 1)]
STEADY = {"parameters", "key", "period", "algorithm", "digits"}  # their values do not change from code to code
DRIFT = find("clock drift")
# Together with drift they make no counter that drift does not make by itself, or that drift does not change.
SHIFTS = {
    *("local time taken for UTC", "UTC taken for local time", "HOTP for TOTP", "seconds divided by 1000"),
    *("counter off by one", "rounded instead of floored", "rounded up"),
}
VARIANTS = {
    step: [Variant(mistake, setting) for mistake in MISTAKES if mistake.step == step for setting in mistake.settings]
    for step in STEPS
} | {DRIFT.step: []}  # the search has its own settings for it
# What of a wrong step can be shown: of a key its length alone.
SHOWN: dict[str, Callable[[Run], str]] = {
    "key": lambda run: f"a key of {len(run.key)} bytes",
    "message": lambda run: f"message {run.message.hex(' ')}",
    "algorithm": lambda run: run.algorithm,
    "offset": lambda run: f"offset {run.offset}",
    "four_bytes": lambda run: f"four bytes {run.four_bytes.hex(' ')}",
    "number": lambda run: f"number {run.number}",
} | dict.fromkeys(("clock", "time", "period", "counter"), lambda run: f"counter {run.counter}")


@dataclass(frozen=True)
class Explanation:
    """One way in which all the codes come about.

    mistakes: their names in totp_teach.mistakes, () if the codes are right.  sentence: what goes wrong.
    evidence, confirm, mend: sentences.  same: what else does the same on every input.  alike: what else does the same
    with these codes, and not with others.  drift: by how many seconds the device's clock is ahead, least and most.
    tried: how many variants at least as plausible were tried.  chance: how probable it is that one of them fits codes
    which have nothing to do with the secret.
    """

    mistakes: tuple[str, ...]
    sentence: str
    evidence: str
    confirm: str
    mend: str
    same: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    drift: tuple[int, int] | None = None
    tried: int = 1
    chance: float = 0.0

    def __str__(self) -> str:
        return "\n   ".join(f"{head:<11}{text}" if head else text for head, text in self.lines())

    def lines(self) -> Iterator[tuple[str, str]]:
        """Its sentences, each with its heading; the first has none."""
        yield "", self.sentence
        yield "evidence", self.evidence
        weak = ", which is weak evidence" if self.chance >= WEAK else ""
        yield "by chance", f"{_share(self.chance)}{weak} ({self.tried:,} as plausible tried)"
        if self.same:
            yield "the same", f"on every input: {', or '.join(self.same)}"
        if self.alike:
            yield "or", f"{', or '.join(self.alike)}: a code from another step, or another part of one, decides"
        yield "confirm", self.confirm
        yield "mend", self.mend


class Diagnosis(list):
    """The explanations, the most plausible first.  tried: how many variants in all.  note: what that is worth."""

    def __init__(self, explanations: Iterable[Explanation], tried: int, note: str):
        super().__init__(explanations)
        self.tried, self.note = tried, note

    def _last(self) -> str:
        return f"{len(self) - MOST} more explain it as well. {self.note}" if len(self) > MOST else self.note

    def __repr__(self) -> str:
        return "\n\n".join([*(f"{place}. {found}" for place, found in enumerate(self[:MOST], 1)), self._last()])

    def _repr_html_(self) -> str:
        found = "".join(f"<li>{_listed(explanation)}</li>" for explanation in self[:MOST])
        return f"<ol>{found}</ol><p>{html.escape(self._last())}</p>"


def _listed(explanation: Explanation) -> str:
    """An explanation as HTML: what goes wrong, and below it a row for each other sentence, its heading before it."""
    (_, first), *lines = explanation.lines()
    cell = "text-align: left; vertical-align: baseline; padding: 1px 12px 1px 0"
    rows = "".join(
        f'<tr style="background-color: transparent"><th scope="row" style="{cell}; white-space: nowrap">{head}</th>'
        f'<td style="{cell}">{html.escape(text)}</td></tr>'
        for head, text in lines
    )
    return f'{html.escape(first)}<table style="border-collapse: collapse; margin: 2px 0 8px">{rows}</table>'


def explain(
    code: str | list[str | tuple[str, Moment]],
    key: bytes | otpauth.Account | None = None,
    at: Moment | None = None,
    *,
    typed: str | None = None,
    algorithm: str = "SHA1",
    digits: int = 6,
    period: int = 30,
    counter: int | None = None,
    pairs: bool | None = None,
    progress: Callable[[float], None] | None = None,
) -> Diagnosis:
    """What explains the code: a list of Explanation, the most plausible first; empty if nothing does.

    code: as typed, blanks allowed; or several of the same device, [(code, at), …]: the more, the surer.
    key: bytes; or an Account, whose algorithm, digits, period and counter then count.  at: as `totp.code`.
    typed: the secret as it was typed, beside the key or, like the URI, in place of it: so it shows how it was misread.
    counter: what the first code of a hotp account should have been made of; the next ones count on from there.
    pairs: search two mistakes together; None searches them if no single one explains the codes.
    progress: is told the share that is done, 0 … 1.
    Raises OtpError for a code that is no text, without a moment, and for what `otpauth.Account` refuses.
    """
    account, text = _account(key, typed, algorithm, digits, period, counter)
    codes = _codes(code, at, account, text)
    search = Search(codes)
    if all(item.comes_from() for item in codes):
        return Diagnosis([_right(search)], 1, "The computation is right: what refuses it is something else.")
    fits = [] if pairs else search.fits(False, progress if pairs is False else None)
    if pairs or (pairs is None and not fits):
        fits = search.fits(True, progress)
    found = [_explanation(alike, search) for alike in _classes(fits, codes)]
    return Diagnosis(found, search.tried, _note(found, search))


# --- the question ---------------------------------------------------------------------------------------------------


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


def _account(key, typed, algorithm, digits, period, counter) -> tuple[otpauth.Account, str | None]:
    """The account, and the text that its secret was typed as, if that is known."""
    if typed is not None and typed.strip().lower().startswith("otpauth:"):
        key, typed = otpauth.parse(typed.strip(), lenient=True), None
    if isinstance(key, otpauth.Account):
        return key, typed
    if key is None and typed is None:
        raise OtpError("a diagnosis needs the secret: the key, an Account, or typed=, the secret as it was typed")
    kind, key = "totp" if counter is None else "hotp", secret.decode(typed) if key is None else key
    return otpauth.Account(kind, key=key, algorithm=algorithm, digits=digits, period=period, counter=counter), typed


def _codes(code, at: Moment | None, account: otpauth.Account, typed: str | None) -> list[Typed]:
    """The codes, each with the right run of its moment."""
    items = code if isinstance(code, (list, tuple)) else [code]
    asked = [item if isinstance(item, tuple) else (item, at) for item in items]
    agreed = Agreed(account.algorithm, account.digits, account.period)
    codes = []
    for number, (text, moment) in enumerate(asked):
        expected = None if account.counter is None else account.counter + number
        run = start(account.key, moment, typed=typed, counter=expected, agreed=agreed)
        compute(run)
        codes.append(Typed(_bare(text), run))
    if not codes:
        raise OtpError("there is no code to explain")
    return codes


def _bare(code: str) -> str:
    """A code without the blanks and hyphens that group it. A minus in front stays."""
    if not isinstance(code, str):
        raise OtpError(f"a code is text (str), because leading zeros matter, not {type(code).__name__}")
    text = "".join(code.split())
    if not text.strip("-"):
        raise OtpError("the code is empty")
    return text[0] + text[1:].replace("-", "")


# --- the search -----------------------------------------------------------------------------------------------------


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
        drift = [f"{DRIFT.name} ({_span(self.drifts)})"] if self.drifts else []
        return " and ".join(drift + [str(variant) for variant in self.variants])


class Search:
    """The search for what makes these codes.  tally: how many variants of each weight were tried."""

    def __init__(self, codes: list[Typed]):
        self.codes = codes
        # The one to search by: a wrong one, so that no variant can have left it alone, and a long one.
        self.goal = max(codes, key=lambda item: (not item.comes_from(), len(item.code)))
        self.stride = min(self.goal.run.agreed.period, 30)  # the seconds between two drifts
        self.tally: Counter[float] = Counter()
        self.hits: list[tuple[tuple[Variant, ...], float, int]] = []  # variants, their weight, strides of drift

    @property
    def tried(self) -> int:
        return sum(self.tally.values())

    def chance(self, tried: int) -> float:
        """How probable it is that one of so many variants fits by chance: their number over that of possible codes."""
        apart = {item.run.counter: item.code for item in self.codes}.values()  # one step is one witness
        space = math.prod((10 if code.lstrip("-").isdigit() else 36) ** len(code) for code in apart)
        return min(1.0, tried / space)

    def fits(self, pairs: bool, progress: Callable[[float], None] | None) -> list[Fit]:
        """Every single mistake, or every two, that make all the codes; none of which does with a part left out."""
        self.tally.clear()
        self.hits.clear()
        self._try_all(pairs, progress or (lambda share: None))
        fits: list[Fit] = []
        for variants, weight, steps in sorted(self.hits, key=lambda hit: len(hit[0]) + (hit[2] != 0)):
            parts = frozenset(variants) | ({steps} if steps else frozenset())
            if not any(fit.parts <= parts for fit in fits) and (fit := self._held(variants, weight, steps, pairs)):
                fits.append(fit)
        return fits

    def _try_all(self, pairs: bool, progress: Callable[[float], None]):
        """Runs all variants for the one code that is searched by; what makes it is noted in hits."""
        run, clock = copy(self.goal.run), self.goal.run.at
        reach = min(DAY // self.stride, REACH) if run.expected is None else 0
        possible = {step: list(_possible(step, run)) for step in STEPS}
        drifting = {
            step: [way for way in ways if not (way[0].mistake.alone or way[0].mistake.name in SHIFTS)]
            for step, ways in possible.items()
        }
        self._walk(run, 0, 1 + pairs, (), 1.0, 0, possible)
        for away in range(1, reach + 1):
            weight = DRIFT.weight * TOGETHER / (1 + away * self.stride / 30)
            for steps in (away, -away):
                run.at = clock + steps * self.stride
                self._walk(run, 0, pairs * (1 + (away <= NEAR)), (), weight, steps, drifting)
            if away % 30 == 0:
                progress((away - 1) / reach)
        progress(1.0)

    def _walk(self, run: Run, place: int, left: int, chosen: tuple, weight: float, steps: int, ways: dict):
        """Takes the steps from this place on, right and, while some are left, with each of the mistakes."""
        try:
            for name, step in ONWARD[place][: 1 if left else None]:
                right = step(run)
                setattr(run, name, right)
        except IMPOSSIBLE:
            return
        if not left or place == len(STEPS):
            self.tally[weight] += 1
            if run.code == self.goal.code:
                self.hits.append((chosen, weight, steps))
            return
        self._walk(run, place + 1, left, chosen, weight, steps, ways)
        for variant, value in ways[name]:
            try:
                value = variant(run) if value is None else value
            except IMPOSSIBLE:
                continue
            if (value == right and (name in STEADY or len(self.codes) == 1)) or (variant.mistake.alone and chosen):
                continue  # no mistake here, or a slip that is not tried beside another mistake
            setattr(run, name, value)
            further, rarer = 0 if variant.mistake.alone else left - 1, weight * variant.mistake.weight * TOGETHER
            self._walk(run, place + 1, further, (*chosen, variant), rarer, steps, ways)

    def _held(self, variants: tuple[Variant, ...], weight: float, steps: int, pairs: bool) -> Fit | None:
        """What made one code, held against all of them; with drift, by which seconds."""
        if not steps and all(item.comes_from(variants) for item in self.codes):
            return Fit(variants, weight)
        if self.goal.run.expected is not None or (variants and not pairs):
            return None
        period, about = self.goal.run.agreed.period, steps * self.stride
        drifts = [drift for drift in range(about - period + 1, about + period, max(1, period // 60)) if drift]
        drifts = [
            drift for drift in drifts if all(item.comes_from((Variant(DRIFT, drift), *variants)) for item in self.codes)
        ]
        return Fit(variants, weight, steps, tuple(drifts)) if drifts else None


def _possible(step: str, run: Run) -> Iterator[tuple[Variant, Any]]:
    """The mistakes that can be made in this step of a right run; with the value, where that is always the same."""
    seen = set()
    for variant in VARIANTS[step]:
        try:
            value = variant(run)
        except IMPOSSIBLE:
            continue  # a hotp account has no time that could be one of another zone, and so on
        if step not in STEADY:
            yield variant, None
        elif value != getattr(run, step) and (variant.mistake.name, value) not in seen:
            seen.add((variant.mistake.name, value))
            yield variant, value


# --- what does the same ---------------------------------------------------------------------------------------------


def _classes(fits: list[Fit], codes: list[Typed]) -> list[list[Fit]]:
    """The fits that make the same digests, together: simple ones alone, the most plausible first."""
    classes = defaultdict(list)
    for fit in fits:
        runs = [copy(item.run) for item in codes]
        for run in runs:
            compute(run, fit.whole())
        classes[tuple(run.digest for run in runs)].append(fit)
    chosen = []
    for alike in classes.values():
        least = min(len(fit.parts) for fit in alike)
        named = {}
        for fit in sorted(alike, key=lambda fit: -fit.weight):
            if len(fit.parts) == least:
                named.setdefault(fit.names, fit)
        chosen.append(list(named.values()))
    return sorted(chosen, key=lambda alike: -alike[0].weight)


def _always(one: Fit, other: Fit, codes: list[Typed]) -> bool:
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


# --- the answer -----------------------------------------------------------------------------------------------------


def _right(search: Search) -> Explanation:
    return Explanation(
        (),
        "it matches: nothing is wrong with the computation",
        "; ".join(f"{_when(item.run)} the code is {item.code}" for item in search.codes),
        "ask the server's log why it refused: used already (one use a step), throttled, another account or secret",
        "let the server say which of these it was, to its log if not to the user",
        chance=search.chance(1),
    )


def _explanation(alike: list[Fit], search: Search) -> Explanation:
    first, *others = alike
    whole = first.whole()
    tried = sum(number for weight, number in search.tally.items() if weight >= first.weight)
    same = [other for other in others if _always(first, other, search.codes)]
    return Explanation(
        first.names,
        f"{first}: {'; '.join(map(_symptom, whole))}",
        "; ".join(_shown(item, whole) for item in search.codes),
        "; ".join(HOW_TO_CONFIRM[variant.mistake.step] for variant in whole),
        "; ".join(variant.mistake.fix for variant in whole),
        tuple(str(other) for other in same),
        tuple(str(other) for other in others if other not in same),
        (first.drifts[0], first.drifts[-1]) if first.drifts else None,
        tried,
        search.chance(tried),
    )


def _symptom(variant: Variant) -> str:
    step = variant.mistake.step
    if step in Agreed._fields and variant.setting == getattr(Agreed(), step):
        return f"so do apps that ignore the {step} in the URI"
    return variant.mistake.symptom


def _shown(item: Typed, variants: tuple[Variant, ...]) -> str:
    """How one code comes about, beside the right one."""
    wrong = copy(item.run)
    compute(wrong, variants)
    parts = dict.fromkeys(SHOWN[variant.mistake.step] for variant in variants if variant.mistake.step in SHOWN)
    steps = [f"{part(wrong)} in place of {part(item.run)}" for part in parts if part(wrong) != part(item.run)]
    right = "which is right, too" if wrong.code == item.run.code else f"where {item.run.code} is right"
    return f"{_when(item.run)} {', '.join([*steps, ''])}code {item.code}, {right}"


def _when(run: Run) -> str:
    return f"at {run.at}" if run.expected is None else f"for counter {run.expected}"


def _span(drifts: Sequence[int]) -> str:
    near, far = sorted(abs(drift) for drift in (drifts[0], drifts[-1]))
    size = _duration(far) if near == far else f"{_duration(near)} to {_duration(far)}"
    return f"{size} {'ahead' if drifts[0] > 0 else 'behind'}"


def _duration(seconds: int) -> str:
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{size} {unit}" for size, unit in parts if size)


def _share(chance: float) -> str:
    return f"{100 * chance:.3g} %" if chance >= 0.0001 else f"1 in {1 / chance:,.0f}"


def _note(found: list[Explanation], search: Search) -> str:
    share = f"{search.tried:,} variants were tried; by chance one fits with {_share(search.chance(search.tried))}."
    if not found:
        return f"Nothing explains it. {share} Another secret, more than a day away, or three mistakes at once?"
    if len({item.run.counter for item in search.codes}) > 1:
        return share
    return f"{share} One code is weak evidence: a second one, from a later step, multiplies it."


# --- the command ----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; gives its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m totp_teach.diagnose",
        description="Why does this code not match? The secret or its otpauth:// URI is asked for, or read from stdin.",
        epilog="exit code: 0 the codes are right, 1 a mistake explains them, 3 nothing does, 2 the question is unclear",
    )
    parser.add_argument("code", nargs="+", help="a code, or CODE@MOMENT; several of one device make it surer")
    parser.add_argument("--at", help="the moment of codes without one (now): seconds since 1970, 2026-01-31T12:00:00Z")
    parser.add_argument("--algorithm", default="SHA1", help="if no URI says so (SHA1)")
    parser.add_argument("--digits", type=int, default=6, help="if no URI says so (6)")
    parser.add_argument("--period", type=int, default=30, help="if no URI says so (30)")
    parser.add_argument("--counter", type=int, help="of the first code, for hotp")
    parser.add_argument("--pairs", action="store_true", default=None, help="two mistakes together, in any case")
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    given = vars(parser.parse_args(arguments))
    codes, at, as_json = given.pop("code"), given.pop("at"), given.pop("json")
    try:
        moments = [item.partition("@")[::2] for item in codes]
        asked = [(code, _moment(moment or at)) for code, moment in moments]
        found = explain(asked, typed=_ask(), progress=_progress if sys.stderr.isatty() else None, **given)
    except OtpError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    told = {"explanations": [asdict(item) for item in found], "tried": found.tried, "note": found.note}
    print(json.dumps(told, ensure_ascii=False, indent=1) if as_json else found)
    return 3 if not found else 1 if found[0].mistakes else 0


def _ask() -> str:
    """The secret or the URI: typed without echo, or the first line of what is piped in."""
    return getpass("Secret or otpauth:// URI: ") if sys.stdin.isatty() else sys.stdin.readline().strip()


def _moment(text: str | None) -> Moment:
    try:
        if text is None:
            return int(time.time())
        return float(text) if text.replace(".", "", 1).isdigit() else datetime.fromisoformat(text)
    except ValueError:
        raise OtpError(f"{text!r} is no moment: give seconds since 1970, or 2026-01-31T12:00:00Z") from None


def _progress(share: float):
    print(f"\r{share:4.0%} " if share < 1 else "\r     \r", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # also into a file on Windows
    sys.exit(main())
