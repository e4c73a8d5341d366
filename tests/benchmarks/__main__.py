"""Every benchmark beside its peer, in one table: `python tests/benchmarks [--quick | --thorough] [name …]`.

A benchmark is a file bench_<name>.py here with a function rows(quick) that gives the lines of the table; measure.py
says how they are measured, page.py what those in a browser share.
"""

import argparse
import os
import platform
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import measure
from measure import Row, shared, table

LIMIT, LONG_LIMIT = 400, 3600  # seconds that one benchmark may take: what never ends is a row as well
NAMES = sorted(file.stem.removeprefix("bench_") for file in Path(__file__).parent.glob("bench_*.py"))


def main() -> int:
    """Measures, prints, and gives 1 if a goal was missed or a benchmark failed."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"which ones: {', '.join(NAMES)}; without a name all")
    parser.add_argument("--quick", action="store_true", help="each call once: to see that it works, not how fast")
    parser.add_argument("--thorough", action="store_true", help="more samples, and what takes long: half an hour")
    chosen = parser.parse_args()
    measure.thorough = chosen.thorough
    if unknown := set(chosen.names) - set(NAMES):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")

    groups, failed = {}, []
    with shared:
        for name in chosen.names or NAMES:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            start = time.monotonic()
            try:
                with limited(measure.more(LIMIT, LONG_LIMIT)):
                    groups[name] = import_module(f"bench_{name}").rows(chosen.quick)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # an exit or a skip among them: the others' figures are worth having
                traceback.print_exc(limit=-5, chain=False)
                failed.append(name)
                groups[name] = [f"failed: {one_line(error)}"]
            print(f"          {name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
        print(table(groups, chosen.quick), flush=True)  # before what they share is closed: that may fail as well
        print(f"\n{circumstances()}")
        print("A quick run: nothing was measured." if chosen.quick else f"Medians, ours and the peer in turn.{busy()}")
        rows = [row for row in chain(*groups.values()) if isinstance(row, Row)]
        missed = not chosen.quick and any(row.met is False for row in rows)
        if failed:
            print(f"Failed: {', '.join(failed)} (why: see above).", file=sys.stderr)
    return int(missed or bool(failed))


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """A TimeoutError for what takes longer than that (where there are alarms: not on Windows)."""

    def ring(*_) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    if not hasattr(signal, "alarm"):
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def one_line(error: BaseException) -> str:
    """What an error says, as far as a row of the table has room for it."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= 100 else f"{text[:99]}…"


def circumstances() -> str:
    """What the numbers hold for."""
    return f"Python {platform.python_version()}, pyotp {version('pyotp')}, {platform.system()} {platform.machine()}."


def busy() -> str:
    """A remark if more programs want to run than there are processors: ratios stand that for a while, times do not."""
    load, processors = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0, os.cpu_count() or 1
    if load <= processors:
        return ""
    return f" The machine is busy (load {load:.1f} on {processors} processors): the times are too long."


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # µ and ≤, also into a file on Windows
    sys.exit(main())
