"""The one launcher of the course (on Windows: "py" instead of "python3").

    python3 lab.py             opens JupyterLab on chapter 00; the first start sets everything up in .venv
    python3 lab.py test        runs every test there is
    python3 lab.py refresh     re-executes every notebook (or those named) from a clean kernel, stores the outputs
    python3 lab.py bench       runs the benchmarks and prints the table
    python3 lab.py reset 03    puts chapter 03 back as published; your copy is kept beside it
    python3 lab.py grade DIR   runs the notebooks that learners handed in, and prints what their checks say as a table
    python3 lab.py site        makes a static site of the executed course, to publish; with slides
    python3 lab.py wheelhouse  fetches all that a set-up needs into wheelhouse/, for rooms without a network

What follows -- goes on as it is, to JupyterLab or (test) to pytest, (bench) to the benchmarks, (site) to Sphinx,
(wheelhouse) to pip:

    python3 lab.py -- --no-browser --port 8890
    python3 lab.py test -- tests/unit -k replay
    python3 lab.py wheelhouse -- --platform win_amd64
"""

# Standard library only. And no f-strings, annotations or newer syntax: a Python that is too old for the course must be
# able to read this file as far as the line that tells what to do.

import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import webbrowser

TESTED = [(3, 13), (3, 12), (3, 11)]  # newest first
WINDOWS = os.name == "nt"

ROOT = os.path.dirname(os.path.realpath(__file__))
VENV = os.path.join(ROOT, ".venv")
IN_VENV = ("Scripts", "python.exe") if WINDOWS else ("bin", "python")
PYTHON = os.path.join(VENV, *IN_VENV)
STAMP = os.path.join(VENV, "totp_teach.json")  # what .venv was made from; written last, so it vouches for all of it
NEEDS = ["requirements.txt", "constraints.txt", "pyproject.toml"]
BUILDERS = ["hatchling", "editables"]  # what pip builds totp_teach with, as pyproject.toml names it
SYSTEMS = {"win": r"(sys_platform|os_name) == '(win32|nt)'", "macosx": r"sys_platform == 'darwin'"}  # pip's --platform

FIRST = "notebooks/00_start_here.ipynb"
CHAPTERS = "notebooks/[0-9][0-9]_*.ipynb"
SOLUTIONS = "notebooks/solutions/[0-9][0-9]_*.ipynb"
SITE = os.path.join(ROOT, "site")
WHEELHOUSE = os.path.join(ROOT, "wheelhouse")
SITE_KEPT = os.path.join(ROOT, "build", "site")  # what a second run need not make again
INTEROP = os.path.join(ROOT, "tests", "interop")  # the JavaScript witnesses


class Stop(Exception):
    """The way on is blocked: the message says by what, and what to do."""


# ---- the commands ----------------------------------------------------------------------------------------------------


def start(options):
    prepare("lab")
    ours = ["--ServerApp.root_dir=" + ROOT, "--LabApp.default_url=/lab/tree/" + FIRST]
    if not any(option.startswith("--ip") for option in options):  # Jupyter refuses to be told twice
        # No keep-alive pings within one machine: with Jupyter's own settings for them tornado warns about both.
        ours += ["--ip=127.0.0.1", "--ServerApp.tornado_settings={'ws_ping_interval': 0}"]
    if is_root():
        ours.append("--allow-root")
    if not has_browser():
        ours.append("--no-browser")  # Jupyter prints the address to open
    return replace_by([PYTHON, "-m", "jupyterlab"] + ours + options)


def test(options):
    prepare("test")
    prepare_interop()
    report_changed()
    result = run([PYTHON, "-m", "pytest"] + options)  # given no paths, it takes those that pyproject.toml names
    report_changed()
    return result


def refresh(paths):
    prepare("lab")
    return run([PYTHON, "-m", "totp_teach.jupyter", "refresh"] + [os.path.abspath(path) for path in paths])


def bench(options):
    prepare("test")
    return run([PYTHON, os.path.join("tests", "benchmarks")] + options)


def grade(options):
    prepare("lab")
    # -P: where it was called may lie what learners wrote, and a file of theirs may be called as a module that is needed.
    return run([PYTHON, "-P", "-m", "totp_teach.grade"] + options, os.getcwd())


