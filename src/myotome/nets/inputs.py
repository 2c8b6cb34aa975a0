"""How a CT becomes what the networks see. One definition for training and for use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myotome.voxels.resample import Float32, resampling_matrix

PIXEL_MM = 1.5
"""In-plane pixel of the muscle network."""

NEIGHBOUR_MM = 4.0
"""Distance of the two neighbouring planes that the muscle network sees beside its own."""

WINDOW_LEVEL_HU, WINDOW_WIDTH_HU = 40.0, 400.0
"""Vu et al. 2024: level 40, width 400, here scaled to 0..1 (the scaling is our choice)."""


def shrink_planes(
    planes: NDArray[np.generic], spacing_ji_mm: tuple[float, float], pixel_mm: float = PIXEL_MM
) -> Float32:
    """``(k, j, i)`` planes resampled in-plane to square ``pixel_mm`` pixels, as float32."""
    rows = resampling_matrix(planes.shape[1], spacing_ji_mm[0], pixel_mm)
    columns = resampling_matrix(planes.shape[2], spacing_ji_mm[1], pixel_mm).T
    out = np.empty((planes.shape[0], rows.shape[0], columns.shape[1]), np.float32)
    for k, plane in enumerate(planes):
        out[k] = rows @ plane.astype(np.float32) @ columns
    return out


def window(hu: NDArray[np.generic]) -> Float32:
    """HU clipped to the 400/40 window and scaled to 0..1."""
    low = WINDOW_LEVEL_HU - WINDOW_WIDTH_HU / 2
    scaled = (np.asarray(hu, dtype=np.float32) - low) / WINDOW_WIDTH_HU
    return np.clip(scaled, 0.0, 1.0, out=scaled)


def plane_at(planes: Float32, k: float) -> Float32:
    """The plane at fractional index ``k``, linear between neighbours, held at the ends."""
    k = min(max(k, 0.0), planes.shape[0] - 1.0)
    low = int(k)
    part = np.float32(k - low)
    if part == 0.0:
        plane: Float32 = planes[low]
    else:
        plane = planes[low] * (1 - part) + planes[low + 1] * part
    return plane


def neighbours(planes: Float32, k: float, dz_mm: float, reach_mm: float = NEIGHBOUR_MM) -> Float32:
    """``(3, j, i)``: the planes ``reach_mm`` below, at, and above fractional index ``k``."""
    step = reach_mm / dz_mm
    return np.stack([plane_at(planes, k + offset) for offset in (-step, 0.0, step)])
