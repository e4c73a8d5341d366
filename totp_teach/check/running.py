"""Running what a learner wrote: in a thread of its own, stopped when it takes too long, its prints and changes undone."""

import io
import linecache
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from traceback import walk_tb
from typing import Any, NamedTuple

from .._world import SLOWER, ended_in_time

PATIENCE = 3.0 * SLOWER  # seconds that all the runs of one check may take together
GRACE = 0.2  # seconds more, for a loop to come round


class Outcome(NamedTuple):
    """What the runs returned until one did not; the error that ended them, or that time ran out; what they printed."""

    values: list
    error: BaseException | None
    late: bool
    file: str
    barred: str
    printed: str


def tried(
    function: Callable, inputs: list[tuple], barred: tuple[str, ...] = (), patience: float = 0, own: Any = None
) -> Outcome:
    """The function on all inputs, in a thread of its own: an endless loop is stopped, whatever it catches.

    barred: beginnings of the names of functions that it may not call, by itself or through others: "hmac.".  own: the
    check's own answer, which it may not call either.
    """
    patience = patience or PATIENCE
    values: list = []
    errors: list[BaseException] = []
    caught: list[str] = []
    deadline = time.monotonic() + patience

    def watched(frame, event, argument):
        name = f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}"
        if name.startswith(barred) or frame.f_code is getattr(own, "__code__", frame):
            caught.append(name.removeprefix("totp_teach."))
        last = frame.f_lineno

        def within(frame, event, argument):
            nonlocal last
            # It can be raised only once: so first where a loop comes round, seldom inside of a try that catches it.
            late, round_again = time.monotonic() - deadline, event == "line" and frame.f_lineno <= last
            if late > GRACE or (late > 0 and round_again):
                raise SystemExit
            last = frame.f_lineno
            return within

        return within(frame, event, argument)

    def work():
        before_it = sys.gettrace()
        sys.settrace(watched)  # not an alarm signal, which Windows and threads do not have
        try:
            for given in inputs:
                values.append(function(*given))
        except BaseException as error:  # whatever a learner's function raises, SystemExit among them
            errors.append(error)
        finally:
            sys.settrace(before_it)

    names = getattr(function, "__globals__", {})
    before = dict(names)
    with redirect_stdout(io.StringIO()) as printed, redirect_stderr(io.StringIO()):
        ended = ended_in_time(work, patience + 5 * GRACE)
    for name in names.keys() - before.keys():
        del names[name]
    names.update((name, value) for name, value in before.items() if names.get(name) is not value)
    file = function.__code__.co_filename if hasattr(function, "__code__") else ""
    late = not ended or time.monotonic() > deadline
    error = errors[0] if errors else SystemExit() if late else None
    return Outcome(list(values), error, late, file, caught[0] if caught else "", printed.getvalue())


def stopped(outcome: Outcome, error: BaseException, published: bool, patience: float | None = None) -> str:
    """What ended the runs. Of fresh inputs nothing is told, and an error's message may speak of them."""
    if outcome.late:
        return f"it was stopped: no answer within {patience or PATIENCE:.0f} seconds. Does a loop end, and soon enough?"
    kind = type(error)
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == outcome.file]
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    told = f": {error}" if published and str(error) else "" if published else ", on an unpublished test input"
    where = f" (line {lines[-1]}: {linecache.getline(outcome.file, lines[-1]).strip()})" if lines else ""
    return f"your function raises {name}{told}{where}"
