"""The scan line by slider: quiet zone, colours and contrast of a QR code, and whether a reader finds it."""

from .. import qr
from ..show.markup import Shown, element
from ..show.scan_line import ScanLine as Line
from .form_widget import Form, slider
from .resting import rested

NAME = "Scan line"
CONTRASTS = (100, 80, 60, 40, 30, 10, 5)  # percent
COLOURS = {"0": "dark on light", "1": "light on dark"}


class ScanLine(Form):
    """Sliders for the quiet zone, the colours and the contrast of a QR code on a dark page, and what a line across shows.

    code: a QrCode, which stays in the page and in the notebook: of a secret that is nobody's.
    A plain `show.scan_line(code, quiet_zone=0)` draws the same.
    """

    def __init__(self, code: qr.QrCode):
        self._code = code
        zones = {size: f"{size} module{'' if size == 1 else 's'}" for size in range(5)}
        form = [slider("quiet_zone", "Quiet zone", "", zones), slider("inverted", "Colours", "", COLOURS)]
        form += [slider("contrast", "Contrast", "", {percent: f"{percent} %" for percent in CONTRASTS})]
        super().__init__(NAME, form, {"quiet_zone": "4", "inverted": "0", "contrast": "100"})
        shown, words, _ = self._draw(self.said["fields"])
        parts = (element("div", part, "margin: 8px 0 0") for part in (shown.html, words))
        self.resting = rested(NAME, parts, [shown.text, words])

    def _draw(self, fields: dict[str, str]) -> tuple[Shown, str, bool]:
        line = Line(self._code, int(fields["quiet_zone"]), fields["inverted"] == "1", int(fields["contrast"]))
        return line.shown, line.words, line.found
