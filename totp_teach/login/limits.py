"""How many attempts a name and an address have. (Codes have the verifier's own throttle, by account.)

Everybody behind one address shares its attempts. A clock that is set back by more than WINDOW begins the count anew.
Nothing is counted for longer: 2,880 wrong passwords a day for one name, and as many again from each browser that was
logged in to it. NIST wants a hundred in a row to be the end of a password, too (SP 800-63B-4 §3.2.2); then anybody
could put an end to anybody's, and its owner would need another way back: e-mail, or phone and recovery code.
"""

import math
from ipaddress import IPv6Address, IPv6Network

from .database import Database
from .vault import derived

WINDOW = 300  # seconds
PER_NAME = 10  # wrong passwords for one name, or for one browser that was logged in to it; its enrolments
PER_ADDRESS = 50  # wrong answers of any kind, or new accounts, from one address


class Refused(Exception):
    """Something was not done, and why, in words that the client may read."""

    def __init__(self, message: str, status: int = 403, wait: int | None = None):
        super().__init__(message)
        self.status = status
        self.wait = wait  # seconds


def take(database: Database, key: bytes, now: float, **allowed: tuple[str, int]) -> list[int]:
    """Counts an attempt for each of those who make it, before it is known how it ends; the attempts' numbers.

    key: for the hash under which they are kept.  allowed: who, and how many attempts they have in WINDOW seconds.
    Counting afterwards would let a hundred requests at the same moment all pass. What succeeds is given back by
    `Database.forgive`.
    Raises Refused, and counts nothing, if one of them has no more.
    """
    # What is typed as a name is now and then a password: without the key, nobody guesses it from its hash.
    counted = {derived(key, f"attempt {kind} {network(who)}").hex(): most for kind, (who, most) in allowed.items()}
    for one, most in counted.items():
        moments = database.attempts(one, now - WINDOW, now + WINDOW)
        if len(moments) >= most:
            wait = math.ceil(moments[0] + WINDOW - now)
            raise Refused(f"Too many attempts. Wait {wait} s, then try again.", 429, wait)
    return [database.attempt(one, now, WINDOW) for one in counted]


def network(address: str) -> str:
    """Whose address it is: of IPv6 a household has 2^64 or more, and some of IPv4 are written as IPv6."""
    try:
        found = IPv6Address(address)
    except ValueError:
        return address
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))
