"""A question with its answers, each of which opens on its reason."""

import re

from .. import questions
from ..questions import Answer
from .markup import Shown, element, escaped

ANSWER = "margin: 4px 0"
REASON = "margin: 2px 0 8px 18px; max-width: 46em"


def question(id: str) -> Shown:
    """A question of the course; the reason of an answer is folded away until it is chosen, and is not in the text.

    Raises OtpError if there is no such question.
    """
    asked = questions.ask(id)
    folded = [
        element(
            "details",
            element("summary", f"{letter}. {marked(answer.text)}") + element("div", reason(answer), REASON),
            ANSWER,
        )
        for letter, answer in zip("ABCD", asked.answer)
    ]
    html = element("p", f"{element('b', f'Question {id}.')} {marked(asked.text)}", "margin: 0 0 6px; max-width: 46em")
    lines = [f"  {letter}. {answer.text}" for letter, answer in zip("ABCD", asked.answer)]
    return Shown(element("div", html + "".join(folded)), "\n".join([f"Question {id}. {asked.text}", *lines]))


def reason(answer: Answer) -> str:
    """What is said to the reader who chooses an answer (HTML)."""
    return f"{element('b', 'Right.' if answer.right else 'No.')} {marked(answer.reason)}"


def marked(text: str) -> str:
    """A text with `code` in it as HTML."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped(text))
