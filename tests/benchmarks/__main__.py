"""Every benchmark beside its peer, in one table: `python tests/benchmarks [--quick] [name …]`.

A benchmark is a file bench_<name>.py here with a function rows(quick) that gives the lines of the table; measure.py
says how they are measured, page.py what those in a browser share.
"""

import argparse
import os
import platform
import sys
from importlib import import_module
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from measure import Row, shared, table

NAMES = sorted(file.stem.removeprefix("bench_") for file in Path(__file__).parent.glob("bench_*.py"))


def main() -> int:
    """Measures, prints, and gives 1 if a goal was missed."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"which ones: {', '.join(NAMES)}; without a name all")
    parser.add_argument("--quick", action="store_true", help="each call once: to see that it works, not how fast")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(NAMES):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")

    groups = {}
    with shared:
        for name in chosen.names or NAMES:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            groups[name] = import_module(f"bench_{name}").rows(chosen.quick)
    print(table(groups, chosen.quick))
    print(f"\n{circumstances()}")
    print("A quick run: nothing was measured." if chosen.quick else f"Medians, ours and the peer in turn.{busy()}")
    rows = [row for row in chain(*groups.values()) if isinstance(row, Row)]
    return 0 if chosen.quick else int(any(row.met is False for row in rows))


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
