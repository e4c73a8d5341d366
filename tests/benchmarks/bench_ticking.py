"""Ticking: how soon after the boundary the codes on the page are the new ones, and what that costs the kernel.

The peer is the usual way: a thread in the kernel that sets a label's text once a second.
"""

import time
from dataclasses import dataclass, field
from statistics import median

import page
import psutil
from measure import Goal, Row, more, p95

from totp_teach import hotp

KEY = b"12345678901234567890"
PERIOD = 1  # seconds: a boundary every second
FRAME = 0.017  # seconds: the page is drawn sixty times in one
COUNTS = (1, 50, 200)
WARM_UP = 2  # steps that do not count: the browser compiles what runs often
LONGEST = 600  # steps: what a window and everything before it take

SETUP = f"""
import os
import threading
import time
import pyotp
from ipywidgets import Label, VBox
from totp_teach import hotp, otpauth, secret, widgets
key = {KEY}
os.getpid()
"""
OURS = f"""
account = otpauth.Account(issuer="Example", name="alice@example.com", key=key, period={PERIOD})
VBox([widgets.TickingCode(account) for _ in range(COUNT)])
"""
# As it is usually written, but for its sleep: with the usual sleep(1) it would run up to a second late, and ever later.
PEER = f"""
totp = pyotp.TOTP(secret.encode(key), interval={PERIOD})
labels = [Label() for _ in range(COUNT)]

def tick():
    while True:
        for label in labels:
            label.value = totp.now()
        time.sleep(1 - time.time() % 1)

threading.Thread(target=tick, daemon=True).start()
VBox(labels)
"""
LONG = "for counter in range(10**10): hotp.code(key, counter)"  # a cell that runs longer than anybody looks
WAYS = {"ours": (OURS, ".totp-now .totp-code"), "peer": (PEER, ".widget-vbox .widget-label")}

# When the last of the codes was the right one of its step, and when that was painted: ms after the step began, by the
# browser's clock. A text tells its own step, so that a late one does not count for the step in which it comes.
WATCH = """([selector, codes, first, period]) => {
  const nodes = [...document.querySelectorAll(selector)];
  const start = Date.now();
  while (Date.now() === start); // Date counts whole milliseconds; this is where one begins
  const offset = Date.now() - performance.now();
  const clock = () => performance.now() + offset;
  const stepOf = (text) => {
    const now = Math.floor(clock() / period) - first;
    return first + codes.lastIndexOf(text.replace(" ", ""), now);
  };
  window.steps = {};
  const painted = new MessageChannel();
  painted.port1.onmessage = ({ data }) => (window.steps[data].painted = clock() - data * period);
  const changed = (changes) => {
    const now = clock();
    for (const node of new Set(changes.map((change) => change.target))) {
      const step = stepOf(node.textContent);
      const seen = (window.steps[step] ??= { right: 0 });
      seen.right += 1;
      if (seen.right !== nodes.length) continue;
      seen.changed = now - step * period;
      requestAnimationFrame(() => painted.port2.postMessage(step));
    }
  };
  window.watcher = new MutationObserver(changed);
  for (const node of nodes) window.watcher.observe(node, { childList: true });
}"""
STOP = "() => { window.watcher.disconnect(); return window.steps; }"
KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"


@dataclass
class Seen:
    """What was seen of one way with so many codes: seconds after the boundary, and what went on meanwhile."""

    changed: list[float] = field(default_factory=list)
    painted: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)  # changed, while the kernel runs a long cell
    seconds: float = 0.0
    messages: int = 0
    cpu: float = 0.0  # of the kernel, in seconds

    def a_minute(self, amount: float) -> float:
        return amount * 60 / self.seconds


def rows(quick: bool) -> list[Row | str]:
    """For each number of codes: how late they are, with the kernel idle and busy; messages; and the kernel's work."""
    if not page.find_browser():
        return [page.NONE]
    counts, boundaries, turns = (COUNTS[:1], 1, 1) if quick else (COUNTS[: more(2, 3)], more(6, 20), more(1, 2))
    seen = {(way, count): Seen() for way in WAYS for count in counts}
    idle = Seen()
    for turn in range(turns):
        look_at_nothing(idle, boundaries)
        for count in counts:
            for way in list(WAYS)[:: -1 if turn % 2 else 1]:
                look(seen[way, count], *WAYS[way], count, boundaries)
    return [row for count in counts for row in compared(count, seen["ours", count], seen["peer", count], idle)]


