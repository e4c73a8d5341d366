"""What is printed for a class: numbers that others confirm, and pages as they are meant to be."""

import importlib.util
import re
from pathlib import Path

import pyotp
import pytest
import typst

from totp_teach.questions import QUESTIONS

PLACE = Path(__file__).parents[2] / "notebooks" / "teaching" / "handouts" / "handouts.py"
SPEC = importlib.util.spec_from_file_location("handouts", PLACE)
handouts = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(handouts)


@pytest.mark.parametrize("number", [1, 2, 30, 1000])
def test_a_worksheets_code_is_pyotps_and_found_by_the_way_on_the_sheet(number):
    sheet = handouts.worksheet(number)
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert sheet["code"] == pyotp.HOTP(secret).at(handouts.FIRST + number)
    start = int(sheet["digest"][19][1], 16)
    taken = "".join(sheet["digest"][start : start + 4])
    digits = [int(digit, 16) for digit in taken]
    digits[0] -= 8 * (digits[0] >= 8)
    worths = [place["worth"] for place in handouts.places()]
    total = sum(digit * worth for digit, worth in zip(digits, worths, strict=True))
    assert str(total)[-6:].zfill(6) == sheet["code"]
    assert (sheet["offset"], "".join(sheet["bytes"])) == (start, taken)


def test_no_two_students_have_the_same_digest_and_none_the_courses():
    sheets = [handouts.worksheet(number) for number in range(1, 301)]
    assert len({tuple(sheet["digest"]) for sheet in sheets}) == 300
    example = handouts.data(1)["example"]
    assert example["code"] == "287082" and example["digest"] not in [sheet["digest"] for sheet in sheets]


def test_every_question_has_its_key():
    asked = handouts.inventory()
    assert [question["id"] for question in asked] == list(QUESTIONS)
    for question, given in zip(QUESTIONS.values(), asked, strict=True):
        right = "ABCD".index(given["right"])
        assert [answer.right for answer in question.answer] == [place == right for place in range(len(question.answer))]


def pages(reader: str, students: int) -> int:
    text = handouts.json.dumps(handouts.data(students))
    given = {"data": text, "for": reader}
    found = typst.compile(PLACE.with_name("handouts.typ"), sys_inputs=given, format="png", ppi=20)
    return len(found) if isinstance(found, list) else 1


def test_each_worksheet_is_one_page():
    assert pages("students", 12) - pages("students", 2) == 10


def test_both_papers_are_written(tmp_path, capsys):
    assert handouts.main(["--students", "2", "--to", str(tmp_path / "out")]) == 0
    names = ["for_students.pdf", "for_teachers.pdf"]
    assert capsys.readouterr().out.split() == [str(tmp_path / "out" / name) for name in names]
    for name in names:
        assert (tmp_path / "out" / name).read_bytes().startswith(b"%PDF-")


def test_only_the_questions_that_are_asked_for(capsys):
    assert [question["id"] for question in handouts.data(1, ["03.1", "00.1"])["questions"]] == ["00.1", "03.1"]
    with pytest.raises(SystemExit):
        handouts.main(["--questions", "00.1, 99.9"])
    assert "no such question: 99.9" in capsys.readouterr().err


def test_the_questions_that_a_lesson_plan_prints_are_there():
    page = (PLACE.parents[1] / "lessons.md").read_text("utf-8")
    (named,) = re.findall(r"--questions ([\d.,]+)", page)
    assert len(named.split(",")) == 10 and set(named.split(",")) <= set(QUESTIONS)


@pytest.mark.parametrize("students", ["0", "1001", "x"])
def test_an_impossible_class_is_told(students, capsys):
    with pytest.raises(SystemExit):
        handouts.main(["--students", students])
    assert "students" in capsys.readouterr().err
