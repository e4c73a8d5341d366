"""The one launcher of the course (on Windows: "py" instead of "python3").

    python3 lab.py             opens JupyterLab on chapter 00; the first start sets everything up in .venv
    python3 lab.py test        runs every test there is
    python3 lab.py check       lint, types and unit tests, within two minutes; check lint: without the tests
    python3 lab.py refresh     re-executes every notebook (or those named) from a clean kernel, stores the outputs
    python3 lab.py bench       runs the benchmarks and prints the table
    python3 lab.py reset 03    puts chapter 03 back as published; your copy is kept beside it
    python3 lab.py update      takes what is new (git pull); chapters that you changed are kept beside it
    python3 lab.py grade DIR   runs the notebooks that learners handed in, and prints what their checks say as a table
    python3 lab.py copies DIR  writes the chapters without outputs and solutions, for students
    python3 lab.py handouts    makes the pages to hand out, as PDFs: worksheets, role cards, questions, and their keys
    python3 lab.py site        makes a static site of the course, to publish: executed, as slides, and live in the reader's
                               browser; site --no-live: without that
    python3 lab.py wheelhouse  fetches all that a set-up needs into wheelhouse/, for rooms without a network

What follows -- goes on as it is and wins over what is said here, to JupyterLab or (test, check) to pytest, (bench) to the benchmarks, (site) to Sphinx,
(wheelhouse) to pip:

    python3 lab.py -- --no-browser --port 8890
    python3 lab.py test -- tests/unit -k replay
    python3 lab.py wheelhouse -- --platform win_amd64
"""

# Standard library only. And no f-strings, annotations or newer syntax: a Python that is too old for the course must be
# able to read this file as far as the line that tells what to do.

import ast
import errno
import fnmatch
import glob
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import webbrowser

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
SETTINGS = os.path.join(VENV, "etc", "lab_py")  # Jupyter's for a start; a line in the reader's own cannot prevent it
LIVE = os.path.join(VENV, "live")  # what the live chapters of the site are made of, fetched once
BUILD_LIVE = os.path.join(ROOT, "notebooks", "website", "live", "build.py")
SITE_KEPT = os.path.join(ROOT, "build", "site")  # what a second run need not make again
INTEROP = os.path.join(ROOT, "tests", "interop")  # the JavaScript witnesses, and what checks JavaScript
LOCK = os.path.join(ROOT, ".setup.lock")

LONGEST = 165  # letters of the longest path in .venv; a test counts them
LONGEST_ON_WINDOWS = 259

# Variables that would mix another Python, another Jupyter or another hub into what is started here ...
FOREIGN = re.compile("PYTHON(PATH|HOME|OPTIMIZE|SAFEPATH)$|JUPYTER_(PATH|CONFIG_PATH|NO_CONFIG)$|JUPYTERHUB_|JPY_|PIP_")
# ... and of pip's settings those that are the reader's: where packages come from, and the way there.
SOURCES = (
    "config-file index-url extra-index-url find-links no-index trusted-host proxy cert client-cert timeout retries "
)
SOURCES = set((SOURCES + "default-timeout keyring-provider use-feature cache-dir no-cache-dir").split())

LACKS = "No matching distribution|ResolutionImpossible"
WHY = [  # what a step of the set-up complains about, and what to do then
    ("No space left|Errno 28|WinError 112|not enough space", "The disk is full: the course needs half a gigabyte."),
    (
        "dependencies for SOCKS",
        "pip cannot use a SOCKS proxy: set HTTPS_PROXY to an HTTP proxy for the set-up, or to none.",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError|CA certificate",
        "The certificate of the package index was not accepted. If your network has one of its own: PIP_CERT=its file.",
    ),
    (
        "WinError 206|[Ff]ile ?name (or extension is )?too long|Errno 36",
        "A path is too long: move the folder of the course to a shorter one.",
    ),
    (
        "Permission denied|Errno 13|WinError (5|32)\\b|Access is denied|Read-only file system|Errno 30",
        "A file may not be written, or is in use: close JupyterLab if it still runs from here, then try again.",
    ),
    (LACKS, "The package index lacks a version that this Python needs."),
    (
        "ProxyError|NewConnectionError|NameResolutionError|name resolution|getaddrinfo|[Tt]imed? ?out|Max retries|"
        "Network is unreachable|Connection (refused|reset|aborted)",
        "The package index could not be reached: check the network and the proxy, then try again.",
    ),
]


