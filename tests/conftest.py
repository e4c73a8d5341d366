"""What every test shares: how hypothesis searches, no proxy on the way to this machine's own servers, and Ctrl-C."""

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
