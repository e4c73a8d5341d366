"""What a live thing shows while nothing is live: a true example, marked as one.

It is what a notebook stores, so it is the same at every run and holds nothing of the reader's: no secret, no time.
"""

from collections.abc import Iterable
from dataclasses import replace

from ..hotp import ALGORITHMS, RFC_KEY
from ..otpauth import Account
from ..show.markup import SMALL, Shown, element, escaped

RUN_ME = "example: run this cell"
HINT = "(it has run? see chapter 00, “What can go wrong”)"
AT = 59  # seconds since the Unix epoch: with the usual period, step 1

FRAME = (
    "display: inline-block; box-sizing: border-box; max-width: 100%; margin: 4px 0; padding: 12px; "
    "border-radius: 8px; border: 1px solid rgba(128, 128, 128, 0.5)"
)


class Resting:
    """A widget with a resting picture, beside its live view and in place of it. Its repr is that picture's text."""

    resting: Shown

    def __repr__(self) -> str:
        return repr(self.resting)

    def _repr_mimebundle_(self, **_) -> tuple[dict, dict]:
        bundle = super()._repr_mimebundle_()  # type: ignore[misc]  # the widget's own: ipywidgets gives the data alone, anywidget its metadata too
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/html": self.resting.html, "text/plain": self.resting.text}, metadata


def example(account: Account) -> Account:
    """The course's example with that account's type, algorithm, digits and period (seeds: RFC 6238 appendix B)."""
    size = ALGORITHMS[account.algorithm]().digest_size
    counter = 1 if account.type == "hotp" else None
    return replace(account, issuer="Example", name="alice@example.com", key=(RFC_KEY * 4)[:size], counter=counter)


def rested(heading: str, parts: Iterable[str], lines: Iterable[str]) -> Shown:
    """HTML parts in a frame, and lines of text, under one heading."""
    return Shown(framed(heading, *parts), "\n".join([f"{heading} ({RUN_ME})", *lines]))


def framed(heading: str, *parts: str) -> str:
    """HTML parts in a frame, under a heading that says what they are an example of."""
    title = element("div", f"{escaped(heading)} · {element('b', RUN_ME)} {HINT}", SMALL)
    return element("div", title + "".join(parts), FRAME)
