"""Which real apps do what: facts with their date and source, read from apps.json."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

PARAMETER_OF = {"algorithm-not-sha1": "algorithm", "digits-not-6": "digits", "period-not-30": "period"}


@dataclass(frozen=True)
class Concern:
    """What one real app does with a finding."""

    app: str
    does: str
    as_of: str  # the version or the year that this is known for
    source: str


@cache
def apps() -> tuple[dict[str, Any], ...]:
    """The table of real apps: what of algorithm, digits, period they honour, what else they do, and the source."""
    return tuple(json.loads(Path(__file__).with_name("apps.json").read_text(encoding="utf-8"))["apps"])


def concerned(finding: str, value: str | int | None = None) -> tuple[Concern, ...]:
    """The apps that do something of their own with a finding, such as 8 digits. Nothing is said of unknown ones."""
    found = ((app, _does(app, finding, value)) for app in apps())
    return tuple(Concern(app["name"], does, app["as_of"], app["source"]) for app, does in found if does)


def _does(app: dict[str, Any], finding: str, value: str | int | None) -> str | None:
    parameter = app.get(PARAMETER_OF.get(finding, ""))
    if parameter is None or value is None:
        return cast("str | None", app["does"].get(finding))
    return None if honours(parameter["honours"], value) else parameter["otherwise"]


def honours(allowed: str, value: str | int) -> bool:
    """Is the value among the allowed ones, such as "SHA1, SHA256", "6, 8", "1–10", "5–" (or more)?"""
    return any(_within(piece.strip(), value) for piece in allowed.split(","))


def _within(piece: str, value: str | int) -> bool:
    low, dash, high = piece.partition("–")
    return int(low) <= int(value) <= int(high or value) if dash else piece == str(value)
