"""QR codes: text -> QR, picture -> text.

    make      text to a QrCode, with the qrcode library        ISO/IEC 18004
    read      a picture to the texts of the codes in it, with zxing-cpp
"""

import io
from dataclasses import dataclass, field

from . import OtpError

LEVELS = {"L": 1, "M": 0, "Q": 3, "H": 2}  # the two bits that stand for each in the format information
QUIET_ZONE = 4  # modules of white on every side, without which a reader does not find the code
MODES = {1: "numeric", 2: "alphanumeric", 4: "byte"}


@dataclass(frozen=True, kw_only=True)
class QrCode:
    """One QR code. Its repr does not show the text: as a rule that is a secret."""

    text: str = field(repr=False)
    matrix: tuple[tuple[bool, ...], ...] = field(repr=False)  # rows of modules, True is dark, without the quiet zone
    version: int  # 1 … 40: 21 … 177 modules a side
    error_correction: str  # L, M, Q or H
    mask: int  # 0 … 7
    mode: str  # numeric, alphanumeric or byte

    def png(self, scale: int = 8) -> bytes:
        """A PNG, black on white with the quiet zone, `scale` pixels a module."""
        from PIL import Image

        size = len(self.matrix) + 2 * QUIET_ZONE
        image = Image.new("1", (size, size), 1)
        for y, row in enumerate(self.matrix, QUIET_ZONE):
            for x, dark in enumerate(row, QUIET_ZONE):
                image.putpixel((x, y), not dark)
        file = io.BytesIO()
        image.resize((size * scale, size * scale), Image.Resampling.NEAREST).save(file, "PNG", optimize=True)
        return file.getvalue()


def make(text: str, *, error_correction: str = "M") -> QrCode:
    """The smallest QR code that holds the text, as one segment."""
    import qrcode
    from qrcode.util import QRData

    maker = qrcode.QRCode(error_correction=LEVELS[error_correction])
    segment = QRData(text)
    maker.add_data(segment)
    maker.best_fit()
    maker.mask_pattern = maker.best_mask_pattern()
    maker.make(fit=False)
    return QrCode(
        text=text,
        matrix=tuple(tuple(map(bool, row)) for row in maker.modules),
        version=maker.version,
        error_correction=error_correction,
        mask=maker.mask_pattern,
        mode=MODES[segment.mode],
    )


def read(image) -> list[str]:
    """The texts of the QR codes in a picture: a path, bytes, PIL image or array; an empty list when there is none."""
    import zxingcpp
    from PIL import Image

    if isinstance(image, bytes):
        image = Image.open(io.BytesIO(image))
    elif not hasattr(image, "size"):
        image = Image.open(image)
    if hasattr(image, "convert"):
        image = image.convert("L")
    found = zxingcpp.read_barcodes(image, zxingcpp.BarcodeFormat.QRCode, text_mode=zxingcpp.TextMode.Plain)
    return [code.text for code in found]