class Stop(Exception):
    """The way on is blocked: the message says by what, and what to do."""


class NoHistory(Stop):
    """git knows nothing of this folder: it came as a ZIP file, or as a copy."""


def tested_pythons():
    """The versions that pyproject.toml says were tested, newest first."""
    with io.open(os.path.join(ROOT, "pyproject.toml"), encoding="utf-8") as file:
        found = re.findall(r"Python :: (\d+)\.(\d+)", file.read())
    return sorted(((int(major), int(minor)) for major, minor in found), reverse=True)


TESTED = tested_pythons()


# ---- the commands ----------------------------------------------------------------------------------------------------


def start(options):
    prepare("lab")
    write_settings(options)
    return replace_by([PYTHON, "-m", "jupyterlab"] + options)


def test(options):
    prepare("test")
    prepare_interop()
    if shutil.which("npm"):
        build_live()  # what cannot be fetched, its tests say
    report_changed()
    result = run([PYTHON, "-m", "pytest"] + options)  # given no paths, it takes those that pyproject.toml names
    report_changed()
    return result


def check(options):
    """All of it, whatever fails, so that one run shows everything. With the word lint: all but the unit tests."""
    only_lint = options[:1] == ["lint"]
    prepare("test")
    prepare_interop()
    ruff = [PYTHON, "-m", "ruff"]
    side_by_side = ["-q", "-n", "2", "--dist", "loadfile"]
    parts = [
        ("lint", ruff + ["check", "--quiet", "."]),
        ("format", ruff + ["format", "--check", "--quiet", "."]),
        ("types", [PYTHON, "-m", "mypy"]),
        ("JavaScript", javascript()),
        ("JavaScript's tests", javascript_tests()),
        ("unit tests", [PYTHON, "-m", "pytest", "tests/unit"] + side_by_side + options),
    ]
    failed = []
    for name, command in parts[:-1] if only_lint else parts:
        say("%s ..." % name if command else "%s: not looked at, for it needs Node.js (https://nodejs.org)" % name)
        if command and run(command) != 0:
            failed.append(name)
    say("Not in order: %s (see above)." % ", ".join(failed) if failed else "All in order.")
    return 1 if failed else 0


def javascript():
    """The command that looks at the JavaScript, if npm has installed it."""
    biome = os.path.join(INTEROP, "node_modules", ".bin", "biome.cmd" if WINDOWS else "biome")
    settings = ["--config-path=" + os.path.join("tests", "interop", "lint.json"), "--error-on-warnings"]
    return [biome, "check"] + settings + ["."] if os.path.exists(biome) else None


def javascript_tests():
    """The command that tests it by Node's own runner, if there is Node."""
    files = sorted(glob.glob(os.path.join(ROOT, "tests", "unit", "js", "*.test.mjs")))
    return [shutil.which("node"), "--test"] + files if shutil.which("node") and files else None


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
    try:
        commit, origin = published()
    except NoHistory as reason:
        raise Stop("%s So it holds no chapter as published: take it from a new download." % reason)
    chapters = {name[len("notebooks/") :][:2]: name for name in listed(commit, CHAPTERS)}
    number = numbers[0].zfill(2) if len(numbers) == 1 else None
    if number not in chapters:
        raise Stop("Which chapter? One of these numbers: %s" % " ".join(sorted(chapters)))
    chapter = chapters[number]
    as_it_was = "as published (%s)" % origin if origin else "as in the last commit; this folder follows no other"
    if chapter not in changed(commit):
        say("%s is %s: nothing to put back." % (chapter, as_it_was))
        return 0
    keep(chapter)
    git("checkout", "--quiet", commit, "--", chapter)
    say("%s is again %s." % (chapter, as_it_was))
    say("(Open in JupyterLab? There: File > Reload Notebook from Disk.)")
    return 0


