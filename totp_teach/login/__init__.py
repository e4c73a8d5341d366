"""A login server to run, to read in half an hour, and to attack: password, then one-time code.

    defences   what protects it, each to be switched off and attacked         chapter 09
    running    start() beside a notebook's cells, or `python -m totp_teach.login`
    web        the pages: what a browser sends, and what it is answered       Tornado
    site       what the pages do: sign up, log in, enrol, confirm, recover, disable
    limits     how many attempts a name and an address have
    database   users, sessions, recovery codes, events                        SQLite
    passwords  hashed slowly, for a leaked file                               scrypt
    vault      keys sealed at rest, by a key that is not in the database      AES-GCM

It is a lesson and listens on 127.0.0.1 alone.
"""

from .browser import Browser
from .defences import ATTACKS, NONE, Defences
from .running import Server, start

__all__ = ["ATTACKS", "NONE", "Browser", "Defences", "Server", "start"]
