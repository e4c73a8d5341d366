"""The films and the explorer without a browser: every value that a frame shows is the one that the package computes."""

import html
import re
import subprocess
import sys
from datetime import UTC, datetime

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from totp_teach import OtpError, hotp, mistakes, otpauth, secret, show, totp, widgets
from totp_teach.widgets import explorer, truncation

RFC_KEY = b"12345678901234567890"
ALICE = otpauth.Account(issuer="Example", name="alice@example.com", key=RFC_KEY)
SECRET = b"\x00the reader's secret\xff"
READER = otpauth.Account(issuer="totp_teach", name="scanned", key=SECRET)
OTHER = otpauth.Account(issuer="totp_teach", name="scanned again", key=b"another one of twenty")

FILMS = {
    "truncation": lambda account: widgets.truncation_film(hotp.trace(account.key, 1)),
    "truncation of several": lambda account: widgets.truncation_film([hotp.trace(account.key, c) for c in (1, 30)]),
}
RESTING = {**FILMS, "explorer": widgets.Explorer, "clocks": lambda _: widgets.TwoClocks(1_111_111_111, phone=-8)}
ALGORITHMS = {"SHA1": 64, "SHA256": 64, "SHA512": 128}  # and their blocks, in bytes


def squeezed(text: str) -> str:
    """Letters and digits alone."""
    return re.sub(r"[\W_]", "", html.unescape(text))


def stripped(markup: str) -> str:
    """What is left of HTML without tags and styles, squeezed; pictures give their alternative texts."""
    return squeezed(re.sub("<[^>]*>", "", re.sub('<img[^>]*alt="([^"]*)"[^>]*>', r"\1", markup)))


def pieces(text: str) -> list[str]:
    """The values of a text, squeezed. Brackets and the names below them are only in text: HTML has boxes there."""
    lines = text.splitlines()
    named = {place + 1 for place, line in enumerate(lines) if re.search("[└╵]", line)}
    cells = [re.split(r"\s{2,}|\|", line) for place, line in enumerate(lines) if place not in named]
    return [squeezed(cell) for line in cells for cell in line if squeezed(cell)]


# ---- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", FILMS.values(), ids=FILMS)
def test_captions_are_sentences_with_values_in_them(make):
    captions = make(ALICE).captions
    assert len(captions) >= 7
    for caption in captions:
        assert re.fullmatch(r"[A-Z].*[.]", caption) and ".." not in caption
        assert not re.search(r"!|\bsimply\b|\bjust\b|\b1 (bytes|bits|zeros|letters|digits|modules)\b", caption)
    assert sum(bool(re.search(r"\d", caption)) for caption in captions) > len(captions) / 2


@pytest.mark.parametrize("make", FILMS.values(), ids=FILMS)
def test_a_frame_reads_without_its_styles_and_its_text_says_the_same(make):
    strip = make(ALICE)
    scenes = re.split(r"\n\n(?=\d+ of \d+: )", strip.text)[1:]
    assert len(scenes) == len(strip.frames) == len(strip.captions)
    for scene, markup in zip(scenes, strip.frames):
        said = pieces(scene.partition("\n")[2])
        assert said and [piece for piece in said if piece not in stripped(markup)] == []


@pytest.mark.parametrize("make", FILMS.values(), ids=FILMS)
def test_frames_are_small_and_carry_their_own_styles(make):
    strip = make(ALICE)
    for markup in strip.frames:
        assert not re.search(r"<(style|svg|script)|class=|var\(|javascript", markup)
        assert 'alt=""' not in markup
    assert sum(map(len, strip.frames)) < 400_000
    assert len(strip.resting.html) + len(strip.resting.text) < 40_000  # what a notebook stores


@pytest.mark.parametrize("make", RESTING.values(), ids=RESTING)
def test_the_resting_picture_is_stable_and_holds_nothing_of_the_readers(make):
    first, second = make(READER).resting, make(OTHER).resting
    assert first == second
    for text in (first.html, first.text):
        assert "example: run this cell" in text
        plain = re.sub(r"<[^>]*>|\s", "", text)
        for key in (SECRET, OTHER.key):
            assert secret.encode(key)[:8] not in plain and key[:6].hex() not in plain


