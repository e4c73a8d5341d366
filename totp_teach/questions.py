"""The questions of the course, which a reader answers before a cell does.

ask         the question of an id: ask("02.1")
QUESTIONS   all of them by their ids, as they stand in questions.toml
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from . import OtpError


@dataclass(frozen=True)
class Answer:
    """One of a question's answers, and what is said to the reader who chooses it.

    confusion: the number of the confusion that it shows, in the course's table; 0 for none.
    """

    text: str
    reason: str
    right: bool = False
    confusion: int = 0


@dataclass(frozen=True)
class Question:
    """A question with three or four answers, one of them right.  minutes: the time that a class needs for it."""

    id: str  # chapter.number
    text: str
    answer: tuple[Answer, ...]
    minutes: int = 3


def _read(text: str) -> dict[str, Question]:
    asked = [
        Question(**{**fields, "answer": tuple(Answer(**answer) for answer in fields["answer"])})
        for fields in tomllib.loads(text).get("question", [])
    ]
    return {question.id: question for question in asked}


QUESTIONS = _read(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def ask(id: str) -> Question:
    """The question of that id. Raises OtpError, with the ids there are, for another one."""
    if id not in QUESTIONS:
        raise OtpError(f"there is no question {id!r}; there are {', '.join(QUESTIONS)}")
    return QUESTIONS[id]
