"""Stepping: from a key press to the picture that it changes, beside the usual way, a stock slider that asks the kernel.

The film is the one with the largest frames. The explorer's field and the clocks' slider ask the kernel too.
"""

import time

import page
from measure import Goal, Row, more, p95

CELLS = [
    """
from IPython.display import HTML, display
from ipywidgets import IntSlider, interact
from totp_teach import hotp, otpauth, widgets
account = otpauth.Account(issuer="Example", name="alice@example.com", key=b"12345678901234567890")
film = widgets.truncation_film([hotp.trace(account.key, counter) for counter in (1, 30)])
""",
    "film",
    """
def picture(step):
    display(HTML(film.frames[step]))
interact(picture, step=IntSlider(max=len(film.frames) - 1));
""",
    "widgets.Explorer(account)",
    "widgets.TwoClocks(1111111111, phone=-8)",
]
# What takes the keys, where the picture is, and two keys that undo each other.
WAYS = {
    "film": (".totp-stepper [aria-label=Play]", ".totp-stage", ("ArrowRight", "ArrowLeft")),
    "slider": (".noUi-handle", ".widget-interact .jp-OutputArea", ("ArrowRight", "ArrowLeft")),
    "explorer": (".totp-explorer [data-field=at] input", ".totp-explorer .totp-drawn", ("1", "Backspace")),
    "clocks": (".totp-two-clocks [data-field=phone] input", ".totp-two-clocks .totp-drawn", ("ArrowUp", "ArrowDown")),
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


def rows(quick: bool) -> list[Row | str]:
    """The film's step, the explorer's and the clocks' change, beside the stock slider's; what a film sends and gets."""
    if not page.find_browser():
        return [page.NONE]
    times, messages = {way: [] for way in WAYS}, dict.fromkeys(WAYS, 0)
    with page.notebook("stepping", CELLS) as reader:
        for _, picture, _ in WAYS.values():
            reader.page.locator(picture).first.wait_for()
        reader.page.evaluate(WATCH, [picture for _, picture, _ in WAYS.values()])
        for turn in range(1 if quick else more(4, 12)):
            for way in list(WAYS)[:: -1 if turn % 2 else 1]:
                found, sent = pressed(reader, WAYS[way][0], WAYS[way][2], 2 if quick else 10)
                times[way] += found
                messages[way] += sent
    late = {way: p95(found) for way, found in times.items()}
    asked = {way: messages[way] / len(times[way]) for way in WAYS}
    peer = late["slider"], "stock slider"
    return [
        Row("film, key to picture, p95", late["film"], *peer, Goal("ours", 0.050)),
        Row("explorer, key to chain, p95", late["explorer"], *peer, Goal("ours", 0.100)),
        Row("two clocks, slider to line, p95", late["clocks"], *peer, Goal("ours", 0.100)),
        Row("film, messages a step", asked["film"], asked["slider"], "stock slider", Goal("ours", 0), unit=""),
    ]


def pressed(reader: page.Reader, keys: str, pair: tuple[str, str], presses: int) -> tuple[list[float], int]:
    """How long each press took, in seconds, and how many messages went to the kernel and came back in all."""
    view = reader.page
    view.locator(keys).first.focus()
    if pair[1] == "Backspace":
        view.keyboard.press("End")  # a text is selected when it gets the focus
    before = len(reader.frames)
    view.evaluate("window.took.length = 0")
    for press in range(presses):
        view.keyboard.press(pair[press % 2])
        view.wait_for_function("(count) => window.took.length === count", arg=press + 1)
        time.sleep(0.05)  # nobody presses faster, and what belongs to a press has come when the next one begins
    return [took / 1000 for took in view.evaluate("window.took")], len(reader.frames) - before
