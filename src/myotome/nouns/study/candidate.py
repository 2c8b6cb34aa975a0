"""One series as the rules of choice see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Everything a row of ``tables.series.rules`` may ask; None (or "") where it is not known.

    Lengths are mm. ``kind`` is a kind of image that is no plain axial series ("" for one that
    is), ``sharpness`` that of the kernel, ``region`` the part of the body by the header's words.
    Where the header gives no thickness, ``thickness_mm`` is the distance of slices. ``kvp``,
    ``thickness_mm`` and ``step_over_thickness`` are positive. ``field_ratio`` is the side that the
    pixels make over the diameter of the reconstruction as said (``field_ratio`` for original
    images that are no crop of a usual matrix, ``field_ratio_any`` for all), ``step_ratio`` the
    distance of slices over that as said, ``tilt_apart_deg`` how far the tilt is from that as said,
    ``collection_ratio`` the diameter of the reconstruction over that of the measurement.
    ``youngest_years`` is the lower of the ages that the header tells, ``lossy_images`` counts
    those that were compressed with loss at any time.
    """

    modality: str
    kind: str
    kind_words: str
    is_picture: bool
    is_original: bool
    kernel: str
    sharpness: str | None
    region: str
    kvp: float | None
    rescale_type: str
    looks_like_labels: bool | None
    sample_max: float | None
    dimensions: int | None
    slices: int | None
    has_geometry: bool | None
    geometry_fault: str | None
    thickness_mm: float | None
    step_mm: float | None
    step_over_thickness: float | None
    extent_mm: float | None
    field_mm: float | None
    obliquity_deg: float | None
    tilt_deg: float | None
    gaps: int | None
    repeats: int | None
    lost_slices: int | None
    repaired: bool | None
    unlike_images: int | None
    is_mixed: bool
    mixed_words: str
    left_out_images: int | None
    left_out_words: str
    field_ratio: float | None
    field_ratio_any: float | None
    pixels_mm: float | None
    reconstruction_diameter_mm: float | None
    step_ratio: float | None
    spacing_between_slices_mm: float | None
    tilt_apart_deg: float | None
    gantry_tilt_header_deg: float | None
    position_fits: bool | None
    patient_position: str
    namesake_images: int | None
    expected_images: int | None
    unread_files: int | None
    unread_words: str
    lossy_images: int | None
    youngest_years: float | None
    age_contradicts: bool | None
    collection_ratio: float | None
    elsewhere_images: int | None
    elsewhere_words: str
