"""The exercises of chapters 05 to 10: right answers, stubs, and wrong answers that are told by their names."""

import _operator
import hmac
import json
import math
import re
import secrets
from collections import Counter
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote

import pytest

from totp_teach import OtpError, check, diagnose, hotp, mistakes, qr, secret
from totp_teach.check import chapter_10
from totp_teach.verifier import MemoryStore, Verifier

# --- answers as learners write them -----------------------------------------------------------------------------------


def escaped(text):
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~@"
    return "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in text.encode())


def split_label(label):
    separator = re.search(":", label) or re.search("%3a", label, re.IGNORECASE)
    if not separator:
        return "", unquote(label)
    return unquote(label[: separator.start()]), unquote(label[separator.end() :])


def words(pattern=0b101010000010010):
    """The 32 format words by the level and mask they name: five bits, and what is left of them divided by the code's."""
    found = {}
    for five in range(32):
        rest = five << 10
        while rest.bit_length() > 10:
            rest ^= 0b10100110111 << rest.bit_length() - 11
        found[("M", "L", "H", "Q")[five >> 3], five & 7] = (five << 10 | rest) ^ pattern
    return found


def read_format(seen, words=words()):
    return min(words, key=lambda named: bin(words[named] ^ int(seen, 2)).count("1"))


def five_bits(seen, pattern):
    five = int(seen[:5], 2) ^ pattern
    return ("M", "L", "H", "Q")[five >> 3], five & 7


