"""QR codes (ISO/IEC 18004): text -> modules, picture -> text.

make       text to a QrCode, with the qrcode library                  making.py
penalty    the points against a code; capacity, inverts, …            making.py
path       the order in which the modules take up the bits            anatomy.py
parts      what each module is for                                    anatomy.py
codewords  the bytes, read back off the modules                       anatomy.py
damage     the code with a share of its bytes destroyed               anatomy.py
read       a picture to the texts of its codes, with zxing-cpp        reading.py
scan       the same as Symbols, parts of a longer text among them     reading.py
together   Symbols of several pictures, the parts of one text as one  reading.py
advice     why a picture gives none, and what to do about it          reading.py
"""

from .. import require

require("qr")

from .anatomy import codewords, damage, parts, path
from .making import LEVELS, MODES, QUIET_ZONE, QrCode, capacity, inverts, make, penalty
from .reading import Symbol, advice, read, scan, together

__all__ = ["LEVELS", "MODES", "QUIET_ZONE", "QrCode", "capacity", "inverts", "make", "penalty"]
__all__ += ["Symbol", "advice", "codewords", "damage", "parts", "path", "read", "scan", "together"]
