"""A browser as far as these attacks need one: it keeps cookies, fills in forms and follows redirects."""

import re
from email.message import Message
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

PATIENCE = 30  # seconds


class Browser:
    """Somebody's browser at a login server.

    After each request: status, page (the last part of the address), headers and body of what came, and `words`, what a
    reader sees of it.
    """

    def __init__(self, url: str, **headers: str):
        self.url, self.sent, self.jar = url, headers, CookieJar()
        # Never through a proxy: the server is on this computer, and the proxy's answer would be taken for its own.
        self._open = build_opener(ProxyHandler({}), HTTPCookieProcessor(self.jar)).open
        self.status, self.page, self.body = 0, "", ""
        self.headers: Message = Message()

    def __repr__(self) -> str:
        return f"<Browser at {self.page or 'the first page'}: {self.status}>"

    def get(self, page: str = "") -> "Browser":
        """Opens a page, by its name."""
        return self.send(page)

    def post(self, page: str, **fields: str) -> "Browser":
        """Fills in a form and sends it, with the token that the server's own pages have."""
        token = next((cookie.value for cookie in self.jar if cookie.name.startswith("login_xsrf")), None)
        if token is None and (found := re.search(r'name="_xsrf" value="([^"]+)"', self.get("login").body)):
            token = found[1]
        return self.send(page, {"_xsrf": token or "", **fields})

    def send(self, page: str, form: dict[str, str] | None = None, **headers: str) -> "Browser":
        """Any request: a form as it is, or the page alone."""
        data = None if form is None else urlencode(form).encode()
        try:
            answer = self._open(Request(self.url + page, data, {**self.sent, **headers}), timeout=PATIENCE)
        except HTTPError as refused:
            answer = refused
        with answer:
            self.status, self.page, self.headers = answer.status, answer.url.rsplit("/")[-1], answer.headers
            self.body = answer.read().decode()
        return self

    @property
    def words(self) -> str:
        """The text of the page."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.body.partition("<main>")[2]).split())
