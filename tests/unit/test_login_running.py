"""The login server as a process: started beside a notebook's cells or by hand, and ended with them."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from visitor import PASSWORD, Visitor

from totp_teach import OtpError, login, totp
from totp_teach.login import passwords

POSIX = pytest.mark.skipif(os.name != "posix", reason="process groups and kill -9 are POSIX's")


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True


def eventually(what, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.05)
    return what()


def test_it_answers_a_synchronous_request_of_the_process_that_started_it_and_stops():
    with login.start() as server:
        assert server.running and answers(server.url)
        assert repr(server) == f"<Server at {server.url}>"
        assert {"login.db", "login.key", "login.log"} <= {file.name for file in server.folder.iterdir()}
        folder = server.folder
    assert not server.running and not answers(server.url)
    assert repr(server) == f"<Server at {server.url}, stopped>"
    assert not folder.exists()
    server.stop()  # once more does no harm


def test_it_is_to_be_reached_from_this_computer_alone():
    with login.start() as server:
        port = int(server.url.rsplit(":")[-1].strip("/"))
        others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for address in others - {"127.0.0.1", "127.0.1.1"}:
            with pytest.raises(OSError):
                socket.create_connection((address, port), timeout=5)
        listening = socket.create_server(("127.0.0.2", port)) if sys.platform == "linux" else None
        if listening:  # the port is free on any other address of this computer
            listening.close()


def test_a_folder_that_was_given_stays_with_its_accounts(tmp_path):
    for expected in ("signup", "account"):
        with login.start(tmp_path / "kept") as server:
            visitor = Visitor(server.url)
            if expected == "signup":
                visitor.sign_up("alice")
            else:
                assert visitor.log_in("alice").page == "account"


@pytest.mark.parametrize("quick", [False, True])
def test_passwords_are_hashed_slowly_unless_everybody_knows_them(quick, tmp_path, monkeypatch):
    with login.start(tmp_path, quick=quick) as server:
        Visitor(server.url).sign_up("alice")
        [[kept]] = sqlite3.connect(server.folder / "login.db").execute("SELECT password FROM users")
    if quick:
        monkeypatch.setattr(passwords, "N", 2)
        monkeypatch.setattr(passwords, "P", 1)
    assert passwords.matches(PASSWORD, kept)


def test_two_servers_do_not_disturb_each_other():
    with login.start() as first, login.start() as second:
        Visitor(first.url).sign_up("alice")
        assert Visitor(first.url).log_in("alice").page == "account"
        assert Visitor(second.url).log_in("alice").status == 403


def test_defences_are_switched_off_where_it_runs():
    with login.start(defences=login.Defences(xsrf=False, headers=False)) as server:
        visitor = Visitor(server.url)
        assert visitor.send("POST", "login", b"name=alice&password=x").status == 403  # and not for the token
        assert "password is not right" in visitor.send("POST", "login", b"name=alice&password=x").words
        assert "X-Frame-Options" not in visitor.get().headers


@pytest.fixture
def jupyter(tmp_path, monkeypatch):
    """Says that this process is the kernel of a Jupyter server at that path."""

    def say(base: str) -> None:
        (tmp_path / f"jpserver-{os.getppid()}.json").write_text(json.dumps({"base_url": base}))
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))

    return say


@pytest.mark.parametrize("base, left_over", [("/user/someone/", "/user/someone/"), ("/", None), ("/", "/user/x/")])
def test_in_jupyter_its_link_goes_through_the_proxy(jupyter, monkeypatch, base, left_over):
    """So it can be opened wherever the notebook can. The path is the server's own, whatever a hub has left behind."""
    jupyter(base)
    if left_over:
        monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", left_over)
    with login.start() as server:
        port = server.url.rsplit(":")[-1].strip("/")
        assert server.link == f"{base}proxy/{port}/"
        assert answers(server.url)
        visitor = Visitor(server.url, **{"X-Forwarded-For": "9.9.9.9"})
        visitor.log_in("nobody", "wrong horse")
        with sqlite3.connect(server.folder / "login.db") as database:
            [(address,)] = database.execute("SELECT address FROM events")
        database.close()
        assert address == ("9.9.9.9" if base == left_over else "127.0.0.1")


