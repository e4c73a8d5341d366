"""What there is to say about a URI: every finding by its name, and the three outcomes.

error     parse refuses it: a silent default would make codes that look right and fail
warning   accepted, but real apps do different things with it
note      accepted: the same to everybody, but spelled differently from what Account.uri builds, or read by nobody
"""

from dataclasses import dataclass, field

from .real_apps import Concern, concerned

RULES = {
    # refused
    "scheme": ("error", "The scheme is not otpauth{hint}"),
    "inside": ("error", "An account's URI begins at place {place}, {hint}"),
    "surrogate": ("error", "Half a character (a lone surrogate) has no place in a URI"),
    "escape": ("error", "The {of} has a broken percent escape: {why}"),
    "type": ("error", "The type must be totp or hotp, not {given}{hint}"),
    "colon-without-issuer": ("error", "The account has a colon and there is no issuer before it: name the issuer"),
    "secret-missing": ("error", "The secret is missing or empty{hint}"),
    "secret-not-base32": ("error", "The secret cannot be decoded: {why}"),
    "algorithm-unknown": ("error", "The algorithm must be SHA1, SHA256 or SHA512, not {given}"),
    "digits-invalid": ("error", "The digits must be a whole number from 1 to 10, not {given}"),
    "period-invalid": ("error", "The period must be a whole number of seconds from 1 to 2^64 − 1, not {given}"),
    "counter-invalid": ("error", "The counter must be a whole number from 0 to 2^64 − 1, not {given}"),
    "counter-missing": ("error", "The counter is missing: hotp needs one; lenient=True takes 0"),
    "parameter-repeated": ("error", "The parameter {given} is given twice; some apps take the first, some the last"),
    "parameter-lost": ("error", "{given}= stands at place {place}, but {hint}; so no app reads it"),
    "parameter-synonym": (
        "error",
        "The parameter {given} is not part of the format; if it is the {meant}, write {meant}=",
    ),
    "parameter-derives": ("error", "The parameter {given} changes the codes: {why}. Only an app that knows it helps"),
    # accepted, and reported
    "hotp": ("warning", "A hotp account moves with every code, not with the clock; some apps have totp alone"),
    "issuer-differs": (
        "warning",
        "The label says issuer {label}, the parameter {parameter}; which one is shown depends on the app",
    ),
    "issuer-only-in-label": ("warning", "The issuer stands in the label alone; add the parameter issuer"),
    "issuer-only-in-parameter": ("warning", "The issuer is a parameter alone; put it before the account too"),
    "no-issuer": ("warning", "There is no issuer: some apps take the account for it; write issuer:account"),
    "empty-account": ("warning", "The account has no name: two of one issuer cannot be told apart"),
    "many-colons": ("warning", "The label has more than one colon; apps split it at different ones, or not at all"),
    "encoded-colon": ("warning", "An encoded colon (%3A) separates issuer and account, but not in every app: write :"),
    "escaped-twice": ("warning", "The {of} still holds {value} when it is decoded: it was percent-escaped twice"),
    "reserved-character": ("warning", "The names hold {value}: apps that decode too early or twice garble them"),
    "hidden-character": ("warning", "The {of} holds an unseen character, which can make it look like another"),
    "long-label": ("warning", "The label has {value} characters, more than 512; some apps refuse it or cut it"),
    "secret-under-128-bits": ("warning", "The secret has {value} bits; RFC 4226 §4 R6 asks for 128 and recommends 160"),
    "secret-under-160-bits": ("warning", "The secret has {value} bits; RFC 4226 §4 R6 recommends 160"),
    "long-secret": ("warning", "The secret has {value} bytes, more than a block of the hash, which HMAC hashes first"),
    "secret-ambiguous": (
        "warning",
        "The secret is read as Base32, but looks like {value}: if it is that, the codes fail",
    ),
    "secret-mangled": (
        "warning",
        "The key holds the mark of a replaced character (EF BF BD): it was once read as text",
    ),
    "algorithm-not-sha1": ("warning", "The algorithm is {value}: some apps make SHA1 codes all the same"),
    "digits-not-6": ("warning", "The codes have {value} digits: some apps show 6 all the same, or refuse"),
    "period-not-30": ("warning", "The step is {value} seconds: some apps count 30 all the same, or refuse"),
    "misplaced-parameter": ("warning", "The parameter {value} has no meaning with this type; leave it out"),
    "plus": ("warning", "A + in the {of} is a plus to most apps and a space to some: write %20 or %2B"),
    "steam": ("warning", "It is marked as Steam's: some apps show five letters of Steam's own, others digits"),
    "ampersand": ("warning", "{given} is cut off the issuer by a raw &: write it as %26, if it belongs there"),
    "fragment": ("warning", "What follows a raw # is lost in most apps; a real # is %23"),
    # read in another spelling, and reported
    "outside": ("note", "{what} stands {where} the URI and is not part of it"),
    "scheme-spelling": ("note", "The scheme is written otpauth; {given} means the same"),
    "slashes": ("note", "Two slashes stand between the scheme and the type: otpauth://"),
    "type-spelling": ("note", "The type is written in lower case: {value}"),
    "parameter-spelling": ("note", "The parameter's name is written in lower case: {value}"),
    "parameter-damaged": ("note", "The parameter {given} is read as {value}: something got into its name on the way"),
    "algorithm-spelling": ("note", "The algorithm is written {value}, without hyphens"),
    "secret-spelling": ("note", "The secret is written in upper case, without spaces, hyphens, padding, stray bits"),
    "outer-blanks": ("note", "The {of} begins or ends with {what}, which is left out"),
    "unescaped": ("note", "The {of} holds raw characters that belong percent-escaped"),
    "unknown-parameter": ("note", "The parameter {given} is not part of the format; most readers ignore it"),
}


@dataclass(frozen=True)
class Finding:
    """One thing to know about a URI. Its repr shows no secret; `fixed` does.

    name: stable, a key of RULES.  severity: "error", "warning" or "note".
    start, end: the span in the URI it is about, from 0; empty (start == end) where something is missing.
    sentence: what is wrong, and what to do.
    value: what it is about, where that can be said: the digits, the period, the label's issuer, the bits; else None.
    """

    name: str
    severity: str
    start: int
    end: int
    sentence: str
    value: str | int | None = None
    _uri: str = field(default="", repr=False)
    _patch: tuple[int, int, str] | None = field(default=None, repr=False)  # from, to, and what stands there instead

    @property
    def apps(self) -> tuple[Concern, ...]:
        """The real apps that do something else with it, and what: facts with their date and source."""
        return concerned(self.name, self.value)

    @property
    def fixed(self) -> str | None:
        """The whole URI with this one thing put right: the same account, or of a refused URI what was probably meant.

        None where only its owner can know.
        """
        if self._patch is None:
            return None
        start, end, instead = self._patch
        return self._uri[:start] + instead + self._uri[end:]

    mended = fixed  # its name in version 1
