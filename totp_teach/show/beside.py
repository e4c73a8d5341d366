"""A right run of the computation, and beside it one with a mistake or a flipped bit in it: where they part.

Beside      both runs        flip        a bit turned over, as a change for the second        beside        as a table
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from .. import OtpError, hotp, mistakes
from ..mistakes import STEPS, Agreed, Mistake, Variant
from .byte_rows import columns_for, hex_lines, running
from .markup import Shown, element, escaped, hexed, inside, plain, tint
from .steps import Step, steps

# The steps that are shown, in their order, with their roles; of what both sides agree on, what differs.
ROLES = {name: name for name in STEPS if name not in ("parameters", "clock")} | {"time": ""}
AGREED = ("period", "algorithm", "digits")
BITS = ("key", "counter", "digest")  # whose bits can be flipped


def flip(part: str, bit: int) -> Variant:
    """A bit of the "key", the "counter" or the "digest" turned over, for Beside.  bit: 0 is the first, the highest.

    Raises OtpError for another part; the run raises it for a bit that is not there.
    """
    if part not in BITS:
        raise OtpError(f"bits can be flipped in {', '.join(BITS)}, not in {part!r}")
    name = f"bit {bit % 8} of byte {bit // 8} of the {part} flipped"
    return Variant(Mistake(name, part, lambda run, _: _flipped(STEPS[part](run), bit)))


def _flipped(value: bytes | int, bit: int) -> bytes | int:
    data = hotp.message(value) if isinstance(value, int) else value
    if not 0 <= bit < 8 * len(data):
        raise OtpError(f"there is no bit {bit}: they are numbered from 0 to {8 * len(data) - 1}")
    number = int.from_bytes(data, "big") ^ 1 << 8 * len(data) - 1 - bit
    return number if isinstance(value, int) else number.to_bytes(len(data), "big")


class Beside:
    """Two runs from the same key and moment, the second with these changes. Arguments as `beside`, and OtpError."""

    def __init__(self, key: bytes, at: Any, changes: Sequence[Variant], *, typed: str | None = None, **agreed: Any):
        given = {"typed": typed, "counter": agreed.pop("counter", None), "agreed": Agreed(**agreed)}
        self.changes = list(changes)
        if len({change.mistake.step for change in changes}) < len(self.changes):
            raise OtpError(f"two of {', '.join(map(str, changes))} change the same step: take one of them")
        self.right, self.wrong = mistakes.start(key, at, **given), mistakes.start(key, at, **given)
        self.code = mistakes.compute(self.right)
        try:
            self.wrong_code = mistakes.compute(self.wrong, changes)
        except mistakes.IMPOSSIBLE as error:
            raise OtpError(f"{', '.join(map(str, changes))} cannot be made here: {error}") from None

    @cached_property
    def parted(self) -> list[str]:
        """The names of the steps that differ."""
        return [name for name in ROLES if getattr(self.right, name) != getattr(self.wrong, name)]

    @property
    def words(self) -> str:
        """Where the runs part, and what becomes of the code."""
        done, symptoms = "; ".join(map(str, self.changes)), [change.mistake.symptom for change in self.changes]
        told = [f"Seen from outside: {symptom}." for symptom in symptoms if symptom]
        if not self.parted:
            return " ".join([f"{done}: no step differs. With this key at this moment it does not show.", *told])
        same = self.code == self.wrong_code
        end = f"still the code is {self.code}" if same else f"the code is {self.wrong_code}, not {self.code}"
        return " ".join([f"{done}: the runs part at the {self.parted[0].replace('_', ' ')}, and {end}.", *told])

    @property
    def table(self) -> Shown:
        """Each step with its value in both runs, and how far they differ; the first that does has a mark."""
        names = [name for name in ROLES if name not in AGREED or name in self.parted]
        return steps("", ("step", "value, right and wrong", "differs"), map(self._row, names))

    def _row(self, name: str) -> Step:
        right, wrong = getattr(self.right, name), getattr(self.wrong, name)
        if name not in self.parted:
            lines, how = _lines("", right, ROLES[name]), "same"
        else:
            pairs = enumerate(zip(right, wrong)) if _comparable(right, wrong) else ()
            places = [place for place, (one, other) in pairs if one != other] or None
            lines = _lines("right  ", right, ROLES[name]) + _lines("wrong  ", wrong, ROLES[name], places)
            how = _difference(right, wrong)
        html = "<br>".join(html for html, _ in lines)
        first = "▶ " if name in self.parted[:1] else ""
        return Step(first + name.replace("_", " "), ROLES[name], html, [text for _, text in lines], how)


def beside(
    key: bytes,
    at: int | float | datetime | None,
    *wrong: str | tuple[str, Any],
    typed: str | None = None,
    counter: int | None = None,
    algorithm: str = "SHA1",
    digits: int = 6,
    period: int = 30,
) -> Shown:
    """The chain of a run, and beside it the same with these mistakes: show.beside(key, 59, "little-endian counter").

    wrong: as mistakes.code, or ("key", bit), ("counter", bit), ("digest", bit): that bit flipped, 0 the first.
    The other arguments and what is raised as mistakes.code.
    """
    agreed = {"counter": counter, "algorithm": algorithm, "digits": digits, "period": period}
    runs = Beside(key, at, [change(each) for each in wrong], typed=typed, **agreed)
    return Shown(
        runs.table.html + element("p", escaped(runs.words), "margin: 8px 0 0"), f"{runs.table.text}\n\n{runs.words}"
    )


def change(wrong: str | tuple[str, Any]) -> Variant:
    """What is to be done differently, as a Variant. Arguments as `beside`."""
    name, *setting = (wrong,) if isinstance(wrong, str) else wrong
    if name in BITS:
        return flip(name, *setting)
    mistake = mistakes.find(name)
    return Variant(mistake, *(setting or mistake.settings[:1]))


def _comparable(right: Any, wrong: Any) -> bool:
    return isinstance(right, bytes) and isinstance(wrong, bytes) and len(right) == len(wrong)


def _difference(right: Any, wrong: Any) -> str:
    if not _comparable(right, wrong):
        return "another value"
    count = (int.from_bytes(right, "big") ^ int.from_bytes(wrong, "big")).bit_count()
    return f"{count} of {8 * len(right)} bits"


def _lines(word: str, value: Any, role: str, places: list[int] | None = None) -> list[tuple[str, str]]:
    """A value as lines of HTML and text behind a word; of bytes those at the places boxed."""
    if not isinstance(value, bytes):
        return [(word + element("span", inside(value, role), tint(role)), word + plain(value))]
    columns = columns_for(value)
    drawn = map(running, hex_lines(value, {role: range(len(value)) if places is None else places}, columns))
    texts = [hexed(value[start : start + columns]) for start in range(0, len(value), columns)]
    words = [word, *[" " * len(word)] * (len(texts) - 1)]
    return [(before + html, before + text) for before, html, text in zip(words, drawn, texts)]
