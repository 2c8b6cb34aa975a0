"""The facts of a series that the rules of choice ask for, by its header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from myotome.nouns.study.candidate import Candidate
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.series import Series
from myotome.tables.series.derived import KIND_OF_IMAGE, kind_of_image
from myotome.tables.series.kernels import classify
from myotome.tables.series.words import (
    PROCEDURE_BY_CODE,
    REGIONS,
    contrast_said,
    is_intravenous,
    meaning,
)

_CT_BITS = 16
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_COLOURED = ("PALETTE", "RGB", "YBR", "HSV", "ARGB", "CMYK")
"""Photometric interpretations (PS3.3 C.7.6.3.1.2) whose values are colours or places in a table."""
_USUAL_MATRICES, _SAME_MATRIX = (512, 768, 1024), 0.01
_LONG_MM = 450.0
"""A scan longer than this reaches the abdomen, whatever its protocol is called."""

_COPIED = sorted(
    {field.name for field in fields(Candidate)} & {field.name for field in fields(SeriesHeader)}
)
"""Facts that the rules ask for as the header tells them."""


def candidate(series: Series) -> Candidate:
    """What the rules ask for: facts of the header and what follows from them."""
    header, kind, dicom = series.header, kind_of(series), series.format == "dicom"
    step, thickness = positive(header.step_mm), positive(header.slice_thickness_mm)
    both = (header.patient_age_years, header.dated_age_years)
    ages = [age for age in both if age is not None]
    told: dict[str, Any] = {name: getattr(header, name) for name in _COPIED}
    told |= {
        "kernel": header.kernel or "(not given)",
        "kvp": positive(header.kvp),
        "rescale_type": header.rescale_type.strip().upper(),
        "has_geometry": None if header.geometry_fault else header.has_geometry,
        "geometry_fault": header.geometry_fault or None,
        "thickness_mm": thickness or step,
        "youngest_years": min(ages, default=None),
        "step_over_thickness": step / thickness if step and thickness else None,
    }
    return Candidate(
        **told,
        **_against_itself(header),
        modality=series.modality,
        kind=kind,
        kind_words=KIND_OF_IMAGE[kind].words if kind else "",
        is_picture=_is_picture(header),
        is_original="ORIGINAL" in header.image_type,
        sharpness=classify(header.manufacturer, header.kernel)[0] if dicom else None,
        region=_region(series),
        is_mixed=bool(header.mixed),
        mixed_words=_listed(header.mixed),
        left_out_words=_listed(header.left_out_for),
        unread_words=_listed(header.unread_kinds),
        elsewhere_words=_listed(header.elsewhere_series),
    )


def _is_picture(header: SeriesHeader) -> bool:
    bits, colours = positive(header.bits_allocated), positive(header.samples_per_pixel)
    coloured = header.photometric.strip().upper().startswith(_COLOURED)
    return coloured or (bits or _CT_BITS) < _CT_BITS or (colours or 1) > 1


def _against_itself(header: SeriesHeader) -> dict[str, Any]:
    """What the header says twice, held against each other."""
    pixels_mm = _pixels_mm(header)
    return {
        "field_ratio": _field_ratio(header),
        "field_ratio_any": _over(pixels_mm, header.reconstruction_diameter_mm),
        "pixels_mm": pixels_mm,
        "step_ratio": _over(header.step_mm, header.spacing_between_slices_mm),
        "tilt_apart_deg": _tilt_apart_deg(header),
        "collection_ratio": _over(header.reconstruction_diameter_mm, header.collection_diameter_mm),
    }


def _over(found: float | None, said: float | None) -> float | None:
    """What was found over the size of what was said; None if one of them is unknown."""
    return abs(found / said) if found is not None and said else None


def _pixels_mm(header: SeriesHeader) -> float | None:
    """The longer side of the image by its pixels."""
    pixel = header.pixel_spacing_mm
    if pixel is None or not header.rows or not header.columns:
        return None
    return max(header.rows * pixel[0], header.columns * pixel[1])


def _field_ratio(header: SeriesHeader) -> float | None:
    """The image's side over the reconstruction's, unless the image was derived or is a crop."""
    ratio = _over(_pixels_mm(header), header.reconstruction_diameter_mm)
    if ratio is None or "ORIGINAL" not in header.image_type:
        return None
    pixels = max(header.rows or 0, header.columns or 0) / ratio
    cropped = any(abs(pixels / usual - 1.0) < _SAME_MATRIX for usual in _USUAL_MATRICES)
    return None if cropped else ratio


def _tilt_apart_deg(header: SeriesHeader) -> float | None:
    said, found = header.gantry_tilt_header_deg, header.tilt_deg
    return None if said is None or found is None else round(abs(abs(said) - found), 2)


def _listed(words: Sequence[str]) -> str:
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def positive(value: float | None) -> float | None:
    """The number, None unless it is more than 0: headers say 0 where they do not know."""
    return value if value is not None and value > 0 else None


def kind_of(series: Series) -> str:
    """The kind of image by the header (a key of ``tables.series.derived``), "" for plain CT."""
    if series.header.sop_class_uid.startswith(_SECONDARY_CAPTURE):
        return "secondary_capture"
    if series.format == "nifti":
        return ""
    header = series.header
    types = " ".join(header.image_type)
    found = kind_of_image(types, (series.description,), header.rescale_type, header.kev)
    return found or header.derived_as


def _region(series: Series) -> str:
    header = series.header
    texts = (series.description, header.body_part, header.protocol)
    found = next((m for m in (meaning(REGIONS, t) for t in texts) if m), "")
    if not found and any(code in PROCEDURE_BY_CODE for code in header.cpt):
        found = "abdomen"
    found = found or header.study_region or "unknown"
    if found in ("head", "limb") and (positive(header.extent_mm) or 0.0) > _LONG_MM:
        return "trunk"
    return found


def contrast_header(series: Series) -> str:
    """Tell "enhanced", "unenhanced" or "unknown" by the header alone.

    In this order: the kind of image (a virtual non-contrast one was made of an enhanced scan),
    words of the series description, a contrast agent given into a vein, words of the protocol,
    the procedure (CPT) code, words of the study. A missing agent proves nothing: many scanners
    leave it out. Words of before and after contrast medium prove nothing either.
    """
    header, kind = series.header, kind_of(series)
    description = series.description if series.format == "dicom" else ""
    found = (
        KIND_OF_IMAGE[kind].contrast if kind else "",
        contrast_said(description),
        "enhanced" if _given(header) else "",
        contrast_said(header.protocol),
        _by_procedure(header),
        header.study_contrast,
    )
    return next((word for word in found if word), "unknown")


def _given(header: SeriesHeader) -> bool:
    """Whether the header tells of contrast medium that went into a vein."""
    if re.search("oral|rectal|mouth|enema", header.contrast_route, re.IGNORECASE):
        return False
    agent = header.contrast_agent.strip()
    return is_intravenous(agent) if agent else positive(header.contrast_volume_ml) is not None


def _by_procedure(header: SeriesHeader) -> str:
    known = (PROCEDURE_BY_CODE[code] for code in header.cpt if code in PROCEDURE_BY_CODE)
    return next((row.contrast for row in known if row.contrast != "unknown"), "")
