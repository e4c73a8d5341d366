"""The classic mistakes, each as a runnable change of one step of the real computation.

    code      a code with the named mistakes in it
    find      a mistake by its name
    MISTAKES  the one table: diagnose searches it, check names a learner's slip by it, the chapters run it

The computation is a row of steps, each of which reads what the ones before it wrote into a Run. A mistake replaces one
step, so any two of different steps combine by themselves. What each looks like and how it is fixed stands in
mistakes.toml, under its name.
"""

import base64
import hashlib
import hmac
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from . import OtpError, hotp, secret, totp

# What a step raises that cannot be made of this input: a text that is not hex, a moment before 1970, a short digest.
IMPOSSIBLE = (ValueError, ArithmeticError, LookupError)
SELDOM = 2.5  # the weight of forms that are not tried together with drift, or in an exercise with a second mistake


SECRET_IN_URI = re.compile(r"^.*?://.*?[?&]secret=([^&#]*)", re.IGNORECASE | re.DOTALL)
# Each byte XORed with HMAC's two constants.
PADS = {pad: bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C)}


class Agreed(NamedTuple):
    """What phone and server agree on beside the key."""

    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30


class Run:
    """One run of the computation: what is given, then each step's value under the step's name. Its repr tells nothing.

    secret: the key's bytes.  typed: what was typed, which may be a whole URI.  text: the secret in it.
    at: seconds since 1970, or None with hotp.  expected: the counter of a hotp account, else None.  agreed: Agreed.
    """

    if TYPE_CHECKING:

        def __getattr__(self, step: str) -> Any: ...

    def __init__(self, key: bytes, at: float | None, *, typed: str, expected: int | None, agreed: Agreed):
        self.secret, self.typed, self.expected, self.agreed = key, typed, expected, agreed
        self.at: Any = at
        found = SECRET_IN_URI.search(typed)
        self.text = unquote(found[1]) if found else typed
        self.hmacs: dict[tuple[bytes, str], list] = {}  # what a copy of this run shares


def _hmac(run: Run) -> bytes:
    """The HMAC, with the pads of a key taken in once (RFC 2104 §4)."""
    name = run.key, run.algorithm
    inner, outer = run.hmacs[name] = run.hmacs.get(name) or prepared(*name)
    first, second = inner.copy(), outer.copy()
    first.update(run.message)
    second.update(first.digest())
    return second.digest()


def prepared(key: bytes, algorithm: str) -> list:
    """The inner and the outer hash of an HMAC, the key's pads taken in: to be copied."""
    size = hashlib.new(algorithm).block_size
    padded = (key if len(key) <= size else hashlib.new(algorithm, key).digest()).ljust(size, b"\0")
    return [hashlib.new(algorithm, padded.translate(PADS[pad])) for pad in (0x36, 0x5C)]


def _counter(run: Run) -> int:
    if run.expected is not None:
        return run.expected
    time = run.time  # whole seconds without totp.counter's checks: this runs half a million times in a search
    return time // run.period if type(time) is int and time >= 0 else totp.counter(time, period=run.period)


# The steps as they should be, in their order.
STEPS: dict[str, Callable[[Run], Any]] = {
    "parameters": lambda run: run.agreed,
    "key": lambda run: run.secret,
    "clock": lambda run: run.at,
    "time": lambda run: run.clock,
    "period": lambda run: run.parameters.period,
    "counter": _counter,
    "message": lambda run: (run.counter % 2**64).to_bytes(8, "big"),  # −1 as C and Java write it
    "algorithm": lambda run: run.parameters.algorithm,
    "digest": _hmac,
    "offset": lambda run: run.digest[-1] & 0x0F,
    "four_bytes": lambda run: run.digest[run.offset : run.offset + 4],
    "digits": lambda run: run.parameters.digits,
    "number": lambda run: int.from_bytes(run.four_bytes, "big") & hotp.LOW_31_BITS,
    "code": lambda run: str(run.number % 10**run.digits).zfill(run.digits),
}
FROM_COUNTER = tuple(STEPS)[tuple(STEPS).index("message") :]
# What the exercises ask for beside the way to a code.
STEPS_ASIDE: dict[str, Callable[[Run], Any]] = {
    "base32": lambda run: secret.encode(run.secret),
    "size": lambda run: (8 * len(run.secret), _letters_for(run, 5)),
    "remaining": lambda run: totp.remaining(run.at, period=run.agreed.period),
}


