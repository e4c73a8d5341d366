"""The exercises of chapters 05 to 10. Their slips are their own: no code comes of them, so no diagnosis needs them."""

import math
import re
from collections.abc import Callable, Iterator
from random import Random
from urllib.parse import quote, quote_plus, unquote

from .. import hotp, mistakes, secret, totp
from .exercise import Exercise, Slip

NAMES = ("Example", "Big Corp", "R&D", "100%", "Zoë", "a/b", "東京", "C#: one", "what?")
RFC_KEY = b"12345678901234567890"


def _slips(step: str, *known: tuple[str, str, Callable]) -> Callable[[], Iterator[Slip]]:
    """The slips of one step: for each its name, its symptom and what it gives."""
    return lambda: (Slip(name, step, symptom, answer) for name, symptom, answer in known)


# --- 05: otpauth URIs -----------------------------------------------------------------------------------------------


def _escaped(text: str, safe: str = "@") -> str:
    return quote(text, safe=safe)


def _cut(label: str, mark: str) -> tuple[str, str]:
    issuer, found, name = label.partition(mark)
    return (issuer, name) if found else ("", issuer)


def _decoded(parts: tuple[str, str]) -> tuple[str, str]:
    return unquote(parts[0]), unquote(parts[1])


def _split(label: str) -> tuple[str, str]:
    """Issuer and account of a label, split before they are decoded."""
    return _decoded(_cut(label, ":" if ":" in label else "%3A"))


def _split_last(label: str) -> tuple[str, str]:
    return _decoded(label.rpartition(":")[::2]) if ":" in label else _split(label)


def _label(random: Random) -> tuple[str]:
    issuer, name = (_escaped(text) for text in random.sample(NAMES, 2))
    return (issuer + random.choice((":", "%3A")) + name,)


escaped = Exercise(
    "05.1", "escaped(text)",
    "the text's UTF-8, and %XX for every byte but those of letters, digits and -._~@",
    right=_escaped,
    slips=_slips(
        "escape",
        ("plus for a blank", "some apps show Big+Corp", lambda text: quote_plus(text, safe="@")),
        ("slash left as it is", "apps that cut the path at a slash lose the rest", lambda text: _escaped(text, "@/")),
        ("Latin-1 for UTF-8", "ë arrives as another character", lambda text: quote(text.encode("latin-1", "replace"), safe="@")),
        ("blanks alone escaped", "a name with &, # or % cuts the URI off", lambda text: text.replace(" ", "%20")),
        ("not escaped", "a name with &, # or % cuts the URI off", lambda text: text),
    ),
    inputs=tuple((name,) for name in NAMES),
    fresh=lambda random: (" ".join(random.sample(NAMES, 3)),),
)  # fmt: skip
split_label = Exercise(
    "05.2", "split_label(label)",
    "a literal colon separates, the first one; only without one does %3A; each part is decoded after the split",
    right=_split,
    slips=_slips(
        "split",
        ("decoded before the split", "a colon within a name splits it", lambda label: _cut(unquote(label), ":")),
        ("split at the last colon", "a name with a colon loses its head", _split_last),
        ("not decoded", "names are shown with %20 in them", lambda label: _cut(label, ":" if ":" in label else "%3A")),
        ("encoded colon not known", "issuer and account are shown as one", lambda label: _decoded(_cut(label, ":"))),
    ),
    inputs=tuple((label,) for label in (
        "Example:alice@example.com", "alice", "Big%20Corp:alice", "Example%3Aalice", "Example:Team:alice", "A%3AB:alice",
    )),
    fresh=_label,
)  # fmt: skip

# --- 06: QR codes ---------------------------------------------------------------------------------------------------

Rows = list[list[bool]]


def _framed(matrix: Rows, width: int = 4, dark: bool = False) -> Rows:
    """The matrix with so many modules around it."""
    size = len(matrix[0]) + 2 * width
    edge = [[dark] * size for _ in range(width)]
    return [*edge, *([dark] * width + list(row) + [dark] * width for row in matrix), *map(list, edge)]


def _square(random: Random) -> tuple[Rows]:
    size = random.choice((3, 5, 21))
    return ([[random.random() < 0.5 for _ in range(size)] for _ in range(size)],)


