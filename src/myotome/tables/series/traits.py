"""What the images of one stack have in common: facts that part images, and facts that do not vary.

:data:`PARTING` tells images of different stacks apart; :data:`TRAITS` are equal on all images of a
sound stack, so that an image with another value does not belong there.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """One fact by which images part. ``key`` is a field of ``read.dicom.kind.Kind``.

    Numbers are the same within ``share`` of the larger one or within ``apart``, whatever is more.
    ``unknown_fits`` lets an image that does not say it stay with the others. ``soft`` facts part
    nothing where the images fill each other's gaps: then they are slips of one header.
    """

    key: str
    words: str
    share: float = 0.0
    apart: float = 0.0
    unknown_fits: bool = False
    soft: bool = False


PARTING: tuple[Parting, ...] = (
    Parting(key="sop_class_uid", words="class of object"),
    Parting(key="modality", words="modality"),
    Parting(key="rows", words="image size"),
    Parting(key="columns", words="image size"),
    Parting(key="pixel_spacing_mm", words="pixel spacing", share=0.005),
    Parting(key="purpose", words="type of image"),
    Parting(key="first_hand", words="original or derived", soft=True),
    # rounding to one decimal is up to 0.05 mm off; 1 and 1.25 mm are two reconstructions
    Parting(
        key="thickness_mm",
        words="slice thickness",
        share=0.05,
        apart=0.06,
        unknown_fits=True,
        soft=True,
    ),
    Parting(key="kernel", words="kernel", unknown_fits=True),
    Parting(key="subject", words="patient", unknown_fits=True),
    Parting(key="frame_uid", words="frame of reference", unknown_fits=True),
)
PARTING_BY = Registry("parting fact", PARTING)

FEW = 0.2
"""An image is a stranger if at most this share of its stack is like it; more are a mixed stack."""
LEAST_IMAGES = 5
"""Of fewer images nobody can say which are the strangers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """One fact that does not vary within a sound stack.

    ``attribute`` is its DICOM keyword, ``sequence`` the functional group that holds it in
    multi-frame images. Numbers are the same within ``apart`` (absolute) or ``share`` (of the
    larger); texts if their letters and digits are. ``must`` be said: an image without it is a
    stranger among images that have it. ``few`` is what becomes of a few images with another
    value, ``many`` of a mixed stack: "refused" (the image), "told" (a flag), or "" where the
    values themselves decide. ``shown`` lets messages tell the values (never of a person).
    """

    key: str
    words: str
    attribute: str
    sequence: str = ""
    number: bool = False
    apart: float = 0.0
    share: float = 0.0
    must: bool = False
    few: str = "refused"
    many: str = "told"
    unit: str = ""
    shown: bool = True


_RESCALE = "PixelValueTransformationSequence"

TRAITS: tuple[Trait, ...] = (
    # many: some writers rescale every image by itself, and mean the same HU
    Trait(
        key="rescale_slope",
        words="rescale slope",
        attribute="RescaleSlope",
        sequence=_RESCALE,
        number=True,
        share=1e-4,
        must=True,
        many="",
    ),
    Trait(
        key="rescale_intercept",
        words="rescale intercept",
        attribute="RescaleIntercept",
        sequence=_RESCALE,
        number=True,
        apart=0.01,
        must=True,
        many="",
    ),
    Trait(
        key="rescale_type",
        words="unit of values",
        attribute="RescaleType",
        sequence=_RESCALE,
    ),
    Trait(key="photometric", words="meaning of values", attribute="PhotometricInterpretation"),
    Trait(
        key="signed",
        words="sign of stored values",
        attribute="PixelRepresentation",
        number=True,
        many="",
    ),
    # compressing archives give every image as many bits as it needs
    Trait(
        key="bits_stored",
        words="bits",
        attribute="BitsStored",
        number=True,
        few="told",
        many="",
    ),
    Trait(
        key="kvp",
        words="tube voltage",
        attribute="KVP",
        sequence="CTXRayDetailsSequence",
        number=True,
        apart=1.0,
        unit=" kV",
    ),
    Trait(
        key="table_height_mm",
        words="table height",
        attribute="TableHeight",
        sequence="CTAcquisitionDetailsSequence",
        number=True,
        apart=5.0,
        unit=" mm",
    ),
    Trait(
        key="gantry_tilt_deg",
        words="gantry tilt",
        attribute="GantryDetectorTilt",
        sequence="CTAcquisitionDetailsSequence",
        number=True,
        apart=0.5,
        unit=" degrees",
    ),
    Trait(
        key="reconstruction_diameter_mm",
        words="diameter of the reconstruction",
        attribute="ReconstructionDiameter",
        sequence="CTReconstructionSequence",
        number=True,
        share=0.01,
        unit=" mm",
    ),
    Trait(key="patient_position", words="position on the table", attribute="PatientPosition"),
    Trait(key="manufacturer", words="maker of the scanner", attribute="Manufacturer"),
    Trait(key="model", words="model of the scanner", attribute="ManufacturerModelName"),
    Trait(
        key="birth_date", words="patient's birth date", attribute="PatientBirthDate", shown=False
    ),
    Trait(key="sex", words="patient's sex", attribute="PatientSex", shown=False),
)
TRAIT = Registry("trait", TRAITS)