@dataclass(frozen=True, eq=False)
class Mistake:
    """One classic mistake.

    name: stable.  step: the step it replaces.  run: (Run, setting) -> the step's wrong value.
    settings: the forms it comes in.  weight: how common each form is thought to be, beside others.
    label: a setting as text.  alone: a slip of the finger, not searched together with a second mistake.
    seldom: forms that are met fifty times less often.
    symptom, fix: one sentence each, without a capital and a full stop.  about: the section it offends against.
    confusion: its number in the course's table of confusions, 0 for none.
    """

    name: str
    step: str
    run: Callable[[Run, Any], Any]
    settings: Sequence[Any] = (None,)
    weight: float = 10
    label: Callable[[Any], str] = str
    alone: bool = False
    seldom: Sequence[Any] = ()
    symptom: str = ""
    fix: str = ""
    about: str = ""
    confusion: int = 0


class Variant(NamedTuple):
    """A mistake in one of its forms: called with a Run, the step's wrong value."""

    mistake: Mistake
    setting: Any = None

    @property
    def weight(self) -> float:
        return self.mistake.weight / (50 if self.setting in self.mistake.seldom else 1)

    def __call__(self, run: Run) -> Any:
        return self.mistake.run(run, self.setting)

    def __str__(self) -> str:
        name, label = self.mistake.name, self.mistake.label
        return name if self.setting is None else f"{name} ({label(self.setting)})"


def find(name: str) -> Mistake:
    """The mistake of that name. Raises OtpError, with the names there are, for another one."""
    if found := next((mistake for mistake in MISTAKES if mistake.name == name), None):
        return found
    raise OtpError(f"no mistake is called {name!r}; there are: {', '.join(mistake.name for mistake in MISTAKES)}")


def code(
    key: bytes,
    at: float | datetime | None,
    *wrong: str | tuple[str, Any],
    typed: str | None = None,
    counter: int | None = None,
    algorithm: str = "SHA1",
    digits: int = 6,
    period: int = 30,
) -> str:
    """The code that comes of these mistakes: `mistakes.code(key, 59, "high nibble")`; without one, the right code.

    wrong: names, or (name, setting); a name alone takes the first setting.  typed: the secret as it was typed, where
    that matters; without it, its Base32.  at: the moment, or None with the counter of a hotp account.  The rest as
    `totp.code`.  Raises OtpError where the mistake cannot be made: a text that is not hex cannot be taken for hex.
    """
    run = start(key, at, typed=typed, counter=counter, agreed=Agreed(algorithm, digits, period))
    named = [(find(name), ()) if isinstance(name, str) else (find(name[0]), name[1:]) for name in wrong]
    variants = [Variant(mistake, *(setting or mistake.settings[:1])) for mistake, setting in named]
    if len({variant.mistake.step for variant in variants}) < len(variants):
        raise OtpError(f"two of {', '.join(map(str, variants))} change the same step: take one of them")
    try:
        return compute(run, variants)
    except IMPOSSIBLE as error:
        raise OtpError(f"{', '.join(map(str, variants)) or 'the code'} cannot be made here: {error}") from None


def start(
    key: bytes,
    at: float | datetime | None,
    *,
    typed: str | None = None,
    counter: int | None = None,
    agreed: Agreed = Agreed(),
) -> Run:
    """A Run before its first step. Arguments as `code`; raises OtpError without a moment and without a counter."""
    if at is None and counter is None:
        raise OtpError("when was the code made? Bring the moment (time.time() for now), or a hotp account's counter")
    if counter is not None:
        hotp.message(counter)
    whole, fraction = (0, 0.0) if at is None else totp.seconds(at)
    moment = None if at is None else whole + fraction if fraction else whole
    typed = secret.encode(key) if typed is None else typed
    return Run(key, moment, typed=typed, expected=counter, agreed=agreed)


