"""Live things: Python computes what they show, the browser chooses by its clock or by the reader's hand.

    TickingCode    the codes of an account, computed ahead, shown by the browser's clock
    VerifyBox      a code typed into the page and checked in Python; `in_words` is what it says
    ScanCard       an account to put on a phone: QR code, secret, link
    UriBuilder     an account as a form, as a URI with what there is to say about it, and as a QR code
    Phone          an authenticator app in the page, which can be wrong on purpose
    Stepper        a film strip: frames with a caption each, stepped through

Each shows a true example while it is not live: `resting`, which is what a notebook stores.
"""

from .builder import UriBuilder
from .phone import Phone
from .scan import ScanCard
from .stepper import Stepper
from .ticking import TickingCode
from .verify import VerifyBox, in_words

__all__ = ["Phone", "ScanCard", "Stepper", "TickingCode", "UriBuilder", "VerifyBox", "in_words"]
