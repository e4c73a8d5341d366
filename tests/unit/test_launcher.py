"""lab.py's decisions, one by one; what it installs for real, CI sees: it starts with nothing and calls lab.py test."""

import ast
import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

LAB = Path(__file__).parents[2] / "lab.py"
OLD_PYTHONS = Path.home() / ".pyenv" / "versions"  # asked as well, where somebody has them


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A fresh lab.py that takes a temporary folder for the repository."""
    spec = importlib.util.spec_from_file_location("lab", LAB)
    lab = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lab)
    root = tmp_path / "a folder with blanks"
    root.mkdir()
    monkeypatch.setattr(lab, "ROOT", str(root))
    monkeypatch.setattr(lab, "VENV", str(root / ".venv"))
    monkeypatch.setattr(lab, "INTEROP", str(root / "interop"))
    monkeypatch.setattr(lab, "WHEELHOUSE", str(root / "wheelhouse"))
    return lab


# ---- an old Python can read it ---------------------------------------------------------------------------------------


def test_it_keeps_to_what_an_old_python_can_parse():
    source = LAB.read_bytes().decode("ascii")
    tree = ast.parse(source, feature_version=(3, 6))
    newer = ast.JoinedStr, ast.AnnAssign, ast.Nonlocal, ast.NamedExpr, ast.AsyncFunctionDef, ast.YieldFrom
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, newer)] == []
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert functions and not any(node.returns or node.args.kwonlyargs for node in functions)


def test_it_needs_the_standard_library_alone():
    imports = [node for node in ast.walk(ast.parse(LAB.read_bytes())) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {alias.name for node in imports for alias in node.names}
    assert names and names <= sys.stdlib_module_names


def test_an_old_python_says_one_line_and_gives_2():
    for version in "2.7", "3.6", "3.10":
        for folder in sorted(OLD_PYTHONS.glob(version + ".*"))[:1]:
            old = subprocess.run([folder / "bin" / "python", LAB], capture_output=True, text=True, cwd=folder)
            assert (old.returncode, old.stdout, old.stderr.count("\n")) == (2, "", 1), folder
            assert old.stderr.startswith(f"The course needs Python 3.11, 3.12, 3.13, and this is Python {version}: ")


# ---- which Python ----------------------------------------------------------------------------------------------------


def choose(lab, monkeypatch, running, there):
    """What is chosen when that version runs and those commands (with what they say of themselves) are on the PATH."""
    monkeypatch.setattr(lab, "sys", SimpleNamespace(version_info=(*running, 0), executable="this", stdout=sys.stdout))
    monkeypatch.setattr(lab.shutil, "which", lambda name: name if name in there else None)
    monkeypatch.setattr(lab, "version_of", lambda command: there[command[0]])
    return lab.choose_python()


@pytest.mark.parametrize(
    ("running", "there", "chosen", "says"),
    [
        ((3, 11), {"python3.13": "3.13"}, (["this"], "3.11"), ""),
        ((3, 12), {}, (["this"], "3.12"), ""),
        ((3, 14), {"python3.12": "3.12", "python3.11": "3.11"}, (["python3.12"], "3.12"), "newer than"),
        ((3, 14), {"python3.13": None, "python3.11": "3.11"}, (["python3.11"], "3.11"), "taking python3.11"),
        ((3, 14), {"py": "3.13"}, (["py", "-3.13"], "3.13"), "taking py -3.13"),
        ((3, 14), {}, (["this"], "3.14"), "trying it"),
    ],
)
def test_the_python_it_takes(lab, monkeypatch, capsys, running, there, chosen, says):
    assert choose(lab, monkeypatch, running, there) == chosen
    said = capsys.readouterr().out
    assert says in said and said.count("\n") == bool(says)


@pytest.mark.parametrize(
    ("running", "there", "advice"),
    [
        ((3, 10), {"python3.12": "3.12"}, "type: python3.12 lab.py"),
        ((3, 10), {"python3.12": None}, "install one from https://www.python.org/downloads/"),
        ((2, 7), {}, "install one from https://www.python.org/downloads/"),
    ],
)
def test_a_python_too_old_is_told_what_to_do(lab, monkeypatch, running, there, advice):
    with pytest.raises(lab.Stop, match=f"needs Python 3.11, 3.12, 3.13, and this is Python .*: {advice}"):
        choose(lab, monkeypatch, running, there)


def test_a_python_says_its_own_version(lab, tmp_path):
    shim = tmp_path / "shim"
    shim.write_text("#!/bin/sh\necho not installed\nexit 127\n")
    shim.chmod(0o755)
    assert lab.version_of([sys.executable]) == ".".join(map(str, sys.version_info[:2]))
    assert lab.version_of([str(shim)]) is None
    assert lab.version_of([str(tmp_path / "none")]) is None


def test_without_the_venv_module_it_names_the_package(lab, monkeypatch, tmp_path):
    monkeypatch.setattr(lab, "version_of", lambda command: "3.12")
    with pytest.raises(lab.Stop, match="sudo apt install python3.12-venv"):
        lab.make_venv([str(tmp_path / "python without venv")])


# ---- when it installs what -------------------------------------------------------------------------------------------


@pytest.fixture
def set_up(lab, monkeypatch):
    """prepare(extra) without a real Python, venv or pip: gives what it did, "make" or the extras that it installed."""
    done = []
    for name in lab.NEEDS:
        Path(lab.ROOT, name).write_text(name)
    lab.STAMP = str(Path(lab.VENV, "stamp.json"))
    monkeypatch.setattr(lab, "choose_python", lambda: (["python"], set_up.version))
    monkeypatch.setattr(lab, "version_of", lambda command: set_up.runs if os.path.exists(lab.VENV) else None)
    monkeypatch.setattr(lab, "make_venv", lambda maker: (Path(lab.VENV).mkdir(exist_ok=True), done.append("make")))
    monkeypatch.setattr(lab, "install", lambda extras: done.append("+".join(extras)))

    def set_up(extra="lab"):
        done.clear()
        lab.prepare(extra)
        return list(done)

    set_up.version = set_up.runs = "3.11"
    return set_up


def test_a_second_start_does_nothing(set_up):
    assert set_up() == ["make", "lab"]
    assert set_up() == []


def test_the_test_extra_is_added_once_and_stays(set_up):
    set_up()
    assert set_up("test") == ["lab+test"]
    assert set_up("lab") == set_up("test") == []


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.txt", "pyproject.toml"])
def test_changed_requirements_are_installed(lab, set_up, name):
    set_up("test")
    Path(lab.ROOT, name).write_text("another")
    assert set_up("lab") == ["lab+test"]
    assert set_up("lab") == []


def test_an_interrupted_set_up_is_begun_again(lab, set_up, monkeypatch):
    installs = lab.install

    def interrupted(extras):
        raise KeyboardInterrupt

    monkeypatch.setattr(lab, "install", interrupted)
    with pytest.raises(KeyboardInterrupt):
        set_up()
    monkeypatch.setattr(lab, "install", installs)
    assert set_up() == ["make", "lab"]

    Path(lab.ROOT, "requirements.txt").write_text("another")
    monkeypatch.setattr(lab, "install", interrupted)
    with pytest.raises(KeyboardInterrupt):
        set_up()
    monkeypatch.setattr(lab, "install", installs)
    assert set_up() == ["make", "lab"]


def test_a_moved_folder_gets_a_new_environment(lab, set_up, monkeypatch, tmp_path):
    set_up()
    moved = tmp_path / "moved"
    Path(lab.ROOT).rename(moved)
    monkeypatch.setattr(lab, "ROOT", str(moved))
    monkeypatch.setattr(lab, "VENV", str(moved / ".venv"))
    lab.STAMP = str(moved / ".venv" / "stamp.json")
    assert set_up() == ["make", "lab"]


@pytest.mark.parametrize(("version", "runs"), [("3.12", "3.11"), ("3.11", None), ("3.11", "3.12")])
def test_another_or_a_broken_python_gets_a_new_environment(set_up, version, runs):
    set_up()
    set_up.version, set_up.runs = version, runs
    assert set_up()[0] == "make"


@pytest.mark.parametrize("text", ["", "{", '{"root": 1'])
def test_half_a_stamp_is_none(lab, set_up, text):
    set_up()
    Path(lab.STAMP).write_text(text)
    assert set_up() == ["make", "lab"]


def test_pip_is_told_the_exact_versions(lab, monkeypatch):
    steps = []
    monkeypatch.setattr(lab, "step", lambda command, show=None, **variables: steps.append((command, variables)) or 0)
    lab.install(["lab", "test"])
    (pip, variables), (settings, _) = steps
    assert pip[1:4] == ["-m", "pip", "install"] and pip[-4:] == ["-r", "requirements.txt", "-e", ".[lab,test]"]
    assert variables == {"PIP_CONSTRAINT": "constraints.txt", "PIP_BUILD_CONSTRAINT": "constraints.txt"}
    assert settings[1:] == ["-m", "totp_teach.jupyter"]


def test_a_failed_pip_is_told_in_one_line(lab, monkeypatch):
    monkeypatch.setattr(lab, "step", lambda command, **rest: 1)
    with pytest.raises(lab.Stop, match="pip could not install everything .* network"):
        lab.install(["lab"])


# ---- without a network -----------------------------------------------------------------------------------------------


@pytest.fixture
def rooms(lab, monkeypatch):
    """The requirements of a small course, and a pip that fetches a wheel a run, or fails: gives its commands."""
    commands = []
    texts = {
        "requirements.txt": "# What for\n-c constraints.txt\n\njupyterlab  # where\npyotp\n-e .  # itself\n",
        "constraints.txt": "# made\njupyterlab==4.5\ncolorama==0.4 ; sys_platform == 'win32'  # via pytest\n"
        "pywinpty==3 ; os_name == 'nt'\nappnope==1 ; sys_platform == 'darwin'\npamela==1 ; sys_platform != 'win32'\n",
        "pyproject.toml": "",
    }
    for name, text in texts.items():
        Path(lab.ROOT, name).write_text(text)

    def step(command, show=None, **variables):
        commands.append((command, variables))
        if "download" in command and not rooms.fails:
            folder = Path(command[command.index("--dest") + 1])
            folder.mkdir(exist_ok=True)
            (folder / f"package-{len(commands)}.whl").write_bytes(b"wheel")
        return int(rooms.fails and command[1:3] == ["-m", "pip"])

    monkeypatch.setattr(lab, "step", step)
    monkeypatch.setattr(lab, "choose_python", lambda: (["python"], "3.12"))
    monkeypatch.setattr(lab, "make_venv", lambda maker, folder: None)
    rooms = SimpleNamespace(commands=commands, fails=False, wheels=Path(lab.WHEELHOUSE))
    return rooms


def test_a_wheelhouse_is_fetched_and_taken_from(lab, rooms, capsys):
    assert lab.main(["wheelhouse"]) == 0
    ((pip, variables),) = rooms.commands
    assert pip[1:4] == ["-m", "pip", "download"] and "--only-binary=:all:" in pip
    assert pip[-4:] == ["jupyterlab", "pyotp", "hatchling", "editables"]
    assert variables == {"PIP_CONSTRAINT": "constraints.txt"}
    assert "wheelhouse/ has 1 packages, 0 MB." in capsys.readouterr().out
    lab.install(["lab"])
    assert rooms.commands[1][0][6:9] == ["--no-index", "--find-links", lab.WHEELHOUSE]
    assert capsys.readouterr().out == "Taking the packages from wheelhouse/.\n"


@pytest.mark.parametrize(
    ("options", "pins"),
    [
        (["--platform", "win_amd64"], ["colorama==0.4", "pywinpty==3"]),
        (["--platform=macosx_11_0_arm64"], ["appnope==1"]),
        (["--platform", "manylinux_2_28_x86_64"], []),
    ],
)
def test_another_system_gets_what_only_it_needs(lab, rooms, options, pins):
    assert lab.main(["wheelhouse", "--", *options]) == 0
    ((pip, _),) = rooms.commands
    assert pip[-len(pins + options) - 4 :] == [*options, "jupyterlab", "pyotp", "hatchling", "editables", *pins]


def test_wheels_for_another_system_lie_beside_those_that_are_there(lab, rooms):
    lab.main(["wheelhouse"])
    lab.main(["wheelhouse", "--", "--platform", "win_amd64"])
    assert len(list(rooms.wheels.glob("*.whl"))) == 2


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.txt", "pyproject.toml"])
def test_a_wheelhouse_of_older_requirements_is_left_aside_and_renewed(lab, rooms, capsys, name):
    lab.main(["wheelhouse"])
    Path(lab.ROOT, name).write_text("another")
    capsys.readouterr()
    lab.install(["lab"])
    assert "--no-index" not in rooms.commands[1][0]
    assert capsys.readouterr().out.splitlines() == [
        "wheelhouse/ is not whole, or for other requirements than these: asking the network.",
        "To renew it, where there is one: python3 lab.py wheelhouse",
    ]
    lab.main(["wheelhouse"])
    assert len(list(rooms.wheels.glob("*.whl"))) == 1  # the old one is gone
    assert lab.local_source(["lab"])


def test_half_a_wheelhouse_is_none(lab, rooms, capsys):
    rooms.fails = True
    assert lab.main(["wheelhouse"]) == 2
    assert "pip could not fetch everything (see above)." in capsys.readouterr().err
    rooms.wheels.mkdir(exist_ok=True)
    assert lab.local_source(["lab"]) == []


def test_a_wheelhouse_holds_the_course_and_not_its_checks(lab, rooms):
    lab.main(["wheelhouse"])
    assert lab.local_source(["lab"]) and lab.local_source(["lab", "test"]) == []


def test_a_wheelhouse_that_lacks_something_is_told(lab, rooms):
    lab.main(["wheelhouse"])
    rooms.fails = True
    with pytest.raises(lab.Stop, match="wheelhouse/ lacks it: fetch it with this Python and system"):
        lab.install(["lab"])


# ---- the JavaScript witnesses ----------------------------------------------------------------------------------------


def test_the_javascript_witnesses_are_installed_when_their_lock_changed(lab, monkeypatch, capsys):
    lock, modules = Path(lab.INTEROP, "package-lock.json"), Path(lab.INTEROP, "node_modules")
    calls, results = [], []
    monkeypatch.setattr(lab.shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(lab, "step", lambda command, cwd: calls.append((command[:2], cwd)) or results.pop())

    def prepared(*codes):
        results[:] = codes
        calls.clear()
        lab.prepare_interop()
        return calls

    assert prepared() == []  # no lock, nothing to install
    modules.mkdir(parents=True)
    lock.write_text("{}")
    assert prepared(1) == [(["/usr/bin/npm", "ci"], lab.INTEROP)]
    assert "npm could not install them" in capsys.readouterr().out
    assert len(prepared(0)) == 1
    assert prepared() == []
    lock.write_text('{"lockfileVersion": 3}')
    assert len(prepared(0)) == 1


# ---- what it runs ----------------------------------------------------------------------------------------------------


@pytest.fixture
def started(lab, monkeypatch):
    """The command line that a start comes to."""
    monkeypatch.setattr(lab, "prepare", lambda extra: None)
    monkeypatch.setattr(lab, "replace_by", lambda command: command[1:])
    monkeypatch.setattr(lab, "is_root", lambda: False)
    monkeypatch.setattr(lab, "has_browser", lambda: True)
    return lambda *arguments: lab.main(list(arguments))


def test_a_start_opens_chapter_00_on_this_machine_alone(lab, started):
    assert started() == [
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={lab.ROOT}",
        "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb",
        "--ip=127.0.0.1",
        "--ServerApp.tornado_settings={'ws_ping_interval': 0}",
    ]
    assert (LAB.parent / lab.FIRST).exists()


def test_what_follows_the_dashes_goes_to_jupyterlab(started):
    assert started("--", "--no-browser", "--port", "8890")[-3:] == ["--no-browser", "--port", "8890"]
    assert "--ip=127.0.0.1" not in started("--", "--ip", "0.0.0.0")


def test_root_and_a_machine_without_a_display(lab, started, monkeypatch):
    monkeypatch.setattr(lab, "is_root", lambda: True)
    monkeypatch.setattr(lab, "has_browser", lambda: False)
    assert {"--allow-root", "--no-browser"} <= set(started())


def test_no_display_is_no_browser(lab, monkeypatch):
    monkeypatch.setattr(lab.sys, "platform", "linux")
    for name in "DISPLAY", "WAYLAND_DISPLAY", "BROWSER":
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(lab.webbrowser, "get", lambda: object())
    assert not lab.has_browser()
    monkeypatch.setenv("DISPLAY", ":0")
    assert lab.has_browser()

    def none():
        raise lab.webbrowser.Error("none")

    monkeypatch.setattr(lab.webbrowser, "get", none)
    assert not lab.has_browser()


def test_test_runs_pytest_and_gives_its_result(lab, monkeypatch):
    calls = []
    monkeypatch.setattr(lab, "prepare", lambda extra: calls.append(extra))
    monkeypatch.setattr(lab, "prepare_interop", lambda: calls.append("interop"))
    monkeypatch.setattr(lab, "report_changed", lambda: calls.append("changed"))
    monkeypatch.setattr(lab, "run", lambda command: calls.append(command[1:]) or 5)
    assert lab.main(["test", "--", "-k", "replay"]) == 5
    assert calls == ["test", "interop", "changed", ["-m", "pytest", "-k", "replay"], "changed"]


def test_refresh_takes_paths_from_where_it_was_called(lab, monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(lab, "prepare", lambda extra: calls.append(extra))
    monkeypatch.setattr(lab, "run", lambda command: calls.append(command[1:]) or 0)
    monkeypatch.chdir(tmp_path)
    assert lab.main(["refresh", "a.ipynb"]) == 0
    assert calls == ["lab", ["-m", "totp_teach.jupyter", "refresh", str(tmp_path / "a.ipynb")]]


# ---- the site --------------------------------------------------------------------------------------------------------


@pytest.fixture
def built(lab, monkeypatch):
    """lab.py site with a Sphinx that writes one page and gives a code: what it gave, and what then lies in site/."""
    lab.SITE, lab.SITE_KEPT = str(Path(lab.ROOT, "site")), str(Path(lab.ROOT, "build/site"))
    monkeypatch.setattr(lab, "prepare", lambda extra: calls.append(extra))

    def built(page, code):
        def run(command):
            calls.append(command[1:])
            Path(command[-1]).mkdir(parents=True, exist_ok=True)
            Path(command[-1], page).write_text(page)
            return code

        monkeypatch.setattr(lab, "run", run)
        given = lab.main(["site", "--", "-E"])
        return given, sorted(file.name for file in Path(lab.ROOT, "site").glob("*"))

    calls = built.calls = []
    return built


def test_site_runs_sphinx_strictly_on_the_repository(lab, built, capsys):
    assert built("index.html", 0) == (0, ["index.html"])
    extra, command = built.calls
    assert extra == "site" and command[:2] == ["-m", "sphinx"] and command[-3:-1] == ["-E", lab.ROOT]
    assert {"--fail-on-warning", "--keep-going"} <= set(command)
    assert "site/index.html" in capsys.readouterr().out


def test_a_site_that_could_not_be_made_leaves_the_old_one(lab, built, capsys):
    assert built("broken.html", 1) == (2, [])
    assert "could not be made" in capsys.readouterr().err
    Path(lab.SITE_KEPT, "pages/broken.html").unlink()
    assert built("index.html", 0) == (0, ["index.html"])
    assert built("broken.html", 1) == (2, ["index.html"])


def test_what_a_new_site_does_not_have_is_gone(lab, built):
    built("old.html", 0)
    Path(lab.SITE_KEPT, "pages/old.html").unlink()
    assert built("index.html", 0) == (0, ["index.html"])
    assert sorted(os.listdir(lab.SITE_KEPT)) == ["pages"]


def test_a_site_interrupted_on_its_way_is_put_in_place_by_the_next(lab, built, monkeypatch):
    def interrupted(here, there):
        raise KeyboardInterrupt

    built("index.html", 0)
    with monkeypatch.context() as patch:
        patch.setattr(lab.os, "rename", interrupted)
        assert built("new.html", 0) == (130, ["index.html"])
    assert built("new.html", 0) == (0, ["index.html", "new.html"])


# ---- help and errors -------------------------------------------------------------------------------------------------


def test_grade_reads_and_writes_where_it_was_called(lab, monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(lab, "prepare", lambda extra: calls.append(extra))
    monkeypatch.setattr(lab, "run", lambda command, cwd: calls.append((command[1:], cwd)) or 0)
    monkeypatch.chdir(tmp_path)
    assert lab.main(["grade", "handed_in", "--to", "table.csv"]) == 0
    assert calls == ["lab", (["-P", "-m", "totp_teach.grade", "handed_in", "--to", "table.csv"], str(tmp_path))]


@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("-h", 0), ("nonsense", 2), ("--no-browser", 2)])
def test_help_and_nonsense_show_the_commands(lab, capsys, argument, code):
    assert lab.main([argument]) == code
    said = capsys.readouterr().out
    assert all(f"python3 lab.py {name}" in said for name in lab.COMMANDS if name != "start")


def test_a_stop_is_one_line_and_2(lab, monkeypatch, capsys):
    def stops(extra):
        raise lab.Stop("The reason.")

    monkeypatch.setattr(lab, "prepare", stops)
    assert lab.main(["bench"]) == 2
    assert capsys.readouterr() == ("", "The reason.\n")


def test_commands_run_in_the_root_without_another_pythons_packages(lab, monkeypatch, capfd):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    code = "import os, sys; print(os.getcwd(), os.environ.get('PYTHONPATH'), os.environ.get('MORE')); sys.exit(3)"
    assert lab.run([sys.executable, "-c", code]) == 3
    assert lab.step([sys.executable, "-c", code], MORE="more") == 3
    root = os.path.realpath(lab.ROOT)
    assert capfd.readouterr().out.splitlines() == [f"{root} None None", f"{root} None more"]


SLOW_TO_END = """\
import time
try:
    time.sleep(0.5)
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.5)
    print("ended by itself", flush=True)
    raise SystemExit(7)"""


def ctrl_c_during(function):
    """What a terminal sees when Ctrl-C is pressed while lab.run or lab.step runs something that is slow to end."""
    here = f"import sys; sys.path.insert(0, {str(LAB.parent)!r}); import lab; lab.ROOT = '.'"
    code = f"{here}; lab.COMMANDS['x'] = lambda options: lab.{function}([sys.executable, '-c', {SLOW_TO_END!r}])"
    command = [sys.executable, "-c", f"{code}; sys.exit(lab.main(['x']))"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        said, errors = process.communicate(timeout=30)
    return said, errors, process.returncode


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to a group of processes")
@pytest.mark.parametrize(
    ("function", "said", "code"),
    [("run", "ended by itself\n", 7), ("step", "\nStopped. The same command begins where it has to.\n", 130)],
)
def test_ctrl_c_is_clean(function, said, code):
    assert ctrl_c_during(function) == (said, "", code)


def test_the_progress_is_one_line_for_who_watches(lab, monkeypatch, capsys):
    lines = [
        b"Collecting jupyterlab (from -r requirements.txt)\n",
        b"  Downloading it\n",
        b"\xff\n",
        b"\n",
        b"Collecting pyotp\n",
        b"Installing collected packages: jupyterlab, pyotp\n",
    ]
    lab.progress(lines)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    lab.progress(lines)
    shown = [part.strip() for part in capsys.readouterr().out.split("\r")]
    assert shown == ["", "fetching package 1: jupyterlab", "fetching package 2: pyotp", "installing them"]


# ---- the chapters as published ---------------------------------------------------------------------------------------


@pytest.fixture
def chapters(lab):
    """The repository with two chapters and a solution in its last commit."""
    folder = Path(lab.ROOT, "notebooks")
    (folder / "solutions").mkdir(parents=True)
    for name in "00_start_here.ipynb", "03_truncation.ipynb", "solutions/03_truncation.ipynb", "Untitled.ipynb":
        (folder / name).write_text("published")
    git = ["git", "-C", lab.ROOT, "-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "all"], check=True)
    return folder


def test_changed_chapters_are_named_with_the_way_back(lab, chapters, capsys):
    lab.report_changed()
    assert capsys.readouterr().out == ""
    for name in "03_truncation.ipynb", "solutions/03_truncation.ipynb", "Untitled.ipynb":
        (chapters / name).write_text("mine")
    lab.report_changed()
    said = capsys.readouterr().out
    assert "notebooks/03_truncation.ipynb    to put it back: python3 lab.py reset 03" in said
    assert "git checkout HEAD -- notebooks/solutions/03_truncation.ipynb" in said
    assert "Untitled" not in said and "00_start" not in said


@pytest.mark.parametrize("number", ["03", "3"])
def test_reset_puts_a_chapter_back_and_keeps_the_copy(lab, chapters, capsys, number):
    for text in "mine", "mine again":
        (chapters / "03_truncation.ipynb").write_text(text)
        assert lab.main(["reset", number]) == 0
        assert (chapters / "03_truncation.ipynb").read_text() == "published"
    assert (chapters / "mine_03_truncation.ipynb").read_text() == "mine"
    assert (chapters / "mine_03_truncation_2.ipynb").read_text() == "mine again"
    assert "Your copy is kept: notebooks/mine_03_truncation_2.ipynb" in capsys.readouterr().out
    lab.report_changed()
    assert capsys.readouterr().out == ""


def test_reset_leaves_the_solutions(lab, chapters):
    (chapters / "solutions" / "03_truncation.ipynb").write_text("mine")
    assert lab.main(["reset", "03"]) == 0
    assert (chapters / "solutions" / "03_truncation.ipynb").read_text() == "mine"


def test_reset_brings_back_a_chapter_that_was_deleted(lab, chapters):
    (chapters / "03_truncation.ipynb").unlink()
    assert lab.main(["reset", "03"]) == 0
    assert (chapters / "03_truncation.ipynb").read_text() == "published"
    assert not list(chapters.glob("mine_*"))


def test_reset_of_what_is_as_published_does_nothing(lab, chapters, capsys):
    assert lab.main(["reset", "00"]) == 0
    assert capsys.readouterr().out == "notebooks/00_start_here.ipynb is as published: nothing to put back.\n"


@pytest.mark.parametrize("arguments", [[], ["07"], ["03", "00"], ["start"]])
def test_reset_of_no_chapter_names_those_there_are(lab, chapters, capsys, arguments):
    assert lab.main(["reset", *arguments]) == 2
    assert capsys.readouterr().err == "Which chapter? One of these numbers: 00 03\n"


def test_without_git_it_says_so(lab, monkeypatch, capsys):
    assert lab.main(["reset", "03"]) == 2
    assert "git does not know this folder: fatal: not a git repository" in capsys.readouterr().err
    lab.report_changed()
    assert "Whether a chapter was changed cannot be told." in capsys.readouterr().out
    monkeypatch.setenv("PATH", "")
    assert lab.main(["reset", "03"]) == 2
    assert "There is no git here" in capsys.readouterr().err


def test_the_stamp_is_readable(lab, set_up):
    set_up("test")
    stamp = json.loads(Path(lab.STAMP).read_text())
    assert stamp.keys() == {"root", "python", "needs", "extras"} and stamp["extras"] == ["lab", "test"]
