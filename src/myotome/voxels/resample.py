"""Resampling: label maps onto the CT's grid, lines onto other pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GridMismatchError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume

Labels = NDArray[np.uint8]
Float = NDArray[np.float64]
_PARALLEL_VOXELS = 0.25
"""Axes agree if this is the most they drift apart over the CT, in voxels of the label map."""
_SHORT_VOXELS = 1.5
"""The label map may end this many of its own voxels before the CT in-plane (rounded sizes)."""


def nearest(labels: Labels, grid: Grid, volume: Volume) -> Labels:
    """``labels`` (canonical, on ``grid``) on the grid of ``volume``.

    Slices outside the label map get 0. Refuses other axes, unless the map lies on the very
    grid that the CT was read from, and maps that show only a part of the CT's width.
    """
    to_labels = np.linalg.inv(grid.matrix) @ volume.grid.matrix  # (i, j, k, 1) of CT to map
    shape_ijk = np.array(volume.grid.shape[::-1])
    off_axis = to_labels[:3, :3] - np.diag(np.diag(to_labels[:3, :3]))
    if (np.abs(off_axis) * (shape_ijk - 1)).sum(axis=1).max() <= _PARALLEL_VOXELS:
        _refuse_part(to_labels, grid, volume.grid)
        return _along_axes(labels, to_labels + _centred(off_axis, shape_ijk), volume.grid)
    if grid.matches(volume.source_grid.canonical()):
        return _anyhow(labels, to_labels, volume.grid)
    raise GridMismatchError(
        "the label map's axes point in other directions than the CT's.",
        why="Resampling would blur which slice a label belongs to.",
        mend="Make the label map on this CT, or resample it onto the CT's grid first.",
    )


def _centred(off_axis: Float, shape_ijk: NDArray[np.int_]) -> Float:
    """The mean shift of a slight obliquity, to add to the affine's last column."""
    shift = np.zeros((4, 4))
    shift[:3, 3] = off_axis @ ((shape_ijk - 1) / 2)
    return shift


def _refuse_part(to_labels: Float, grid: Grid, ct: Grid) -> None:
    """In-plane the map must reach as far as the CT; along z it may be shorter."""
    ends: list[str] = []
    for axis, words in ((0, "left-right"), (1, "front-back")):
        step, offset = to_labels[axis, axis], to_labels[axis, 3]
        n_ct, n_map = ct.shape[2 - axis], grid.shape[2 - axis]
        low, high = offset - step / 2, offset + step * (n_ct - 0.5)
        if low < -0.5 - _SHORT_VOXELS or high > n_map - 0.5 + _SHORT_VOXELS:
            ends.append(words)
    k_low, k_high = to_labels[2, 3], to_labels[2, 3] + to_labels[2, 2] * (ct.shape[0] - 1)
    if k_high < -0.5 or k_low > grid.shape[0] - 0.5:
        ends.append("head-foot")
    if ends:
        raise GridMismatchError(
            f"the label map does not cover the CT ({' and '.join(ends)}).",
            why="What it leaves out would be counted as no muscle.",
            mend="Check that both belong together, or make the label map on the whole CT.",
        )


def _along_axes(labels: Labels, to_labels: Float, ct: Grid) -> Labels:
    taken, inside = [], []
    for axis in (2, 1, 0):  # k, j, i
        at = to_labels[axis, axis] * np.arange(ct.shape[2 - axis]) + to_labels[axis, 3]
        index = np.floor(at + 0.5).astype(np.intp)
        n = labels.shape[2 - axis]
        inside.append((index >= 0) & (index < n))
        taken.append(index.clip(0, n - 1))
    out = np.zeros(ct.shape, np.uint8)
    rows, columns = np.ix_(taken[1], taken[2])
    hidden = ~(inside[1][:, None] & inside[2][None])
    for k in np.flatnonzero(inside[0]):
        out[k] = labels[taken[0][k]][rows, columns]
        out[k][hidden] = 0
    return out


def _anyhow(labels: Labels, to_labels: Float, ct: Grid) -> Labels:
    """For a sheared source grid (gantry tilt): every voxel looks up its own place."""
    out = np.zeros(ct.shape, np.uint8)
    j, i = np.ogrid[: ct.shape[1], : ct.shape[2]]
    last = np.array(labels.shape) - 1
    for k in range(ct.shape[0]):
        index = [
            np.floor(r[0] * i + r[1] * j + (r[2] * k + r[3] + 0.5)).astype(np.intp)
            for r in to_labels[2::-1]
        ]
        inside = np.ones(ct.shape[1:], np.bool_)
        for at, n in zip(index, last, strict=True):
            inside &= (at >= 0) & (at <= n)
        found = labels[tuple(at.clip(0, n) for at, n in zip(index, last, strict=True))]
        out[k] = np.where(inside, found, 0)
    return out


Float32 = NDArray[np.float32]


def resampling_matrix(n_in: int, spacing_mm: float, pixel_mm: float) -> Float32:
    """``(n_out, n_in)`` weights taking a line of ``spacing_mm`` to one of ``pixel_mm``.

    A triangle filter as wide as the larger of the two pixels: linear interpolation when
    enlarging, anti-aliased when shrinking. Both lines start at the same outer edge. Rows sum
    to one.
    """
    n_out = max(1, round(n_in * spacing_mm / pixel_mm))
    scale = pixel_mm / spacing_mm
    centre = (np.arange(n_out) + 0.5) * scale - 0.5
    distance = np.abs(np.arange(n_in)[None, :] - centre[:, None]) / max(1.0, scale)
    weight = np.clip(1.0 - distance, 0.0, None)
    empty = weight.sum(axis=1) == 0
    weight[empty, np.clip(np.rint(centre[empty]), 0, n_in - 1).astype(int)] = 1.0
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), dtype=np.float32)
