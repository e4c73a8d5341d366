"""One account: what a phone and a server have to agree on before their codes can match."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from .. import OtpError, hotp, secret
from .._values import check_whole, shown
from ..hotp import LAST_COUNTER

TYPES = ("totp", "hotp")
DEFAULTS = {"algorithm": "SHA1", "digits": 6, "period": 30}


@dataclass(frozen=True)
class Account:
    """What one `otpauth://` URI says; the key is not shown by its repr.

    type: "totp" or "hotp".  issuer, name: text, either may be empty.  key: bytes.
    algorithm: "SHA1", "SHA256" or "SHA512".  digits: 1 … 10.  period: seconds, only with totp.
    counter: 0 … 2^64 − 1 with hotp, where it is needed; None with totp.
    Raises OtpError for these, and for a name that no URI can carry: `parse(account.uri) == account` always holds.
    """

    type: str = "totp"
    issuer: str = ""
    name: str = ""
    key: bytes = field(default=b"", repr=False)
    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30
    counter: int | None = None

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise OtpError(f"an account's type is 'totp' or 'hotp', not {shown(self.type)}")
        _check_text("issuer", self.issuer)
        _check_text("name", self.name)
        if not self.issuer and ":" in self.name:
            raise OtpError(
                f"the name {shown(self.name)} has a colon and there is no issuer: "
                "in a URI the colon separates the two, so name the issuer too"
            )
        hotp.check(self.key, digits=self.digits, algorithm=self.algorithm)
        self._check_moving_part()

    def _check_moving_part(self) -> None:
        """What changes from code to code: the clock with totp, the counter with hotp."""
        check_whole("period must be a whole number of seconds, 1 or more", self.period, 1, LAST_COUNTER)
        if self.type == "totp" and self.counter is not None:
            raise OtpError("a totp account has no counter: its counter is the clock")
        if self.type == "hotp" and self.period != DEFAULTS["period"]:
            raise OtpError("a hotp account has no period: its counter moves with every code, not with the clock")
        if self.type == "hotp":
            check_whole("a hotp account needs a counter from 0 to 2^64 − 1", self.counter, 0, LAST_COUNTER)

    def codes(self, counters: Iterable[int]) -> list[str]:
        """The codes of these counters (of these time steps, with totp), as `hotp.codes` gives them."""
        return hotp.codes(self.key, counters, digits=self.digits, algorithm=self.algorithm)

    @property
    def uri(self) -> str:
        """The `otpauth://` URI as every app reads it: issuer in label and parameter, %20 for spaces, no defaults."""
        label = f"{quoted(self.issuer)}:{quoted(self.name)}" if self.issuer else quoted(self.name)
        parameters: dict[str, object] = {"secret": secret.encode(self.key)}
        if self.issuer:
            parameters["issuer"] = quoted(self.issuer)
        parameters |= {name: getattr(self, name) for name in DEFAULTS if getattr(self, name) != DEFAULTS[name]}
        if self.counter is not None:
            parameters["counter"] = self.counter
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"otpauth://{self.type}/{label}?{query}"


def quoted(text: str) -> str:
    """A text as a label or a parameter's value carries it: UTF-8, percent-escaped but for letters, digits and -._~@"""
    return quote(text, safe="@")


def _check_text(what: str, text: str) -> None:
    if not isinstance(text, str):
        raise OtpError(f"the {what} is text (str), not {type(text).__name__}")
    if text != text.strip():
        raise OtpError(f"the {what} {shown(text)} begins or ends with a space, which readers of URIs drop")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise OtpError(
            f"the character at place {error.start + 1} of the {what} is a lone surrogate: half a character, "
            "which has no UTF-8 and so no place in a URI"
        ) from None
