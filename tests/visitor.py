"""A visitor of the login server: a browser as far as cookies and forms go, with the server in a thread of this process."""

import asyncio
import html
import http.cookiejar
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from totp_teach import secret, totp
from totp_teach.login import Defences, web
from totp_teach.login.site import Site

PASSWORD = "correct horse"


@dataclass(frozen=True)
class Answer:
    """What came back, after redirects."""

    status: int
    page: str  # the last part of the address
    headers: dict
    body: str

    @property
    def words(self) -> str:
        """What a reader sees of it."""
        text = re.sub(r"<[^>]+>", " ", self.body.partition("<main>")[2])
        return html.unescape(re.sub(r"\s+", " ", text)).strip()


class Visitor:
    """One browser at a login server."""

    def __init__(self, url: str, **headers: str):
        self.url, self.headers = url, headers
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        )

    def get(self, page: str = "") -> Answer:
        return self.send("GET", page)

    def post(self, page: str, **fields: str) -> Answer:
        """A form filled in and sent, with the token that came with it."""
        if not self.cookie("login_xsrf"):
            self.get("login")
        return self.send("POST", page, urllib.parse.urlencode({"_xsrf": self.cookie("login_xsrf"), **fields}).encode())

    def send(self, method: str, page: str, body: bytes | None = None, **headers: str) -> Answer:
        """Any request."""
        request = urllib.request.Request(self.url + page, body, {**self.headers, **headers}, method=method)
        try:
            answer = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            body = answer.read().decode()
            return Answer(answer.status, answer.url.rsplit("/")[-1], dict(answer.headers), body)

    def cookie(self, name: str) -> str:
        """The value of a cookie, or nothing. (Its name ends in the server's port.)"""
        return next((cookie.value for cookie in self.jar if cookie.name.startswith(name)), "")

    def set_cookie(self, name: str, value: str) -> None:
        """Another value for a cookie that is there."""
        next(cookie for cookie in self.jar if cookie.name.startswith(name)).value = value

    # what people do

    def sign_up(self, name: str, password: str = PASSWORD) -> Answer:
        return self.post("signup", name=name, password=password)

    def log_in(self, name: str, password: str = PASSWORD) -> Answer:
        return self.post("login", name=name, password=password)

    def enrol(self, clock) -> tuple[bytes, list[str]]:
        """Codes set up and confirmed: the key, and the recovery codes."""
        key = key_on(self.post("enrol", password=PASSWORD))
        done = self.post("confirm", code=totp.code(key, clock()))
        codes = re.findall(r"<li><code>([A-Z2-7 ]+)</code>", done.body)
        assert len(codes) == 10, done.words
        return key, codes


def key_on(page: Answer) -> bytes:
    """The key that a page shows to be typed."""
    return secret.decode(re.search(r'class="key">([A-Z2-7 ]+)<', page.body)[1])


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self, at: float = 1_000_000_010.0):
        self.at = at

    def __call__(self) -> float:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += seconds


class Running:
    """A server in a thread, on a folder; stopped by `stop`."""

    def __init__(self, folder: Path, clock, defences: Defences = Defences(), proxies: tuple[str, ...] = ()):
        self.folder, self.clock, self.proxies = folder, clock, proxies
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(defences, ready)))
        self._thread.start()
        assert ready.wait(20)
        self.database = folder / "login.db"

    async def _serve(self, defences: Defences, ready: threading.Event) -> None:
        self.site = Site(self.folder, defences=defences, clock=self.clock)
        server, self.port = web.listen(self.site, 0, self.proxies)
        self.url = f"http://127.0.0.1:{self.port}/"
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        ready.set()
        await self._over.wait()
        server.stop()
        await server.close_all_connections()
        self.site.close()

    def visitor(self, **headers: str) -> Visitor:
        return Visitor(self.url, **headers)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(20)
