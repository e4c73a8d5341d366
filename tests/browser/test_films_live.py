"""Films, explorer and two clocks as a reader has them: by keyboard, without the kernel, in both themes, in 900 pixels."""

import itertools
import re

import pytest
from test_live import CUT_OFF, focus_is_visible, found_by_axe

from totp_teach import secret, totp
from totp_teach.show.timeline import Clocks

KEY = b"12345678901234567890"
OWN = bytes(range(30, 50))

SETUP = f"""
import types
from totp_teach import hotp, otpauth, widgets
key = {KEY}
account = otpauth.Account(issuer="Example", name="alice@example.com", key=key)
"""
FILMS = {
    "truncation": "widgets.truncation_film(hotp.trace(key, 1))",
    "several": "widgets.truncation_film([hotp.trace(key, counter) for counter in (1, 30)])",
}
EXPLORER = "widgets.Explorer(account)"
AT = 1_111_111_111
LINK = "widgets.ServerLink(types.SimpleNamespace(link='http://127.0.0.1:9/'))"
CLOCKS = f"widgets.TwoClocks({AT}, phone=-8)"

SHOWN = """(strip) => {
  const frame = strip.querySelector('.totp-shown');
  return [frame.innerText + [...frame.querySelectorAll('img')].map((img) => img.src), strip.dataset.frame];
}"""
# Every frame of every film at once, one below the other.
UNROLLED = ".totp .totp-frame { grid-area: auto; visibility: visible }"


@pytest.fixture
def run(lab, same_reader):
    """Opens a new notebook of the set-up and those cells, and runs them: run(cells) -> the reader."""

    def run(cells, name: str = "films.ipynb", reader=same_reader):
        reader.open(lab.write(name, [SETUP, *cells]))
        reader.run_all()
        assert reader.errors() == []
        reader.page.wait_for_function(
            "(count) => document.querySelectorAll('.totp-stepper, .totp-drawn table:last-child').length >= count",
            arg=len(cells) - (LINK in cells),
        )
        return reader

    return run


def test_every_film_steps_by_keyboard_without_the_kernel(run, same_reader):
    same_reader.page.emulate_media(reduced_motion="reduce")
    reader = run(FILMS.values())
    page = reader.page
    page.wait_for_timeout(1000)
    sent = len(reader.frames)
    strips = page.locator(".totp-stepper").all()
    assert len(strips) == len(FILMS)
    last_ones = []
    for strip in strips:
        total = strip.locator(".totp-frame").count()
        told = strip.locator(".totp-told")
        assert strip.evaluate(SHOWN)[1] == "0"  # none has begun to play by itself
        assert strip.evaluate("(strip) => strip.getAnimations({ subtree: true }).length") == 0
        strip.get_by_role("button", name="Play").focus()
        seen = [(*strip.evaluate(SHOWN), told.inner_text())]
        for place in range(1, total):
            page.keyboard.press("ArrowRight")
            seen.append((*strip.evaluate(SHOWN), told.inner_text()))
            assert seen[-1][1] == str(place) and seen[-1][2].startswith(f"{place + 1} of {total}: ")
        pictures, _, captions = zip(*seen)
        assert all(before != after for before, after in itertools.pairwise(pictures))
        assert len(set(captions)) == total
        last_ones.append(pictures[-1])
    assert len(reader.frames) == sent  # stepping asks the kernel nothing

    reader.kernel_gone()
    for strip, last in zip(strips, last_ones):
        strip.get_by_role("button", name="Play").focus()
        page.keyboard.press("Home")
        first, place = strip.evaluate(SHOWN)
        assert place == "0" and first != last
        page.keyboard.press("End")
        assert strip.evaluate(SHOWN)[0] == last
    strips[0].get_by_label("Speed").select_option("4")
    strips[0].get_by_role("button", name="Play").click()
    strips[0].get_by_text("2 of 9:").wait_for()
    assert page.get_by_text("287082").count() > 0
    assert reader.complaints == []


