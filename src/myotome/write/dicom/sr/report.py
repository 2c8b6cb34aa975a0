"""The result as a DICOM structured report: Comprehensive 3D SR, template TID 1500.

Source: DICOM PS3.16 TID 1500 (measurement report), 1410, 1411, 1501 (groups), 300 (numbers),
1001, 1003 and 1004 (observers), 4019 (algorithm); PS3.3 A.35.13 (Comprehensive 3D SR), C.17.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from myotome.nouns.study.result import StudyResult
from myotome.write.dicom.series import NewSeries, complete, plain
from myotome.write.dicom.source import Source
from myotome.write.dicom.sr.context import (
    answer_groups,
    level_groups,
    notes_group,
    person_group,
    plane_groups,
)
from myotome.write.dicom.sr.groups import person_facts
from myotome.write.dicom.sr.items import Item, Items, decoded
from myotome.write.dicom.sr.measurements import measurement_groups
from myotome.write.dicom.sr.segments import Segments
from myotome.write.dicom.sr.template import document

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileDataset

_COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"


def study_report(
    result: StudyResult, source: Source, segs: Iterable[Dataset | None] = ()
) -> FileDataset:
    """All numbers of ``result`` with units, places, limits and what citations say of them.

    ``segs`` are the SEG objects of the same result; groups refer to their segments and frames,
    and without them to none. Nobody has verified the report, and it says that it is for
    research use only. What is not measurable is a coded answer with the reason, never a 0.
    """
    from pydicom.charset import convert_encodings

    known = [seg for seg in segs if seg is not None]
    new = NewSeries.of(source, "measurements_sr", result.provenance)
    items = Items(new.series_uid)
    made = plain(source, new, _COMPREHENSIVE_3D_SR)
    made.CompletionFlag = "COMPLETE"
    made.VerificationFlag = "UNVERIFIED"
    made.PreliminaryFlag = "PRELIMINARY"
    made.ReferencedPerformedProcedureStepSequence = []
    made.PerformedProcedureCodeSequence = []
    made.CurrentRequestedProcedureEvidenceSequence = [_evidence(source, known)]
    content = document(items, new, _groups(items, result, Segments.of(source, known)))
    complete(made, source, new, schemes=items.schemes)
    made.update(decoded(content))
    # what is encoded already is then written as it is
    made.set_original_encoding(False, True, convert_encodings(made.SpecificCharacterSet))
    return made


def _groups(items: Items, result: StudyResult, segments: Segments) -> Iterator[Item]:
    yield notes_group(items, result)
    facts = person_facts(result)
    if facts:
        yield person_group(items, facts)
    yield from measurement_groups(items, result, segments)
    yield from level_groups(items, result.landmarks)
    yield from plane_groups(items, result)
    if result.assessed:
        yield from answer_groups(items, result.assessed)


def _evidence(source: Source, segs: list[Dataset]) -> Dataset:
    """Every image and SEG that the report rests on, by series (PS3.3 C.17.2.1)."""
    from pydicom.dataset import Dataset

    images = {image.sop_instance_uid: image.sop_class_uid for image in source.everything}
    series = [(source.series_uid, images)]
    series += [
        (str(seg.SeriesInstanceUID), {str(seg.SOPInstanceUID): str(seg.SOPClassUID)})
        for seg in segs
    ]
    study = Dataset()
    study.StudyInstanceUID = source.study_uid
    study.ReferencedSeriesSequence = [_series(uid, members) for uid, members in series]
    return study


def _series(uid: str, members: dict[str, str]) -> Dataset:
    from pydicom.dataset import Dataset

    item, references = Dataset(), []
    for instance, sop_class in members.items():
        reference = Dataset()
        reference.ReferencedSOPClassUID = sop_class
        reference.ReferencedSOPInstanceUID = instance
        references.append(reference)
    item.SeriesInstanceUID = uid
    item.ReferencedSOPSequence = references
    return item
