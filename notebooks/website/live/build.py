"""The live course: JupyterLite with the chapters, to be served as plain files; `lab.py site` calls this.

    python build.py PARTS OUTPUT

PARTS is where what was fetched lies, so that it is fetched once; without OUTPUT that is all. Everything that is fetched
is pinned, and checked against its publisher's hash: package-lock.json (npm), wheels.txt and pyodide.txt (PyPI), and
Pyodide's own lock file for Pyodide's builds. Its Python is compiled once, so that no browser has to do it at each start.
OUTPUT/parts.json lists all of it.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from email.parser import Parser
from importlib.metadata import distribution
from pathlib import Path

from jupyterlite_core.constants import ALL_APP_ARCHIVES
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import totp_teach
from totp_teach.jupyter.settings import LITE

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parents[1]
PACKAGE = Path(totp_teach.__file__).parent
EXTENSIONS = Path(sys.prefix, "share/jupyter/labextensions")
KERNEL = Path(sys.prefix, LITE, "pyodide-kernel-extension")  # out of the way of JupyterLab with a server
WANTED = [KERNEL, EXTENSIONS / "@jupyter-widgets/jupyterlab-manager", EXTENSIONS / "anywidget"]

# What Pyodide's people have compiled, and of which Pyodide: 314.0.6, the newest, has the same binary interface.
CORE, BUILDS = "pyodide", "pyodide-314.0.3"
COMPILED = ("numpy", "pillow", "matplotlib", "contourpy", "kiwisolver")
CARRIER = (HERE / "pyodide.txt").read_text().split("\n")[-2].split()[0]
LICENCES = {"totp-teach": "BSD-3-Clause", "jedi": "BSD-3-Clause", "zxing-cpp": "Apache-2.0, its bindings MIT"}
LICENCES |= dict.fromkeys(["piplite", "pyodide-kernel", "ipykernel", "widgetsnbextension"], "BSD-3-Clause")
CORE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
# Fetched together when a kernel starts, because each would else wait for the one before. Charts are not among them.
AT_START = ["micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython", "totp-teach"]
# What the rooms of totp_teach need when they load. (matplotlib is fetched when a chart is drawn.)
NEEDED = ["pyotp", "qrcode", "pillow", "zxing-cpp", "ipywidgets", "anywidget", "traitlets"]
# What others name as needed, of which no page imports anything: jedi is 5,600 files, and IPython completes without it; a
# terminal; JavaScript that JupyterLite has. The kernel asks for a jedi: it gets a wheel of that name with startup.py in it.
# (The bare JupyterLite that the benchmark compares with has them all.)
NEEDLESS = {"jedi", "parso", "prompt-toolkit", "wcwidth", "jupyterlab-widgets", "widgetsnbextension"}
IN_NAME_ONLY, STARTUP = "jedi", "jedi-0.data/data/etc/ipython/startup/live.py"
# What is seldom loaded stays as it was published: compiled it would be larger to send.
SELDOM = {"fonttools", "tzdata"}
AS_SOURCE = r"/pygments/(lexers|styles|formatters)/"
LEFT_OUT = re.compile(r"(^|/)tests/|^[^/]+\.data/|/labextension/|\.dist-info/RECORD$")
PLACES = {".zip": "/lib/python314.zip", ".whl": "/lib/python3.14/site-packages"}  # in the page
MARKERS = {**default_environment(), "sys_platform": "emscripten", "platform_system": "Emscripten", "extra": ""}
MARKERS |= {"python_version": "3.14", "python_full_version": "3.14.2", "platform_machine": "wasm32"}

ZXING = [  # zxing-wasm's factory waits for its module; in a worker that can be there at once
    (r"async function (\w+)\(e = \{\}\)", r"function \1(e = {})"),
    (r"async (function ue\(\))", r"\1"),
    (
        r"new Promise\(\(t, r\) => \{\s*(i\.instantiateWasm\(n, )\(n, r\) => \{\s*t\((e\(n, r\))\);\s*\}\);\s*\}\)",
        r"(\1(n, r) => \2), $)",
    ),
    (r": \(b != null .*await ce\(m, b, n\)\)\);", ": $;"),
    (r"await (ue\(\);)", r"\1"),
]


ON_PAGE = f"<link rel=icon href=favicon.ico>\n<script>\n{(HERE / 'page.js').read_text()}</script>\n"
# The system's theme until another is chosen. (JupyterLab's own "adaptive theme" does not take the first choice.)
DARK = """if (matchMedia('(prefers-color-scheme: dark)').matches)
    mergeOneConfig(finalConfig, { settingsOverrides: { '@jupyterlab/apputils-extension:themes': { theme: 'JupyterLab Dark' } } });
  """
CHANGED = {  # so that what was visited once is there without a network, and a phone shows it
    "config-utils.js": [("// hoist to cache", f"{DARK}// hoist to cache")],
    "lab/index.html": [("</head>", f"{ON_PAGE}</head>")],
    "service-worker.js": [
        # A browser stops a service worker that has nothing to do. Started again it has forgotten this.
        ("enableCache=!1;", 'enableCache="true"===new URL(location.href).searchParams.get("enableCache");'),
        # What is new is looked for once the chapter is there, and not while it is waited for.
        ("e.waitUntil(refetch(t))", "e.waitUntil(new Promise(e=>setTimeout(e,2e4)).then(()=>refetch(t)))"),
        ('t.pathname.includes("/api/")', 't.pathname.includes("/api/")&&!t.pathname.includes("/api/contents/")'),
    ],
}


def main(cache: Path, output: Path | None = None) -> None:
    fetch(cache)
    compiled(cache)
    if output:
        build(cache, output)


def build(cache: Path, output: Path) -> None:
    """The folder that a web server serves."""
    lite = output.with_name(f"{output.name}_made_of")
    shutil.rmtree(lite, ignore_errors=True)
    packages = lite / "static" / "pyodide"
    packages.mkdir(parents=True)
    for path in [*needed(cache), *compiled(cache)]:  # these in place of those
        shutil.copy(path, packages)
    pack(packages, IN_NAME_ONLY, "0", {STARTUP: (HERE / "startup.py").read_bytes()})
    pack(packages, "totp-teach", totp_teach.__version__, course(cache), NEEDED)
    pack(packages, "zxing-cpp", version(cache, "zxing-wasm"), reader(cache), ["pillow"])
    lock(cache, packages, NEEDLESS - {IN_NAME_ONLY})
    settings(lite, output)
    shutil.rmtree(output, ignore_errors=True)
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(lite)]
    done = subprocess.run(command, cwd=lite, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"JupyterLite could not be built:\n{done.stdout}\n{done.stderr}")
    shutil.rmtree(lite)
    for file, changes in CHANGED.items():
        change(output / file, changes)
    (output / "parts.json").write_text(json.dumps(list(parts(cache, output)), indent=1))


# ---- what is fetched -------------------------------------------------------------------------------------------------


def fetch(cache: Path) -> None:
    """Everything that is not in this environment, if it was not fetched before."""
    wanted = digest(b"".join(path.read_bytes() for path in sorted(HERE.iterdir()) if path.suffix in (".json", ".txt")))
    if (cache / "fetched").exists() and (cache / "fetched").read_text() == wanted:
        return
    coming = cache.with_name(f"{cache.name}_{os.getpid()}")
    coming.mkdir(parents=True)
    try:
        fetch_into(coming)
        (coming / "fetched").write_text(wanted)
        shutil.rmtree(cache, ignore_errors=True)
        coming.rename(cache)
    finally:
        shutil.rmtree(coming, ignore_errors=True)


def fetch_into(cache: Path) -> None:
    for name in "package.json", "package-lock.json", ".npmrc":
        shutil.copy(HERE / name, cache)
    run(program("npm"), "ci", "--ignore-scripts", "--loglevel=error", cwd=cache)
    wheels = cache / "wheels"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--quiet", "--disable-pip-version-check", "--no-deps"]
    pip += ["--require-hashes", "--only-binary=:all:", "--dest"]
    pure = ["--platform", "any", "--python-version", "3.14", "--implementation", "py", "--abi", "none"]
    run(*pip, str(wheels), *pure, "-r", str(HERE / "wheels.txt"), cwd=cache)
    run(*pip, str(cache / "carrier"), "--python-version", "3.12", "-r", str(HERE / "pyodide.txt"), cwd=cache)
    [carrier] = (cache / "carrier").iterdir()
    with zipfile.ZipFile(carrier) as archive:
        for name in COMPILED:
            file, published = (listed(cache, BUILDS)[name][key] for key in ("file_name", "sha256"))
            [place] = [entry for entry in archive.namelist() if entry.endswith("/" + file)]
            content = archive.read(place)
            if digest(content) != published:
                sys.exit(f"{place} is not what Pyodide published as {file}")
            (wheels / file).write_bytes(content)
    shutil.rmtree(cache / "carrier")


def published(cache: Path) -> list[Path]:
    """Pyodide and the wheels, as their publishers made them."""
    core = [cache / "node_modules" / CORE / name for name in CORE_FILES]
    wheels = [*(cache / "wheels").glob("*.whl"), *(KERNEL / "static/pypi").glob("*.whl")]
    return [*core, *(wheel for wheel in wheels if not wheel.name.startswith("widgetsnbextension-3"))]


def needed(cache: Path) -> list[Path]:
    """Those of them that the chapters need."""
    return [path for path in published(cache) if project(path) not in NEEDLESS]


def project(wheel: Path) -> str:
    return canonicalize_name(wheel.name.partition("-")[0])


def listed(cache: Path, core: str) -> dict[str, dict]:
    """The packages in Pyodide's own lock file."""
    return json.loads((cache / "node_modules" / core / "pyodide-lock.json").read_text())["packages"]


