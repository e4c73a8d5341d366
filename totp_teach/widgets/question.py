"""A question in the page, asked before the cell that answers it; and how many of a chapter's were right at first."""

import anywidget
from traitlets import Dict, List, Unicode

from .. import OtpError, questions
from ..show.markup import SMALL, Shown, element
from ..show.questions import marked, question, reason
from .front_ends import front_end
from .resting import FRAME, Resting

LOOK = "Open an answer to read why it is right or wrong."
COUNTED = "how many were right at first is counted here while you answer them."


class Question(Resting, anywidget.AnyWidget):
    """A question of the course, to be answered in the page, which says why an answer is right or what is wrong with it.

    id: "02.1". The page needs no kernel for it. Raises OtpError if there is no such question.
    A plain `show.question(id)` has the same answers and reasons.
    """

    _esm = front_end("question.js")
    _css = front_end("look.css", "question.css")

    id = Unicode().tag(sync=True)
    text = Unicode().tag(sync=True)  # HTML
    answers = List(Dict()).tag(sync=True)  # of each its "text" and "reason" as HTML, and whether it is "right"

    def __init__(self, id: str):
        asked, shown = questions.ask(id), question(id)
        answers = [{"text": marked(one.text), "reason": reason(one), "right": one.right} for one in asked.answer]
        super().__init__(id=id, text=marked(asked.text), answers=answers)
        html = element("div", shown.html + element("div", LOOK, f"{SMALL}; margin: 8px 0 0"), FRAME)
        self.resting = Shown(html, f"{shown.text}\n{LOOK}")


class Answered(Resting, anywidget.AnyWidget):
    """How many of a chapter's questions were right at the first answer, as far as they have been answered in this page.

    chapter: "02".  Raises OtpError if it has no questions.
    """

    _esm = front_end("answered.js")
    _css = front_end("look.css")

    ids = List(Unicode()).tag(sync=True)

    def __init__(self, chapter: str):
        ids = [id for id in questions.QUESTIONS if id.startswith(f"{chapter}.")]
        if not ids:
            raise OtpError(f"chapter {chapter!r} has no questions")
        super().__init__(ids=ids)
        told = f"Questions {', '.join(ids)}: {COUNTED}"
        self.resting = Shown(element("div", told, FRAME), told)
