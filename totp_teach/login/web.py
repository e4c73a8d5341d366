"""The pages: what a browser sends, and what it is answered."""

import base64
import hmac
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from pathlib import Path
from weakref import WeakSet

from tornado.httpserver import HTTPServer
from tornado.httputil import split_host_and_port
from tornado.netutil import bind_sockets, is_valid_ip
from tornado.web import Application, HTTPError, MissingArgumentError, RequestHandler

from .. import otpauth, qr, secret
from .database import Session
from .limits import Refused
from .site import Site
from .vault import derived

TEMPLATES = Path(__file__).parent / "pages"
LONGEST_FORM = 8192  # bytes
LONGEST_BODY = 65_536  # bytes that are read at all
CONNECTIONS = 220  # open at once; macOS allows a process 256 files
REMEMBERED = 30  # days that a browser which was logged in has attempts of its own
DAYS = 30  # that the owner is told of what others may have done
MARK = 22  # characters of its mark that are random
LOCAL = ("127.0.0.1", "localhost", "[::1]")
log = logging.getLogger("tornado.access")

# Nothing is loaded but our own style and the QR code; nothing runs; nobody frames us, loads from us or keeps our pages.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
GOES_ON = {None: "login", "password": "code", "full": "account"}  # the page for each stage of a session
PLAIN_WORDS = {
    400: "The form did not arrive as it was made.",
    403: "The form is out of date, or came from another site. Open the page again.",
    404: "There is no such page.",
    405: "That cannot be done with this page.",
    413: "That is far too much for this form.",
    421: "This server answers on this computer alone, and has no such name.",
}


def listen(site: Site, port: int = 0, proxies: Iterable[str] = ()) -> tuple["Bounded", int]:
    """The server, answering on 127.0.0.1, and its port.

    proxies: addresses whose word on where a request comes from (X-Forwarded-For) is believed.
    """
    sockets = bind_sockets(port, "127.0.0.1")
    port = sockets[0].getsockname()[1]
    app = application(site, port, frozenset(proxies))
    logging.getLogger("tornado.general").setLevel(logging.WARNING)  # it quotes malformed headers whole, cookies too
    server = Bounded(app, max_body_size=LONGEST_BODY, idle_connection_timeout=60, body_timeout=20)
    server.add_sockets(sockets)
    return server, port


class Bounded(HTTPServer):
    """A server with so many connections and no more: of those that wait for nothing, the oldest makes room for a new one.

    (A thousand connections that say nothing would otherwise leave the process without files to open.)
    """

    def initialize(self, application: Application, **options) -> None:  # type: ignore[override]  # Bounded takes no other
        super().initialize(application, **options)
        self._streams: list = []
        self._answering = application.settings["answering"]

    def handle_stream(self, stream, address) -> None:
        if len(self._streams) >= CONNECTIONS:
            self._streams = [one for one in self._streams if not one.closed()]
        self._streams.append(stream)
        if len(self._streams) > CONNECTIONS:
            idle = next(one for one in self._streams if one not in self._answering)  # at the last, the new one
            self._streams.remove(idle)
            idle.close()
        if not stream.closed():
            super().handle_stream(stream, address)


def application(site: Site, port: int, proxies: frozenset[str] = frozenset()) -> Application:
    """The server's pages. All addresses are flat and all links relative, so that they work behind any proxy's prefix."""
    pages = [(f"/{page.__name__.removesuffix('Page').lower()}", page) for page in PAGES]
    return Application(
        [(r"/", Home), *pages, (r"/style\.css", Style)],
        site=site,
        port=port,
        proxies=proxies,
        answering=WeakSet(),  # the connections whose request is being answered
        template_path=str(TEMPLATES),
        default_handler_class=Missing,
        log_function=log_request,
        cookie_secret=derived(site.master, "cookies"),
        xsrf_cookies=site.defences.xsrf,
        # A page on another port of this computer can plant a cookie here, and with it a token of its own; but no page
        # writes Sec-Fetch-Site (W3C, Fetch Metadata) or Origin, which Tornado then looks at.
        cross_origin_protection=site.defences.xsrf,
        xsrf_cookie_name=f"login_xsrf_{port}",  # cookies do not look at the port: two servers must not share names
        xsrf_cookie_kwargs={"path": "", "httponly": True, "samesite": "Lax", "expires_days": None},
    )


def log_request(handler: RequestHandler) -> None:
    """One line a request, and a short one: no query, no form, no cookie, and no character that does anything."""
    status, request = handler.get_status(), handler.request
    level = logging.INFO if status < 500 else logging.ERROR
    log.log(level, "%d %.10s %s", status, request.method, ascii(request.path[:100])[1:-1])


