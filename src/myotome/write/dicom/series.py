"""What all new DICOM series have in common: who made them, when, and whose they are.

Every output is finished by :func:`complete`, so that patient, study, character set, equipment
and coding schemes are the same in all. Source: DICOM PS3.3 C.7.3 (series), C.7.5 (equipment),
C.12.1 (SOP common), PS3.5 9.1 and B.2 (UIDs below 2.25).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myotome.nouns.study.provenance import Provenance
from myotome.nouns.study.result import StudyResult
from myotome.tables.codes.code import SCHEME, Code
from myotome.tables.codes.report import ALGORITHM_FAMILY
from myotome.tables.outputs.dicom_outputs import DICOM_OUTPUT, INHERITED, RESEARCH_SUFFIX
from myotome.tables.outputs.documents import PROGRAM
from myotome.write.dicom.source import Source
from myotome.write.dicom.uids import derived_uid

if TYPE_CHECKING:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.sr import CodedConcept
    from pydicom.dataset import Dataset, FileDataset

NAME = PROGRAM
IMPLEMENTATION_UID = "2.25.302863110873498224165423071846350182093"
"""Names this software in file headers; made once, at random."""

_UTF8 = "ISO_IR 192"
_ONLY_DICOM_CODES = ("PerFrameFunctionalGroupsSequence",)
"""Not searched for coding schemes: thousands of items whose codes are DICOM's own."""
_LARGEST_SERIES = 2_000_000
_IMPORTED = ("labels",)
"""Backends that take over labels which a person may have made or changed."""


def coded(code: Code) -> CodedConcept:
    """``code`` as highdicom wants it."""
    from highdicom.sr import CodedConcept

    return CodedConcept(value=code.value, scheme_designator=code.scheme, meaning=code.meaning)


def code_item(code: Code) -> Dataset:
    """``code`` as an item of a code sequence (PS3.3 8.8)."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue = code.value
    item.CodingSchemeDesignator = code.scheme
    item.CodeMeaning = code.meaning
    return item


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeries:
    """One series to be written, and the instance of it that is being made.

    ``moment`` is when the run began: in the source's time zone where its header names one, else
    this machine's.
    ``serial`` is a digest of the networks used: results of equal serials are comparable.
    """

    key: str
    modality: str
    number: int
    description: str
    series_uid: str
    instance_uid: str
    instance_number: int
    moment: datetime
    version: str
    serial: str

    @classmethod
    def of(cls, source: Source, key: str, provenance: Provenance) -> NewSeries:
        """A new series with its own UIDs; ``key`` is a row of ``tables.outputs.dicom_outputs``."""
        row = DICOM_OUTPUT[key]
        known = str(source.header.get("SeriesNumber") or "")
        base = int(known) if known.isdecimal() and int(known) < _LARGEST_SERIES else 0
        return cls(
            key=key,
            modality=row.modality,
            number=1000 * base + row.number,
            description=f"{row.words} {RESEARCH_SUFFIX}",
            series_uid=derived_uid(source.identity, key),
            instance_uid=derived_uid(source.identity, key, "1"),
            instance_number=1,
            moment=_moment(source, provenance.started_utc),
            version=provenance.myotome_version,
            serial=_serial(provenance),
        )

    def next_instance(self) -> NewSeries:
        """The next instance of the same series."""
        number = self.instance_number + 1
        uid = derived_uid(self.series_uid, str(number))
        return replace(self, instance_uid=uid, instance_number=number)

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments that highdicom's constructors share."""
        return {
            "series_instance_uid": self.series_uid,
            "series_number": self.number,
            "sop_instance_uid": self.instance_uid,
            "instance_number": self.instance_number,
            "manufacturer": NAME,
            "manufacturer_model_name": NAME,
            "software_versions": self.version,
            "device_serial_number": self.serial,
        }


def _moment(source: Source, started_utc: str) -> datetime:
    """When the run began (now, if nobody knows), in the time zone of the source."""
    at = datetime.fromisoformat(started_utc) if started_utc else datetime.now(UTC)
    offset = str(source.header.get("TimezoneOffsetFromUTC") or "")
    if len(offset) == 5 and offset[0] in "+-" and offset[1:].isdecimal():
        minutes = int(offset[1:3]) * 60 + int(offset[3:])
        shift = timedelta(minutes=-minutes if offset[0] == "-" else minutes)
        return at.astimezone(timezone(shift))
    return at.astimezone()


def _serial(provenance: Provenance) -> str:
    digests = [sha256 for _, sha256 in sorted(provenance.weights.items())]
    return "-".join(digest[:12] for digest in digests)[:64] or "none"


