"""Why does this code not match? Which mistakes, alone or two together, make it out of this secret at this moment.

    explain    codes and their moments -> what explains them, the most plausible first

    question   how a secret is read, how a code is written
    search     the variants that are tried, and what does the same
    words      the answer: Explanation, Diagnosis
    moments    the times that logs write
    command    totp-diagnose: a code, or a whole log of them

    totp-diagnose 123456 --at 2026-01-31T12:00:00Z          (or python -m totp_teach.diagnose)

The command asks for the secret or the otpauth:// URI without echo, or reads it from standard input, so that it stands
neither in the process list nor in the shell's history.
"""

from collections.abc import Callable, Sequence
from copy import copy

from .. import otpauth
from ..mistakes import HOW_TO_CONFIRM, STEAM, Agreed, Run, Variant, compute, find, start
from .question import Asked, Moment, Reading, codes, readings, written
from .search import Fit, Search, Typed, always, classes
from .words import Diagnosis, Explanation, moment, share, symptom

__all__ = ["Diagnosis", "Explanation", "explain"]

ASK_THE_LOG = "ask the server's log why it refused: used already (one use a step), throttled, another account or secret"
TELL = "let the server say which of these it was, to its log if not to the user"
DIGITS = "turn the code into digits 0 to 9 before it is checked"
Told = Callable[[float], None]
SHORTEST, LONGEST = 4, 11  # the lengths of codes that variants make, but for zeros that were lost in front
MANY = 3  # readings of a secret with which two mistakes are searched as well
# What of a wrong step can be shown: of a key its length alone.
SHOWN: dict[str, Callable[[Run], str]] = {
    "key": lambda run: f"a key of {len(run.key)} bytes",
    "message": lambda run: f"message {run.message.hex(' ')}",
    "algorithm": lambda run: run.algorithm,
    "offset": lambda run: f"offset {run.offset}",
    "four_bytes": lambda run: f"four bytes {run.four_bytes.hex(' ')}",
    "number": lambda run: f"number {run.number}",
} | dict.fromkeys(("clock", "time", "period", "counter"), lambda run: f"counter {run.counter}")


def explain(
    code: str | tuple[str, Moment] | Sequence[str | tuple[str, Moment]],
    key: bytes | otpauth.Account | None = None,
    at: Moment | None = None,
    *,
    typed: str | None = None,
    algorithm: str | None = None,
    digits: int | None = None,
    period: int | None = None,
    counter: int | None = None,
    pairs: bool | None = None,
    progress: Told | None = None,
) -> Diagnosis:
    """What explains the code: a list of Explanation, the most plausible first; empty if nothing does.

    code: as typed, spaces allowed; or several of the same device, [(code, at), …]: the more, the surer.
    key: bytes; or an Account.  at: as `totp.code`.  typed: the secret as it was typed, beside the key or in place of
    it: Base32, hex, Base64, a URI, also one with errors, an export. Each way to read it is tried.
    algorithm, digits, period: SHA1, 6 and 30 where neither they nor an Account say otherwise; given, they go before it.
    counter: what the first code of a hotp account should have been made of; the next ones count on from there.
    pairs: search two mistakes together; None searches them if no single one explains the codes.
    progress: is told the share that is done, 0 … 1.
    Raises OtpError for a code that is not text, without a moment or for one beyond the year 9999, for a secret that
    cannot be read in any way, and for what `otpauth.Account` refuses.
    """
    asked = {"algorithm": algorithm, "digits": digits, "period": period, "counter": counter}
    return investigate(readings(key, typed, asked), codes(code, at), pairs, progress)


def investigate(
    found: list[Reading],
    asked: Asked,
    pairs: bool | None,
    progress: Told | None = None,
    far: bool = True,
    first: int = 0,
) -> Diagnosis:
    """The answer to what was read of the question.  far: as Search.fits.  first: the number of the first code."""
    plain = [written(code) for code, _ in asked]
    searches = [Search(reading, _typed(reading, plain, asked, first)) for reading in found]
    how = list(dict.fromkeys(remark for _, remarks in plain for remark in remarks))
    read_as = [reading.words for reading in found if reading.words]
    remarks = [*how, *found[0].remarks, *(f"the secret is read as {', or as '.join(read_as)}" for _ in read_as[:1])]
    tried = len(searches)
    for search in searches:
        if all(item.comes_from() for item in search.codes):
            note = "The computation is right: what refuses it is something else."
            return Diagnosis([_right(search, how, tried)], tried, search.chance(tried), note, remarks)
    if not _shaped(searches[0]):
        return Diagnosis([], 0, 0.0, _note([], searches, "two"), remarks)
    explained: list[tuple[list[Fit], Search]] = []
    for two in (False, True) if pairs is None else (pairs,):
        for search in searches if not two else searches[:MANY]:
            fits = search.fits(two, progress if progress and (two or pairs is False) else lambda share: None, far)
            explained += [(alike, search) for alike in classes(fits, search.codes)]
        if explained:
            break
    explained.sort(key=lambda item: -item[0][0].weight)
    answers = [_explanation(alike, search, searches) for alike, search in explained]
    alone = enumerate(asked if len(asked) > 1 and not answers else ())
    each = [investigate(found, [one], bool(pairs), None, far, first + place) for place, one in alone]
    remarks += _lengths(searches[0]) if answers else []
    tried = sum(search.tried for search in searches)
    note = _note(answers, searches, "two" if pairs is False else "three")
    return Diagnosis(answers, tried, searches[0].chance(tried), note, remarks, each)


