"""A form: native fields in the page, and below them what Python draws of what they say."""

from collections.abc import Mapping
from typing import Any

import anywidget
from traitlets import Dict, List, Unicode

from .. import OtpError
from ..show.markup import Shown, colour
from .front_ends import front_end
from .resting import Resting

FORMS = front_end("look.css", "forms.css")


def slider(name: str, label: str, role: str, words: Mapping[Any, str]) -> dict:
    """A field that is a slider over values, each with its words."""
    values = {"choices": list(map(str, words)), "words": list(words.values())}
    return {"name": name, "label": label, "colour": colour(role), **values}


class Form(Resting, anywidget.AnyWidget):
    """Fields to change; each change goes to Python, which answers with HTML, or with an OtpError's words.

    name: what it is called.  form: a dict a field: its "name" and "label"; "choices" if it is a list, "groups" of them
    if it is a long one; "words" for each choice too if it is a slider over them; "parts" if it is one bit of them, to be
    flipped; a "colour".  fields: what they say to begin with, as texts.  now: the field
    that a button fills with the moment.

    What cannot be drawn leaves the last picture there. A subclass draws: `_draw(fields)` gives a Shown, what there is
    to say about it, and whether it is good news.
    """

    _esm = front_end("form.js")
    _css = FORMS

    name = Unicode().tag(sync=True)
    now = Unicode().tag(sync=True)
    form = List(Dict()).tag(sync=True)  # how to draw the fields
    edit = Dict().tag(sync=True)  # from the page: its "number", and the "fields" as they were typed
    said = Dict().tag(sync=True)  # to the page: what Python makes of them

    def __init__(self, name: str, form: list[dict], fields: dict[str, str], *, now: str = ""):
        super().__init__(name=name, form=form, now=now)
        self._show(0, fields, *self._draw(fields))
        self.observe(lambda change: self._edited(**change["new"]), "edit")

    def _draw(self, fields: dict[str, str]) -> tuple[Shown, str, bool]:
        raise NotImplementedError

    def _more(self) -> dict[str, object]:
        """What else the fields of the page need to know of what was drawn."""
        return {}

    def _edited(self, number: int, fields: dict[str, str]) -> None:
        """Something was changed in the page."""
        try:
            self._show(number, fields, *self._draw(fields))
        except OtpError as error:
            words = f"{error}. What is below is still the last that could be drawn."
            self.said = {**self.said, "number": number, "fields": fields, "words": words, "accepted": False}

    def _show(self, number: int, fields: dict[str, str], drawn: Shown, words: str, accepted: bool) -> None:
        told = {"number": number, "fields": fields, "words": words, "accepted": accepted, "html": drawn.html}
        self.said = told | self._more()
