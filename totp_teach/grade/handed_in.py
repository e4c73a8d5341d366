"""What was handed in: folders, single files, and the ZIPs that Moodle, Canvas and Google Drive make of a class's work."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

LARGEST = 20 * 2**20  # bytes of one notebook; the largest published one has a quarter of a megabyte
MANY = 10_000  # files of one ZIP

# How a learner's name is written into the path: the folder or file that Moodle makes, and the file that Canvas makes.
MOODLE = re.compile(r"(?P<learner>.+?)_\d+_assignsubmission_file(_.*)?")
CANVAS = re.compile(r"(?P<learner>[^_]+)(_LATE)?_\d+_\d+_.+")


class Work(NamedTuple):
    """One notebook that was handed in: whose it is, where it lay, and its bytes; or the problem with it."""

    learner: str
    file: str
    content: bytes = b""
    problem: str = ""


def works(paths: list[Path]) -> Iterator[Work]:
    """Every notebook of the folders, files and ZIPs, one at a time and in the order of their names."""
    for path in paths:
        if zipfile.is_zipfile(path):
            yield from _of_zip(path)
        elif path.is_dir():
            for file in sorted(path.rglob("*")):
                name = file.relative_to(path).as_posix()
                if file.suffix == ".ipynb" and ".ipynb_checkpoints" not in file.parts:
                    yield _of_file(file, name)
                elif file.suffix == ".zip" and file.is_file() and zipfile.is_zipfile(file):
                    yield from _of_zip(file, name)
        else:
            yield _of_file(path, path.name)


def learner(name: str) -> str:
    """Whose file that is, by its path: as Moodle or Canvas has it, else the folder, else the file's own name."""
    parts = PurePosixPath(name).parts
    for part in parts:
        if found := MOODLE.fullmatch(part):
            return found["learner"]
    if found := CANVAS.fullmatch(parts[-1]):
        return found["learner"]
    return parts[0] if len(parts) > 1 else PurePosixPath(name).stem


def _of_file(path: Path, name: str) -> Work:
    """A file; neither a link, nor a pipe or a device, which might never end, nor one that is far too large."""
    if path.is_symlink() or not path.is_file():
        return Work(learner(name), name, problem="not a regular file (a link, a pipe or a folder): not opened")
    try:
        size = path.stat().st_size
        return _of_size(name, size) or Work(learner(name), name, path.read_bytes())
    except OSError as error:
        return Work(learner(name), name, problem=f"cannot be read: {error.strerror}")


def _of_zip(path: Path, prefix: str = "") -> Iterator[Work]:
    """The notebooks in a ZIP, read one after the other; nothing is unpacked onto the disk."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if len(entries) > MANY:
            yield Work(path.stem, path.name, problem=f"a ZIP with more than {MANY:,} files: not opened")
            return
        for entry in sorted(entries, key=lambda entry: entry.filename):
            inner = PurePosixPath(entry.filename)
            if inner.suffix != ".ipynb" or {".ipynb_checkpoints", "__MACOSX"} & set(inner.parts):
                continue
            name = f"{prefix}/{inner}" if prefix else str(inner)
            try:
                work = _of_size(name, entry.file_size) or Work("", name, archive.read(entry))
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
                work = Work("", name, problem=f"cannot be read from the ZIP: {error}")
            yield work._replace(learner=learner(str(inner)))


def _of_size(name: str, size: int) -> Work | None:
    if size <= LARGEST:
        return None
    return Work(learner(name), name, problem=f"{size / 1e6:.0f} MB, more than {LARGEST / 1e6:.0f}: not opened")
