"""The DICOM series that Myotome makes of one measured series: one row each."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomOutput:
    """One series. ``number`` is added to 1000 times the source's series number."""

    key: str
    number: int
    modality: str
    words: str


OUTPUTS: tuple[DicomOutput, ...] = (
    DicomOutput(key="muscle_seg", number=901, modality="SEG", words="Myotome muscles"),
    DicomOutput(
        key="composition_seg", number=902, modality="SEG", words="Myotome body composition"
    ),
    DicomOutput(key="measurements_sr", number=903, modality="SR", words="Myotome measurements"),
    DicomOutput(key="overlay_sc", number=904, modality="OT", words="Myotome muscle overlay"),
    DicomOutput(
        key="quality_sc",
        number=905,
        modality="OT",
        words="Myotome muscle quality and body composition",
    ),
    DicomOutput(key="report_pdf", number=906, modality="DOC", words="Myotome report"),
    DicomOutput(key="rtstruct", number=907, modality="RTSTRUCT", words="Myotome muscles"),
)
DICOM_OUTPUT = Registry("DICOM output", OUTPUTS)

RESEARCH_SUFFIX = "(research use only)"
"""Closes every series description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """An attribute of patient or study that every output takes over from the source.

    ``required`` ones (type 1 and 2 in PS3.3) are written empty where the source has none.
    """

    keyword: str
    required: bool = False


_REQUIRED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
)
_OPTIONAL = (
    "IssuerOfPatientID",
    "IssuerOfPatientIDQualifiersSequence",
    "OtherPatientIDsSequence",
    "TypeOfPatientID",
    "PatientBirthTime",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "IssuerOfAccessionNumberSequence",
    "StudyDescription",
    "ProcedureCodeSequence",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "PatientSexNeutered",
    "PatientSpeciesDescription",
    "LongitudinalTemporalInformationModified",
    "ClinicalTrialSponsorName",
    "ClinicalTrialProtocolID",
    "ClinicalTrialProtocolName",
    "ClinicalTrialSiteID",
    "ClinicalTrialSiteName",
    "ClinicalTrialSubjectID",
    "ClinicalTrialSubjectReadingID",
    "ClinicalTrialTimePointID",
    "ClinicalTrialTimePointDescription",
    "TimezoneOffsetFromUTC",
)
INHERITED: tuple[Inherited, ...] = (
    *(Inherited(keyword=keyword, required=True) for keyword in _REQUIRED),
    *(Inherited(keyword=keyword) for keyword in _OPTIONAL),
)
"""Patient, clinical trial, general study and patient study modules (PS3.3 C.7.1, C.7.2)."""
