"""One-time passwords, taken apart: the small package under the course.

Every module is one concept and every function one step of it: `totp.code(key, at=59)`, `hotp.truncate(digest)`,
`otpauth.parse(uri)`, `qr.make(uri)`. Rooms load when they are first used, so that `import totp_teach` is quick and
pulls in nothing beyond the standard library.
"""

from importlib import import_module

__version__ = "1.0.0"

ROOMS = (
    "secret",
    "hotp",
    "totp",
    "otpauth",
    "migration",
    "qr",
    "verifier",
    "mistakes",
    "diagnose",
    "check",
    "login",
    "show",
    "widgets",
)


class OtpError(ValueError):
    """The one family of errors: the message says what is wrong, where, and what to do."""


def __getattr__(name: str):
    if name in ROOMS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; its rooms are {', '.join(ROOMS)}")


def __dir__() -> list[str]:
    return [*ROOMS, "OtpError", "__version__"]