def program(name: str) -> str:
    path = shutil.which(name)
    if not path:
        sys.exit(f"The live chapters need {name} to be made (Node.js: https://nodejs.org). Without them: --no-live")
    return path


def run(*command: str, cwd: Path) -> None:
    subprocess.run(command, check=True, cwd=cwd)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def version(cache: Path, name: str) -> str:
    return json.loads((cache / "node_modules" / name / "package.json").read_text())["version"]


# ---- what is made ----------------------------------------------------------------------------------------------------


def compiled(cache: Path) -> list[Path]:
    """Python's library and the wheels with compiled modules in place of their sources, made if they were not before."""
    wanted = digest(b"".join(path.read_bytes() for path in (cache / "fetched", HERE / "compile.mjs", Path(__file__))))
    made, stamp = cache / "made", cache / "made_of"
    if not stamp.exists() or stamp.read_text() != wanted:
        stamp.unlink(missing_ok=True)
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        archives = [path for path in needed(cache) if path.suffix in PLACES and project(path) not in SELDOM]
        with tempfile.TemporaryDirectory() as name:
            for path in archives:
                with zipfile.ZipFile(path) as archive:
                    wanted_files = [file for file in archive.namelist() if not LEFT_OUT.search(file)]
                    archive.extractall(Path(name, path.name), wanted_files)
            compile_python(cache, Path(name), *(path.name for path in archives))
            for path in archives:
                write_archive(made / path.name, files_of(Path(name, path.name), needed_still))
        stamp.write_text(wanted)
    return sorted(made.iterdir())


