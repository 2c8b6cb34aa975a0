"""What pseudonymous DICOM objects keep: PS3.15 Annex E, Basic Profile with options.

Everything that is not listed here is emptied or removed, so an attribute that nobody thought of
does not leave.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One row of CID 7050 (De-identification Method) and what it means here."""

    code: str
    meaning: str
    words: str


METHODS: tuple[Method, ...] = (
    Method(
        code="113100",
        meaning="Basic Application Confidentiality Profile",
        words="names, numbers and places of the person and of the study are replaced or removed",
    ),
    Method(
        code="113105",
        meaning="Clean Descriptors Option",
        words="of all texts only those that Myotome wrote itself are kept",
    ),
    Method(
        code="113107",
        meaning="Retain Longitudinal Temporal Information Modified Dates Option",
        words="all dates and times of one person are moved by the same span",
    ),
    Method(
        code="113108",
        meaning="Retain Patient Characteristics Option",
        words="sex, age (90 and more as 90), height and weight are kept",
    ),
    Method(
        code="113109",
        meaning="Retain Device Identity Option",
        words="make, model, serial number and station name of devices are kept",
    ),
)
DEVICE_METHOD = "113109"

CHARACTERISTICS = frozenset({"PatientSex", "PatientAge", "PatientSize", "PatientWeight"})
"""Kept of the Patient and Patient Study modules, whatever their type."""

BIRTH = frozenset({"PatientBirthDate", "PatientBirthTime"})
"""Removed rather than moved."""

OWN_MOMENTS = (
    "ContentDate",
    "ContentTime",
    "ContributionDateTime",
    "InstanceCreationDate",
    "InstanceCreationTime",
    "SeriesDate",
    "SeriesTime",
    "StructureSetDate",
    "StructureSetTime",
)
"""When Myotome made an object, which becomes the moved moment of the study.

Moved by the span of the person it would betray that span: whoever receives an object, or reads
``provenance.json`` beside it, knows about when it was made.
"""

UNKNOWN_DATE, UNKNOWN_TIME = "20000101", "000000"
"""In the place of a moment that must have a value and may not be told."""

DEVICE_TEXTS = frozenset(
    {
        "DeviceSerialNumber",
        "DeviceUID",
        "StationName",
    }
)
"""Kept with the device option, removed without."""

TEXTS = frozenset(
    {
        # codes
        "CodeMeaning",
        "CodeValue",
        "CodingSchemeDesignator",
        "CodingSchemeName",
        "CodingSchemeRegistry",
        "CodingSchemeResponsibleOrganization",
        "CodingSchemeVersion",
        "ExternalCodingSchemeID",
        "LongCodeValue",
        "URNCodeValue",
        # equipment: makes and models name no person
        "Manufacturer",
        "ManufacturerModelName",
        "SecondaryCaptureDeviceManufacturer",
        "SecondaryCaptureDeviceManufacturerModelName",
        "SecondaryCaptureDeviceSoftwareVersions",
        "SoftwareVersions",
        "ContributionDescription",
        # what Myotome writes itself
        "AlgorithmName",
        "AlgorithmParameters",
        "AlgorithmSource",
        "AlgorithmVersion",
        "ContentDescription",
        "DerivationDescription",
        "DimensionDescriptionLabel",
        "DocumentTitle",
        "ImageComments",
        "MIMETypeOfEncapsulatedDocument",
        "ROIName",
        "ROIObservationLabel",
        "SegmentAlgorithmName",
        "SegmentDescription",
        "SegmentLabel",
        "SeriesDescription",
        "StructureSetLabel",
        "StructureSetName",
        "TextValue",
        "TrackingID",
    }
)
"""Texts (LO, LT, PN, SH, ST, UC, UR, UT) that are kept as they are."""

EMPTY_WHEN_REMOVED = frozenset(
    {
        "AccessionNumber",
        "OperatorsName",
        "PatientBirthDate",
        "PositionReferenceIndicator",
        "ReferringPhysicianName",
        "StudyID",
    }
)
"""Type 2 at the root of an object: they stay, without a value."""

SEQUENCES = frozenset(
    {
        "CodingSchemeIdentificationSequence",
        "ConceptNameCodeSequence",
        "ContentSequence",
        "ContentTemplateSequence",
        "ContributingEquipmentSequence",
        "CurrentRequestedProcedureEvidenceSequence",
        "DerivationCodeSequence",
        "DimensionIndexSequence",
        "DimensionOrganizationSequence",
        "PerFrameFunctionalGroupsSequence",
        "PerformedProcedureCodeSequence",
        "PertinentOtherEvidenceSequence",
        "ROIContourSequence",
        "RTROIObservationsSequence",
        "ReferencedFrameOfReferenceSequence",
        "ReferencedImageSequence",
        "ReferencedPerformedProcedureStepSequence",
        "ReferencedRequestSequence",
        "ReferencedSeriesSequence",
        "SegmentSequence",
        "SharedFunctionalGroupsSequence",
        "SourceImageSequence",
        "SourceInstanceSequence",
        "StructureSetROISequence",
        "StudiesContainingOtherReferencedInstancesSequence",
    }
)
"""Sequences at the root of an object that are kept, cleaned item by item."""

EMPTIED_SEQUENCES = frozenset(
    {"PerformedProcedureCodeSequence", "ReferencedPerformedProcedureStepSequence"}
)
"""Type 2 sequences of a structured report that describe the visit: they stay, without items."""

KEPT_UIDS = frozenset(
    {
        "CodingSchemeUID",
        "ContextGroupExtensionCreatorUID",
        "ContextUID",
        "ImplementationClassUID",
        "MappingResourceUID",
        "SOPClassUID",
        "TransferSyntaxUID",
    }
)
"""UIDs that name a thing of the standard or a registry, not an object of this study."""
