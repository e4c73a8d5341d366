"""lab.py's decisions, one by one; what it installs for real, CI sees: it starts with nothing and calls lab.py test."""

import ast
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

LAB = Path(__file__).parents[2] / "lab.py"
OLD_PYTHONS = Path.home() / ".pyenv" / "versions"  # asked as well, where somebody has them


@pytest.fixture
def lab(tmp_path):
    """A lab.py of its own, in a temporary folder that it takes for the repository."""
    root = tmp_path / "a folder with spaces"
    root.mkdir()
    for name in "lab.py", "pyproject.toml":
        shutil.copy(LAB.with_name(name), root)
    return load(root / "lab.py")


def load(path):
    spec = importlib.util.spec_from_file_location("lab", path)
    lab = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lab)
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


def old_pythons():
    """Commands of Pythons that are too old: one that only says so, and real ones where there are some."""
    pretends = f"import runpy, sys; sys.version_info = (3, 10, 0); runpy.run_path({str(LAB)!r}, run_name='__main__')"
    yield pytest.param([sys.executable, "-c", pretends], "3.10", id="pretends")
    for version in "2.7", "3.6", "3.10":
        for folder in sorted(OLD_PYTHONS.glob(version + ".*"))[:1]:
            yield pytest.param([folder / "bin" / "python", LAB], version, id=version)


@pytest.mark.parametrize(("command", "version"), list(old_pythons()))
def test_an_old_python_says_one_line_and_gives_2(command, version, tmp_path):
    old = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (old.returncode, old.stdout, old.stderr.count("\n")) == (2, "", 1)
    assert f"needs Python 3.11, 3.12, 3.13, and this is Python {version}: " in old.stderr


# ---- which Python ----------------------------------------------------------------------------------------------------


def test_the_tested_pythons_are_those_of_pyproject(lab):
    project = Path(lab.ROOT, "pyproject.toml")
    project.write_text('classifiers = ["Programming Language :: Python :: 3.9", "… :: Python :: 3.10"]', "utf-8")
    assert lab.tested_pythons() == [(3, 10), (3, 9)]
    assert load(LAB).TESTED == [(3, 13), (3, 12), (3, 11)]


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
    with pytest.raises(lab.Stop, match=f"this is Python .*: {advice}"):
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


def test_a_moved_folder_gets_a_new_environment(lab, set_up, tmp_path):
    set_up()
    moved = tmp_path / "moved"
    Path(lab.ROOT).rename(moved)
    before = lab.ROOT
    for name in "ROOT", "VENV", "STAMP", "LOCK":
        setattr(lab, name, getattr(lab, name).replace(before, str(moved)))
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
    monkeypatch.setattr(lab, "pip_sources", lambda python: {"PIP_PROXY": "theirs"})
    monkeypatch.setattr(lab, "step", lambda command, show=None, lines=None, **rest: steps.append((command, rest)) or 0)
    lab.install(["lab", "test"])
    (pip, variables), (compiling, _), (settings, _) = steps
    assert pip[1:4] == ["-m", "pip", "install"] and pip[-4:] == ["-r", "requirements.txt", "-e", ".[lab,test]"]
    exact = {"PIP_CONSTRAINT": "constraints.txt", "PIP_BUILD_CONSTRAINT": "constraints.txt"}
    assert variables == {"PIP_PROXY": "theirs", **exact}
    library = os.path.join(lab.VENV, "Lib" if os.name == "nt" else "lib")
    assert "--no-compile" in pip and compiling[1:] == ["-m", "compileall", "-qq", "-j", "0", library]
    assert settings[1:] == ["-m", "totp_teach.jupyter"]


def failing(said):
    """A lab.step that fails with those lines."""

    def step(command, show=None, lines=None, **variables):
        lines.append(said)
        return 1

    return step


# What pip, venv and the system say, as far as it was seen; and a word of the advice that fits.
COMPLAINTS = [
    ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
    ("ERROR: Could not install packages due to an OSError: Missing dependencies for SOCKS support.", "SOCKS"),
    ("ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "PIP_CERT"),
    ("ERROR: Could not find a suitable TLS CA certificate bundle, invalid path: /gone.pem", "PIP_CERT"),
    ("WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError('<pip.…>')'", "network"),
    ("WARNING: Retrying after connection broken by 'ProxyError('Cannot connect to proxy.', OSError())'", "network"),
    ("pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool: Read timed out.", "network"),
    ("ERROR: No matching distribution found for jupyterlab==4.6.1", "lacks a version"),
    ("Error: [Errno 13] Permission denied: '/course/.venv/bin'", "may not be written"),
    ("PermissionError: [WinError 5] Access is denied: 'python.exe'", "close JupyterLab"),
    ("OSError: [WinError 206] The filename or extension is too long", "shorter"),
    ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "The same command tries again."),
]


