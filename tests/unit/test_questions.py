"""The questions of the course: whole, with one right answer each, and shown with their reasons folded away."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from totp_teach import OtpError, questions, show, widgets
from totp_teach.questions import QUESTIONS, Answer, Question

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CHAPTERS = {file.name[:2]: file for file in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")}
CONFUSIONS = 21  # in the course's table


def wrong_with(question: Question) -> list[str]:
    """What is wrong with a question."""
    answers = question.answer
    return [
        *["its id is no chapter and number"] * (not re.fullmatch(r"\d\d\.[1-9]", question.id)),
        *["it has not three or four answers"] * (len(answers) not in (3, 4)),
        *["not one of its answers is right"] * (sum(answer.right for answer in answers) != 1),
        *["an answer says nothing"] * (not all(answer.text and answer.reason for answer in answers)),
        *["two answers are the same"] * (len({answer.text for answer in answers}) < len(answers)),
        *["a right answer shows a confusion"] * any(answer.right and answer.confusion for answer in answers),
        *["no such confusion"] * (not all(0 <= answer.confusion <= CONFUSIONS for answer in answers)),
        *["a class has 1 to 10 minutes for it"] * (not 1 <= question.minutes <= 10),
    ]


@pytest.mark.parametrize("id", QUESTIONS)
def test_every_question_is_whole_and_is_asked_in_its_chapter(id):
    assert wrong_with(QUESTIONS[id]) == []
    assert id[:2] in CHAPTERS


GOOD = Question("02.1", "Which?", (Answer("This.", "Yes.", right=True), Answer("That.", "Why?"), Answer("It.", "Oh.")))


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "2.1"},
        {"answer": GOOD.answer[:2]},
        {"answer": GOOD.answer[1:] * 2},
        {"answer": (GOOD.answer[0], GOOD.answer[1], replace(GOOD.answer[2], right=True))},
        {"answer": (GOOD.answer[0], GOOD.answer[1], replace(GOOD.answer[2], reason=""))},
        {"answer": (GOOD.answer[0], GOOD.answer[1], replace(GOOD.answer[1], reason="Again."))},
        {"answer": (replace(GOOD.answer[0], confusion=3), *GOOD.answer[1:])},
        {"answer": (GOOD.answer[0], replace(GOOD.answer[1], confusion=22), GOOD.answer[2])},
        {"minutes": 0},
    ],
)
def test_what_is_wrong_with_a_question_is_seen(fields):
    assert wrong_with(GOOD) == [] and wrong_with(replace(GOOD, **fields)) != []


def test_they_stand_in_the_order_of_the_course_and_are_numbered_from_one():
    assert list(QUESTIONS) == sorted(QUESTIONS)
    for chapter, count in Counter(id[:2] for id in QUESTIONS).items():
        assert [id for id in QUESTIONS if id[:2] == chapter] == [f"{chapter}.{n + 1}" for n in range(count)]


def test_a_question_is_found_by_its_id():
    (id, *_) = QUESTIONS
    assert questions.ask(id) is QUESTIONS[id]
    for ask in questions.ask, show.question, widgets.Question:
        with pytest.raises(OtpError, match=f"no question '99.1'; there are .*{re.escape(id)}"):
            ask("99.1")


@pytest.fixture
def hostile(monkeypatch):
    """A question whose texts hold code and markup."""
    answers = (Answer("`a & b`", "<b>no</b>"), Answer("<i>b</i>", "`x`", right=True), Answer("c", "no"))
    monkeypatch.setitem(QUESTIONS, "02.9", Question("02.9", "What is `1 < 2`?", answers))
    return "02.9"


def test_its_reasons_are_folded_away_and_not_in_its_text(hostile):
    shown = show.question(hostile)
    assert shown.text == "Question 02.9. What is `1 < 2`?\n  A. `a & b`\n  B. <i>b</i>\n  C. c"
    assert "What is <code>1 &lt; 2</code>?" in shown.html
    folded = re.findall("<details[^>]*><summary>(.*?)</summary><div[^>]*>(.*?)</div></details>", shown.html)
    assert folded == [
        ("A. <code>a &amp; b</code>", "<b>No.</b> &lt;b&gt;no&lt;/b&gt;"),
        ("B. &lt;i&gt;b&lt;/i&gt;", "<b>Right.</b> <code>x</code>"),
        ("C. c", "<b>No.</b> no"),
    ]


def test_the_page_is_sent_all_of_it_and_needs_no_kernel(hostile):
    widget = widgets.Question(hostile)
    assert (widget.id, widget.text) == (hostile, "What is <code>1 &lt; 2</code>?")
    assert [answer["right"] for answer in widget.answers] == [False, True, False]
    assert widget.answers[1] == {
        "text": "&lt;i&gt;b&lt;/i&gt;",
        "reason": "<b>Right.</b> <code>x</code>",
        "right": True,
    }
    assert show.question(hostile).html in widget.resting.html
    assert repr(widget).startswith(show.question(hostile).text)


def test_a_chapters_questions_are_counted_together(hostile):
    assert widgets.Answered("02").ids[-1] == hostile and repr(widgets.Answered("02")).startswith("Questions 02.")
    with pytest.raises(OtpError, match="chapter '99' has no questions"):
        widgets.Answered("99")
