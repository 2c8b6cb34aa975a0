"""What the header of a series says of itself twice, and whether both agree."""

from __future__ import annotations

from typing import Any

from myotome.nouns.study.header import SeriesHeader

_USUAL_MATRICES, _SAME_MATRIX = (512, 768, 1024), 0.01


def said_twice(header: SeriesHeader) -> dict[str, Any]:
    """The facts of a :class:`~myotome.nouns.study.candidate.Candidate` that compare the two."""
    return {
        "field_ratio": _field_ratio(header),
        "field_ratio_any": _over(_pixels_mm(header), header.reconstruction_diameter_mm),
        "pixels_mm": _pixels_mm(header),
        "reconstruction_diameter_mm": header.reconstruction_diameter_mm,
        "step_ratio": _over(header.step_mm, header.spacing_between_slices_mm),
        "spacing_between_slices_mm": header.spacing_between_slices_mm,
        "tilt_apart_deg": _tilt_apart_deg(header),
        "gantry_tilt_header_deg": header.gantry_tilt_header_deg,
        "position_fits": header.position_fits,
        "patient_position": header.patient_position,
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
