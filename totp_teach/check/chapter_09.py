"""The exercises of chapter 09: an attack for each defence of the login server, carried out on a server without it.

A scene is what comes before an attack and after it: a generator that gives the attack's arguments, is sent what the
attack returns, and gives what is missing, "" if it succeeded. It judges by what the server then shows or holds.
"""

import re
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any

from .. import OtpError, secret, totp
from .._world import need_processes
from .exercise import Asked, is_stub
from .running import Outcome, stopped, tried

PASSWORD = "correct horse"  # of everybody
PATIENCE = 20.0  # seconds for one attack
ENOUGH = 30  # wrong codes looked at: three sessions' worth
PRINTED, WORDS = 2000, 160  # letters of what an attack prints, and of a page, that are shown
DEFENCES = (  # in the order of login.ATTACKS
    *("both_steps", "one_use", "one_winner", "across_sessions", "confirmed", "own_key", "read_again", "fresh"),
    *("same_answer", "xsrf", "headers", "sealed", "hashed"),
)
OUTCOMES: dict[str, tuple[bool, bool]] = {}  # by defence: did the last attack succeed without it, and with all?


@dataclass(frozen=True, repr=False)
class Attack(Asked):
    """An exercise: a function that succeeds against a server without the defence, and fails against one with all.

    id, signature, hint: as an Exercise has them.  defence: its name in login.ATTACKS.
    """

    id: str
    defence: str
    signature: str
    hint: str
    scene: Callable[[Any], Generator]

    def _judged(self, answer: Any) -> tuple[str, str]:
        """Status and message."""
        from .. import login  # it needs packages, which the other chapters do without

        if answer is ... or is_stub(answer):
            return "open", "not attempted yet"
        if not callable(answer):
            return "wrong", f"give the function itself: this is about {self.signature}"
        try:
            need_processes()
            with ThreadPoolExecutor(2) as pool:
                quick = self.defence not in ("read_again", "same_answer")  # which are attacks on time
                off = replace(login.Defences(), **{self.defence: False})
                servers = list(pool.map(lambda on: login.start(defences=on, quick=quick), (off, login.Defences())))
        except OtpError as error:
            return "open", str(error)
        with servers[0], servers[1]:
            missing, outcome, seen = self._carried_out(servers[0], answer)
            everything = not (missing or self._carried_out(servers[1], answer)[0])
        OUTCOMES[self.defence] = not missing, everything
        print(outcome.printed[:PRINTED], end="")
        if missing and outcome.error:
            return "wrong", stopped(outcome, outcome.error, True, PATIENCE) + seen
        if missing:
            return "wrong", f"without “{self.defence}” it does not succeed yet: {missing}{seen}"
        if everything:
            return "wrong", f"it succeeds with every defence on as well, so “{self.defence}” is not what stops it"
        return "right", f"right: it succeeds without {self.defence}, and fails with it"

    def _carried_out(self, server: Any, attack: Callable) -> tuple[str, Outcome, str]:
        """What was missing? How did it end? And what came of it: the last pages, and what it returned."""
        scene = self.scene(server)
        given = next(scene)
        outcome = tried(attack, [given], patience=PATIENCE)
        found = outcome.values[0] if outcome.values else None
        browsers = (one for item in given for one in (item if isinstance(item, list) else [item]))
        pages = {one.page: f"“{one.page}”: {one.words[:WORDS]}" for one in browsers if getattr(one, "page", "")}
        seen = f". The last page was {'; '.join(pages.values())}" if pages else ""
        seen += "" if found is None else f". It returned {type(found).__name__} {str(found)[:WORDS]}"
        return scene.send(found), outcome, seen


def scoreboard() -> list[tuple[str, ...]]:
    """Each defence, the attack against it, and how yours ended on a server without it and on one with all."""
    from .. import login

    said = {True: "succeeds", False: "fails"}
    ended = {name: [said[one] for one in OUTCOMES[name]] if name in OUTCOMES else ["–", "–"] for name in login.ATTACKS}
    return [(name, attack, *ended[name]) for name, attack in login.ATTACKS.items()]


