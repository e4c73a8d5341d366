"""Time: the line of steps, and on it, second by second, the server's clock, the phone's, and a code on its way."""

from ... import OtpError
from ...show.charts import Steps, steps
from ...show.look import ROLES, Shown, element, fill, tint
from ..stepper import Stepper
from .frame import Frame, counted, film

TABLE = "border-collapse: collapse; margin: 0; table-layout: fixed; width: 100%; max-width: 780px; min-width: 440px"
NAME = "padding: 0 10px 0 0; text-align: left; vertical-align: middle; border: none"
STEP = "padding: 5px 2px; text-align: center; border: 1px solid #808080"
LANE = "padding: 0; text-align: left; border: none"
ROW = "background-color: transparent"
FURTHER = 4  # steps beyond the window that are drawn at most; what is further away stands at the edge

# One second: the steps as the phone's clock has them now, and as it had them when the code was read that arrives now.
Moment = tuple[Steps, Steps]


def time_film(at: float, *, period: int = 30, window: int = 1, phone: float = 0.0, delay: float = 0.0) -> Stepper:
    """One period of time: where server and phone stand each second, and whether the code that arrives is accepted.

    at: seconds since the Unix epoch, by the server's clock, of the first frame.  period: seconds.
    window: steps that are accepted on each side of the server's.  phone: seconds its clock is ahead; below 0, behind.
    delay: seconds between reading a code and its arrival.  Raises OtpError for a delay below 0, and as totp.counter.

    `show.timeline(at, period=period, window=window, phone=phone - delay)` draws the steps of the first frame.
    """
    line = moments(at, period=period, window=window, phone=phone, delay=delay)
    telling = [place for place, (_, code) in enumerate(line) if code.phone != code.counter]
    off = f"{abs(phone):g} s {'ahead' if phone > 0 else 'behind'}" if phone else "exactly on time"
    title = f"A phone {off}{f', a code {delay:g} s on its way' * (delay > 0)}, a window of ±{window}"
    return film(title, frames(line, period, delay), rest=(telling or [0])[0])


def moments(at: float, *, period: int, window: int, phone: float, delay: float) -> list[Moment]:
    """One period from `at` on, a second apart; of a period of a minute or more, about thirty moments."""
    if delay < 0:
        raise OtpError(f"a code cannot arrive before it is read: delay must be 0 s or more, not {delay!r}")
    seconds = range(0, period + 1, max(1, period // 30))
    return [
        tuple(steps(at + second, period=period, window=window, phone=ahead) for ahead in (phone, phone - delay))
        for second in seconds
    ]


def frames(line: list[Moment], period: int, delay: float) -> list[Frame]:
    """A frame for each moment, all on the same steps; the last one tells what they come to."""
    every = [data for moment in line for data in moment]
    first = min(min(data.accepted[0] - 1, data.phone) for data in every)
    last = max(max(data.accepted[-1] + 1, data.phone) for data in every)
    shown = range(max(0, first, line[0][0].accepted[0] - FURTHER), min(last, line[-1][0].accepted[-1] + FURTHER) + 1)
    words = [*(_words(*moment, delay) for moment in line[:-1]), _total([code for _, code in line[:-1]])]
    return [Frame(_scene(*moment, shown, period, delay), caption) for moment, caption in zip(line, words)]


def _scene(clock: Steps, code: Steps, shown: range, period: int, delay: float) -> Shown:
    """The steps with the server's hand above them, the phone's below, and the code's if it has been on its way."""
    answers = [(counter, "accepted" if counter in clock.accepted else "refused") for counter in shown]
    lanes = [("server", "key", clock.counter, clock.into, ""), ("phone", "offset", *_phone(clock, period), "")]
    if delay:
        lanes.append(("code read", "code", *_phone(code, period), code.verdict))
    else:
        lanes[1] = (*lanes[1][:-1], f"its code: {code.verdict}")
    above, *below = (_lane(*lane, shown, period) for lane in lanes)
    cells = "".join(
        element("td", f"{counter}<br>{answer}", f"{STEP}; {fill('window')}" if answer == "accepted" else STEP)
        for counter, answer in answers
    )
    bar = element("tr", element("th", "steps", NAME, scope="row") + cells, ROW)
    columns = element("colgroup", '<col width="84">' + "<col>" * len(shown))
    table = element("table", columns + element("tbody", above + bar + "".join(below)), TABLE)
    text = [f"{name:<11}{_place(*place)}{f', {said}' * bool(said)}" for name, _, *place, said in lanes]
    text.insert(1, "steps      " + " | ".join(f"{counter} {answer}" for counter, answer in answers))
    return Shown(element("div", table, "overflow-x: auto"), "\n".join(text))


def _phone(data: Steps, period: int) -> tuple[int, float]:
    """The phone's step, and the seconds it is into it."""
    return data.phone, data.phone_into - (data.phone - data.counter) * period


def _place(counter: int, into: float) -> str:
    return f"{round(into, 3):g} s into step {counter}"


def _lane(name: str, role: str, counter: int, into: float, said: str, shown: range, period: int) -> str:
    """A hand at its place, with its words on the side where there is more room."""
    percent = 100 * min(max((counter - shown[0] + into / period) / len(shown), 0), 1)
    side, rest = ("left", percent) if percent <= 50 else ("right", 100 - percent)
    answer = element("span", said, tint("window" if said.endswith("accepted") else "offset"))
    hand = f"border-{side}: 4px solid {ROLES[role]}; padding: 4px 8px; text-align: {side}; margin-{side}: {rest:.2f}%"
    words = element("div", f"{_place(counter, into)}{f', {answer}' * bool(said)}", hand)
    head = element("th", name, NAME, scope="row")
    return element("tr", head + element("td", words, LANE, colspan=len(shown)), ROW)


def _words(clock: Steps, code: Steps, delay: float) -> str:
    first, last = clock.accepted[0], clock.accepted[-1]
    window = f"step {first} alone" if first == last else f"the steps {first} to {last}"
    which = f"code that was read {delay:g} s ago" if delay else "phone's code"
    server = _place(clock.counter, clock.into)
    return f"The server, {server}, accepts {window}. The {which} belongs to step {code.phone}: {code.verdict}."


def _total(codes: list[Steps]) -> str:
    """What one whole period comes to."""
    other = sum(code.phone != code.counter for code in codes)
    refused = sum(code.verdict == "refused" for code in codes)
    return (
        f"In one period, {other} of {counted(len(codes), 'code')} belonged to another step than the server's, "
        f"and {refused or 'none'} {'were' if refused > 1 else 'was'} refused."
    )
