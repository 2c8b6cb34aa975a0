"""The outer edge of a predicted muscle: towards fat it follows the HU of the image.

The network decides on 1.5 mm pixels, and its outlines run up to one such pixel beside the border
that the image shows: into the fat, or short of it. So the outline is moved to the line of -29 HU
that readers draw by (docs/concepts/borders.md): first out, then in. On CTs that the network had
not seen that raised the mean Dice by 0.010 (seven, network 3) and by 0.018 (three hard ones,
a fold of network 4). Fat deeper inside stays: gross mass counts it, lean mass does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.tables.anatomy.borders import COARSE_SIGMA_PX, FINE_PIXEL_MM, FINE_SIGMA_PX
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.voxels.spread import around, reached

GROW_MM = 1.0
"""So far a muscle grows into what has its HU; two thirds of the network's pixel."""

RIM_MM = 3.0
"""So far fat is taken away from outside: clefts and streaks that open outwards."""

FAT_MM = 0.8
"""A muscle grows only beside fat: elsewhere the image shows no border to move to. With twice as
much Dice stays and masses come out 1 % higher."""

LOWEST_HU = float(WINDOW["muscle"].low_hu)
HIGHEST_HU = 130.0
"""Cortical bone and contrast medium begin to mix in above (assumed)."""

Labels = NDArray[np.uint8]


def fit_edge(
    labels: Labels,
    hu: NDArray[np.int16],
    spacing_ji_mm: tuple[float, float],
    shift_hu: float = 0.0,
) -> Labels:
    """``(j, i)`` labels with their outer edge at the line between muscle and fat.

    ``shift_hu`` is by how much all values are off: the line lies so much higher.

    A free voxel of muscle's HU within ``GROW_MM`` of a muscle and ``FAT_MM`` of fat becomes that
    muscle's. A voxel of fat goes if a path of fat of up to ``RIM_MM`` joins it to the unlabelled
    surroundings; borders between two muscles are no outer edge.
    """
    side_mm = min(spacing_ji_mm)
    margin = 3 + round(GROW_MM / side_mm)
    rows, columns = (slice(max(0, s.start - margin), s.stop + margin) for s in _box(labels))
    clipped = np.clip(hu[rows, columns], -300, 300).astype(np.float32)
    sigma = FINE_SIGMA_PX if side_mm < FINE_PIXEL_MM else COARSE_SIGMA_PX
    smooth = ndimage.gaussian_filter(clipped, sigma, truncate=2.0) - np.float32(shift_hu)
    fitted = labels.copy()
    fitted[rows, columns] = _without_fat(
        _grown(labels[rows, columns], smooth, side_mm), smooth, side_mm
    )
    return fitted


def _grown(labels: Labels, smooth: NDArray[np.float32], side_mm: float) -> Labels:
    """``labels`` grown into muscle tissue beside fat, ring by ring."""
    fat = smooth < LOWEST_HU
    beside = fat
    for _ in range(round(FAT_MM / side_mm)):
        beside = around(beside)
    free = beside & ~fat & (smooth <= HIGHEST_HU)
    grown = labels
    for _ in range(round(GROW_MM / side_mm)):
        grown = np.where(free & (grown == 0), around(grown), grown)
    return grown


def _without_fat(labels: Labels, smooth: NDArray[np.float32], side_mm: float) -> Labels:
    """``labels`` without the fat that is open to the outside."""
    outside = labels == 0
    fat = (smooth < LOWEST_HU) & ~outside
    gone = reached(outside, fat, max(1, round(RIM_MM / side_mm)))
    return np.where(gone, np.uint8(0), labels)


def _box(labels: Labels) -> tuple[slice, slice]:
    """Rows and columns with labels; the whole plane if there are none."""
    box = ndimage.find_objects((labels > 0).astype(np.uint8))
    return box[0] if box else (slice(0, labels.shape[0]), slice(0, labels.shape[1]))