CUT = """() => [...document.querySelectorAll('.jp-OutputArea-output *')].filter((node) => {
  const page = node.closest('.jp-OutputArea-output').getBoundingClientRect();
  return node.getBoundingClientRect().right > page.right + 1 || node.scrollWidth > node.clientWidth + 1 &&
    ['auto', 'scroll', 'hidden'].includes(getComputedStyle(node).overflowX) && node.tagName !== 'INPUT';
}).map((node) => node.outerHTML.slice(0, 200))"""


def test_every_frame_fits_a_small_window_and_twice_the_size_and_axe_finds_nothing_in_it(run):
    reader = run([LINK, *FILMS.values(), EXPLORER, CLOCKS])
    page = reader.page
    page.set_viewport_size({"width": 900, "height": 900})
    reader.command("application:toggle-left-area")
    reader.style(UNROLLED)
    page.get_by_label("Secret").fill("GEZD1")
    page.get_by_role("status").filter(has_text="is not Base32").wait_for()
    page.wait_for_function("document.querySelector('.totp-stage').getBoundingClientRect().width > 600")
    assert page.locator(".totp-frame:visible").count() > 14
    assert page.evaluate(CUT) == []
    assert found_by_axe(reader, ".jp-OutputArea-output .lm-Widget") == []
    page.set_viewport_size({"width": 640, "height": 900})  # 200 % in a window of 1280 pixels
    page.wait_for_function("document.querySelector('.totp-stage').getBoundingClientRect().width < 600")
    assert page.evaluate(CUT_OFF) == []


def test_the_explorer_by_keyboard(run):
    reader = run([EXPLORER])
    page = reader.page
    explorer, status = page.locator(".totp-explorer"), page.get_by_role("status")

    def shows(trace: totp.Trace, *more: str) -> None:
        """The chain on the page is that run's."""
        for value in (trace.inner_digest[:4].hex(" "), str(trace.number), trace.code, *more):
            explorer.get_by_text(re.compile(re.escape(value))).first.wait_for()

    def go_to(label: str) -> None:
        field = page.get_by_label(label)
        reader.tab_to(f"[id='{field.get_attribute('id')}']")
        assert focus_is_visible(page)

    shows(totp.trace(KEY, 59), "the same")
    page.locator(".jp-Cell").last.click(position={"x": 3, "y": 3})
    go_to("Secret, in Base32")
    page.keyboard.press("Control+a")
    page.keyboard.type(secret.encode(OWN).lower())
    shows(totp.trace(OWN, 59), "the same")
    go_to("Algorithm")
    page.keyboard.press("b")
    page.keyboard.press("End")
    shows(totp.trace(OWN, 59, algorithm="SHA512"), "HMAC-SHA512")
    go_to("Digits")
    page.keyboard.type("5")
    shows(totp.trace(OWN, 59, algorithm="SHA512", digits=5), "no answer: digits must be between 6 and 10")
    go_to("Time")
    page.keyboard.press("End")
    page.keyboard.type("0")
    shows(totp.trace(OWN, 590, algorithm="SHA512", digits=5))
    page.keyboard.type("x")
    status.filter(has_text="a moment is seconds since the Unix epoch").wait_for()
    shows(totp.trace(OWN, 590, algorithm="SHA512", digits=5))  # the last one that could be run
    reader.tab_to(".totp-explorer button")
    assert focus_is_visible(page)
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('.totp-status').textContent === ''")
    now = int(page.get_by_label("Time").input_value())
    assert abs(now - page.evaluate("Date.now() / 1000")) < 60
    shows(totp.trace(OWN, now, algorithm="SHA512", digits=5))
    kinds = "() => window.jupyterapp.shell.currentWidget.content.widgets.map((cell) => cell.model.type)"
    assert page.evaluate(kinds) == ["code"] * 2  # no key has reached JupyterLab's shortcuts

    assert reader.complaints == []

    reader.kernel_gone()
    page.get_by_label("Time").fill("60")
    status.filter(has_text="No answer yet: the kernel is busy, or it has stopped").wait_for()


FLIP = """() => new Promise((done) => {
  const drawn = document.querySelector('.totp-drawn');
  const started = performance.now();
  new MutationObserver(() => done(performance.now() - started)).observe(drawn, { childList: true });
  document.querySelector('.totp-bits button:not([aria-pressed="true"])').click();
})"""


