"""Technical facts of a stack, without identifiers: what ``Series.header`` holds.

Free text that may name a person (study description, procedure description) is only searched
for the words of ``tables.series.words``; the text itself is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydicom import Dataset

from myotome.nouns.study.series import Instance
from myotome.read.dicom.geometry import line_up, spacing
from myotome.tables.series.words import CONTRAST_WORDS, REGIONS, Word

_NUMBERS: tuple[tuple[str, str], ...] = (
    ("kvp", "KVP"),
    ("slice_thickness_mm", "SliceThickness"),
    ("reconstruction_diameter_mm", "ReconstructionDiameter"),
    ("gantry_tilt_header_deg", "GantryDetectorTilt"),
    ("exposure_mas", "Exposure"),
    ("tube_current_ma", "XRayTubeCurrent"),
    ("contrast_volume_ml", "ContrastBolusVolume"),
    ("patient_weight_kg", "PatientWeight"),
    ("bits_allocated", "BitsAllocated"),
    ("samples_per_pixel", "SamplesPerPixel"),
    ("rows", "Rows"),
    ("columns", "Columns"),
)
_TEXTS: tuple[tuple[str, str], ...] = (
    ("manufacturer", "Manufacturer"),
    ("model", "ManufacturerModelName"),
    ("body_part", "BodyPartExamined"),
    ("protocol", "ProtocolName"),
    ("contrast_agent", "ContrastBolusAgent"),
    ("contrast_route", "ContrastBolusRoute"),
    ("patient_position", "PatientPosition"),
    ("rescale_type", "RescaleType"),
    ("photometric", "PhotometricInterpretation"),
)
_AGE_YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}


def text(dataset: Dataset, keyword: str) -> str:
    """The attribute as plain text, "" if absent; the first value of several.

    Control characters become spaces: they could rewrite a terminal or break a table.
    """
    value = dataset.get(keyword)
    if value is None:
        return ""
    if not isinstance(value, str) and isinstance(value, Sequence):
        value = value[0] if len(value) else ""
    plain = str(value).strip().strip("\0")
    if plain.isprintable():
        return plain
    return "".join(c if c.isprintable() else " " for c in plain).strip()


def items(dataset: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """The items of a sequence; none if it is absent, unreadable or no sequence at all."""
    try:
        return tuple(i for i in dataset.get(keyword) or () if isinstance(i, Dataset))
    except Exception:  # pydicom parses items only now, and damaged ones raise anything
        return ()


def number(dataset: Dataset, keyword: str) -> float | None:
    """The attribute as a finite number, None if absent or unreadable."""
    try:
        value = float(text(dataset, keyword))
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None


def numbers(value: Any, count: int) -> tuple[float, ...] | None:
    """``count`` finite numbers of a multi-valued attribute, else None."""
    try:
        found = tuple(float(v) for v in value)
    except (TypeError, ValueError):
        return None
    return found if len(found) == count and all(abs(v) < 1e9 for v in found) else None


def describe(
    dataset: Dataset, instances: Sequence[Instance], own: Mapping[str, object]
) -> MappingProxyType[str, object]:
    """All facts of one stack from its first image's header and its geometry.

    Keys with unit suffixes are numbers or None (unknown, never 0). ``own`` overrides: what the
    catalogue knows better (frame-wise facts of multi-frame images, repairs, lost slices).
    """
    facts: dict[str, object] = {key: number(dataset, word) for key, word in _NUMBERS}
    facts.update({key: text(dataset, word) for key, word in _TEXTS})
    facts["image_type"] = _values(dataset, "ImageType")
    facts["kernel"] = kernel(dataset)
    facts.update(_person(dataset))
    facts["procedure_codes"] = procedure_codes(dataset)
    facts["cpt"] = tuple(
        code for _, code in procedure_codes(dataset) if re.fullmatch(r"7\d{4}", code)
    )
    words = " | ".join(
        text(dataset, k) for k in ("StudyDescription", "RequestedProcedureDescription")
    )
    facts["study_region"] = meaning(REGIONS, words)
    facts["study_contrast"] = meaning(CONTRAST_WORDS, words)
    facts["sop_class_uid"] = sop_class(dataset)
    facts.update(own)
    spacing_mm = facts.get("pixel_spacing_mm")
    facts.update(_geometry(instances, spacing_mm, dataset))
    return MappingProxyType(facts)


def meaning(rows: Sequence[Word], words: str) -> str:
    """The meaning of the first row whose pattern occurs in ``words``, else ""."""
    for row in rows:
        if re.search(row.pattern, words, re.IGNORECASE):
            return row.meaning
    return ""


def sop_class(dataset: Dataset) -> str:
    """The SOP Class UID, from the file's meta header if the attribute was emptied."""
    meta: Any = getattr(dataset, "file_meta", {})
    return text(dataset, "SOPClassUID") or str(meta.get("MediaStorageSOPClassUID") or "")