@pytest.mark.parametrize("name", ["truncation", "truncation of several"])
def test_of_the_rfcs_values_the_resting_picture_is_a_frame_of_theirs(name):
    strip = FILMS[name](ALICE)
    shown = [place for place, markup in enumerate(strip.frames) if markup in strip.resting.html]
    assert len(shown) == 1
    assert f"{shown[0] + 1} of {len(strip.frames)}: {html.escape(strip.captions[shown[0]])}" in strip.resting.html


def test_a_key_that_only_begins_like_the_rfcs_is_not_stored():
    own = b"1234 and then the reader's own"
    assert widgets.truncation_film(hotp.trace(own, 1)).resting == widgets.truncation_film(hotp.trace(SECRET, 1)).resting
    assert hotp.digest(own, 1)[:4].hex(" ") not in widgets.truncation_film(hotp.trace(own, 1)).resting.text


def test_no_widget_waits_for_what_draws_charts():
    program = "import sys; from totp_teach import widgets; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False"]


# ---- dynamic truncation ----------------------------------------------------------------------------------------------


def values(text: str) -> dict[str, str]:
    """The value of every row below the digest, by its name."""
    names = "last byte|offset|four bytes|mask|number|in decimal|remainder|code"
    return dict(re.findall(rf"^({names})\s{{2,}}(.*?)(?:\s{{3,}}.*)?$", text, re.MULTILINE))


@pytest.mark.parametrize("digits", [6, 8, 10])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("counter", [0, 1, 30, 2**40])
def test_every_step_of_the_truncation_is_the_traces(counter, algorithm, digits):
    trace = hotp.trace(RFC_KEY, counter, algorithm=algorithm, digits=digits)
    drawn = truncation.frames([trace])
    assert [len(values(frame.shown.text)) for frame in drawn] == list(range(9))
    shown = values(drawn[-1].shown.text)
    assert shown["last byte"].replace(" ", "") == f"{trace.digest[-1]:02x}={trace.digest[-1]:08b}"
    assert shown["offset"] == f"{trace.offset:04b} = {trace.offset}"
    (window, mask, number) = (shown[name].split("  ") for name in ("four bytes", "mask", "number"))
    assert bytes.fromhex(window[0]) == trace.four_bytes and bytes.fromhex(number[0]) == trace.number.to_bytes(4, "big")
    numbers = [int(bits.replace(" ", ""), 2) for _, bits in (window, mask, number)]
    assert numbers == [int.from_bytes(trace.four_bytes, "big"), 0x7FFFFFFF, trace.number]
    assert (shown["in decimal"], shown["remainder"], shown["code"]) == (
        str(trace.number),
        str(trace.remainder),
        trace.code,
    )
    captions = " ".join(frame.caption for frame in drawn)
    for value in (
        trace.counter,
        trace.offset,
        trace.four_bytes.hex(" "),
        f"{trace.number:08x}",
        trace.number,
        trace.code,
    ):
        assert str(value) in captions
    assert f"top bit is {trace.four_bytes[0] >> 7}" in captions


def boxed(markup: str, colour: str) -> list[str]:
    """What stands in the cells of that colour, in their order."""
    return re.findall(rf"<td[^>]*border-bottom: 3px solid {colour}[^>]*>([^<]*)<", markup)


def test_the_four_bytes_and_the_last_one_are_marked_at_their_place():
    for counter in range(20):
        trace = hotp.trace(RFC_KEY, counter)
        markup = truncation.frames([trace])[-1].shown.html
        assert bytes.fromhex("".join(boxed(markup, "#009E73"))) == trace.four_bytes
        assert boxed(markup, "#D55E00") == [f"{trace.digest[-1]:02x}"]


