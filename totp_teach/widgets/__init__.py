"""Live things: Python computes what they show, the browser chooses by its clock or by the reader's hand.

    TickingCode    the codes of an account, computed ahead, shown by the browser's clock
    VerifyBox      a code typed into the page and checked in Python; `in_words` is what it says
    ScanCard       an account to put on a phone: QR code, secret, link
    UriBuilder     an account as a form, as a URI with what there is to say about it, and as a QR code
    Phone          an authenticator app in the page, which can be wrong on purpose
    ServerLink     the way to a login server's pages
    Question       a question to answer before the cell that does; Answered how many were right at first
    Explorer       secret, time, algorithm, digits and period to change, and the whole chain beside pyotp's answer
    TwoClocks      a server's clock and a phone's, delay and window by slider, and what is accepted
    TimeRuler      steps as ticks on rulers, "you look here" by slider, the server's window below
    ScanLine       quiet zone, colours and contrast of a QR code by slider, and whether a reader finds it
    Stepper        a film strip: Frames, pictures with a caption each, stepped through
    truncation_film  a strip ready made: from digests to codes

Each shows a true example while it is not live: `resting`, which is what a notebook stores.
"""

from .. import require

require("widgets")

from .builder import UriBuilder
from .clocks import TimeRuler, TwoClocks
from .explorer import Explorer
from .link import ServerLink
from .phone import Phone
from .question import Answered, Question
from .scan import ScanCard
from .scan_line import ScanLine
from .stepper import Frame, Stepper
from .ticking import TickingCode
from .truncation import truncation_film
from .verify import VerifyBox, in_words


__all__ = ["Answered", "Explorer", "Frame", "Phone", "Question", "ScanCard", "ScanLine", "ServerLink", "Stepper"]
__all__ += ["TickingCode", "TimeRuler", "TwoClocks", "UriBuilder", "VerifyBox", "in_words", "truncation_film"]