modules = Exercise(
    "06.1", "modules(version)",
    "version 1 has 21 modules a side, and each next version four more",
    right=lambda version: 17 + 4 * version,
    slips=_slips(
        "size",
        ("counted from version 0", "one version too large", lambda version: 21 + 4 * version),
        ("21 times the version", "right for version 1 alone", lambda version: 21 * version),
        ("quiet zone counted", "eight modules too many", lambda version: 25 + 4 * version),
    ),
    inputs=((1,), (2,), (6,), (40,)),
    fresh=lambda random: (random.randint(1, 40),),
)  # fmt: skip
quiet_zone = Exercise(
    "06.2", "with_quiet_zone(matrix)",
    "four rows of light modules above and below, four light modules left and right of every row",
    right=_framed,
    slips=_slips(
        "quiet zone",
        ("one module wide", "some readers find it, some do not", lambda matrix: _framed(matrix, 1)),
        ("dark quiet zone", "no reader finds the code", lambda matrix: _framed(matrix, dark=True)),
        ("sides left out", "the code touches what stands beside it",
         lambda matrix: [row[4:-4] for row in _framed(matrix)]),
        ("top and bottom left out", "the code touches what stands above it", lambda matrix: _framed(matrix)[4:-4]),
    ),
    inputs=(([[True]],), ([[True, False], [False, True]],)),
    fresh=_square,
)  # fmt: skip

# --- 07: verification -----------------------------------------------------------------------------------------------


def _step(code: str, key: bytes, at: int, back: int = 1, ahead: int = 1) -> int | None:
    """The step within the window whose code it is."""
    now = totp.counter(at)
    steps = range(max(now - back, 0), now + ahead + 1)
    return next((step for step, own in zip(steps, hotp.codes(key, steps)) if own == code), None)


def _again(code: str, key: bytes, at: int, last: int, used: Callable[[int, int], bool] = int.__le__) -> int | None:
    """The step, unless the last accepted one has used it up."""
    step = _step(code, key, at)
    return None if step is None or used(step, last) else step


def _typed(random: Random, key: bytes = RFC_KEY) -> tuple[str, bytes, int]:
    """A code of a step near by, and the moment at which it arrives."""
    at = random.randrange(90, 10**9)
    return totp.code(key, at + 30 * random.randint(-2, 2)), key, at


accepted_step = Exercise(
    "07.1", "accepted_step(code, key, at)",
    "compare with the codes of the step before, this one and the next; no step is before 0",
    right=_step,
    slips=_slips(
        "window",
        ("no window", "27 % of the codes that take 8 s are refused", lambda *given: _step(*given, 0, 0)),
        ("window behind alone", "a phone that is a step ahead is refused", lambda *given: _step(*given, 1, 0)),
        ("window ahead alone", "a slow typist is refused", lambda *given: _step(*given, 0, 1)),
        ("window too wide", "five codes are right at every moment", lambda *given: _step(*given, 2, 2)),
        ("the distance, not the step", "nothing can be remembered against replay",
         lambda code, key, at: None if (step := _step(code, key, at)) is None else step - totp.counter(at)),
    ),
    inputs=tuple((code, RFC_KEY, at) for at in (45, 59, 75) for code in ("287082", "755224", "359152", "969429", "338314")),
    fresh=_typed,
)  # fmt: skip
used_once = Exercise(
    "07.2", "new_step(code, key, at, last)",
    "the step of the code, if it is later than the last accepted one; else None",
    right=_again,
    slips=_slips(
        "replay",
        ("replay not looked at", "the same code is accepted twice", lambda *given: _again(*given, lambda step, last: False)),
        ("only the last step refused", "a code from before the accepted one still counts",
         lambda *given: _again(*given, int.__eq__)),
        ("the last step counts again", "the same code is accepted twice", lambda *given: _again(*given, int.__lt__)),
    ),
    inputs=tuple((code, RFC_KEY, 45, last) for last in (-1, 0, 1, 2) for code in ("287082", "755224", "359152", "969429")),
    fresh=lambda random: (*(typed := _typed(random)), totp.counter(typed[2]) + random.randint(-2, 1)),
)  # fmt: skip

# --- 08: attacks and limits -----------------------------------------------------------------------------------------


def _odds(tries: int, alive: int = 3, digits: int = 6) -> float:
    return 1 - (1 - alive / 10**digits) ** tries


def _attempts(chance: float, alive: int = 3, digits: int = 6) -> float:
    return math.log(1 - chance) / math.log(1 - alive / 10**digits)


