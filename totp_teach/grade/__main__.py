"""The command: a row for each learner's exercise, written as it is found; totals, points and pseudonyms on request."""

import argparse
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from .. import OtpError
from . import __doc__ as story
from .handed_in import works
from .judging import CHAPTERS, COLUMNS, Row, check_course, graded, published_chapters

PUBLISHED = Path(__file__).parents[2] / "notebooks"
TOTALS = ("learner", "points", "of", "right", "wrong", "open", "not run")
ORDER = ("not run", "open", "wrong", "right")  # the worst first


def rows_of(paths: list[Path], published: Path, workers: int = 2) -> Iterator[list[Row]]:
    """The rows of each notebook, as soon as they are there, in the order of the files; never more than a few ahead."""
    chapters = published_chapters(published)
    with ThreadPoolExecutor(workers) as pool:
        waiting = []
        for work in works(paths):
            waiting.append(pool.submit(graded, work, chapters))
            if len(waiting) > workers:
                yield waiting.pop(0).result()
        yield from (future.result() for future in waiting)


def totals(rows: Iterable[Row], points: dict[str, float]) -> list[Row]:
    """One row a learner: the points, and how many exercises are right, wrong and open; of several tries the best."""
    best: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        results, exercise, status = best[str(row["learner"])], str(row["exercise"]), str(row["status"])
        if exercise:
            results[exercise] = max(results.get(exercise, status), status, key=ORDER.index)
    return [
        {
            "learner": learner,
            "points": sum(points.get(exercise, 1) for exercise, status in results.items() if status == "right"),
            "of": sum(points.get(exercise, 1) for exercise in results),
            **{status: list(results.values()).count(status) for status in ORDER},
        }
        for learner, results in best.items()
    ]


def write(file: TextIO, columns: Iterable[str], rows: Iterable[list[Row]]) -> None:
    """Rows as CSV, each notebook's safe on the disk before the next: no cell is a formula or holds control characters."""
    table = csv.DictWriter(file, list(columns), quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writeheader()
    for some in rows:
        table.writerows(
            {name: re.sub(r"^(?=[=+@\t-])", "'", printable(value)) for name, value in row.items()} for row in some
        )
        file.flush()


def printable(value: object) -> str:
    """What learners named, as a terminal or a cell may show it: an escape sequence stays text."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in str(value))


def points_of(text: str) -> dict[str, float]:
    """What exercises are worth, of a text such as 03.1=2,03.2=0.5."""
    return {number.strip(): float(worth) for number, worth in (part.split("=") for part in text.split(",") if part)}


def arguments_of(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("grade", description=story, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, metavar="WORK", help="a notebook, a folder of them, or a ZIP")
    parser.add_argument("--to", type=Path, metavar="results.csv", help="without it the screen")
    parser.add_argument("--totals", type=Path, metavar="totals.csv", help="one row a learner")
    parser.add_argument("--points", type=points_of, default="", metavar="03.1=2,…", help="what exercises are worth (1)")
    parser.add_argument("--pseudonyms", type=Path, metavar="who.csv", help="names leave the tables and stay in who.csv")
    parser.add_argument("--published", type=Path, default=PUBLISHED, help="the folder with the chapters")
    found = parser.parse_args(given)
    for path in filter(None, (found.to, found.totals, found.pseudonyms)):
        if path.suffix != ".csv":
            parser.error(f"a table is a .csv file, not {path.name}")
    for path in found.paths:
        if not path.exists():
            parser.error(f"{path} is not there")
    if not list(found.published.glob(CHAPTERS)):
        parser.error(f"there are no chapters in {found.published}: name their folder with --published")
    return found


def main(given: list[str] | None = None) -> int:
    found = arguments_of(given)
    try:
        check_course()
    except OtpError as error:
        print(error, file=sys.stderr)
        return 2
    hidden: dict[object, str] = {}  # learners' names -> what stands in the tables instead
    kept: list[Row] = []

    def rows() -> Iterator[list[Row]]:
        for some in rows_of(found.paths, found.published):
            if found.pseudonyms:
                name = hidden.setdefault(some[0]["learner"], f"learner {len(hidden) + 1:03}")
                some = [row | {"learner": name, "file": f"{name}.ipynb"} for row in some]
            kept.extend(some)
            right = f"{sum(row['status'] == 'right' for row in some)} of {len(some)} right"
            says = right if some[0]["exercise"] else some[0]["note"]
            print(printable(f"{some[0]['file']}: {says}"), file=sys.stderr, flush=True)
            yield some

    with ExitStack() as stack:

        def opened(path: Path) -> TextIO:
            return stack.enter_context(path.open("w", encoding="utf-8-sig", newline=""))

        write(opened(found.to) if found.to else sys.stdout, COLUMNS, rows())
        if found.totals:
            write(opened(found.totals), TOTALS, [totals(kept, found.points or {})])
        if found.pseudonyms:
            who: list[Row] = [{"learner": number, "name": name} for name, number in hidden.items()]
            write(opened(found.pseudonyms), ("learner", "name"), [who])
    return 0


if __name__ == "__main__":
    sys.exit(main())