def test_with_a_variable_of_a_hub_alone_its_link_is_its_address(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/someone/")
    with login.start() as server:
        assert server.link == server.url


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "answers"])
def test_requests_to_it_never_go_through_a_proxy(monkeypatch, proxy):
    """One that is closed, and one that refuses everything: its answer would be taken for the server's."""
    refusing = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=refusing.serve_forever).start()
    monkeypatch.setenv("http_proxy", proxy if proxy != "answers" else f"http://127.0.0.1:{refusing.server_port}")
    monkeypatch.setenv("no_proxy", "localhost")
    with login.start() as server:
        browser = login.Browser(server.url).post("signup", name="alice", password="correct horse")
        assert browser.post("login", name="alice", password="correct horse").page == "account"
        assert "logged in as alice" in browser.words
    refusing.shutdown()
    refusing.server_close()


def test_files_beside_the_notebook_are_not_taken_for_a_library(tmp_path, monkeypatch):
    for name in ("hmac", "secrets", "tornado"):
        (tmp_path / f"{name}.py").write_text("1 / 0")
    monkeypatch.chdir(tmp_path)
    with login.start() as server:
        assert server.running


def test_a_port_that_is_taken_is_said_to_be():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OtpError, match=rf"did not start: No login server on port {port} .*in use"):
            login.start(port=port)


def test_a_folder_that_is_none_is_said_to_be(tmp_path):
    (tmp_path / "file").write_text("something")
    with pytest.raises(OtpError, match="did not start: No login server .*file"):
        login.start(tmp_path / "file")


START = "import time; from totp_teach import login; server = login.start()\n"
TELL = "print(server.url, server.folder, flush=True)"


@POSIX
@pytest.mark.parametrize("ending", ["kill -9", "end", "exception"])
def test_it_ends_with_the_process_that_started_it(ending):
    rest = {"kill -9": "time.sleep(60)", "end": "", "exception": "1 / 0"}[ending]
    parent = subprocess.Popen(
        [sys.executable, "-c", f"{START}{TELL}; {rest}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    url, folder = parent.stdout.readline().split()
    if ending == "kill -9":
        assert answers(url)
        parent.kill()
    parent.wait(20)
    parent.stdout.close()
    assert eventually(lambda: not answers(url))
    assert eventually(lambda: not Path(folder).exists())


@POSIX
def test_it_stops_although_a_forked_child_lives():
    """Such a child (of multiprocessing, say) holds the server's input open: its end does not come."""
    script = (
        START
        + """
import os, signal
child = os.fork()
if not child:
    time.sleep(60)
    os._exit(0)
server.stop()
print(server.running, server.folder.exists())
os.kill(child, signal.SIGKILL)
"""
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50)
    assert done.stdout.split() == ["False", "False"], done.stderr


@POSIX
def test_interrupting_a_cell_does_not_interrupt_it():
    """Jupyter interrupts a kernel by a signal to the whole group of its processes."""
    script = (
        START
        + f"""
try:
    {TELL}
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    time.sleep(60)
"""
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True)
    url, _ = parent.stdout.readline().split()
    os.killpg(parent.pid, signal.SIGINT)
    assert parent.stdout.readline() == "interrupted\n"
    time.sleep(0.2)
    assert answers(url)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert eventually(lambda: not answers(url))


# --- by hand --------------------------------------------------------------------------------------------------------


ENDINGS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT] if os.name == "posix" else []


def by_hand(*arguments: str, env: dict | None = None, deaf_to: tuple = ()) -> subprocess.Popen:
    """deaf_to: signals that it ignores from the start, as it does under nohup or as a shell's background job."""

    def hears() -> None:  # what runs the tests may ignore some of them, and a child inherits that
        for ending in ENDINGS:
            signal.signal(ending, signal.SIG_IGN if ending in deaf_to else signal.SIG_DFL)

    return subprocess.Popen(
        [sys.executable, "-m", "totp_teach.login", *arguments],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        preexec_fn=hears if ENDINGS else None,
    )


@POSIX
def test_by_hand_it_says_where_it_is_and_ends_with_ctrl_c(tmp_path):
    process = by_hand("--port=0", f"--folder={tmp_path}")
    line = process.stdout.readline()
    assert line.startswith("The login server answers at http://127.0.0.1:")
    assert answers(line.split()[5])
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=20)
    assert (process.returncode, rest) == (0, "")
    assert "200 GET /" in errors and "Traceback" not in errors


@POSIX
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("deaf", [False, True], ids=["in a terminal", "deaf to all others"])
def test_by_hand_nothing_stays_behind(ending, deaf, tmp_path):
    """Closing the terminal and `kill` as well as Ctrl+C, each also where the other two are ignored."""
    deaf_to = tuple({*ENDINGS} - {ending}) if deaf else ()
    process = by_hand("--port=0", env=os.environ | {"TMPDIR": str(tmp_path)}, deaf_to=deaf_to)
    assert process.stdout.readline().startswith("The login server answers")
    assert list(tmp_path.glob("totp_teach_login_*/login.key"))
    process.send_signal(ending)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, "Traceback" in errors) == (0, False)
    assert list(tmp_path.glob("totp_teach_login_*")) == []