def middles(row, widths=None, middle=7):
    """By runs, as chapter 06 does it; the check's own goes by a pattern."""
    runs, start, found = [], 0, []
    for dark, run in groupby(row):
        runs.append((start, len(list(run)), dark))
        start += runs[-1][1]
    for place in range(len(runs) - 4):
        begin, unit, dark = runs[place]
        if dark and [length for _, length, _ in runs[place : place + 5]] == [unit, unit, 3 * unit, unit, unit]:
            found += [begin + middle * unit // 2] * (widths is None or unit in widths)
    return found


def accepted_step(code, key, at, offsets=(-1, 0, 1)):
    now = at // 30
    for step in (now + offset for offset in offsets):
        if step >= 0 and equal(hotp.code(key, step), code):
            return step
    return None


def new_step(code, key, at, last):
    step = accepted_step(code, key, at)
    return step if step is not None and step > last else None


def digits_of(code):
    try:
        return int(code)
    except ValueError:
        return None


def equal(own, code):
    return hmac.compare_digest(own.encode(), code.encode("utf-8", "surrogatepass"))


def compared(code, key, at, last, offsets=(-1, 0, 1), same=equal):
    """The same with another window, or another comparison."""
    steps = (at // 30 + offset for offset in offsets if at // 30 + offset >= 0)
    return next((step for step in steps if same(hotp.code(key, step), code) and step > last), None)


def lifetime(step, window):
    accepted = [
        at for at in range((step - window - 2) * 30, (step + window + 3) * 30) if abs(at // 30 - step) <= window
    ]
    return accepted[0], accepted[-1] + 1


def digits_for(tries, alive, chance):
    digits = 1
    while alive >= 10**digits or 1 - (1 - alive / 10**digits) ** tries > chance:
        digits += 1
    return digits


def exactly(chance, alive, digits):
    return math.log(1 - chance) / math.log(1 - alive / 10**digits)


def tries_for(*given):
    return math.ceil(exactly(*given))


GOOD = "otpauth://totp/Big%20Corp:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Big%20Corp"
SOLUTIONS = {
    "escaped": escaped,
    "split_label": split_label,
    "two_apps": "Example%3Aalice",
    "repaired": GOOD,
    "corner": ("0100", 23, "h"),
    "read_format": read_format,
    "middles": middles,
    "lifetime": lifetime,
    "three_in": "abccba",
    "used_once": new_step,
    "tries_for": tries_for,
    "digits_for": digits_for,
    "case_1": "leading zeros lost",
    "case_2": "secret taken for Base64",
    "case_3": "local time taken for UTC",
    "case_4": "milliseconds for seconds",
    "case_5": "another algorithm",
}

WRONG = [
    ("escaped", "plus for a space", lambda text: quote_plus(text, safe="@")),
    ("escaped", "slash left as it is", lambda text: quote(text, safe="/@")),
    ("escaped", "not escaped", lambda text: text),
    (
        "split_label",
        "decoded before the split",
        lambda label: tuple(unquote(label).split(":", 1)) if ":" in unquote(label) else ("", unquote(label)),
    ),
    (
        "split_label",
        "encoded colon not known",
        lambda label: tuple(map(unquote, label.split(":", 1))) if ":" in label else ("", unquote(label)),
    ),
    (
        "split_label",
        "split at the last colon",
        lambda label: tuple(map(unquote, label.rsplit(":", 1))) if ":" in label else split_label(label),
    ),
    ("two_apps", "a literal colon", "Example:alice"),
    ("two_apps", "two colons", "Example%3A%3Aalice"),
    ("two_apps", "no colon", "Example%20alice"),
    ("repaired", "the URI as it was", check.BROKEN),
    ("repaired", "plus left", GOOD.replace("issuer=Big%20", "issuer=Big+")),
    ("repaired", "space left", GOOD.replace(":alice", ":%20alice")),
    ("corner", "mask not undone", ("1101", 142, "ñ")),
    ("corner", "another mask undone", ("0001", 66, "=")),
    ("corner", "light for 1", ["1011", 232, "\x97"]),
    ("read_format", "damage not repaired", lambda seen: five_bits(seen, 0b10101)),
    ("read_format", "fixed pattern not undone", lambda seen: five_bits(seen, 0)),
    (
        "read_format",
        "levels in order of strength",
        lambda seen: ({"M": "L", "L": "M", "H": "Q", "Q": "H"}[read_format(seen)[0]], read_format(seen)[1]),
    ),
    ("middles", "one pixel a module", lambda row: middles(row, {1})),
    ("middles", "starts for middles", lambda row: middles(row, middle=0)),
    ("middles", "the first finder alone", lambda row: middles(row)[:1]),
    ("lifetime", "no window", lambda step, window: lifetime(step, 0)),
    ("lifetime", "window behind alone", lambda step, window: (30 * step, lifetime(step, window)[1])),
    ("lifetime", "window ahead alone", lambda step, window: (lifetime(step, window)[0], 30 * step + 30)),
    ("lifetime", "one step short", lambda step, window: (lifetime(step, window)[0], lifetime(step, window)[1] - 30)),
    ("lifetime", "the last second", lambda step, window: (lifetime(step, window)[0], lifetime(step, window)[1] - 1)),
    ("lifetime", "steps, not seconds", lambda step, window: tuple(moment // 30 for moment in lifetime(step, window))),
    ("three_in", "one let in", "AABBCC"),
    ("three_in", "one let in", "BB AACC"),
    ("three_in", "two let in", "ABABCC"),
    *(("three_in", "another order", order) for order in ("", "ABC", "ABCAB", "XYZXYZ", list("ABCAB"), "ABCABCA")),
    ("used_once", "replay not looked at", lambda code, key, at, last: accepted_step(code, key, at)),
    (
        "used_once",
        "only the last step refused",
        lambda code, key, at, last: None if (step := accepted_step(code, key, at)) == last else step,
    ),
    (
        "used_once",
        "the last step counts again",
        lambda code, key, at, last: (
            step if (step := accepted_step(code, key, at)) is not None and step >= last else None
        ),
    ),
    ("used_once", "no window", lambda *given: compared(*given, offsets=(0,))),
    ("used_once", "no step after", lambda *given: compared(*given, offsets=(-1, 0))),
    ("used_once", "no step before", lambda *given: compared(*given, offsets=(0, 1))),
    (
        "used_once",
        "the server's step",
        lambda code, key, at, last: None if new_step(code, key, at, last) is None else at // 30,
    ),
    ("lifetime", "window of one step", lambda step, window: lifetime(step, 1)),
    ("used_once", "window of two steps", lambda *given: compared(*given, offsets=(-2, -1, 0, 1, 2))),
    ("tries_for", "six digits", lambda chance, alive, digits: tries_for(chance, alive, 6)),
    ("tries_for", "chance of a hit", lambda chance, *given: tries_for(1 - chance, *given)),
    (
        "digits_for",
        "below in place of at most",
        lambda tries, alive, chance: next(
            d for d in range(1, 20) if 10**d > alive and 1 - (1 - alive / 10**d) ** tries < chance
        ),
    ),
    ("tries_for", "rounded to the nearest", lambda *given: round(exactly(*given))),
    ("tries_for", "one more than rounded down", lambda *given: int(exactly(*given)) + 1),
    ("digits_for", "six digits or more", lambda *given: max(6, digits_for(*given))),
    (
        "digits_for",
        "chances added up",
        lambda tries, alive, chance: next(d for d in range(1, 20) if tries * alive / 10**d <= chance),
    ),
    ("tries_for", "rounded down", lambda *given: int(math.log(1 - given[0]) / math.log(1 - given[1] / 10 ** given[2]))),
    ("tries_for", "chances added up", lambda chance, alive, digits: math.ceil(chance * 10**digits / alive)),
    ("tries_for", "one code alive", lambda chance, alive, digits: tries_for(chance, 1, digits)),
    ("digits_for", "one digit too few", lambda *given: digits_for(*given) - 1),
    ("digits_for", "one digit too many", lambda *given: digits_for(*given) + 1),
    ("digits_for", "one try", lambda tries, alive, chance: digits_for(1, alive, chance)),
    ("digits_for", "one code alive", lambda tries, alive, chance: digits_for(tries, 1, chance)),
    *(
        (case, wrong, wrong)
        for case in ("case_1", "case_2", "case_3", "case_4", "case_5")
        for wrong in ("high nibble", "pads swapped", "text used as key")
    ),
]


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch):
    monkeypatch.setattr(check.exercise, "GIVEN", {})


def test_every_exercise_has_a_solution_here_and_three_wrong_answers():
    names = {name for name, value in vars(check).items() if isinstance(value, check.Exercise) and value.id >= "05"}
    assert len(names) == 17
    assert names == set(SOLUTIONS) == {name for name, _, _ in WRONG}
    assert all(many >= 3 for many in Counter(name for name, _, _ in WRONG).values())
    assert {id(vars(check)[name]) for name in names} <= {id(item) for item in check.EXERCISES}


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_right_answer_is_right(name):
    for _ in range(5):
        feedback = getattr(check, name)(SOLUTIONS[name])
        assert (feedback.status, feedback.message, feedback.mistake) == ("right", "right", None)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_stub_is_not_attempted(name):
    def stub(*given): ...

    for answer in [..., stub] if callable(SOLUTIONS[name]) else [...]:
        assert getattr(check, name)(answer).status == "open"


@pytest.mark.parametrize(
    ("name", "mistake", "answer"), WRONG, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_wrong_answer_is_told_by_its_name(name, mistake, answer):
    feedback = getattr(check, name)(answer)
    assert (feedback.status, feedback.mistake) == ("wrong", mistake)


def kept(characters):
    """An answer to 05.1 that gets these characters wrong: left as they are, or escaped without need."""
    return lambda text: "".join(character if character in characters else escaped(character) for character in text)


def without(bits):
    """An answer to 06.2 that does not look at these of the fifteen bits."""
    return lambda seen: read_format(
        "".join(bit for place, bit in enumerate(seen) if place not in bits),
        {
            named: int("".join(bit for place, bit in enumerate(f"{word:015b}") if place not in bits), 2)
            for named, word in words().items()
        },
    )


def loose(run):
    """An answer to 06.3 that does not look at one of the five runs."""

    def found(row):
        runs = [(dark, len(list(pixels))) for dark, pixels in groupby(row)]
        starts = [sum(length for _, length in runs[:place]) for place in range(len(runs))]
        for place in range(len(runs) - 4):
            lengths = [length for _, length in runs[place : place + 5]]
            unit = lengths[1 if run == 0 else 0]
            wanted = [unit, unit, 3 * unit, unit, unit]
            if runs[place][0] and lengths[:run] + lengths[run + 1 :] == wanted[:run] + wanted[run + 1 :]:
                yield starts[place] + sum(lengths) // 2

    return lambda row: list(found(row))


def one_width(row):
    """An answer to 06.3 that takes the narrowest run for the module of the whole row."""
    return middles(row, {min((len(list(run)) for _, run in groupby(row)), default=0)})


FOOLING = [
    ("escaped", kept("+")),
    ("escaped", kept("\n")),
    ("escaped", lambda text: escaped(text).replace("~", "%7E")),
    ("escaped", lambda text: re.sub("%0(.)", r"%\1", escaped(text))),
    ("split_label", lambda label: split_label(label.replace("+", " "))),
    ("split_label", lambda label: split_label(label) if "%3a" not in label else ("", unquote(label))),
    ("split_label", lambda label: split_label(re.sub("%3a(?=.*%3A)", "%2D", label))),
    ("split_label", lambda label: tuple(part.strip() for part in split_label(label))),
    *(("read_format", without({bit})) for bit in range(15)),
    *(("read_format", without(bits)) for bits in ({0, 1}, {13, 14}, {12, 13, 14}, set(range(5, 15)))),
    *(("middles", loose(run)) for run in range(5)),
    ("middles", one_width),
]


@pytest.mark.parametrize(("name", "answer"), FOOLING)
def test_an_answer_that_looks_right_for_most_inputs_is_wrong(name, answer):
    for _ in range(3):
        assert getattr(check, name)(answer).status == "wrong"


def test_a_mistake_that_does_not_exist_is_no_case():
    for answer in ("bad luck", "time zone", "ms", "SHA1", 7, "other digits (8)"):
        feedback = check.case_1(answer)
        assert (feedback.status, feedback.mistake) == ("wrong", None)
        assert feedback.message == "no mistake of the table has that name"


@pytest.mark.parametrize("name", [name for name in SOLUTIONS if name.startswith("case_")])
def test_a_case_asks_for_a_mistake_of_the_table(name):
    assert SOLUTIONS[name] in {mistake.name for mistake in mistakes.MISTAKES}


EQUIVALENT = [
    *(("case_1", answer) for answer in ("other digits", mistakes.find("leading zeros lost"), "Leading  zeros lost")),
    ("case_1", "other digits (4)"),  # as diagnose says it
    ("case_2", "SECRET taken for base-64"),
    ("case_3", "local time taken for UTC (UTC+05:30)"),
    ("case_5", "parameters ignored"),
    ("case_5", "another algorithm (SHA1)"),
]


@pytest.mark.parametrize(("name", "answer"), EQUIVALENT)
def test_what_explains_the_evidence_as_well_is_right(name, answer):
    assert getattr(check, name)(answer).status == "right"


@pytest.mark.parametrize(("id", "known"), chapter_10.EVIDENCE.items())
def test_the_evidence_of_a_case_says_what_is_asked_for(id, known):
    """What diagnose puts first, and what does the same there, is accepted, unless the report rules it out."""
    found = diagnose.explain(**known, pairs=False)[0]
    case = getattr(check, f"case_{id[-1]}")
    first = (*found.mistakes, *found.same, *found.also)
    names = [mistake.name for mistake in mistakes.MISTAKES if any(text.startswith(mistake.name) for text in first)]
    assert names
    accepted = [mistake.name for mistake in mistakes.MISTAKES if case(mistake.name).status == "right"]
    assert set(accepted) == set(names) - ({"clock drift"} if id == "10.3" else set())


def test_the_evidence_is_that_of_the_chapter():
    path = Path(__file__).parents[2] / "notebooks" / "10_when_codes_disagree.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    chapter = re.sub(r'"\s+"', "", "".join(line for cell in cells for line in cell["source"]))  # a text in two pieces
    for known in chapter_10.EVIDENCE.values():
        assert known["code"] in chapter and known.get("typed", "") in chapter


@pytest.mark.parametrize(
    ("case", "answer", "said"),
    [
        ("case_2", "little-endian counter", "that would make 885394 and the case shows 263394"),
        ("case_2", "secret taken for hex", "this secret cannot be read in that way"),
        ("case_2", "another Base32 alphabet", "that would make 924983, for example, and the case shows 263394"),
        ("case_3", "counter out of step", "this is a TOTP account, whose counter is the clock"),
        ("case_3", "mask missing", "here that would make the right code, 689697, and the case shows 090795"),
        ("case_2", "Base64 for Base32", "that belongs to another chapter, and makes no code"),
        ("case_3", "UTC taken for local time", "that would make 992699, for example, and the case shows 090795"),
        ("case_3", "clock drift", "it makes the same codes, but both clocks show the same seconds since 1970"),
    ],
)
def test_a_wrong_case_is_denied_with_the_code_that_the_mistake_makes(case, answer, said):
    """It does not read as if the machine had found that mistake in the case."""
    assert getattr(check, case)(answer).message == f"not “{answer}”: {said}"


@pytest.mark.parametrize("id", chapter_10.EVIDENCE)
def test_what_is_said_of_a_wrong_case_is_true(id):
    """Of every mistake: no form of it makes the code of the case, and the form that is quoted is not right by accident."""
    known = dict(chapter_10.EVIDENCE[id])
    code, at, typed = known.pop("code"), known.pop("at"), known.get("typed")
    key = known.pop("key", None) or secret.decode(re.search("([A-Z2-7]{16})(&|$)", typed)[1])
    right = mistakes.code(key, at, **known)
    for mistake in mistakes.MISTAKES:
        said = getattr(check, f"case_{id[-1]}")(mistake.name).message
        if said == "right" or mistake.step not in mistakes.STEPS or "both clocks show" in said:
            continue
        made = []
        for setting in mistake.settings:
            with suppress(OtpError):
                made.append(mistakes.code(key, at, (mistake.name, setting), **known))
        assert code not in made
        if other := [one for one in made if one != right]:
            assert f" would make {other[0]}" in said
        else:
            counter = "whose counter is the clock" if mistake.step == "counter" else "cannot be read in that way"
            assert (f"right code, {right}," if made else counter) in said


# What let wrong answers pass before, or said something false of them.


@pytest.mark.parametrize(
    "same",
    [
        lambda own, code: code.startswith(own),
        lambda own, code: code.endswith(own),
        lambda own, code: own in code,
        lambda own, code: own == code.strip(),
        lambda own, code: digits_of(code) == int(own),
        lambda own, code: code.encode("ascii", "ignore") == own.encode(),
        lambda own, code: code.encode("utf-8", "ignore") == own.encode(),
        lambda own, code: code.rstrip() == own,
        lambda own, code: re.match(own + "$", code) is not None,  # `$` lets a line end through
        lambda own, code: code.replace("-", "") == own,
        lambda own, code: code.replace("_", "") == own,
    ],
)
def test_a_comparison_that_lets_more_in_is_wrong(same):
    feedback = check.used_once(lambda *given: compared(*given, same=same))
    assert feedback.status == "wrong" and feedback.message.endswith(" gives 1: text that is not the code is let in")


def test_half_a_character_raises_nothing():
    feedback = check.used_once(lambda *given: compared(*given, same=lambda own, code: own.encode() == code.encode()))
    assert feedback.message.startswith("your function raises UnicodeEncodeError")  # JSON can hold one


@pytest.mark.parametrize(
    "same", [lambda own, code: own == code, lambda own, code: own.encode() == code.encode("utf-8", "surrogatepass")]
)
def test_a_comparison_by_other_means_than_the_task_demands(same):
    feedback = check.used_once(lambda *given: compared(*given, same=same))
    assert (feedback.status, feedback.message) == (
        "wrong",
        "every step is right, but hmac.compare_digest was not called",
    )


def test_the_key_that_is_given_has_to_be_used():
    assert check.used_once(lambda code, key, at, last: new_step(code, hotp.RFC_KEY, at, last)).status == "wrong"


def test_a_check_as_the_chapter_builds_it_is_right_in_the_first_step_too():
    def step_of(code, key, at, last):
        steps = range(max(at // 30 - 1, 0), at // 30 + 2)
        step = next((step for step in steps if equal(hotp.code(key, step), code)), None)
        return None if step is None or step <= last else step

    assert check.used_once(step_of).status == "right"


@pytest.mark.parametrize("compare", [hmac.compare_digest, secrets.compare_digest, _operator._compare_digest])
def test_compare_digest_is_known_under_each_of_its_names(compare):
    assert (
        check.used_once(
            lambda *given: compared(*given, same=lambda own, code: code.isascii() and compare(own, code))
        ).status
        == "right"
    )


@pytest.mark.parametrize("answer", [3, "3", "3 let in", None, 0.5])
def test_the_number_of_those_let_in_is_no_order(answer):
    assert check.three_in(answer).status == "wrong"


def test_an_order_may_be_a_list():
    assert check.three_in(list("ABCABC")).status == "right"


@pytest.mark.parametrize("first", [2, 3])
def test_digits_are_counted_from_one(first):
    assert check.digits_for(lambda *given: max(first, digits_for(*given))).status == "wrong"


def test_an_approximation_is_not_enough():
    def poisson(tries, alive, chance):
        return next(d for d in range(1, 30) if 1 - math.exp(-tries * alive / 10**d) <= chance)

    assert check.digits_for(poisson).status == "wrong"


def test_the_formula_of_the_chapter_is_enough():
    def plain(tries, alive, chance):
        return next(d for d in range(1, 30) if 1 - (1 - alive / 10**d) ** tries <= chance)

    assert check.digits_for(plain).status == "right"


def test_at_most_that_chance_and_as_many_digits_as_it_takes():
    def below(tries, alive, chance):
        return next(d for d in range(1, 20) if 10**d > alive and 1 - (1 - alive / 10**d) ** tries < chance)

    def up_to_ten(*given):
        return min(10, digits_for(*given))

    assert check.digits_for(below).status == check.digits_for(up_to_ten).status == "wrong"


@pytest.mark.parametrize(
    "many, log_of_miss",
    [
        (12, lambda hit: math.log2(1 - hit)),
        (12, lambda hit: math.log10(1 - hit)),
        (30_000, lambda hit: math.log1p(-hit)),
    ],
)
def test_every_exact_way_to_compute_the_tries_is_right(many, log_of_miss, monkeypatch):
    """For no input do the last bits of a logarithm decide."""
    monkeypatch.setattr(check.exercise, "FRESH", many)

    def by_logarithms(chance, alive, digits):
        return math.ceil(log_of_miss(chance) / log_of_miss(alive / 10**digits))

    assert check.tries_for(by_logarithms).status == "right"


@pytest.mark.parametrize("name", ["lifetime", "used_once", "tries_for", "digits_for"])
def test_the_checks_own_answer_is_nobody_elses(name):
    feedback = getattr(check, name)(lambda *given: getattr(check, name).right(*given))
    assert feedback.status == "wrong" and feedback.message.endswith(
        "does here what you are asked to write: do without it"
    )


def test_a_verifier_of_the_package_is_no_check_of_ones_own():
    def by_verifier(code, key, at, last):
        return Verifier(MemoryStore()).check("alice", code, at).counter

    assert check.used_once(by_verifier).message.startswith("verifier.")


def test_what_is_right_is_settled_before_an_answer_is_run(monkeypatch):
    monkeypatch.setattr(math, "ceil", math.ceil)  # put back afterwards

    def seven(chance, alive, digits):
        math.ceil = lambda value: 7
        return 7

    assert check.tries_for(seven).status == "wrong"


@pytest.mark.parametrize(
    "answer", [GOOD + "&digits=6&algorithm=SHA1&period=30", GOOD.replace("?secret", "?period=30&secret")]
)
def test_any_uri_that_says_the_same_is_right(answer):
    assert check.repaired(answer).status == "right"


def test_small_hexadecimal_digits_mean_the_same():
    """%c3 is %C3, and the stem asks for neither."""
    assert check.escaped(lambda text: re.sub("%..", lambda one: one[0].lower(), escaped(text))).status == "right"


def test_an_order_that_is_none_is_wrong_and_no_crash():
    for answer in ("", "AABB", "ABCABCA", "XYZXYZ", 7, None, ["A"]):
        assert check.three_in(answer).status == "wrong"


def test_the_picture_of_06_1_is_what_its_slips_say():
    code = qr.make(check.CORNER, error_correction="L", mask=0)
    looks = [code.matrix[row][column] for row, column in qr.path(code.version)[:20]]
    inverted = {
        "mask not undone": lambda row, column: False,
        "another mask undone": lambda row, column: row % 2 == 0,
        "light for 1": lambda row, column: (row + column) % 2 == 1,
    }
    for slip in check.corner.slips():
        flips = (inverted[slip.mistake](row, column) for row, column in qr.path(code.version)[:20])
        bits = "".join("01"[dark ^ flip] for dark, flip in zip(looks, flips))
        assert slip.answer() == (bits[:4], int(bits[4:12], 2), chr(int(bits[12:], 2)))