odds = Exercise(
    "08.1", "odds(tries, alive, digits)",
    "the chance that all tries miss is (1 − alive / 10^digits) to the power of tries",
    right=_odds,
    slips=_slips(
        "probability",
        ("chances added up", "above 1 when there are many tries", lambda tries, alive, digits: tries * alive / 10**digits),
        ("the chance to miss", "falls with every try", lambda *given: 1 - _odds(*given)),
        ("one code alive", "too small by the window", lambda tries, alive, digits: _odds(tries, 1, digits)),
        ("six digits always", "the same for four digits as for eight", lambda tries, alive, digits: _odds(tries, alive)),
    ),
    inputs=((1, 3, 6), (5, 3, 6), (100, 3, 6), (10**6, 3, 6), (1000, 6, 4), (10, 1, 1)),
    fresh=lambda random: (random.randint(1, 10**5), random.randint(1, 6), random.randint(3, 8)),
)  # fmt: skip
tries_for = Exercise(
    "08.2", "tries_for(chance, alive, digits)",
    "solve the formula of 08.1 for tries, with two logarithms; a part of a try is a whole one",
    right=lambda *given: math.ceil(_attempts(*given)),
    slips=_slips(
        "probability",
        ("rounded down", "one try too few", lambda *given: math.floor(_attempts(*given))),
        ("chances added up", "too few: missed tries do not add up",
         lambda chance, alive, digits: math.ceil(chance * 10**digits / alive)),
        ("one code alive", "too many by the window", lambda chance, alive, digits: math.ceil(_attempts(chance, 1, digits))),
    ),
    inputs=((0.5, 3, 6), (0.03, 6, 6), (0.99, 1, 3), (0.5, 3, 8)),
    fresh=lambda random: (random.uniform(0.05, 0.95), random.randint(1, 6), random.randint(3, 7)),
)  # fmt: skip

# --- 09: build a login ----------------------------------------------------------------------------------------------


def _wait(failures: int, free: int = 3, delay: int = 5) -> int:
    return delay * max(0, failures - free)


def _redeem(code: str, kept: list[str], same: Callable[[str], str] = lambda code: re.sub(r"[\s-]", "", code).upper()):
    """Whether a recovery code counts, and the codes that are left."""
    typed = same(code)
    return typed in kept, [one for one in kept if one != typed]


def _recovery(random: Random) -> tuple[str, list[str]]:
    kept = [secret.encode(random.randbytes(10)) for _ in range(3)]
    code = random.choice((*kept, secret.encode(random.randbytes(10))))
    return random.choice((code, code.lower(), " ".join(code[place : place + 4] for place in range(0, 16, 4)))), kept


wait_after = Exercise(
    "09.1", "wait_after(failures)",
    "three failures cost nothing; each one after them five seconds more than the one before",
    right=_wait,
    slips=_slips(
        "throttle",
        ("waits from the first failure", "who mistypes once is punished", lambda failures: _wait(failures, 0)),
        ("one failure off", "the third or the fourth failure is taken for the other", lambda failures: _wait(failures, 2)),
        ("always five seconds", "a patient attacker has 17,000 tries a day", lambda failures: 5 if failures > 3 else 0),
        ("negative before the limit", "a wait of less than nothing", lambda failures: 5 * (failures - 3)),
    ),
    inputs=tuple((failures,) for failures in range(8)),
    fresh=lambda random: (random.randint(0, 99),),
)  # fmt: skip
redeem = Exercise(
    "09.2", "redeem(code, kept)",
    "blanks, hyphens and letter case carry nothing; a code that was right is not kept; give both: right, and what is left",
    right=_redeem,
    slips=_slips(
        "recovery code",
        ("code kept", "a recovery code opens the account twice", lambda code, kept: (_redeem(code, kept)[0], kept)),
        ("all codes dropped", "one use costs all the others",
         lambda code, kept: (True, []) if _redeem(code, kept)[0] else (False, kept)),
        ("taken as it is typed", "blanks and small letters make a right code wrong",
         lambda code, kept: _redeem(code, kept, str)),
    ),
    inputs=(("ABCD", ["ABCD", "WXYZ"]), ("ab-cd", ["ABCD", "WXYZ"]), ("w x y z", ["ABCD", "WXYZ"]), ("QQQQ", ["ABCD"])),
    fresh=_recovery,
)  # fmt: skip

# --- 10: when codes disagree ----------------------------------------------------------------------------------------

NOW = 1_600_000_045  # the moment of the chapter's cases


def _case(id: str, wanted: str, hint: str) -> Exercise:
    """A case: the name of the mistake is asked for; every other mistake is known as one that does not fit."""
    others = [mistake for mistake in mistakes.MISTAKES if mistake.name != wanted]
    return Exercise(
        id, "the name of a mistake", hint,
        right=lambda: wanted,
        slips=lambda: (
            Slip(other.name, other.step, f"{other.symptom}. That is not what this case shows", lambda name=other.name: name)
            for other in others
        ),
    )  # fmt: skip


case_1 = _case("10.1", "leading zeros lost", "count the digits of the code, and those that are due")
case_2 = _case("10.2", "secret taken for Base64", "which other alphabet has all the letters of this secret?")
case_3 = _case("10.3", "local time taken for UTC", "how far is India's clock from UTC's, and what is counted in UTC?")
case_4 = _case("10.4", "milliseconds for seconds", "JavaScript and Java count time in the same unit")
case_5 = _case("10.5", "another algorithm", "what does an app do that never looks at the parameters?")
