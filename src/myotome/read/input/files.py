"""The first door: a folder, archive, DICOMDIR or single file becomes a list of plain files.

Archives are unpacked into a private temporary folder that is removed at the end, under limits
on number, size and compression ratio; paths that leave it, links and devices are refused.
Nothing is ever written into the input.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from myotome.errors import InputError
from myotome.nouns.study.series import FileEntry
from myotome.read.input import archive
from myotome.read.input.archive import Budget, Limits
from myotome.read.input.dicomdir import is_dicomdir, listed_files

__all__ = ["Limits", "Source", "SourceFile", "opened"]

_MAX_DEPTH = 2
"""Archives inside archives are opened this deep: a zip of zips is common, more is an attack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One plain file: ``name`` is relative to the input, ``path`` is where it can be read."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The files of one input, sorted by name, and those already dealt with at the door.

    ``files`` are to be catalogued. ``accounted`` holds what needs no reading: archives that
    were unpacked, unsafe archive members, files that a DICOMDIR lists but that are not there.
    Paths are valid only inside the ``with opened(...)`` block.
    """

    files: tuple[SourceFile, ...]
    accounted: tuple[FileEntry, ...] = ()


_NO_LIMITS_GIVEN = Limits()


@contextmanager
def opened(path: str | Path, *, limits: Limits = _NO_LIMITS_GIVEN) -> Iterator[Source]:
    """Yield the :class:`Source` of ``path``; temporary files are removed at the end.

    Refuses (InputError) paths that do not exist, empty folders, and an archive that is broken
    or exceeds ``limits``. A bad archive inside a folder is refused alone, the rest is read.
    """
    start = Path(path)
    _require_there(start)
    with tempfile.TemporaryDirectory(prefix="myotome-") as scratch:
        found, accounted = _listing(start)
        files, more = _unpacked(found, Path(scratch), Budget(limits), depth=0)
        accounted += more
        if not files and not accounted:
            raise InputError(
                "the input holds no files.", mend="Give a folder, archive or file with CT images."
            )
        yield Source(files=tuple(sorted(files, key=lambda f: f.name)), accounted=tuple(accounted))


def _require_there(start: Path) -> None:
    """Refuse a path that is not there or that the system does not let in; says why."""
    try:
        with os.scandir(start) if stat.S_ISDIR(start.stat().st_mode) else start.open("rb"):
            return
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError("the input path does not exist.", mend="Check the path.") from error
    except (OSError, ValueError) as error:
        said = (getattr(error, "strerror", "") or "it is no path").rstrip(".").lower()
        raise InputError(
            f"the input path cannot be opened: {said}.",
            mend="Check the path, and that you may read it.",
        ) from error


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _listing(start: Path) -> tuple[list[SourceFile], list[FileEntry]]:
    """All files under ``start``: of a folder, a DICOMDIR's index, or the file itself."""
    if start.is_file():
        if not is_dicomdir(start):
            return [SourceFile(name=start.name, path=start)], []
        present, missing = listed_files(start)
        entries = [_missing(name) for name in missing]
        index = SourceFile(name=start.name, path=start)
        return [index, *(SourceFile(name=n, path=p) for n, p in present)], entries
    files: list[SourceFile] = []
    special: list[FileEntry] = []
    seen: set[str] = set()

    def closed(error: OSError) -> None:
        name = Path(error.filename).relative_to(start).as_posix()
        text = "a folder that cannot be opened"
        special.append(FileEntry(name=f"{name}/", status="unreadable", reason=text))

    for folder, folders, names in os.walk(start, onerror=closed, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # a link back into the tree: everything in it is listed already
            folders.clear()
            continue
        seen.add(real)
        for name in names:
            path = Path(folder) / name
            label = path.relative_to(start).as_posix()
            if _is_file(path):
                files.append(SourceFile(name=label, path=path))
            else:
                text = "a broken link or special file"
                special.append(FileEntry(name=label, status="unreadable", reason=text))
    return files, special + _listed_only(start, files)


def _listed_only(start: Path, files: list[SourceFile]) -> list[FileEntry]:
    """The files that a DICOMDIR in the folder lists but that are not there."""
    found = []
    for file in files:
        if file.path.name.upper() != "DICOMDIR" or not is_dicomdir(file.path):
            continue
        try:
            _, missing = listed_files(file.path)
        except Exception:  # pydicom decodes records only now; the files themselves are read
            missing = []
        folder = file.path.parent.relative_to(start)
        found += [_missing((folder / name).as_posix()) for name in missing]
    return found


def _missing(name: str) -> FileEntry:
    return FileEntry(name=name, status="missing", reason="listed in the DICOMDIR but not there")


def _unpacked(
    files: list[SourceFile], scratch: Path, budget: Budget, *, depth: int
) -> tuple[list[SourceFile], list[FileEntry]]:
    """``files`` with every archive replaced by its members, down to ``_MAX_DEPTH``."""
    plain: list[SourceFile] = []
    accounted: list[FileEntry] = []
    for file in files:
        if depth >= _MAX_DEPTH or not archive.kind(file.path, file.name):
            plain.append(file)
            continue
        prefix = "" if depth == 0 and len(files) == 1 else file.name
        try:
            members, refused = archive.unpack(file.path, prefix, scratch, budget)
        except InputError as error:
            if depth == 0 and len(files) == 1:
                raise
            accounted.append(FileEntry(name=file.name, status="unsafe", reason=str(error)))
            continue
        accounted.append(FileEntry(name=file.name, status="archive", reason="unpacked"))
        inner = [SourceFile(name=n, path=p) for n, p in members]
        more, also = _unpacked(inner, scratch, budget, depth=depth + 1)
        plain += more
        accounted += refused + also
    return plain, accounted
