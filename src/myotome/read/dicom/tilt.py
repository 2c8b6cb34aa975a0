"""Remove the shear of tilted stacks, so that slices are what they look like: axial planes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import STRAIGHT, Grid
from myotome.nouns.space.volume import AIR_HU
from myotome.read.raw import PADDING
from myotome.tables.flags.every import FLAG, raised

_ALONG_Z = 0.999
_BODY_HU = -300


def straighten(
    hu: NDArray[np.int16], grid: Grid
) -> tuple[NDArray[np.int16], Grid, tuple[Flag, ...]]:
    """The same anatomy on a rectangular grid; ``hu`` ``(k, j, i)`` and ``grid`` canonical.

    A gantry tilt about the left-right axis, with the table moving along z, becomes an exact
    shear: every row of pixels is moved along z, with one linear interpolation. The result
    holds the slices in which all rows of the body exist. Any other shear moves whole slices
    within their plane. Outside the scan the result is padding.
    """
    if not grid.is_sheared:
        return hu, grid, ()
    d = grid.direction
    if abs(d[2, 2]) > _ALONG_Z and abs(d[2, 0]) < STRAIGHT and abs(d[:, 0] @ d[:, 1]) < STRAIGHT:
        return _along_z(hu, grid)
    return _in_plane(hu, grid)


def _along_z(hu: NDArray[np.int16], grid: Grid) -> tuple[NDArray[np.int16], Grid, tuple[Flag, ...]]:
    matrix = grid.matrix
    shifts = np.arange(grid.shape[1]) * (matrix[2, 1] / matrix[2, 2])  # slices per row
    body = (hu > _BODY_HU).any(axis=(0, 2))
    rows = np.flatnonzero(body) if body.any() else np.arange(grid.shape[1])
    spread = shifts[[rows[0], rows[-1]]]
    start = int(np.ceil(spread.max()))
    stop = int(np.floor(spread.min() + grid.shape[0] - 1)) + 1
    if stop - start < max(2, grid.shape[0] // 3):  # too short a scan: keep all, edges padded
        start, stop = int(np.ceil(spread.min())), int(np.floor(spread.max())) + grid.shape[0]
    out = np.empty((stop - start, *grid.shape[1:]), dtype=np.int16)
    for j, shift in enumerate(shifts):
        out[:, j, :] = _shifted(hu[:, j, :], np.arange(start, stop) - shift)
    degrees = float(np.degrees(np.arcsin(abs(grid.direction[2, 1]))))
    matrix[2, 1] = 0.0
    matrix[:3, 3] += matrix[:3, 2] * start
    straight = Grid.from_matrix((stop - start, *grid.shape[1:]), matrix)
    return out, straight, (_flag(degrees),)


def _shifted(rows: NDArray[np.int16], places: NDArray[np.float64]) -> NDArray[np.int16]:
    """``rows`` ``(k, i)`` interpolated at fractional ``places``; padding outside."""
    count = len(rows)
    low = np.clip(np.floor(places).astype(int), 0, count - 1)
    high = np.clip(low + 1, 0, count - 1)
    share = np.clip(places - low, 0.0, 1.0).astype(np.float32)[:, None]
    padded = rows == PADDING
    values = np.where(padded, np.int16(AIR_HU), rows).astype(np.float32)
    out: NDArray[np.int16] = np.rint(values[low] + share * (values[high] - values[low])).astype(
        np.int16
    )
    out[padded[low] & padded[high]] = PADDING
    out[(places < 0) | (places > count - 1)] = PADDING
    return out


def _in_plane(
    hu: NDArray[np.int16], grid: Grid
) -> tuple[NDArray[np.int16], Grid, tuple[Flag, ...]]:
    from scipy import ndimage  # only for this rare case

    matrix = grid.matrix
    i, j, k = matrix[:3, 0], matrix[:3, 1], matrix[:3, 2]
    normal = np.cross(i, j)
    normal /= np.linalg.norm(normal)
    up = normal * (normal @ k)
    across, down = np.linalg.lstsq(np.stack([i, j], axis=1), k - up, rcond=None)[0]
    out = np.empty_like(hu)
    middle = (grid.shape[0] - 1) / 2
    for n in range(grid.shape[0]):
        plane = np.where(hu[n] == PADDING, np.int16(AIR_HU), hu[n]).astype(np.float32)
        moved = ndimage.shift(
            plane, ((n - middle) * down, (n - middle) * across), order=1, cval=float(AIR_HU)
        )
        out[n] = np.rint(moved).astype(np.int16)
    degrees = float(np.degrees(np.arccos(np.clip(normal @ k / np.linalg.norm(k), -1, 1))))
    matrix[:3, 3] += middle * (k - up)
    matrix[:3, 2] = up
    return out, Grid.from_matrix(grid.shape, matrix), (_flag(degrees),)


def _flag(degrees: float) -> Flag:
    text = f"a tilt of {degrees:.1f} degrees was corrected by shearing"
    return raised(FLAG["tilt_corrected"], text)