@pytest.mark.parametrize(("said", "advice"), COMPLAINTS)
def test_the_last_line_fits_what_went_wrong_or_does_not_guess(lab, monkeypatch, said, advice):
    monkeypatch.setattr(lab, "pip_sources", lambda python: {})
    monkeypatch.setattr(lab, "step", failing(said))
    with pytest.raises(lab.Stop, match="could not install everything.*" + advice):
        lab.install(["lab"])
    with pytest.raises(lab.Stop, match="could not be made.*" + advice):
        lab.make_venv([sys.executable])


def test_what_a_step_complains_about_is_shown_and_remembered(lab, capfd):
    lines, shown = [], []
    code = "import sys; print('Collecting a'); print('ERROR: b', file=sys.stderr); sys.exit(3)"
    assert lab.step([sys.executable, "-c", code], show=lambda pipe: shown.extend(pipe), lines=lines) == 3
    assert (lines, shown) == (["ERROR: b"], [b"Collecting a" + os.linesep.encode()])
    assert capfd.readouterr().err == "ERROR: b\n"


# ---- what may be in the way of a set-up ------------------------------------------------------------------------------


def test_a_file_or_a_broken_link_in_the_place_of_venv_is_named(lab):
    lab.look_at_folder()
    Path(lab.VENV).symlink_to("nowhere")
    with pytest.raises(lab.Stop, match="a file or a broken link: move it away"):
        lab.look_at_folder()
    Path(lab.VENV).unlink()
    Path(lab.VENV).touch()
    with pytest.raises(lab.Stop, match="a file or a broken link: move it away"):
        lab.look_at_folder()


def test_a_folder_that_may_not_be_written_is_named(lab, monkeypatch):
    monkeypatch.setattr(lab.os, "access", lambda path, kind: path != lab.ROOT)
    with pytest.raises(lab.Stop, match="may not write into this folder"):
        lab.look_at_folder()


def test_a_colon_in_the_path_is_named(lab, monkeypatch, tmp_path):
    folder = tmp_path / "week 1: codes"
    folder.mkdir()
    monkeypatch.setattr(lab, "ROOT", str(folder))
    with pytest.raises(lab.Stop, match='a name with a ":": rename it'):
        lab.look_at_folder()
    made = subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "e")], capture_output=True)
    assert made.returncode != 0  # Python's venv still refuses it


def test_windows_paths_that_would_be_too_long_are_counted_before(lab, monkeypatch):
    monkeypatch.setattr(lab, "WINDOWS", True)
    monkeypatch.setattr(lab.os, "access", lambda path, kind: True)
    fits = "C:\\" + "x" * (lab.LONGEST_ON_WINDOWS - lab.LONGEST - 4)
    monkeypatch.setattr(lab, "ROOT", fits)
    lab.look_at_folder()
    monkeypatch.setattr(lab, "ROOT", fits + "ab")
    with pytest.raises(lab.Stop, match=r"would have 2 more: move this folder to a shorter path, such as C:\\"):
        lab.look_at_folder()
    monkeypatch.setattr(lab, "has_long_paths", lambda: True)
    lab.look_at_folder()


def test_the_longest_path_of_venv_was_counted(lab):
    folder = Path(sys.prefix)
    paths = [f".venv/{path.relative_to(folder)}" for path in folder.rglob("*")]  # whatever this environment is called
    longest = max(len(path.replace(f"lib/python{sys.version_info[0]}.{sys.version_info[1]}", "Lib")) for path in paths)
    assert longest <= lab.LONGEST  # as Windows has them


def test_two_set_ups_at_once_wait_for_one_another(lab):
    """Real processes; the second finds what the first has made."""
    program = (
        f"import sys, time; sys.path.insert(0, {lab.ROOT!r}); import lab\n"
        "lab.choose_python = lambda: (['python'], '3.11')\n"
        "lab.version_of = lambda command: '3.11'\n"
        "lab.needs = lambda: 'needs'\n"
        "lab.make_venv = lambda maker: (lab.os.makedirs(lab.VENV), print('begins', flush=True), time.sleep(2))\n"
        "lab.install = lambda extras: print('installs', flush=True)\n"
        "lab.prepare('lab')\n"
    )
    first = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    while "begins" not in first.stdout.readline():
        assert first.poll() is None
    second = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (first.communicate(timeout=60)[0], first.returncode) == ("installs\nReady.\n", 0)
    assert (second.stdout.count("\n"), second.returncode, second.stderr) == (1, 0, "")
    assert "under way" in second.stdout


