"""Which studies lie under a path: one folder may hold many, of many people."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from myotome.errors import MyotomeError
from myotome.read.dicom.attributes import subject, text
from myotome.read.dicom.header import read_headers
from myotome.read.input import archive
from myotome.read.input.files import SourceFile, opened
from myotome.read.quiet import quiet

_DICOM = ("used", "truncated", "wrong_length", "no_pixel_data")
"""States of a file that tell which study it is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One study under a path. What may name a person is not shown by ``repr``.

    ``uid`` is its Study Instance UID, "" for a NIfTI file or where there is none. ``files`` are
    the names of its files below ``path`` where others lie there too, empty where all are its own
    or ``path`` is an archive.
    """

    path: Path = field(repr=False)
    uid: str = field(default="", repr=False)
    subject: str = field(default="", repr=False)
    day: int | None = field(default=None, repr=False)
    files: tuple[str, ...] = field(default=(), repr=False)


def discover(start: Path, *, threads: int = 2) -> tuple[Found, ...]:
    """The studies under a folder, archive or file, in the order of their paths.

    Reads every DICOM header once. A NIfTI file is a study of its own, and so is an archive
    without DICOM. What cannot be opened is a study, too: its measurement will say why.
    """
    if not start.is_dir():
        return tuple(_of_file(start, threads))
    found: list[Found] = []
    loose: list[SourceFile] = []
    for path in _files(start):
        name = path.name.lower()
        if archive.kind(path, path.name):
            found.extend(_of_file(path, threads))
        elif name.endswith((".nii", ".nii.gz")):
            found.append(Found(path=path))
        else:
            loose.append(SourceFile(name=path.relative_to(start).as_posix(), path=path))
    found.extend(_split(start, loose, threads))
    return tuple(sorted(found, key=lambda one: (str(one.path), one.uid)))


def _files(start: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(start):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _of_file(path: Path, threads: int) -> Iterator[Found]:
    """The studies in one file: an archive may hold several."""
    try:
        with opened(path) as source:
            groups = _grouped(source.files, threads)
    except MyotomeError:
        groups = {}
    if not groups:
        yield Found(path=path)
    for uid, group in sorted(groups.items()):
        yield Found(path=path, uid=uid, subject=group.subject, day=group.day)


def _split(start: Path, loose: list[SourceFile], threads: int) -> Iterator[Found]:
    """The studies among the loose files of a folder, each at its deepest own folder."""
    groups = _grouped(loose, threads)
    owners: dict[Path, set[str]] = defaultdict(set)
    for uid, group in groups.items():
        for file in group.files:
            for folder in file.path.relative_to(start).parents:
                owners[start / folder].add(uid)
    for uid, group in groups.items():
        common = Path(os.path.commonpath([file.path.parent for file in group.files]))
        alone = owners[common] == {uid}
        names = () if alone else (file.path.relative_to(common).as_posix() for file in group.files)
        yield Found(
            path=common, uid=uid, subject=group.subject, day=group.day, files=tuple(sorted(names))
        )


@dataclass(slots=True)
class _Group:
    """The files of one study, and what their headers say of it."""

    files: list[SourceFile] = field(default_factory=list)
    subject: str = ""
    day: int | None = None


def _grouped(files: Iterable[SourceFile], threads: int) -> dict[str, _Group]:
    """DICOM files by their study; by their folder where no header names one."""
    groups: dict[str, _Group] = defaultdict(_Group)
    with quiet():
        for header in read_headers(tuple(files), threads):
            if header.dataset is None or header.status not in _DICOM:
                continue
            uid = text(header.dataset, "StudyInstanceUID")
            group = groups[uid or f"folder {header.file.path.parent}"]
            group.files.append(header.file)
            group.subject = group.subject or subject(header.dataset)
            if group.day is None:
                group.day = _day(text(header.dataset, "StudyDate"))
    return groups


def _day(date: str) -> int | None:
    """The day of a DICOM date, counted from the year 1; None where there is none."""
    try:
        return datetime.strptime(date[:8], "%Y%m%d").toordinal()  # noqa: DTZ007 - a date alone
    except ValueError:
        return None
