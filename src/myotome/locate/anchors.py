"""The iliac crests and the kidneys, by which the count of the vertebrae is checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.locate.coarse import CoarseView
from myotome.tables.anatomy.landmark_classes import LANDMARK_CLASS

_LEAST_HIP_ML = 12.0
"""Smaller pieces of the class are specks, such as the coarse network sees in chests."""

_APART_MM = 15.0
"""Crests that end further apart than this are no pair: one of them is a rib or bowel."""


_LEAST_KIDNEY_ML = 40.0
"""Less is a piece of a kidney, or none (assumed; a small shrunken kidney has about 50 ml)."""


def crest_z_mm(view: CoarseView, probability: NDArray[np.float32]) -> float | None:
    """The top of the hip bones (patient z, LPS mm); None if they are not in view on both sides."""
    hip = probability[LANDMARK_CLASS["hip"].value] > 0.5
    middle = hip.shape[2] // 2
    tops = [_top(view, side) for side in (hip[:, :, :middle], hip[:, :, middle:])]
    found = [top for top in tops if top is not None]
    if len(found) < 2 or abs(found[0] - found[1]) > _APART_MM:
        return None
    return max(found)


def _top(view: CoarseView, hip: NDArray[np.bool_]) -> float | None:
    """The upper end of the bone on one side; None if it is not there or the scan cuts it."""
    voxel_ml = float(np.prod(view.grid.spacing_mm)) / 1000.0
    parts, count = ndimage.label(hip)
    sizes = np.bincount(parts.ravel(), minlength=count + 1) * voxel_ml
    sizes[0] = 0.0
    planes = np.flatnonzero((sizes >= _LEAST_HIP_ML)[parts].any(axis=(1, 2)))
    if not len(planes) or planes[-1] >= view.hu.shape[0] - 2:
        return None
    return float(view.grid.slice_z_mm(planes[-1] + 0.5))


def kidney_z_mm(view: CoarseView, probability: NDArray[np.float32]) -> float | None:
    """The mean z of both kidneys (LPS mm); None if they are not wholly in view."""
    kidney = probability[LANDMARK_CLASS["kidney"].value] > 0.5
    voxel_ml = float(np.prod(view.grid.spacing_mm)) / 1000.0
    middle = kidney.shape[2] // 2
    centres = []
    for side in (kidney[:, :, :middle], kidney[:, :, middle:]):
        planes = side.sum(axis=(1, 2)) * voxel_ml
        cut = planes[0] + planes[-1] > 0
        if cut or not planes.sum() >= _LEAST_KIDNEY_ML:
            return None
        centres.append(float(planes @ view.grid.slice_z_mm(np.arange(len(planes))) / planes.sum()))
    return sum(centres) / len(centres)