def reset(numbers):
    chapters = {os.path.basename(name)[:2]: name for name in git("ls-files", CHAPTERS).split()}
    number = numbers[0].zfill(2) if len(numbers) == 1 else None
    if number not in chapters:
        raise Stop("Which chapter? One of these numbers: %s" % (" ".join(sorted(chapters)) or "(git knows none)"))
    chapter = chapters[number]
    path = os.path.join(ROOT, chapter)
    if chapter not in changed():
        say("%s is as published: nothing to put back." % chapter)
        return 0
    if os.path.exists(path):
        kept = free_name(os.path.join(ROOT, "notebooks", "mine_" + os.path.basename(path)))
        shutil.copy2(path, kept)
        say("Your copy is kept: notebooks/%s" % os.path.basename(kept))
    git("checkout", "--quiet", "HEAD", "--", chapter)
    say("%s is as published again. (Open in JupyterLab? There: File > Reload Notebook from Disk.)" % chapter)
    return 0


def site(options):
    prepare("site")
    say("Making the site ...")
    pages = os.path.join(SITE_KEPT, "pages")
    settings = ["-c", os.path.join("notebooks", "website"), "-d", os.path.join(SITE_KEPT, "read")]
    strictly = ["--fail-on-warning", "--keep-going", "--quiet", "--jobs", "auto"]
    if run([PYTHON, "-m", "sphinx"] + strictly + settings + options + [ROOT, pages]) != 0:
        raise Stop("The site could not be made (see above). What was in site/ before is there still.")
    put_in_place(pages, SITE, SITE_KEPT)
    say("The site is in site/: open site/index.html in a browser, or publish the folder as it is.")
    return 0


