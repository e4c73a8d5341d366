"""The scan card: an account, ready to be put on a phone."""

import ipywidgets

from .. import qr, secret
from ..hotp import RFC_KEY
from ..otpauth import Account
from ..show.markup import MONO, SMALL, Shown, element, escaped, pictured, tint
from .front_ends import HERE
from .resting import RUN_ME, Resting, example, framed
from .words import grouped, name_of

EXAMPLE = HERE / "example_qr.png"  # the example's QR code, crossed, so that no phone reads it
SCALE = 5  # pixels a module

SIDE_BY_SIDE = "display: flex; flex-wrap: wrap; gap: 12px 28px; align-items: center"
# White whatever the theme: a scanner needs the quiet zone as much as the modules.
SQUARE = "display: block; background-color: #ffffff; max-width: 100%; border-radius: 6px"
CARD = (
    "display: inline-block; margin: 4px 2px; padding: 14px 20px 14px 14px; border-radius: 8px; line-height: 1.5; "
    "border: 1px solid var(--jp-border-color1, #bdbdbd); background-color: var(--jp-layout-color1, transparent); "
    "font-size: var(--jp-content-font-size1, 14px)"
)
SECRET = f"{MONO}; font-size: 110%; line-height: 1.9; padding: 1px 2px; {tint('key')}"
LINK = "color: var(--jp-content-link-color, #0067b8); text-decoration: underline"


class ScanCard(Resting, ipywidgets.HTML):
    """An account to put on a phone: its QR code, its secret in groups of four, and a link to tap on the phone itself.

    account: an Account. The page holds its key from then on; what a notebook stores does not.
    A plain `qr.make(account.uri)` gives the same QR code, `secret.encode(account.key)` the same secret.
    """

    def __init__(self, account: Account):
        code = qr.make(account.uri)
        side = SCALE * (len(code.matrix) + 2 * qr.QUIET_ZONE)
        square = element("div", pictured(code.png(SCALE), side, f"QR code for {name_of(account)}", SQUARE))
        link = element("div", "or on the phone that shows this page:", SMALL) + element(
            "a", "open the otpauth:// link", LINK, href=account.uri
        )
        words = element("div", square + _words(account, link), SIDE_BY_SIDE)
        super().__init__(value=element("div", words, CARD))
        self.resting = _resting(example(Account(key=RFC_KEY)))


def crossed() -> str:
    """The example's QR code, which no phone reads."""
    return element("div", pictured(EXAMPLE.read_bytes(), 245, f"A QR code, crossed out; {RUN_ME}", SQUARE))


def _words(account: Account, last: str) -> str:
    """What stands beside the square: whose it is, the secret, four groups a line, and a last line (HTML)."""
    text = secret.encode(account.key)
    lines = [grouped(text[start : start + 16], 4) for start in range(0, len(text), 16)]
    typed = "<br>".join(element("span", line, SECRET) for line in lines)
    name = element("div", element("b", escaped(name_of(account))))
    by_hand = element("div", "or typed by hand, the secret:", f"{SMALL}; margin: 10px 0 2px")
    return element("div", name + by_hand + element("div", typed) + element("div", last, "margin: 12px 0 0"))


def _resting(account: Account) -> Shown:
    """The example's card, without a link and with its square crossed."""
    words = _words(account, "The square to scan appears when the cell runs.")
    html = framed(name_of(account), element("div", crossed() + words, f"{SIDE_BY_SIDE}; margin: 8px 0 0"))
    typed = grouped(secret.encode(account.key), 4)
    lines = [f"Scan card of {name_of(account)} ({RUN_ME})", f"secret  {typed}", f"link    {account.uri}"]
    return Shown(html, "\n".join(lines))
