"""Whose scan labels and images are of: what DICOM objects say of person, study and space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myotome.nouns.study.series import Series
from myotome.read.labels.drawn_on import is_dicom

_DEEPEST = 4
_FRAMES = ("FrameOfReferenceUID", "ReferencedFrameOfReferenceUID")
_LONG = frozenset({0x30060050, 0x7FE00010, 0x52009230})
"""Contours, pixels and frames: to look into them takes seconds and tells nothing of the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Patient ID, Study Instance UID and the frames of reference of an object; "" if not said."""

    patient: str = ""
    study: str = ""
    frames: frozenset[str] = frozenset()

    def same_space(self, other: Origin) -> bool:
        """Whether both lie in one frame of reference."""
        return bool(self.frames & other.frames)

    def unlike(self, other: Origin) -> tuple[str, ...]:
        """What both tell and tell otherwise, in words; never the values."""
        pairs = (
            ("patient", {self.patient} - {""}, {other.patient} - {""}),
            ("study", {self.study} - {""}, {other.study} - {""}),
            ("frame of reference", self.frames, other.frames),
        )
        return tuple(
            words for words, ours, theirs in pairs if ours and theirs and not ours & theirs
        )


def origin_of(path: Path) -> Origin:
    """The origin of the labels ``path``; an empty one for files that are no (sound) DICOM."""
    if not is_dicom(path):
        return Origin()
    from myotome.read.labels.door import dicom_dataset
    from myotome.read.quiet import quiet

    try:
        with quiet():
            return _origin(dicom_dataset(path))
    except Exception:  # damaged files are refused where they are read
        return Origin()


def origin_of_series(series: Series) -> Origin:
    """The origin of the first image of a series; an empty one if it is no DICOM or gone."""
    if series.format != "dicom" or not series.instances:
        return Origin()
    from pydicom import dcmread

    tags = ["PatientID", "StudyInstanceUID", "FrameOfReferenceUID"]
    try:
        return _origin(
            dcmread(series.instances[0].path, stop_before_pixels=True, specific_tags=tags)
        )
    except Exception:  # damaged files are told of where they are measured
        return Origin()


def _origin(dataset: Any) -> Origin:
    return Origin(
        patient=str(dataset.get("PatientID", "") or "").strip(),
        study=str(dataset.get("StudyInstanceUID", "") or "").strip(),
        frames=frozenset(_frames(dataset, 0)),
    )


def _frames(dataset: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    for tag in list(dataset.keys()):
        if int(tag) in _LONG:
            continue
        element = dataset[tag]
        if element.VR == "SQ":
            for item in element.value:
                yield from _frames(item, depth + 1)
        elif element.keyword in _FRAMES and element.value:
            yield str(element.value)