# ---- the machine's other Pythons, Jupyters and pips ------------------------------------------------------------------

TINY = {
    "tiny.py": "",
    "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
    "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: here\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "tiny-1.0.dist-info/RECORD": "",
}
HOSTILE = {"user": "true", "dry-run": "true", "require-hashes": "true", "no-build-isolation": "false"}


def test_the_set_up_goes_into_venv_whatever_pip_is_told(lab, monkeypatch, tmp_path):
    """With pip itself, an index of one wheel, and every default that led it astray: in variables, then in pip.conf."""
    index, elsewhere = tmp_path / "index", tmp_path / "elsewhere"
    index.mkdir()
    with zipfile.ZipFile(index / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in TINY.items():
            wheel.writestr(name, text)
    hostile = {**HOSTILE, "target": str(elsewhere), "prefix": str(elsewhere), "root": str(elsewhere)}
    ours = {"no-index": "true", "find-links": str(index)}
    file = tmp_path / "pip.conf"
    file.write_text("[global]\n" + "".join(f"{name} = {value}\n" for name, value in ours.items()))
    for name in [name for name in os.environ if lab.is_source(name)]:  # of the machine that tests
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    venv.create(lab.VENV, with_pip=True)

    def installed_in_venv() -> bool:
        lines = []
        assert lab.pip_install(["--force-reinstall", "tiny"], lines) == 0, lines
        [module] = Path(lab.VENV).rglob("tiny.py")
        module.unlink()
        return not elsewhere.exists()

    with monkeypatch.context() as told:
        for name, value in hostile.items():
            told.setenv("PIP_" + name.upper().replace("-", "_"), value)
        assert installed_in_venv()
    with file.open("a") as settings:
        settings.write("[install]\n" + "".join(f"{name} = {value}\n" for name, value in hostile.items()))
    assert installed_in_venv()


def test_where_packages_come_from_stays_the_readers(lab, monkeypatch, tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://one.example\nproxy = a:1\n[install]\nproxy = b:2\nuser = 1\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.setenv("PIP_INDEX_URL", "https://two.example")
    monkeypatch.setenv("PIP_CERT", "/their.pem")
    monkeypatch.setenv("PIP_USER", "1")
    kept = lab.environment(**lab.pip_sources([sys.executable]))
    assert kept["PIP_INDEX_URL"] == "https://two.example" and kept["PIP_PROXY"] == "b:2"
    assert kept["PIP_CERT"] == "/their.pem" and "PIP_USER" not in kept
    assert kept["PIP_CONFIG_FILE"] == os.devnull
    assert lab.environment()["PIP_CONFIG_FILE"] == str(file)  # a chapter's own %pip reads it


@pytest.mark.parametrize("owner", ["me", "somebody else"])
def test_the_kernel_is_venvs_whatever_kernels_there_are(lab, monkeypatch, tmp_path, owner):
    """Another kernelspec python3 in the user's folder and in JUPYTER_PATH; and a .venv that another user has made."""
    for folder in tmp_path / "home/.local/share/jupyter", tmp_path / "path":
        (folder / "kernels/python3").mkdir(parents=True)
        (folder / "kernels/python3/kernel.json").write_text('{"argv": ["theirs"], "display_name": "theirs"}')
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "path"))
    monkeypatch.delenv("JUPYTER_DATA_DIR", raising=False)
    ask = "from jupyter_client.kernelspec import get_kernel_spec as f; print(f('python3').resource_dir)"
    if owner != "me":
        ask = f"import os; os.getlogin = lambda: 'another'; os.geteuid = lambda: 77; {ask}"
    seen = [
        subprocess.check_output([sys.executable, "-c", ask], text=True, env=variables).strip()
        for variables in (dict(os.environ), lab.environment())
    ]
    assert not seen[0].startswith(sys.prefix) and seen[1].startswith(sys.prefix)


