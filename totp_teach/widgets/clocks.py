"""Two clocks by slider: the server's, the phone's, a code on its way between them, and the window."""

from datetime import timedelta

from .. import OtpError, totp
from ..show.markup import Shown, element
from ..show.ruler import reach, ruler
from ..show.timeline import Clocks
from .form_widget import Form, slider
from .resting import rested

PERIOD = 30  # seconds
FARTHEST = 90  # seconds: how wrong the phone's clock can be, either way
LONGEST = 60  # seconds: how long a code can be on its way
WINDOWS = ["this step alone", "1 step on each side", "2 steps on each side", "3 steps on each side"]


class TwoClocks(Form):
    """Sliders for the server's clock, the phone's, a code's delay and the window; the line of steps that they make.

    at: seconds since the Unix epoch, by the server's clock, which moves through that step.  phone: seconds its clock is
    ahead, −90 to 90.  delay: seconds between reading a code and its arrival, 0 to 60.  window: steps, 0 to 3.
    Raises OtpError for what no slider can show, and as totp.counter.

    A plain `show.timeline(at, phone=phone, delay=delay, window=window)` draws the same.
    """

    def __init__(self, at: int, *, phone: int = 0, delay: int = 0, window: int = 1):
        fields = {"at": at, "phone": phone, "delay": delay, "window": window}
        form = _sliders(totp.counter(at) * PERIOD)
        for field in form:
            name, choices = field["name"], field["choices"]
            if str(fields[name]) not in choices:
                around = f"{choices[0]} to {choices[-1]}"
                raise OtpError(f"{name} must be a whole number from {around}, not {fields[name]!r}")
        super().__init__("Two clocks", form, {name: str(value) for name, value in fields.items()})
        self.resting = _resting(form, self.said["fields"], Clocks(at, PERIOD, window, phone, delay))

    def _draw(self, fields: dict[str, str]) -> tuple[Shown, str, bool]:
        clocks = Clocks(period=PERIOD, **{name: int(text) for name, text in fields.items()})
        return clocks.line, clocks.words, clocks.verdict == "accepted"


class TimeRuler(Form):
    """Sliders for the moment at which somebody looks and for the server's window, and the rulers of time that they move.

    at: seconds since the Unix epoch.  rulers: period and t0 of each, by default 30 and 0.  window: steps, 0 to 3.
    Raises OtpError for a window that the slider does not have, and as totp.counter.

    A plain `show.ruler(at, *rulers, window=window)` draws the same.
    """

    def __init__(self, at: int, *rulers: tuple[int, int], window: int = 1):
        if window not in range(len(WINDOWS)):
            raise OtpError(f"window must be a whole number from 0 to {len(WINDOWS) - 1}, not {window!r}")
        self._around, self._rulers = at, rulers or ((PERIOD, 0),)
        first = max(t0 for _, t0 in self._rulers)
        moments = {
            one: f"{totp.EPOCH + timedelta(seconds=one):%H:%M:%S}" for one in reach(at, self._rulers) if one >= first
        }
        form = [
            slider("at", "You look here", "key", moments),
            slider("window", "Window", "four_bytes", dict(enumerate(WINDOWS))),
        ]
        super().__init__("Ruler of time", form, {"at": str(at), "window": str(window)})
        shown = self._draw(self.said["fields"])[0]
        self.resting = rested("Ruler of time", [element("div", shown.html, "margin: 8px 0 0")], [shown.text])

    def _draw(self, fields: dict[str, str]) -> tuple[Shown, str, bool]:
        return ruler(int(fields["at"]), *self._rulers, window=int(fields["window"]), around=self._around), "", True


def _sliders(start: int) -> list[dict]:
    """The sliders for the page: name, label, the role's colour, all their values as texts, and in words."""
    moments = {start + second: f"{second} s into its step" for second in range(PERIOD)}
    return [
        slider("at", "Server's clock", "key", moments),
        slider("phone", "Phone's clock", "offset", {by: _off(by) for by in range(-FARTHEST, FARTHEST + 1)}),
        slider("delay", "Delay of the code", "code", {by: f"{by} s" for by in range(LONGEST + 1)}),
        slider("window", "Window", "four_bytes", dict(enumerate(WINDOWS))),
    ]


def _off(by: int) -> str:
    return f"{abs(by)} s {'ahead' if by > 0 else 'behind'}" if by else "on time"


def _resting(form: list[dict], fields: dict[str, str], clocks: Clocks) -> Shown:
    """The sliders' values, the line, and the words."""
    values = [(one["label"], one["words"][one["choices"].index(fields[one["name"]])]) for one in form]
    told = " · ".join(f"{label}: {value}" for label, value in values)
    parts = (element("div", part, "margin: 8px 0 0") for part in (told, clocks.line.html, clocks.words))
    lines = [f"{label:<17}  {value}" for label, value in values]
    return rested("Two clocks", parts, [*lines, clocks.line.text, clocks.words])