def test_zeros_in_front_are_counted():
    assert truncation.frames([hotp.trace(RFC_KEY, 30)])[-1].caption == (
        "The code is 026920. 1 zero in front of the remainder makes 6 digits of it."
    )
    assert "no zero is missing" in truncation.frames([hotp.trace(RFC_KEY, 1)])[-1].caption


def test_counters_come_one_after_the_other():
    traces = [hotp.trace(RFC_KEY, counter) for counter in (1, 30)]
    assert truncation.frames(traces) == [*truncation.frames(traces[:1]), *truncation.frames(traces[1:])]
    strip = widgets.truncation_film(traces)
    assert strip.title == "Dynamic truncation, counters 1, 30"
    assert strip.resting.text.endswith("1 zero in front") and "026920" in strip.resting.html


def test_no_trace_no_film():
    with pytest.raises(OtpError, match="takes one trace or more"):
        widgets.truncation_film([])


# ---- the explorer ----------------------------------------------------------------------------------------------------


def type_into(box: widgets.Explorer, **fields: str) -> dict:
    """What the page sends when something is typed into these fields, and what it is told."""
    number = box.said["number"] + 1
    box.edit = {"number": number, "fields": {**box.said["fields"], **fields}}
    assert box.said["number"] == number
    return box.said


def test_what_is_typed_is_run():
    box = widgets.Explorer(ALICE)
    assert box.trace == totp.trace(RFC_KEY, 59)
    assert [field["name"] for field in box.form] == ["secret", "algorithm", "digits", "period", "at", "mistake", "flip"]
    typed = {"secret": "gezd gnbv-gy3t qojq GEZD GNBV GY3T QOJQ", "at": " 1111111109", "algorithm": "SHA512"}
    said = type_into(box, **typed, digits="8", period="60")
    assert box.trace == totp.trace(RFC_KEY, 1111111109, algorithm="SHA512", digits=8, period=60)
    assert said["html"] == explorer.explored(box.trace).html and said["words"] == ""
    assert box.trace.digest[:4].hex(" ") in said["html"]


def test_it_begins_with_the_account():
    account = otpauth.Account(key=SECRET, algorithm="SHA256", digits=8, period=60)
    assert widgets.Explorer(account).trace == totp.trace(SECRET, 59, algorithm="SHA256", digits=8, period=60)
    with pytest.raises(OtpError, match="a hotp account has no clock"):
        widgets.Explorer(otpauth.Account(type="hotp", key=SECRET, counter=1))


WRONG = {
    "secret": {
        "GEZD1": "'1' at place 5",
        "": "is empty",
        "GEZ": "has 3 characters",
        "<img src=x>": "padding (=) at place 9",
    },
    "at": {
        "yesterday": "a moment is seconds",
        "-1": "lies before 1970",
        "nan": "a moment is seconds",
        "": "a moment is seconds",
        "2026-01-01 12:00": "is a naive datetime",
    },
    "digits": {"0": "from 1 to 10", "11": "from 1 to 10", "six": "whole number, not 'six'", "": "whole number"},
    "period": {"0": "period", "-30": "whole number", "1.5": "whole number"},
    "algorithm": {"MD5": "SHA1, SHA256, SHA512"},
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, wrong in WRONG.items() for value in wrong])
def test_what_cannot_be_run_is_said_and_the_last_run_stays(name, value):
    box = widgets.Explorer(ALICE)
    trace, shown = box.trace, box.said["html"]
    words = type_into(box, **{name: value})["words"]
    assert WRONG[name][value].lower() in words.lower() and words.endswith("still the last that could be drawn.")
    assert (box.trace, box.said["html"]) == (trace, shown)
    assert box.said["fields"][name] == value
    mended = {"secret": secret.encode(SECRET), "at": "60", "digits": "7", "period": "30", "algorithm": "SHA1"}
    assert type_into(box, **mended)["words"] == "" and box.trace == totp.trace(SECRET, 60, digits=7)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("59", 59),
        (" 59.5 ", 59.5),
        ("2005-03-18T01:58:29+00:00", datetime(2005, 3, 18, 1, 58, 29, tzinfo=UTC)),
        ("2005-03-18 02:58:29+01:00", datetime(2005, 3, 18, 1, 58, 29, tzinfo=UTC)),
        ("2005-03-18", datetime(2005, 3, 18)),
        ("soon", "soon"),
    ],
)
def test_moments(text, moment):
    assert explorer.moment_of(text) == moment