def test_what_a_hub_left_in_its_terminal_is_not_passed_on(lab, monkeypatch):
    for name in "JUPYTERHUB_SERVICE_PREFIX", "JPY_API_TOKEN", "PYTHONOPTIMIZE", "JUPYTER_CONFIG_PATH":
        monkeypatch.setenv(name, "/user/alice/")
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    kept = lab.environment()
    assert not kept.keys() & {"JUPYTERHUB_SERVICE_PREFIX", "JPY_API_TOKEN", "PYTHONOPTIMIZE", "JUPYTER_CONFIG_PATH"}
    assert kept["https_proxy"] == "http://proxy.example"


def test_the_readers_theme_stays_and_their_jupyter_settings_are_not_read(lab, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("JUPYTER_CONFIG_DIR", raising=False)
    monkeypatch.delenv("JUPYTERLAB_SETTINGS_DIR", raising=False)
    kept = lab.environment()
    assert kept["JUPYTER_CONFIG_DIR"] == lab.SETTINGS
    assert kept["JUPYTERLAB_SETTINGS_DIR"] == str(tmp_path / ".jupyter/lab/user-settings")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", "/theirs")
    assert lab.environment()["JUPYTERLAB_SETTINGS_DIR"] == os.path.join("/theirs", "lab", "user-settings")
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", "/very/theirs")
    assert lab.environment()["JUPYTERLAB_SETTINGS_DIR"] == "/very/theirs"


def test_without_a_home_that_can_be_written_all_lies_in_venv(lab, monkeypatch):
    home = os.path.expanduser("~")
    names = "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTERLAB_WORKSPACES_DIR", "MPLCONFIGDIR"
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert "IPYTHONDIR" not in lab.environment()
    monkeypatch.setattr(lab.os, "access", lambda path, kind: path != home)
    kept = lab.environment()
    assert all(kept[name].startswith(lab.VENV) for name in names)


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

    def step(command, show=None, lines=None, **variables):
        commands.append((command, variables))
        if "download" in command and not rooms.fails:
            folder = Path(command[command.index("--dest") + 1])
            folder.mkdir(exist_ok=True)
            (folder / f"package-{len(commands)}.whl").write_bytes(b"wheel")
        lines.append(rooms.says)
        return int(rooms.fails)

    monkeypatch.setattr(lab, "step", lambda command, **rest: step(command, **rest) if "pip" in command else 0)
    monkeypatch.setattr(lab, "pip_sources", lambda python: {})
    monkeypatch.setattr(lab, "choose_python", lambda: (["python"], "3.12"))
    monkeypatch.setattr(lab, "make_venv", lambda maker, folder: None)
    rooms = SimpleNamespace(commands=commands, fails=False, says="", wheels=Path(lab.WHEELHOUSE))
    return rooms


def test_a_wheelhouse_is_fetched_and_taken_from(lab, rooms, capsys):
    assert lab.main(["wheelhouse"]) == 0
    ((pip, variables),) = rooms.commands
    assert pip[1:4] == ["-m", "pip", "download"] and "--only-binary=:all:" in pip
    assert pip[-4:] == ["jupyterlab", "pyotp", "hatchling", "editables"]
    assert variables == {"PIP_CONSTRAINT": "constraints.txt"}
    assert "wheelhouse/ has 1 packages, 0 MB." in capsys.readouterr().out
    lab.install(["lab"])
    assert rooms.commands[1][0][7:10] == ["--no-index", "--find-links", lab.WHEELHOUSE]
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
    said = capsys.readouterr().out
    assert "asking the network" in said and "python3 lab.py wheelhouse" in said
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
    rooms.fails, rooms.says = True, "ERROR: No matching distribution found for jupyterlab"
    with pytest.raises(lab.Stop, match="wheelhouse/ lacks it: fetch it with this Python and system"):
        lab.install(["lab"])
    rooms.says = "[Errno 28] No space left on device"
    with pytest.raises(lab.Stop, match="disk is full"):
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
    """What a start comes to: the command's options, and the settings that are there for Jupyter."""
    monkeypatch.setattr(lab, "prepare", lambda extra: None)
    monkeypatch.setattr(lab, "replace_by", lambda command: command[1:])
    monkeypatch.setattr(lab, "is_root", lambda: False)
    monkeypatch.setattr(lab, "has_browser", lambda: True)
    monkeypatch.setattr(lab, "has_walls", lambda: False)

    def started(*arguments):
        command = lab.main(list(arguments))
        assert command[:2] == ["-m", "jupyterlab"]
        return command[2:], json.loads(Path(lab.SETTINGS, "jupyter_server_config.json").read_text())

    return started


def test_a_start_opens_chapter_00_on_this_machine_alone(lab, started):
    options, settings = started()
    assert options == []
    assert settings == {
        "ServerApp": {"root_dir": lab.ROOT, "ip": "127.0.0.1", "open_browser": True, "use_redirect_file": True},
        "LabApp": {"default_url": "/lab/tree/notebooks/00_start_here.ipynb"},
    }
    assert (LAB.parent / lab.FIRST).exists()


def test_what_follows_the_dashes_goes_to_jupyterlab_as_it_is(started):
    assert started("--", "--no-browser", "--port", "8890")[0] == ["--no-browser", "--port", "8890"]


@pytest.mark.parametrize(
    "option", ["--LabApp.default_url=/lab", "--ServerApp.default_url=/x", "--notebook-dir=/", "--ServerApp.root_dir=/"]
)
def test_chapter_00_is_not_asked_for_where_something_else_is(started, option):
    assert "LabApp" not in started("--", option)[1]


def test_root_and_a_machine_without_a_display(lab, started, monkeypatch):
    monkeypatch.setattr(lab, "is_root", lambda: True)
    monkeypatch.setattr(lab, "has_browser", lambda: False)
    server = started()[1]["ServerApp"]
    assert (server["allow_root"], server["open_browser"]) == (True, False)


def test_a_browser_behind_walls_is_given_the_address_itself(lab, started, monkeypatch):
    monkeypatch.setattr(lab, "has_walls", lambda: True)
    assert started()[1]["ServerApp"]["use_redirect_file"] is False
    monkeypatch.undo()
    monkeypatch.setattr(lab.os.path, "exists", lambda path: path == "/snap/bin")
    assert lab.has_walls()
    monkeypatch.setattr(lab.os.path, "exists", lambda path: False)
    monkeypatch.delenv("WSL_DISTRO_NAME", raising=False)
    assert not lab.has_walls()


BROKEN = """
c.ServerApp.contents_manager_class = "package_that_is_gone.Manager"
c.ServerApp.preferred_dir = "/folder/that/is/gone"
c.ServerApp.certfile = "/file/that/is/gone.pem"
"""


def test_a_real_start_past_the_readers_broken_settings_with_options_in_every_form(lab, monkeypatch, tmp_path):
    """One real JupyterLab: what was given wins, chapter 00 or not, and a line in ~/.jupyter does not prevent it."""
    home = tmp_path / "home"
    (home / ".jupyter").mkdir(parents=True)
    for name in "jupyter_server_config.py", "jupyter_lab_config.py":
        (home / ".jupyter" / name).write_text(BROKEN)
    monkeypatch.setenv("HOME", str(home))
    for name in [name for name in os.environ if name.startswith("JUPYTER")]:
        monkeypatch.delenv(name)
    given = ["--ServerApp.ip=localhost", "--ServerApp.tornado_settings={'headers': {'X-Mine': 'yes'}}"]
    given += ["--LabApp.default_url=/lab/tree/other.md", "--no-browser", "--ServerApp.port_retries=200"]
    lab.write_settings(given)
    command = [sys.executable, "-m", "jupyterlab", "--IdentityProvider.token=t", *given]
    log = tmp_path / "log.txt"
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=lab.ROOT, env=lab.environment(), stdout=out, stderr=out)
    try:
        address = None
        while not address:
            assert server.poll() is None, log.read_text()
            running = list((home / ".local/share/jupyter/runtime").glob("jpserver-*.json"))
            address = running and json.loads(running[0].read_text() or "{}").get("url")
            time.sleep(0.1)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{address}?token=t") as page:
            assert page.url.partition("?")[0] == f"{address}lab/tree/other.md"
            assert page.headers["X-Mine"] == "yes"
        assert address.startswith("http://localhost:")
        assert "ws_ping" not in log.read_text() and "rror" not in log.read_text()
    finally:
        server.terminate()
        server.wait(30)


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
    monkeypatch.setattr(lab, "build_live", lambda: calls.append("live"))
    monkeypatch.setattr(lab.shutil, "which", lambda name: name)
    monkeypatch.setattr(lab, "report_changed", lambda: calls.append("changed"))
    monkeypatch.setattr(lab, "run", lambda command: calls.append(command[1:]) or 5)
    assert lab.main(["test", "--", "-k", "replay"]) == 5
    assert calls == ["test", "interop", "live", "changed", ["-m", "pytest", "-k", "replay"], "changed"]