def compile_python(cache: Path, folder: Path, *names: str) -> None:
    """A .pyc beside each .py in some folders, for the place that each will have in the page."""
    places = {name: PLACES[Path(name).suffix] for name in names}
    core = cache / "node_modules" / CORE
    run(program("node"), str(HERE / "compile.mjs"), str(core), str(folder), json.dumps(places), AS_SOURCE, cwd=cache)


def needed_still(file: Path) -> bool:
    """Is it anything but the source of a compiled module?"""
    return file.suffix != ".py" or not file.with_suffix(".pyc").exists()


def files_of(folder: Path, wanted=lambda path: True) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and wanted(path))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def course(cache: Path) -> dict[str, bytes]:
    """The files of totp_teach, whose modules keep their sources beside what was compiled: they are there to be read."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(PACKAGE, Path(name, "course.whl/totp_teach"), ignore=shutil.ignore_patterns("__pycache__"))
        compile_python(cache, Path(name), "course.whl")
        files = files_of(Path(name, "course.whl"))
    cached = re.compile(r"([^/]+)\.pyc$")
    return {cached.sub(r"__pycache__/\1.cpython-314.pyc", path): content for path, content in files.items()}


def reader(cache: Path) -> dict[str, bytes]:
    """zxing-cpp as a Python package."""
    dist = cache / "node_modules" / "zxing-wasm" / "dist"
    text = (dist / "es" / "reader" / "index.js").read_text()
    factory = text.partition("zxing_reader.js\n")[2].partition("//#endregion")[0]
    for pattern, new in ZXING:
        factory, count = re.subn(pattern, new, factory, flags=re.DOTALL)
        if count != 1:
            sys.exit(f"zxing-wasm's loader has changed: {pattern} is in it {count} times")
    return {
        "zxingcpp/__init__.py": (HERE / "zxingcpp.py").read_bytes(),
        "zxingcpp/factory.js": f"({factory.strip()});".encode(),
        "zxingcpp/loader.js": (HERE / "loader.js").read_bytes(),
        "zxingcpp/zxing_reader.wasm": (dist / "reader" / "zxing_reader.wasm").read_bytes(),
    }


def pack(folder: Path, name: str, version: str, files: dict[str, bytes], needs: Iterable[str] = ()) -> None:
    """A wheel, the same bytes each time for the same files."""
    stem = f"{name.replace('-', '_')}-{version}"
    about = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {need}" for need in needs)]
    kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {**files, f"{stem}.dist-info/METADATA": "\n".join(about).encode(), f"{stem}.dist-info/WHEEL": kind.encode()}
    record = "".join(f"{path},,\n" for path in [*files, f"{stem}.dist-info/RECORD"])
    write_archive(folder / f"{stem}-py3-none-any.whl", {**files, f"{stem}.dist-info/RECORD": record.encode()})


def write_archive(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)


def lock(cache: Path, folder: Path, needless: Iterable[str] = ()) -> None:
    """Pyodide's list of what it can load: our wheels and no others, so that nothing is looked for anywhere else."""
    info = json.loads((cache / "node_modules" / CORE / "pyodide-lock.json").read_text())["info"]
    packages = {}
    for wheel in sorted(folder.glob("*.whl")):
        about, modules = look_into(wheel)
        name = canonicalize_name(about["Name"])
        packages[name] = {
            "name": name,
            "version": about["Version"],
            "file_name": wheel.name,
            "install_dir": "site",
            "sha256": digest(wheel.read_bytes()),
            "package_type": "package",
            "imports": modules,
            "depends": [
                canonicalize_name(need.name)
                for need in map(Requirement, about.get_all("Requires-Dist", []))
                if (need.marker is None or need.marker.evaluate(MARKERS))
                and canonicalize_name(need.name) not in needless
            ],
            "unvendored_tests": False,
        }
    for package in packages.values():
        if unknown := set(package["depends"]) - set(packages):
            sys.exit(f"{package['name']} needs {', '.join(sorted(unknown))}, of which there is no wheel")
    (folder / "pyodide-lock.json").write_text(json.dumps({"info": info, "packages": packages}))