def update(options):
    try:
        git("rev-parse", "HEAD")
    except NoHistory as reason:
        say("%s To have what is new: unpack a new download beside it, copy" % reason)
        say("your chapters into its notebooks/ under names of their own (mine_03.ipynb), and start it there.")
        return 2
    try:
        origin = git("rev-parse", "--abbrev-ref", "@{upstream}").strip()
    except Stop:
        raise Stop("This folder follows no other. If it came from one: git branch --set-upstream-to=origin/main")
    if subprocess.call(["git", "-C", ROOT, "fetch", "--quiet"]) != 0:
        raise Stop("git could not ask for what is new (see above).")
    new, own = (int(git("rev-list", "--count", way)) for way in ("HEAD..@{upstream}", "@{upstream}..HEAD"))
    if not new:
        prepare("lab")
        say("This is the newest of %s." % origin)
        return 0
    if own:
        raise Stop(
            "You have %d commits of your own here, and %s has %d others: git merge %s" % (own, origin, new, origin)
        )
    coming = set(git("diff", "--name-only", "--relative", "HEAD", "@{upstream}").split())
    kept = {name: keep(name) for name in changed("HEAD") if name in coming}
    try:
        for name in kept:
            git("checkout", "--quiet", "HEAD", "--", name)
        git("merge", "--quiet", "--ff-only", "@{upstream}")
    except Stop:
        for name, copy in kept.items():
            os.remove(os.path.join(ROOT, name))
            if copy:
                os.rename(copy, os.path.join(ROOT, name))
        if kept:
            say("Nothing was changed: your chapters are where they were.")
        raise
    say("%d commits came from %s. What is new: CHANGELOG.md" % (new, origin))
    return run([sys.executable, os.path.join(ROOT, "lab.py"), "update"])  # the new lab.py knows what to install


def copies(folders):
    """The chapters as students get them: nothing is run, so no answer can be seen; no solutions."""
    if len(folders) != 1:
        raise Stop("Where to? Name one folder that is not there yet: python3 lab.py copies class")
    place = os.path.abspath(folders[0])
    if os.path.exists(place):
        raise Stop("%s is there already: name another folder, so that nobody's work is overwritten." % place)
    os.makedirs(place)
    paths = sorted(glob.glob(os.path.join(ROOT, CHAPTERS)))
    for path in paths:
        with open(path, encoding="utf-8") as file:
            notebook = json.load(file)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell.update(outputs=[], execution_count=None)
        with open(os.path.join(place, os.path.basename(path)), "w", encoding="utf-8") as file:
            json.dump(notebook, file, indent=1, ensure_ascii=False)
            file.write("\n")
    say("%d chapters are in %s." % (len(paths), place))
    return 0


def handouts(options):
    prepare("site")
    return run([PYTHON, os.path.join("notebooks", "teaching", "handouts", "handouts.py")] + options)


