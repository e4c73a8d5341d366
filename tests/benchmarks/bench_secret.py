"""A pasted secret, beside the bare decoder of the standard library, which takes none of the forms that people paste."""

import base64

from measure import Row, compare

from totp_teach import secret

TEXT = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
PASTED = "gezd gnbv gy3t qojq gezd gnbv gy3t qojq"


def rows(quick: bool) -> list[Row]:
    """Nothing is promised: a secret is decoded once, and what counts there is the message when it is wrong."""
    key = secret.decode(TEXT)
    return [
        compare(
            "secret.decode",
            lambda: secret.decode(TEXT),
            "base64.b32decode",
            lambda: base64.b32decode(TEXT),
            quick=quick,
        ),
        compare(
            "secret.decode, as pasted",
            lambda: secret.decode(PASTED),
            "strip, then b32decode",
            lambda: base64.b32decode(PASTED.replace(" ", ""), casefold=True),
            quick=quick,
        ),
        compare(
            "secret.encode",
            lambda: secret.encode(key),
            "base64.b32encode",
            lambda: base64.b32encode(key).decode(),
            quick=quick,
        ),
    ]
