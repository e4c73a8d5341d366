"""A line of steps: what is called accepted is what a verifier accepts, and hands stand where the clocks are."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totp_teach import OtpError, otpauth, show, totp, widgets
from totp_teach.show.timeline import Clocks
from totp_teach.verifier import MemoryStore, Verifier

RFC_KEY = b"12345678901234567890"
AT = 1_111_111_111  # in RFC 6238 appendix B: step 37037037, of which one second has passed


def verdict(at: float, code_at: float, window: int, period: int = 30) -> str:
    """What a verifier says to the code of one moment at another."""
    desk = Verifier(MemoryStore(), window=window)
    desk.enrol("alice", otpauth.Account(key=RFC_KEY, period=period))
    answer = desk.check("alice", totp.code(RFC_KEY, code_at, period=period), at)
    return "accepted" if answer.accepted else "refused"


@given(
    st.integers(1000, 2**31), st.integers(0, 3), st.integers(-200, 200), st.integers(0, 200), st.sampled_from([30, 60])
)
def test_what_is_called_accepted_a_verifier_accepts(at, window, phone, delay, period):
    clocks = Clocks(at, period, window, phone, delay)
    assert clocks.verdict == verdict(at, at + phone - delay, window, period)
    assert clocks.line.text.endswith(f", {clocks.verdict}")
    assert f"belongs to step {totp.counter(at + phone - delay, period=period)}: {clocks.verdict}." in clocks.words
    step = totp.counter(at, period=period)
    around = dict(re.findall(r"(\d+) (accepted|refused)", clocks.line.text.splitlines()[1]))
    assert len(around) == 7
    for each, answer in around.items():
        assert answer == ("accepted" if abs(int(each) - step) <= window else "refused")


@pytest.mark.parametrize("window", [0, 1])
@pytest.mark.parametrize("off", [-95, -31.5, -30, -8, -1, 0, 1, 12, 30, 45])
def test_what_one_step_comes_to(off, window):
    start = AT // 30 * 30
    moments = [(now, now + off) for now in range(start, start + 30)]
    other = sum(totp.counter(now) != totp.counter(code) for now, code in moments)
    refused = sum(verdict(now, code, window) == "refused" for now, code in moments)
    words = Clocks(AT, window=window, phone=off).words
    assert f"{other or 'none'} of 30 codes belong" in words
    assert re.search(rf"and {refused or 'none'} (is|are) refused\.$", words)


@given(st.integers(5000, 2**33), st.integers(-80, 80), st.integers(0, 80))
def test_the_hands_stand_where_the_clocks_are(at, phone, delay):
    line = Clocks(at, phone=phone, delay=delay).line.html
    first, *_, last = [int(step) for step in re.findall(r">(\d+)<br>", line)]
    hands = re.findall(r"margin-(left|right): ([\d.]+)%\">([\d.]+) s into step (\d+)", line)
    for (side, percent, into, step), clock in zip(hands, (at, at + phone, at + phone - delay), strict=True):
        place = float(percent) if side == "left" else 100 - float(percent)
        assert 30 * int(step) + float(into) == clock
        found = (first + place / 100 * 7) * 30  # what is further away stands at the edge
        assert found == pytest.approx(min(max(clock, 30 * first), 30 * (last + 1)), abs=0.05)


def test_words_stand_where_there_is_more_room():
    """And their edge has the colour of the side that they speak of."""
    line = Clocks(105, phone=-30, delay=30).line.html  # the middle of the line, and before it
    edges = re.findall(r"text-align: (\w+); border-\1: 4px solid (#\w+); margin-\1: ([\d.]+)%", line)
    assert edges == [("left", "#0072B2", "50.00"), ("left", "#D55E00", "35.71"), ("left", "#CC79A7", "21.43")]
    later = Clocks(105, phone=30).line.html
    assert "text-align: right; border-right: 4px solid #D55E00; margin-right: 35.71%" in later


def test_the_line_of_the_chapter():
    shown = show.timeline(65, phone=-8, delay=3)
    assert shown.text.splitlines()[:4] == [
        "server  5 s into step 2",
        "steps   0 refused | 1 accepted | 2 accepted | 3 accepted | 4 refused | 5 refused",
        "phone   27 s into step 1",
        "code    24 s into step 1, accepted",
    ]
    assert "The code that arrives was read 3 s ago and belongs to step 1" in shown.text
    for value in re.findall(r"\d+", shown.text):
        assert value in re.sub("<[^>]*>", " ", shown.html)
    assert not re.search(r"<(style|svg|script)|class=|var\(", shown.html)
    assert "accepts step 2 alone." in show.timeline(65, window=0).text
    assert "3.5 s into step 2, accepted" in show.timeline(60, phone=3.5).text


def test_what_cannot_be():
    for wrong in ({"delay": -1}, {"window": -1}):
        with pytest.raises(OtpError, match="before it is read"):
            show.timeline(65, **wrong)
    with pytest.raises(OtpError, match="1970"):
        show.timeline(59, phone=-60)


# ---- by slider -------------------------------------------------------------------------------------------------------


def moved(box: widgets.TwoClocks, **fields: str) -> dict:
    """What the page sends when sliders are moved, and what it is told."""
    box.edit = {"number": box.said["number"] + 1, "fields": {**box.said["fields"], **fields}}
    return box.said


def test_sliders_draw_what_a_plain_call_draws():
    box = widgets.TwoClocks(AT, phone=-8)
    for fields in ({}, {"phone": "-35"}, {"delay": "30", "window": "2"}, {"at": str(AT + 20), "window": "0"}):
        said = moved(box, **fields)
        at, phone, delay, window = (int(said["fields"][name]) for name in ("at", "phone", "delay", "window"))
        plain = show.timeline(at, phone=phone, delay=delay, window=window)
        assert said["html"] + f'<p style="margin: 8px 0 0; max-width: 52em">{said["words"]}</p>' == plain.html
        assert said["accepted"] is (": accepted." in said["words"])
    assert said["accepted"] is False


def test_every_place_of_a_slider_has_words_and_can_be_drawn():
    box = widgets.TwoClocks(AT)
    assert [len(slider["choices"]) for slider in box.form] == [30, 181, 61, 4]
    for slider in box.form:
        assert len(slider["words"]) == len(set(slider["words"])) == len(slider["choices"])
        for value in slider["choices"]:
            assert moved(box, **{slider["name"]: value})["fields"][slider["name"]] == value
            assert "What is below" not in box.said["words"]
    words = dict(zip(box.form[1]["choices"], box.form[1]["words"]))
    assert (words["-8"], words["0"], words["90"]) == ("8 s behind", "on time", "90 s ahead")


def test_the_server_moves_through_its_own_step():
    assert widgets.TwoClocks(59).form[0]["choices"] == [str(second) for second in range(30, 60)]


def test_before_1970_the_last_line_stays():
    box = widgets.TwoClocks(65)
    html = box.said["html"]
    said = moved(box, phone="-90")
    assert "lies before 1970" in said["words"] and said["html"] == html and said["accepted"] is False
    assert moved(box, phone="-8")["html"] != html


@pytest.mark.parametrize("wrong", [{"phone": 91}, {"phone": 0.5}, {"delay": -1}, {"window": 4}])
def test_what_no_slider_shows(wrong):
    (name,) = wrong
    with pytest.raises(OtpError, match=f"{name} must be a whole number from"):
        widgets.TwoClocks(AT, **wrong)


def test_at_rest_it_has_the_sliders_the_line_and_the_words():
    rest = widgets.TwoClocks(AT, phone=-8, delay=5).resting
    assert rest.text.splitlines()[:5] == [
        "Two clocks (example: run this cell)",
        "Server's clock     1 s into its step",
        "Phone's clock      8 s behind",
        "Delay of the code  5 s",
        "Window             1 step on each side",
    ]
    assert Clocks(AT, phone=-8, delay=5).line.html in rest.html and rest.text.endswith("and none is refused.")


# ---- rulers ----------------------------------------------------------------------------------------------------------


@given(
    st.integers(120, 2**33),
    st.sampled_from([15, 20, 30, 45, 60, 90]),
    st.sampled_from([0, 30, 45, 7]),
    st.integers(0, 3),
)
def test_the_ticks_of_a_ruler_are_where_steps_begin(at, period, t0, window):
    shown = show.ruler(at, (period, t0), window=window)
    step = totp.counter(at, period=period, t0=t0)
    looking, _, name, ticks, accepted = shown.text.splitlines()
    assert looking == f"You look at {totp.EPOCH + timedelta(seconds=at):%H:%M:%S} UTC."
    into = at - t0 - period * step
    assert name == f"Period {period} s, T0 = {t0}: {into} s into step {step}, {period - into} s left"
    found = re.findall(r"(\S+) step (\d+)", ticks)
    begins = [(clock, t0 + period * int(one)) for clock, one in found if clock != "…"]
    assert begins and all(clock == f"{totp.EPOCH + timedelta(seconds=at):%H:%M:%S}" for clock, at in begins)
    assert str(step) in [one for _, one in found]
    first, last = (
        totp.EPOCH + timedelta(seconds=t0 + period * one) for one in (max(0, step - window), step + window + 1)
    )
    assert accepted == f"  the server accepts the codes of {first:%H:%M:%S} to {last:%H:%M:%S}"


def test_three_rulers_stand_over_each_other():
    shown = show.ruler(59, (30, 0), (60, 0), (30, 30), window=0)
    assert shown.text.splitlines()[2::4] == [
        "Period 30 s, T0 = 0: 29 s into step 1, 1 s left",
        "Period 60 s, T0 = 0: 59 s into step 0, 1 s left",
        "Period 30 s, T0 = 30: 29 s into step 0, 1 s left",
    ]
    rows = re.findall(r"<tr.*?</tr>", shown.html)
    spans = [[int(span) for span in re.findall(r'<td[^>]*colspan="(\d+)"', row)] for row in rows]
    assert {sum(row) for row in spans} == {6} and spans[2] == [1] * 6 and spans[5] == [2] * 3
    accepted = [re.findall(r"<td[^>]*background-color[^>]*>([^<]*)<br>([^<]*)<", row) for row in rows]
    assert [cells for cells in accepted if cells] == [
        *[[("00:00:30", "step 1")], [("00:00:00", "step 0")], [("00:00:30", "step 0")]]
    ]
    assert rows[8].count("no step") == 1 and "margin-left: 32.78%" in rows[0]  # 59 of 180 seconds


def test_a_ruler_is_moved_by_slider():
    box = widgets.TimeRuler(59, (30, 0), (30, 30))
    moment, window = box.form
    assert moment["choices"] == [str(second) for second in range(30, 180)] and window["choices"] == ["0", "1", "2", "3"]
    box.edit = {"number": 1, "fields": {"at": "91", "window": "2"}}
    assert box.said["html"] == show.ruler(91, (30, 0), (30, 30), window=2, around=59).html
    assert "Ruler of time (example: run this cell)" in repr(box) and show.ruler(59, (30, 0), (30, 30)).text in repr(box)
    with pytest.raises(OtpError, match="window must be a whole number from 0 to 3, not 4"):
        widgets.TimeRuler(59, window=4)
