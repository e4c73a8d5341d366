"""Draws totp_teach/widgets/example_qr.png, the picture of a scan card at rest: python tests/data/example_qr.py

The QR code of the course's example account, crossed so that no phone reads it. The package keeps the file and does not
draw it at every run: fonts and PNG compression differ from machine to machine, stored outputs must not.
"""

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from totp_teach import otpauth, qr
from totp_teach.hotp import RFC_KEY
from totp_teach.widgets.resting import RUN_ME

TARGET = Path(__file__).parents[2] / "totp_teach" / "widgets" / "example_qr.png"
ACCOUNT = otpauth.Account(issuer="Example", name="alice@example.com", key=RFC_KEY)
SCALE = 10  # pixels a module: twice what the page shows, for sharp screens
GREY, RED = (150, 150, 150), (176, 72, 0)


def crossed() -> Image.Image:
    """The code in grey, a cross over its three corners, and what to do written across."""
    image = Image.open(io.BytesIO(qr.make(ACCOUNT.uri).png(scale=SCALE))).convert("L")
    image = image.point(lambda light: light or GREY[0]).convert("RGB")
    draw = ImageDraw.Draw(image)
    side = image.width
    for ends in [(0, 0, side, side), (0, side, side, 0)]:
        draw.line(ends, fill="white", width=44)
        draw.line(ends, fill=RED, width=20)
    font = ImageFont.load_default(size=34)
    draw.rectangle((24, side // 2 - 40, side - 24, side // 2 + 40), fill="white", outline=RED, width=4)
    draw.text((side // 2, side // 2), RUN_ME, fill=RED, font=font, anchor="mm")
    return image.quantize(8, dither=Image.Dither.NONE)


if __name__ == "__main__":
    crossed().save(TARGET, "PNG", optimize=True)