def site(options):
    prepare("site")
    pages, live = (os.path.join(SITE_KEPT, name) for name in ("pages", "live"))
    folders = {"": pages}
    if "--no-live" in options:
        options = [option for option in options if option not in ("--no-live", "--")]
    else:
        say("Making the live chapters ...")
        if build_live(live) != 0:
            raise Stop("They could not be made (see above). The site without them: python3 lab.py site --no-live")
        folders["live"] = live
        options = ["-t", "live"] + options
    say("Making the site ...")
    settings = ["-c", os.path.join("notebooks", "website"), "-d", os.path.join(SITE_KEPT, "read")]
    strictly = ["--fail-on-warning", "--keep-going", "--quiet", "--jobs", "auto"]
    if run([PYTHON, "-m", "sphinx"] + strictly + settings + options + [ROOT, pages]) != 0:
        raise Stop("The site could not be made (see above). What was in site/ before is there still.")
    put_in_place(folders, SITE, SITE_KEPT)
    say("The site is in site/: publish the folder as it is. To look at it: python3 -m http.server --directory site")
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
        lines = []
        exact = dict(pip_sources(pip[:1]), PIP_CONSTRAINT="constraints.txt")
        if step(pip + wheels + options + packages(options), show=progress, lines=lines, **exact) != 0:
            raise Stop("pip could not fetch everything (see above). %s" % why(lines))
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
    "check": check,
    "refresh": refresh,
    "bench": bench,
    "reset": reset,
    "update": update,
    "grade": grade,
    "copies": copies,
    "handouts": handouts,
    "site": site,
    "wheelhouse": wheelhouse,
}


# ---- the set-up ------------------------------------------------------------------------------------------------------


def prepare(extra):
    """.venv with what the command needs; nothing at all is done when its stamp says that it is there."""
    maker, version = choose_python()
    if state(extra, version)[0] == "ready":
        return
    look_at_folder()
    lock = wait_for_others()
    try:
        found, needed = state(extra, version)  # somebody else may have made it meanwhile
        if found == "ready":
            return
        if found == "old":
            say("Bringing .venv up to date ...")
            os.remove(STAMP)
        else:  # none yet, interrupted, moved, broken, or of another Python: a half of one is not worth repairing
            say("Setting up the course in .venv with Python %s. Once; it takes a minute or two." % version)
            make_venv(maker)
        install(needed["extras"])
        write_stamp(STAMP, needed)
        say("Ready.")
    finally:
        lock.close()


def state(extra, version):
    """Whether .venv is "ready", "old" (whole, for other needs) or "none"; and the stamp that it is to have."""
    found = read_stamp(STAMP)
    needed = {
        "root": ROOT,  # .venv holds absolute paths: a moved folder needs a new one
        "python": version,
        "needs": needs(),
        "extras": sorted(set(found.get("extras", [])) | {"lab", extra}),
    }
    whole = found.get("root") == ROOT and found.get("python") == version == version_of([PYTHON])
    return "ready" if whole and found == needed else "old" if whole else "none", needed


def look_at_folder():
    """Stop at what would end a set-up half-way, with the way round it."""
    if not os.access(ROOT, os.W_OK):
        raise Stop("You may not write into this folder: copy it to one of your own. (%s)" % ROOT)
    if os.pathsep in ROOT and not WINDOWS:
        raise Stop('No Python environment can be made below a name with a "%s": rename it. (%s)' % (os.pathsep, ROOT))
    if os.path.lexists(VENV) and not os.path.isdir(VENV):
        raise Stop("Where the course is installed, there is a file or a broken link: move it away. (%s)" % VENV)
    over = len(ROOT) + 1 + LONGEST - LONGEST_ON_WINDOWS
    if WINDOWS and over > 0 and not has_long_paths():
        raise Stop(
            "Windows allows paths of %d letters, and the longest of the course would have %d more: move this folder to a "
            "shorter path, such as C:\\totp_teach. (%s)" % (LONGEST_ON_WINDOWS, over, ROOT)
        )


def has_long_paths():
    """Whether this Windows was told to allow paths of more than 260 letters."""
    try:
        import winreg

        key = winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem")
        return winreg.QueryValueEx(key, "LongPathsEnabled")[0] == 1
    except (ImportError, OSError):
        return False


def wait_for_others():
    """The lock on this folder's set-up, once nobody else has it; closing it lets the next one in."""
    lock = open(LOCK, "a")  # noqa: SIM115 - open until the set-up is done
    told = False
    while not take(lock):
        if not told:
            say("Another set-up of this folder is under way: waiting for its end ...")
            told = True
        time.sleep(0.2)
    return lock


