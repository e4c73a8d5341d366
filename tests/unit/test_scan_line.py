"""The scan line: its runs are the picture's, and what it finds a reader reads."""

import base64
import io
import re
from itertools import groupby, product

import pytest
from PIL import Image

from totp_teach import OtpError, qr, show, widgets
from totp_teach.show.scan_line import ScanLine
from totp_teach.widgets import scan_line

TEXT = "otpauth://totp/Example:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example"
CODE = qr.make(TEXT)


@pytest.mark.parametrize("quiet", range(5))
def test_what_the_line_finds_is_read_and_nothing_else(quiet):
    for inverted, contrast in product([False, True], scan_line.CONTRASTS):
        line = ScanLine(CODE, quiet, inverted, contrast)
        assert line.found == (quiet > 0 and not inverted and contrast >= 30)
        assert ("qr.read reads the picture" in line.words) == line.found
        assert ("beginning with a light run" in line.words) == (inverted and contrast >= 30)


def test_the_runs_are_those_of_the_row():
    row = [True] * 4 + [False] * 2 + list(CODE.matrix[3]) + [False] * 2 + [True] * 4
    runs = [("dark" if dark else "light", len(list(run))) for dark, run in groupby(row)]
    assert ScanLine(CODE, 2).runs == ScanLine(CODE, 2, contrast=30).runs == runs
    assert ScanLine(CODE, 0).runs[:5] == [("dark", 5), ("light", 1), ("dark", 3), ("light", 1), ("dark", 1)]
    assert ScanLine(CODE, 4, contrast=10).runs == [("dark", 4), ("light", len(CODE.matrix) + 8), ("dark", 4)]


def test_it_shows_the_runs_to_scale_and_in_their_colours():
    shown = show.scan_line(CODE, contrast=60)
    cells = re.findall(r'<td style="[^"]*background-color: (#\w+)" colspan="(\d+)"></td>', shown.html)
    numbers = re.findall(r'colspan="(\d+)">(\d+)</td>', shown.html)
    half = ScanLine(CODE).runs[: len(cells)]
    assert [(colour, int(size)) for colour, size in cells[:5]] == [
        *[("#111111", 4), ("#ffffff", 4), ("#666666", 1), ("#ffffff", 1), ("#666666", 3)]
    ]
    assert [int(size) for _, size in cells] == [length for _, length in half] and len(cells) >= 7
    assert all(size == number for size, number in numbers)
    assert "runs: dark 4, light 4, dark 1, light 1, dark 3, light 1, dark 1, " in shown.text
    assert "The line has 2 times 1 : 1 : 3 : 1 : 1. qr.read reads the picture." in shown.text


def test_the_picture_on_the_page_has_a_line_across_it():
    html = show.scan_line(CODE).html
    picture = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", html)[1]))).convert("RGB")
    level = 4 * (4 + 4 + 3) + 2
    assert {picture.getpixel((x, level)) for x in range(picture.width)} == {(0xD5, 0x5E, 0x00)}


def test_by_slider():
    box = widgets.ScanLine(CODE)
    assert [field["words"][-1] for field in box.form] == ["4 modules", "light on dark", "5 %"]
    box.edit = {"number": 1, "fields": {"quiet_zone": "0", "inverted": "0", "contrast": "80"}}
    line = ScanLine(CODE, 0, contrast=80)
    assert (box.said["html"], box.said["words"], box.said["accepted"]) == (line.shown.html, line.words, False)
    assert "example: run this cell" in repr(box) and ScanLine(CODE).words in repr(box)


def test_others_than_these_are_refused():
    for options in {"quiet_zone": 11}, {"contrast": 101}, {"quiet_zone": -1}:
        with pytest.raises(OtpError, match="a quiet zone is 0 to 10 modules here"):
            show.scan_line(CODE, **options)
