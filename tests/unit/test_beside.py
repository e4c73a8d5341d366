"""show.beside: the right run and a wrong one, step by step, and where they part."""

import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totp_teach import OtpError, hotp, mistakes, show, totp
from totp_teach.show.beside import Beside, change, flip

KEY = b"12345678901234567890"


def rows(text: str) -> dict[str, list[str]]:
    """The lines of each step, without their columns' blanks, under its name."""
    found: dict[str, list[str]] = {}
    for line in text.partition("\n\n")[0].splitlines():
        if not line.startswith("   "):
            name = re.split(r"  +", line)[0]
            found[name] = []
        found[name].append(" ".join(line.removeprefix(name).split()))
    return found


def test_a_wrong_message_and_what_follows_from_it():
    shown = show.beside(KEY, 59, "little-endian counter")
    right, wrong = totp.trace(KEY, 59), hmac.digest(KEY, (1).to_bytes(8, "little"), "sha1")
    flipped = sum((one ^ other).bit_count() for one, other in zip(right.digest, wrong))
    found = rows(shown.text)
    assert list(found) == ["key", "time", "counter", "▶ message", "digest", "offset", "four bytes", "number", "code"]
    assert found["key"] == [f"{KEY.hex(' ')} same"] and found["counter"] == ["1 same"]
    assert found["▶ message"] == ["right 00 00 00 00 00 00 00 01 2 of 64 bits", "wrong 01 00 00 00 00 00 00 00"]
    assert found["digest"] == [f"right {right.digest.hex(' ')} {flipped} of 160 bits", f"wrong {wrong.hex(' ')}"]
    assert found["offset"] == ["right 11 another value", f"wrong {wrong[-1] & 15}"]
    assert found["code"] == ["right 287082 another value", "wrong 160385"]
    assert mistakes.code(KEY, 59, "little-endian counter") == "160385"
    words = (
        "little-endian counter: the runs part at the message, and the code is 160385, not 287082. Seen from outside: "
    )
    assert words in shown.text and words in shown.html


def test_only_the_bytes_that_differ_are_boxed():
    html = show.beside(KEY, 59, ("digest", 157)).html
    (row,) = re.findall(r"<tr[^>]*><th[^>]*>▶ digest.*?</tr>", html)
    right, wrong = row.split("<br>")
    assert re.findall(r"<span[^>]*>([^<]*)</span>", wrong) == ["af"] and " 2d 33 " in wrong
    assert re.findall(r"<span[^>]*>([^<]*)</span>", right) == [
        re.sub("((?:.. ){3}..) (?=.)", r"\1  ", hotp.digest(KEY, 1).hex(" "))
    ]


def test_a_mistake_that_does_not_show_is_said_not_to():
    shown = show.beside(KEY, 59, "leading zeros lost")
    assert "▶" not in shown.text and "right " not in shown.text
    assert "leading zeros lost: no step differs. With this key at this moment it does not show." in shown.text


def test_the_runs_may_part_and_end_in_the_same_code():
    shown = show.beside(KEY, 59, ("digest", 0))  # byte 0 is not among the four
    assert (
        "bit 0 of byte 0 of the digest flipped: the runs part at the digest, and still the code is 287082."
        in shown.text
    )
    assert rows(shown.text)["code"] == ["287082 same"]


def test_what_both_sides_agree_on_is_shown_where_it_differs():
    assert not {"algorithm", "period", "digits"} & set(rows(show.beside(KEY, 59, "mask missing").text))
    found = rows(show.beside(KEY, 59, ("another algorithm", "SHA512")).text)
    assert found["▶ algorithm"] == ["right SHA1 another value", "wrong SHA512"] and len(found["digest"]) == 1 + 4


@given(st.binary(min_size=1, max_size=70), st.integers(0, 2**33), st.data())
def test_a_flipped_bit_of_the_key_or_the_counter_is_a_run_from_the_start(key, at, draw):
    counter = totp.counter(at)
    bit = draw.draw(st.integers(0, 8 * len(key) - 1))
    turned = (int.from_bytes(key, "big") ^ 1 << 8 * len(key) - 1 - bit).to_bytes(len(key), "big")
    assert Beside(key, at, [flip("key", bit)]).wrong_code == totp.code(turned, at)
    bit = draw.draw(st.integers(0, 63))
    assert Beside(key, at, [flip("counter", bit)]).wrong_code == hotp.code(key, counter ^ 1 << 63 - bit)
    assert Beside(key, at, []).parted == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (("key", 160), "no bit 160: they are numbered from 0 to 159"),
        (("digest", -1), "no bit -1"),
        ("no such mistake", "no mistake is called"),
        ("secret taken for hex", "secret taken for hex cannot be made here: non-hexadecimal"),
    ],
)
def test_what_cannot_be_made(wrong, why):
    with pytest.raises(OtpError, match=re.escape(why)):
        show.beside(KEY, 59, wrong)


def test_of_one_step_there_is_one_change():
    with pytest.raises(OtpError, match="change the same step: take one of them"):
        show.beside(KEY, 59, ("digest", 1), "digest as hex text")
    with pytest.raises(OtpError, match="bits can be flipped in key, counter, digest, not in 'code'"):
        flip("code", 1)


def test_a_counter_of_its_own():
    assert "the code is 359152" not in show.beside(KEY, None, "mask missing", counter=1).text
    assert change(("counter off by one", 1))(mistakes.start(KEY, 59, counter=1)) == 2
