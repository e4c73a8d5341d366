"""TOTP (RFC 6238): the counter is the clock.

    counter   how many whole periods have passed since t0      §4.2
    code      HOTP of that counter                             §4.2

No function here looks at a clock: the caller brings the moment, `time.time()` or an aware datetime.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from . import OtpError, hotp
from ._values import check_whole, is_whole, named

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Moment = int | float | datetime  # seconds since the Unix epoch, or a datetime with its time zone


@dataclass(frozen=True, kw_only=True)
class Trace(hotp.Trace):
    """One run from key and moment to code: a hotp.Trace, and the clock's part before it."""

    at: Moment
    period: int  # seconds
    t0: int  # seconds since the Unix epoch


def counter(at: Moment, *, period: int = 30, t0: int = 0) -> int:
    """The number of whole periods from t0 to that moment: floor((at − t0) / period) (RFC 6238 §4.2).

    at: seconds since the Unix epoch, or an aware datetime.  period: whole seconds, 1 or more.  t0: whole seconds.
    Python's integers do not overflow, so 2038 is a moment like any other.
    Raises OtpError for a naive datetime, a moment before t0 or before 1970, and anything that is not a timestamp.
    """
    whole, _ = _since(at, period, t0)
    return whole // period


def remaining(at: Moment, *, period: int = 30, t0: int = 0) -> float:
    """The seconds until the next step: above 0, and a whole period at its very start. Arguments as `counter`."""
    whole, fraction = _since(at, period, t0)
    return period - whole % period - fraction


def code(key: bytes, at: Moment, *, period: int = 30, t0: int = 0, digits: int = 6, algorithm: str = "SHA1") -> str:
    """The time-based code at that moment, as text with its leading zeros (RFC 6238 §4).

    Arguments as `counter` and `hotp.code`; raises OtpError as they do.
    """
    return hotp.code(key, counter(at, period=period, t0=t0), digits=digits, algorithm=algorithm)


def trace(key: bytes, at: Moment, *, period: int = 30, t0: int = 0, digits: int = 6, algorithm: str = "SHA1") -> Trace:
    """All of one run, from the clock to the code: a Trace. Arguments as `code`."""
    steps = hotp.trace(key, counter(at, period=period, t0=t0), digits=digits, algorithm=algorithm)
    return Trace(at=at, period=period, t0=t0, **vars(steps))


def seconds(at: Moment) -> tuple[int, float]:
    """A moment as whole seconds since the Unix epoch, and the fraction of a second beyond them.

    Two numbers, for a float of both together would round near the boundary of a step. Raises OtpError as `counter` does.
    """
    if type(at) is int or is_whole(at):
        whole, fraction = at, 0.0
    elif isinstance(at, datetime):
        if at.utcoffset() is None:
            raise OtpError(
                f"{at!r} is a naive datetime: it does not say which time zone its hour belongs to, and a wrong guess is "
                "a code that is hours off; use datetime.now(timezone.utc), or time.time()"
            )
        whole, rest = divmod(at - EPOCH, timedelta(seconds=1))
        fraction = rest.microseconds / 1_000_000
    elif isinstance(at, float) and math.isfinite(at):
        whole = math.floor(at)
        fraction = float(at - whole)
    else:
        raise OtpError(f"a moment is seconds since the Unix epoch (time.time()) or an aware datetime, not {named(at)}")
    if whole < 0:
        raise OtpError(f"the moment {_moment(at)} lies before 1970, where Unix time starts: it has no time step")
    return whole, fraction


def _since(at: Moment, period: int, t0: int) -> tuple[int, float]:
    """The time since t0 as whole seconds and a fraction."""
    check_whole("period must be a whole number of seconds, 1 or more", period, 1, hotp.LAST_COUNTER)
    check_whole("t0 must be a whole number of seconds since the Unix epoch", t0)
    whole, fraction = seconds(at)
    if whole < t0:
        raise OtpError(
            f"the moment {_moment(at)} lies before t0 = {named(t0)}, where the counting starts: it has no time step"
        )
    return whole - t0, fraction


def _moment(at: Moment) -> str:
    return str(at) if isinstance(at, datetime) else named(at)