def checked(lab, monkeypatch, fails=()):
    """lab.py check with programs that fail where they are named: what it gave, and what it ran."""
    ran = []
    monkeypatch.setattr(lab, "prepare", lambda extra: ran.append(extra))
    monkeypatch.setattr(lab, "prepare_interop", lambda: None)
    monkeypatch.setattr(lab, "javascript", lambda: ["biome", "biome", "biome"])
    monkeypatch.setattr(lab, "javascript_tests", lambda: ["node", "--test", "a.test.mjs"])
    monkeypatch.setattr(lab, "run", lambda command: ran.append(command) or int(command[2] in fails))
    return lab.main(["check", "--", "-x"]), ran


def test_check_runs_everything_and_says_at_the_end_what_is_not_in_order(lab, monkeypatch, capsys):
    code, ran = checked(lab, monkeypatch)
    assert (code, ran[0], len(ran)) == (0, "test", 7) and ran[-1][-1] == "-x"
    assert capsys.readouterr().out.endswith("All in order.\n")
    assert checked(lab, monkeypatch, fails=["mypy", "pytest"])[0] == 1
    assert "Not in order: types, unit tests" in capsys.readouterr().out
    assert lab.main(["check", "lint"]) == 1  # mypy still fails
    assert "Not in order: types (see above)" in capsys.readouterr().out


