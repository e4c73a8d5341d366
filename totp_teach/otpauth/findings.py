"""What there is to say about a URI: every finding by its name (words.toml), and the three outcomes.

error     parse refuses it: a silent default would make codes that look right and fail
warning   accepted, but real apps do different things with it
note      accepted: the same to everybody, but spelled differently from what Account.uri builds, or read by nobody
"""

from dataclasses import dataclass, field

from .anatomy import WORDS
from .real_apps import Concern, concerned

RULES = {name: (severity, said) for severity, rules in WORDS["findings"].items() for name, said in rules.items()}


@dataclass(frozen=True)
class Finding:
    """One thing to know about a URI. Its repr shows no secret; `fixed` does.

    name: stable, a key of RULES.  severity: "error", "warning" or "note".
    start, end: the span in the URI it is about, from 0; empty (start == end) where something is missing.
    sentence: what is wrong, and what to do.
    value: what it is about, where that can be said: the digits, the period, the label's issuer, the bits; else None.
    """

    name: str
    severity: str
    start: int
    end: int
    sentence: str
    value: str | int | None = None
    _uri: str = field(default="", repr=False)
    _patch: tuple[int, int, str] | None = field(default=None, repr=False)  # from, to, and what stands there instead

    @property
    def apps(self) -> tuple[Concern, ...]:
        """The real apps that do something else with it, and what: facts with their date and source."""
        return concerned(self.name, self.value)

    @property
    def fixed(self) -> str | None:
        """The whole URI with this one thing put right: the same account, or of a refused URI what was probably meant.

        None where only its owner can know.
        """
        if self._patch is None:
            return None
        start, end, instead = self._patch
        return self._uri[:start] + instead + self._uri[end:]
