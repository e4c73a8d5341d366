"""The checks' results of many learners as one table.

    python -m totp_teach.grade handed_in [more …] [--to results.csv] [--totals totals.csv]

    handed_in    folders, files and a course platform's ZIPs -> one Work for each notebook
    judging      one notebook -> what the checks say of it
    __main__     the command: rows as they come, totals, points, pseudonyms

Each notebook is copied, its own checks are replaced by the published ones, and the copy is run from a clean kernel in
an empty folder of its own. What was handed in is only read. **This runs what learners wrote, with your rights and your
network**: use a container or a machine that has nothing to lose. Somebody who tampers with the checks from within an
answer can still forge a result: read suspiciously perfect work yourself.
"""

from .. import require

require("grade")

from .handed_in import Work, works
from .judging import COLUMNS, graded, published_chapters

__all__ = ["COLUMNS", "Work", "graded", "published_chapters", "works"]
