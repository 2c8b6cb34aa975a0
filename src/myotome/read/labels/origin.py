"""Whose scan labels and images are of: what DICOM objects say of person, study and space.

Labels name the images that they were drawn on, or nothing but their own person, study and frame
of reference. What they say is held against the images, so that nobody is measured in a body
that was not drawn on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myotome.errors import InputError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.study.series import Series
from myotome.read.labels.drawn_on import DrawnOn, is_dicom, references_of
from myotome.tables.flags.every import FLAG, raised

_DEEPEST = 4
_FRAMES = ("FrameOfReferenceUID", "ReferencedFrameOfReferenceUID")
_SAID = ("PatientID", "StudyInstanceUID", "FrameOfReferenceUID")
_STUDY = "ReferencedSOPInstanceUID"
_LONG = frozenset({0x30060050, 0x7FE00010, 0x52009230})
"""Contours, pixels and frames: to look into them takes seconds and tells nothing of the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Patient IDs, Study Instance UIDs and frames of reference of an object; empty if not said."""

    patients: frozenset[str] = frozenset()
    studies: frozenset[str] = frozenset()
    frames: frozenset[str] = frozenset()

    def same_space(self, other: Origin) -> bool:
        """Whether both lie in one frame of reference."""
        return bool(self.frames & other.frames)

    def unlike(self, other: Origin) -> tuple[str, ...]:
        """What both tell and tell otherwise, in words; never the values."""
        pairs = (
            ("patient", self.patients, other.patients),
            ("study", self.studies, other.studies),
            ("frame of reference", self.frames, other.frames),
        )
        return tuple(
            words for words, ours, theirs in pairs if ours and theirs and not ours & theirs
        )

    def __or__(self, other: Origin) -> Origin:
        """What either tells."""
        return Origin(
            patients=self.patients | other.patients,
            studies=self.studies | other.studies,
            frames=self.frames | other.frames,
        )


def of_another(path: Path, series: Series, *, insisted: bool) -> tuple[Flag, ...]:
    """A flag if the labels ``path`` tell of another person, study or space than the images.

    Refuses (InputError) where nothing says that they belong together: neither the images that
    they refer to, nor the frame of reference, nor the user, who named the series (``insisted``).
    Files that are no DICOM tell of nothing; damaged ones are refused where they are read.
    """
    labels, on = _told(path)
    unlike = labels.unlike(_first_of(series))
    unlike = labels.unlike(_whole(series)) if unlike else ()
    if not unlike:
        return ()
    words = ", ".join(unlike)
    if on.shared_with(series):
        message = f"The labels refer to these images, but tell of another {words} than they."
    elif insisted or labels.same_space(_whole(series)):
        message = f"The labels are of another {words}."
    else:
        raise InputError(
            f"the labels are of another {words} than the images.",
            why="They would be measured in a body that they were not drawn on.",
            mend="Give the study they belong to. If it is this one, name its series with --series.",
        )
    return (raised(FLAG["labels_of_another"], message),)


def _told(path: Path) -> tuple[Origin, DrawnOn]:
    """The origin of labels, and the images that they name."""
    from myotome.read.labels.door import dicom_dataset, the_file
    from myotome.read.quiet import quiet

    try:
        file = the_file(path)
        if not is_dicom(file):
            return Origin(), DrawnOn()
        with quiet():
            dataset = dicom_dataset(file)
            return _origin(dataset), references_of(dataset)
    except Exception:  # damaged files are refused where they are read
        return Origin(), DrawnOn()


def _first_of(series: Series) -> Origin:
    """The origin of the first image of a series; an empty one if it is no DICOM or gone."""
    return _of_files([image.path for image in series.instances[:1]], series)


def _whole(series: Series) -> Origin:
    """What any image of a series tells: some have frames of reference of their own."""
    return _of_files(dict.fromkeys(image.path for image in series.instances), series)


def _of_files(paths: Iterable[Path], series: Series) -> Origin:
    from pydicom import dcmread

    from myotome.read.quiet import quiet

    found = Origin()
    for path in paths if series.format == "dicom" else ():
        try:
            with quiet():
                header = dcmread(path, stop_before_pixels=True, specific_tags=list(_SAID))
                found |= _origin(header)
        except Exception:  # noqa: S112 - damaged files are told of where they are measured
            continue
    return found


def _origin(dataset: Any) -> Origin:
    named = (str(item.get(_STUDY, "") or "") for item in _studies(dataset))
    said = (str(dataset.get(keyword, "") or "").strip() for keyword in _SAID[:2])
    patient, study = said
    return Origin(
        patients=frozenset({patient} - {""}),
        studies=frozenset({study, *named} - {""}),
        frames=frozenset(_of_contours(dataset) or _frames(dataset, 0)),
    )


def _of_contours(dataset: Any) -> set[str]:
    """The frames of reference that the contours of a structure set are said to lie in."""
    rois = dataset.get("StructureSetROISequence") or ()
    return {str(roi.get(_FRAMES[1], "") or "") for roi in rois} - {""}


def _studies(dataset: Any) -> Iterator[Any]:
    """The studies that a structure set names: it may lie in one of its own."""
    for frame in dataset.get("ReferencedFrameOfReferenceSequence") or ():
        yield from frame.get("RTReferencedStudySequence") or ()


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
