"""show's charts: their data against other witnesses, their pictures as pictures."""

import base64
import html
import io
import re
import subprocess
import sys

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from totp_teach import OtpError, hotp, show
from totp_teach.show import digest_charts
from totp_teach.show.figure import Chart

KEY = b"12345678901234567890"
FIRST, SECOND = hotp.digest(KEY, 0), hotp.digest(KEY, 1)

CHARTS = {
    "avalanche": lambda: show.avalanche(FIRST, SECOND),
    "bias": lambda: show.bias([6, 7, 8, 9, 10]),
}


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


# --- what every chart is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_a_picture_with_a_text(name):
    chart = CHARTS[name]()
    bundle = chart._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == repr(chart) == str(chart) == chart.alt
    source, width, alt = re.fullmatch(
        '<img src="data:image/png;base64,([^"]+)" width="([0-9]+)" alt="([^"]+)" style="[^"]+">', bundle["text/html"]
    ).groups()
    assert (html.unescape(alt), "<" in alt) == (chart.alt, False)
    assert base64.b64decode(source) == chart.png()
    picture = opened(chart.png())
    assert picture.width == 2 * int(width) <= 2 * 880  # sharp at twice its size, and no wider than a page
    assert {picture.getpixel((x, y)) for x in (0, picture.width - 1) for y in (0, picture.height - 1)} == {(255,) * 3}
    assert len(chart.png()) < 70_000


@pytest.mark.parametrize(
    ("name", "colours"),
    [("avalanche", ["#E69F00"]), ("bias", ["#CC79A7"])],
)
def test_the_colours_of_the_roles_are_in_the_picture(name, colours):
    """Within what the eye cannot tell: a palette rounds."""
    seen = [colour for count, colour in opened(CHARTS[name]().png()).getcolors(1 << 24) if count > 100]
    for colour in colours:
        wanted = bytes.fromhex(colour[1:])
        assert any(max(abs(one - other) for one, other in zip(wanted, each, strict=True)) <= 3 for each in seen), colour


def test_markup_in_a_text_stays_text():
    page = Chart(100, 50, '"><img src=x onerror=alert(1)>')._repr_mimebundle_()["text/html"]
    assert 'alt="&quot;&gt;&lt;img src=x onerror=alert(1)&gt;" style=' in page


@pytest.mark.parametrize("name", CHARTS)
def test_the_readers_settings_change_no_chart(name):
    before = CHARTS[name]().png()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "figure.dpi": 30, "savefig.dpi": 300}):
        settings = dict(matplotlib.rcParams)
        assert CHARTS[name]().png() == before
        assert dict(matplotlib.rcParams) == settings


def test_pyplot_is_not_touched():
    program = """
import sys
from totp_teach import show
show.table(["a"], [(1,)])
assert "matplotlib" not in sys.modules
show.bias([6]).png()
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


# --- avalanche ------------------------------------------------------------------------------------------------------


@given(st.integers(1, 64).flatmap(lambda size: st.tuples(*[st.binary(min_size=size, max_size=size)] * 2)))
def test_flips_are_the_bits_of_the_exclusive_or(pair):
    first, second = pair
    flips = digest_charts.flips(first, second)
    difference = int.from_bytes(first, "big") ^ int.from_bytes(second, "big")
    assert len(flips) == difference.bit_count()
    assert sum(1 << (8 * len(first) - 1 - bit) for bit in flips) == difference
    assert flips == sorted(flips)


def test_the_count_is_said_and_every_flip_is_drawn():
    chart = show.avalanche(FIRST, SECOND)
    assert chart.get_suptitle() == "74 of 160 bits flipped (46 %)"
    assert chart.alt.startswith("74 of 160 bits flipped (46 %); first XOR second is b9 37 45 01  ")
    orange = tuple(matplotlib.colors.to_rgba("#E69F00"))
    flipped = [square.get_facecolor() == orange for square in chart.axes[0].patches]
    assert [bit for bit, filled in enumerate(flipped) if filled] == digest_charts.flips(FIRST, SECOND)
    assert "".join(text.get_text() for text in chart.axes[0].texts) == f"{int.from_bytes(SECOND, 'big'):0160b}"
    assert [text.get_fontweight() == "bold" for text in chart.axes[0].texts] == flipped
    rows = [label.get_text() for label in chart.axes[0].get_yticklabels()]
    assert rows == ["bytes 0–3", "bytes 4–7", "bytes 8–11", "bytes 12–15", "bytes 16–19"]


def test_only_digests_of_one_length_are_compared():
    with pytest.raises(OtpError, match="not of 20 and 32 bytes"):
        show.avalanche(FIRST, hotp.digest(KEY, 1, algorithm="SHA256"))


# --- bias -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", range(1, 11))
def test_odds_count_every_number_below_2_to_31(digits):
    odds = digest_charts.odds(digits)
    assert odds.least * 10**digits + odds.favoured == 2**31
    assert 0 <= odds.favoured < 10**digits
    assert odds.impossible == (10**digits - 2**31 if digits == 10 else 0)


@pytest.mark.parametrize(("digits", "percent"), [(6, "0.047"), (7, "0.47"), (8, "4.8"), (9, "50")])
def test_the_bias_that_the_rfc_names(digits, percent):
    """RFC 4226 appendix A: 2^31 = 2147·10^6 + 483 648, and so on."""
    assert f"{100 * digest_charts.odds(digits).excess:.2g}" == percent
    assert f"are {percent} % likelier." in show.bias([digits]).alt


def test_the_bias_as_bars():
    chart = show.bias([6, 10])
    assert "6 digits: 000000 to 483647 are 0.047 % likelier." in chart.alt
    assert "10 digits: the codes above 2147483647 never come; that is 79 % of them." in chart.alt
    widths = [bar.get_width() for bar in chart.axes[0].patches]
    assert widths == [pytest.approx(100 / 2147), 100]
    assert [bar.get_hatch() for bar in chart.axes[0].patches] == [None, "///"]
