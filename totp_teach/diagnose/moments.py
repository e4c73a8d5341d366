"""Moments as logs write them: seconds, milliseconds, ISO 8601, HTTP dates, Apache's, with a zone's name behind."""

import re
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from .. import OtpError
from .question import LAST, year

APACHE = "%d/%b/%Y:%H:%M:%S %z"
UNITS = {"milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
SOON = 2**33  # seconds: the year 2242. What lies beyond it as seconds and before it in a smaller unit is in that unit


def read(text: str) -> tuple[float | datetime, list[str]]:
    """The moment that a text means, and what is to be said of how it is read. Raises OtpError for one without a zone."""
    text = text.strip().strip("[]\"'")
    if re.fullmatch(r"\d+(\.\d*)?", text):
        value = float(text) if "." in text else int(text)
        sizes = {unit: size for unit, size in UNITS.items() if value > LAST and value / size < SOON}
        told = [f"{text} is read as {unit}; as seconds it lies in the year {year(value)}" for unit in sizes]
        return (value / next(iter(sizes.values())) if sizes else value), told[:1]
    zone = re.fullmatch(r"(.*\d)[\s\[]+([A-Z][A-Za-z_]+(?:/[\w+-]+)*)", text)
    moment, told = _moment(zone[1] if zone else text), []
    if zone:
        try:
            moment = moment.replace(tzinfo=ZoneInfo(zone[2]))
        except (LookupError, ValueError, OSError):
            raise OtpError(f"{zone[2]!r} is not a time zone: give Z, +02:00 or one such as Europe/Berlin") from None
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():
            told = [f"the clocks in {zone[2]} were changed at {zone[1]}: the offset before is taken"]
    if moment.utcoffset() is None:
        raise OtpError(f"{text!r} does not say its time zone: append Z, +02:00 or a name such as Europe/Berlin")
    return moment, told


def _moment(text: str) -> datetime:
    for way in (datetime.fromisoformat, parsedate_to_datetime, lambda text: datetime.strptime(text, APACHE)):
        with suppress(ValueError):
            return way(text)
    raise OtpError(f"{text!r} is not a moment: give seconds since 1970, or a time such as 2026-01-31T12:00:00Z")
