"""Shares of slices in the slab, and the edge of the field of view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.volume import Volume

FOV_EDGE_PIXELS = 2


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


def fov_edge(volume: Volume) -> NDArray[np.bool_]:
    """Pixels ``(j, i)`` at the border of the image or within 2 of the reconstructed circle."""
    edge = np.zeros(volume.grid.shape[1:], np.bool_)
    edge[[0, -1], :] = True
    edge[:, [0, -1]] = True
    if volume.fov is not None:
        edge |= ~ndimage.binary_erosion(volume.fov, iterations=FOV_EDGE_PIXELS, border_value=1)
    return edge
