"""The exercises' feedback: right answers, stubs, and wrong answers that are told by their names; and no harm done."""

import base64
import binascii
import contextlib
import dataclasses
import hashlib
import hmac
import json
import math
import re
import struct
import sys
import threading
import time
from collections import Counter

import pyotp
import pytest

from totp_teach import OtpError, check, mistakes, secret
from totp_teach import hotp as mine
from totp_teach.check import computation
from totp_teach.check.exercise import known_slips

# --- answers as learners write them, from the standard library alone ------------------------------------------------


def bits_of(text, first=0):
    return "".join(f"{(secret.ALPHABET.index(letter) + first) % 32:05b}" for letter in text)


def decode(text, first=0):
    bits = bits_of(text, first)
    return bytes(int(bits[start : start + 8], 2) for start in range(0, len(bits) - 7, 8))


def damaged(text):
    return len(text) % 8 in (1, 3, 6) or "1" in bits_of(text)[len(text) * 5 // 8 * 8 :]


def my_hmac(key, message, algorithm, block=None, pads=(0x36, 0x5C)):
    make = getattr(hashlib, algorithm.lower())
    block = block or make().block_size
    key = make(key).digest() if len(key) > block else key
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(block, b"\0")) for pad in pads)
    return make(outer + make(inner + message).digest()).digest()


def rotated(number, by):
    return (number << by | number >> (32 - by)) % 2**32


