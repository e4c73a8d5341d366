"""What an import adds to the start of Python, each time in a fresh process.

The difference of two starts is what is promised, and not their ratio: how long Python alone takes is not ours.
"""

import os
import subprocess
import sys
import tempfile

from measure import Goal, Row, compare

BARE = "pass"
IMPORTS = {
    "import totp_teach": "import totp_teach",
    "import its ground floor": "from totp_teach import secret, hotp, totp",
}


def rows(quick: bool) -> list[Row]:
    """A start with each import, beside a start with none."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # everybody but the first start finds everything compiled

        def start(program: str) -> int:
            return subprocess.run([sys.executable, "-c", program], env=environment, check=True).returncode

        return [
            compare(
                name,
                lambda program=program: start(program),
                "python, bare",
                lambda: start(BARE),
                goal=Goal("difference", 0.030),
                quick=quick,
                rounds=31,
            )
            for name, program in IMPORTS.items()
        ]
