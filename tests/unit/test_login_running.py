"""The login server as a process: started beside a notebook's cells or by hand, and ended with them."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from visitor import Visitor

from totp_teach import OtpError, login, totp
from totp_teach.verifier import SqliteStore, Throttle, Verifier

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


def test_on_a_hub_its_link_goes_through_the_proxy(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/someone/")
    with login.start() as server:
        port = server.url.rsplit(":")[-1].strip("/")
        assert server.link == f"/user/someone/proxy/{port}/"
        assert answers(server.url)


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


def by_hand(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "totp_teach.login", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
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
        store = SqliteStore(tmp_path / "login.db", cipher=Unopened())
        desk = Verifier(store, throttle=Throttle(delay=0))
        while desk.check("alice", "000000", 59).wait == 0:
            pass
        assert "locked" in visitor.post("code", code=totp.code(key, time.time() + 30)).words
        process = by_hand(f"--folder={tmp_path}", "--unlock=alice")
        assert process.communicate(timeout=20)[0] == "alice may try again\n"
        assert visitor.post("code", code=totp.code(key, time.time() + 30)).page == "account"
        store.close()
    process = by_hand(f"--folder={tmp_path}", "--unlock=nobody")
    assert "there is no account 'nobody'" in process.communicate(timeout=20)[1]
    assert process.returncode == 2


class Unopened:
    """Stands for the key that one does not have: any other will do to fail with."""

    def open(self, sealed: bytes, context: bytes) -> bytes:
        return b"not the key at all.."
