"""One-time passwords, taken apart: the small package under the course.

Every module is one concept and every function one step of it: `totp.code(key, at=59)`, `hotp.truncate(digest)`,
`otpauth.parse(uri)`, `qr.make(uri)`. The house has three floors, and a room imports only rooms that stand above it in
this list. Whoever reads the first floor has read the small helper of the course.

    the helper: the standard library alone (qr: and what draws and reads pictures), no clock of its own, nothing printed
        secret       key bytes <-> Base32
        hotp         RFC 4226: counter -> HMAC -> truncation -> code
        totp         RFC 6238: clock -> counter
        otpauth      otpauth:// URIs
        qr           text -> QR code, picture -> text

    what judges and runs
        migration    otpauth-migration:// exports
        verifier     the server's side: window, replay, throttling, stores
        mistakes     the classic mistakes, as named code
        diagnose     why does this code not match?
        login        a real login server
        check        feedback on the exercises

    what a page shows, and what runs pages
        questions    what a reader is asked before a cell answers it
        show         values -> HTML, text, pictures
        widgets      live and stepping widgets
        jupyter      Jupyter's settings for the course, exports, running notebooks
        grade        many learners' notebooks as one table

A room loads when it is first used, so `import totp_teach` is quick and pulls in nothing beyond the standard library.
"""

from importlib import import_module

TYPE_CHECKING = False  # as type checkers know it, without the import of typing

__version__ = "2.0.0"

FLOORS = {
    "the helper": ("secret", "hotp", "totp", "otpauth", "qr"),
    "what judges and runs": ("migration", "verifier", "mistakes", "diagnose", "login", "check"),
    "what a page shows, and what runs pages": ("questions", "show", "widgets", "jupyter", "grade"),
}
ROOMS = tuple(room for rooms in FLOORS.values() for room in rooms)

# What a room imports that does not come with Python, and the extra of pyproject.toml that brings it.
QR = "qrcode PIL zxingcpp"
RUNS = "ipykernel jupyter_client nbformat nbclient nbconvert zmq traitlets"
PACKAGES = {
    "qr": ("qr", QR),
    "login": ("login", f"{QR} tornado cryptography"),
    "show": ("show", QR),
    "show.charts": ("show", "matplotlib numpy"),  # asked for when one is drawn
    "widgets": ("widgets", f"{QR} anywidget ipywidgets traitlets"),
    "jupyter": ("jupyter", RUNS),
    "grade": ("jupyter", RUNS),
}


class OtpError(ValueError):
    """The one family of errors: the message says what is wrong, where, and what to do."""


def missing(room: str) -> list[str]:
    """The packages that a room imports and that are not to be had."""
    from ._world import available

    return [package for package in PACKAGES.get(room, ("", ""))[1].split() if not available(package)]


def require(room: str) -> None:
    """Raise OtpError, naming the extra to install, where a room's packages are missing; a room's first line."""
    from ._world import bring

    if absent := missing(room):
        raise OtpError(
            f"totp_teach.{room} needs packages that are not installed ({', '.join(absent)}): "
            f"pip install 'totp_teach[{PACKAGES[room][0]}]'"
        )
    bring(PACKAGES[room][1].split())


if TYPE_CHECKING:
    from . import hotp, otpauth, qr, secret, totp  # isort: split
    from . import check, diagnose, login, migration, mistakes, verifier  # isort: split
    from . import grade, jupyter, questions, show, widgets
else:

    def __getattr__(name):
        if name in ROOMS:
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; its rooms are {', '.join(ROOMS)}")


def __dir__() -> list[str]:
    """The rooms that can be used here: help() and completion ask for each of them."""
    return [*(room for room in ROOMS if not missing(room)), "FLOORS", "OtpError", "ROOMS", "__version__"]
