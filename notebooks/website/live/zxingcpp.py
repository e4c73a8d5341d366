"""zxing-cpp as WebAssembly (npm's zxing-wasm), by the names of its Python package that the course uses."""

import json
from pathlib import Path
from types import SimpleNamespace

from PIL import Image
from pyodide.code import run_js
from pyodide.ffi import to_js

HERE = Path(__file__).parent

_load, _factory = (run_js((HERE / name).read_text()) for name in ("loader.js", "factory.js"))
_loaded = _load(_factory, to_js((HERE / "zxing_reader.wasm").read_bytes()))


class BarcodeFormat:
    QRCode = "QRCode"
    Code128 = "Code128"


def BarcodeFormats(formats: list[str]) -> str:
    return ",".join(formats)


class TextMode:
    Plain, ECI, HRI, Escaped, Hex, HexECI = range(6)


class Barcode:
    """A barcode that was found."""

    def __init__(self, found):
        self.text: str = found.text
        self.bytes: bytes = found.bytes.to_bytes()
        self.format: str = found.format
        self.valid: bool = found.isValid
        self.error: str | None = found.error or None
        self.extra: dict = json.loads(found.extra or "{}")
        corners = {
            "top_left": "topLeft",
            "top_right": "topRight",
            "bottom_right": "bottomRight",
            "bottom_left": "bottomLeft",
        }
        places = {name: getattr(found.position, other) for name, other in corners.items()}
        self.position = SimpleNamespace(**{name: SimpleNamespace(x=at.x, y=at.y) for name, at in places.items()})
        self._modules = memoryview(found.symbol.data.to_bytes()).cast("B", (found.symbol.height, found.symbol.width))

    def to_image(self, scale: int = 1) -> memoryview:
        """Its modules, one a pixel: dark ones are 0."""
        return self._modules


def read_barcodes(
    image: Image.Image,
    formats: str = "",
    try_rotate: bool = True,
    try_downscale: bool = True,
    try_invert: bool = True,
    text_mode: int = TextMode.HRI,
    return_errors: bool = False,
) -> list[Barcode]:
    """The barcodes in a picture."""
    grey = image.convert("L")
    pixels = grey.tobytes()
    wishes = {
        "formats": formats,
        "tryHarder": True,
        "tryRotate": try_rotate,
        "tryInvert": try_invert,
        "tryDownscale": try_downscale,
        "tryDenoise": False,
        "binarizer": 0,
        "isPure": False,
        "downscaleFactor": 3,
        "downscaleThreshold": 500,
        "minLineCount": 2,
        "maxNumberOfSymbols": 255,
        "validateOptionalChecksum": False,
        "returnErrors": return_errors,
        "eanAddOnSymbol": 0,
        "textMode": text_mode,
        "characterSet": 0,
        "tryCode39ExtendedMode": True,
    }
    return [Barcode(found) for found in _loaded.read(to_js(pixels), grey.width, grey.height, json.dumps(wishes))]
