"""The exercises' feedback: right answers, stubs, and wrong answers that are told by their names; and no harm done."""

import base64
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

import nbformat
import pyotp
import pytest
from nbclient import NotebookClient

from totp_teach import OtpError, check, mistakes, secret
from totp_teach.check.exercise import known_slips

# --- answers as learners write them, from the standard library alone ------------------------------------------------


def base32(data):
    return base64.b32encode(data).decode().rstrip("=")


def read_secret(text):
    letters = "".join(text.split()).replace("-", "").upper().rstrip("=")
    return base64.b32decode(letters + "=" * (-len(letters) % 8))


def hmac_sha1(key, message):
    key = hashlib.sha1(key).digest() if len(key) > 64 else key
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(64, b"\0")) for pad in (0x36, 0x5C))
    return hashlib.sha1(outer + hashlib.sha1(inner + message).digest()).digest()


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
    return hotp(key, at // 30, digits)


def seconds_left(at, period=30):
    return period - at % period


SOLUTIONS = {
    "bits": (160, 32),
    **{"base32": base32, "read_secret": read_secret, "hmac_sha1": hmac_sha1, "digest": digest_for},
    **{"offset": offset_of, "truncate": truncate, "hotp": hotp},
    **{"counter": counter_at, "totp": totp, "remaining": seconds_left},
}


def nested(key, message, inner=0x36, outer=0x5C):
    padded = key.ljust(64, b"\0")
    first = hashlib.sha1(bytes(byte ^ inner for byte in padded) + message).digest()
    return hashlib.sha1(bytes(byte ^ outer for byte in padded) + first).digest()


def groups_of_eight(data):
    bits = "".join(f"{byte:08b}" for byte in data)
    full = [bits[start : start + 5] for start in range(0, len(bits) - 4, 5)]
    return "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[int(five, 2)] for five in full)


def as_a_number(data):
    number, letters = int.from_bytes(data, "big"), ""
    for _ in range(math.ceil(len(data) * 8 / 5)):
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[number % 32] + letters
        number //= 32
    return letters


def signed(digest):
    start = digest[-1] & 15
    return abs(struct.unpack(">i", digest[start : start + 4])[0])


WRONG = [
    ("bits", "bytes for bits", (20, 32)),
    ("bits", "four bits a letter", (160, 40)),
    ("bits", "six bits a letter", [160, 27]),
    ("bits", "eight bits a letter", (160, 20)),
    ("base32", "padding kept", lambda data: base64.b32encode(data).decode()),
    ("base32", "hex for Base32", lambda data: data.hex()),
    ("base32", "Base64 for Base32", lambda data: base64.b64encode(data).decode().rstrip("=")),
    ("base32", "lower-case letters", lambda data: base32(data).lower()),
    ("base32", "last bits lost", groups_of_eight),
    ("base32", "bits filled in front", as_a_number),
    ("read_secret", "text used as key", lambda text: text.encode()),
    ("read_secret", "hex text used as key", lambda text: read_secret(text).hex().encode()),
    ("read_secret", "last letters lost", lambda text: read_secret(text)[: len(read_secret(text)) // 5 * 5]),
    ("read_secret", "line end in the key", lambda text: read_secret(text) + b"\n"),
    ("hmac_sha1", "plain hash", lambda key, message: hashlib.sha1(key + message).digest()),
    ("hmac_sha1", "plain hash", lambda key, message: hashlib.sha1(message + key).digest()),
    ("hmac_sha1", "key and message swapped", lambda key, message: hmac_sha1(message, key)),
    ("hmac_sha1", "digest as hex text", lambda key, message: hmac.new(key, message, "sha1").hexdigest()),
    ("hmac_sha1", "long key cut", lambda key, message: nested(key[:64], message)),
    (
        "hmac_sha1",
        "outer hash missing",
        lambda key, message: hashlib.sha1(
            bytes(byte ^ 0x36 for byte in (hashlib.sha1(key).digest() if len(key) > 64 else key).ljust(64, b"\0"))
            + message
        ).digest(),
    ),
    ("digest", "little-endian counter", lambda key, counter: digest_for(key, counter, "<Q")),
    ("digest", "counter as text", lambda key, counter: hmac.digest(key, str(counter).encode(), "sha1")),
    ("digest", "counter as hex text", lambda key, counter: hmac.digest(key, b"%016x" % counter, "sha1")),
    ("digest", "counter off by one", lambda key, counter: digest_for(key, counter + 1)),
    ("digest", "another algorithm", lambda key, counter: hmac.digest(key, struct.pack(">Q", counter), "sha256")),
    ("digest", "digest as hex text", lambda key, counter: digest_for(key, counter).hex()),
    ("offset", "high nibble", lambda digest: digest[-1] >> 4),
    ("offset", "digest[19]", lambda digest: digest[19] & 15),
    ("offset", "offset from the first byte", lambda digest: digest[0] & 15),
    ("offset", "three bits for the offset", lambda digest: digest[-1] & 7),
    ("offset", "fixed offset", lambda digest: 0),
    ("truncate", "mask missing", lambda digest: truncate(digest, mask=0xFFFFFFFF)),
    ("truncate", "high nibble", lambda digest: truncate(digest, lambda digest: digest[-1] >> 4)),
    ("truncate", "digest[19]", lambda digest: truncate(digest, lambda digest: digest[19] & 15)),
    ("truncate", "little-endian four bytes", lambda digest: truncate(digest, order="little")),
    ("truncate", "mask on the wrong byte", lambda digest: truncate(digest, mask=0xFFFFFF7F)),
    ("truncate", "signed number", signed),
    ("truncate", "fixed offset and mask missing", lambda digest: int.from_bytes(digest[:4], "big")),
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
    ("remaining", "counted from now", lambda at, period=30: period),
]


def ask(name, answer):
    return getattr(check, name)(answer)


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
    first = mistakes.find(mistake if mistake in mistakes.WORDS else mistake.split(" and ")[0])
    assert f"the step “{first.step}" in feedback.message
    assert first.symptom in feedback.message
    assert first.mend not in feedback.message  # that would be the solution


def test_two_mistakes_are_told_together():
    def wrong(key, counter, digits=6):
        digest = hmac.digest(key, struct.pack("<Q", counter), "sha1")
        return str(truncate(digest) % 10**digits)

    assert check.hotp(wrong).mistake == "little-endian counter and leading zeros lost"


def test_an_unknown_mistake_shows_where_and_not_what_would_be_right():
    feedback = check.offset(lambda digest: (digest[-1] & 15) ^ 1)
    assert feedback.message == (
        "offset_of(bytes.fromhex('1f8698690e02ca16618550ef7f19da8e945b555a')) gives 11, "
        "which is not right and matches no classic mistake"
    )


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("base32", lambda data: base64.b32encode(data), "base32(b'f') gives b'MY======': expected str, got bytes"),
        (
            "counter",
            lambda at, period=30, t0=0: (at - t0) // period,
            "counter_at(59.9) gives 1.0: expected int, got float",
        ),
        ("bits", 160, "160: expected tuple, got int"),
        ("offset", lambda digest: digest[-1] % 2 == 1, ": expected int, got bool"),
        ("offset", lambda digest: print(digest), "it returns None: is a return missing?"),
        ("offset", offset_of(bytes(20)), "give the function itself, not what it returns"),
        ("bits", lambda: (160, 32), "give the value, not a function"),
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
        barred=(secret.decode, base64.b32decode),
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


KNOWN = {given: offset_of(given) for (given,) in check.chapter_03.DIGESTS}


@pytest.mark.parametrize("other", [lambda digest: 3, lambda digest: None, lambda digest: "?"])
def test_answers_that_are_written_down_are_told_from_computed_ones(other):
    feedback = check.offset(lambda digest: KNOWN.get(digest, other(digest)))
    assert feedback.message == "right for the published values, wrong for others: are they written down, not computed?"


def test_what_is_said_does_not_depend_on_the_random_inputs():
    def breaks(digest):
        return KNOWN[digest]

    for answer in (breaks, lambda digest: KNOWN.get(digest, 3), lambda digest: digest[-1] >> 4):
        assert len({repr(check.offset(answer)) for _ in range(8)}) == 1


# --- what a learner's function does -----------------------------------------------------------------------------------


def test_an_exception_is_shown_as_theirs():
    def wrong(digest):
        start = len(digest) / 0
        return start

    line = wrong.__code__.co_firstlineno + 1
    message = check.offset(wrong).message
    assert message == f"your function raises ZeroDivisionError: division by zero (line {line}: start = len(digest) / 0)"


def test_an_exception_of_a_library_names_it_and_the_learners_line():
    def wrong(text):
        return base64.b32decode(text)

    message = check.read_secret(wrong).message
    assert message.startswith("your function raises binascii.Error: Non-base32 digit found (line ")
    assert message.endswith(": return base64.b32decode(text))")


def test_an_exception_on_a_random_input_does_not_show_it():
    def wrong(digest):
        return KNOWN[digest]

    message = check.offset(wrong).message
    assert message.startswith("your function raises KeyError, on an unpublished test input (line ")
    assert "\\x" not in message


def test_the_wrong_number_of_arguments_is_their_error():
    assert "raises TypeError: " in check.hotp(lambda key: "").message


@pytest.mark.parametrize("ends", [SystemExit, KeyboardInterrupt, RecursionError])
def test_even_what_would_end_the_kernel_is_their_error(ends):
    def wrong(digest):
        raise ends("gone")

    assert f"your function raises {ends.__name__}: gone" in check.offset(wrong).message


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
    feedback = check.offset(loop)
    assert time.monotonic() - begin < 3
    assert feedback.message == "it was stopped: no answer within 0 seconds. Does a loop ever end?"
    if loop is not sleeps:  # a call that never comes back to Python cannot be stopped, only left behind
        assert threading.active_count() == before


def test_prints_are_dropped(capsys):
    def chatty(digest):
        print("hello", file=sys.stderr)
        print("hello")
        return offset_of(digest)

    assert check.offset(chatty).status == "right"
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

    assert check.offset(careless).status == "right"
    assert count == 5
    assert "made_here" not in globals()
    assert hmac.__name__ == "hmac"


def test_tracing_stays_as_it_was():
    before = sys.gettrace()
    check.offset(offset_of)
    assert sys.gettrace() is before


def test_a_method_and_a_built_in_are_functions_too():
    class Mine:
        def __call__(self, digest):
            return offset_of(digest)

    assert check.offset(Mine()).status == "right"
    assert check.offset(len).message.endswith("gives 20, which is not right and matches no classic mistake")


# --- hints, results, and how they look --------------------------------------------------------------------------------


def test_a_hint_is_given_on_request():
    assert repr(check.hint("03.1")).startswith("○ 03.1: a byte has two nibbles")
    assert check.results()[5]["attempts"] == 0
    with pytest.raises(OtpError, match="no exercise has the number '3.1'; there are 01.1, 01.2"):
        check.hint("3.1")


def test_the_exercises_are_numbered_in_order():
    numbers = [item.id for item in check.EXERCISES]
    assert numbers == sorted(set(numbers))
    assert all(re.fullmatch(r"\d\d\.\d", number) for number in numbers)
    assert {"01.1", "01.2", "01.3", "02.1", "02.2", "03.1", "03.2", "03.3", "04.1", "04.2", "04.3"} <= set(numbers)
    assert repr(check.truncate) == "exercise 03.2: truncate(digest)"


def test_results_are_data():
    check.offset(...)
    check.offset(lambda digest: digest[-1] >> 4)
    check.offset(offset_of)
    check.truncate(lambda digest: digest[-1])
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
    "def offset_of(digest):\n    ...",
    "check.offset(offset_of)",
    "def offset_of(digest):\n    print('working')\n    return digest[0] / 0",
    "check.offset(offset_of)",
    "def offset_of(digest):\n    while True:\n        pass",
    "check.offset(offset_of)",
    "total = 0\ndef offset_of(digest):\n    global total\n    total += 1\n    return digest[-1] & 15",
    "check.offset(offset_of)",
    "print('still here', total)",
]


def test_in_a_kernel(tmp_path):
    """As a reader meets it: in the kernel's main thread, with cells for files."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    with contextlib.chdir(tmp_path):
        NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    texts = ["".join(out.get("text") or out.data["text/plain"] for out in cell.outputs) for cell in notebook.cells]
    assert texts[2] == "○ 03.1: not attempted yet"
    assert texts[4] == (
        "✗ 03.1: your function raises ZeroDivisionError: division by zero (line 3: return digest[0] / 0)"
    )
    assert texts[6] == "✗ 03.1: it was stopped: no answer within 1 seconds. Does a loop ever end?"
    assert texts[8] == "✓ 03.1: right"
    assert texts[9] == "still here 0\n"
    assert all("border-left" in notebook.cells[place].outputs[0].data["text/html"] for place in (2, 4, 6, 8))
