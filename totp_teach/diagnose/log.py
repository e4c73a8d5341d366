"""A whole log of refused codes: rows in, one verdict a row out as it is found, in as many processes as there are cores."""

import csv
import itertools
import json
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from .. import OtpError
from . import investigate, moments
from .question import codes, readings

# What a column may be called, in any letter case.
COLUMNS = {
    "code": ("code", "otp", "token"),
    "at": ("at", "time", "timestamp", "@timestamp", "moment", "date"),
    "typed": ("secret", "uri", "key", "seed"),
    "account": ("account", "user", "device", "id"),
}
WHOLE = ("digits", "period", "counter")
CHUNK = 8  # rows that one process is given at once


def rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The rows of JSON Lines, or of CSV with a head; one that cannot be read holds the reason alone, under ""."""
    lines = (line for line in lines if line.strip("\ufeff \r\n"))
    first = next(lines, "").lstrip("\ufeff")
    lines = itertools.chain([first], lines)
    if not first.lstrip().startswith("{"):
        yield from csv.DictReader(lines, delimiter=max(",;\t", key=first.count))
        return
    for line in lines:
        try:
            row = json.loads(line)
            yield row if isinstance(row, dict) else {"": "a row is a JSON object"}
        except ValueError as error:
            yield {"": f"not JSON: {error}"}


def verdict(number: int, row: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """One row's answer, which holds no secret: its verdict, and what explains the code."""
    given = {str(name).strip().lower(): value for name, value in row.items() if value not in (None, "")}
    found = {name: next((given[one] for one in names if one in given), None) for name, names in COLUMNS.items()}
    told = {"row": number, "account": found["account"], "code": found["code"]}
    try:
        if found["code"] is None or found["at"] is None:
            raise OtpError(row.get("") or f"a row needs a code and its moment, and has {', '.join(given)}")
        asked = {name: int(given[name]) if name in given else options[name] for name in WHOLE}
        asked["algorithm"] = given.get("algorithm", options["algorithm"])
        at, remarks = moments.read(str(found["at"]))
        typed = str(found["typed"] or options["typed"])
        code = codes(str(found["code"]), at)
        answer = investigate(readings(None, typed, asked), code, options["pairs"] and None, far=False)
    except (OtpError, ValueError, TypeError) as error:
        return {**told, "verdict": "unclear", "error": str(error)}
    told |= {"verdict": answer.verdict, "remarks": [*remarks, *answer.remarks]}
    told |= {name: getattr(item, name) for item in answer[:1] for name in ("mistakes", "sentence", "drift", "chance")}
    told |= {} if answer else {"note": answer.note}
    return told | {"by_chance": 0 if answer.verdict == "right" else answer.chance}


def _chunk(chunk: list[tuple[int, dict[str, Any]]], options: dict[str, Any]) -> list[dict[str, Any]]:
    return [verdict(number, row, options) for number, row in chunk]


def verdicts(lines: Iterable[str], options: dict[str, Any], jobs: int) -> Iterator[dict[str, Any]]:
    """The verdicts of all rows, in their order; never more than a few chunks are held."""
    numbered = enumerate(rows(lines), 1)
    chunks = iter(lambda: list(itertools.islice(numbered, CHUNK)), [])
    if jobs < 2:
        for chunk in chunks:
            yield from _chunk(chunk, options)
        return
    with ProcessPoolExecutor(jobs) as pool:
        waiting = deque(pool.submit(_chunk, chunk, options) for chunk in itertools.islice(chunks, 3 * jobs))
        while waiting:
            yield from waiting.popleft().result()
            waiting.extend(pool.submit(_chunk, chunk, options) for chunk in itertools.islice(chunks, 1))