def test_the_lid_of_the_explorer_by_keyboard(run):
    reader = run([EXPLORER])
    page = reader.page
    status, mistake = page.get_by_role("status"), page.get_by_label("Mistake")
    told = "little-endian counter: the runs part at the message, and the code is 160385, not 287082."
    page.locator(".jp-Cell").last.click(position={"x": 3, "y": 3})
    reader.tab_to(f"[id='{mistake.get_attribute('id')}']")
    page.keyboard.type("little-endian c")
    status.filter(has_text=told).wait_for()
    rows = [" ".join(row.split()) for row in page.locator(".totp-drawn tbody tr").all_inner_texts()]
    assert any(row.startswith("▶ message right 00 00 00 00 00 00 00 01 wrong 01") for row in rows)
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('.totp-status').textContent === ''")

    page.get_by_label("Flip a bit of the").select_option("digest")
    reader.tab_to(".totp-bits button")
    for key in ["End", "ArrowUp", "ArrowLeft"]:
        page.keyboard.press(key)
    assert focus_is_visible(page)
    focused = page.locator(".totp-bits button:focus")
    assert (
        focused.get_attribute("aria-label") == "byte 15, bit 6: 0" and focused.get_attribute("aria-pressed") == "false"
    )
    page.keyboard.press("Enter")
    status.filter(has_text="bit 6 of byte 15 of the digest flipped: the runs part at the digest").wait_for()
    assert focused.get_attribute("aria-label") == "byte 15, bit 6: 1, flipped"
    assert page.locator(".totp-bits button[tabindex='0']").count() == 1
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('.totp-status').textContent === ''")
    assert focused.get_attribute("aria-label") == "byte 15, bit 6: 0"
    kinds = "() => window.jupyterapp.shell.currentWidget.content.widgets.map((cell) => cell.model.type)"
    assert page.evaluate(kinds) == ["code"] * 2  # no key has reached JupyterLab's shortcuts
    took = sorted(page.evaluate(FLIP) for _ in range(15))
    print("a flip takes", took)
    assert took[7] < 200  # milliseconds, on a machine that has other work; alone about 40
    assert reader.complaints == []


def test_the_two_clocks_by_keyboard(run):
    reader = run([CLOCKS])
    page = reader.page
    box, status = page.locator(".totp-two-clocks"), page.get_by_role("status")
    now = {"at": AT, "phone": -8, "delay": 0, "window": 1}

    def press(label: str, key: str, told: str, **changed: int) -> None:
        """A key on the slider of that name: what it says of itself at once, and the line that Python draws of it."""
        slider = page.get_by_role("slider", name=label)
        reader.tab_to(f"[id='{slider.get_attribute('id')}']")
        assert focus_is_visible(page)
        page.keyboard.press(key)
        assert slider.get_attribute("aria-valuetext") == told
        assert box.get_by_text(told, exact=True).is_visible()
        now.update(changed)
        clocks = Clocks(now["at"], 30, now["window"], now["phone"], now["delay"])
        status.get_by_text(clocks.words, exact=True).wait_for()
        for hand in clocks.hands.values():
            assert box.get_by_role("cell", name=str(hand)).count() > 0
        assert status.get_attribute("data-accepted") == ("true" if clocks.verdict == "accepted" else "false")

    page.locator(".jp-Cell").last.click(position={"x": 3, "y": 3})
    press("Server's clock", "End", "29 s into its step", at=AT + 28)
    press("Phone's clock", "ArrowLeft", "9 s behind", phone=-9)
    press("Phone's clock", "End", "90 s ahead", phone=90)
    press("Delay of the code", "End", "60 s", delay=60)
    press("Window", "Home", "this step alone", window=0)
    sent = len(reader.frames)
    page.keyboard.press("b")
    kinds = "() => window.jupyterapp.shell.currentWidget.content.widgets.map((cell) => cell.model.type)"
    assert page.evaluate(kinds) == ["code"] * 2 and len(reader.frames) == sent
    assert reader.complaints == []

    reader.kernel_gone()
    page.keyboard.press("ArrowRight")
    status.filter(has_text="No answer yet: the kernel is busy, or it has stopped").wait_for()
    assert box.get_by_role("slider", name="Window").get_attribute("aria-valuetext") == "1 step on each side"
