"""What was handed in: folders, single files, and the ZIPs that Moodle, Canvas and Google Drive make of a class's work."""

import os.path
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

LARGEST = 20 * 2**20  # bytes of one notebook; the largest published one has a quarter of a megabyte
MANY = 10_000  # files of one ZIP

# How a learner's name and number are written into a path, after the platforms' own source: Moodle's folder or file
# (mod/assign/classes/downloader.php), and Canvas's file, which may be late or anonymous (lib/content_zipper.rb).
MARKS = (
    re.compile(r"(.+?)(?:_(\d+))?_assignsubmission_file(?:_.*)?"),
    re.compile(r"(?:LATE_)?(?:(anon)_([^_]+)|(.+?)(?:_LATE)?_(\d+))_\d+_.+"),
)
AS_PUBLISHED = re.compile(r"(mine_)?\d\d\b|(mine_)?\d\d_")  # such a file's name does not say whose it is


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
                if _counts(PurePosixPath(name)):
                    yield _of_file(file, name)
                elif file.suffix == ".zip" and file.is_file() and zipfile.is_zipfile(file):
                    yield from _of_zip(file, name)
        else:
            yield _of_file(path, path.name)


def learner(name: str, apart: str = "") -> str:
    """Whose file that is, by its path: as a platform marks it, its number kept, for two may have one name; else by apart,
    the part of the path that is not the others' as well; else the folder's, the ZIP's or the file's own name."""
    parts = PurePosixPath(name).parts
    for found in (mark.fullmatch(part) for mark in MARKS for part in parts):
        if found:
            return " ".join(filter(None, found.groups()))
    first = PurePosixPath(apart if apart and not AS_PUBLISHED.match(apart) else name).parts[0]
    return first.removesuffix(".zip").removesuffix(".ipynb")


def _counts(name: PurePosixPath) -> bool:
    return name.suffix == ".ipynb" and not {".ipynb_checkpoints", "__MACOSX"} & set(name.parts)


def _of_file(path: Path, name: str) -> Work:
    """A file; neither a link, nor a pipe or a device, which might never end, nor one that is far too large."""
    if path.is_symlink() or not path.is_file():
        return Work(learner(name), name, problem="not a regular file (a link, a pipe or a folder): not opened")
    try:
        return _of_size(learner(name), name, path.stat().st_size, path.read_bytes)
    except OSError as error:
        return Work(learner(name), name, problem=f"cannot be read: {error.strerror}")


def _of_zip(path: Path, prefix: str = "") -> Iterator[Work]:
    """The notebooks in a ZIP, read one after the other; nothing is unpacked onto the disk."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if len(entries) > MANY:
            yield Work(path.stem, path.name, problem=f"a ZIP with more than {MANY:,} files: not opened")
            return
        files = {PurePosixPath(entry.filename.lstrip("/")): entry for entry in entries}
        taken = sorted(filter(_counts, files))
        shared = os.path.commonpath([name.parent for name in taken]) if len(taken) > 1 else ""
        for inner in taken:
            entry, name = files[inner], f"{prefix}/{inner}" if prefix else str(inner)
            apart = str(inner.relative_to(shared)) if len(taken) > 1 or not prefix else ""
            whose = learner(f"{prefix or path.name}/{inner}", apart)
            try:
                yield _of_size(whose, name, entry.file_size, partial(archive.read, entry))
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
                yield Work(whose, name, problem=f"cannot be read from the ZIP: {error}")


def _of_size(whose: str, name: str, size: int, read: Callable[[], bytes]) -> Work:
    large = f"{size / 1e6:.0f} MB, more than {LARGEST / 1e6:.0f}: not opened" if size > LARGEST else ""
    return Work(whose, name, b"" if large else read(), large)
