"""Accounts for tests: every kind that a URI can carry, and texts as bad as they come."""

from hypothesis import strategies as st

from totp_teach.hotp import LAST_COUNTER
from totp_teach.otpauth import Account

KEY = b"12345678901234567890"
EXAMPLE = Account("totp", "Example", "alice@example.com", KEY)
URI = "otpauth://totp/Example:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example"

# Whatever has a UTF-8, and often what means something in a URI, in Unicode or to a reader.
characters = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.sampled_from(":%/?#&=+@ .;\"'<>\\\0\n\u200f\u202e\ufeff\u00a0é你🏴"),
)
names = st.text(characters, max_size=12).map(str.strip)


@st.composite
def accounts(draw, *, digits=range(1, 11), periods=st.integers(1, LAST_COUNTER)):
    """An account of any kind."""
    issuer, name = draw(names), draw(names)
    common = dict(
        issuer=issuer,
        name=name if issuer else name.replace(":", "").strip(),
        key=draw(st.binary(min_size=1, max_size=70)),
        algorithm=draw(st.sampled_from(["SHA1", "SHA256", "SHA512"])),
        digits=draw(st.sampled_from(digits)),
    )
    if draw(st.booleans()):
        return Account("hotp", **common, counter=draw(st.integers(0, LAST_COUNTER)))
    return Account("totp", **common, period=draw(periods))
