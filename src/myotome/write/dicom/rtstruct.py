"""The muscles as an RT Structure Set (PS3.3 A.19), for planning systems and older viewers.

One ROI per muscle, with closed planar contours on every slice that it is on: those of the source
images, or where these were corrected (tilt, gaps) of the corrected grid. Filled by pixel centres
the contours give back the labels without a difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from myotome.errors import OutputError
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.muscles import BY_VALUE, Muscle
from myotome.tables.codes.anatomy import SIDE, STRUCTURE
from myotome.tables.outputs.wording import RESEARCH_USE
from myotome.voxels.planes import planes_on
from myotome.write.dicom.capture import instance_items
from myotome.write.dicom.outlines import outlines
from myotome.write.dicom.series import NAME, NewSeries, algorithm_type, code_item, complete, plain
from myotome.write.dicom.source import Source, SourceImage

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_CONTOUR_DATA = 0x30060050
_DETACHED_STUDY = "1.2.840.10008.3.1.2.3.1"
"""Retired, but what PS3.3 C.8.8.5 has referred to a study by ever since."""

Contour = tuple[SourceImage | None, NDArray[np.float64]]


def rtstruct(result: StudyResult, source: Source) -> Dataset:
    """The muscles found, one ROI each. Refuses (OutputError) a result without any.

    Holes are keyholes; parts of a muscle on one slice are contours of their own. Points are
    rounded to 7 digits (0.0001 mm below 1 m). Implicit VR, since a long contour does not fit
    the 16-bit lengths of explicit VR (PS3.5 7.1.2).
    """
    from pydicom.uid import ImplicitVRLittleEndian, RTStructureSetStorage

    contours = _contours(result, source)
    if not contours:
        raise OutputError("no muscle was found, so there is no structure set to write.")
    new = NewSeries.of(source, "rtstruct", result.provenance)
    made = plain(source, new, RTStructureSetStorage)
    made.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    made.OperatorsName = ""
    made.FrameOfReferenceUID = source.frame_of_reference_uid
    made.PositionReferenceIndicator = source.header.get("PositionReferenceIndicator") or ""
    _label(made, source, new)
    made.ReferencedFrameOfReferenceSequence = [_frame_of_reference(source)]
    muscles = [m for value, m in sorted(BY_VALUE.items()) if value in contours]
    numbered = list(enumerate(muscles, 1))
    made.StructureSetROISequence = [_roi(n, m, result, source) for n, m in numbered]
    made.RTROIObservationsSequence = [_observation(n, m) for n, m in numbered]
    made.ApprovalStatus = "UNAPPROVED"
    complete(made, source, new)
    del made.ContentDate, made.ContentTime  # not of this object: it has its own date and time
    # last: what looks at every element would turn the points into numbers, which takes seconds
    made.ROIContourSequence = [_drawn(n, m, contours[m.value]) for n, m in numbered]
    return made


def _contours(result: StudyResult, source: Source) -> dict[int, list[Contour]]:
    """Image and points ``(n, 3)`` in LPS mm of every contour, by muscle value."""
    found: dict[int, list[Contour]] = {}
    labels, grid = result.segmentation.labels, result.segmentation.grid
    for k, plane in enumerate(planes_on(source.grid, labels, grid)):
        for value in np.flatnonzero(np.bincount(plane.ravel(), minlength=1)[1:]) + 1:
            for points in outlines(plane == value):
                index = np.column_stack([np.full(len(points), float(k)), points])
                found.setdefault(int(value), []).append(
                    (source.images[k], source.grid.to_lps_mm(index))
                )
    return found


def _label(made: Dataset, source: Source, new: NewSeries) -> None:
    made.StructureSetLabel = f"{NAME} muscles"
    made.StructureSetName = f"{NAME} muscles (research use only)"
    where = "" if source.is_complete else " On slices corrected for tilt or gaps."
    made.StructureSetDescription = f"{RESEARCH_USE}{where}"
    made.StructureSetDate = new.moment.strftime("%Y%m%d")
    made.StructureSetTime = new.moment.strftime("%H%M%S.%f")


def _frame_of_reference(source: Source) -> Dataset:
    """All images of the source, within their series, study and frame of reference."""
    from pydicom.dataset import Dataset

    series, study, frame = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = source.series_uid
    series.ContourImageSequence = instance_items(source.everything)
    study.ReferencedSOPClassUID = _DETACHED_STUDY
    study.ReferencedSOPInstanceUID = source.study_uid
    study.RTReferencedSeriesSequence = [series]
    frame.FrameOfReferenceUID = source.frame_of_reference_uid
    frame.RTReferencedStudySequence = [study]
    return frame


def _roi(number: int, muscle: Muscle, result: StudyResult, source: Source) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ROINumber = number
    item.ReferencedFrameOfReferenceUID = source.frame_of_reference_uid
    item.ROIName = muscle.words
    item.ROIGenerationAlgorithm = algorithm_type(result)
    version = result.provenance.myotome_version
    item.ROIGenerationDescription = f"{NAME} {version}; research use only"[:64]
    return item


def _observation(number: int, muscle: Muscle) -> Dataset:
    """What the ROI is: the same codes as the muscle's segment has."""
    from pydicom.dataset import Dataset

    row = STRUCTURE[muscle.group]
    code = code_item(row.type)
    code.SegmentedPropertyTypeModifierCodeSequence = [code_item(SIDE[muscle.side])]
    item = Dataset()
    item.ObservationNumber = item.ReferencedROINumber = number
    item.SegmentedPropertyCategoryCodeSequence = [code_item(row.category)]
    item.RTROIIdentificationCodeSequence = [code]
    item.RTROIInterpretedType = "ORGAN"
    item.ROIInterpreter = ""
    return item


def _drawn(number: int, muscle: Muscle, contours: list[Contour]) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedROINumber = number
    item.ROIDisplayColor = list(muscle.colour)
    item.ContourSequence = list(_items(contours))
    return item


def _items(contours: list[Contour]) -> Iterator[Dataset]:
    from pydicom.dataelem import RawDataElement
    from pydicom.dataset import Dataset
    from pydicom.tag import Tag

    for number, (image, points) in enumerate(contours, 1):
        item = Dataset()
        item.ContourNumber = number
        if image is not None:
            item.ContourImageSequence = [image.reference()]
        item.ContourGeometricType = "CLOSED_PLANAR"
        item.NumberOfContourPoints = len(points)
        text = "\\".join(map("{:.7g}".format, points.ravel().tolist()))
        value = text.encode("ascii")
        value += b" " * (len(value) % 2)
        tag = Tag(_CONTOUR_DATA)
        # as bytes, written as they are: as objects the numbers of one study would take seconds
        item[tag] = RawDataElement(tag, "DS", len(value), value, 0, True, True)
        item.set_original_encoding(True, True, "iso8859")  # pydicom's name of the default
        yield item
