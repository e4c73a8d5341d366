"""The live things as a reader has them: by keyboard, in both themes, with the kernel busy or gone, the day after."""

import json
import os
import re
import signal
from pathlib import Path

import pytest
from conftest import SIZE

from totp_teach import hotp

AXE = Path(__file__).parents[1] / "interop" / "node_modules" / "axe-core" / "axe.min.js"
# JupyterLab clips its page to a body of no height and to panels that scroll: axe would take all the text for hidden.
UNCLIPPED = """
.jp-ThemedContainer, .jp-WindowedPanel-outer, .jp-InputArea { overflow: visible !important }
.jp-WindowedPanel-viewport { background: var(--jp-layout-color0) }
.lm-SplitPanel-handle { visibility: hidden }
"""
# JupyterLab's themes do not underline links; browsers themselves lead the Tab key to what scrolls.
RULES = {"rules": {rule: {"enabled": False} for rule in ("link-in-text-block", "scrollable-region-focusable")}}
KEY = b"12345678901234567890"
PERIOD = 5  # seconds, so that no test waits half a minute for a boundary
EXAMPLE = re.sub(r"\B(?=(...)+$)", " ", hotp.code(KEY, 59 // PERIOD))  # what a resting picture shows
SOON = 500  # ms: at the boundary, and not at the next second. How soon is measured, not tested

SETUP = f"""
import os
from IPython.display import display
from totp_teach import otpauth, show, widgets
from totp_teach.verifier import MemoryStore, Verifier
account = otpauth.Account(issuer="Example", name="alice@example.com", key={KEY}, period={PERIOD})
verifier = Verifier(MemoryStore())
verifier.enrol("alice", account)
os.getpid()
"""
SCAN = "widgets.ScanCard(account)"
TICK = "widgets.TickingCode(account)"
NEIGHBOURS = "widgets.TickingCode(account, neighbours=True)"
VERIFY = 'widgets.VerifyBox(verifier, "alice", hint="Look at the clock.")'
STEP = """
digest = bytes(range(20))
frames = [show.bytes_(digest), show.bytes_(digest, offset=19), show.bytes_(digest, offset=19, four_bytes=range(3, 7))]
captions = ["Twenty bytes.", "The last one's low nibble is 3.", "Four bytes from there."]
widgets.Stepper("Truncation", list(map(widgets.Frame, frames, captions)), rest=0)
"""
ALL = [SETUP, SCAN, TICK, NEIGHBOURS, VERIFY, STEP]


@pytest.fixture
def run(lab, same_reader):
    """Opens a new notebook of those cells and runs them all: run(cells) -> the reader."""

    def run(cells: list[str], name: str = "live.ipynb", reader=same_reader):
        reader.open(lab.write(name, cells))
        reader.run_all()
        assert reader.errors() == []
        reader.page.locator(".totp, .widget-html-content img").first.wait_for()
        return reader

    return run


def shown_code(page, slot: str = "now") -> tuple[int, str]:
    """The step and the digits of a ticking code, read in one go, as they stand on the page."""
    read = "(cell) => [Number(cell.dataset.step), cell.querySelector('.totp-code').innerText]"
    step, text = page.locator(f".totp-{slot}").first.evaluate(read)
    return step, text


def wait_for_next_step(page) -> None:
    before, _ = shown_code(page)
    page.wait_for_function("(step) => Number(document.querySelector('.totp-now').dataset.step) > step", arg=before)


def enter(page, code: str) -> None:
    page.locator(".totp-verify input").fill(code)
    page.keyboard.press("Enter")


def verdict(page, pattern: str) -> str:
    """The verify box's words, once they match."""
    status = page.get_by_role("status").filter(has_text=re.compile(pattern))
    status.wait_for()
    return status.inner_text()


# ---- the ticking code ------------------------------------------------------------------------------------------------


def test_the_codes_are_those_of_python_before_and_after_a_boundary(run):
    page = run([SETUP, NEIGHBOURS]).page
    page.locator(".totp-now .totp-code").click(click_count=3)
    assert re.fullmatch(r"\d{3} \d{3}", page.evaluate("getSelection().toString().trim()"))  # it can be copied
    for wait in (lambda page: None, wait_for_next_step):
        wait(page)
        step, now = shown_code(page)
        (before, earlier), (after, later) = shown_code(page, "before"), shown_code(page, "after")
        assert re.fullmatch(r"\d{3} \d{3}", now)
        if after == step + 1:  # no boundary between the readings
            assert [text.replace(" ", "") for text in (earlier, now, later)] == hotp.codes(KEY, [before, step, after])
        assert abs(step - page.evaluate("Date.now() / 1000") / PERIOD) < 1.5


def test_fifty_codes_change_at_the_boundary_and_cost_the_kernel_nothing(run):
    reader = run([SETUP, f"for _ in range(50): display({TICK})"])
    page = reader.page
    page.wait_for_function("document.querySelectorAll('.totp-now').length === 50")
    page.wait_for_timeout(3000)  # the questions about the clock, and their answers
    page.evaluate(
        """(period) => {
          window.late = [];
          const note = () => {
            const now = performance.timeOrigin + performance.now();
            window.late.push(now - Math.floor(now / period) * period);
          };
          const observer = new MutationObserver(note);
          const codes = document.querySelectorAll('.totp-now .totp-code');
          codes.forEach((code) => observer.observe(code, { childList: true }));
        }""",
        PERIOD * 1000,
    )
    messages = len(reader.frames)
    page.wait_for_function("window.late.length >= 2", timeout=30_000)
    late = sorted(page.evaluate("window.late"))
    assert len(reader.frames) == messages
    assert late[0] < SOON, f"the first change came {late[0]:.1f} ms after its boundary"
    assert len(set(page.locator(".totp-now .totp-code").all_inner_texts())) == 1


def test_it_goes_on_while_the_kernel_stands_still_and_when_it_is_gone(run):
    reader = run([SETUP, TICK, VERIFY, STEP])
    page, kernel = reader.page, int(reader.page.locator(".jp-OutputArea-output pre").first.inner_text())
    os.kill(kernel, signal.SIGSTOP)
    try:
        wait_for_next_step(page)
        step, code = shown_code(page)
        assert code.replace(" ", "") == hotp.code(KEY, step)
        enter(page, "000 000")
        assert verdict(page, "checking|No answer yet") == "checking…"
        verdict(page, "No answer yet: the kernel is busy, or it has stopped")
    finally:
        os.kill(kernel, signal.SIGCONT)
    verdict(page, "Refused: wrong.*Look at the clock")  # the late answer

    reader.kernel_gone()
    wait_for_next_step(page)
    step, code = shown_code(page)
    assert code.replace(" ", "") == hotp.code(KEY, step)
    enter(page, "000 001")
    verdict(page, "No answer: the kernel has stopped")
    page.get_by_role("button", name="Last").click()
    page.get_by_text("3 of 3: Four bytes from there.").wait_for()
    assert reader.complaints == []


def test_it_says_when_the_clocks_differ_and_when_the_codes_have_run_out(run):
    cells = [
        SETUP + "import time",
        "widgets.TickingCode(account, clock=lambda: time.time() + 200)",
        "widgets.TickingCode(account, clock=lambda: 0)",
    ]
    reader = run(cells)
    page = reader.page
    for _ in range(3):  # on a busy machine an answer can take more than its second, and then it is "unknown"
        page.wait_for_function("document.querySelector('.totp-ticking').dataset.clock")
        if page.locator(".totp-ticking").first.get_attribute("data-clock") == "differs":
            break
        reader.run_all()
    page.get_by_text(re.compile(r"browser's clock, which these codes follow, is (199|200|201) s behind")).wait_for()
    page.get_by_text("The codes computed ahead have run out. Run the cell again.").wait_for()
    assert page.locator(".totp-now .totp-code").all_inner_texts()[1] == "––– –––"


# ---- the verify box --------------------------------------------------------------------------------------------------


def test_one_check_for_enter_and_click_and_a_second_one_for_the_same_code_again(run):
    slow = SETUP.replace("Verifier(MemoryStore())", "Verifier(MemoryStore(), window=2)")
    page = run([slow, TICK, VERIFY]).page
    _, code = shown_code(page)
    page.locator(".totp-verify input").fill(code)
    page.locator(".totp-verify button").dblclick()
    said = verdict(page, "Accepted")
    assert re.search(r"the code of step \d{3}\s\d{3}\s\d{3}, which began at \d\d:\d\d:\d\d UTC", said)
    page.wait_for_timeout(500)
    assert page.get_by_role("status").inner_text() == said  # the second click was no second check
    box = page.locator(".totp-verify button").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down(click_count=2)  # a double click so slow that its first half has been answered
    page.mouse.up(click_count=2)
    page.locator(".totp-verify input").focus()
    page.evaluate("""() => document.activeElement.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', repeat: true, bubbles: true, cancelable: true })
    ) || 'held'""")
    page.wait_for_timeout(500)
    assert page.get_by_role("status").inner_text() == said
    page.locator(".totp-verify button").click()
    verdict(page, "Refused: already used")
    enter(page, "12 34")
    verdict(page, "Refused: not a code. A code of this account is 6 digits")


# ---- by keyboard alone -----------------------------------------------------------------------------------------------


def test_by_keyboard_alone(run):
    reader = run([SETUP, SCAN, TICK, VERIFY, STEP])
    page = reader.page
    page.locator(".jp-Cell").nth(1).click(position={"x": 3, "y": 3})
    kinds = "() => window.jupyterapp.shell.currentWidget.content.widgets.map((cell) => cell.model.type)"

    reader.tab_to("a[href^='otpauth:']")
    assert focus_is_visible(page)
    page.evaluate(
        """() => document.activeElement.addEventListener('click', (click) => {
          click.preventDefault(); // no app here takes it
          window.opened = click.target.href;
        })"""
    )
    page.keyboard.press("Enter")
    assert page.evaluate("window.opened").startswith("otpauth://totp/Example:alice@example.com?secret=")
    reader.tab_to(".totp-verify input")
    assert focus_is_visible(page)
    _, code = shown_code(page)
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    verdict(page, "Accepted")
    reader.tab_to(".totp-verify button")
    assert focus_is_visible(page)
    page.keyboard.press("Space")
    verdict(page, "already used")

    reader.tab_to("[aria-label=Play]")
    assert focus_is_visible(page)
    sent = len(reader.frames)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Play").wait_for()
    for key, told in [("ArrowRight", "2 of 3"), ("End", "3 of 3"), ("ArrowLeft", "2 of 3"), ("Home", "1 of 3")]:
        page.keyboard.press(key)
        assert page.locator(".totp-told").inner_text().startswith(told)
    reader.tab_to(".totp-stepper input[type=range]")
    assert focus_is_visible(page)
    page.keyboard.press("End")
    assert page.locator(".totp-told").inner_text() == "3 of 3: Four bytes from there."
    assert page.locator(".totp-shown").get_by_text("four bytes").is_visible()
    reader.tab_to(".totp-stepper select")
    assert focus_is_visible(page)
    assert len(reader.frames) == sent  # stepping asks the kernel nothing
    reader.tab_to("[aria-label=Play]", back=True)
    page.keyboard.press("b")
    assert page.evaluate(kinds) == ["code"] * 5  # no key has reached JupyterLab's shortcuts
    assert reader.complaints == []


def focus_is_visible(page) -> bool:
    return page.evaluate(
        """() => {
          const style = getComputedStyle(document.activeElement);
          if (style.outlineStyle === 'auto') return true; // the browser's own ring
          return style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2;
        }"""
    )


def test_playing_stops_at_the_end_and_does_not_begin_by_itself(run, same_reader):
    same_reader.page.emulate_media(reduced_motion="reduce")
    reader = run([SETUP, STEP])
    page = reader.page
    page.wait_for_timeout(3000)
    told = page.locator(".totp-told")
    assert told.inner_text().startswith("1 of 3")
    assert page.evaluate("document.querySelector('.totp').getAnimations({ subtree: true }).length") == 0
    page.get_by_label("Speed").select_option("4")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.totp-told').ariaLive === 'off'")  # faster than it can be read
    page.get_by_text("3 of 3:").wait_for()
    page.get_by_role("button", name="Play").wait_for()  # it was "Pause" while it played
    assert told.get_attribute("aria-live") == "polite"


# ---- for everybody ---------------------------------------------------------------------------------------------------


def test_nothing_is_cut_off_at_twice_the_size_and_axe_finds_nothing_in_either_theme(run):
    """200 % in a window of 1280 pixels: the page has 640 of them."""
    reader = run(ALL)
    page = reader.page
    page.set_viewport_size({"width": 640, "height": 900})
    reader.command("application:toggle-left-area")
    page.wait_for_function("document.querySelector('.totp').getBoundingClientRect().width < 600")
    assert page.locator(".totp").count() == 4
    assert page.evaluate(CUT_OFF) == []
    page.set_viewport_size(SIZE)
    enter(page, "000 000")
    verdict(page, "Refused: wrong")
    assert found_by_axe(reader, ".jp-OutputArea-output .lm-Widget") == []


def found_by_axe(reader, selector: str, themes: tuple[str, ...] = ("light", "dark"), only=None) -> list[tuple]:
    """What axe-core has against those parts of the page, in the light theme and in the dark one; only: rules, by default all."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in tests/interop")
    reader.page.evaluate(AXE.read_text(encoding="utf-8"))
    reader.style(UNCLIPPED)
    found = []
    for theme in themes:
        reader.theme(theme)
        result = reader.page.evaluate(ASK_AXE, [selector, {"runOnly": only} if only else RULES])
        assert (only or result["rules"] >= 5) and result["sure"] > result["unsure"]  # it has seen most of it
        found += [(theme, *each) for each in result["found"]]
    return found


# Its answer without what nobody reads: a selector for every node that it looked at is half of its work. And nothing is fetched for
# it: only rules on media, and on style sheets that turn the page, ask for that.
ASK_AXE = """async ([include, options]) => {
  const { violations, passes, incomplete } = await axe.run({ include: [include] }, { ...options, selectors: false, preload: false });
  const contrasts = (rules) => rules.find((rule) => rule.id === 'color-contrast')?.nodes.length ?? 0;
  return {
    rules: passes.length,
    sure: contrasts(passes),
    unsure: contrasts(incomplete),
    found: violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => [id, html])),
  };
}"""
# What ends beyond its output, unless it is a table that scrolls by itself.
CUT_OFF = """() => [...document.querySelectorAll('.totp, .widget-html-content > div')].filter((box) => {
  const page = box.closest('.jp-OutputArea-output').getBoundingClientRect();
  const scrolled = (node) => node.parentElement.closest('[style*="overflow-x: auto"], .totp-stage');
  const fixed = [...box.querySelectorAll('*')].filter((node) => !scrolled(node));
  const inside = fixed.map((node) => node.getBoundingClientRect().right);
  return Math.max(box.getBoundingClientRect().right, ...inside) > page.right + 1;
}).map((box) => box.className || box.innerText)"""


def test_names_from_outside_stay_text(run):
    name = "<img src=x onerror=alert(1)>"
    strip = 'widgets.Stepper(account.name, [widgets.Frame(show.bytes_(b"a"), account.name)])'
    reader = run([SETUP.replace("alice@example.com", name), SCAN, TICK, strip])
    reader.page.locator(".totp-stepper").wait_for()
    assert reader.page.get_by_text(name).count() >= 4
    assert reader.page.locator("img[src=x]").count() == 0
    assert reader.complaints == []


# ---- the day after ---------------------------------------------------------------------------------------------------


def test_what_is_saved_rests_trusted_or_not(run, lab, new_reader):
    reader = run(ALL, "saved.ipynb")
    reader.command("docmanager:save")
    reader.page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    reader.leave()
    lab.stop()
    lab.start()
    stored = (lab.root / "saved.ipynb").read_text(encoding="utf-8")
    assert "widget-view" not in stored
    changed = json.loads(stored)
    changed["cells"][0]["source"] += "\n# changed by somebody else, so the server does not trust its outputs"
    (lab.root / "untrusted.ipynb").write_text(json.dumps(changed), encoding="utf-8")

    trusted = "window.jupyterapp.shell.currentWidget.content.widgets[1].model.trusted"
    rested = new_reader()
    page = rested.page
    for name, trust in [("saved.ipynb", True), ("untrusted.ipynb", False)]:
        rested.open(name)
        assert page.evaluate(trusted) is trust
        page.get_by_text("example: run this cell").nth(4).wait_for()
        assert page.get_by_text("example: run this cell").count() == 5
        assert page.get_by_text(EXAMPLE).count() == 3
        page.get_by_text(f"Accepted: the code of step {59 // PERIOD}").wait_for()
        page.get_by_text("1 of 3: Twenty bytes.").wait_for()
        square = page.get_by_role("img", name="A QR code, crossed out")
        assert square.evaluate("(img) => img.naturalWidth") == 490
        assert page.get_by_text("Error displaying widget").count() == 0
        assert rested.complaints == []
        if trust:
            rested.leave()
    assert found_by_axe(rested, ".jp-OutputArea-output") == []
