"""What a check found: for the log, and the part of it for the client."""

import math
from dataclasses import dataclass
from typing import Literal

Reason = Literal["accepted", "used", "late", "early", "wrong", "malformed", "throttled", "unknown"]


@dataclass(frozen=True)
class PublicVerdict:
    """What the client may be told: yes or no, and how long to wait. Not why a code is refused: that helps a guesser."""

    accepted: bool
    message: str
    wait: int | None = 0  # whole seconds until the next try is looked at; None: until an administrator unlocks


REFUSED = PublicVerdict(False, "That code is not accepted.")


@dataclass(frozen=True)
class Verdict:
    """What a check found. All of it is for the log; `public` is what may be told to the client. True if accepted.

    accepted    the code is right, and its step is consumed by it
    used        right for a step that is looked at, but at or before the last accepted one: a second use, or one that
                comes after a later code's (RFC 6238 §5.2)
    late        right for the step before the window: typed too late, or the phone's clock is behind
    early       right for the step after the window: the phone's clock, or the token's counter, is ahead
    wrong       no code of these steps
    malformed   not a code of this account: other characters than digits, or another number of them
    throttled   not looked at: too many failures, and `wait` is not over
    unknown     no such account
    """

    accepted: bool
    reason: Reason
    counter: int | None = None  # the step or counter whose code it is
    drift: int | None = None  # that step less the server's, or that counter less the expected one
    wait: float = 0.0  # seconds until the next try is looked at; infinity: until an administrator unlocks

    def __bool__(self) -> bool:
        return self.accepted

    @property
    def public(self) -> PublicVerdict:
        """What anybody may be told. Every refusal is the same: a wait would say that there is such an account.

        How long the answer takes still tells it (an unknown account is not written to): ask for the password first.
        """
        return PublicVerdict(True, "The code is right.") if self.accepted else REFUSED

    @property
    def after_password(self) -> PublicVerdict:
        """What somebody may be told who has shown the password of the account: also how long to wait."""
        if math.isinf(self.wait):
            return PublicVerdict(False, "Too many wrong codes: the account is locked. Ask its administrator.", None)
        if seconds := math.ceil(self.wait):
            return PublicVerdict(False, f"Too many wrong codes. Wait {seconds} s, then try again.", seconds)
        return self.public
