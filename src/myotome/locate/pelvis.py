"""The iliac crests, by which the count of the vertebrae is checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.locate.coarse import CoarseView
from myotome.tables.anatomy.landmark_classes import LANDMARK_CLASS

_LEAST_HIP_ML = 15.0
"""Smaller pieces of the class are specks, such as the coarse network sees in chests."""


def crest_z_mm(view: CoarseView, probability: NDArray[np.float32]) -> float | None:
    """The top of the hip bones (patient z, LPS mm); None if it is not in view."""
    voxel_ml = float(np.prod(view.grid.spacing_mm)) / 1000.0
    parts, count = ndimage.label(probability[LANDMARK_CLASS["hip"].value] > 0.5)
    sizes = np.bincount(parts.ravel(), minlength=count + 1) * voxel_ml
    sizes[0] = 0.0
    planes = np.flatnonzero((sizes >= _LEAST_HIP_ML)[parts].any(axis=(1, 2)))
    if not len(planes) or planes[-1] >= view.hu.shape[0] - 2:
        return None
    return float(view.grid.slice_z_mm(planes[-1] + 0.5))
