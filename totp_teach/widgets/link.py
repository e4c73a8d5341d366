"""The link to a login server, which listens at another address every time."""

from typing import TYPE_CHECKING

import ipywidgets

from ..show.markup import Shown, element, escaped
from .resting import RUN_ME, Resting, framed
from .scan import LINK

if TYPE_CHECKING:
    from ..login import Server


class ServerLink(Resting, ipywidgets.HTML):
    """The way to a login server's first page, in a tab of its own.  server: what `login.start()` gave."""

    def __init__(self, server: "Server"):
        link = element("a", "Open the login page", LINK, href=server.link, target="_blank", rel="noopener")
        super().__init__(value=element("div", f"{link} ({escaped(server.link)})"))
        words = "The link to the server's first page appears when the cell runs."
        self.resting = Shown(framed("A login server", element("div", words)), f"Link to a login server ({RUN_ME})")
