"""What real apps do with algorithm, digits and period: a few in sight, the others folded."""

from .. import otpauth
from .markup import Shown, element
from .tables import table

FIRST = (
    "Google Authenticator (Android, closed)",
    "Google Authenticator (iOS, closed)",
    "Microsoft Authenticator",
    "Aegis (Android)",
    "2FAS (Android)",
    "Bitwarden Authenticator (Android)",
)
ALL = "SHA1, SHA256, SHA512"
HEADER = ("app and version", "algorithm", "digits", "period")


def apps() -> Shown:
    """The table of real apps (`otpauth.apps()`): what each does with the three parameters, and what it is known for."""
    rows = {
        app["name"]: (f"{app['name']}: {app['as_of']}", *(_does(app[name]) for name in HEADER[1:]))
        for app in otpauth.apps()
    }
    some = table(HEADER, [rows.pop(name) for name in FIRST], caption="What real apps do")
    rest = table(HEADER, rows.values())
    summary = f"{len(rows)} more apps and libraries"
    folded = element("details", element("summary", summary, "padding: 6px 0; cursor: pointer") + rest.html)
    return Shown(some.html + folded, f"{some.text}\n\n{summary}\n{rest.text}")


def _does(parameter: dict[str, str] | None) -> str:
    if parameter is None:
        return "unknown"
    low, dash, high = parameter["honours"].rpartition("–")
    honoured = f"{low} and more" if dash and not high else parameter["honours"].replace(ALL, "all three")
    return f"{honoured}; else {parameter['otherwise']}" if parameter["otherwise"] else honoured
