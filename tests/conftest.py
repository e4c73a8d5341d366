"""What every test shares: how hypothesis searches, and no proxy on the way to this machine's own servers."""

import os

from hypothesis import settings

os.environ["no_proxy"] = ",".join(filter(None, [os.environ.get("no_proxy"), "127.0.0.1,localhost"]))

# No deadline: a busy machine is not a wrong answer. The blob repeats a failure that was found elsewhere.
settings.register_profile("course", deadline=None, print_blob=True)
settings.load_profile("course")