def wheelhouse(options):
    """Every package of a set-up, for this Python and system or for one that pip's options name; others' are kept."""
    maker, version = choose_python()
    fresh = {"needs": needs()}
    if read_stamp(os.path.join(WHEELHOUSE, "totp_teach.json")) != fresh:
        shutil.rmtree(WHEELHOUSE, ignore_errors=True)  # of older requirements, or interrupted
    say("Fetching what a set-up with Python %s needs into wheelhouse/ ..." % version)
    folder = tempfile.mkdtemp()
    try:
        make_venv(maker, folder)  # for its pip: the system's Python may have none
        pip = [os.path.join(folder, *IN_VENV), "-m", "pip", "download", "--no-input", "--disable-pip-version-check"]
        wheels = ["--only-binary=:all:", "--dest", WHEELHOUSE]
        if step(pip + wheels + options + packages(options), show=progress, PIP_CONSTRAINT="constraints.txt") != 0:
            raise Stop("pip could not fetch everything (see above). It needs a network; the same command tries again.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    write_stamp(os.path.join(WHEELHOUSE, "totp_teach.json"), fresh)
    found = glob.glob(os.path.join(WHEELHOUSE, "*.whl"))
    size = sum(map(os.path.getsize, found)) // 10**6
    say("wheelhouse/ has %d packages, %d MB." % (len(found), size))
    say("A copy of this whole folder is set up by python3 lab.py without a network.")
    return 0


COMMANDS = {
    "start": start,
    "test": test,
    "refresh": refresh,
    "bench": bench,
    "reset": reset,
    "grade": grade,
    "site": site,
    "wheelhouse": wheelhouse,
}


# ---- the set-up ------------------------------------------------------------------------------------------------------


def prepare(extra):
    """.venv with what the command needs; nothing at all is done when its stamp says that it is there."""
    maker, version = choose_python()
    found = read_stamp(STAMP)
    needed = {
        "root": ROOT,  # .venv holds absolute paths: a moved folder needs a new one
        "python": version,
        "needs": needs(),
        "extras": sorted(set(found.get("extras", [])) | {"lab", extra}),
    }
    whole = found.get("root") == ROOT and found.get("python") == version == version_of([PYTHON])
    if whole and found == needed:
        return
    if whole:
        say("Bringing .venv up to date ...")
        os.remove(STAMP)
    else:  # none yet, interrupted, moved, broken, or of another Python: a half of one is not worth mending
        say("Setting up the course in .venv with Python %s. Once; it takes a minute or two." % version)
        make_venv(maker)
    install(needed["extras"])
    write_stamp(STAMP, needed)
    say("Ready.")


def choose_python():
    """The command of the Python that is to make .venv, and its version: this one, or a tested one if this is newer."""
    this = sys.version_info[:2]
    if this in TESTED:
        return [getattr(sys, "_base_executable", sys.executable)], dotted(this)  # not that of a .venv to be removed
    other = find_tested()
    if this > TESTED[0]:
        if other:
            say("Python %s is newer than the course was tested with: taking %s." % (dotted(this), " ".join(other[0])))
            return other
        say("Python %s is newer than the course was tested with (%s): trying it." % (dotted(this), tested()))
        return [getattr(sys, "_base_executable", sys.executable)], dotted(this)
    advice = "type: %s lab.py" % " ".join(other[0]) if other else "install one from https://www.python.org/downloads/"
    raise Stop("The course needs Python %s, and this is Python %s: %s" % (tested(), dotted(this), advice))


def find_tested():
    """The command and version of the newest tested Python that is really there, or None."""
    which = getattr(shutil, "which", lambda name: None)  # Python 2 has none
    for version in map(dotted, TESTED):
        for command in ["python" + version], ["py", "-" + version]:
            if which(command[0]) and version_of(command) == version:
                return command, version
    return None


def version_of(command):
    """The version that a Python says it has, such as "3.12"; None when it does not run (a shim, a broken link)."""
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.check_output(command + ["-c", question], stderr=subprocess.STDOUT).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def make_venv(maker, folder=None):
    """A new environment in the folder, which is .venv if none is given."""
    try:
        subprocess.check_output(maker + ["-c", "import ensurepip, venv"], stderr=subprocess.STDOUT)
    except (OSError, subprocess.CalledProcessError):
        package = "python%s-venv" % version_of(maker)
        raise Stop("This Python has no venv module. On Debian and Ubuntu: sudo apt install %s" % package)
    folder = folder or VENV
    if step(maker + ["-m", "venv", "--clear", folder]) != 0:
        raise Stop("%s could not be made (see above). Is JupyterLab still running from it?" % folder)


def install(extras):
    """Everything that requirements.txt names, in the exact versions of constraints.txt; then Jupyter's settings."""
    targets = ["-r", "requirements.txt", "-e", ".[%s]" % ",".join(extras)]
    # Both names of the constraints for what builds totp_teach itself: pip changed the name in version 25.3.
    exact = {"PIP_CONSTRAINT": "constraints.txt", "PIP_BUILD_CONSTRAINT": "constraints.txt"}
    pip = [PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    source = local_source(extras)
    if step(pip + source + targets, show=progress, **exact) != 0:
        lacking = "wheelhouse/ lacks it: fetch it with this Python and system, or rename it to ask the network."
        way = lacking if source else "It needs a network; the same command tries again."
        raise Stop("pip could not install everything (see above). " + way)
    if step([PYTHON, "-m", "totp_teach.jupyter"]) != 0:
        raise Stop("Jupyter's settings could not be written to .venv (see above).")


def local_source(extras):
    """pip's options for taking everything from wheelhouse/, if it is there, whole and for these requirements."""
    if not os.path.isdir(WHEELHOUSE) or extras != ["lab"]:  # the course is in there, not its checks
        return []
    if read_stamp(os.path.join(WHEELHOUSE, "totp_teach.json")).get("needs") != needs():
        say("wheelhouse/ is not whole, or for other requirements than these: asking the network.")
        say("To renew it, where there is one: python3 lab.py wheelhouse")
        return []
    say("Taking the packages from wheelhouse/.")
    return ["--no-index", "--find-links", WHEELHOUSE]


def packages(options):
    """What a set-up fetches: the course, what builds totp_teach, and what another system needs alone."""
    with open(os.path.join(ROOT, "requirements.txt")) as file:
        lines = [line.partition("#")[0].strip() for line in file]
    names = [line for line in lines if line and not line.startswith("-")] + BUILDERS
    with open(os.path.join(ROOT, "constraints.txt")) as file:  # pip goes by this system's markers, not by the other's
        pins = [line.partition("#")[0].strip().partition(" ; ") for line in file]
    for system, marker in SYSTEMS.items():
        if any(option.replace("--platform=", "").startswith(system) for option in options):
            names += [pin for pin, _, condition in pins if re.match(marker, condition)]
    return names


def prepare_interop():
    """The JavaScript libraries that the codes are compared with, where there is npm."""
    npm = shutil.which("npm")
    lock = os.path.join(INTEROP, "package-lock.json")
    stamp = os.path.join(INTEROP, "node_modules", "totp_teach.json")
    if not npm or not os.path.exists(lock):
        return
    needed = {"lock": fingerprint([lock])}
    if read_stamp(stamp) == needed:
        return
    say("Installing the JavaScript witnesses ...")
    if step([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=INTEROP) != 0:
        say("npm could not install them (see above): the tests that need them say so.")
        return
    write_stamp(stamp, needed)


def needs():
    """One number for what is asked for."""
    return fingerprint([os.path.join(ROOT, name) for name in NEEDS])


def write_stamp(path, content):
    with open(path, "w") as stamp:
        json.dump(content, stamp, indent=1, sort_keys=True)


def read_stamp(path):
    """What a stamp says; an empty dict when there is none, or half of one."""
    try:
        with open(path) as stamp:
            return json.load(stamp)
    except (OSError, ValueError):
        return {}


def fingerprint(paths):
    """One number for the contents of some files."""
    total = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            total.update(hashlib.sha256(file.read()).digest())
    return total.hexdigest()


# ---- the chapters as published ---------------------------------------------------------------------------------------


def changed():
    """The chapters and solutions that differ from the last commit."""
    return git("diff", "--name-only", "--relative", "HEAD", "--", CHAPTERS, SOLUTIONS).split()


def report_changed():
    """Say which chapters differ from the published ones: a test that fails there fails on the reader's own changes."""
    try:
        names = changed()
    except Stop as reason:
        say("Whether a chapter was changed cannot be told. %s" % reason)
        return
    if names:
        say("These differ from the published ones, so their outputs may too:")
    for name in names:
        solution = name.startswith("notebooks/solutions/")
        way = "git checkout HEAD -- " + name if solution else "python3 lab.py reset " + os.path.basename(name)[:2]
        say("    %s    to put it back: %s" % (name, way))


def git(*arguments):
    """What git prints."""
    try:
        return subprocess.check_output(("git", "-C", ROOT) + arguments, stderr=subprocess.STDOUT).decode()
    except OSError:
        raise Stop("There is no git here, which knows the chapters as published (https://git-scm.com/downloads).")
    except subprocess.CalledProcessError as error:
        raise Stop("git does not know this folder: %s" % error.output.decode().strip().splitlines()[0])


def free_name(path):
    """The path itself, or the first of path_2, path_3 ... that is not taken."""
    stem, end = os.path.splitext(path)
    number = 1
    while os.path.exists(path):
        number += 1
        path = "%s_%d%s" % (stem, number, end)
    return path


def put_in_place(folder, place, kept):
    """Copy a folder to a place, which never holds a half of it; what is on its way there or back lies in `kept`."""
    coming, going = os.path.join(kept, "coming"), os.path.join(kept, "going")
    for path in coming, going:
        shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(folder, coming)
    if os.path.exists(place):
        os.rename(place, going)
    os.rename(coming, place)
    shutil.rmtree(going, ignore_errors=True)


# ---- small things ----------------------------------------------------------------------------------------------------


def run(command, cwd=None):
    """The exit code of a command that runs in the repository's root; while it runs Ctrl-C is its business."""
    process = subprocess.Popen(command, cwd=cwd or ROOT, env=environment())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def step(command, cwd=None, show=None, **variables):
    """The exit code of one step of the set-up; Ctrl-C ends it without a word of its own, and all of this with it."""
    output = subprocess.PIPE if show else None
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which the step inherits
    process = subprocess.Popen(command, cwd=cwd or ROOT, env=environment(**variables), stdout=output)
    signal.signal(signal.SIGINT, before)
    try:
        if show:
            show(process.stdout)
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise


def replace_by(command):
    """Become that command, so that Ctrl-C and signals reach it directly; on Windows, which cannot, wait for it."""
    if WINDOWS:
        return run(command)
    os.chdir(ROOT)
    os.execve(command[0], command, environment())


def environment(**variables):
    """The variables for what runs in .venv: without those that would mix another Python's packages into it."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return dict(kept, **variables)


def progress(lines):
    """pip's output as one line that changes, where there is somebody to watch it. (Errors come another way.)"""
    count = 0
    for line in lines:
        word, name = (line.decode(errors="replace").split() + ["", ""])[:2]
        count += word == "Collecting"
        doing = "installing them" if name == "collected" else "fetching package %d: %s" % (count, name)
        if sys.stdout.isatty() and (word == "Collecting" or name == "collected"):
            sys.stdout.write("\r    %-60.60s" % doing)
            sys.stdout.flush()
    if sys.stdout.isatty():
        sys.stdout.write("\n")


def has_browser():
    """Whether a window could open: with no display a browser would be a text one, and take the terminal."""
    if sys.platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"} & set(os.environ):
        return False
    try:
        return bool(webbrowser.get())
    except webbrowser.Error:
        return False


def is_root():
    return not WINDOWS and os.geteuid() == 0


def dotted(version):
    return "%d.%d" % tuple(version)


def tested():
    return ", ".join(map(dotted, reversed(TESTED)))


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments):
    name = arguments.pop(0) if arguments and arguments[0] != "--" else "start"
    if arguments and arguments[0] == "--":
        del arguments[0]
    if name not in COMMANDS:
        say(__doc__.strip())
        return 0 if name in ("-h", "--help", "help") else 2
    try:
        return COMMANDS[name](arguments)
    except Stop as reason:
        sys.stderr.write("%s\n" % reason)
        return 2
    except KeyboardInterrupt:
        say("\nStopped. The same command begins where it has to.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