def _typed(reading: Reading, plain: list, asked: Asked, first: int) -> list[Typed]:
    """The codes, each with the right run of its moment."""
    account, made = reading.account, []
    agreed = Agreed(account.algorithm, account.digits, account.period)
    for number, ((code, _), (_, at)) in enumerate(zip(plain, asked, strict=True), first):
        expected = None if account.counter is None else account.counter + number
        run = start(account.key, at, typed=reading.typed, counter=expected, agreed=agreed)
        compute(run)
        made.append(Typed(code, run))
    return made


def _lengths(search: Search) -> list[str]:
    """What is to be said of codes that have another length than they should."""
    digits = search.goal.run.agreed.digits
    wrong = [item.code for item in search.codes if not (item.code.isdigit() and len(item.code) == digits)]
    zero = "; 0 is what some apps show when they could not compute a code" if "0" in wrong else ""
    return [f"a code of this account has {digits} digits, and {wrong[0]} is not one{zero}"] if wrong else []


def _shaped(search: Search) -> bool:
    """Is there a variant that makes codes like these: digits, after a minus perhaps, or Steam's letters?"""
    steam = all(len(item.code) == 5 and set(item.code) <= set(STEAM) for item in search.codes)
    return steam or all(item.code.lstrip("-").isdigit() and len(item.code) <= LONGEST for item in search.codes)


def _right(search: Search, how: list[str], tried: int) -> Explanation:
    """The codes are right, as the secret is read here, though not always as the code is written."""
    names: tuple[str, ...] = ()
    told = f"it matches: nothing is wrong with the computation{', but ' + how[0] if how else ''}"
    confirm, fix = ASK_THE_LOG, DIGITS if how else TELL
    if search.reading.mistake:
        mistake = find(search.reading.mistake)
        names, told = (mistake.name,), f"{mistake.name}: {mistake.symptom}"
        confirm, fix = HOW_TO_CONFIRM["key"], mistake.fix
    evidence = "; ".join(f"{moment(item.run)} the code is {item.code}" for item in search.codes)
    return Explanation(names, told + _as(search), evidence, confirm, fix, tried=tried, chance=search.chance(tried))


def _as(search: Search) -> str:
    return f" (the secret read as {search.reading.words})" if search.reading.words else ""


def _explanation(alike: list[Fit], search: Search, searches: list[Search]) -> Explanation:
    first, *others = alike
    whole = first.whole()
    tried = sum(number for one in searches for weight, number in one.tally.items() if weight >= first.weight)
    same = [other for other in others if always(first, other, search.codes)]
    return Explanation(
        first.names,
        f"{first}: {'; '.join(map(symptom, whole))}{_as(search)}",
        "; ".join(_shown(item, whole) for item in search.codes),
        "; ".join(HOW_TO_CONFIRM[variant.mistake.step] for variant in whole),
        "; ".join(variant.mistake.fix for variant in whole),
        tuple(str(other) for other in same),
        tuple(str(other) for other in others if other not in same),
        (first.drifts[0], first.drifts[-1]) if first.drifts else None,
        tried,
        search.chance(tried),
    )


def _shown(item: Typed, variants: tuple[Variant, ...]) -> str:
    """How one code comes about, beside the right one."""
    wrong = copy(item.run)
    compute(wrong, variants)
    parts = dict.fromkeys(SHOWN[variant.mistake.step] for variant in variants if variant.mistake.step in SHOWN)
    steps = [f"{part(wrong)} in place of {part(item.run)}" for part in parts if part(wrong) != part(item.run)]
    right = "which is right, too" if wrong.code == item.run.code else f"where {item.run.code} is right"
    return f"{moment(item.run)} {', '.join([*steps, ''])}code {item.code}, {right}"


def _note(found: list[Explanation], searches: list[Search], more: str) -> str:
    """How much was tried, and what that is worth.  more: how many mistakes at once were not searched."""
    search, tried = searches[0], sum(search.tried for search in searches)
    shortest, digits = min(len(item.code.lstrip("-")) for item in search.codes), search.goal.run.agreed.digits
    nothing = ": ".join(["Nothing explains it", *_lengths(search)])
    if not found and not _shaped(search):
        return f"{nothing}. No variant makes one."
    if not found and shortest < min(SHORTEST, digits):
        return f"{nothing}. No variant makes a code so short, but for lost zeros."
    odds = f"the chance that one or more fit by accident is at most {share(search.chance(tried))}."
    if not found:
        other = f"Another secret, more than a day away, or {more} mistakes at once?"
        return f"{nothing}. {tried:,} variants were tried; {odds} {other}"
    one = " One code is weak evidence: a second one, from a later step, makes it strong."
    return f"{tried:,} variants were tried; {odds}{one * (len({item.run.counter for item in search.codes}) == 1)}"