@POSIX
def test_its_files_are_for_its_users_eyes_alone(tmp_path):
    with login.start(tmp_path / "kept") as server:
        Visitor(server.url).get("login")
        assert {file.name: file.stat().st_mode & 0o077 for file in [server.folder, *server.folder.iterdir()]} == {
            file.name: 0 for file in [server.folder, *server.folder.iterdir()]
        }


@pytest.mark.parametrize("name", ["login.db", "login.lock", "login.key"])
@pytest.mark.parametrize("what", ["--unlock=alice", "--rotate", "--port=0"])
def test_files_that_are_something_else_are_one_line(tmp_path, name, what):
    (tmp_path / "login.db").touch()
    (tmp_path / name).write_bytes(b"something else " * 300)
    process = by_hand(f"--folder={tmp_path}", what)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2 and errors.count("\n") == 1, errors
    assert "another login server" not in errors


@pytest.mark.parametrize("port", ["-1", "70000"])
def test_a_port_that_is_none_is_said_to_be(port):
    process = by_hand(f"--port={port}")
    assert "from 0 to 65535" in process.communicate(timeout=20)[1]
    assert process.returncode == 2


def test_a_proxy_that_is_no_address_is_said_to_be():
    """It would be believed never, and all who come through the proxy would share one limit."""
    process = by_hand("--proxy=localhost")
    assert "argument --proxy: invalid ip_address value: 'localhost'" in process.communicate(timeout=20)[1]
    assert process.returncode == 2


@pytest.mark.parametrize("what", ["--unlock=alice", "--rotate"])
def test_a_folder_that_is_mistyped_is_not_made(tmp_path, what):
    process = by_hand(f"--folder={tmp_path / 'typo'}", what)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2 and "no accounts" in errors
    assert not (tmp_path / "typo").exists()


def test_another_master_key(tmp_path):
    """Every key is sealed anew, and opens; cookies are void; not while a server runs, or a second one."""
    with login.start(tmp_path) as server:
        visitor = Visitor(server.url)
        visitor.sign_up("alice")
        visitor.log_in("alice")
        key, _ = visitor.enrol(time.time)
        before, database = (tmp_path / "login.key").read_bytes(), (tmp_path / "login.db").read_bytes()
        assert "another login server" in by_hand(f"--folder={tmp_path}", "--rotate").communicate(timeout=20)[1]
    port = int(server.url.rsplit(":")[-1].strip("/"))
    assert "everybody logs in again" in by_hand(f"--folder={tmp_path}", "--rotate").communicate(timeout=20)[0]
    assert (tmp_path / "login.key").read_bytes() != before
    assert (tmp_path / "login.db").read_bytes() != database
    with login.start(tmp_path, port=port) as server:
        assert visitor.get("account").page == "login"
        visitor.log_in("alice")
        assert visitor.post("code", code=totp.code(key, time.time() + 30)).page == "account"
    (tmp_path / "login.key").write_bytes(before)  # who has an old copy of the key
    with pytest.raises(OtpError, match="put it back"):
        login.start(tmp_path)


def test_a_defence_that_is_none_is_named_with_those_there_are():
    process = by_hand("--without=luck")
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "luck" in errors and "one_use" in errors and "Traceback" not in errors


def test_the_administrators_way_out_of_a_lock(tmp_path):
    with login.start(tmp_path) as server:
        visitor = Visitor(server.url)
        visitor.sign_up("alice")
        visitor.log_in("alice")
        key, _ = visitor.enrol(time.time)
        visitor.post("logout")
        visitor.log_in("alice")
        with sqlite3.connect(tmp_path / "login.db") as other:
            other.execute("UPDATE accounts SET state = json_set(state, '$[2]', 100)")
        other.close()
        assert "locked" in visitor.post("code", code=totp.code(key, time.time() + 30)).words
        process = by_hand(f"--folder={tmp_path}", "--unlock=alice")
        code = re.search("alice gets in with ([A-Z2-7]{26}) once", process.communicate(timeout=20)[0])[1]
        assert "locked" in visitor.post("code", code=totp.code(key, time.time() + 30)).words
        assert "made by the administrator" in visitor.post("recovery", code=code).words
    process = by_hand(f"--folder={tmp_path}", "--unlock=nobody")
    assert "there is no account 'nobody'" in process.communicate(timeout=20)[1]
    assert process.returncode == 2
