from urllib.parse import unquote, urlsplit, parse_qsl

from .. import OtpError, secret
from .account import Account


def parse(uri: str, *, lenient: bool = False) -> Account:
    """The account of an `otpauth://` URI."""
    split = urlsplit(uri)
    if split.scheme != "otpauth":
        raise OtpError("an otpauth URI begins with otpauth://")
    issuer, colon, name = split.path[1:].partition(":")
    fields = dict(parse_qsl(split.query.replace("+", "%2B"), keep_blank_values=True))
    if "secret" not in fields:
        raise OtpError("the URI has no secret")
    return Account(
        type=split.netloc,
        issuer=fields.get("issuer") or unquote(issuer if colon else ""),
        name=unquote(name if colon else issuer),
        key=secret.decode(fields["secret"]),
        algorithm=fields.get("algorithm", "SHA1"),
        digits=int(fields.get("digits", 6)),
        period=int(fields.get("period", 30)),
        counter=int(fields["counter"]) if "counter" in fields else None,
    )
