"""What protects the server: each can be switched off, to see what an attacker then does.

This is the one table of the defences: the command line, chapter 09, its checks and its scoreboard read it.

Not among them, and still missing from a server for the public: TLS with HSTS and `__Host-` cookies, e-mail to tell the
owner what happened (and to answer a sign-up there, so that it does not tell who has an account), a full list of leaked
passwords, and passkeys, which alone stop a relay (chapter 08).
"""

from dataclasses import dataclass, field, fields


def _against(attack: str):
    return field(default=True, metadata={"attack": attack})


@dataclass(frozen=True)
class Defences:
    """The defences that are on; without one of them, the attack beside it succeeds."""

    both_steps: bool = _against("skip the code: type the address of the page behind it")
    one_use: bool = _against("use a code again that somebody saw")
    one_winner: bool = _against("use one code twice at the same moment, between look and write")
    across_sessions: bool = _against("guess on in a new session when the old one has no tries left")
    confirmed: bool = _against("lock the owner out: begin to set up codes, and do not finish")
    own_key: bool = _against("copy the key that the owner is just setting up")
    read_again: bool = _against("begin to log in before codes are switched on, and arrive after it")
    fresh: bool = _against("take the account over from a session that was left open")
    same_answer: bool = _against("find out from the login page who has an account")
    xsrf: bool = _against("make somebody's browser send a form of yours")
    headers: bool = _against("show the account's page inside of a page of yours")
    sealed: bool = _against("make codes with what a stolen database holds")
    hashed: bool = _against("log in with a recovery code from a stolen database")

    def without(self) -> list[str]:
        """The names of those that are off."""
        return [name for name in ATTACKS if not getattr(self, name)]


ATTACKS: dict[str, str] = {each.name: each.metadata["attack"] for each in fields(Defences)}
NONE = Defences(**dict.fromkeys(ATTACKS, False))
