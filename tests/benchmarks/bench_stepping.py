"""Stepping: from a key press to the picture that it changes, beside the usual way, a stock slider that asks the kernel.

It takes a browser. Without one there are no rows, and a line that says so.
"""

import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

from measure import Goal, Row

from totp_teach import jupyter

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))  # before tests/, which has a conftest of its own
from conftest import BROWSERS, QUIET, Lab, Reader  # noqa: E402  (what the browser tests share)

CELLS = [
    """
from IPython.display import HTML, display
from ipywidgets import IntSlider, interact
from totp_teach import hotp, otpauth, widgets
account = otpauth.Account(issuer="Example", name="alice@example.com", key=b"12345678901234567890")
film = widgets.hmac_film(hotp.trace(account.key, 1))
""",
    "film",
    """
def picture(step):
    display(HTML(film.frames[step]))
interact(picture, step=IntSlider(max=len(film.frames) - 1));
""",
    "widgets.Explorer(account)",
]
# What takes the keys, where the picture is, and two keys that undo each other.
WAYS = {
    "film": (".totp-stepper [aria-label=Play]", ".totp-stage", ("ArrowRight", "ArrowLeft")),
    "slider": (".noUi-handle", ".widget-interact .jp-OutputArea", ("ArrowRight", "ArrowLeft")),
    "explorer": (".totp-explorer [data-field=at] input", ".totp-explorer > :last-child", ("1", "Backspace")),
}
# The time from the key's event to the paint that follows the change: a task after the next animation frame.
WATCH = """(pictures) => {
  let pressed = null;
  window.took = [];
  document.addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
  const painted = new MessageChannel();
  painted.port1.onmessage = ({ data }) => window.took.push(performance.now() - data);
  const changed = (changes) => {
    if (pressed === null || changes.every((change) => change.type === "childList" && !change.addedNodes.length)) return;
    const start = pressed;
    pressed = null;
    requestAnimationFrame(() => painted.port2.postMessage(start));
  };
  for (const picture of pictures) {
    const node = document.querySelector(picture);
    new MutationObserver(changed).observe(node, { subtree: true, childList: true, attributeFilter: ["class"] });
  }
}"""


def rows(quick: bool) -> list[Row]:
    """The film's step and the explorer's change, each beside the slider's; and what they say to the kernel."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        print(f"stepping: not measured, for there is no browser: none of {', '.join(BROWSERS)}", file=sys.stderr)
        return []
    times, messages = {way: [] for way in WAYS}, dict.fromkeys(WAYS, 0)
    with notebook(path) as reader:
        for turn in range(1 if quick else 12):
            for way in list(WAYS)[:: -1 if turn % 2 else 1]:
                found, sent = pressed(reader, WAYS[way][0], WAYS[way][2], 2 if quick else 10)
                times[way] += found
                messages[way] += sent
    peer = p95(times["slider"])
    return [
        Row("film, key to picture, p95", p95(times["film"]), peer, "slider, kernel", Goal("ours", 0.050)),
        Row("explorer, key to chain, p95", p95(times["explorer"]), peer, "slider, kernel", Goal("ours", 0.100)),
        Row(
            "film, messages a step", messages["film"] / len(times["film"]),
            messages["slider"] / len(times["slider"]), "slider, kernel", Goal("ours", 0), unit="",
        ),
    ]  # fmt: skip


@contextmanager
def notebook(path: str) -> Iterator[Reader]:
    """A reader before a notebook with the film, the slider and the explorer in it, all of them watched."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as playwright:
        home, root = Path(folder, "home"), Path(folder, "lab")
        root.mkdir()
        jupyter.settings(str(home))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        lab = Lab(root, home, port)
        lab.start()
        try:
            browser = playwright.chromium.launch(executable_path=path, args=QUIET)
            reader = Reader(browser.new_page(viewport={"width": 1280, "height": 1600}), lab)
            reader.open(lab.write("stepping.ipynb", CELLS))
            reader.run_all()
            for _, picture, _ in WAYS.values():
                reader.page.locator(picture).first.wait_for()
            reader.page.evaluate(WATCH, [picture for _, picture, _ in WAYS.values()])
            yield reader
            browser.close()
        finally:
            lab.shut_down_kernels()
            lab.stop()


def pressed(reader: Reader, keys: str, pair: tuple[str, str], presses: int) -> tuple[list[float], int]:
    """How long each press took, in seconds, and how many messages went to the kernel and came back in all."""
    page = reader.page
    page.locator(keys).first.focus()
    if pair[1] == "Backspace":
        page.keyboard.press("End")  # a text is selected when it gets the focus
    before = len(reader.frames)
    page.evaluate("window.took.length = 0")
    for press in range(presses):
        page.keyboard.press(pair[press % 2])
        page.wait_for_function("(count) => window.took.length === count", arg=press + 1)
        time.sleep(0.05)  # nobody presses faster, and what belongs to a press has come when the next one begins
    return [took / 1000 for took in page.evaluate("window.took")], len(reader.frames) - before


def p95(times: list[float]) -> float:
    """What 95 of 100 stay below."""
    return quantiles(times, n=20, method="inclusive")[-1]
