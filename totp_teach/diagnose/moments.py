"""Moments as logs write them: seconds, milliseconds, ISO 8601, HTTP dates, Apache's, with a zone's name behind."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from .. import OtpError
from .question import LAST, year

UNITS = {"milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
SOON = 2**33  # seconds: the year 2242. What lies beyond it as seconds and before it in a smaller unit is in that unit


def read(text: str) -> tuple[float | datetime, list[str]]:
    """The moment that a text means, and what is to be said of how it is read. Raises OtpError for one without a zone."""
    text = text.strip().strip("[]\"'")
    if re.fullmatch(r"\d+(\.\d*)?", text):
        return _number(float(text) if "." in text else int(text), text)
    if zone := re.fullmatch(r"(.*\d)[\s\[]+([A-Z][A-Za-z_]+(?:/[\w+-]+)*)", text):
        return _named(*zone.groups())
    moment = _moment(text)
    if moment.utcoffset() is None:
        raise OtpError(f"{text!r} does not say its time zone: append Z, +02:00 or a name such as Europe/Berlin")
    return moment, []


def _number(value: float, text: str) -> tuple[float, list[str]]:
    if value > LAST:
        for unit, size in UNITS.items():
            if value / size < SOON:
                told = f"{text} is read as {unit}; as seconds it lies in the year {year(value)}"
                return value / size, [told]
    return value, []


def _moment(text: str) -> datetime:
    for way in (
        datetime.fromisoformat,
        parsedate_to_datetime,
        lambda text: datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z"),
    ):
        try:
            return way(text)
        except ValueError:
            continue
    raise OtpError(f"{text!r} is not a moment: give seconds since 1970, or a time such as 2026-01-31T12:00:00Z")


def _named(text: str, name: str) -> tuple[datetime, list[str]]:
    """A time in a named zone; one that the clocks showed twice or skipped is said to be that."""
    try:
        moment = _moment(text).replace(tzinfo=ZoneInfo(name))
    except (LookupError, ValueError, OSError):
        raise OtpError(f"{name!r} is not a time zone: give Z, +02:00 or a name such as Europe/Berlin") from None
    twice = moment.utcoffset() != moment.replace(fold=1).utcoffset()
    return moment, [f"the clocks in {name} were changed at {text}: the offset before is taken"] if twice else []