def compute(run: Run, variants: Iterable[Variant] = (), steps: Iterable[str] = STEPS) -> Any:
    """Takes these steps in the run, each variant in place of its step; the last one's value."""
    wrong = {variant.mistake.step: variant for variant in variants}
    value = None
    for step in steps:
        value = (wrong.get(step) or STEPS.get(step) or STEPS_ASIDE[step])(run)
        setattr(run, step, value)
    return value


# --- the forms that mistakes come in ---------------------------------------------------------------------------------

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
HOW_TO_CONFIRM = WORDS.pop("how to confirm")
FORMS = WORDS.pop("forms")
ALGORITHMS = ("SHA1", "SHA256", "SHA512", "SHA224", "SHA384", "MD5")
# The usual periods first, then every whole one from 2 s up to five minutes, then those of minutes, hours and a day.
PERIODS = tuple(dict.fromkeys((*FORMS["periods"], *range(2, 300), *FORMS["long periods"])))
CASES = ("lower case", "upper case")
CHARSETS = ("latin-1", "utf-8", "cp1252")
SEVEN_BITS = {"top bits cleared": 2 * bytes(range(128)), "? in their place": bytes(range(128)) + 128 * b"?"}
CHARACTER_CODES: dict[str, str] = FORMS["character codes"]
WHOLE_URI: dict[str, Callable[[str], bytes]] = {
    "characters skipped": lambda uri: loosely(uri),
    "small letters skipped as well": lambda uri: loosely(re.sub("[a-z]", "", uri)),
    "its text used as key": str.encode,
}
LETTERS = tuple(product(range(64), secret.ALPHABET))
ORDERS = {int(size): words for size, words in FORMS["orders"].items()}
AHEAD = (*range(2, 101), *range(-2, -11, -1))
ONE_MORE = "one letter more".format
SKIPPED = "whole groups of {} letters alone".format
FILLED = {False: "zeros behind them", True: "zeros in front"}
SIGNS = {abs: "sign dropped", int: "remainder above 0"}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as typed": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "without blanks": lambda text: "".join(text.split()),
    "padded": lambda text: text + "=" * (-len(text) % 8),
    "with a line end": "{}\n".format,
    "in UTF-16, as .NET writes it": lambda text: "".join(f"{sign}\0" for sign in text),
    "in Base64": lambda text: base64.b64encode(secret.decode(text)).decode(),
}
LOOKALIKES = {"0→O 1→L 8→B": str.maketrans("018", "OLB"), "0→O 1→I 8→B 9→G": str.maketrans("0189", "OIBG")}
# Every offset from UTC in use somewhere in the world, summer times included, in minutes.
UTC_OFFSETS = (*(60 * hours for hours in range(-12, 15) if hours), *FORMS["odd offsets"])
EPOCHS: dict[str, int] = FORMS["epochs"]  # where other clocks start, in seconds beside 1970
STEAM = "23456789BCDFGHJKMNPQRTVWXY"


def _signed_label(number: int) -> str:
    return f"{number:+d}".replace("-", "−")


def _seconds(number: int) -> str:
    return f"{_signed_label(number)} s"


def _zone(minutes: int) -> str:
    return f"UTC{'−' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _place(setting: int | tuple[int, str]) -> str:
    """Where, and not which letter: that would be a part of the secret."""
    return f"places {setting + 1} and {setting + 2}" if isinstance(setting, int) else f"place {setting[0] + 1}"


# --- the longer variants --------------------------------------------------------------------------------------------


def _totp(run: Run) -> Run:
    """The run itself, if its counter is the clock."""
    if run.expected is not None:
        raise OtpError("a hotp account does not look at the clock")
    return run


def _hotp(run: Run) -> Run:
    """The run itself, if its counter counts events."""
    if run.expected is None:
        raise OtpError("the counter of a totp account is the clock")
    return run


def letters(text: str) -> str:
    """The Base32 letters in a text, everything else skipped."""
    return "".join(letter for letter in text.upper() if letter in secret.ALPHABET)


