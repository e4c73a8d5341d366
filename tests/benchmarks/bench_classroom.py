"""A class on JupyterHub: twenty learners at once on this machine, beside one alone; and what larger classes would need.

They start their servers together, open chapter 00 together, run all of it and check a code together, by REST and the
kernel's websocket. Then nobody does anything, the codes tick, and one more learner sits at a real browser. Memory is
the proportional share: what several processes have in common is counted once, a part with each.
"""

import asyncio
import shutil
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from pathlib import Path
from statistics import mean, median, quantiles

import psutil
from measure import Row, more

from totp_teach import totp

sys.path.append(str(Path(__file__).parents[1] / "browser"))  # before tests/, which has a conftest of its own
sys.path.append(str(Path(__file__).parents[1]))
from classroom import HEADROOM, NOTEBOOKS, PROXY, SECONDS, Hub, Learner, needs, sign_in
from conftest import BROWSERS, QUIET, Reader

CHAPTERS = [f"notebooks/{path.name}" for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))]
LEARNERS = 20
CLASSES = 30, 300, 3000

Found = dict[str, list[float]]  # what was measured of each learner


def rows(quick: bool) -> list[Row]:
    """How long a class waits and what it costs, and the arithmetic that follows from it."""
    if not PROXY.exists():
        print("classroom: not measured, for the hub's proxy is not installed: npm ci in tests/interop", file=sys.stderr)
        return []
    names = [f"learner{number}" for number in range(1 if quick else LEARNERS)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        hub = Hub(Path(folder))
        try:
            hub.start()
            seconds = 1 if quick else more(15, 60)
            many = asyncio.run(lesson(hub, names, seconds, browser=not quick))
            one = many if quick else asyncio.run(lesson(hub, ["alone"], seconds, browser=True))
            every = asyncio.run(all_chapters(hub, "reader")) if more(0, 1) else []
        finally:
            hub.stop()
    return [*waits(many, one), *costs(many, one, every), *larger(many)]


# ---- the table -------------------------------------------------------------------------------------------------------


def waits(many: Found, one: Found) -> list[Row]:
    """How long they wait, all at once and one alone."""
    steps = {"start": "the server", "open": "a chapter opened", "run": "Run All", "check": "a code checked"}
    table = []
    for step, name in steps.items():
        for what, of in (("p50", median), ("p95", p95)):
            table.append(Row(f"a class: {name}, {what}", of(many[step]), of(one[step]), "one alone"))
    if many["browser"]:
        table.append(Row("a class: link to ticking code", many["browser"][0], one["browser"][0], "one alone"))
    return table


def costs(many: Found, one: Found, every: list[float]) -> list[Row]:
    """What one learner costs, among many and alone."""
    kinds = {"server": "MB", "kernel": "MB", "work": "s", "idle server": "% of a core", "idle kernel": "% of a core"}
    names = {"server": "server, memory", "kernel": "kernel, memory", "work": "processor, start to checked code"}
    names |= {"idle server": "server, codes tick", "idle kernel": "kernel, codes tick"}
    table = [
        Row(f"a learner: {names[kind]}", mean(many[kind]), mean(one[kind]), "one alone", unit=unit)
        for kind, unit in kinds.items()
    ]
    if many["watched server"]:
        watched = [mean(found["watched server"]) for found in (many, one)]
        table.append(Row("a learner: server, in a browser", *watched, "one alone", unit="% of a core"))
    table.append(Row("the hub and its proxy: memory", many["hub"][0], one["hub"][0], "one alone", unit="MB"))
    if every:
        table.append(Row("a learner: all chapters open, memory", sum(every), every[1], "chapter 00", unit="MB"))
    return table


def larger(many: Found) -> list[Row]:
    """What classes of several sizes need, with headroom and without."""
    memory = mean(many["server"]) + mean(many["kernel"])
    idle = mean(many["watched server"] or many["idle server"]) / 100
    table = []
    for count in CLASSES:
        found = needs(count, memory, mean(many["work"]), idle, many["hub"][0])
        for what, bare, unit in zip(("memory", "cores"), found, ("GB", "")):
            table.append(Row(f"{count:,} learners: {what}", HEADROOM * bare, bare, "no headroom", unit=unit))
    return table


def p95(times: list[float]) -> float:
    """What 95 of 100 stay below."""
    return quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]


# ---- the class -------------------------------------------------------------------------------------------------------


