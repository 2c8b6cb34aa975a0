"""What a person had set when a study was measured before, for measuring it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from myotome.nouns.space.given import NOTHING, Given
from myotome.nouns.study.series import Series
from myotome.read.given.report import require_small, set_by_hand
from myotome.read.input.files import opened
from myotome.read.quiet import quiet
from myotome.tables.outputs.documents import PROGRAM

_META_START = 132
_REPORT = "1.2.840.10008.5.1.4.1.1.88.34"
_EVIDENCE = "CurrentRequestedProcedureEvidenceSequence"
_MOMENT = ("ContentDate", "ContentTime")


def kept(drawn: Path, study: Path, series: Series | None) -> Given:
    """What had been set by hand, by the masks ``drawn`` themselves or else by the study.

    A SEG of ours carries it; of one that was edited elsewhere it is in the newest structured
    report of ours in ``study`` that is about ``series``. Nothing without either. Refuses
    (InputError) such an object that is damaged.
    """
    if drawn.is_file() and _is_dicom(drawn):
        carried = set_by_hand(drawn)
        if carried:
            return carried
    if series is None or series.format != "dicom":
        return NOTHING
    with opened(study) as source, quiet():
        reports = [
            (moment, file.path)
            for file in source.files
            for moment in _moments(file.path, {i.sop_instance_uid for i in series.instances})
        ]
        return set_by_hand(max(reports)[1]) if reports else NOTHING


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(_META_START)[128:] == b"DICM"


def _moments(path: Path, images: set[str]) -> Iterator[str]:
    """When the file was made, if it is a report of ours on these images; nothing otherwise."""
    from pydicom import dcmread
    from pydicom.filereader import read_file_meta_info

    if not _is_dicom(path):
        return
    wanted = [*_MOMENT, _EVIDENCE, "Manufacturer"]
    try:
        if read_file_meta_info(path).get("MediaStorageSOPClassUID") != _REPORT:
            return
        require_small(path)
        header = dcmread(path, stop_before_pixels=True, specific_tags=wanted)
        about = set(_images(header))
    except Exception:  # damaged files of others are told of by the catalogue
        return
    if header.get("Manufacturer") == PROGRAM and about & images:
        yield "".join(str(header.get(keyword) or "") for keyword in _MOMENT)


def _images(header: Any) -> Iterator[str]:
    """The images that a report rests on (PS3.3 C.17.2.1)."""
    for study in header.get(_EVIDENCE) or ():
        for series in study.get("ReferencedSeriesSequence") or ():
            for image in series.get("ReferencedSOPSequence") or ():
                yield str(image.get("ReferencedSOPInstanceUID", ""))
