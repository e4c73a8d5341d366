"""Two stores as a service would have them, on PostgreSQL and on Redis: examples, and real servers to try them on.

`PostgresStore` and `RedisStore` are meant to be read, copied and changed. `postgres` and `redis_server` start one of
Debian's servers each, for 127.0.0.1 alone and with a folder of its own, and end it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from glob import glob
from pathlib import Path

import psycopg
import redis

from totp_teach.verifier import Cipher, Record, Row

TABLE = """
CREATE TABLE IF NOT EXISTS accounts (
    id text PRIMARY KEY, settings text NOT NULL, key bytea NOT NULL, state text NOT NULL, revision bigint NOT NULL
)"""


class PostgresStore:
    """Records in a table of PostgreSQL. One connection, for one thread at a time: a service would take a pool.

    autocommit: each statement is a transaction of its own. synchronous_commit stays on (the server's default): an
    answer comes when what was kept is on the disk.
    """

    def __init__(self, dsn: str, cipher: Cipher | None = None):
        self._connection, self._cipher = psycopg.connect(dsn, autocommit=True), cipher

    def get(self, account_id: str) -> Record | None:
        rows = self._run("SELECT settings, key, state, revision FROM accounts WHERE id = %s", account_id)
        found = rows.fetchone()
        return Record.of(account_id, Row(*found), self._cipher) if found else None

    def add(self, account_id: str, record: Record, *, old: Record | None = None) -> bool:
        row = record.row(account_id, self._cipher)
        if old:
            where = "id = %s AND revision = %s"
            statement = f"UPDATE accounts SET settings = %s, key = %s, state = %s, revision = %s WHERE {where}"
            return self._run(statement, *row, account_id, old.revision).rowcount == 1
        statement = "INSERT INTO accounts VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING"
        return self._run(statement, account_id, *row).rowcount == 1

    def swap(self, account_id: str, old: Record, new: Record) -> bool:
        statement = "UPDATE accounts SET state = %s, revision = %s WHERE id = %s AND revision = %s"
        return self._run(statement, new.state, new.revision, account_id, old.revision).rowcount == 1

    def remove(self, account_id: str) -> bool:
        return self._run("DELETE FROM accounts WHERE id = %s", account_id).rowcount == 1

    def close(self) -> None:
        self._connection.close()

    def _run(self, statement: str, *values) -> psycopg.Cursor:
        return self._connection.execute(statement, values)


# Redis runs a script as a whole: nobody comes in between. Numbers are compared as text: a script's own are floats.
# The first argument is the revision that must be there, or nothing; the others are names and values.
KEEP = """
if (redis.call('HGET', KEYS[1], 'revision') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return 1"""


class RedisStore:
    """Records in hashes of Redis. The server must keep what it answers: `appendonly yes` and `appendfsync always`.

    With the defaults a crash takes back the last second, and what was accepted in it counts again. The same holds for a
    replica that is promoted: replication is asynchronous.
    """

    def __init__(self, url: str, cipher: Cipher | None = None):
        self._redis, self._cipher = redis.Redis.from_url(url), cipher
        self._keep = self._redis.register_script(KEEP)

    def get(self, account_id: str) -> Record | None:
        found = self._redis.hgetall(f"totp:{account_id}")
        if not found:
            return None
        row = Row(found[b"settings"].decode(), found[b"key"], found[b"state"].decode(), int(found[b"revision"]))
        return Record.of(account_id, row, self._cipher)

    def add(self, account_id: str, record: Record, *, old: Record | None = None) -> bool:
        fields = record.row(account_id, self._cipher)._asdict().items()
        given = [old.revision if old else "", *(part for field in fields for part in field)]
        return self._keep([f"totp:{account_id}"], given) == 1

    def swap(self, account_id: str, old: Record, new: Record) -> bool:
        given = [old.revision, "state", new.state, "revision", new.revision]
        return self._keep([f"totp:{account_id}"], given) == 1

    def remove(self, account_id: str) -> bool:
        return self._redis.delete(f"totp:{account_id}") == 1

    def close(self) -> None:
        self._redis.close()


@contextmanager
def postgres():
    """A PostgreSQL server of its own; gives its DSN and its process. It refuses to run as root: then it is nobody's."""
    [*_, binaries] = sorted(glob("/usr/lib/postgresql/*/bin")) or [os.path.dirname(shutil.which("postgres") or "")]
    user = {"user": "nobody", "group": "nogroup", "extra_groups": ()} if os.getuid() == 0 else {}
    with tempfile.TemporaryDirectory() as data:  # not pytest's: nobody may not walk through it
        if user:
            shutil.chown(data, user["user"], user["group"])
        options = {"cwd": data, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **user}
        subprocess.run(
            [f"{binaries}/initdb", "-D", data, "-U", "totp", "--auth=trust", "--no-sync"], check=True, **options
        )
        port = free_port()
        settings = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        command = [f"{binaries}/postgres", "-D", data, *(word for each in settings for word in ("-c", each))]
        dsn = f"host=127.0.0.1 port={port} user=totp dbname=postgres connect_timeout=5"

        def ready():
            with psycopg.connect(dsn) as connection:
                connection.execute(TABLE)

        with running(command, ready, **options) as server:
            yield dsn, server


@contextmanager
def redis_server(folder: Path):
    """A Redis server of its own, which keeps what it answers; gives its URL and its process."""
    port = free_port()
    keep = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--dir", str(folder)]
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), *keep]
    url = f"redis://127.0.0.1:{port}/0"
    with running(command, redis.Redis.from_url(url).ping, stdout=subprocess.DEVNULL) as server:
        yield url, server


class Running:
    """A server process that can be killed and started again."""

    def __init__(self, command: list[str], ready, options: dict):
        self._command, self._ready, self._options = command, ready, options
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, **self._options)
        deadline = time.monotonic() + 30
        while True:
            try:
                self._ready()
                return
            except (psycopg.OperationalError, redis.ConnectionError):
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.process.kill()
                    raise
                time.sleep(0.05)

    def kill(self) -> None:
        """kill -9, which is no farewell. PostgreSQL's workers notice, and end by themselves."""
        self.process.kill()
        self.process.wait()
        time.sleep(0.5)


@contextmanager
def running(command: list[str], ready, **options):
    server = Running(command, ready, options)
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGINT)  # PostgreSQL's fast way: it does not wait for its clients
        with suppress(subprocess.TimeoutExpired):
            server.process.wait(15)
        server.process.kill()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def opener(kind: str, place: str):
    """A function that opens a store of that kind."""
    return lambda: {"postgres": PostgresStore, "redis": RedisStore}[kind](place)


# As a program: checks codes on and on, and prints what was accepted once it has been told so.
if __name__ == "__main__":
    from totp_teach.otpauth import Account
    from totp_teach.verifier import Throttle, Verifier

    kind, place, name = sys.argv[1:]
    store = opener(kind, place)()
    desk = Verifier(store, throttle=Throttle(delay=0, bound=10**9))
    account = Account(key=b"12345678901234567890")
    for at in range(1_000_000_000, 2_000_000_000, 30):
        if desk.check(name, *account.codes([at // 30]), at):
            print(at, flush=True)
