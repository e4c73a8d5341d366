"""The command totp-diagnose: a code or several, or a whole log."""

import argparse
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from getpass import getpass
from typing import Any, NoReturn

from .. import OtpError, __version__
from . import explain, log, moments
from .question import Moment

EXITS = {"right": 0, "unclear": 2, "nothing": 3, "mistake": 4}
WHAT = """\
Why does this code not match? The secret, its otpauth:// URI or an export is asked for without echo, or read from
standard input; the rows of a log may carry their own.
"""
HOW = """\
exit codes: 0 the codes are right, or the log was read to its end; 4 a mistake explains them; 3 nothing does;
2 the question cannot be understood; 5 some rows of the log cannot; 1 the program broke
"""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise OtpError(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; gives its exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")  # also into a file on Windows
    try:
        return _answer(vars(_parser().parse_args(arguments)))
    except OtpError as error:
        if "--json" in arguments:
            print(json.dumps({"verdict": "unclear", "error": str(error)}, ensure_ascii=False))
        else:
            print(f"totp-diagnose: {error}", file=sys.stderr)
        return EXITS["unclear"]
    except BrokenPipeError:  # head has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130


def _parser() -> Parser:
    parser = Parser(prog="totp-diagnose", description=WHAT, epilog=HOW)
    parser.add_argument("code", nargs="*", help="a code, or CODE@MOMENT; several of one device make it surer")
    parser.add_argument("--log", metavar="FILE", help="JSON Lines or CSV, - for stdin: code, at, secret or uri")
    parser.add_argument("--at", help="the moment of codes without one (now): seconds, 2026-01-31T12:00:00Z, HTTP date")
    parser.add_argument("--algorithm", help="SHA1, SHA256 or SHA512; goes before what a URI says")
    for name, help in (("digits", "of a code"), ("period", "in seconds"), ("counter", "of the first code, for hotp")):
        parser.add_argument(f"--{name}", type=int, help=help)
    parser.add_argument("--pairs", action="store_true", help="two mistakes together, in any case; in a log, at all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes for a log (one a core)")
    parser.add_argument("--ask", action="store_true", help="of a log: one secret for the rows without one of their own")
    parser.add_argument("--json", action="store_true", help="the answer as JSON, errors as well")
    parser.add_argument("--version", action="version", version=f"totp-diagnose {__version__}")
    return parser


def _answer(given: dict[str, Any]) -> int:
    codes, at, name, jobs, ask, as_json = (given.pop(name) for name in ("code", "at", "log", "jobs", "ask", "json"))
    if name:
        return _log(name, {**given, "typed": _ask() if ask else ""}, jobs)
    asked, remarks = _asked(codes, at)
    shown = _progress if sys.stderr is not None and sys.stderr.isatty() else None
    found = explain(asked, typed=_ask(), progress=shown, **{**given, "pairs": given["pairs"] or None})
    found.remarks = (*remarks, *found.remarks)
    print(json.dumps(found.told(), ensure_ascii=False, indent=1) if as_json else found)
    return EXITS[found.verdict]


def _asked(items: list[str], at: str | None) -> tuple[list[tuple[str, Moment]], list[str]]:
    """The codes with their moments (CODE@MOMENT, CODE @ MOMENT), and what is to be said of how they are read."""
    text = re.sub(r"\s*@\s*", "@", " ".join(items)).strip()
    parts = items if all("@" in item.strip("@ ") for item in items) else [text] if "@" in text else text.split()
    if text.count("@") > len(parts):
        parts = text.split()
    remarks = []
    if not text:
        raise OtpError("give a code, or --log FILE; --help says more")
    if len(parts) > 1 and all(part.isdigit() and len(part) < 5 for part in parts):
        remarks, parts = [f"{text} is read as one code"], ["".join(parts)]
    asked = []
    for code, _, moment in (part.partition("@") for part in parts):
        read, told = moments.read(moment or at or str(int(time.time())))
        asked.append((code, read))
        remarks += told
    return asked, list(dict.fromkeys(remarks))


def _ask() -> str:
    """The secret or the URI: typed without echo, or what is piped in."""
    if sys.stdin is None:
        raise OtpError("standard input is closed: the secret or its otpauth:// URI is read from there")
    if sys.stdin.isatty():
        return getpass("Secret or otpauth:// URI: ")
    lines = [line for line in sys.stdin.read().splitlines() if line.strip()]
    if len(lines) > 1:
        raise OtpError(f"standard input has {len(lines)} lines; one secret, URI or export is wanted")
    return lines[0] if lines else ""


def _log(name: str, options: dict[str, Any], jobs: int) -> int:
    """Every row's verdict as a line on standard output; progress, and at the end the causes, on standard error."""
    causes: Counter[str] = Counter()
    chance, begun = 0.0, time.monotonic()
    try:
        with sys.stdin if name == "-" else open(name, encoding="utf-8-sig", errors="replace", newline="") as file:
            for row in log.verdicts(file, options, jobs):
                print(json.dumps(row, ensure_ascii=False), flush=True)
                causes[" and ".join(row.get("mistakes", ())) or row["verdict"]] += 1
                chance += row.get("by_chance", 0)
                if sum(causes.values()) % 50 == 0:
                    print(f"{sum(causes.values()):,} rows in {time.monotonic() - begun:.0f} s", file=sys.stderr)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise OtpError(f"the log cannot be read: {error}") from None
    rows = sum(causes.values())
    print(f"{rows:,} rows in {time.monotonic() - begun:.1f} s, by cause:", file=sys.stderr)
    for cause, count in causes.most_common():
        print(f"{count:8,}  {cause}", file=sys.stderr)
    print(f"Of those that are not right, {chance:.1f} are expected to fit a mistake by accident.", file=sys.stderr)
    return 5 if causes["unclear"] else 0


def _progress(share: float) -> None:
    print(f"\r{share:4.0%} " if share < 1 else "\r     \r", end="", file=sys.stderr, flush=True)
