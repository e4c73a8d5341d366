"""How many attempts a name and an address have. (Codes have the verifier's own throttle, by account.)"""

import hashlib
import math

from .database import Database

WINDOW = 300  # seconds
PER_NAME = 10  # wrong passwords or recovery codes for one name
PER_ADDRESS = 50  # wrong answers of any kind, or new accounts, from one address


class Refused(Exception):
    """Something was not done, and why, in words that the client may read."""

    def __init__(self, message: str, status: int = 403, wait: int | None = None):
        super().__init__(message)
        self.status = status
        self.wait = wait  # seconds


def take(database: Database, now: float, **allowed: tuple[str, int]) -> list[int]:
    """Counts an attempt for each of those who make it, before it is known how it ends; the attempts' numbers.

    allowed: who, and how many attempts they have in WINDOW seconds. Counting afterwards would let a hundred requests at
    the same moment all pass. What succeeds is given back by `Database.forgive`.
    Raises Refused, and counts nothing, if one of them has no more.
    """
    # Hashed, because what is typed as a name is now and then a password.
    keys = {hashlib.sha256(f"{kind} {who}".encode()).hexdigest(): most for kind, (who, most) in allowed.items()}
    for key, most in keys.items():
        moments = database.attempts(key, now - WINDOW, now + WINDOW)
        if len(moments) >= most:
            wait = math.ceil(moments[0] + WINDOW - now)
            raise Refused(f"Too many attempts. Wait {wait} s, then try again.", 429, wait)
    return [database.attempt(key, now, WINDOW) for key in keys]
