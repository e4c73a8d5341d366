"""The line of steps around a moment: the server's clock, the phone's, a code on its way, and what is accepted.

Clocks      where they all stand                timeline    as a line, and in words
"""

from dataclasses import dataclass

from .. import OtpError, totp
from .markup import ROLES, SCROLLS, Shown, element, fill, tint

AROUND = 3  # steps on each side of the server's that are drawn; what is further away stands at the edge

TABLE = "border-collapse: collapse; margin: 0; table-layout: fixed; width: 100%; max-width: 820px; min-width: 590px"
NAME = "padding: 0 10px 0 0; text-align: left; vertical-align: middle; border: none"
STEP = "padding: 6px 2px; text-align: center; border: 1px solid #808080"
HAND = "padding: 4px 8px"
LANE = "padding: 0; text-align: left; border: none"
ROW = "background-color: transparent"


@dataclass(frozen=True)
class Hand:
    """Where a clock stands: its step, and the seconds it is into it."""

    step: int
    into: float

    def __str__(self) -> str:
        return f"{round(self.into, 3):g} s into step {self.step}"


@dataclass(frozen=True)
class Clocks:
    """A server's clock, a phone's, and the code that arrives. Arguments as `timeline`, and OtpError as there."""

    at: float
    period: int = 30
    window: int = 1
    phone: float = 0.0
    delay: float = 0.0

    def __post_init__(self):
        if self.delay < 0 or self.window < 0:
            raise OtpError("delay and window must be 0 or more: a code cannot arrive before it is read")

    @property
    def hands(self) -> dict[str, Hand]:
        """Of the server, of the phone, and of the phone when the code was read."""
        ahead, period = {"server": 0, "phone": self.phone, "code": self.phone - self.delay}, self.period
        moments = {name: self.at + by for name, by in ahead.items()}
        return {
            name: Hand(totp.counter(at, period=period), period - totp.remaining(at, period=period))
            for name, at in moments.items()
        }

    @property
    def accepted(self) -> range:
        """The steps whose codes the server accepts."""
        step = self.hands["server"].step
        return range(max(0, step - self.window), step + self.window + 1)

    @property
    def verdict(self) -> str:
        return "accepted" if self.hands["code"].step in self.accepted else "refused"

    @property
    def words(self) -> str:
        """Where they stand, and what comes of all the moments of the server's step, a second apart."""
        first, last = self.accepted[0], self.accepted[-1]
        window = f"step {first} alone" if first == last else f"the steps {first} to {last}"
        read = f"was read {self.delay:g} s ago and " if self.delay else ""
        away = [abs((second + self.phone - self.delay) // self.period) for second in range(self.period)]
        other, refused = sum(steps > 0 for steps in away), sum(steps > self.window for steps in away)
        return (
            f"The server, {self.hands['server']}, accepts {window}. The code that arrives {read}belongs to step "
            f"{self.hands['code'].step}: {self.verdict}. Second by second through one step, {other or 'none'} of "
            f"{self.period} codes belong{'s' if other < 2 else ''} to another step than the server's, and "
            f"{refused or 'none'} {'are' if refused > 1 else 'is'} refused."
        )

    @property
    def line(self) -> Shown:
        """The steps with the server's hand above them, the phone's and the code's below."""
        step = self.hands["server"].step
        shown = range(max(0, step - AROUND), step + AROUND + 1)
        answers = [(each, "accepted" if each in self.accepted else "refused") for each in shown]
        above, *below = (self._lane(name, shown) for name in self.hands)
        cells = "".join(
            element("td", f"{each}<br>{answer}", f"{STEP}; {fill('four_bytes')}" if answer == "accepted" else STEP)
            for each, answer in answers
        )
        bar = element("tr", element("th", "steps", NAME, scope="row") + cells, ROW)
        columns = element("colgroup", '<col width="66">' + "<col>" * len(shown))
        table = element("table", columns + element("tbody", above + bar + "".join(below)), TABLE)
        text = [f"{name:<8}{hand}" for name, hand in self.hands.items()]
        text[-1] += f", {self.verdict}"
        text.insert(1, "steps   " + " | ".join(f"{each} {answer}" for each, answer in answers))
        return Shown(element("div", table, SCROLLS), "\n".join(text))

    def _lane(self, name: str, shown: range) -> str:
        """A hand at its place, with its words on the side where there is more room."""
        hand, role = self.hands[name], {"server": "key", "phone": "offset"}.get(name, name)
        percent = 100 * min(max((hand.step - shown[0] + hand.into / self.period) / len(shown), 0), 1)
        answer = element("span", self.verdict, tint("four_bytes" if self.verdict == "accepted" else "offset"))
        words = flag(percent, f"{hand}, {answer}" if name == "code" else str(hand), role)
        head = element("th", name, NAME, scope="row")
        return element("tr", head + element("td", words, LANE, colspan=len(shown)), ROW)


def flag(percent: float, words: str, role: str) -> str:
    """Words at a place of a line, on the side of it where there is more room, with an edge that stands there (HTML)."""
    side, rest = ("left", percent) if percent <= 50 else ("right", 100 - percent)
    edge = f"border-{side}: 4px solid {ROLES[role]}; margin-{side}: {rest:.2f}%"
    return element("div", words, f"{HAND}; text-align: {side}; {edge}")


def timeline(at: float, *, period: int = 30, window: int = 1, phone: float = 0.0, delay: float = 0.0) -> Shown:
    """The steps around the server's moment as a line, those it accepts filled, and on it clocks and code.

    at: seconds since the Unix epoch, by the server's clock.  period: seconds.  window: steps on each side that are
    accepted.  phone: seconds its clock is ahead; below 0, behind.  delay: seconds from reading a code to its arrival.
    Raises OtpError for a delay or a window below 0, and as totp.counter.
    """
    clocks = Clocks(at, period, window, phone, delay)
    line, words = clocks.line, clocks.words
    return Shown(line.html + element("p", words, "margin: 8px 0 0; max-width: 52em"), f"{line.text}\n\n{words}")