def test_check_without_npm_says_what_it_did_not_look_at(lab, monkeypatch, capsys):
    assert lab.javascript() is None
    monkeypatch.setattr(lab, "prepare", lambda extra: None)
    monkeypatch.setattr(lab, "prepare_interop", lambda: None)
    monkeypatch.setattr(lab, "run", lambda command: 0)
    assert lab.main(["check"]) == 0
    assert "JavaScript: not looked at" in capsys.readouterr().out


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

    def build_live(folder):
        Path(folder).mkdir(parents=True, exist_ok=True)
        return built.live

    monkeypatch.setattr(lab, "build_live", build_live)

    def built(page, code, *options):
        def run(command):
            calls.append(command[1:])
            Path(command[-1]).mkdir(parents=True, exist_ok=True)
            Path(command[-1], page).write_text(page)
            return code

        monkeypatch.setattr(lab, "run", run)
        given = lab.main(["site", *options, "--", "-E"])
        return given, sorted(file.name for file in Path(lab.ROOT, "site").glob("*"))

    calls = built.calls = []
    built.live = 0
    return built


def test_site_runs_sphinx_strictly_on_the_repository(lab, built, capsys):
    assert built("index.html", 0) == (0, ["index.html", "live"])
    extra, command = built.calls
    assert extra == "site" and command[:2] == ["-m", "sphinx"] and command[-3:-1] == ["-E", lab.ROOT]
    assert {"--fail-on-warning", "--keep-going"} <= set(command)
    assert "--directory site" in capsys.readouterr().out


def test_the_site_has_the_live_chapters_unless_told_not_to(lab, built, capsys):
    def options():
        return built.calls[-1][2:-2]

    assert built("index.html", 0)[1] == ["index.html", "live"] and "live" in options()
    assert built("index.html", 0, "--no-live")[1] == ["index.html"] and "live" not in options()
    assert "-E" in options() and "--" not in options()
    built.live = 1
    assert built("index.html", 0) == (2, ["index.html"])
    assert "lab.py site --no-live" in capsys.readouterr().err


def test_a_site_that_could_not_be_made_leaves_the_old_one(lab, built, capsys):
    assert built("broken.html", 1) == (2, [])
    assert "could not be made" in capsys.readouterr().err
    Path(lab.SITE_KEPT, "pages/broken.html").unlink()
    assert built("index.html", 0) == (0, ["index.html", "live"])
    assert built("broken.html", 1) == (2, ["index.html", "live"])


def test_what_a_new_site_does_not_have_is_gone(lab, built):
    built("old.html", 0)
    Path(lab.SITE_KEPT, "pages/old.html").unlink()
    assert built("index.html", 0) == (0, ["index.html", "live"])
    assert sorted(os.listdir(lab.SITE_KEPT)) == ["live", "pages"]


def test_a_site_interrupted_on_its_way_is_put_in_place_by_the_next(lab, built, monkeypatch):
    def interrupted(here, there):
        raise KeyboardInterrupt

    built("index.html", 0)
    with monkeypatch.context() as patch:
        patch.setattr(lab.os, "rename", interrupted)
        assert built("new.html", 0) == (130, ["index.html", "live"])
    assert built("new.html", 0) == (0, ["index.html", "live", "new.html"])


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
    [("run", "ended by itself\n", 7), ("step", "\nStopped. Run it again to resume.\n", 130)],
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

