"""DICOMDIR: the index file of DICOM media (PS3.10 section 8)."""

from __future__ import annotations

from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from pydicom.uid import MediaStorageDirectoryStorage

from myotome.errors import InputError
from myotome.read.quiet import quiet


def is_dicomdir(path: Path) -> bool:
    """True if ``path`` is a DICOMDIR by content (its media storage class), whatever its name."""
    try:
        with quiet():
            head = dcmread(path, stop_before_pixels=True, specific_tags=[])
    except (InvalidDicomError, OSError, EOFError, ValueError, KeyError, AttributeError):
        return False
    uid = head.file_meta.get("MediaStorageSOPClassUID", "")
    return bool(uid == MediaStorageDirectoryStorage)


def listed_files(index: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    """The files a DICOMDIR lists: those present as (name, path), and the names missing.

    Refuses (InputError) an index without records. References that lead out of its folder count
    as missing. Names are matched without regard to case, as media are often copied so.
    """
    with quiet():
        steps_of = _references(index)
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
    for record in dcmread(index).get("DirectoryRecordSequence") or ():
        parts = record.get("ReferencedFileID")
        if parts:
            found.append([parts] if isinstance(parts, str) else [str(p) for p in parts])
    return found


def _resolve(folder: Path, steps: list[str]) -> Path | None:
    here = folder
    for step in steps:
        if step in ("", ".", "..") or "/" in step or "\\" in step:
            return None
        exact = here / step
        if not exact.exists():
            others = [p for p in here.iterdir() if p.name.lower() == step.lower()]
            if not others:
                return None
            exact = others[0]
        here = exact
    return here if here.is_file() else None
