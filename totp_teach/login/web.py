"""The pages: what a browser sends, and what it is answered."""

import base64
import logging
import secrets
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from pathlib import Path

from tornado.web import Application, HTTPError, MissingArgumentError, RequestHandler

from .. import qr, secret
from ..otpauth import Account
from .database import Session
from .limits import Refused
from .site import Site
from .vault import derived

PAGES = Path(__file__).parent / "pages"
LONGEST_FORM = 8192  # bytes
REMEMBERED = 30  # days that a browser which was logged in has attempts of its own
log = logging.getLogger("tornado.access")

# Nothing is loaded but our own style and the QR code; nothing runs; nobody frames us; nothing is kept by the browser.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
GOES_ON = {None: "login", "password": "code", "full": "account"}  # the page for each stage of a session
PLAIN_WORDS = {
    400: "The form did not arrive as it was made.",
    403: "The form is out of date, or came from another site. Open the page again.",
    404: "There is no such page.",
    405: "That cannot be done with this page.",
    413: "That is far too much for this form.",
}


def application(site: Site) -> Application:
    """The server's pages. All addresses are flat and all links relative, so that they work behind any proxy's prefix."""
    return Application(
        [
            (r"/", Home),
            (r"/signup", SignUp),
            (r"/login", LogIn),
            (r"/code", Code),
            (r"/recovery", Recovery),
            (r"/account", AccountPage),
            (r"/enrol", Enrol),
            (r"/confirm", Confirm),
            (r"/disable", Disable),
            (r"/logout", LogOut),
            (r"/style.css", Style),
        ],
        site=site,
        template_path=str(PAGES),
        default_handler_class=Missing,
        log_function=log_request,
        cookie_secret=derived(site.master, "cookies"),
        xsrf_cookies=site.defences.xsrf,
        xsrf_cookie_name="login_xsrf",
        xsrf_cookie_kwargs={"path": "", "httponly": True, "samesite": "Lax", "expires_days": None},
    )


def log_request(handler: RequestHandler) -> None:
    """One line a request: no query, no form, no cookie."""
    status = handler.get_status()
    level = logging.INFO if status < 500 else logging.ERROR
    log.log(level, "%d %s %s", status, handler.request.method, handler.request.path)


class Page(RequestHandler):
    """What every page shares."""

    site: Site

    def initialize(self) -> None:
        self.site = self.settings["site"]

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        if self.settings["site"].defences.headers:
            for name, value in HEADERS.items():
                self.set_header(name, value)

    def prepare(self) -> None:
        if len(self.request.body) > LONGEST_FORM:
            raise HTTPError(413)

    # what was sent

    @property
    def address(self) -> str:
        return self.request.remote_ip

    def field(self, name: str) -> str:
        """The one field of that name."""
        found = self.get_body_arguments(name, strip=False)
        if len(found) != 1:
            raise MissingArgumentError(name)
        return found[0]

    @property
    def token(self) -> str | None:
        """The session's token, out of its cookie."""
        return self._cookie("login_session")

    @property
    def session(self) -> Session | None:
        """Whose session it is."""
        return self.site.session(self.token)

    def device(self, name: str) -> str | None:
        """The mark of this browser, if it was logged in to that account before."""
        mark = self._cookie("login_device")
        return mark if mark and mark.partition(":")[0] == name else None

    def _cookie(self, name: str) -> str | None:
        found = self.get_signed_cookie(name)
        return found.decode() if found else None

    # what is answered

    def keep(self, name: str, value: str, days: int | None = None) -> None:
        """A signed cookie that no script reads and no other site's form sends; for this server's folder alone."""
        secure = self.request.headers.get("X-Forwarded-Proto", self.request.protocol) == "https"
        self.set_signed_cookie(name, value, expires_days=days, path="", httponly=True, samesite="Lax", secure=secure)

    def enter(self, token: str) -> None:
        """A new session for this browser, and on to what is next in it."""
        session = self.site.session(token)
        self.keep("login_session", token)
        if session.stage == "full":
            mark = self.device(session.name) or f"{session.name}:{secrets.token_urlsafe(16)}"
            self.keep("login_device", mark, REMEMBERED)
        self.go("account" if session.stage == "full" else "code")

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
        if isinstance(exc_info[1], Refused):
            return self.get(exc_info[1])
        words = PLAIN_WORDS.get(status_code, "Something went wrong here. It is in the log.")
        self.show("error", status=status_code, title=HTTPStatus(status_code).phrase, words=words)

    def log_exception(self, kind, value, traceback) -> None:
        """Errors of ours with their traceback, and neither the query nor what was typed."""
        if not isinstance(value, (HTTPError, Refused)):
            logging.getLogger("tornado.application").error(
                "%s %s", self.request.method, self.request.path, exc_info=(kind, value, traceback)
            )


