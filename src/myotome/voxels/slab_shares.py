"""How much of each slice lies in the slab: what its voxels count in volumes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Slab

Float = NDArray[np.float64]


def slab_weights(grid: Grid, slab: Slab) -> tuple[Float, float, Float]:
    """Slice centres (LPS z, mm), their distance (mm), and the share of each slice in the slab.

    A slice is a box of its own thickness around its centre, so the planes cut slices in part
    and volumes do not jump by whole slices.
    """
    z: Float = np.asarray(grid.slice_z_mm(np.arange(grid.shape[0])), dtype=np.float64)
    dz = abs(grid.slice_z_mm(1.0) - grid.slice_z_mm(0.0))
    top = np.minimum(slab.superior_z_mm, z + dz / 2)
    bottom = np.maximum(slab.inferior_z_mm, z - dz / 2)
    weights = np.clip((top - bottom) / dz, 0.0, 1.0)
    weights[weights < 1e-9] = 0.0
    return z, dz, weights
