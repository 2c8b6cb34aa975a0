"""The header of a stack, built here and nowhere else: technical facts without identifiers.

Free text that may name a person (study description, procedure description) is only searched
for the words of ``tables.series.words``; the text itself is not kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pydicom import Dataset

from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.series import Instance
from myotome.read.dicom.attributes import (
    items,
    kernel,
    number,
    private_texts,
    sop_class,
    text,
    values,
    whole,
)
from myotome.read.dicom.frames import frame_facts, spacing_mm
from myotome.read.dicom.geometry import Lineup, line_up, spacing
from myotome.read.dicom.kind import Image
from myotome.tables.series.derived import kind_by_private_texts, kind_of_image
from myotome.tables.series.words import REGIONS, contrast_said, meaning

_LEAST_IMAGES = 5
"""Smaller stacks are refused anyhow, and are not looked into for private texts."""
_DOWN = {"S": 1.0, "P": -1.0}
"""Along y (to the back) of a person on the back or on the belly, the way to the table."""
_UPRIGHT = 0.7
_AGE_YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}
_OLDEST_YEARS, _AGES_APART_YEARS = 120, 1.5
_STUDY_DATES = ("StudyDate", "AcquisitionDate", "SeriesDate")
_STUDY_TEXTS = (
    "StudyDescription",
    "RequestedProcedureDescription",
    "PerformedProcedureStepDescription",
    "ScheduledProcedureStepDescription",
)
_CODE_SEQUENCES = (
    "ProcedureCodeSequence",
    "RequestedProcedureCodeSequence",
    "ScheduledProtocolCodeSequence",
    "PerformedProtocolCodeSequence",
)


def describe(
    dataset: Dataset, instances: Sequence[Instance], *, repaired: bool, lost_slices: int
) -> SeriesHeader:
    """The header of one stack from its first image's attributes and its geometry.

    ``repaired`` and ``lost_slices`` are what the catalogue knows of the stack's files.
    """
    header = _about_scan(dataset, repaired=repaired, lost_slices=lost_slices)
    header = _about_study(header, dataset)
    header = _about_person(header, dataset)
    header = _framed(header, dataset, instances[0].frame)
    header = replace(header, derived_as=_derived_as(header, dataset, instances))
    return _placed(header, instances)


def of_all(header: SeriesHeader, images: Sequence[Image]) -> SeriesHeader:
    """The header with what only all images of the stack together tell."""
    uids = Counter((i.instance.sop_instance_uid, i.instance.frame) for i in images)
    same = sum(count for (uid, _), count in uids.items() if uid and count > 1)
    lossy = sum(image.lossy for image in images)
    return replace(header, namesake_images=same, lossy_images=lossy)


def _derived_as(header: SeriesHeader, dataset: Dataset, instances: Sequence[Instance]) -> str:
    """The kind of image by words of its derivation, else by private texts of a derived image."""
    said = (text(dataset, "DerivationDescription"), text(dataset, "ImageComments"))
    found = kind_of_image("", [words for words in said if words])
    if found or len(instances) < _LEAST_IMAGES or "DERIVED" not in header.image_type[:1]:
        return found
    return kind_by_private_texts(private_texts(instances[0].path))


def _about_scan(dataset: Dataset, *, repaired: bool, lost_slices: int) -> SeriesHeader:
    return SeriesHeader(
        kvp=number(dataset, "KVP"),
        exposure_mas=number(dataset, "Exposure"),
        tube_current_ma=number(dataset, "XRayTubeCurrent"),
        gantry_tilt_header_deg=number(dataset, "GantryDetectorTilt"),
        reconstruction_diameter_mm=number(dataset, "ReconstructionDiameter"),
        collection_diameter_mm=number(dataset, "DataCollectionDiameter"),
        kernel=kernel(dataset),
        manufacturer=text(dataset, "Manufacturer"),
        model=text(dataset, "ManufacturerModelName"),
        protocol=text(dataset, "ProtocolName"),
        body_part=text(dataset, "BodyPartExamined"),
        patient_position=text(dataset, "PatientPosition"),
        spacing_between_slices_mm=number(dataset, "SpacingBetweenSlices"),
        image_type=values(dataset, "ImageType"),
        kev=number(dataset, "MonoenergeticEnergyEquivalent"),
        sop_class_uid=sop_class(dataset),
        contrast_agent=text(dataset, "ContrastBolusAgent"),
        contrast_route=text(dataset, "ContrastBolusRoute"),
        contrast_volume_ml=number(dataset, "ContrastBolusVolume"),
        rows=whole(dataset, "Rows"),
        columns=whole(dataset, "Columns"),
        bits_allocated=whole(dataset, "BitsAllocated"),
        samples_per_pixel=whole(dataset, "SamplesPerPixel"),
        photometric=text(dataset, "PhotometricInterpretation"),
        rescale_type=text(dataset, "RescaleType"),
        slice_thickness_mm=number(dataset, "SliceThickness"),
        dimensions=3,
        lost_slices=lost_slices,
        repaired=repaired,
    )


def _about_study(header: SeriesHeader, dataset: Dataset) -> SeriesHeader:
    codes = procedure_codes(dataset)
    words = " | ".join(_study_texts(dataset))
    return replace(
        header,
        procedure_codes=codes,
        cpt=tuple(code for _, code in codes if re.fullmatch(r"7\d{4}", code)),
        study_region=meaning(REGIONS, words),
        study_contrast=contrast_said(words),
    )


def _about_person(header: SeriesHeader, dataset: Dataset) -> SeriesHeader:
    sex = text(dataset, "PatientSex").upper()
    match = re.fullmatch(r"(\d{1,3})([DWMY]?)", text(dataset, "PatientAge").upper())
    size_m = number(dataset, "PatientSize")
    said = None if match is None else round(int(match[1]) * _AGE_YEARS[match[2] or "Y"], 2)
    dated, denied = _dated_age_years(dataset)
    apart = said is not None and dated is not None and abs(said - dated) > _AGES_APART_YEARS
    # some sites enter centimetres although PS3.3 C.7.2.2 wants metres
    height = None if not size_m else (size_m * 100 if size_m < 3 else size_m)
    return replace(
        header,
        patient_sex=sex if sex in ("F", "M") else None,
        patient_age_years=dated if said is None else said,
        dated_age_years=dated,
        age_contradicts=denied or apart,
        patient_height_cm=None if height is None else round(height, 1),
        patient_weight_kg=number(dataset, "PatientWeight") or None,
    )


def _dated_age_years(dataset: Dataset) -> tuple[float | None, bool]:
    """Whole years from the birth to the study, None if unknown, and whether that is impossible.

    Whole, since an exact age and the date of the study would tell the birthday. A birth longer
    ago than anybody lived is a placeholder of a de-identification, and tells nothing.
    """
    born = _date(dataset, "PatientBirthDate")
    days = (_date(dataset, keyword) for keyword in _STUDY_DATES)
    made = next((day for day in days if day is not None), None)
    if born is None or made is None:
        return None, False
    years = made.year - born.year - ((made.month, made.day) < (born.month, born.day))
    known = 0 <= years <= _OLDEST_YEARS
    return (float(years) if known else None), years < 0


def _date(dataset: Dataset, keyword: str) -> date | None:
    found = re.fullmatch(r"(\d{4})\.?(\d{2})\.?(\d{2})", text(dataset, keyword))
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _study_texts(dataset: Dataset) -> list[str]:
    """What was asked for in words, of which only the meaning is kept: also the orders' words."""
    holders = [dataset, *items(dataset, "RequestAttributesSequence")]
    found = [text(holder, keyword) for holder in holders for keyword in _STUDY_TEXTS]
    found += [
        text(code, "CodeMeaning")
        for holder in holders
        for sequence in _CODE_SEQUENCES
        for code in items(holder, sequence)
    ]
    return [words for words in dict.fromkeys(found) if words]


