"""What a diagnosis says: one explanation, and the list of them, as text and as HTML."""

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..mistakes import Agreed, Run, Variant

Words = Sequence[str]
WEAK = 0.001  # from this probability of a chance fit on, the evidence is called weak
MOST = 5  # explanations that are shown; the list holds all
CELL = "text-align: left; vertical-align: baseline; padding: 1px 12px 1px 0"


@dataclass(frozen=True)
class Explanation:
    """One way in which all the codes come about.

    mistakes: their names in totp_teach.mistakes, () if the codes are right.  sentence: what goes wrong.
    evidence, confirm, fix: sentences.  same: what else does the same on every input.  also: what else makes these
    codes, and other ones on other inputs.  drift: by how many seconds the device's clock is ahead, least and most.
    tried: how many variants at least as plausible were tried.  chance: the probability that at least one of them fits
    codes which have nothing to do with the secret; at most that, because some variants make the same codes.
    """

    mistakes: tuple[str, ...]
    sentence: str
    evidence: str
    confirm: str
    fix: str
    same: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
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
        most, count = ("at most ", f"{self.tried:,} as plausible") if self.tried > 1 else ("", "nothing else")
        yield "by chance", f"{most}{share(self.chance)}{weak} ({count} tried)"
        if self.same:
            yield "the same", f"on every input: {', or '.join(self.same)}"
        if self.also:
            yield "or", f"{', or '.join(self.also)}: a code from another step decides"
        yield "confirm", self.confirm
        yield "fix", self.fix


class Diagnosis(list[Explanation]):
    """The explanations, the most plausible first.

    tried: how many variants in all.  chance: the probability, at most, that one or more fit by accident.  note: what that is
    worth.  remarks: what is said first: how the code is written, how the secret is read.  each: a Diagnosis of each
    code by itself, where nothing explains several codes together.
    """

    def __init__(
        self, found: Iterable[Explanation], tried: int, chance: float, note: str, remarks: Words = (), each=()
    ):
        super().__init__(found)
        self.tried, self.chance, self.note = tried, chance, note
        self.remarks, self.each = tuple(remarks), tuple[Diagnosis, ...](each)

    @property
    def verdict(self) -> str:
        """In one word: "right", "mistake" or "nothing"."""
        return "nothing" if not self else "mistake" if self[0].mistakes else "right"

    def told(self) -> dict[str, Any]:
        """All of it for JSON."""
        told = {"verdict": self.verdict, "remarks": self.remarks, "explanations": [asdict(item) for item in self]}
        more = {"each": [item.told() for item in self.each]} if self.each else {}
        return {**told, "tried": self.tried, "note": self.note, **more}

    def _last(self) -> list[str]:
        more = [f"{len(self) - MOST} more explain it as well."] if len(self) > MOST else []
        each = [f"code {place}: {item[0].sentence if item else item.note}" for place, item in enumerate(self.each, 1)]
        return [" ".join([*more, self.note]), *each]

    def __repr__(self) -> str:
        found = "\n\n".join(f"{place}. {found}" for place, found in enumerate(self[:MOST], 1))
        return "\n\n".join(filter(None, ["\n".join(self.remarks), found, "\n".join(self._last())]))

    def _repr_html_(self) -> str:
        found = "".join(f"<li>{_listed(explanation)}</li>" for explanation in self[:MOST])
        first, last = ("".join(f"<p>{html.escape(line)}</p>" for line in told) for told in (self.remarks, self._last()))
        return f"{first}<ol>{found}</ol>{last}"


def _listed(explanation: Explanation) -> str:
    """An explanation as HTML: what goes wrong, and below it a row for each other sentence, its heading before it."""
    (_, first), *lines = explanation.lines()
    rows = "".join(
        f'<tr style="background-color: transparent"><th scope="row" style="{CELL}; white-space: nowrap">{head}</th>'
        f'<td style="{CELL}">{html.escape(text)}</td></tr>'
        for head, text in lines
    )
    return f'{html.escape(first)}<table style="border-collapse: collapse; margin: 2px 0 8px">{rows}</table>'


def symptom(variant: Variant) -> str:
    """What a mistake looks like; of a parameter's default, what an app does that ignores the URI."""
    step = variant.mistake.step
    if step in Agreed._fields and variant.setting == getattr(Agreed(), step):
        return f"so do apps that ignore the {step} in the URI"
    return variant.mistake.symptom


def moment(run: Run) -> str:
    """The moment of a run, or its counter."""
    return f"at {run.at}" if run.expected is None else f"for counter {run.expected}"


def span(drifts: Sequence[int]) -> str:
    """How far a clock is ahead or behind: "56 s to 1 min 25 s behind"."""
    near, far = sorted(abs(drift) for drift in (drifts[0], drifts[-1]))
    size = duration(far) if near == far else f"{duration(near)} to {duration(far)}"
    return f"{size} {'ahead' if drifts[0] > 0 else 'behind'}"


def duration(seconds: int) -> str:
    """A number of seconds in hours, minutes and seconds."""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{size} {unit}" for size, unit in parts if size)


def share(chance: float) -> str:
    """A probability: in per cent, or as one in so many."""
    rare = f"1 in {float(f'{1 / chance:.3g}'):,.0f}" if chance else "0"
    return f"{min(100 * chance, 99.9):.3g} %" if chance >= 0.0001 else rare