def look_into(wheel: Path) -> tuple:
    """A wheel's metadata, and the names of what can be imported from it."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = [name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
        about = Parser().parsestr(archive.read(metadata).decode())
    tops = {name.split("/")[0] for name in names if re.fullmatch(r"\w+\.pyc?|\w+/.*\.(pyc?|so)", name)}
    return about, sorted(top.partition(".")[0] for top in tops)


def change(file: Path, changes: list[tuple[str, str]]) -> None:
    """A file with some of its text replaced, each where it stands once."""
    text = file.read_text()
    for old, new in changes:
        if text.count(old) != 1:
            sys.exit(f"{file.name} has changed: {old} is in it {text.count(old)} times")
        text = text.replace(old, new)
    file.write_text(text)


def settings(lite: Path, output: Path) -> None:
    """JupyterLite's settings: of the build, and of the page."""
    build = {
        "apps": ["lab"],
        "contents": [str(lite / "contents")],
        "output_dir": str(output),
        "cache_dir": str(lite / "cache"),
        "ignore_sys_prefix": ["federated_extensions"],
        "federated_extensions": [str(path) for path in WANTED],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": AT_START}}
    page = {
        "appName": "One-time passwords, taken apart",
        "enableServiceWorkerCache": True,
        "exposeAppInBrowser": True,
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
    }
    (lite / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": build}))
    (lite / "jupyter-lite.json").write_text(json.dumps({"jupyter-lite-schema-version": 0, "jupyter-config-data": page}))
    for pattern in "[0-9][0-9]_*.ipynb", "solutions/[0-9][0-9]_*.ipynb", "pictures/*":
        for path in sorted(NOTEBOOKS.glob(pattern)):
            place = lite / "contents" / path.relative_to(NOTEBOOKS)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)


def parts(cache: Path, output: Path) -> Iterator[dict[str, str]]:
    """Every binary of the live course, and JupyterLite's own archive: its version, licence, source and hashes.

    sha256: of the file as it was published, before it was compiled.    compiled: of the file in the site, if it was
    """
    builds = {listed(cache, BUILDS)[name]["file_name"] for name in COMPILED}
    as_published = {path.name: path for path in published(cache)}
    for path in sorted((output / "static" / "pyodide").iterdir()):
        here = digest(path.read_bytes())
        row = {"file": path.name, "sha256": digest(as_published.get(path.name, path).read_bytes())}
        row["compiled"] = here if here != row["sha256"] else ""
        if path.name in CORE_FILES:
            about = json.loads((cache / "node_modules" / CORE / "package.json").read_text())
            yield {**row, "version": about["version"], "licence": about["license"], "source": "npm: pyodide"}
        elif path.suffix == ".whl":
            about, _ = look_into(path)
            name, made = about["Name"], about["Version"]
            source = f"PyPI: {name}"
            if path.name in builds:
                source = f"Pyodide's build (npm: pyodide {version(cache, BUILDS)} has its hash), out of {CARRIER}"
            elif (KERNEL / "static/pypi" / path.name).exists():
                source = "PyPI: jupyterlite-pyodide-kernel"
            elif name == "zxing-cpp":
                source = "npm: zxing-wasm, packed here"
            elif name == "totp-teach":
                source = "this repository"
            elif name == IN_NAME_ONLY:
                source = f"this repository: what the kernel does first, and nothing of {name}"
            yield {**row, "version": made, "licence": LICENCES.get(name) or licence(about), "source": source}
    scripts = {"jupyterlite-core": [ALL_APP_ARCHIVES[-1]]}
    scripts |= dict(zip(["jupyterlite-pyodide-kernel", "jupyterlab-widgets", "anywidget"], map(files_in, WANTED)))
    for name, files in scripts.items():
        about = distribution(name).metadata
        row = {"file": f"the JavaScript of {name}", "compiled": ""}
        row["sha256"] = digest(b"".join(file.read_bytes() for file in files))
        yield {**row, "version": about["Version"], "licence": licence(about), "source": f"PyPI: {name}"}


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "install.json")


def licence(about) -> str:
    """What a package's metadata says, as shortly as it says it."""
    named = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier", []) if "License :: OSI" in line]
    return about["License-Expression"] or " / ".join(named) or (about["License"] or "?").splitlines()[0]


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