def kernel(dataset: Dataset) -> str:
    """The kernel's name: of several values (Siemens adds a strength) the first with letters."""
    values = _values(dataset, "ConvolutionKernel")
    return next((v for v in values if re.search("[A-Za-z]", v)), values[0] if values else "")


def _values(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    value = dataset.get(keyword)
    if value is None or value == "":
        return ()
    items = [value] if isinstance(value, str) else list(value)
    return tuple(str(v).strip() for v in items)


def _person(dataset: Dataset) -> dict[str, object]:
    sex = text(dataset, "PatientSex").upper()
    match = re.fullmatch(r"(\d{1,3})([DWMY]?)", text(dataset, "PatientAge").upper())
    size_m = number(dataset, "PatientSize")
    age = None if match is None else int(match[1]) * _AGE_YEARS[match[2] or "Y"]
    # some sites enter centimetres although PS3.3 C.7.2.2 wants metres
    height = None if not size_m else (size_m * 100 if size_m < 3 else size_m)
    facts: dict[str, object] = {
        "patient_sex": sex if sex in ("F", "M") else None,
        "patient_age_years": None if age is None else round(age, 2),
        "patient_height_cm": None if height is None else round(height, 1),
        "patient_weight_kg": number(dataset, "PatientWeight") or None,
    }
    return facts


def procedure_codes(dataset: Dataset) -> tuple[tuple[str, str], ...]:
    """(scheme, code) of all procedure codes; only short plain codes, which name nobody."""
    found: list[tuple[str, str]] = []
    holders = [dataset, *items(dataset, "RequestAttributesSequence")]
    for holder in holders:
        for keyword in ("ProcedureCodeSequence", "RequestedProcedureCodeSequence"):
            for item in items(holder, keyword):
                code = text(item, "CodeValue").replace(",", "")
                scheme = text(item, "CodingSchemeDesignator")
                if re.fullmatch(r"[A-Za-z0-9.-]{1,16}", code) and (scheme, code) not in found:
                    found.append((scheme, code))
    return tuple(found)


def _geometry(
    instances: Sequence[Instance], spacing_mm: object, dataset: Dataset
) -> dict[str, object]:
    facts: dict[str, object] = {"slices": len(instances), "has_geometry": False}
    rows, columns = number(dataset, "Rows"), number(dataset, "Columns")
    if isinstance(spacing_mm, tuple) and rows and columns:
        facts["field_mm"] = round(min(rows * spacing_mm[0], columns * spacing_mm[1]), 1)
    lineup = line_up(instances)
    if lineup is None:
        return facts
    even = spacing(lineup.offsets_mm)
    facts.update(
        has_geometry=isinstance(spacing_mm, tuple),
        step_mm=None if even.step_mm is None else round(even.step_mm, 4),
        extent_mm=None if even.step_mm is None else round(lineup.extent_mm + even.step_mm, 2),
        tilt_deg=round(lineup.tilt_deg, 2),
        obliquity_deg=round(lineup.obliquity_deg, 2),
        gaps=len(even.gaps),
        repeats=even.repeats,
        even=even.is_even,
    )
    return facts