class Page(RequestHandler):
    """What every page shares."""

    SUPPORTED_METHODS = "GET", "HEAD", "POST"
    site: Site

    def initialize(self) -> None:
        self.site = self.settings["site"]

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        if self.settings["site"].defences.headers:
            for name, value in HEADERS.items():
                self.set_header(name, value)

    def prepare(self) -> None:
        self.settings["answering"].add(self.request.connection.stream)  # type: ignore[union-attr]  # of HTTP/1
        if len(self.request.body) > LONGEST_FORM:
            raise HTTPError(413)
        # A foreign name that leads here (DNS rebinding) keeps our port; one with another port is a proxy's.
        name, port = split_host_and_port(self.request.host.lower())
        if (port or 80) == self.settings["port"] and name not in LOCAL:
            raise HTTPError(421)

    def on_finish(self) -> None:
        self.settings["answering"].discard(self.request.connection.stream)  # type: ignore[union-attr]  # of HTTP/1

    def head(self) -> None:
        """The headers of the page (RFC 9110 §9.1: every server has it)."""
        self.get()

    # what was sent

    @property
    def address(self) -> str:
        """The client's, as far as it is known: the last of the hops that is not a proxy which is to be believed."""
        proxies, hop = self.settings["proxies"], self.request.remote_ip
        hops = self.request.headers.get("X-Forwarded-For", "").replace(" ", "").split(",")
        while hop in proxies and hops and is_valid_ip(hops[-1]):
            hop = hops.pop()
        return str(hop)

    def field(self, name: str, *otherwise: bytes) -> str:
        """The one field of that name, with every character in it; `otherwise` if there is none.

        (get_body_argument takes the last of several, and puts spaces in the place of control characters: two passwords
        were one. OWASP ASVS 5.0, 6.2.8.)
        """
        found = self.request.body_arguments.get(name, otherwise)
        if len(found) != 1:
            raise MissingArgumentError(name)
        return self.decode_argument(found[0], name)

    def proof(self) -> tuple[str, str]:
        """Password and code, sent along to prove that it is the owner who asks."""
        return self.field("password") if self.site.defences.fresh else "", self.field("code", b"")

    @property
    def session(self) -> Session | None:
        """Whose session it is."""
        return self.site.session(self._cookie("session"))

    def device(self, name: str) -> str | None:
        """The mark of this browser, if it was logged in to that account before."""
        mark = self._cookie("device")
        return mark if hmac.compare_digest(mark, self.site.mark(name, mark[:MARK])) else None

    def _cookie(self, name: str) -> str:
        found = self.get_signed_cookie(f"login_{name}_{self.settings['port']}", min_version=2)
        return found.decode() if found else ""

    # what is answered

    def keep(self, name: str, value: str, days: int | None = None) -> None:
        """A signed cookie that no script reads and no other site's form sends; for this server's folder alone."""
        secure = self.request.headers.get("X-Forwarded-Proto", self.request.protocol) == "https"
        name = f"login_{name}_{self.settings['port']}"
        self.set_signed_cookie(name, value, expires_days=days, path="", httponly=True, samesite="Lax", secure=secure)

    def enter(self, token: str) -> None:
        """A new session for this browser, and on to what is next in it."""
        self.keep("session", token)
        session = self.site.session(token)
        if session and session.stage == "full":
            if not (mark := self.device(session.name)):
                mark = self.site.mark(session.name)
                self.site.log(session.name, self.address, "logged in with another browser")
            self.keep("device", mark, REMEMBERED)
        self.go(GOES_ON[session.stage if session else None])

    def forget(self) -> None:
        """The browser is to drop our pages, also those that "back" would show again: the key is on one of them.

        (Chromium keeps whole pages for "back", with Cache-Control: no-store too. OWASP ASVS 5.0, 14.3.1.)
        """
        if self.site.defences.headers:
            self.set_header("Clear-Site-Data", '"cache"')

    def go(self, page: str) -> None:
        """On to another page, with GET."""
        self.redirect(f"./{page}", status=303)

    def show(self, page: str, refused: Refused | None = None, **values) -> None:
        """A page; with what was refused on it, if something was."""
        if refused:
            self.set_status(refused.status)
            if refused.wait:
                self.set_header("Retry-After", str(refused.wait))
        self.render(f"{page}.html", error=str(refused) if refused else "", **values)

    def write_error(self, status_code: int, exc_info=(None, None, None), **_) -> None:
        """What was refused, on the form it was sent with; any other error on a page of its own."""
        words = PLAIN_WORDS.get(status_code, "Something went wrong here. It is in the log.")
        if status_code == 405:  # RFC 9110 §15.5.6: and says what can be done
            can = [name for name in ("get", "post") if getattr(type(self), name) != getattr(RequestHandler, name)]
            self.set_header("Allow", ", ".join(can).upper().replace("GET", "GET, HEAD"))
        if isinstance(exc_info[1], Refused):
            self.get(exc_info[1])
        else:
            self.show("error", status=status_code, title=HTTPStatus(status_code).phrase, words=words)

    def log_exception(self, kind, value, traceback) -> None:
        """Errors of ours with their traceback, and neither the query nor what was typed."""
        if not isinstance(value, (HTTPError, Refused)):
            logging.getLogger("tornado.application").error(
                "%s %s", self.request.method, self.request.path, exc_info=(kind, value, traceback)
            )


