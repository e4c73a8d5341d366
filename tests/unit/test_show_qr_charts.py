"""show's pictures of QR codes: what they show is what is in the code."""

import base64
import re

import numpy
import pytest
from matplotlib.colors import to_hex, to_rgb
from qrcode.util import mask_func

from totp_teach import qr, show
from totp_teach.show import qr_charts

URI = "otpauth://totp/Example:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example"
CODE = qr.make(URI)


def test_the_code_is_shown_readable_and_its_text_is_not():
    shown = show.qr(CODE)
    assert repr(shown) == "QR code: version 6 (41 × 41 modules), level M, mask 4, byte mode, 97 of 108 bytes used"
    image = re.fullmatch('<img src="data:image/png;base64,(.+)" width="(.+)" alt="(.+)" style=".+">', shown.html)
    source, width, alt = image.groups()
    assert qr.read(base64.b64decode(source)) == [URI]
    assert (int(width), alt) == (4 * 49, shown.text)


def picture_of(axes) -> numpy.ndarray:
    return axes.images[0].get_array()


@pytest.mark.parametrize(
    "code", [CODE, qr.make("a"), qr.make("x" * 150, error_correction="Q")], ids=lambda code: f"version {code.version}"
)
def test_each_module_has_the_colour_of_its_part(code):
    chart = show.anatomy(code)
    names = qr.parts(code.version, code.error_correction)
    picture = picture_of(chart.axes[0])
    for r, row in enumerate(names):
        for c, name in enumerate(row):
            colour = numpy.array(to_rgb(qr_charts.PARTS[name][0]))
            wanted = colour if code.matrix[r][c] else 1 - (1 - colour) / 5
            assert numpy.allclose(picture[r][c], wanted)
    seen = {name for row in names for name in row}
    letters = [text.get_text() for text in chart.axes[0].texts if len(text.get_text()) == 1]
    assert letters == list("abcdefghij"[: len(seen)])
    listed = [text.get_text() for text in chart.axes[1].texts if text.get_text() in qr_charts.PARTS]
    assert listed == [name for name in qr_charts.PARTS if name in seen]
    for name in seen:
        assert f"{name}: {qr_charts.PARTS[name][1]} ({sum(row.count(name) for row in names)})" in chart.alt
    assert code.text not in chart.alt or code.text == "a"


@pytest.mark.parametrize("version", [1, 2, 6, 7, 10, 14, 25, 40])
def test_each_letter_stands_in_its_part(version):
    code = qr.make("x" * (qr.capacity(version, "M") - 3), mask=0)
    names = qr.parts(code.version)
    assert code.version == version
    for name in {name for row in names for name in row}:
        row, column = qr_charts._example(name, code)
        assert names[int(row)][int(column)] == name


def test_the_parts_have_colours_of_their_own():
    assert len({colour for colour, _ in qr_charts.PARTS.values()}) == len(qr_charts.PARTS) == 10


def test_all_eight_masks():
    chart = show.masks(CODE)
    free = set(qr.path(CODE.version))
    for mask, axes in enumerate(chart.axes):
        code = qr.make(URI, mask=mask)
        assert axes.get_title("left") == f"mask {mask}: {qr.penalty(code)} points"
        assert f"mask {mask} turns where {qr_charts.RULES[mask]} = 0: {qr.penalty(code)} points" in chart.alt
        turns, picture = mask_func(mask), picture_of(axes)
        for r in range(41):
            for c in range(41):
                turned = (r, c) in free and turns(r, c)
                dark, light = ("#e69f00", "#fbebcb") if turned else ("#000000", "#ffffff")
                assert to_hex(picture[r][c]) == (dark if code.matrix[r][c] else light)
    taken = [axes.get_xlabel() for axes in chart.axes if "taken" in axes.get_xlabel()]
    assert taken == ["(r//2 + c//3) % 2 = 0\ntaken: the fewest points"]
    assert chart.alt.endswith("Taken: mask 4.")


@pytest.mark.parametrize("mask", range(8))
def test_the_rules_are_the_masks(mask):
    """The rule as it is printed, evaluated, against the library's function."""
    rule = qr_charts.RULES[mask].replace("·", " * ")
    for r in range(12):
        for c in range(12):
            assert (eval(rule, {"r": r, "c": c}) == 0) == mask_func(mask)(r, c)


def test_what_survives():
    low, high = (qr.make(URI, error_correction=level) for level in "LH")
    assert qr_charts.survived(low, [0, 0.15], tries=5) == qr_charts.survived(high, [0.15, 0.5], tries=5) == [1, 0]
    shares = [0.2, 0.23, 0.26, 0.29]
    copies = [[qr.damage(high, share, seed).png(scale=2) for seed in range(6)] for share in shares]
    one_by_one = [sum(qr.read(copy) == [URI] for copy in every) / 6 for every in copies]
    assert qr_charts.survived(high, shares, tries=6) == one_by_one
    assert any(0 < part < 1 for part in one_by_one)


def test_survival():
    chart = show.survival("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ", tries=3)
    curves = [list(line.get_ydata()) for line in chart.axes[0].lines]
    assert len(curves) == 4
    for curve in curves:
        assert curve == sorted(curve, reverse=True)
        assert (curve[0], curve[-1]) == (1, 0)
    assert sum(curves[0]) < sum(curves[1]) < sum(curves[2]) < sum(curves[3])
    assert len({line.get_marker() for line in chart.axes[0].lines}) == 4
    assert [text.get_text()[:7] for text in chart.axes[0].get_legend().get_texts()] == [f"Level {x}" for x in "LMQH"]
    shares = chart.axes[0].lines[0].get_xdata()
    last = max(share for share, read in zip(shares, curves[3], strict=True) if read == 1)
    assert f"): all read up to {100 * last:.0f} %" in chart.alt.split("Level H")[1]
    assert "GEZD" not in chart.alt


def test_the_corner_numbers_the_modules_in_the_order_of_the_bits():
    code = qr.make(URI, error_correction="L", mask=1)
    chart = show.corner(code, 20)
    (axes,) = chart.axes
    written = {text.get_text(): text.get_position()[::-1] for text in axes.texts}
    assert written == {str(number): place for number, place in enumerate(qr.path(5)[:20], 1)}
    told = re.findall(r"(\d+) (dark|light) \(row (\d+), column (\d+)\)", chart.alt)
    assert len(told) == 20
    assert all((shade == "dark") == code.matrix[int(row)][int(column)] for _, shade, row, column in told)
    shown = axes.images[0].get_array()
    assert all((shown[row][column] == 0) == code.matrix[row][column] for row in range(37) for column in range(37))
