"""One line of a picture as a reader looks along it for 1 : 1 : 3 : 1 : 1, with what can spoil that."""

import io
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from PIL import Image, ImageDraw

from .. import OtpError, qr
from .markup import MONO, ROLES, SMALL, Shown, element, escaped, pictured

PAGE, AROUND = 17, 4  # how light the dark page is, of 255, and how many modules of it are seen on each side
ROW = 3  # through the middle of the upper finders
FAINT = 20  # percent of contrast below which nothing is told apart
FINDER = [1, 1, 3, 1, 1]
SCALE = 4  # pixels a module
CELL = "padding: 0; border: 1px solid #808080; height: 26px"
NUMBER = f"{SMALL}; {MONO}; padding: 0; text-align: center; border: none"


@dataclass(frozen=True)
class ScanLine:
    """A QR code on a dark page, and the line through its upper finders. Arguments as `scan_line`, and OtpError."""

    code: qr.QrCode
    quiet_zone: int = 4
    inverted: bool = False
    contrast: int = 100

    def __post_init__(self):
        if not (0 <= self.quiet_zone <= 10 and 0 <= self.contrast <= 100):
            raise OtpError("a quiet zone is 0 to 10 modules here, and the contrast 0 to 100 %")

    @cached_property
    def greys(self) -> list[list[int]]:
        """How light each module of the picture is, the page's around it."""
        ink, side = 255 * (100 - self.contrast) // 100, AROUND + self.quiet_zone
        size = len(self.code.matrix) + 2 * side

        def grey(row: int, column: int) -> int:
            if not all(AROUND <= place < size - AROUND for place in (row, column)):
                return PAGE
            inside = all(side <= place < size - side for place in (row, column))
            dark = inside and self.code.matrix[row - side][column - side]
            return ink if dark != self.inverted else 255

        return [[grey(row, column) for column in range(size)] for row in range(size)]

    @cached_property
    def runs(self) -> list[tuple[str, int]]:
        """The line's stretches of one colour, "dark" or "light", and their modules."""
        line, middle = self.greys[AROUND + self.quiet_zone + ROW], 255 - 255 * self.contrast // 200
        told = ["dark" if grey < (middle if self.contrast >= FAINT else PAGE + 1) else "light" for grey in line]
        return [(colour, len(list(run))) for colour, run in groupby(told)]

    def finders(self, colour: str) -> int:
        """How often 1 : 1 : 3 : 1 : 1 stands on the line, beginning with that colour."""
        fives = [self.runs[place : place + 5] for place in range(len(self.runs) - 4)]
        return sum(five[0][0] == colour and [length for _, length in five] == FINDER for five in fives)

    @cached_property
    def found(self) -> bool:
        return self.finders("dark") >= 2

    @property
    def words(self) -> str:
        """What the line shows, and what qr.read says of the picture."""
        dark, light = self.finders("dark"), self.finders("light")
        lengths = " : ".join(str(length) for _, length in self.runs[:8])
        seen = f"The line has {dark} times 1 : 1 : 3 : 1 : 1" if dark else f"The line begins {lengths}"
        turned = ", and 1 : 1 : 3 : 1 : 1 comes only beginning with a light run" if light and not dark else ""
        read = "reads" if qr.read(self._picture(4)) == [self.code.text] else "does not read"
        return f"{seen}{turned}. qr.read {read} the picture."

    def _picture(self, scale: int) -> Image.Image:
        size = len(self.greys)
        picture = Image.frombytes("L", (size, size), bytes(grey for row in self.greys for grey in row))
        return picture.resize((scale * size, scale * size), Image.Resampling.NEAREST)

    @property
    def shown(self) -> Shown:
        """The picture with the line across it, and the runs of the line's left half."""
        picture, place = self._picture(SCALE).convert("RGB"), AROUND + self.quiet_zone + ROW
        level = SCALE * place + SCALE // 2
        ImageDraw.Draw(picture).line([(0, level), (picture.width, level)], fill=ROLES["offset"], width=2)
        file = io.BytesIO()
        picture.quantize(16).save(file, "PNG", optimize=True)
        words = (
            f"A QR code with a line through its upper finders: quiet zone {self.quiet_zone}, contrast {self.contrast} %"
        )
        half = self.runs[: len(self.runs) // 2]
        line, at, cells, numbers = self.greys[place], 0, [], []
        for _, length in half:
            cells.append(element("td", "", f"{CELL}; background-color: #{3 * f'{line[at]:02x}'}", colspan=length))
            numbers.append(element("td", str(length), NUMBER, colspan=length))
            at += length
        columns = element("colgroup", '<col width="16">' * at)
        body = "".join(element("tr", "".join(row), "background-color: transparent") for row in (cells, numbers))
        table = element(
            "table",
            columns + element("tbody", body),
            f"border-collapse: collapse; margin: 10px 0 0; table-layout: fixed; width: {16 * at}px",
        )
        html = pictured(file.getvalue(), picture.width, words) + table
        text = ", ".join(f"{colour} {length}" for colour, length in half)
        return Shown(element("div", html, "overflow-x: auto"), f"{words}\nruns: {text}, …")


def scan_line(code: qr.QrCode, *, quiet_zone: int = 4, inverted: bool = False, contrast: int = 100) -> Shown:
    """A QR code on a dark page, the line through its upper finders, that line's runs, and whether it is found and read.

    quiet_zone: modules around it.  inverted: light on dark.  contrast: percent.  Raises OtpError for others than these.
    """
    line = ScanLine(code, quiet_zone, inverted, contrast)
    html = line.shown.html + element("p", escaped(line.words), "margin: 8px 0 0")
    return Shown(html, f"{line.shown.text}\n{line.words}")
