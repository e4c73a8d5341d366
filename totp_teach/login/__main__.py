"""The login server by hand: python -m totp_teach.login"""

import argparse
import asyncio
import json
import logging
import os
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from .. import OtpError
from .defences import NONE, Defences


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m totp_teach.login", description="A login server, to learn from.")
    parser.add_argument("--port", type=int, default=8765, help="on 127.0.0.1; 0 takes a free one (%(default)s)")
    parser.add_argument("--folder", type=Path, help="where accounts are kept; without it they are gone at the end")
    parser.add_argument(
        "--without", action="append", default=[], choices=NONE.without(), help="a defence to switch off"
    )
    parser.add_argument("--unlock", metavar="NAME", help="forgives an account in --folder its wrong codes, and ends")
    parser.add_argument("--beside", action="store_true", help=argparse.SUPPRESS)  # start() asks for it
    return parser.parse_args()


def main() -> int:
    """Runs until Ctrl+C, or with --beside until its parent has ended."""
    asked = arguments()
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="totp_teach_login_")))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            from .site import Site

            site = Site(folder, defences=Defences(**dict.fromkeys(asked.without, False)))
            stack.callback(site.close)
            if asked.unlock:
                site.verifier.unlock(asked.unlock)
                return print(f"{asked.unlock} may try again") or 0
            asyncio.run(serve(site, folder, asked.port, asked.beside))
        except (OtpError, OSError) as error:
            print(f"No login server on port {asked.port} with {folder}: {error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            pass
    return 0


async def serve(site, folder: Path, port: int, beside: bool) -> None:
    """Answers on 127.0.0.1 until it is told to end."""
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets

    from .web import application

    log_to = {"filename": folder / "login.log", "encoding": "utf-8"} if beside else {"stream": sys.stderr}
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", **log_to)
    server = HTTPServer(application(site), max_body_size=4_000_000, idle_connection_timeout=60, body_timeout=20)
    sockets = bind_sockets(port, "127.0.0.1")
    server.add_sockets(sockets)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/"
    over = asyncio.Event()
    if beside:
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