@given(st.binary(min_size=14, max_size=64), st.integers(0, 2**37), st.sampled_from([*ALGORITHMS]), st.integers(6, 10))
def test_pyotp_is_the_witness(key, at, algorithm, digits):
    trace = totp.trace(key, at, algorithm=algorithm, digits=digits)
    assert explorer.witness(trace) == (trace.code, "")
    assert "  the same\n" in explorer.explored(trace).text


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"digits": 4}, "digits must be between 6 and 10"),
        ({"period": 300}, "interval must be positive and at most 120 seconds"),
        ({"key": b"short"}, "Secrets must be at least 112 bits"),
        ({"at": 10**12}, "year"),
    ],
)
def test_why_pyotp_has_no_answer_is_told(options, why):
    trace = totp.trace(**{"key": RFC_KEY, "at": 59, **options})
    code, told = explorer.witness(trace)
    assert code == "" and why.split()[-1] in told
    assert f"no answer: {told}" in explorer.explored(trace).text
    assert pyotp.__name__ in explorer.explored(trace).html


def test_a_witness_that_disagrees_is_not_called_the_same(monkeypatch):
    monkeypatch.setattr(pyotp.TOTP, "at", lambda self, at: "000000")
    text = explorer.explored(totp.trace(RFC_KEY, 59)).text
    assert "pyotp       000 000  different\n" in text and "the same" not in text


def test_every_mistake_of_the_table_can_be_switched_on():
    box = widgets.Explorer(ALICE)
    (mistake,) = [field for field in box.form if field["name"] == "mistake"]
    offered = [words for groups in mistake["groups"].values() for words in groups]
    names = {each.name for each in mistakes.MISTAKES if each.step in mistakes.STEPS}
    assert offered[0] == "none" and {words.partition(" (")[0] for words in offered[1:]} == names
    for words in offered[1:]:
        said = type_into(box, mistake=words)
        assert said["words"].startswith(words)  # what it does, or why it cannot be made here
        assert said["accepted"] == ("no step differs" in said["words"])
    assert type_into(box, mistake="none")["html"] == explorer.explored(totp.trace(RFC_KEY, 59)).html


def test_a_mistake_stands_beside_the_right_chain_as_a_plain_call_has_it():
    box = widgets.Explorer(ALICE)
    said = type_into(box, mistake="little-endian counter", flip="digest 159", at="89")
    plain = show.beside(RFC_KEY, 89, "little-endian counter", ("digest", 159))
    assert plain.html.partition("<p")[0] in said["html"] and said["words"] in plain.text and not said["accepted"]
    assert box.trace == totp.trace(RFC_KEY, 89)
    changed = mistakes.code(RFC_KEY, 89, "little-endian counter")
    assert changed != box.trace.code and "changed" in said["html"]
    said = type_into(box, mistake="digest as hex text")
    assert "change the same step: take one of them" in said["words"] and plain.html.partition("<p")[0] in said["html"]


def test_the_page_has_the_bits_that_can_be_flipped():
    box = widgets.Explorer(ALICE)
    type_into(box, at="60", algorithm="SHA256")
    bits = {part: int(text, 2).to_bytes(len(text) // 8, "big") for part, text in box.said["bits"].items()}
    digest = hotp.digest(RFC_KEY, 2, algorithm="SHA256")
    assert bits == {"key": RFC_KEY, "counter": bytes(7) + b"\2", "digest": digest}
    type_into(box, secret="GEZD1")
    assert box.said["bits"]["digest"] == "".join(f"{byte:08b}" for byte in digest)  # still those of the last run