class Alice:
    """Whose account is attacked: a browser that is logged in, a phone, and the password above."""

    def __init__(self, server: Any, codes: bool = True, name: str = "alice"):
        self.key, self.recovery = b"", list[str]()
        self.browser = _somebody(server).post("signup", name=name, password=PASSWORD)
        self.browser.post("login", name=name, password=PASSWORD)
        if codes:
            self.sets_up_codes()
            self.confirms()

    def sets_up_codes(self) -> None:
        """Opens the page with the key, and takes the key over to the phone."""
        page = self.browser.post("enrol", password=PASSWORD)
        [key] = re.findall(r'class="key">([A-Z2-7 ]+)<', page.body)
        self.key = secret.decode(key)

    def confirms(self) -> None:
        """Types a first code. It is the one of the step before, so that the next is free."""
        if time.time() % 30 > 29:
            time.sleep(1)  # so that it is still the one before when it arrives
        page = self.browser.post("confirm", code=totp.code(self.key, time.time() - 30))
        self.recovery = re.findall(r"<li><code>([A-Z2-7 ]+)</code>", page.body)

    def code(self) -> str:
        """What the phone shows now."""
        return totp.code(self.key, time.time())


def _somebody(server: Any):
    from .. import login

    return login.Browser(server.url)


def _stands(server: Any, browser: Any) -> str:
    """Where a browser stands now."""
    page = browser.get("account")
    if found := re.search(r"logged in as \S+", page.words):
        return found[0]
    if page.page == "code":
        return f"half way: the password was accepted, and {_held(server, REFUSED)}"
    known = any("session" in cookie.name for cookie in browser.jar)
    return f"logged out: {'that session has ended' if known else 'no name and password were accepted there'}"


def _held(server: Any, query: str) -> Any:
    """What the server's database holds."""
    with closing(sqlite3.connect(server.folder / "login.db")) as database:
        return database.execute(query).fetchone()[0]


def _times(server: Any, what: str) -> int:
    """How many times that happened to Alice's account."""
    return _held(server, f"SELECT count(*) FROM events WHERE name = 'alice' AND what = '{what}'")


INSIDE = "logged in as alice"
REFUSED = """SELECT coalesce('the code was refused: ' || max(substr(what, 15)), 'no code was submitted')
    FROM events WHERE what LIKE 'code refused: %'"""


def _both_steps(server: Any) -> Generator:
    Alice(server)
    yield (mallory := _somebody(server),)
    if _times(server, "password accepted") < 2:  # hers and this one
        yield "Alice's name and password were not accepted from that browser"
    yield "" if f"{INSIDE} " in mallory.words else f"the page left open is “{mallory.page}”"


def _one_use(server: Any) -> Generator:
    code = (alice := Alice(server)).code()
    alice.browser.post("login", name="alice", password=PASSWORD).post("code", code=code)
    yield (mallory := _somebody(server)), code
    yield _unless_inside(server, mallory=mallory)


def _unless_inside(server: Any, **browsers: Any) -> str:
    """Where those browsers stand, if one is not logged in as Alice."""
    stand = {name: _stands(server, browser) for name, browser in browsers.items()}
    return "; ".join(f"{name} is {where}" for name, where in stand.items()) if {*stand.values()} != {INSIDE} else ""


def _one_winner(server: Any) -> Generator:
    code, first, second = Alice(server).code(), _somebody(server), _somebody(server)
    yield first, second, code
    yield _unless_inside(server, first=first, second=second)


def _across_sessions(server: Any) -> Generator:
    Alice(server)
    yield (_somebody(server),)
    many = _times(server, "code refused: wrong")
    yield f"the server compared {many} wrong codes with Alice's, of {ENOUGH}" if many < ENOUGH else ""


def _confirmed(server: Any) -> Generator:
    Alice(server, codes=False)
    yield (_somebody(server),)
    if _times(server, "codes switched on") or not _times(server, "enrolment begun"):
        yield "a phone has shown a code" if _times(server, "codes switched on") else "no key was made for her account"
    asked = _somebody(server).post("login", name="alice", password=PASSWORD).page == "code"
    yield "" if asked else "Alice is asked for no code"


def _own_key(server: Any) -> Generator:
    yield (mallory := _somebody(server)), (alice := Alice(server, codes=False))
    yield _unless_inside(server, mallory=mallory) if alice.recovery else UNCONFIRMED


UNCONFIRMED = "Alice's codes are not on: she has not set them up and confirmed them"