def take(lock):
    """Try to have the lock: False when somebody else has it. (Where a file system knows no locks, everybody has it.)"""
    try:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (IOError, OSError) as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


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
        said = subprocess.check_output(command + ["-c", question], stderr=subprocess.STDOUT, env=environment())
        return said.decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def make_venv(maker, folder=None):
    """A new environment in the folder, which is .venv if none is given."""
    try:
        subprocess.check_output(maker + ["-c", "import ensurepip, venv"], stderr=subprocess.STDOUT)
    except (OSError, subprocess.CalledProcessError):
        package = "python%s-venv" % version_of(maker)
        raise Stop("This Python has no venv module. On Debian and Ubuntu: sudo apt install %s" % package)
    folder, lines = folder or VENV, []
    if step(maker + ["-m", "venv", "--clear", folder], lines=lines) != 0:
        raise Stop("%s could not be made (see above). %s" % (folder, why(lines)))


def install(extras):
    """Everything that requirements.txt names, in the exact versions of constraints.txt; then Jupyter's settings."""
    targets = ["-r", "requirements.txt", "-e", ".[%s]" % ",".join(extras)]
    # Both names of the constraints for what builds totp_teach itself: pip changed the name in version 25.3.
    exact = {"PIP_CONSTRAINT": "constraints.txt", "PIP_BUILD_CONSTRAINT": "constraints.txt"}
    source, lines = local_source(extras), []
    if pip_install(source + targets, lines, **exact) != 0:
        lacking = "wheelhouse/ lacks it: fetch it with this Python and system, or rename it to ask the network."
        missing = source and re.search(LACKS, "\n".join(lines))
        raise Stop("pip could not install everything (see above). %s" % (lacking if missing else why(lines)))
    # On all processors: pip does it on one. What is not Python's own syntax, such as a template, stays as it is.
    step([PYTHON, "-m", "compileall", "-qq", "-j", "0", os.path.join(VENV, "Lib" if WINDOWS else "lib")])
    if step([PYTHON, "-m", "totp_teach.jupyter"]) != 0:
        raise Stop("Jupyter's settings could not be written to .venv (see above).")


