"""What protects the server: each can be switched off, to see what an attacker then does."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Defences:
    """The defences that are on; without one of them, what its line says is possible."""

    both_steps: bool = True  # the account opens after the password alone, for whoever types its page's address
    one_use: bool = True  # a code that somebody saw opens the account once more
    across_sessions: bool = True  # ten tries a session, and as many sessions as anybody likes
    confirmed: bool = True  # codes are asked for before a phone has shown one: its owner may be locked out
    same_answer: bool = True  # the answers tell which names have an account
    xsrf: bool = True  # another site's form acts for who is logged in here
    headers: bool = True  # the pages can be framed by another site, cached, and made to run what was slipped into them
    sealed: bool = True  # who reads the database file makes every code to come
    hashed: bool = True  # who reads the database file finds the recovery codes as they are typed

    def without(self) -> list[str]:
        """The names of those that are off."""
        return [field.name for field in fields(self) if not getattr(self, field.name)]


NONE = Defences(**{field.name: False for field in fields(Defences)})
