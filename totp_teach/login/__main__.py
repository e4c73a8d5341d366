"""The login server by hand: python -m totp_teach.login"""

import argparse
import asyncio
import json
import logging
import os
import signal
import sqlite3
import sys
import tempfile
import threading
from contextlib import ExitStack
from ipaddress import ip_address
from logging.handlers import RotatingFileHandler
from pathlib import Path

from .. import OtpError, require
from .defences import ATTACKS, Defences

LOG = 1_000_000  # bytes; then the log is begun anew, and the one before is kept


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m totp_teach.login", description="A login server, to learn from.")
    parser.add_argument("--port", type=int, default=8765, help="on 127.0.0.1; 0 takes a free one (%(default)s)")
    parser.add_argument("--folder", type=Path, help="where accounts are kept; without it they are gone at the end")
    parser.add_argument("--without", action="append", default=[], choices=ATTACKS, help="a defence to switch off")
    parser.add_argument("--proxy", action="append", default=[], type=ip_address, help="whose X-Forwarded-For is true")
    parser.add_argument("--unlock", metavar="NAME", help="gives a recovery code for an account in --folder, and ends")
    parser.add_argument("--rotate", action="store_true", help="seals all keys in --folder with a new one, and ends")
    for name in ("--beside", "--quick"):  # start() asks for them
        parser.add_argument(name, action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if not 0 <= asked.port <= 65_535:
        parser.error("--port is a number from 0 to 65535")
    if (asked.unlock or asked.rotate) and not (asked.folder and (asked.folder / "login.db").exists()):
        parser.error("--unlock and --rotate want the --folder of a server, and there are no accounts in this one")
    return asked


def main() -> int:
    """Runs until Ctrl+C, SIGTERM or SIGHUP, or with --beside until its parent has ended."""
    require("login")
    asked = arguments()
    os.umask(0o077)  # what is written is for this user's eyes alone
    for name in ("SIGTERM", "SIGHUP"):  # as Ctrl+C, so that the folder is cleaned up; Windows has one of them
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_DFL:
            signal.signal(getattr(signal, name), signal.default_int_handler)
    with ExitStack() as stack:
        try:
            folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="totp_teach_login_")))
            folder.mkdir(parents=True, exist_ok=True)
            from . import passwords, site

            if asked.quick:
                passwords.N, passwords.P = 2, 1
            if asked.unlock:
                once = f"gets in with {site.unlock(folder, asked.unlock)} once, in the place of a code"
                return print(f"{asked.unlock} {once}: then set up a phone") or 0
            running = site.Site(folder, defences=Defences(**dict.fromkeys(asked.without, False)))
            stack.callback(running.close)
            if asked.rotate:
                site.rotate(running, folder)
                return print("all keys are sealed with a new master key; everybody logs in again") or 0
            asyncio.run(serve(running, folder, asked))
        except (OtpError, OSError, sqlite3.Error) as error:
            print(f"No login server on port {asked.port} with {folder}: {error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            pass
    return 0


async def serve(site, folder: Path, asked: argparse.Namespace) -> None:
    """Answers on 127.0.0.1 until it is told to end."""
    from .web import listen

    log = folder / "login.log"
    handler = RotatingFileHandler(log, maxBytes=LOG, backupCount=1) if asked.beside else logging.StreamHandler()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=[handler])
    server, port = listen(site, asked.port, map(str, asked.proxy))
    url = f"http://127.0.0.1:{port}/"
    over = asyncio.Event()
    if asked.beside:
        loop = asyncio.get_running_loop()
        threading.Thread(target=wait_for_parent, args=(loop, over), daemon=True).start()
        print(json.dumps({"url": url, "folder": str(folder)}), flush=True)
    else:
        print(f"The login server answers at {url} until Ctrl+C.", flush=True)
    await over.wait()
    server.stop()


def wait_for_parent(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    """Standard input comes to its end when the process that holds the other end has ended, even by kill -9."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    loop.call_soon_threadsafe(over.set)


if __name__ == "__main__":
    sys.exit(main())