def pip_install(targets, lines, **variables):
    """pip's exit code after installing into .venv, whatever the machine's pip is told to do by default."""
    pip = [PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-compile"]
    return step(pip + targets, show=progress, lines=lines, **dict(pip_sources([PYTHON]), **variables))


def pip_sources(python):
    """pip's variables for taking from the reader's pip settings where packages come from, and nothing else."""
    found = {}
    try:
        listed = subprocess.check_output(python + ["-m", "pip", "config", "list"], env=environment()).decode()
    except (OSError, subprocess.CalledProcessError):  # settings that pip cannot read: it says so itself
        return {}
    for section in "global", "install", "download":
        for line in listed.splitlines():
            place, _, value = line.partition("=")
            if place.startswith(section + ".") and place[len(section) + 1 :] in SOURCES:
                name = "PIP_" + place[len(section) + 1 :].upper().replace("-", "_")
                found[name] = os.environ.get(name) or ast.literal_eval(value)
    return dict(found, PIP_CONFIG_FILE=os.devnull)


def why(lines):
    """What to do about a step of the set-up that failed with these lines. No line is understood: no guess."""
    text = "\n".join(lines)
    found = [advice for pattern, advice in WHY if re.search(pattern, text)]
    return found[0] if found else "The same command tries again."


def local_source(extras):
    """pip's options for taking everything from wheelhouse/, if it is there, whole and for these requirements."""
    if not os.path.isdir(WHEELHOUSE) or extras != ["lab"]:  # the course is in there, not its checks
        return []
    if read_stamp(os.path.join(WHEELHOUSE, "totp_teach.json")).get("needs") != needs():
        say("wheelhouse/ is incomplete or was made for other requirements: asking the network.")
        say("To renew it, where there is a network: python3 lab.py wheelhouse")
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


def build_live(*folders):
    """The exit code of fetching what the live chapters are made of, and of making them in the folder if one is given."""
    return step([PYTHON, "-X", "utf8", BUILD_LIVE, LIVE] + list(folders), **pip_sources([PYTHON]))


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


def published():
    """The commit that holds the chapters as published, and whose they are: the branch that this folder follows.

    A folder that follows none knows its own commits only: the last one, and None.
    """
    git("rev-parse", "HEAD")
    for name in "@{upstream}", "origin/HEAD":
        try:
            return git("merge-base", "HEAD", name).strip(), git("rev-parse", "--abbrev-ref", name).strip()
        except Stop:
            continue
    return "HEAD", None


def listed(commit, pattern):
    """The files of a commit that fit a pattern."""
    names = git("ls-tree", "--name-only", commit, os.path.dirname(pattern) + "/").split()
    return [name for name in names if fnmatch.fnmatch(name, pattern)]


def changed(commit):
    """The chapters and solutions that differ from a commit."""
    return git("diff", "--name-only", "--relative", commit, "--", CHAPTERS, SOLUTIONS).split()


def keep(name):
    """The path of a copy of the reader's chapter, beside it; None when there is nothing to keep."""
    path = os.path.join(ROOT, name)
    if not os.path.exists(path):
        return None
    copy = free_name(os.path.join(os.path.dirname(path), "mine_" + os.path.basename(path)))
    shutil.copy2(path, copy)
    say("Your copy is kept: %s" % os.path.relpath(copy, ROOT).replace(os.sep, "/"))
    return copy


def report_changed():
    """Say which chapters differ from the published ones: a test that fails there fails on the reader's own changes."""
    try:
        commit, origin = published()
        names = changed(commit)
    except Stop as reason:
        say("Whether a chapter was changed cannot be told. %s" % reason)
        return
    if names:
        say("These differ from %s, so their outputs may too:" % ("the published ones" if origin else "the last commit"))
    for name in names:
        solution = name.startswith("notebooks/solutions/")
        way = "git checkout %s -- %s" % (commit[:12], name) if solution else "python3 lab.py reset " + name[10:12]
        say("    %s    to put it back: %s" % (name, way))


def git(*arguments):
    """What git prints."""
    try:
        command = ("git", "-C", ROOT) + arguments
        return subprocess.check_output(command, stderr=subprocess.STDOUT, env=dict(os.environ, LC_ALL="C")).decode()
    except OSError:
        raise Stop("There is no git here, which knows the chapters as published (https://git-scm.com/downloads).")
    except subprocess.CalledProcessError as error:
        said = error.output.decode().strip()
        if "not a git repository" in said or "ambiguous argument 'HEAD'" in said:
            raise NoHistory("git knows nothing of this folder (it came as a ZIP file?).")
        raise Stop("git %s: %s" % (arguments[0], said))  # whole: its cure is often in the last line


def free_name(path):
    """The path itself, or the first of path_2, path_3 ... that is not taken."""
    stem, end = os.path.splitext(path)
    number = 1
    while os.path.exists(path):
        number += 1
        path = "%s_%d%s" % (stem, number, end)
    return path


def put_in_place(folders, place, kept):
    """Copy folders to a place, each by the name that it has there, which never holds a half of them.

    What is on its way there or back lies in `kept`.
    """
    coming, going = os.path.join(kept, "coming"), os.path.join(kept, "going")
    for path in coming, going:
        shutil.rmtree(path, ignore_errors=True)
    for name in sorted(folders):
        shutil.copytree(folders[name], os.path.join(coming, name))
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


def step(command, cwd=None, show=None, lines=None, **variables):
    """The exit code of one step of the set-up; Ctrl-C ends it without a word of its own, and all of this with it.

    show: is given its output; lines: a list that gets its errors, which are printed as well.
    """
    output = subprocess.PIPE if show else None
    errors = subprocess.PIPE if lines is not None else None
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which the step inherits
    process = subprocess.Popen(
        command, cwd=cwd or ROOT, env=environment(**variables), stdout=output or errors, stderr=errors
    )
    signal.signal(signal.SIGINT, before)
    readers = [(process.stderr, copied)] if errors else []
    readers += [(process.stdout, copied)] if errors and not show else []
    threads = [threading.Thread(target=reader, args=(pipe, lines)) for pipe, reader in readers]
    try:
        for thread in threads:
            thread.start()
        if show:
            show(process.stdout)
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    finally:
        for thread in threads:
            thread.join()


def copied(pipe, lines):
    """Print what comes out of a pipe, and remember it."""
    for line in pipe:
        text = line.decode(errors="replace")
        lines.append(text.rstrip())
        sys.stderr.write(text)


def replace_by(command):
    """Become that command, so that Ctrl-C and signals reach it directly; on Windows, which cannot, wait for it."""
    if WINDOWS:
        return run(command)
    os.chdir(ROOT)
    os.execve(command[0], command, environment())


def environment(**variables):
    """The variables for what runs in .venv: without those of another Python, Jupyter or hub, and of pip only sources."""
    kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name) or is_source(name)}
    kept["JUPYTER_PREFER_ENV_PATH"] = "1"
    kept["JUPYTER_CONFIG_DIR"] = SETTINGS
    own = users_folders()
    return dict(own, **dict(kept, **variables))