def only(stage: str):
    """For a page that belongs to one stage of a session: anybody at another one is sent to where they go on."""

    def decorate(method):
        @wraps(method)
        def checked(self: Page, *refused: Refused):
            session = self.session
            if session and (session.stage == stage or (stage == "full" and not self.site.defences.both_steps)):
                return method(self, session, *refused)
            self.go(GOES_ON[session.stage if session else None])

        return checked

    return decorate


class Home(Page):
    def get(self):
        self.show("home", name=self.session.name if self.session else "")


class SignUp(Page):
    def get(self, refused: Refused | None = None, done: bool = False):
        self.show("signup", refused, done=done)

    async def post(self):
        await self.site.sign_up(self.field("name").lower(), self.field("password"), self.address)
        self.get(done=True)


class LogIn(Page):
    def get(self, refused: Refused | None = None):
        self.show("login", refused)

    async def post(self):
        name, password = self.field("name").lower(), self.field("password")
        self.enter(await self.site.log_in(name, password, self.address, self.device(name), self._cookie("session")))


class Code(Page):
    """The second step."""

    @only("password")
    def get(self, session: Session, refused: Refused | None = None):
        self.show("code", refused)

    @only("password")
    async def post(self, session: Session):
        phone = self.site.database.phone(session.name)
        await self.site.check_code(session, phone, self.field("code"), self.address)
        self.enter(self.site.complete(session))


class Recovery(Page):
    """The second step without a phone."""

    @only("password")
    def get(self, session: Session, refused: Refused | None = None):
        self.show("recovery", refused)

    @only("password")
    def post(self, session: Session):
        self.site.check_recovery_code(session, self.field("code"), self.address)
        self.enter(self.site.complete(session, recovered=True))


class AccountPage(Page):
    """Are codes on, and what has happened lately."""

    @only("full")
    def get(self, session: Session, refused: Refused | None = None):
        news = self.site.database.news(session.name, self.site.clock() - DAYS * 86_400)
        self.show("account", refused, session=session, news=news, days=DAYS, moment=_moment)


class Proved(Page):
    """What only the owner may do, and so proves again who asks. Its form has the name of the page."""

    form = ""
    enough = False  # the recovery code that has opened the session

    @only("full")
    def get(self, session: Session, refused: Refused | None = None):
        codes = self.site.database.phone(session.name) and not (self.enough and session.recovered)
        self.show(self.form, refused, codes=codes, fresh=self.site.defences.fresh)

    @only("full")
    async def post(self, session: Session):
        session = await self.site.prove(session, self.address, *self.proof(), self.enough, self.first)
        self.keep("session", session.token)
        self.act(session)  # nothing is waited for in between

    def first(self, session: Session) -> None:
        """What could refuse the act of an owner."""
        self.site.has_codes(session)

    def act(self, session: Session) -> None:
        raise NotImplementedError


class Enrol(Proved):
    """The key, to be taken over by a phone; once it is confirmed, no page shows it."""

    form = "enrol"
    enough = True  # it may have been the last one, and the phone is lost

    @only("full")
    def get(self, session: Session, refused: Refused | None = None):
        account = self.site.pending(session)
        if account is None:
            return super().get(refused)
        self.show("confirm", refused, **_to_scan(account))

    def first(self, session: Session) -> None:
        self.site.may_enrol(session)

    def act(self, session: Session) -> None:
        self.site.enrol(session, self.address)
        self.go("enrol")


class Confirm(Enrol):
    @only("full")
    async def post(self, session: Session):
        session, codes = await self.site.confirm(session, self.field("code"), self.address)
        self.keep("session", session.token)
        self.forget()
        self.show("codes", codes=[_grouped(code) for code in codes])


class Renew(Proved):
    form = "renew"

    def act(self, session: Session) -> None:
        self.show("codes", codes=[_grouped(code) for code in self.site.renew_recovery_codes(session, self.address)])


class Disable(Proved):
    form = "disable"

    def act(self, session: Session) -> None:
        self.site.disable(session, self.address)
        self.go("account")


class Password(Proved):
    form = "password"

    @only("full")
    async def post(self, session: Session):
        session = await self.site.change_password(session, self.field("new"), self.address, *self.proof())
        self.keep("session", session.token)
        self.keep("device", self.site.mark(session.name), REMEMBERED)
        self.go("account")


class LogOut(Page):
    def post(self):
        if session := self.session:
            self.site.log_out(session, self.address)
        self.forget()
        self.clear_cookie(f"login_session_{self.settings['port']}", path="")
        self.go("")


class Style(Page):
    def get(self):
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.write((TEMPLATES / "style.css").read_bytes())


PAGES = SignUp, LogIn, Code, Recovery, AccountPage, Enrol, Confirm, Renew, Disable, Password, LogOut


class Missing(Page):
    def prepare(self):
        raise HTTPError(404)


def _to_scan(account: otpauth.Account) -> dict[str, str]:
    """An account as QR code, text and link. The picture lies within the page, so that it has no address of its own."""
    picture = "data:image/png;base64," + base64.b64encode(qr.make(account.uri).png(scale=6)).decode()
    return {"picture": picture, "key": _grouped(secret.encode(account.key)), "uri": account.uri}


def _grouped(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"
