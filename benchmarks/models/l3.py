"""Areas at mid-L3 as a user gets them, beside the reference's on the reference's slice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.models.levels import reference_levels
from myotome.evaluate.scores.maps import read_map
from myotome.evaluate.scores.regions import COMPARTMENT_SET, MUSCLE_SET, TISSUE_SET
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.result import StudyResult
from myotome.tables.quantities.hu_windows import WINDOW

FAT = WINDOW["intramuscular_fat"]
"""-190..-30 HU for subcutaneous and visceral fat alike: how the references were made."""
_SMOOTHING_PIXELS = 0.8
"""As the references were made, so that noise does not take fat away."""
_NEAR_MM = 3.0

Areas = dict[str, float]


def l3_rows(case: Path, result: StudyResult) -> list[dict[str, Any]]:
    """Found and reference areas (cm2) of each quantity that both sides have.

    ``same_slice_cm2`` is what was found on the reference's own slice: without the error of L3.
    """
    volume, level = result.volume, result.landmarks.levels.get("L3")
    z_reference = reference_levels(case).get("L3_mid")
    if level is None or level.mid_z_mm is None or z_reference is None:
        return []
    at, wanted = _nearest(volume, level.mid_z_mm), _nearest(volume, z_reference)
    if at is None or wanted is None:
        return []
    masks = result.segmentation.labels, result.segmentation.compartments
    found, same = _areas(volume, at, *masks), _areas(volume, wanted, *masks)
    truth = _reference(case, volume, wanted)
    return [
        {
            "subject": case.name,
            "quantity": key,
            "found_cm2": found[key],
            "same_slice_cm2": same[key],
            "reference_cm2": value,
            "error_percent": 100 * (found[key] - value) / value,
            "same_slice_error_percent": 100 * (same[key] - value) / value,
            "level_error_mm": round(level.mid_z_mm - z_reference, 2),
        }
        for key, value in truth.items()
        if value > 0 and key in found
    ]


def _nearest(volume: Volume, z_mm: float) -> int | None:
    """The slice nearest to ``z_mm``; None outside the scan."""
    k = round(volume.grid.z_to_k(z_mm))
    return k if 0 <= k < volume.grid.shape[0] else None


def _areas(
    volume: Volume,
    k: int,
    muscles: NDArray[np.uint8] | None,
    compartments: NDArray[np.uint8] | None,
) -> Areas:
    out = dict(_parts(volume, k, muscles, compartments))
    return {key: float(mask.sum()) * volume.grid.pixel_cm2 for key, mask in out.items()}


def _parts(
    volume: Volume,
    k: int,
    muscles: NDArray[np.uint8] | None,
    compartments: NDArray[np.uint8] | None,
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    if muscles is not None:
        lean = WINDOW["muscle"]
        hu = volume.hu[k]
        yield "sma", muscles[k] > 0
        yield "sma_lean", (muscles[k] > 0) & (hu >= lean.low_hu) & (hu <= lean.high_hu)
    if compartments is not None and compartments[k].any():
        smooth = ndimage.gaussian_filter(volume.hu[k].astype(np.float32), _SMOOTHING_PIXELS)
        fat = (smooth >= FAT.low_hu) & (smooth <= FAT.high_hu)
        yield "sat", fat & (compartments[k] == 3)
        yield "vat", fat & (compartments[k] == 1)


def _reference(case: Path, volume: Volume, k: int) -> Areas:
    """From the reference's own tissue map where there is one, else from its label maps."""
    maps: dict[str, NDArray[np.uint8] | None] = {"muscles": None, "compartments": None}
    for kind in (MUSCLE_SET, COMPARTMENT_SET):
        path = case / f"{kind.key}.nii.gz"
        if path.is_file():
            found = read_map(path, kind, f"the reference of {case.name}", is_reference=True)
            maps[kind.key] = _on(found.labels, found.grid.shape, volume)
    areas = _areas(volume, k, maps["muscles"], maps["compartments"])
    tissue = case / "l3_tissue.nii.gz"
    if tissue.is_file():
        labels = read_map(tissue, TISSUE_SET, f"the tissue of {case.name}").labels
        for key, value in (("sat", 2), ("vat", 3)):
            areas[key] = float((labels[k] == value).sum()) * volume.grid.pixel_cm2
    return areas


def _on(
    labels: NDArray[np.uint8], shape: tuple[int, int, int], volume: Volume
) -> NDArray[np.uint8] | None:
    """The labels if they lie on the volume's own grid (no case here is averaged on reading)."""
    return labels if shape == volume.grid.shape else None
