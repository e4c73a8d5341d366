"""The login server over HTTP, and the verifier on SQLite: what is ours, beside what is the hash's and the disk's.

The peer of a row is what it has to wait for in any case: a page for Tornado, a login for scrypt, a code for its check.
"""

import http.client
import re
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

import pyotp
from measure import Row

from totp_teach import hotp, login, secret, totp
from totp_teach.login import Defences, passwords
from totp_teach.otpauth import Account
from totp_teach.verifier import SqliteStore, Verifier

PASSWORD = "correct horse"
WRONG = "000000"
CLIENTS = 4
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def rows(quick: bool) -> list[Row]:
    """One after the other, and from several clients at once. Limits and throttle are off: they would end it soon."""
    pages, codes, logins = (5, 2, 2) if quick else (500, 200, 30)
    checks, peer = on_sqlite(codes * 5), pyotp.TOTP(secret.encode(secret.random()))
    verified = timed(lambda: peer.verify(WRONG, valid_window=1), codes * 5)
    scrypt = timed(lambda: passwords.hashed(PASSWORD), logins)
    with login.start(defences=Defences(across_sessions=False)) as server:
        client = enrolled(server.url)
        page = timed(lambda: client.get("login"), pages)
        bare = timed(lambda: client.get("style.css"), pages)
        entered = timed(lambda: client.log_in(), logins)
        tried = [moment for _ in range(codes // 10 + 1) for moment in client.try_codes()][:codes]
        at_once = rate(server.url, codes)
    return [
        *both("Verifier.check on SQLite", checks, verified, "pyotp verify, window 1"),
        *both("GET login", page, bare, "GET style.css"),
        *both("POST login", entered, scrypt, "scrypt alone"),
        *both("POST code", tried, checks, "Verifier.check on SQLite"),
        Row(f"POST code, {CLIENTS} clients at once", at_once, 1 / median(tried), "one client", unit="/s"),
    ]


def both(name: str, ours: list[float], peer: list[float], peer_name: str) -> list[Row]:
    """The row of what is usual, and that of what is rare."""
    p99 = [quantiles(times, n=100, method="inclusive")[98] for times in (ours, peer)]
    return [Row(f"{name}, p50", median(ours), median(peer), peer_name), Row(f"{name}, p99", *p99, peer_name)]


def timed(action, times: int) -> list[float]:
    """How long each call took, in seconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return found


def on_sqlite(times: int) -> list[float]:
    """Right codes, each in its own step: every one is a transaction that is on the disk when it is told."""
    key, steps = secret.random(), iter(range(1, times + 1))
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder, "accounts.db"))
        desk = Verifier(store)
        desk.enrol("alice", Account(key=key))
        codes = hotp.codes(key, range(times + 1))

        def check() -> None:
            step = next(steps)
            assert desk.check("alice", codes[step], 30 * step)

        found = timed(check, times)
        store.close()
    return found


class Client:
    """One connection that stays open, and one account's cookies."""

    def __init__(self, url: str):
        self._line = http.client.HTTPConnection(url.split("/")[2], timeout=60)
        self._cookies: dict[str, str] = {}
        self.get("login")

    def get(self, page: str) -> str:
        return self._send("GET", page)

    def post(self, page: str, **fields: str) -> str:
        return self._send("POST", page, urlencode({"_xsrf": self._token(), **fields}))

    def log_in(self) -> None:
        self.post("login", name="alice", password=PASSWORD)

    def try_codes(self) -> list[float]:
        """A session's ten tries, and how long each took."""
        self.log_in()
        return timed(lambda: self.post("code", code=WRONG), 10)

    def _token(self) -> str:
        return next(value for name, value in self._cookies.items() if name.startswith("login_xsrf"))

    def _send(self, method: str, page: str, body: str | None = None) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._line.request(method, f"/{page}", body, {**FORM, "Cookie": cookies})
        answer = self._line.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        found = answer.read().decode()
        assert answer.status in (200, 303, 403), answer.status
        return found


def enrolled(url: str) -> Client:
    """A client that has signed up and set up codes."""
    client = Client(url)
    client.post("signup", name="alice", password=PASSWORD)
    client.log_in()
    client.post("enrol", password=PASSWORD)
    key = secret.decode(re.search(r'class="key">([A-Z2-7 ]+)<', client.get("enrol"))[1])
    assert "write these down" in client.post("confirm", code=totp.code(key, time.time()))
    return client


def rate(url: str, codes: int) -> float:
    """Codes per second from several clients, each with sessions of its own. Logging in is not counted."""
    clients = [Client(url) for _ in range(CLIENTS)]
    done, spent = 0, 0.0
    with ThreadPoolExecutor(CLIENTS) as pool:
        while done < codes:
            list(pool.map(Client.log_in, clients))
            start = time.perf_counter()
            list(pool.map(lambda client: [client.post("code", code=WRONG) for _ in range(10)], clients))
            spent += time.perf_counter() - start
            done += 10 * CLIENTS
    return done / spent
