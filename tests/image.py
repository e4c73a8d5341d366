"""The image that repo2docker would build of the repository: its Dockerfile rendered, read, and done without Docker.

What comes before the repository's own files (the system, conda, Jupyter) is taken as given: an empty environment of the
pinned Python stands for it. From the first file of ours on, everything is done that the Dockerfile says, in its order.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import repo2docker
from weights import Packages, installed

ROOT = Path(__file__).parents[1]
BUILDPACKS = Path(repo2docker.__file__).parent / "buildpacks"
# How BinderHub calls it. Docker is not asked: nothing is built.
RENDER = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "--user-id=1000", "--user-name=jovyan"]
NETWORK = re.compile("PIP_.*|SSL_CERT_.*|.*_PROXY", re.IGNORECASE)  # how this machine reaches packages


def published(folder: Path) -> None:
    """A copy of the files that git knows, as they are now."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, names.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)


def dockerfile(repository: Path) -> str:
    """The Dockerfile of a repository."""
    return subprocess.run([*RENDER, "."], cwd=repository, capture_output=True, text=True, check=True).stdout


def instructions(text: str) -> list[tuple[str, str]]:
    """A Dockerfile's instructions in their order: name and arguments."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(name, rest.strip()) for name, _, rest in (line.strip().partition(" ") for line in whole.splitlines())]


def pinned_python() -> str:
    """The version in binder/runtime.txt, as in python3.11."""
    return (ROOT / "binder/runtime.txt").read_text("utf-8").strip().removeprefix("python-")


def somebody() -> dict:
    """Who has no rights, as subprocess names them: nobody where this is root, else whoever this is."""
    if os.geteuid() != 0:
        return {}
    import pwd  # which Windows does not have

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def of_the_base() -> list[str]:
    """What repo2docker's own environment has of Jupyter and ours not: the exact packages of its lock file.

    It starts `jupyter notebook`; a reader has the buttons of the other two.
    """
    lock = (BUILDPACKS / f"conda/environment.py-{pinned_python()}-linux-64.lock").read_text("utf-8")
    names = "notebook", "jupyter-offlinenotebook", "jupyter-resource-usage"
    return [f"{name}=={re.search(rf'/{name}-([0-9.]+)-', lock)[1]}" for name in names]


@dataclass
class Image:
    """What the Dockerfile says, carried out in a folder of its user's own.

    variables: its ENV, with its two places of the file system, APP_BASE and HOME, in that folder.
    entrypoint, command: how it starts.
    """

    folder: Path
    user: dict = field(default_factory=somebody)
    variables: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    def __post_init__(self):
        self._places = {"APP_BASE": str(self.folder / "srv"), "HOME": str(self.folder / "home")}
        self.variables |= {"NB_USER": "jovyan", "NB_UID": "1000", "PATH": os.defpath, **self._places}
        for place in self._places.values():
            Path(place).mkdir()
        self._hand_over()

    @property
    def home(self) -> Path:
        """The repository's place: repo2docker puts it into the user's home."""
        return Path(self.variables["REPO_DIR"])

    @property
    def prefix(self) -> Path:
        """The Python environment."""
        return Path(self.variables["KERNEL_PYTHON_PREFIX"])

    def build(self, text: str) -> None:
        """Everything that the Dockerfile says, from the first of the repository's files on."""
        who, begun = "root", False
        for name, rest in instructions(text):
            if name == "ENV":
                pairs = (word.partition("=") for word in shlex.split(rest))
                self.variables |= {key: self.expanded(value) for key, _, value in pairs} | self._places
            elif name == "ARG" and "=" in rest:
                key, _, value = rest.partition("=")
                self.variables[key] = self.expanded(value)
            elif name == "USER":
                who = self.expanded(rest)
            elif name == "COPY" and " src/" in rest:
                if not begun:
                    self._make_environment()
                    begun = True
                self._copy(*rest.split()[-2:])
            elif name == "RUN" and begun:
                assert who == "jovyan", f"as {who}: {rest}"
                self.run(rest)
                self.ran.append(rest)
            elif name == "ENTRYPOINT":
                self.entrypoint = shlex.split(rest.strip("[]").replace(",", " "))
            elif name == "CMD":
                self.command = shlex.split(rest.strip("[]").replace(",", " "))

    def expanded(self, value: str) -> str:
        return Template(value).safe_substitute(self.variables)

    def environment(self) -> dict[str, str]:
        """The image's variables, and nothing of this process's but how to reach packages.

        And no bytecode of all that is installed, which is half of pip's work: what is imported is compiled then.
        """
        network = {name: os.environ[name] for name in os.environ if NETWORK.fullmatch(name)}
        return network | self.variables | {"PIP_NO_COMPILE": "1"}

    def run(self, line: str) -> str:
        """A RUN line: what it printed. Fails with all of that if it fails."""
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=self.home,
            env=self.environment(),
            **self.user,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, f"{line}:\n{done.stdout}"
        return done.stdout

    def _make_environment(self) -> None:
        """An empty environment of the pinned Python, if the user may run one here; else of the Python that runs this."""
        names = [f"/usr/bin/python{pinned_python()}", shutil.which(f"python{pinned_python()}"), sys.executable]
        for python in filter(None, names):
            try:
                command = [python, "-m", "venv", str(self.prefix)]
                return subprocess.run(command, capture_output=True, cwd="/", check=True, **self.user)
            except (OSError, subprocess.CalledProcessError) as error:
                reason = error
        raise RuntimeError(f"no Python here that makes an environment: {reason}")

    def _copy(self, source: str, target: str) -> None:
        """COPY, of the repository as git has it, to the user."""
        place = Path(self.expanded(target))
        if source == "src/":
            published(place)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / source.removeprefix("src/"), place)
        self._hand_over()

    def _hand_over(self) -> None:
        """Everything in the folder to the user."""
        if self.user:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self.user["user"], self.user["group"], follow_symlinks=False)

    def packages(self) -> Packages:
        """What is installed in it, by name."""
        [place] = self.prefix.glob("lib/python*/site-packages")
        return installed([str(place)])