NAMES = "00_start_here.ipynb", "03_truncation.ipynb", "solutions/03_truncation.ipynb", "Untitled.ipynb"


def git(folder, *arguments):
    command = ["git", "-C", folder, "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments]
    return subprocess.check_output(command, text=True, stderr=subprocess.STDOUT)


@pytest.fixture
def chapters(lab):
    """The repository, which follows no other, with two chapters and a solution in its last commit."""
    folder = Path(lab.ROOT, "notebooks")
    (folder / "solutions").mkdir(parents=True)
    for name in NAMES:
        (folder / name).write_text("published")
    git(lab.ROOT, "init", "-q", "-b", "main")
    git(lab.ROOT, "add", ".")
    git(lab.ROOT, "commit", "-q", "-m", "all")
    return folder


@pytest.fixture
def clone(lab, chapters, tmp_path, monkeypatch):
    """A clone of it, as a reader has one: its lab.py, its chapters; `chapters` are those that it follows."""
    git(tmp_path, "clone", "-q", lab.ROOT, "clone")
    clone = load(tmp_path / "clone" / "lab.py")
    monkeypatch.setattr(clone, "prepare", lambda extra: None)
    monkeypatch.setattr(clone, "run", lambda command: clone.main(command[2:]))  # the new lab.py, carried on with
    return SimpleNamespace(lab=clone, folder=tmp_path / "clone", chapters=tmp_path / "clone" / "notebooks")


def test_changed_chapters_are_named_with_the_way_back(lab, chapters, capsys):
    lab.report_changed()
    assert capsys.readouterr().out == ""
    for name in NAMES[1:]:
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


def test_reset_goes_back_to_what_was_published_and_not_to_ones_own_commit(clone, capsys):
    for text in "mine", "mine again":
        (clone.chapters / "03_truncation.ipynb").write_text(text)
        git(clone.folder, "commit", "-qam", text)
    clone.lab.report_changed()
    assert "differ from the published ones" in capsys.readouterr().out
    assert clone.lab.main(["reset", "03"]) == 0
    assert "as published (origin/main)" in capsys.readouterr().out
    assert (clone.chapters / "03_truncation.ipynb").read_text() == "published"
    assert (clone.chapters / "mine_03_truncation.ipynb").read_text() == "mine again"
    assert clone.lab.main(["reset", "03"]) == 0
    assert "nothing to put back" in capsys.readouterr().out


def test_a_branch_of_ones_own_is_held_against_what_was_cloned(clone):
    git(clone.folder, "checkout", "-q", "-b", "answers")
    (clone.chapters / "03_truncation.ipynb").write_text("mine")
    git(clone.folder, "commit", "-qam", "mine")
    assert clone.lab.main(["reset", "03"]) == 0
    assert (clone.chapters / "03_truncation.ipynb").read_text() == "published"


def test_reset_leaves_the_solutions(lab, chapters):
    (chapters / "solutions" / "03_truncation.ipynb").write_text("mine")
    assert lab.main(["reset", "03"]) == 0
    assert (chapters / "solutions" / "03_truncation.ipynb").read_text() == "mine"


def test_reset_brings_back_a_chapter_that_was_deleted(lab, chapters):
    (chapters / "03_truncation.ipynb").unlink()
    assert lab.main(["reset", "03"]) == 0
    assert (chapters / "03_truncation.ipynb").read_text() == "published"
    assert not list(chapters.glob("mine_*"))


def test_a_folder_that_follows_no_other_does_not_say_published(lab, chapters, capsys):
    assert lab.main(["reset", "00"]) == 0
    said = capsys.readouterr().out
    assert "nothing to put back" in said and "last commit" in said and "published" not in said


@pytest.mark.parametrize("arguments", [[], ["07"], ["03", "00"], ["start"]])
def test_reset_of_no_chapter_names_those_there_are(lab, chapters, capsys, arguments):
    assert lab.main(["reset", *arguments]) == 2
    assert capsys.readouterr().err == "Which chapter? One of these numbers: 00 03\n"


@pytest.mark.parametrize("inside", ["nothing", "a repository of other things"])
def test_a_folder_from_a_zip_says_what_to_do(lab, capsys, inside):
    if inside != "nothing":
        git(Path(lab.ROOT).parent, "init", "-q")
    for command in ["reset", "03"], ["update"]:
        assert lab.main(command) == 2
        said = "".join(capsys.readouterr())
        assert "ZIP" in said and "new download" in said
    lab.report_changed()
    assert "cannot be told" in capsys.readouterr().out


def test_without_git_it_says_so(lab, chapters, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    for command in ["reset", "03"], ["update"]:
        assert lab.main(command) == 2
        assert "There is no git here" in capsys.readouterr().err


def test_what_git_says_is_shown_whole(lab, monkeypatch, capsys):
    def refuses(*arguments, **rest):
        raise subprocess.CalledProcessError(128, "git", b"fatal: dubious ownership\nTo add an exception, call:\n\tthis")

    monkeypatch.setattr(lab.subprocess, "check_output", refuses)
    assert lab.main(["reset", "03"]) == 2
    assert capsys.readouterr().err.endswith("fatal: dubious ownership\nTo add an exception, call:\n\tthis\n")


def publish(chapters, **files):
    """A new version of some chapters, by their numbers."""
    for number, text in files.items():
        (path,) = chapters.glob(f"{number[1:]}_*.ipynb")
        path.write_text(text)
    git(chapters.parent, "commit", "-qam", "new")


def test_update_takes_what_is_new_and_keeps_the_chapters_that_both_changed(clone, chapters, capsys):
    (clone.chapters / "00_start_here.ipynb").write_text("my answers")
    (clone.chapters / "03_truncation.ipynb").write_text("my answers")
    publish(chapters, _03="new")
    assert clone.lab.main(["update"]) == 0
    assert (clone.chapters / "03_truncation.ipynb").read_text() == "new"
    assert (clone.chapters / "mine_03_truncation.ipynb").read_text() == "my answers"
    assert (clone.chapters / "00_start_here.ipynb").read_text() == "my answers"  # nobody else has changed it
    said = capsys.readouterr().out
    assert "1 commits came from origin/main" in said and "This is the newest of origin/main." in said


def test_update_installs_what_the_new_requirements_ask_for(clone, chapters, monkeypatch):
    extras = []
    monkeypatch.setattr(clone.lab, "prepare", extras.append)
    assert clone.lab.main(["update"]) == 0 and extras == ["lab"]
    publish(chapters, _03="new")
    assert clone.lab.main(["update"]) == 0 and extras == ["lab", "lab"]


def test_an_update_that_git_refuses_changes_nothing(clone, chapters, capsys):
    """The reader has changed something else that is new."""
    (clone.chapters / "03_truncation.ipynb").write_text("my answers")
    (clone.folder / "lab.py").write_text("mine")
    Path(chapters.parent, "lab.py").write_text("new")
    publish(chapters, _03="new")
    assert clone.lab.main(["update"]) == 2
    assert "lab.py" in capsys.readouterr().err
    assert (clone.chapters / "03_truncation.ipynb").read_text() == "my answers"
    assert not list(clone.chapters.glob("mine_*"))


def test_update_with_commits_of_ones_own_says_how_to_go_on(clone, chapters, capsys):
    (clone.chapters / "03_truncation.ipynb").write_text("my answers")
    git(clone.folder, "commit", "-qam", "mine")
    publish(chapters, _00="new")
    assert clone.lab.main(["update"]) == 2
    assert "git merge origin/main" in capsys.readouterr().err


def test_a_folder_that_follows_no_other_cannot_be_updated(lab, chapters, capsys):
    assert lab.main(["update"]) == 2
    assert "follows no other" in capsys.readouterr().err


def test_the_stamp_is_readable(lab, set_up):
    set_up("test")
    stamp = json.loads(Path(lab.STAMP).read_text())
    assert stamp.keys() == {"root", "python", "needs", "extras"} and stamp["extras"] == ["lab", "test"]


# ---- copies for students ---------------------------------------------------------------------------------------------


def test_copies_hold_no_output_and_overwrite_nobodys_work(lab, tmp_path, capsys):
    chapters = Path(lab.ROOT, "notebooks")
    chapters.mkdir()
    for chapter in sorted(LAB.parent.glob(lab.CHAPTERS))[:3]:
        shutil.copy(chapter, chapters)
    assert lab.main(["copies", str(tmp_path / "class")]) == 0
    made = sorted((tmp_path / "class").iterdir())
    assert [path.name for path in made] == sorted(path.name for path in chapters.iterdir())
    for path in made:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert code and all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
        before = json.loads((chapters / path.name).read_text("utf-8"))["cells"]
        assert [cell["source"] for cell in cells] == [cell["source"] for cell in before]
    assert lab.main(["copies", str(tmp_path / "class")]) == lab.main(["copies"]) == 2
    assert "is there already" in capsys.readouterr().err
