"""An otpauth:// URI, cut into its parts."""

from .. import otpauth
from .markup import Shown, element, escaped, plain, tint
from .steps import steps, word

# The role of each part, by its kind or, for a parameter's value, by the parameter.
ROLES = {
    "issuer": "four_bytes",
    "account": "four_bytes",
    "secret": "key",
    "algorithm": "digest",
    "digits": "code",
    "period": "counter",
    "counter": "counter",
}


def uri(uri: str) -> Shown:
    """A URI whose parts are coloured by their role, and below it each part with what it means. It shows the secret.

    Raises OtpError for a URI that otpauth.parse refuses.
    """
    parts = otpauth.parts(uri)
    coloured = "".join(element("span", escaped(part.raw), tint(_role(part)) if _role(part) else "") for part in parts)
    line = element("p", coloured, "font-family: monospace; line-height: 2; word-break: break-all; margin: 0")
    rows = [word(_name(part), _role(part), part.raw, _how(part)) for part in parts if part.kind not in HIDDEN]
    table = steps("Its parts", ("part", "text", "what it is"), rows, wrap=True)
    return Shown(line + table.html, f"{plain(uri)}\n\n{table.text}")


HIDDEN = ("delimiter", "name")


def _role(part: otpauth.Part) -> str:
    return ROLES.get(part.parameter if part.kind == "value" else part.kind, "")


def _name(part: otpauth.Part) -> str:
    return part.parameter if part.kind == "value" else part.kind


def _how(part: otpauth.Part) -> str:
    return part.sentence if part.value == part.raw else f"{part.sentence} It means “{part.value}”."
