"""An account as the texts of a form, and back."""

import re

from .. import OtpError, hotp, secret
from .._values import shown
from ..otpauth import Account
from ..otpauth.account import TYPES

LABELS = {
    "type": "Type",
    "issuer": "Issuer",
    "name": "Account",
    "secret": "Secret, in Base32",
    "algorithm": "Algorithm",
    "digits": "Digits",
    "period": "Period, in seconds",
    "counter": "Counter",
}
CHOICES = {"type": TYPES, "algorithm": tuple(hotp.ALGORITHMS)}
ONLY = {"period": "totp", "counter": "hotp"}  # the field that a type has for itself


def fields_of(account: Account) -> dict[str, str]:
    """An account as the texts of a form, by the names of its fields; the secret in Base32."""
    spelled = {"secret": secret.encode(account.key), "counter": str(account.counter or 0)}
    return {name: spelled[name] if name in spelled else str(getattr(account, name)) for name in LABELS}


def account_of(fields: dict[str, str]) -> Account:
    """The account that the texts of a form say; spaces around them do not count.

    fields: as `fields_of` gives them. The counter is not looked at for totp, nor the period for hotp.
    Raises OtpError for a secret that is not Base32, for what is not a number, and as Account does.
    """
    texts = {name: text.strip() for name, text in fields.items()}
    moving = {name: _whole(name, texts[name]) for name, kind in ONLY.items() if kind == texts["type"]}
    return Account(
        type=texts["type"],
        issuer=texts["issuer"],
        name=texts["name"],
        key=secret.decode(texts["secret"]),
        algorithm=texts["algorithm"],
        digits=_whole("digits", texts["digits"]),
        **moving,
    )


def _whole(name: str, text: str) -> int:
    """The number that a field says."""
    if not re.fullmatch("[0-9]{1,20}", text):
        raise OtpError(f"{name} must be a whole number, not {shown(text)}")
    return int(text)