async def lesson(hub: Hub, names: list[str], seconds: int, browser: bool) -> Found:
    """A class from the door to the end; it does every step together. seconds: that the codes tick."""
    learners = [Learner(hub, name) for name in names]
    for name in names:
        hub.seat(name)
    found = defaultdict(list)
    for step, action in {"start": Learner.start, "open": first_chapter, "run": ran, "check": checked}.items():
        found[step] = await together(action, learners)

    servers = [hub.server(name) for name in names]
    kernels = [server.children()[0] for server in servers]
    found["work"] = [used(server) + used(kernel) for server, kernel in zip(servers, kernels)]
    found["server"], found["kernel"] = list(map(share, servers)), list(map(share, kernels))
    main = psutil.Process(hub.process.pid)
    found["hub"] = [share(main) + sum(share(child) for child in main.children() if child not in servers)]

    visit = Visit(hub, f"{names[0]}-in-a-browser") if browser and chromium() else None
    try:
        found["browser"] = [await asyncio.to_thread(visit.begin)] if visit else []
        watched = [hub.server(visit.name)] if visit else []
        processes = [*servers, *kernels, *watched]
        before = list(map(used, processes))
        await asyncio.sleep(seconds)
        percent = [100 * (used(process) - start) / seconds for process, start in zip(processes, before)]
    finally:
        if visit:
            await asyncio.to_thread(visit.end)
    found["idle server"], rest = percent[: len(names)], percent[len(names) :]
    found["idle kernel"], found["watched server"] = rest[: len(names)], rest[len(names) :]

    for learner in learners:
        learner.close()
    await asyncio.gather(*map(Learner.stop, learners))
    return found


async def all_chapters(hub: Hub, name: str) -> list[float]:
    """The memory of a server, and of the kernel of each chapter, with all of them run and left open."""
    hub.seat(name)
    tabs = [Learner(hub, name) for _ in CHAPTERS]
    await tabs[0].start()
    memory = []
    for tab, chapter in zip(tabs, CHAPTERS):
        await tab.open(chapter)
        assert not (errors := await tab.run_all()), f"{chapter}: {errors}"
    server = hub.server(name)
    memory = [share(server), *map(share, sorted(server.children(), key=psutil.Process.create_time))]
    for tab in tabs:
        tab.close()
    return memory


async def together(action: Callable[[Learner], Coroutine], learners: list[Learner]) -> list[float]:
    """How long it took each of them, in seconds."""

    async def timed(learner: Learner) -> float:
        start = time.perf_counter()
        await action(learner)
        return time.perf_counter() - start

    return await asyncio.gather(*map(timed, learners))


async def first_chapter(learner: Learner) -> None:
    await learner.open(CHAPTERS[0])


async def ran(learner: Learner) -> None:
    assert not (errors := await learner.run_all()), f"{CHAPTERS[0]}: {errors}"


async def checked(learner: Learner) -> None:
    """The code that ticks now is accepted."""
    ticking = learner.models[learner.widgets("codes")[0]]
    place = (totp.counter(time.time()) - ticking["first"]) * ticking["digits"]
    assert (await learner.enter(ticking["codes"][place : place + ticking["digits"]]))["accepted"]


class Visit:
    """One learner in a real browser, who stays until told to go. All of it happens in a thread of its own."""

    def __init__(self, hub: Hub, name: str):
        self.hub, self.name = hub, name
        self.took = 0.0
        self._there, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._be)

    def begin(self) -> float:
        """Seconds from the chapter's address to its first ticking code, the server being there already."""
        self._thread.start()
        assert self._there.wait(2 * SECONDS) and self.took, "the browser did not get as far as a ticking code"
        return self.took

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _be(self) -> None:
        from playwright.sync_api import sync_playwright

        self.hub.seat(self.name)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
            try:
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                sign_in(page, self.hub, self.name)
                reader = Reader(page, Learner(self.hub, self.name))
                start = time.perf_counter()
                reader.open(CHAPTERS[0])
                reader.run_all()
                reader.ticking()
                self.took = time.perf_counter() - start
                self._there.set()
                self._over.wait()
            finally:
                self._there.set()
                browser.close()


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def used(process: psutil.Process) -> float:
    """The processor's seconds that it has had."""
    times = process.cpu_times()
    return times.user + times.system


def share(process: psutil.Process) -> float:
    """Its proportional share of the memory, in MB."""
    return process.memory_full_info().pss / 1e6