def compared(count: int, ours: Seen, peer: Seen, idle: Seen) -> list[Row]:
    """The rows of one number of codes. What an idle kernel does of its own is neither's."""
    name, loop = f"{count} code{'s' * (count > 1)}", "kernel thread"
    frame = Goal("ours", FRAME) if count <= 50 else None
    works = [both.a_minute(both.cpu) - idle.a_minute(idle.cpu) for both in (ours, peer)]
    return [
        Row(f"{name}, late, p50", median(ours.changed), median(peer.changed), loop),
        Row(f"{name}, late, p95", p95(ours.changed), p95(peer.changed), loop, frame),
        Row(f"{name}, late, painted, p95", p95(ours.painted), p95(peer.painted), loop),
        Row(f"{name}, late, busy kernel, p95", p95(ours.busy), p95(peer.busy), loop, frame),
        Row(
            f"{name}, messages",
            ours.a_minute(ours.messages),
            peer.a_minute(peer.messages),
            loop,
            Goal("ours", 0),
            unit="/min",
        ),
        Row(f"{name}, kernel's CPU a minute", *works, loop, Goal("ours", 0.05)),
    ]


def look(seen: Seen, cell: str, selector: str, count: int, boundaries: int) -> None:
    """Adds to what was seen: so many boundaries with the kernel idle, and as many with the kernel busy."""
    with page.notebook("ticking", [SETUP, cell.replace("COUNT", str(count))]) as reader:
        view = reader.page
        view.wait_for_function(f"document.querySelectorAll('{selector}').length === {count}")
        view.wait_for_timeout(1200)  # the questions about the clock, and their answers
        kernel = psutil.Process(int(view.locator(".jp-OutputArea-output pre").first.inner_text()))
        before, cpu, start = len(reader.frames), work(kernel), time.monotonic()
        steps = watched(view, selector, boundaries)
        seen.seconds += time.monotonic() - start
        seen.messages += len(reader.frames) - before
        seen.cpu += work(kernel) - cpu
        seen.changed += [changed for changed, _ in steps]
        seen.painted += [painted for _, painted in steps]
        view.evaluate(f"(code) => {{ {KERNEL}.requestExecute({{ code }}); }}", LONG)
        view.wait_for_function(f"{KERNEL}.status === 'busy'")
        seen.busy += [changed for changed, _ in watched(view, selector, boundaries)]
        view.evaluate(f"{KERNEL}.interrupt()")


def look_at_nothing(idle: Seen, boundaries: int) -> None:
    """Adds what a kernel does that has imported the same and shows nothing."""
    with page.notebook("idle", [SETUP]) as reader:
        kernel = psutil.Process(int(reader.page.locator(".jp-OutputArea-output pre").first.inner_text()))
        cpu, start = work(kernel), time.monotonic()
        reader.page.wait_for_timeout(boundaries * PERIOD * 1000)
        idle.seconds += time.monotonic() - start
        idle.cpu += work(kernel) - cpu


def watched(view, selector: str, boundaries: int) -> list[tuple[float, float]]:
    """How late, in seconds, each of so many steps was there and painted. One that never was counts as a period late."""
    first = int(time.time()) // PERIOD - LONGEST
    codes = hotp.codes(KEY, range(first, first + 2 * LONGEST))
    view.evaluate(WATCH, [selector, codes, first, PERIOD * 1000])
    begins = view.evaluate("Date.now()") // (PERIOD * 1000) + 1 + (WARM_UP if boundaries > 1 else 0)
    view.wait_for_timeout((begins + boundaries) * PERIOD * 1000 - view.evaluate("Date.now()"))
    found = view.evaluate(STOP)
    return [lateness(found.get(str(step), {})) for step in range(begins, begins + boundaries)]


def lateness(step: dict) -> tuple[float, float]:
    """Seconds until a step's codes were there, and until they were painted."""
    return step.get("changed", PERIOD * 1000) / 1000, step.get("painted", PERIOD * 1000) / 1000


def work(kernel: psutil.Process) -> float:
    """Seconds of a processor that it has used so far."""
    used = kernel.cpu_times()
    return used.user + used.system