def only(stage: str):
    """For a page that belongs to one stage of a session: who is at another is sent to where he goes on."""

    def decorate(method):
        @wraps(method)
        def checked(self: Page, *refused: Refused):
            session = self.session
            if session and (session.stage == stage or (stage == "full" and not self.site.defences.both_steps)):
                return method(self, session, *refused)
            self.go(GOES_ON[session and session.stage])

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
        token = await self.site.log_in(name, password, self.address, self.device(name))
        if self.token:
            self.site.database.close_session(self.token)
        self.enter(token)


class Code(Page):
    """The second step."""

    form = "code"

    @only("password")
    def get(self, session: Session, refused: Refused | None = None):
        self.show(self.form, refused)

    @only("password")
    def post(self, session: Session):
        self.bring(session, self.field("code"))
        self.enter(self.site.complete(self.token, session))

    def bring(self, session: Session, typed: str) -> None:
        self.site.check_code(self.token, session, typed, self.address)


class Recovery(Code):
    """The second step without a phone."""

    form = "recovery"

    def bring(self, session: Session, typed: str) -> None:
        self.site.check_recovery_code(session, typed, self.address)


class AccountPage(Page):
    """Are codes on, and what has happened lately."""

    @only("full")
    def get(self, session: Session, refused: Refused | None = None):
        database, name = self.site.database, session.name
        self.show(
            "account",
            refused,
            name=name,
            codes=database.user(name).codes,
            left=database.recovery_codes_left(name),
            events=[(_moment(at), address, what) for at, address, what in database.events(name, 20)],
        )


class Disable(AccountPage):
    @only("full")
    def post(self, session: Session):
        self.site.disable(self.token, session, self.field("code"), self.address)
        self.go("account")


class Enrol(Page):
    """The key, to be taken over by a phone: the only page that shows it, until it is confirmed."""

    @only("full")
    def get(self, session: Session, refused: Refused | None = None):
        account = self.site.pending(session.name)
        if account is None:
            return self.go("account")
        self.show("enrol", refused, **_to_scan(account))

    @only("full")
    def post(self, session: Session):
        self.site.enrol(session.name, self.address)
        self.go("enrol")


class Confirm(Enrol):
    @only("full")
    def post(self, session: Session):
        codes = self.site.confirm(self.token, session, self.field("code"), self.address)
        self.show("codes", codes=[_grouped(code) for code in codes])


class LogOut(Page):
    def post(self):
        if session := self.session:
            self.site.log_out(self.token, session, self.address)
        self.clear_cookie("login_session", path="")
        self.go("")


class Style(Page):
    def get(self):
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.write((PAGES / "style.css").read_bytes())


class Missing(Page):
    def prepare(self):
        raise HTTPError(404)


def _to_scan(account: Account) -> dict[str, str]:
    """An account as QR code, text and link. The picture lies within the page, so that it has no address of its own."""
    picture = "data:image/png;base64," + base64.b64encode(qr.make(account.uri).png(scale=6)).decode()
    return {"picture": picture, "key": _grouped(secret.encode(account.key)), "uri": account.uri}


def _grouped(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"