def _read_again(server: Any) -> Generator:
    (alice := Alice(server, codes=False)).sets_up_codes()
    yield (crowd := [_somebody(server) for _ in range(6)]), alice
    stand = Counter(_stands(server, one) for one in crowd)
    found = "; ".join(f"{many} of the crowd are {where}" for where, many in stand.items())
    yield ("" if INSIDE in stand else found) if alice.recovery else UNCONFIRMED


def _fresh(server: Any) -> Generator:
    """Her browser notes the forms that it sends: one with a password is not the attack."""
    alice, query, forms = Alice(server), "SELECT phone FROM users WHERE name = 'alice'", list[dict]()
    before, send = _held(server, query), alice.browser.send

    def noted(page: str, form: dict | None = None, **more: str) -> Any:
        forms.append(form or {})
        return send(page, form, **more)

    alice.browser.send = noted
    yield (alice.browser,)
    if any(form.get("password") for form in forms):
        yield "a password was sent, and this time you know none"
    lacks = "no right code of its key came" if _times(server, "enrolment begun") > 1 else "no key was asked for"
    yield "" if _held(server, query) not in (before, None) else f"the new phone does not count: {lacks}"


def _same_answer(server: Any) -> Generator:
    names = [secrets.token_hex(4) for _ in range(6)]
    with_one = secrets.SystemRandom().sample(names, 3)
    for name in with_one:
        _somebody(server).post("signup", name=name, password=PASSWORD)
    found: Any = yield _somebody(server), names
    # By signing up they can be told from one another at every server that sends no e-mail: that does not count.
    if _held(server, "SELECT count(*) FROM users") > 3:
        yield "an account was made: signing up does not count"
    if not isinstance(found, (list, tuple, set)):
        yield f"a list of names is asked for, not {type(found).__name__}"
    wrong = len({*map(str, found)} ^ {*with_one})
    yield f"names that are missing, or do not belong in the list: {wrong}" if wrong else ""


