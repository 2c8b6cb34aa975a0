"""The spine pulled straight: a few images along it, in which every vertebra stands upright.

NumPy only; training uses the very same functions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import AIR_HU, Volume

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]

STEP_MM = 2.0
"""Distance of rows (along z) and of columns (front to back, right to left)."""

DEEP, WIDE = 60, 84
"""Columns from front to back and from right to left: 120 and 168 mm around the line."""

_FRONT_MM = -52.0
"""The foremost column, in mm behind the line (so 52 mm in front of it)."""

SAGITTAL = ((32, 37), (37, 42), (42, 47), (47, 52))
"""Slabs of columns (right to left) whose mean is one sagittal image."""

CORONAL = ((16, 22), (22, 28), (28, 34), (34, 41), (41, 50))
"""Slabs of columns (front to back) whose mean and whose maximum are one coronal image each."""

_DARKEST_HU, _BRIGHTEST_HU, _UNIT_HU = -300.0, 900.0, 300.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Straight:
    """HU along the spine: float32 ``(z, DEEP, WIDE)``, rows at patient ``z_mm`` from below."""

    z_mm: Float
    hu: Float32


def straighten(volume: Volume, z_mm: Float, x_mm: Float, y_mm: Float) -> Straight:
    """The CT around the line ``(x_mm, y_mm)`` at ``z_mm`` (LPS mm), every ``STEP_MM``.

    Each slice is moved so that the line runs through the same column, and averaged to 2 mm
    pixels; slices thinner than 2 mm are averaged too. Outside the scan there is air.
    """
    grid = volume.grid
    centres = np.asarray(grid.slice_z_mm(np.arange(grid.shape[0])), dtype=np.float64)
    dz = grid.spacing_mm[0]
    rows = row_z_mm(grid)
    x, y = np.interp(centres, z_mm, x_mm), np.interp(centres, z_mm, y_mm)
    planes = np.stack([_plane(volume, k, (x[k], y[k])) for k in range(grid.shape[0])])
    weights = _along(rows, centres, dz)
    hu = np.tensordot(weights, planes, axes=(1, 0))
    return Straight(z_mm=rows, hu=np.asarray(hu, dtype=np.float32))


def row_z_mm(grid: Grid) -> Float:
    """The patient z of every row, from the lower face of the scan to its upper one."""
    low, high = grid.faces_z_mm
    return np.arange(low + STEP_MM / 2, high, STEP_MM)


def images(hu: Float32) -> tuple[Float32, Float32]:
    """(sagittal ``(4, z, DEEP)``, coronal ``(10, z, WIDE)``) of straightened HU, in HU."""
    sagittal = np.stack([hu[:, :, a:b].mean(axis=2) for a, b in SAGITTAL])
    means = [hu[:, a:b].mean(axis=1) for a, b in CORONAL]
    highest = [hu[:, a:b].max(axis=1) for a, b in CORONAL]
    return sagittal, np.stack([*means, *highest])


def scaled(hu: Float32) -> Float32:
    """HU as the network sees them: -300 to 900 HU, in units of 300."""
    shown = np.clip(hu, _DARKEST_HU, _BRIGHTEST_HU) / _UNIT_HU
    return np.asarray(shown, dtype=np.float32)


def _plane(volume: Volume, k: int, centre: tuple[float, float]) -> Float32:
    """One slice at 2 mm around the line: ``(DEEP, WIDE)``."""
    grid = volume.grid
    z = float(grid.slice_z_mm(k))
    _, j, i = grid.to_index([centre[0], centre[1], z])
    _, dj, di = grid.spacing_mm
    across = i + (np.arange(WIDE) - (WIDE - 1) / 2) * STEP_MM / di
    behind = j + (_FRONT_MM + np.arange(DEEP) * STEP_MM) / dj
    rows, j0 = _weights(behind, STEP_MM / dj, grid.shape[1])
    columns, i0 = _weights(across, STEP_MM / di, grid.shape[2])
    patch = volume.hu[k, j0 : j0 + rows.shape[1], i0 : i0 + columns.shape[1]]
    shown = np.clip(patch, AIR_HU, 1500).astype(np.float32)
    missing = np.outer(1 - rows.sum(axis=1), np.ones(WIDE))
    missing = np.maximum(missing, 1 - columns.sum(axis=1)[None])
    return np.asarray(rows @ shown @ columns.T + AIR_HU * missing, dtype=np.float32)


def _weights(at: Float, width: float, count: int) -> tuple[Float32, int]:
    """Triangle weights that take pixels ``first`` and following to the places ``at``.

    Linear interpolation when enlarging, anti-aliased when shrinking; 0 beyond the image.
    """
    half = max(1.0, width)
    first = int(np.clip(np.floor(at[0] - half), 0, count - 1))
    last = int(np.clip(np.ceil(at[-1] + half), first, count - 1))
    index = np.arange(first, last + 1)
    weight = np.clip(1.0 - np.abs(index[None] - at[:, None]) / half, 0.0, None)
    everywhere = np.arange(np.floor(at[0] - half), np.ceil(at[-1] + half) + 1)
    whole = np.clip(1.0 - np.abs(everywhere[None] - at[:, None]) / half, 0.0, None)
    return np.asarray(weight / whole.sum(axis=1, keepdims=True), dtype=np.float32), first


def _along(rows: Float, centres: Float, dz_mm: float) -> Float32:
    """Weights of the slices for every row: linear between them, a mean where they are thin."""
    if len(centres) == 1:
        return np.ones((len(rows), 1), np.float32)
    inside = np.clip(rows, centres[0], centres[-1])
    half = max(abs(dz_mm), STEP_MM)
    weight = np.clip(1.0 - np.abs(centres[None] - inside[:, None]) / half, 0.0, None)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), dtype=np.float32)