def is_source(name):
    """Whether a variable tells pip where packages come from."""
    return name.startswith("PIP_") and name[4:].lower().replace("_", "-") in SOURCES


def users_folders():
    """Where the reader's theme and layout stay, although Jupyter's settings are not read; all in .venv without a home."""
    home = os.path.expanduser("~")
    jupyter = os.environ.get("JUPYTER_CONFIG_DIR") or os.path.join(home, ".jupyter")
    if os.environ.get("JUPYTER_PLATFORM_DIRS"):  # a place of the system's own: Jupyter knows which
        ask = "from jupyter_core import paths; print(paths.jupyter_config_dir())"
        try:
            jupyter = subprocess.check_output([PYTHON, "-c", ask]).decode().strip()
        except (OSError, subprocess.CalledProcessError):  # .venv is still to be made
            pass
    folders = {
        "JUPYTERLAB_SETTINGS_DIR": os.path.join(jupyter, "lab", "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": os.path.join(jupyter, "lab", "workspaces"),
    }
    if os.access(home, os.W_OK):
        return folders
    names = list(folders) + ["JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"]
    return {name: os.path.join(VENV, "home", name.lower()) for name in names}


def write_settings(options):
    """Jupyter's settings for a start. In a file, for the same ones as options could not be given again after the --."""
    server = {"root_dir": ROOT, "ip": "127.0.0.1", "open_browser": has_browser(), "use_redirect_file": not has_walls()}
    if is_root():
        server["allow_root"] = True
    content = {"ServerApp": server}
    if not any(re.match("--[^=]*(default_url|root_dir|notebook-dir)", option) for option in options):
        content["LabApp"] = {"default_url": "/lab/tree/" + FIRST}
    if not os.path.isdir(SETTINGS):
        os.makedirs(SETTINGS)
    write_stamp(os.path.join(SETTINGS, "jupyter_server_config.json"), content)


def has_walls():
    """Whether the browser may be one that cannot read the page in a hidden folder by which Jupyter opens it.

    Those are of Snap or Flatpak, and Windows' from WSL. The page keeps the token out of the list of processes.
    """
    folders = "/snap/bin", "/var/lib/flatpak", "/proc/sys/fs/binfmt_misc/WSLInterop"
    return any(map(os.path.exists, folders)) or "WSL_DISTRO_NAME" in os.environ


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
        say("\nStopped. Run it again to resume.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