def loosely(text: str, group: int | None = None) -> bytes:
    """The key of the letters in a text: of as many as hold whole bytes, or of whole groups alone."""
    found = letters(text)
    if group:
        return secret.decode(found[: len(found) // group * group])
    return secret.decode(found[:-1] if len(found) % 8 in secret.IMPOSSIBLE else found)


def _spelled(run: Run, how: str) -> bytes:
    return SPELLINGS[how](run.text).encode()


def _character_codes(run: Run, how: str) -> bytes:
    """The key's bytes as 16-bit characters, or as a text of their numbers, as JavaScript joins them."""
    if how.startswith("utf"):
        return run.secret.decode("latin-1").encode(how)
    return how.join(map(str, run.secret)).encode()


def _whole_uri(run: Run, how: str) -> bytes:
    if "://" not in run.typed:
        raise OtpError("what was typed is not a URI")
    return WHOLE_URI[how](run.typed)


def _left_over(run: Run, front: bool) -> bytes:
    """The bits that fill no byte (RFC 4648 §3.5 drops them), kept as one more, zeros behind them or in front."""
    found = letters(run.text)
    left = 5 * len(found) % 8
    bits = secret.ALPHABET.index(found[-1]) | secret.ALPHABET.index(found[-2]) << 5
    if not (byte := bits % 2**left):
        raise OtpError("no bits are left over")
    return loosely(found) + bytes([byte if front else byte << 8 - left])


def _one_letter_more(run: Run, letter: str) -> bytes:
    """A letter beyond the last whole group, which one side dropped, its five bits kept as a byte by the other."""
    if len(letters(run.text)) % 8:
        raise OtpError("the secret does not end with a whole group of eight letters")
    return run.secret + bytes([secret.ALPHABET.index(letter) << 3])


def _lookalikes(run: Run, which: str) -> bytes:
    return secret.decode(run.text.upper().translate(LOOKALIKES[which]))


def _respelled(run: Run, *changes: tuple[int, str]) -> bytes:
    """The key with other letters at some places of its Base32. By its bits: a search decodes a thousand such texts."""
    size = len(run.secret)
    above = -8 * size % 5  # the zeros that fill the last letter
    bits = int.from_bytes(run.secret, "big") << above
    for place, letter in changes:
        shift = 8 * size + above - 5 - 5 * place
        if shift < 0:
            raise LookupError
        bits = bits & ~(31 << shift) | secret.ALPHABET.index(letter) << shift
    return (bits >> above).to_bytes(size, "big")


def _misplaced(run: Run, place: int) -> bytes:
    text = secret.encode(run.secret)
    return _respelled(run, (place, text[place + 1]), (place + 1, text[place]))


def _swapped(text: str, place: int) -> str:
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _digest_size(run: Run) -> int:
    return hashlib.new(run.parameters.algorithm).digest_size


def _rounded(run: Run, _) -> int:
    return totp.counter(_totp(run).time + run.period / 2, period=run.period)


def _wrapped(run: Run, _) -> int:
    """The counter of seconds in 32 bits with a sign: from 2038 on below 0, so huge when written as eight bytes."""
    seconds = (math.floor(_totp(run).time) + 2**31) % 2**32 - 2**31
    return int(seconds / run.period) % 2**64


def _hashed(run: Run, data: bytes) -> bytes:
    return hashlib.new(run.algorithm, data).digest()


def _plain_hash(run: Run, how: str) -> bytes:
    return _hashed(run, run.key + run.message if how == "key first" else run.message + run.key)


def _block_key(run: Run) -> bytes:
    return hotp.padded_key(run.key, algorithm=run.algorithm)


def _nested(run: Run, key: bytes, inner: int = 0x36, outer: int | None = 0x5C) -> bytes:
    """HMAC by hand, its pads to be chosen; without an outer one, the inner digest."""
    padded = key.ljust(hashlib.new(run.algorithm).block_size, b"\0")
    first = _hashed(run, padded.translate(PADS[inner]) + run.message)
    return first if outer is None else _hashed(run, padded.translate(PADS[outer]) + first)


def _four_bytes_at(run: Run, by: int) -> bytes:
    return run.digest[run.offset + by :][:4]


def _hex_four_bytes(run: Run, _) -> bytes:
    return bytes.fromhex(run.digest.hex()[run.offset : run.offset + 8])


def _unmasked(run: Run, mask: int = -1) -> int:
    return int.from_bytes(run.four_bytes, "big") & mask


def _signed(run: Run) -> int:
    return int.from_bytes(run.four_bytes, "big", signed=True)


def _minus(run: Run, _) -> str:
    """In C, Java and JavaScript the remainder of a negative number is negative."""
    return STEPS["code"](run) if _signed(run) >= 0 else f"-{-_signed(run) % 10**run.digits}"


def _in_letters(number: int, alphabet: str, length: int) -> str:
    """The number in the letters of an alphabet, its last digit first."""
    text = ""
    for _ in range(length):
        number, rest = divmod(number, len(alphabet))
        text += alphabet[rest]
    return text


def _retyped(run: Run, setting: tuple[int, str | int]) -> str:
    """The code with another digit at that place, or with the digit there typed so often: never, or twice."""
    (place, by), code = setting, STEPS["code"](run)
    digit = code[place]
    return code[:place] + (by if isinstance(by, str) else by * digit) + code[place + 1 :]


def _reordered(run: Run, size: int) -> str:
    """The groups of a code from right to left, as a phone shows them in Arabic, Hebrew or Persian.

    size: of a group, the last one shorter if need be; below 0 the first one is.
    """
    code, group = STEPS["code"](run), f".{{1,{abs(size)}}}"
    if size < 0:
        return "".join(part[::-1] for part in re.findall(group, code[::-1]))
    return "".join(reversed(re.findall(group, code)))


def _changed(run: Run, setting: tuple[int, int]) -> str:
    """The first digits of this code and the last ones of its neighbour, or the other way round: it changed meanwhile."""
    place, by = setting
    code, neighbour = STEPS["code"](run), copy(_totp(run))
    neighbour.__dict__["counter"] += by
    if place >= len(code):
        raise LookupError
    other = compute(neighbour, steps=FROM_COUNTER)
    return code[:place] + other[place:] if by > 0 else other[:place] + code[place:]


def _bits_from_the_right(run: Run, _) -> str:
    """As numbers are written: the first letter gets the odd bits, where the last one should."""
    return _in_letters(int.from_bytes(run.secret, "big"), secret.ALPHABET, _letters_for(run, 5))[::-1]


def _letters_for(run: Run, bits: int) -> int:
    """How many characters the key takes if each carries that many bits."""
    return -(-8 * len(run.secret) // bits)


# --- the table ------------------------------------------------------------------------------------------------------


def _M(name: str, *shape: Any, **more: Any) -> Mistake:
    return Mistake(name, *shape, **more | WORDS[name])


MISTAKES = (
    # what phone and server agreed on
    _M("parameters ignored", "parameters", lambda run, _: Agreed(), weight=25),
    _M("another algorithm", "algorithm", lambda run, name: name, ALGORITHMS, 40),
    _M("other period", "period", lambda run, period: _totp(run) and period, PERIODS, 30, seldom=PERIODS[10:]),
    _M("other digits", "digits", lambda run, digits: digits, (6, 8, 7, 9, 10, 5, 4), 30),
    # how the key is read from what was typed
    _M("text used as key", "key", _spelled, tuple(SPELLINGS), 60, seldom=tuple(SPELLINGS)[5:]),
    _M("secret taken for hex", "key", lambda run, _: bytes.fromhex(run.text)),
    _M("secret taken for Base64", "key", lambda run, _: base64.b64decode(run.text.strip() + "==="), weight=20),
    _M("secret taken for Base32", "key", lambda run, _: secret.decode(run.text), weight=30),
    _M("characters skipped", "key", lambda run, group: loosely(run.text, group), (None, 8), label=SKIPPED),
    _M("whole URI taken for the secret", "key", _whole_uri, tuple(WHOLE_URI), 20),
    _M("another Base32 alphabet", "key", lambda run, name: secret.respelled(run.text, name), tuple(secret.ALPHABETS)),
    _M("look-alikes replaced", "key", _lookalikes, tuple(LOOKALIKES)),
    _M("hex text used as key", "key", lambda run, how: SPELLINGS[how](run.secret.hex()).encode(), CASES, 20),
    _M("decoded twice", "key", lambda run, _: secret.decode(run.secret.decode("ascii"))),
    _M("key went through UTF-8", "key", lambda run, how: run.secret.decode(how, "replace").encode(), CHARSETS, 20),
    _M("key went through seven bits", "key", lambda run, how: run.secret.translate(SEVEN_BITS[how]), tuple(SEVEN_BITS)),
    _M("key went through character codes", "key", _character_codes, tuple(CHARACTER_CODES), 10, CHARACTER_CODES.get),
    _M("20-byte seed", "key", lambda run, _: run.secret[:20]),
    _M("seed repeated", "key", lambda run, _: (run.secret * 64)[: _digest_size(run)], weight=20),
    _M("line end in the key", "key", lambda run, end: run.secret + end.encode(), ("\n", "\r\n"), label=repr),
    _M("last letters lost", "key", lambda run, _: run.secret[: len(run.secret) // 5 * 5]),
    _M("left-over bits kept as a byte", "key", _left_over, (False, True), 20, label=FILLED.get),
    _M("letter beyond the last group kept", "key", _one_letter_more, secret.ALPHABET[1:], 0.3, ONE_MORE, True),
    _M("letter of the secret mistyped", "key", _respelled, LETTERS, 0.05, _place, True),
    _M("letters of the secret swapped", "key", _misplaced, range(63), 0.3, label=_place, alone=True),
    # what the clock shows, and what is made of it
    _M("clock drift", "clock", lambda run, seconds: _totp(run).at + seconds, (30, -30), 50, label=_seconds),
    _M("local time taken for UTC", "time", lambda run, by: _totp(run).clock + 60 * by, UTC_OFFSETS, 3, label=_zone),
    _M("UTC taken for local time", "time", lambda run, by: _totp(run).clock - 60 * by, UTC_OFFSETS, 3, label=_zone),
    _M("another epoch", "time", lambda run, start: _totp(run).clock - EPOCHS[start], tuple(EPOCHS)),
    _M("milliseconds for seconds", "time", lambda run, _: _totp(run).clock * 1000, weight=40),
    _M("seconds divided by 1000", "time", lambda run, _: _totp(run).clock / 1000),
    _M("32-bit clock", "counter", _wrapped),
    _M("rounded instead of floored", "counter", _rounded, weight=30),
    _M("rounded up", "counter", lambda run, _: -(math.floor(-_totp(run).time) // run.period)),
    _M("not divided by the period", "counter", lambda run, _: math.floor(_totp(run).time), weight=20),
    _M("counter off by one", "counter", lambda run, by: STEPS["counter"](run) + by, (1, -1), 40, label=_signed_label),
    _M("counter out of step", "counter", lambda run, by: _hotp(run).expected + by, AHEAD, 2, label=_signed_label),
    _M("HOTP for TOTP", "counter", lambda run, counter: _totp(run) and counter, range(51), 2),
    _M("TOTP for HOTP", "counter", lambda run, _: totp.counter(_hotp(run).time), weight=40),
    # from counter to digest
    _M("little-endian counter", "message", lambda run, _: run.counter.to_bytes(8, "little"), weight=40),
    _M("counter as text", "message", lambda run, _: str(run.counter).encode(), weight=40),
    _M("counter as hex text", "message", lambda run, form: format(run.counter, form).encode(), ("016x", "x"), 20),
    _M("counter in four bytes", "message", lambda run, order: run.counter.to_bytes(4, order), ("big", "little")),
    _M("counter's low half twice", "message", lambda run, _: 2 * (run.counter % 2**32).to_bytes(4, "big")),
    _M("key and message swapped", "digest", lambda run, _: hmac.digest(run.message, run.key, run.algorithm), weight=30),
    _M("plain hash", "digest", _plain_hash, ("key first", "message first"), 20),
    _M("digest as hex text", "digest", lambda run, _: _hmac(run).hex().encode(), weight=30),
    _M("pads swapped", "digest", lambda run, _: _nested(run, _block_key(run), 0x5C, 0x36)),
    _M("outer hash missing", "digest", lambda run, _: _nested(run, _block_key(run), outer=None)),
    _M("long key cut", "digest", lambda run, _: _nested(run, run.key[: len(_block_key(run))])),
    # from digest to number
    _M("high nibble", "offset", lambda run, _: run.digest[-1] >> 4, weight=30),
    _M("digest[19]", "offset", lambda run, _: run.digest[19] & 0x0F, weight=40),
    _M("offset from the first byte", "offset", lambda run, _: run.digest[0] & 0x0F),
    _M("three bits for the offset", "offset", lambda run, _: run.digest[-1] & 0x07),
    _M("fixed offset", "offset", lambda run, _: 0),
    _M("offset counted in hex digits", "four_bytes", _hex_four_bytes, weight=20),
    _M("four bytes off by one", "four_bytes", _four_bytes_at, (1, -1), 10, _signed_label),
    _M("little-endian four bytes", "four_bytes", lambda run, _: STEPS["four_bytes"](run)[::-1]),
    _M("mask missing", "number", lambda run, _: _unmasked(run), weight=40),
    _M("modulo before the mask", "number", lambda run, _: _unmasked(run) % 10**run.digits & hotp.LOW_31_BITS),
    _M("signed number", "number", lambda run, how: how(_signed(run)), (abs, int), label=SIGNS.get),
    _M("mask on the wrong byte", "number", _unmasked, (0xFFFFFF7F, 0x7F7F7F7F), label=hex),
    _M("mask too short", "number", _unmasked, (0x7FFFFFF, 0xFFFFFFF), label=hex),
    # from number to text
    _M("leading zeros lost", "code", lambda run, _: str(run.number % 10**run.digits), weight=60),
    _M("zeros at the wrong end", "code", lambda run, _: str(run.number % 10**run.digits).ljust(run.digits, "0")),
    _M("first digits", "code", lambda run, _: str(run.number)[: run.digits], weight=20),
    _M("modulo 999999", "code", lambda run, _: hotp.last_digits(run.number % (10**run.digits - 1), run.digits)),
    _M("minus sign", "code", _minus),
    _M("Steam's letters", "code", lambda run, _: _in_letters(run.number, STEAM, 5)),
    _M("two digits swapped", "code", lambda run, at: _swapped(STEPS["code"](run), at), range(9), 1, _place, True),
    _M("digit mistyped", "code", _retyped, tuple(product(range(10), "0123456789")), 0.5, _place, True),
    _M("digit left out", "code", _retyped, tuple(product(range(10), (0,))), 1, _place, True),
    _M("digit typed twice", "code", _retyped, tuple(product(range(10), (2,))), 0.5, _place, True),
    _M("groups in another order", "code", _reordered, tuple(ORDERS), 5, ORDERS.get, True),
    _M("code changed while typed", "code", _changed, tuple(product(range(1, 10), (1, -1))), 0.5, _place, True),
    # beside the way to a code
    _M("padding kept", "base32", lambda run, _: base64.b32encode(run.secret).decode()),
    _M("lower-case letters", "base32", lambda run, _: secret.encode(run.secret).lower()),
    _M("Base64 for Base32", "base32", lambda run, _: base64.b64encode(run.secret).decode().rstrip("=")),
    _M("hex for Base32", "base32", lambda run, _: run.secret.hex()),
    _M("Base32's other alphabet", "base32", lambda run, _: base64.b32hexencode(run.secret).decode().rstrip("=")),
    _M("bits filled in front", "base32", _bits_from_the_right),
    _M("last bits lost", "base32", lambda run, _: secret.encode(run.secret)[: 8 * len(run.secret) // 5]),
    _M("bytes for bits", "size", lambda run, _: (len(run.secret), _letters_for(run, 5))),
    _M("four bits a letter", "size", lambda run, _: (8 * len(run.secret), _letters_for(run, 4))),
    _M("six bits a letter", "size", lambda run, _: (8 * len(run.secret), _letters_for(run, 6))),
    _M("eight bits a letter", "size", lambda run, _: (8 * len(run.secret), _letters_for(run, 8))),
    _M("seconds gone for seconds left", "remaining", lambda run, _: run.at % run.agreed.period),
    _M("nothing left at a boundary", "remaining", lambda run, _: -run.at % run.agreed.period),
    _M("one second short", "remaining", lambda run, _: STEPS_ASIDE["remaining"](run) - 1),
    _M("counted from now", "remaining", lambda run, _: run.agreed.period),
)
