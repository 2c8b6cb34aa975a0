"""Which images a DICOM SEG or RTSTRUCT was drawn on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from myotome.errors import InputError, MyotomeError

_META_START = 132
_DEEPEST = 12
_REFERENCED = "ReferencedSOPInstanceUID"


def source_images(path: Path) -> frozenset[str]:
    """The SOP Instance UIDs that the object refers to; empty for files that are not DICOM.

    Refuses (InputError) a damaged DICOM file.
    """
    if not path.is_file():
        return frozenset()
    with path.open("rb") as handle:
        if handle.read(_META_START)[128:] != b"DICM":
            return frozenset()
    from myotome.read.labels import dicom_dataset
    from myotome.read.quiet import quiet

    try:
        with quiet():
            return frozenset(_uids(dicom_dataset(path), 0))
    except MyotomeError:
        raise
    except Exception as error:  # a broken value raises anything
        raise InputError("the DICOM file is damaged or cut off.", mend="Copy it again.") from error


def _uids(dataset: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _uids(item, depth + 1)
        elif element.keyword == _REFERENCED:
            yield str(element.value)
