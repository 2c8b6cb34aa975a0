"""DICOMDIR: the index file of DICOM media (PS3.10 section 8)."""

from __future__ import annotations

from pathlib import Path

from pydicom.filereader import read_file_meta_info
from pydicom.uid import MediaStorageDirectoryStorage

from myotome.errors import InputError
from myotome.read.bounded.dicom import read_whole
from myotome.read.quiet import quiet

_NO_NAME = frozenset("/\\\0")


def is_dicomdir(path: Path) -> bool:
    """True if ``path`` is a DICOMDIR by content (its media storage class), whatever its name."""
    try:
        with quiet():
            meta = read_file_meta_info(path)
    except Exception:  # damaged files raise anything, and are told of where they are read
        return False
    return bool(meta.get("MediaStorageSOPClassUID", "") == MediaStorageDirectoryStorage)


def listed_files(index: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    """The files a DICOMDIR lists: those present as (name, path), and the names missing.

    Refuses (InputError) an index without records. References that lead out of its folder count
    as missing. Names are matched without regard to case, as media are often copied so.
    """
    try:
        with quiet():
            steps_of = _references(index)
    except Exception as error:  # pydicom reads items late, and damaged ones raise anything
        raise InputError(
            "the DICOMDIR is damaged.", mend="Give the folder that holds it."
        ) from error
    if not steps_of:
        raise InputError("the DICOMDIR lists nothing.", mend="Give the folder that holds it.")
    present: list[tuple[str, Path]] = []
    missing: list[str] = []
    for steps in steps_of:
        path = _resolve(index.parent, steps)
        if path is None:
            missing.append("/".join(steps))
        else:
            present.append(("/".join(steps), path))
    return present, missing


def _references(index: Path) -> list[list[str]]:
    """The path components of every file that a record names."""
    found = []
    for record in read_whole(index).get("DirectoryRecordSequence") or ():
        parts = record.get("ReferencedFileID")
        if parts:
            found.append([parts] if isinstance(parts, str) else [str(p) for p in parts])
    return found


def _resolve(folder: Path, steps: list[str]) -> Path | None:
    here = folder
    for step in steps:
        if step in ("", ".", "..") or set(step) & _NO_NAME:
            return None
        try:
            exact = here / step
            if not exact.exists():
                exact = next(p for p in here.iterdir() if p.name.lower() == step.lower())
        except (OSError, ValueError, StopIteration):  # no folder, too long a name, not there
            return None
        here = exact
    return here if here.is_file() else None
