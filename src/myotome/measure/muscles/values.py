"""From a weighted histogram of HU to the numbers of one structure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myotome.measure.muscles.counts import LOWEST_HU
from myotome.tables.quantities.hu_windows import MUSCLE_DENSITY_G_PER_ML, WINDOW

Float = NDArray[np.float64]


def values(histogram: Float, *, voxel_ml: float, height_cm: float) -> dict[str, float | None]:
    """Every quantity of one structure but its area, by key of ``tables.quantities.quantities``.

    ``histogram`` holds weighted voxels per HU from ``LOWEST_HU`` up and may not be empty.
    None where a number does not exist (a share of no lean voxels, mass over no height).
    """
    taken = np.flatnonzero(histogram)
    weight, hu = histogram[taken], (taken + LOWEST_HU).astype(np.float64)
    voxels = float(weight.sum())
    lean, fat, nama, lama = (
        _inside(hu, weight, window) for window in ("muscle", "intramuscular_fat", "nama", "lama")
    )
    mean = float(weight @ hu) / voxels
    variance = float(weight @ np.square(hu - mean)) / voxels
    mass = voxels * voxel_ml * MUSCLE_DENSITY_G_PER_ML
    return {
        "volume": voxels * voxel_ml,
        "gross_mass": mass,
        "lean_volume": lean * voxel_ml,
        "lean_mass": lean * voxel_ml * MUSCLE_DENSITY_G_PER_ML,
        "intramuscular_fat_volume": fat * voxel_ml,
        "mean_hu": mean,
        "sd_hu": float(np.sqrt(variance)),
        "median_hu": median(hu, weight),
        "nama_share": 100 * nama / lean if lean else None,
        "lama_share": 100 * lama / lean if lean else None,
        "mass_per_cm": mass / height_cm if height_cm > 0 else None,
    }


def median(hu: Float, weight: Float) -> float:
    """The weighted median of rising ``hu``; if two values halve the weight exactly, their mean."""
    running = np.cumsum(weight)
    half = running[-1] / 2
    low = int(np.searchsorted(running, half * (1 - 1e-12)))
    high = int(np.searchsorted(running, half * (1 + 1e-12), side="right"))
    return float(hu[low] + hu[high]) / 2


def _inside(hu: Float, weight: Float, window: str) -> float:
    row = WINDOW[window]
    return float(weight[(hu >= row.low_hu) & (hu <= row.high_hu)].sum())