def algorithm(result: StudyResult) -> AlgorithmIdentificationSequence:
    """Name, version and parameters (backend, engine, weights with digests) of the maker."""
    from highdicom import AlgorithmIdentificationSequence

    origin = result.provenance
    parameters = {"backend": result.segmentation.backend}
    if origin.engine:
        parameters["engine"] = origin.engine
    parameters |= {f"weights {name}": f"sha256:{d}" for name, d in origin.weights.items()}
    return AlgorithmIdentificationSequence(
        name=NAME,
        family=coded(ALGORITHM_FAMILY),
        version=origin.myotome_version,
        source=NAME,
        parameters=parameters,
    )


def algorithm_type(result: StudyResult) -> str:
    """AUTOMATIC, or SEMIAUTOMATIC for labels that came from elsewhere (PS3.3 C.8.20.4)."""
    return "SEMIAUTOMATIC" if result.segmentation.backend in _IMPORTED else "AUTOMATIC"


def plain(source: Source, new: NewSeries, sop_class_uid: str) -> FileDataset:
    """An object without content, for secondary captures and documents: fill, then complete."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID = UID(sop_class_uid)
    complete(made, source, new)
    return made


def complete(
    dataset: Dataset, source: Source, new: NewSeries, *, schemes: Iterable[str] = ()
) -> None:
    """Make ``dataset`` an instance of ``new`` in the study of ``source``; its class must be set.

    Text is written as UTF-8 whatever the source used. Times are in the time zone of the source;
    where it names none, the output names none either. ``schemes`` are coding schemes of content
    that is yet to come.
    """
    dataset.SpecificCharacterSet = _UTF8
    _inherit(dataset, source)
    dataset.Modality = new.modality
    dataset.SeriesInstanceUID = new.series_uid
    dataset.SeriesNumber = new.number
    dataset.SeriesDescription = new.description
    dataset.SOPInstanceUID = new.instance_uid
    dataset.InstanceNumber = new.instance_number
    dataset.Manufacturer = dataset.ManufacturerModelName = NAME
    dataset.SoftwareVersions = new.version
    dataset.DeviceSerialNumber = new.serial
    date, time = new.moment.strftime("%Y%m%d"), new.moment.strftime("%H%M%S.%f")
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = date, time
    dataset.SeriesDate, dataset.SeriesTime = date, time
    dataset.ContentDate, dataset.ContentTime = date, time
    _meta(dataset, new)
    _schemes(dataset, schemes)


def _inherit(dataset: Dataset, source: Source) -> None:
    for row in INHERITED:
        if row.keyword in source.header:
            setattr(dataset, row.keyword, source.header[row.keyword].value)
        elif row.keyword in dataset:
            delattr(dataset, row.keyword)


def _meta(dataset: Dataset, new: NewSeries) -> None:
    meta: Any = getattr(dataset, "file_meta", None)
    if meta is None:
        return
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = new.instance_uid
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = f"MYOTOME_{new.version}"[:16]


def _schemes(dataset: Dataset, known: Iterable[str]) -> None:
    """Name the coding schemes used (PS3.3 table C.12-1), without which ours means nothing."""
    from pydicom.dataset import Dataset

    used = set(known)

    def look(_: Dataset, element: Any) -> None:
        if element.keyword == "CodingSchemeDesignator":
            used.add(str(element.value))

    if "CodingSchemeIdentificationSequence" in dataset:
        del dataset.CodingSchemeIdentificationSequence
    for element in dataset:
        if element.keyword in _ONLY_DICOM_CODES:
            used.add("DCM")
        elif element.VR == "SQ":
            for item in element.value:
                item.walk(look)
    items = []
    for designator in sorted(used & set(SCHEME)):
        scheme = SCHEME[designator]
        item = Dataset()
        item.CodingSchemeDesignator = designator
        if scheme.uid:
            item.CodingSchemeRegistry = "HL7"
            item.CodingSchemeUID = scheme.uid
        item.CodingSchemeName = scheme.name
        if scheme.organisation:
            item.CodingSchemeResponsibleOrganization = scheme.organisation
        items.append(item)
    if items:
        dataset.CodingSchemeIdentificationSequence = items


def save(dataset: Dataset, path: Path) -> None:
    """Write ``dataset`` as a DICOM file, whole or not at all."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        dataset.save_as(part, enforce_file_format=True)
        os.replace(part, path)  # noqa: PTH105 - replaces on every system
    finally:
        part.unlink(missing_ok=True)
