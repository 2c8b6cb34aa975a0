"""Where each voxel of a slice counts: the one rule behind ``tables.quantities.tissues.TISSUES``.

What is measured and what is drawn both ask here, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.space.segmentation import Segmentation
from myotome.tables.anatomy.muscles import COMPARTMENTS
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.tables.quantities.tissues import AIR_BELOW_HU, AIR_REACH_MM, TISSUE
from myotome.voxels.spread import along

Bool = NDArray[np.bool_]
Codes = NDArray[np.uint8]
Hu = NDArray[np.int16]

REGION = {c.key: c.value for c in COMPARTMENTS}
REGIONS = max(REGION.values()) + 1
_WALL = REGION["muscle_wall"]
_FAT_HU = -30
"""No fat window reaches above it; below, voxels next to air are partial volume."""


def regions(segmentation: Segmentation, k: int) -> Codes:
    """Compartments ``(j, i)`` of one slice with the 12 muscles as muscle wall; zeros if unknown.

    Values beyond the rows of ``tables.anatomy.muscles.COMPARTMENTS`` are another program's and none
    of these compartments: they become 0.
    """
    rooms = segmentation.compartments
    if rooms is None or not rooms[k].any():
        return np.zeros(segmentation.grid.shape[1:], np.uint8)
    known = np.where(rooms[k] < REGIONS, rooms[k], np.uint8(0))
    return np.where(segmentation.labels[k] > 0, np.uint8(_WALL), known)


def body_box(mask: Bool) -> tuple[slice, slice] | None:
    """Rows and columns of a mask with a margin of two pixels; None if it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return (
        slice(max(0, int(rows[0]) - 2), int(rows[-1]) + 3),
        slice(max(0, int(columns[0]) - 2), int(columns[-1]) + 3),
    )


def countable(rooms: Codes, hu: Hu, spacing_ji_mm: tuple[float, float]) -> Codes:
    """The compartments of a slice, 0 where a voxel looks like fat only because air is near.

    Within ``AIR_REACH_MM`` of air or gas skin, gut wall and lung mix with air to the HU of fat.
    """
    not_fat = beside_air(hu, spacing_ji_mm) & (hu <= _FAT_HU)
    return np.where(not_fat, np.uint8(0), rooms)


def beside_air(hu: Hu, spacing_ji_mm: tuple[float, float]) -> Bool:
    """Pixels of air or gas and those within ``AIR_REACH_MM`` (at least one pixel) of it."""
    near: Bool = hu < AIR_BELOW_HU
    for axis, side_mm in enumerate(spacing_ji_mm):
        for _ in range(max(1, round(AIR_REACH_MM / side_mm))):
            near = along(near, axis)
    return near


def tissue_codes(rooms: Codes, hu: Hu, tissues: Sequence[tuple[str, str]]) -> Codes:
    """Which tissue each voxel is: 1, 2, … in the order of ``tissues``, 0 for none of them.

    ``rooms`` are :func:`countable` compartments; each tissue is its key in
    ``tables.quantities.tissues`` and a key of ``tables.quantities.hu_windows`` (its HU window).
    Bounds are inclusive. Tissues that share voxels are not told apart: the last one wins.
    """
    codes = np.zeros(rooms.shape, np.uint8)
    for value, (key, window_key) in enumerate(tissues, 1):
        window = WINDOW[window_key]
        inside = (hu >= window.low_hu) & (hu <= window.high_hu)
        codes[inside & (rooms == REGION[TISSUE[key].region])] = value
    return codes
