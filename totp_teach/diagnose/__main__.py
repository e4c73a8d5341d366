"""python -m totp_teach.diagnose: the command totp-diagnose."""

import sys

from .command import main

sys.exit(main())