def procedure_codes(dataset: Dataset) -> tuple[tuple[str, str], ...]:
    """(scheme, code) of all procedure codes; only short plain codes, which name nobody."""
    found: list[tuple[str, str]] = []
    holders = [dataset, *items(dataset, "RequestAttributesSequence")]
    for holder in holders:
        for keyword in _CODE_SEQUENCES:
            for item in items(holder, keyword):
                code = text(item, "CodeValue").replace(",", "")
                scheme = text(item, "CodingSchemeDesignator")
                if re.fullmatch(r"[A-Za-z0-9.-]{1,16}", code) and (scheme, code) not in found:
                    found.append((scheme, code))
    return tuple(found)


def _framed(header: SeriesHeader, dataset: Dataset, frame: int | None) -> SeriesHeader:
    """The pixel spacing, and whatever a multi-frame image keeps in its functional groups."""
    if frame is None:
        return replace(header, pixel_spacing_mm=spacing_mm(dataset))
    own = frame_facts(dataset, frame)
    thickness = own.slice_thickness_mm
    return replace(
        header,
        pixel_spacing_mm=own.pixel_spacing_mm,
        slice_thickness_mm=header.slice_thickness_mm if thickness is None else thickness,
        kvp=header.kvp if own.kvp is None else own.kvp,
        kernel=own.kernel or header.kernel,
        rescale_type=own.rescale_type or header.rescale_type,
        image_type=own.image_type or header.image_type,
        contrast_agent=own.contrast_agent or header.contrast_agent,
    )


def _placed(header: SeriesHeader, instances: Sequence[Instance]) -> SeriesHeader:
    """The number of slices, how large they are and how they lie."""
    pixel, field_mm = header.pixel_spacing_mm, None
    if pixel is not None and header.rows and header.columns:
        field_mm = round(min(header.rows * pixel[0], header.columns * pixel[1]), 1)
    header = replace(header, slices=len(instances), field_mm=field_mm, has_geometry=False)
    lineup = line_up(instances)
    if lineup is None:
        return header
    even = spacing(lineup.offsets_mm)
    return replace(
        header,
        has_geometry=pixel is not None,
        step_mm=None if even.step_mm is None else round(even.step_mm, 4),
        extent_mm=None if even.step_mm is None else round(lineup.extent_mm + even.step_mm, 2),
        tilt_deg=round(lineup.tilt_deg, 2),
        obliquity_deg=round(lineup.obliquity_deg, 2),
        position_fits=_position_fits(header.patient_position, lineup),
        gaps=len(even.gaps),
        repeats=even.repeats,
        even=even.is_even,
    )


def _position_fits(position: str, lineup: Lineup) -> bool | None:
    """Whether the lowest row is nearest to the table, as scanners make images; None if unknown.

    Of axial images alone; on its side nobody lies the same way everywhere.
    """
    down = _DOWN.get(position.strip().upper()[2:])
    if down is None or abs(lineup.column[1]) < _UPRIGHT:
        return None
    return bool(down * lineup.column[1] > 0)