def compressed(state, block):
    """SHA-1's compression function, as chapter 02 teaches it."""
    words = [*struct.unpack(">16I", block)]
    for place in range(16, 80):
        words.append(rotated(words[place - 3] ^ words[place - 8] ^ words[place - 14] ^ words[place - 16], 1))
    a, b, c, d, e = state
    for place, word in enumerate(words):
        mixed = (b & c | ~b & d, b ^ c ^ d, b & c | b & d | c & d, b ^ c ^ d)[place // 20]
        constant = (0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6)[place // 20]
        a, b, c, d, e = (rotated(a, 5) + mixed + e + constant + word) % 2**32, a, rotated(b, 30), c, d
    return [(old + new) % 2**32 for old, new in zip(state, (a, b, c, d, e))]


def filling(length):
    return b"\x80" + bytes(-(length + 9) % 64) + (8 * length).to_bytes(8, "big")


def extended(message, tag, more, key_length):
    before = key_length + len(message)
    state, rest = struct.unpack(">5I", tag), more + filling(before + len(filling(before)) + len(more))
    for start in range(0, len(rest), 64):
        state = compressed(state, rest[start : start + 64])
    return message + filling(before) + more, struct.pack(">5I", *state)


def forge(message, tag, more, accepts):
    for length in range(65):
        if accepts(*(found := extended(message, tag, more, length))):
            return found
    return None


def second_of(codes, first, last):
    for second in range(first, last):
        key = hashlib.sha1(str(second).encode()).digest()
        if [hotp(key, 0), hotp(key, 1)] == codes:
            return second
    return None


def digest_made(code, order="big", place=0):
    return (bytes(place) + int(code).to_bytes(4, order)).ljust(20, b"\0")


def prints(digest, order="little"):
    return str(truncate(digest, order=order) % 10**6)


def digest_for(key, counter, pack=">Q"):
    return hmac.digest(key, struct.pack(pack, counter), "sha1")


def offset_of(digest):
    return digest[-1] & 0x0F


def truncate(digest, offset=offset_of, mask=0x7FFFFFFF, order="big"):
    start = offset(digest)
    return int.from_bytes(digest[start : start + 4], order) & mask


def hotp(key, counter, digits=6, **how):
    return f"{truncate(digest_for(key, counter), **how) % 10**digits:0{digits}}"


def counter_at(at, period=30, t0=0):
    return int(at - t0) // period


def totp(key, at, digits=6):
    return hotp(key, int(at) // 30, digits)


def seconds_left(at, period=30):
    return period - at % period


def steps_off(key, seen, tries=range(21)):
    for distance in tries:
        for off in (distance, -distance):
            if all(hotp(key, max(0, int(at) // 30 + off)) == code for code, at in seen):
                return off
    return None


SOLUTIONS = {
    "decode": decode,
    "damaged": damaged,
    "hmac": my_hmac,
    "forge": forge,
    "found_key": second_of,
    "made_to_order": digest_made,
    "c_program": prints,
    "hotp": hotp,
    "counter": counter_at,
    "totp": totp,
    "remaining": seconds_left,
    "drift": steps_off,
}


WRONG = [
    ("decode", "A counted as 1", lambda text: decode(text, 1)),
    ("decode", "spare bits made a byte", lambda text: decode(text + "A" * (-len(text) * 5 % 8 // 5 + 1))),
    ("decode", "cut from the right", lambda text: int(bits_of(text), 2).to_bytes(25, "big")[-(len(text) * 5 // 8) :]),
    ("damaged", "length alone", lambda text: len(text) % 8 in (1, 3, 6)),
    ("damaged", "spare bits alone", lambda text: "1" in bits_of(text)[len(text) * 5 // 8 * 8 :]),
    ("damaged", "every spare bit refused", lambda text: len(text) % 8 != 0),
    ("hmac", "plain hash", lambda key, message, name: hashlib.new(name, key + message).digest()),
    ("hmac", "plain hash", lambda key, message, name: hashlib.new(name, message + key).digest()),
    ("hmac", "key and message swapped", lambda key, message, name: my_hmac(message, key, name)),
    ("hmac", "digest as hex text", lambda *given: my_hmac(*given).hex()),
    ("hmac", "pads swapped", lambda *given: my_hmac(*given, pads=(0x5C, 0x36))),
    ("hmac", "blocks of 64 bytes", lambda *given: my_hmac(*given, block=64)),
    ("forge", "padding left out", lambda *given: (given[0] + given[2], forge(*given)[1])),
    ("forge", "the old tag", lambda *given: (forge(*given)[0], given[1])),
    ("forge", "appended, not extended", lambda message, tag, more, accepts: (message + more, tag)),
    ("found_key", "counted from first", lambda codes, first, last: second_of(codes, first, last) - first),
    ("found_key", "text of the second", lambda *given: str(second_of(*given))),
    (
        "found_key",
        "one code alone",
        lambda codes, first, last: next(
            second for second in range(first, last) if hotp(hashlib.sha1(b"%d" % second).digest(), 0) == codes[0]
        ),
    ),
    ("made_to_order", "little-endian", lambda code: digest_made(code, "little")),
    ("made_to_order", "number at the end", lambda code: digest_made(code, place=16)),
    ("made_to_order", "code as text", lambda code: code.encode().ljust(20, b"\0")),
    ("c_program", "what it should print", lambda digest: prints(digest, "big").zfill(6)),
    ("c_program", "zeros kept", lambda digest: prints(digest).zfill(6)),
    ("c_program", "byte order overlooked", lambda digest: prints(digest, "big")),
    ("hotp", "leading zeros lost", lambda key, counter, digits=6: str(int(hotp(key, counter, digits)))),
    ("hotp", "leading zeros lost", lambda key, counter, digits=6: int(hotp(key, counter, digits))),
    ("hotp", "first digits", lambda key, counter, digits=6: str(truncate(digest_for(key, counter)))[:digits]),
    ("hotp", "mask missing", lambda key, counter, digits=6: hotp(key, counter, digits, mask=2**32 - 1)),
    ("hotp", "other digits", lambda key, counter, digits=6: hotp(key, counter)),
    ("counter", "rounded instead of floored", lambda at, period=30, t0=0: int((at - t0) / period + 0.5)),
    ("counter", "milliseconds for seconds", lambda at, period=30, t0=0: math.floor((at - t0) * 1000) // period),
    ("counter", "counter off by one", lambda at, period=30, t0=0: counter_at(at, period, t0) + 1),
    ("counter", "rounded up", lambda at, period=30, t0=0: math.ceil((at - t0) / period)),
    ("counter", "other period", lambda at, period=30, t0=0: counter_at(at, 30, t0)),
    ("totp", "milliseconds for seconds", lambda key, at, digits=6: hotp(key, at * 1000 // 30, digits)),
    ("totp", "not divided by the period", lambda key, at, digits=6: hotp(key, at, digits)),
    ("totp", "rounded instead of floored", lambda key, at, digits=6: hotp(key, int(at / 30 + 0.5), digits)),
    ("totp", "other period", lambda key, at, digits=6: hotp(key, at // 60, digits)),
    ("remaining", "seconds gone for seconds left", lambda at, period=30: at % period),
    ("remaining", "nothing left at a boundary", lambda at, period=30: -at % period),
    ("remaining", "one second short", lambda at, period=30: period - at % period - 1),
    ("drift", "the first code alone", lambda key, seen: steps_off(key, seen[:1])),
    ("drift", "sign turned round", lambda key, seen: None if (off := steps_off(key, seen)) is None else -off),
    ("drift", "seconds for steps", lambda key, seen: None if (off := steps_off(key, seen)) is None else 30 * off),
    ("remaining", "counted from now", lambda at, period=30: period),
]


# The machinery is tried on one small exercise, whatever the chapters ask for.
DIGESTS = tuple((bytes.fromhex(digest),) for digest in check.chapter_03.DIGESTS)
OFFSET = check.Exercise(
    "03.1",
    "offset_of(digest)",
    "",
    *check.computation.steps_of(lambda digest: check.computation.run_of(digest=digest), "offset"),
    DIGESTS,
    lambda random: (random.randbytes(random.choice((20, 32, 64))),),
)
BITS = check.Exercise("01.1", "(bits, letters)", "", lambda: (160, 32), known_slips("size"))


def ask(name, answer):
    return {"OFFSET": OFFSET, "BITS": BITS}.get(name, getattr(check, name, None))(answer)


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch):
    monkeypatch.setattr(check.exercise, "GIVEN", {})
    monkeypatch.setattr(check, "GIVEN", check.exercise.GIVEN)


# --- right, not attempted, wrong ------------------------------------------------------------------------------------


def test_every_exercise_has_a_solution_here_and_three_wrong_answers():
    names = {name for name, value in vars(check).items() if isinstance(value, check.Exercise) and value.id < "05"}
    assert len(names) >= 11
    assert names == set(SOLUTIONS)
    assert all(many >= 3 for many in Counter(name for name, _, _ in WRONG).values())
    assert {name for name, _, _ in WRONG} == names


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_right_answer_is_right(name):
    for _ in range(5):  # fresh inputs every time
        feedback = ask(name, SOLUTIONS[name])
        assert (feedback.status, feedback.message, feedback.mistake) == ("right", "right", None)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_stub_is_not_attempted(name):
    def stub(*given, **named): ...

    def told(digest):
        """What it is to do."""
        ...

    def passed(digest):
        pass

    def later(*given):
        raise NotImplementedError

    for answer in (..., stub, told, passed, later, lambda *given: ...)[: None if callable(SOLUTIONS[name]) else 1]:
        feedback = ask(name, answer)
        assert (feedback.status, feedback.message) == ("open", "not attempted yet")


@pytest.mark.parametrize(("name", "mistake", "answer"), WRONG, ids=lambda value: isinstance(value, str) and value or "")
def test_a_wrong_answer_is_told_by_its_name(name, mistake, answer):
    feedback = ask(name, answer)
    assert (feedback.status, feedback.mistake) == ("wrong", mistake)
    assert f"It looks like “{mistake}”: " in feedback.message
    name = mistake.split(" and ")[0]
    if name in mistakes.WORDS:
        first = mistakes.find(name)
        assert f"the step “{first.step}" in feedback.message
        assert first.symptom in feedback.message
        assert first.fix not in feedback.message  # that would be the solution


def test_pythons_own_rounding_is_always_told():
    """round() takes ties to the even step: no fresh input lies on one."""
    answers = {check.counter(lambda at, period=30, t0=0: round((at - t0) / period)).mistake for _ in range(100)}
    assert answers == {"rounded instead of floored"}


def test_a_fraction_of_a_second_is_looked_at():
    feedback = check.remaining(lambda at, period=30: period - int(at) % period)
    assert feedback.status == "wrong" and "seconds_left(59.5) gives 1" in feedback.message


def fits(places):
    """An answer to 04.4 that looks at some of the three codes."""
    return lambda key, seen: steps_off(key, [seen[place] for place in places])


def most_fit(key, seen):
    tries = [off for distance in range(21) for off in (distance, -distance)]
    return next((off for off in tries if sum(steps_off(key, [one], [abs(off)]) == off for one in seen) >= 2), None)


def within(first, last):
    return lambda key, seen: off if (off := steps_off(key, seen)) is not None and first <= off <= last else None


def spare(text):
    return bits_of(text)[len(text) * 5 // 8 * 8 :]


FOOLING = [
    *(
        (
            "damaged",
            lambda text, left=left: len(text) % 8 in (1, 3, 6) or (len(text) % 8 != left and "1" in spare(text)),
        )
        for left in (2, 4, 5, 7)
    ),
    ("damaged", lambda text: len(text) % 8 in (1, 3, 6) or spare(text)[-1:] == "1"),
    ("damaged", lambda text: len(text) % 8 in (1, 3, 6) or "1" in spare(text)[-2:]),
    *(
        (
            "hmac",
            lambda key, message, name, off=off: my_hmac(
                key[: hashlib.new(name).block_size] if len(key) in off else key, message, name
            ),
        )
        for off in ((65,), (129,))
    ),
    ("forge", lambda message, tag, more, accepts: forge(message, tag, b"&amount=9999", accepts)),
    ("c_program", lambda digest: str(truncate(digest, order="little"))[-6:]),
    ("hotp", lambda key, counter, digits=6: str(truncate(digest_for(key, counter)))[-digits:]),
    ("hotp", lambda key, counter, digits=6: hotp(key[:64], counter, digits)),
    ("counter", lambda at, period=30, t0=0: counter_at(at, period, t0) & 0xFFFFFFFF),
    ("totp", lambda key, at, digits=6: totp(key[:20], at, digits)),
    ("totp", lambda key, at, digits=6: totp(key[:64], at, digits)),
    ("totp", lambda key, at, digits=6: totp(key.replace(b"\0", b""), at, digits)),
    ("totp", lambda key, at, digits=6: totp(key.lstrip(b"\0"), at, digits)),
    ("totp", lambda key, at, digits=6: str(int(totp(key, at, digits))).zfill(6)),
    ("totp", lambda key, at, digits=6: hotp(key, int(at) // 30 % 2**28, digits)),
    ("totp", lambda key, at, digits=6: hotp(key, int(at) // 30 % 2**32, digits)),
    ("totp", lambda key, at, digits=6: hotp(key, at // 30, digits)),
    *(("drift", fits(places)) for places in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 2))),
    ("drift", most_fit),
    ("drift", within(-20, 19)),
    ("drift", within(-19, 20)),
]


@pytest.mark.parametrize(("name", "answer"), FOOLING)
def test_an_answer_that_looks_right_for_most_inputs_is_wrong(name, answer):
    assert ask(name, answer).status == "wrong"  # by the published inputs, so once is enough


def test_two_mistakes_are_told_together():
    def wrong(key, counter, digits=6):
        digest = hmac.digest(key, struct.pack("<Q", counter), "sha1")
        return str(truncate(digest) % 10**digits)

    assert check.hotp(wrong).mistake == "little-endian counter and leading zeros lost"


@pytest.mark.parametrize("name", ["totp", "hotp"])
@pytest.mark.parametrize("wrong", ["123456", None], ids=["always", "once"])
def test_a_wrong_answer_that_matches_nothing_is_told_soon(name, wrong, monkeypatch):
    """Counted in runs of the computation, which a busy machine does not change: each takes about 20 µs."""
    runs = Counter()

    def counted(*given):
        runs[name] += 1
        return mistakes.compute(*given)

    def answer(key, place, digits=6):
        return wrong or ("no" if len(key) > 60 else globals()[name](key, place, digits))

    monkeypatch.setattr(computation, "compute", counted)
    assert "matches no classic mistake" in getattr(check, name)(answer).message
    assert 5_000 < runs[name] < 20_000


def test_an_unknown_mistake_shows_where_and_not_what_would_be_right():
    feedback = OFFSET(lambda digest: (digest[-1] & 15) ^ 1)
    assert feedback.message == (
        "offset_of(bytes.fromhex('1f8698690e02ca16618550ef7f19da8e945b555a')) gives 11, "
        "which is not right and matches no classic mistake"
    )


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("decode", lambda text: text.lower(), "decode('MY') gives 'my': expected bytes, got str"),
        (
            "counter",
            lambda at, period=30, t0=0: (at - t0) // period,
            "counter_at(59.9) gives 1.0: expected int, got float",
        ),
        ("BITS", 160, "160: expected tuple, got int"),
        ("OFFSET", lambda digest: digest[-1] % 2 == 1, ": expected int, got bool"),
        ("OFFSET", lambda digest: print(digest), "it returns None: is a return missing?"),
        ("OFFSET", offset_of(bytes(20)), "give the function itself, not what it returns"),
        ("BITS", lambda: (160, 32), "give the value, not a function"),
    ],
)
def test_the_wrong_kind_of_answer(name, answer, told):
    feedback = ask(name, answer)
    assert (feedback.status, feedback.mistake) == ("wrong", None)
    assert told in feedback.message


def test_an_answer_can_mean_the_value_that_is_compared():
    """Where several answers are right; what an answer comes to is told, and a meaning that fails is no crash."""
    even = check.Exercise("99.1", "even(n)", "", lambda n: n, known_slips("half"), ((4,),), lambda random: (4,), int)
    assert even(lambda n: f"{n}.0".removesuffix(".0")).status == "right"
    assert even(lambda n: "5").message == (
        "even(4) gives '5', which comes to 5, which is not right and matches no classic mistake"
    )
    assert even(lambda n: "four").message == "even(4) gives 'four': expected int, got str"


@pytest.mark.parametrize(
    "answer", [secret.decode, lambda text: secret.decode(text), lambda text: pyotp.TOTP(text).byte_secret()]
)
def test_what_the_stem_excludes_is_told_however_deep_it_is_called(answer):
    decode = check.Exercise(
        "99.1",
        "decode(text)",
        "",
        secret.decode,
        known_slips("letters"),
        (("MZXW6YQ",),),
        lambda random: ("MZXW6YTB",),
        barred=("totp_teach.secret.decode", "base64.b32decode"),
    )
    message = decode(answer).message
    assert re.fullmatch(r"(secret\.decode|base64\.b32decode) does here what you are asked .*", message)
    assert decode(lambda text: base64.b64encode(text.encode())).status == "wrong"
    assert "does here" not in decode(lambda text: text.encode()).message


@pytest.mark.parametrize("found", [True, 1.005, "1", None])
def test_a_number_is_right_to_a_millionth_and_never_a_truth_value(found):
    one = check.Exercise("99.1", "one()", "", lambda: 1.0, known_slips("one"))
    assert one(found).status == "wrong"
    assert one(1 + 1e-9).status == "right"
    assert one(1).status == "right"


@pytest.mark.parametrize(
    ("name", "answer", "called"),
    [
        ("decode", secret.decode, "secret.decode"),
        ("decode", lambda text: base64.b32decode(text + "=" * (-len(text) % 8)), "base64.b32decode"),
        ("hmac", lambda key, message, name: hmac.digest(key, message, name), "hmac.digest"),
        ("hmac", lambda key, message, name: hmac.new(key, message, name).digest(), "hmac.new"),
        ("hotp", lambda key, counter, digits=6: mine.code(key, counter, digits=digits), "hotp.code"),
        (
            "hotp",
            lambda key, counter, digits=6: pyotp.HOTP(base64.b32encode(key).decode(), digits=digits).at(counter),
            "pyotp.hotp.HOTP.__init__",
        ),
    ],
)
def test_what_a_chapters_stem_excludes_does_not_pass(name, answer, called):
    feedback = ask(name, answer)
    assert feedback.status == "wrong"
    assert feedback.message == f"{called} does here what you are asked to write: do without it"


KNOWN = {given: offset_of(given) for (given,) in DIGESTS}


@pytest.mark.parametrize("other", [lambda digest: 3, lambda digest: None, lambda digest: "?"])
def test_answers_that_are_written_down_are_told_from_computed_ones(other):
    feedback = OFFSET(lambda digest: KNOWN.get(digest, other(digest)))
    assert feedback.message == "right for the published values, wrong for some others: is a case missing?"


def test_what_is_said_does_not_depend_on_the_random_inputs():
    def breaks(digest):
        return KNOWN[digest]

    for answer in (breaks, lambda digest: KNOWN.get(digest, 3), lambda digest: digest[-1] >> 4):
        assert len({repr(OFFSET(answer)) for _ in range(8)}) == 1


# --- what a learner's function does -----------------------------------------------------------------------------------


def test_an_exception_is_shown_as_theirs():
    def wrong(digest):
        start = len(digest) / 0
        return start

    line = wrong.__code__.co_firstlineno + 1
    message = OFFSET(wrong).message
    assert message == f"your function raises ZeroDivisionError: division by zero (line {line}: start = len(digest) / 0)"


def test_an_exception_of_a_library_names_it_and_the_learners_line():
    def wrong(text):
        return binascii.a2b_base64(text)

    message = check.decode(wrong).message
    assert message.startswith("your function raises binascii.Error: ")
    assert message.endswith(": return binascii.a2b_base64(text))")


def test_an_exception_on_a_random_input_does_not_show_it():
    def wrong(digest):
        return KNOWN[digest]

    message = OFFSET(wrong).message
    assert message.startswith("your function raises KeyError, on an unpublished test input (line ")
    assert "\\x" not in message


def test_the_wrong_number_of_arguments_is_their_error():
    assert "raises TypeError: " in check.hotp(lambda key: "").message


@pytest.mark.parametrize("ends", [SystemExit, KeyboardInterrupt, RecursionError])
def test_even_what_would_end_the_kernel_is_their_error(ends):
    def wrong(digest):
        raise ends("gone")

    assert f"your function raises {ends.__name__}: gone" in OFFSET(wrong).message


def one_line(digest):
    while True:
        pass


def many_lines(digest):
    number = 0
    while True:
        number += 1


def catches_all(digest):
    while True:
        try:
            time.sleep(0.001)
        except BaseException:
            pass


def without_a_loop(digest):
    return fibonacci(40)


def fibonacci(number):
    return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)


def in_a_generator(digest):
    return sum(iter(lambda: 0, 1))


def sleeps(digest):
    time.sleep(5)


@pytest.mark.parametrize("loop", [one_line, many_lines, catches_all, without_a_loop, in_a_generator, sleeps])
def test_an_endless_loop_is_stopped(loop, monkeypatch):
    monkeypatch.setattr(check.running, "PATIENCE", 0.3)
    before, begin = threading.active_count(), time.monotonic()
    feedback = OFFSET(loop)
    assert time.monotonic() - begin < 3
    assert feedback.message == "it was stopped: no answer within 0 seconds. Does a loop end, and soon enough?"
    if loop is not sleeps:  # a call that never comes back to Python cannot be stopped, only left behind
        assert threading.active_count() == before


def test_prints_are_dropped(capsys):
    def chatty(digest):
        print("hello", file=sys.stderr)
        print("hello")
        return offset_of(digest)

    assert OFFSET(chatty).status == "right"
    assert capsys.readouterr() == ("", "")
    print("still there")
    assert capsys.readouterr().out == "still there\n"


count = 5
offsets: list = []


def test_variables_are_put_back():
    def careless(digest):
        global count, made_here, hmac
        count += 1
        made_here = hmac = digest
        return offset_of(digest)

    assert OFFSET(careless).status == "right"
    assert count == 5
    assert "made_here" not in globals()
    assert hmac.__name__ == "hmac"


def test_tracing_stays_as_it_was():
    before = sys.gettrace()
    OFFSET(offset_of)
    assert sys.gettrace() is before


def test_a_method_and_a_built_in_are_functions_too():
    class Mine:
        def __call__(self, digest):
            return offset_of(digest)

    assert OFFSET(Mine()).status == "right"
    assert OFFSET(len).message.endswith("gives 20, which is not right and matches no classic mistake")


# --- hints, results, and how they look --------------------------------------------------------------------------------


def test_a_hint_is_given_on_request():
    assert repr(check.hint("03.1")).startswith("○ 03.1: choose the offset first")
    assert check.results()[5]["attempts"] == 0
    with pytest.raises(OtpError, match="no exercise has the number '3.1'; there are 01.1, 01.2"):
        check.hint("3.1")


def test_the_exercises_are_numbered_in_order():
    numbers = [item.id for item in check.EXERCISES]
    assert numbers == sorted(set(numbers), key=lambda number: [int(part) for part in number.split(".")])
    assert all(re.fullmatch(r"\d\d\.\d+", number) for number in numbers)
    assert {"01.1", "01.2", "02.1", "02.2", "02.3", "03.1", "03.2", "03.3", "04.1", "04.2", "04.3"} <= set(numbers)
    assert repr(check.c_program) == "exercise 03.2: prints(digest)"


def test_results_are_data():
    OFFSET(...)
    OFFSET(lambda digest: digest[-1] >> 4)
    OFFSET(offset_of)
    check.c_program(lambda digest: digest[-1])
    found = {row["exercise"]: row for row in json.loads(json.dumps(check.results()))}
    assert list(found) == [item.id for item in check.EXERCISES]
    assert found["03.1"] == {"exercise": "03.1", "status": "right", "attempts": 2, "mistake": None}
    assert found["03.2"]["status"] == "wrong"
    assert found["03.3"] == {"exercise": "03.3", "status": "open", "attempts": 0, "mistake": None}


def test_feedback_is_a_value_and_shows_text_as_text():
    feedback = check.Feedback("01.1", "wrong", "<b>no</b>")
    assert repr(feedback) == "✗ 01.1: <b>no</b>"
    assert "<b>" not in feedback._repr_html_()
    assert "&lt;b&gt;no" in feedback._repr_html_()
    with pytest.raises(dataclasses.FrozenInstanceError):
        feedback.status = "right"


# --- in a notebook ----------------------------------------------------------------------------------------------------

CELLS = [
    "from totp_teach import check\ncheck.running.PATIENCE = 1.0",
    "def prints(digest):\n    ...",
    "check.c_program(prints)",
    "def prints(digest):\n    print('working')\n    return digest[0] / 0",
    "check.c_program(prints)",
    "def prints(digest):\n    while True:\n        pass",
    "check.c_program(prints)",
    "total = 0\ndef prints(digest):\n    global total\n    total += 1\n    start = digest[19] & 15\n    return str((int.from_bytes(digest[start : start + 4], 'little') & 0x7FFFFFFF) % 10**6)",
    "check.c_program(prints)",
    "print('still here', total)",
]


def test_in_a_kernel(tmp_path):
    """As a reader meets it: in the kernel's main thread, with cells for files."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    with contextlib.chdir(tmp_path):
        NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    texts = ["".join(out.get("text") or out.data["text/plain"] for out in cell.outputs) for cell in notebook.cells]
    assert texts[2] == "○ 03.2: not attempted yet"
    assert texts[4] == (
        "✗ 03.2: your function raises ZeroDivisionError: division by zero (line 3: return digest[0] / 0)"
    )
    assert texts[6] == "✗ 03.2: it was stopped: no answer within 1 seconds. Does a loop end, and soon enough?"
    assert texts[8] == "✓ 03.2: right"
    assert texts[9] == "still here 0\n"
    assert all("border-left" in notebook.cells[place].outputs[0].data["text/html"] for place in (2, 4, 6, 8))
