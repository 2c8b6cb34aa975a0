"""Which images a DICOM SEG or RTSTRUCT was drawn on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myotome.errors import InputError, MyotomeError
from myotome.nouns.study.series import Series

_META_START = 132
_DEEPEST = 12
_IMAGE, _CLASS, _SERIES = (
    "ReferencedSOPInstanceUID",
    "ReferencedSOPClassUID",
    "SeriesInstanceUID",
)
_STUDIES = "1.2.840.10008.3.1.2.3."
"""Classes of studies, to which structure sets refer as if they were images."""
_LONG = frozenset({0x30060050, 0x7FE00010})
"""Contour and pixel data: to look into them takes seconds and tells nothing of images."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnOn:
    """UIDs of the images, and of the series, that a DICOM object refers to."""

    images: frozenset[str] = frozenset()
    series: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.images or self.series)

    def shared_with(self, series: Series) -> int:
        """How many images of ``series`` it refers to; all, if it names the series only."""
        count = sum(image.sop_instance_uid in self.images for image in series.instances)
        if count or not self.series or series.format != "dicom":
            return count
        return len(series.instances) if _uid_of(series) in self.series else 0


def is_dicom(path: Path) -> bool:
    """Whether ``path`` is a file that begins as DICOM does (PS3.10, 7.1)."""
    if not path.is_file():
        return False
    with path.open("rb") as handle:
        return handle.read(_META_START)[128:] == b"DICM"


def drawn_on(path: Path) -> DrawnOn:
    """What the object ``path`` refers to; nothing for files that are not DICOM.

    Refuses (InputError) a damaged DICOM file.
    """
    if not is_dicom(path):
        return DrawnOn()
    from myotome.read.labels.door import dicom_dataset
    from myotome.read.quiet import quiet

    try:
        with quiet():
            return references_of(dicom_dataset(path))
    except MyotomeError:
        raise
    except Exception as error:  # a broken value raises anything
        raise InputError("the DICOM file is damaged or cut off.", mend="Copy it again.") from error


def references_of(dataset: Any) -> DrawnOn:
    """What an object refers to; a broken value in it raises anything."""
    found = list(_references(dataset, 0))
    return DrawnOn(
        images=frozenset(uid for kind, uid in found if kind == _IMAGE),
        series=frozenset(uid for kind, uid in found if kind == _SERIES),
    )


def _references(dataset: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        return
    if depth and str(dataset.get(_CLASS, "")).startswith(_STUDIES):
        own: tuple[str, ...] = ()
    else:
        own = (_IMAGE, _SERIES) if depth else ()
    for tag in list(dataset.keys()):
        if int(tag) in _LONG:
            continue
        element = dataset[tag]
        if element.VR == "SQ":
            for item in element.value:
                yield from _references(item, depth + 1)
        elif element.keyword in own and element.value:
            yield element.keyword, str(element.value)


def _uid_of(series: Series) -> str:
    """The Series Instance UID, "" if its files are gone (out of an archive) or name none."""
    from pydicom import dcmread

    from myotome.read.quiet import quiet

    path = series.instances[0].path
    try:
        with quiet():
            header = dcmread(path, stop_before_pixels=True, specific_tags=[_SERIES])
            return str(header.get(_SERIES, "") or "")
    except Exception:  # damaged files are told of where they are measured
        return ""
