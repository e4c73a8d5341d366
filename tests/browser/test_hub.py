"""A class on JupyterHub: each learner's server behind one proxy; Alice at a browser, Bob at REST and the websocket."""

import asyncio
import re
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from classroom import PROXY, Hub, Learner, sign_in
from conftest import SECONDS, Reader

from totp_teach import secret, totp

CHAPTER = "notebooks/00_start_here.ipynb"
LOGIN = "notebooks/09_build_a_login.ipynb"


@pytest.fixture
def hub(tmp_path):
    if not PROXY.exists():
        pytest.skip("the hub's proxy is not installed: npm ci in tests/interop")
    hub = Hub(tmp_path)
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def beside():
    """Starts a coroutine in another thread (playwright's loop is in this one); its result comes when asked for."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def alice(hub, browser):
    """A reader who has given her name at the hub's door."""
    hub.seat("alice")
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    reader = Reader(page, Learner(hub, "alice"))
    sign_in(page, hub, "alice")
    yield reader
    page.context.close()


async def worked(bob: Learner) -> list[str]:
    """Bob's server, chapter 00 in it, and every cell of it run: the errors."""
    await bob.start()
    await bob.open(CHAPTER)
    return await bob.run_all()


async def started_login(learner: Learner) -> str:
    """The link that chapter 09 shows to the careful one of its login servers."""
    await learner.open(LOGIN)
    sources = ["".join(cell["source"]) for cell in learner.notebook["cells"]]
    for words in ("import", "login.start()", "widgets.ServerLink"):
        source = next(source for source in sources if words in source)
        assert await learner.run(source) == []
    (comm,) = [comm for comm in learner.widgets("value") if "href" in learner.models[comm]["value"]]
    return re.search('href="([^"]+)"', learner.models[comm]["value"])[1]


def test_a_class(hub, beside, alice, browser):
    hub.seat("bob")
    bob = Learner(hub, "bob")
    work = beside(worked(bob))

    # Alice, in the browser: nothing is missing under the prefix, and nobody complains.
    page = alice.page
    alice.open(CHAPTER)
    alice.run_all()
    assert alice.errors() == []
    uri = page.locator("a[href^='otpauth:']").get_attribute("href")
    key = secret.decode(parse_qs(urlsplit(uri).query)["secret"][0])
    step, code = alice.ticking()
    assert code == totp.code(key, step * 30)
    page.locator(".totp-ticking[data-clock=agrees]").wait_for()
    code = totp.code(key, time.time())
    assert alice.verdict_on(code).startswith("Accepted:")
    assert alice.verdict_on(code).startswith("Refused: already used")

    # Bob, at the same time: codes have come, his kernel tells its clock, his code is good once, and hers is not his.
    assert work.result(3 * SECONDS) == []
    (comm,) = bob.widgets("codes")
    ticking = bob.models[comm]
    answer = beside(bob.say(comm, {"id": "clock"})).result(SECONDS)
    assert abs(answer["clock"] - time.time()) < SECONDS
    now = totp.counter(time.time()) - ticking["first"]
    own = ticking["codes"][now * 6 : now * 6 + 6]
    assert beside(bob.enter(code)).result(SECONDS)["reason"] == "wrong"
    assert beside(bob.enter(own)).result(SECONDS)["accepted"]
    assert beside(bob.enter(own)).result(SECONDS)["reason"] == "used"

    # Chapter 09: her login server answers under her prefix, to her; nobody else's server lets her in.
    link = beside(started_login(Learner(hub, "alice"))).result(SECONDS)
    assert re.fullmatch(r"/user/alice/proxy/\d+/", link)
    assert alice.complaints == []
    page.goto(hub.address + link)
    page.get_by_role("link", name="Sign up").click()
    assert page.url.startswith(hub.address + link)
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button").click()
    assert page.get_by_role("status").inner_text().startswith("Thank you.")
    for path in ("api/contents", link.partition("alice/")[2]):
        assert page.request.get(f"{hub.address}/user/bob/{path}").status == 403