class _Seen(HTMLParser):
    """What a browser finds in a page: its first form, with what it would send, and its first frame that can be used.

    over: the tag of what lies in front of that frame, as far as positions and layers in `style` tell.
    """

    def __init__(self, page: Any):
        super().__init__()
        self.form, self.fields, self.frame = dict[str, str](), dict[str, str](), ""
        self.over, self._layer = "", -1  # the layer of what is not positioned
        self._within = self._text = ""  # the tag, and the name of the field, in which it is now
        self._layers, self._closed = dict[str, int](), set[str]()  # of the last element of each tag; tags before
        self.feed(str(page))

    def handle_starttag(self, tag: str, attrs: list) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.form:
            self.form, self._within = {"method": "get", "action": "", "enctype": ""} | found, tag
        elif self._within and "disabled" not in found and (found.get("type") not in UNSENT or "checked" in found):
            self._text = found.get("name", "") if tag == "textarea" else ""
            self.fields |= {found["name"]: found.get("value", "")} if found.get("name") else {}
            self.form |= {name[4:]: found[name] for name in ("formaction", "formmethod") if name in found}
        style = found.get("style", "")
        seen = not ({"hidden", "srcdoc"} & found.keys() or UNSEEN.search(style))
        layer = int(LAYER.split(style + "; z-index: 0")[1]) if seen and POSITIONED.search(style) else -1
        if self.frame and layer >= max(self._layer, 0):
            self.over = tag
        self._layers[tag] = layer
        if seen and not self.frame and {*ALL.split()} <= {*found.get("sandbox", ALL).split()}:
            self.frame, self._layer = found.get(FRAMES.get(tag, ""), ""), layer
            self.over = next((other for other in self._closed if self._layers[other] > layer), "")

    def handle_data(self, data: str) -> None:
        if self._text:
            self.fields[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        self._text = ""
        self._within = self._within if tag != "form" else ""
        self._closed.add(tag)


LAYER = re.compile(r"z-index\s*:\s*(-?\d+)", re.IGNORECASE)
POSITIONED = re.compile(r"position\s*:\s*(absolute|fixed|relative|sticky)", re.IGNORECASE)
FRAMES = {"iframe": "src", "frame": "src", "embed": "src", "object": "data"}
ALL = "allow-same-origin allow-forms"  # what a frame that is not sandboxed may: have the cookies, and be sent
UNSEEN = re.compile(r"(display|visibility|pointer-events)\s*:\s*(none|hidden)", re.IGNORECASE)
UNSENT = ("checkbox", "radio", "button", "reset")  # fields that are not sent as they are


def _unsent(form: dict[str, str], url: str) -> str:
    """Why the server gets no form that it can read; "" if it does."""
    if not form:
        return "the page has no form"
    if form["method"].lower() != "post" or form["enctype"].lower() == "text/plain":
        return f"the server does not read a form that is sent by {form['method'].upper()} {form['enctype']}".strip()
    return "" if form["action"].startswith(url) else f"the form goes to “{form['action']}”, not to the server"


def _xsrf(server: Any) -> Generator:
    """Her browser sends the form of a page on another port: with her cookies, for it is the same site, and says so.

    The program there is sent the cookies as well, and so it knows the token: only what the browser says stops it.
    """
    browser = Alice(server, codes=False).browser
    Alice(server, codes=False, name="mallory")
    seen = _Seen((yield (server.url,)))
    if missing := _unsent(seen.form, server.url):
        yield missing
    token = next((cookie.value for cookie in browser.jar if "xsrf" in cookie.name), "")
    form = {"_xsrf": token, **seen.fields}
    browser.send(seen.form["action"].removeprefix(server.url), form, **{"Sec-Fetch-Site": "same-site"})
    yield "" if "logged in as mallory " in browser.words else f"the answer was “{_answer(browser)}”"


def _answer(browser: Any) -> str:
    """How the page begins that the server answered with."""
    return browser.words.partition(".")[0][:60]


def _headers(server: Any) -> Generator:
    """Her browser opens the frame of a page on another port, and shows it unless the answer forbids that."""
    alice = Alice(server, codes=False)
    seen = _Seen((yield (server.url,)))
    if seen.over or not seen.frame.startswith(server.url):
        yield f"a <{seen.over}> lies in front of the frame, and gets the click" if seen.over else NO_FRAME
    framed = alice.browser.get(seen.frame.removeprefix(server.url))
    if "X-Frame-Options" in framed.headers or "frame-ancestors" in str(framed.headers):
        yield "the server's headers forbid the frame"
    yield "" if f"{INSIDE} " in framed.words else f"the frame shows “{_answer(framed)}”"


NO_FRAME = "no frame that Alice could press shows a page of the server"


def _stolen(page: str) -> Callable[[Any], Generator]:
    def scene(server: Any) -> Generator:
        """A copy of the database, and a log-in with what is made of it."""
        Alice(server)
        with closing(sqlite3.connect(server.folder / "login.db")) as database:
            database.execute("VACUUM INTO ?", (str(server.folder / "stolen.db"),))
        found = yield (server.folder / "stolen.db",)
        if not isinstance(found, str):
            yield f"a code is text, not {type(found).__name__}"  # a number has lost its zeros
        mallory = _somebody(server).post("login", name="alice", password=PASSWORD).post(page, code=found)
        yield "" if f"{INSIDE} " in mallory.words else f"the answer was “{_answer(mallory)}”"

    return scene


TABLE = (
    (_both_steps, "skip(mallory)", "a page opens by its name: which one is behind the code?"),
    (_one_use, "replay(mallory, code)", "log in as Alice does, with the code that was seen"),
    (_one_winner, "race(first, second, code)", "both are half way; then two threads post the code at the same moment"),
    (_across_sessions, "guess(mallory)", "a session has ten tries; how many has the next one?"),
    (_confirmed, "lock_out(mallory)", "without codes the password opens the account; begin there and do not finish"),
    (_own_key, "copy_key(mallory, alice)", "log in before alice.sets_up_codes(); then open the page with the key"),
    (_read_again, "arrive_late(crowd, alice)", "let threads knock without pause: somebody is then always under way"),
    (_fresh, "take_over(left_open)", "set up a phone of your own as Alice set up hers, but without the password"),
    (_same_answer, "who(mallory, names)", "log in with a wrong password; compare what you read"),
    (_xsrf, "forge(url)", "look at the form of the server's own login page: its method, its action and its fields"),
    (_headers, "frame(url)", "which element of HTML shows another page inside of a page?"),
    (_stolen("code"), "make_code(database)", "sqlite3: the table accounts has a column key, of bytes; then totp.code"),
    (_stolen("recovery"), "find_code(database)", "sqlite3: the table recovery_codes has a column code"),
)
ATTACKS = {
    defence: Attack(f"09.{number}", defence, signature, hint, scene)
    for number, (defence, (scene, signature, hint)) in enumerate(zip(DEFENCES, TABLE, strict=True), 1)
}
