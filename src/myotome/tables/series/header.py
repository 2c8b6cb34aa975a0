"""The fields of a series header: where each comes from, what it is about, whether it may leave.

One row per field of :class:`myotome.nouns.study.header.SeriesHeader`. Outputs show exactly the
rows that may leave, in this order; a field without a row would stay inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from myotome.tables.registry import Registry


class About(StrEnum):
    """What a field tells of."""

    SCAN = "scan"
    CONTRAST = "contrast"
    STUDY = "study"
    PIXELS = "pixels"
    VALUES = "values"
    PLACE = "place"
    READING = "reading"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderField:
    """One field of the series header.

    ``attributes`` are the DICOM keywords (PS3.6) it is read from, the likeliest first; in
    multi-frame images also from the functional groups. It is empty where only files tell.
    ``leaves`` is whether outputs may show it.
    """

    key: str
    words: str
    about: About
    attributes: tuple[str, ...] = ()
    leaves: bool = True


_PLACES = ("ImagePositionPatient", "ImageOrientationPatient")
_STUDY_TEXTS = (
    "StudyDescription",
    "RequestedProcedureDescription",
    "PerformedProcedureStepDescription",
    "ScheduledProcedureStepDescription",
)
_CODES = (
    "ProcedureCodeSequence",
    "RequestedProcedureCodeSequence",
    "ScheduledProtocolCodeSequence",
    "PerformedProtocolCodeSequence",
)


def _row(key: str, about: About, words: str, *attributes: str, leaves: bool = True) -> HeaderField:
    return HeaderField(key=key, words=words, about=about, attributes=attributes, leaves=leaves)


HEADER_FIELDS: tuple[HeaderField, ...] = (
    _row("kvp", About.SCAN, "tube voltage", "KVP"),
    _row("slice_thickness_mm", About.PLACE, "slice thickness", "SliceThickness"),
    _row(
        "reconstruction_diameter_mm",
        About.SCAN,
        "diameter of the reconstruction",
        "ReconstructionDiameter",
    ),
    _row(
        "collection_diameter_mm",
        About.SCAN,
        "diameter that was measured",
        "DataCollectionDiameter",
    ),
    _row(
        "lossy_images",
        About.PIXELS,
        "images that were compressed with loss",
        "LossyImageCompression",
        "LossyImageCompressionRatio",
        "LossyImageCompressionMethod",
    ),
    _row(
        "spacing_between_slices_mm",
        About.SCAN,
        "distance of slices as said",
        "SpacingBetweenSlices",
    ),
    _row("gantry_tilt_header_deg", About.SCAN, "gantry tilt as said", "GantryDetectorTilt"),
    _row("exposure_mas", About.SCAN, "exposure", "Exposure"),
    _row("tube_current_ma", About.SCAN, "tube current", "XRayTubeCurrent"),
    _row("contrast_volume_ml", About.CONTRAST, "volume of the agent", "ContrastBolusVolume"),
    _row("bits_allocated", About.PIXELS, "bits per pixel", "BitsAllocated"),
    _row("samples_per_pixel", About.PIXELS, "colours per pixel", "SamplesPerPixel"),
    _row("rows", About.PIXELS, "rows of an image", "Rows"),
    _row("columns", About.PIXELS, "columns of an image", "Columns"),
    _row("manufacturer", About.SCAN, "maker of the scanner", "Manufacturer"),
    _row("model", About.SCAN, "model of the scanner", "ManufacturerModelName"),
    _row("body_part", About.SCAN, "part of the body", "BodyPartExamined"),
    _row("protocol", About.SCAN, "name of the protocol", "ProtocolName"),
    _row(
        "contrast_agent",
        About.CONTRAST,
        "contrast agent",
        "ContrastBolusAgent",
        "ContrastBolusAgentSequence",
    ),
    _row("contrast_route", About.CONTRAST, "route of the agent", "ContrastBolusRoute"),
    _row("patient_position", About.SCAN, "position on the table", "PatientPosition"),
    _row(
        "position_fits",
        About.PLACE,
        "directions are usual for the position",
        "PatientPosition",
        "ImageOrientationPatient",
    ),
    _row("rescale_type", About.PIXELS, "unit of the values", "RescaleType"),
    _row("photometric", About.PIXELS, "meaning of the values", "PhotometricInterpretation"),
    _row("image_type", About.SCAN, "type of image", "ImageType", "FrameType"),
    _row("kev", About.SCAN, "energy of a monoenergetic image", "MonoenergeticEnergyEquivalent"),
    _row(
        "derived_as",
        About.SCAN,
        "kind of image by words of its derivation",
        "DerivationDescription",
        "ImageComments",
    ),
    _row("kernel", About.SCAN, "reconstruction kernel", "ConvolutionKernel"),
    _row("patient_sex", About.PERSON, "sex", "PatientSex"),
    _row("patient_age_years", About.PERSON, "age; 90 and more as 90+", "PatientAge"),
    _row(
        "dated_age_years",
        About.READING,
        "age by the dates of birth and study, which stands in for one that is not said",
        "PatientBirthDate",
        "StudyDate",
        leaves=False,
    ),
    _row("age_contradicts", About.READING, "age and dates of the header do not fit"),
    _row("patient_height_cm", About.PERSON, "height", "PatientSize"),
    _row("patient_weight_kg", About.PERSON, "weight", "PatientWeight"),
    _row("procedure_codes", About.STUDY, "procedure codes and their schemes", *_CODES),
    _row("cpt", About.STUDY, "procedure codes that are CPT's for radiology", *_CODES),
    _row("study_region", About.STUDY, "part of the body by words of the study", *_STUDY_TEXTS),
    _row("study_contrast", About.STUDY, "contrast by words of the study", *_STUDY_TEXTS),
    _row("sop_class_uid", About.PIXELS, "class of DICOM object", "SOPClassUID", leaves=False),
    _row("pixel_spacing_mm", About.PLACE, "row and column step", "PixelSpacing"),
    _row("repaired", About.READING, "UIDs were missing", "SeriesInstanceUID"),
    _row("dimensions", About.PLACE, "dimensions of the values"),
    _row("lost_slices", About.READING, "slices whose files could not be read"),
    _row("dtype", About.PIXELS, "type of the stored values"),
    _row("slices", About.PLACE, "number of slices"),
    _row("has_geometry", About.PLACE, "places and orientation are known", *_PLACES),
    _row("geometry_fault", About.PLACE, "why the slices cannot be placed", *_PLACES),
    _row("field_mm", About.PLACE, "smaller side of an image", "PixelSpacing", "Rows", "Columns"),
    _row("step_mm", About.PLACE, "distance of slices", *_PLACES),
    _row("extent_mm", About.PLACE, "length of the stack", *_PLACES),
    _row("tilt_deg", About.PLACE, "gantry tilt as measured", *_PLACES),
    _row("obliquity_deg", About.PLACE, "angle of stack and body axis", *_PLACES),
    _row("gaps", About.PLACE, "places where slices are missing", *_PLACES),
    _row("repeats", About.PLACE, "slices at a place already taken", *_PLACES),
    _row("unlike_images", About.READING, "images unlike the others of their stack"),
    _row("mixed", About.READING, "what varies among the images of the stack"),
    _row("left_out_images", About.READING, "images of the series that lie elsewhere"),
    _row("left_out_for", About.READING, "in what the images left out differ"),
    _row("elsewhere_images", About.READING, "images of the same scan in other series"),
    _row("elsewhere_series", About.READING, "other series of the same scan"),
    _row(
        "namesake_images",
        About.READING,
        "images whose UID another image has too",
        "SOPInstanceUID",
    ),
    _row(
        "expected_images",
        About.READING,
        "images there should be",
        "ImagesInAcquisition",
        "InstanceNumber",
    ),
    _row("unread_files", About.READING, "files beside the series that could not be read"),
    _row("unread_kinds", About.READING, "what is wrong with those files"),
    _row("even", About.PLACE, "slices are evenly apart", *_PLACES),
    _row("sample_min", About.VALUES, "smallest of the first values"),
    _row("sample_max", About.VALUES, "largest of the first values"),
    _row("looks_like_labels", About.VALUES, "the first values look like labels"),
)
HEADER_FIELD = Registry("header field", HEADER_FIELDS)
