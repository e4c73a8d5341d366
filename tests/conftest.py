"""What every test shares: how hypothesis searches, no proxy on the way to this machine's own servers, Ctrl-C, the order."""

import os
import signal

from hypothesis import settings

os.environ["no_proxy"] = ",".join(filter(None, [os.environ.get("no_proxy"), "127.0.0.1,localhost"]))

# A shell without a terminal starts what it starts in the background deaf to Ctrl-C, and so would be all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: a busy machine is not a wrong answer. The blob repeats a failure that was found elsewhere.
settings.register_profile("course", deadline=None, print_blob=True)
settings.load_profile("course")

# The files that take longest come first, so that several processes (one file at a time each) come to an even end. The site's is the
# very first: others wait for what it makes.
LONGEST = [
    "site",
    "binder",
    "benchmarks_quick",
    "jupyterlite",
    "helper_in_pyodide",
    "engines",
    "live",
    "films_live",
    "chapters_stored",
]


def pytest_collection_modifyitems(items):
    ranks = {f"test_{name}": rank for rank, name in enumerate(LONGEST)}

    def rank(item) -> int:
        return ranks.get(item.path.stem.replace("jupyterlite_reader", "jupyterlite"), len(ranks))

    items.sort(key=rank)
