"""Label maps on the CT's grid: moved by whole voxels where they can be, else the nearest voxel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GridMismatchError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.label_map import LabelMap, Values
from myotome.nouns.space.volume import Volume
from myotome.tables.flags.every import FLAG
from myotome.voxels.planes import planes_on
from myotome.voxels.resample import nearest

_TILTED = FLAG["tilt_corrected"].key
ALIGNED_MM = 0.1
"""How far a voxel of the map may lie from the CT's voxel that it is taken for."""


class How(StrEnum):
    """How labels came onto the CT: as they were, by nearest neighbours, or plane by plane."""

    AS_DRAWN = "as drawn"
    NEAREST = "nearest"
    UNTILTED = "untilted"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """uint8 labels on the CT's grid, and how many labelled voxels (contours) fell outside it."""

    labels: NDArray[np.uint8]
    lost: int
    how: How = How.AS_DRAWN


def place(found: LabelMap, ct: Grid) -> tuple[Values, int]:
    """``found`` on the CT's grid, and how many labelled voxels (contours) fall outside it.

    A map that covers another part of the CT's own lattice (cropped, larger, flipped or with
    axes in another order) is moved by whole voxels; what it does not cover gets 0. Where map or
    CT is a single slice, its thickness need not fit, only its plane, and the other slices of the
    map do not count as outside. Refuses (GridMismatchError) any other grid, since resampling
    would move the edges of muscles.
    """
    found = _beside(found, ct)
    shift, gap_mm = _shift(found.grid, ct)
    if gap_mm > ALIGNED_MM:
        raise GridMismatchError(
            f"the labels are on another grid ({_told(found.grid)}) than the CT ({_told(ct)}): "
            f"voxels lie up to {gap_mm:.2g} mm beside the CT's.",
            why="Resampling would move the edges of muscles.",
            mend="Draw them on this CT, or resample them onto the CT's grid yourself.",
        )
    return _moved(found, ct, shift)


def settle(found: LabelMap, volume: Volume) -> Placed:
    """uint8 labels on the grid of ``volume``, as near to what was drawn as can be.

    In this order: as :func:`place` on the volume's grid; so on the grid that the CT was read
    from, at the middle of thicker slices or of untilted ones; the nearest neighbour on a grid
    with the same axes, or plane by plane from another tilted one. Refuses (GridMismatchError)
    what lies wholly outside, shows a part of the width only, or has other axes.
    """
    found, source = _beside(found, volume.grid), volume.source_grid.canonical()
    for ct in (volume.grid, source):
        if _shift(found.grid, ct)[1] > ALIGNED_MM:
            continue
        labels, lost = _moved(found, ct, _shift(found.grid, ct)[0])
        if ct is source:
            labels = nearest(labels.astype(np.uint8), source, volume)
        return Placed(labels=labels.astype(np.uint8), lost=lost)
    labels = found.labels.astype(np.uint8)
    if found.grid.is_sheared and _TILTED in {flag.code for flag in volume.flags}:
        planes = np.stack(list(planes_on(volume.grid, labels, found.grid)))
        return Placed(labels=planes, lost=found.lost, how=How.UNTILTED)
    return Placed(labels=nearest(labels, found.grid, volume), lost=found.lost, how=How.NEAREST)


def _beside(found: LabelMap, ct: Grid) -> LabelMap:
    """The one slice of the map that a single slice lies on, as thick as the CT's; else the map."""
    if found.grid.shape[0] > 1 and ct.shape[0] > 1:
        return found
    z = float(ct.slice_z_mm(0))
    k = found.grid.nearest_k(z) if found.grid.shape[0] > 1 else 0
    if k is None:
        raise GridMismatchError(
            f"the labels end before the CT's slice at z={z:.1f} mm.",
            mend="Check that both belong together.",
        )
    grid = found.grid.crop_k(k, k + 1)
    matrix = grid.matrix
    matrix[:3, 2] = ct.matrix[:3, 2]
    return replace(found, labels=found.labels[k : k + 1], grid=Grid.from_matrix(grid.shape, matrix))


def _moved(found: LabelMap, ct: Grid, shift: tuple[int, int, int]) -> tuple[Values, int]:
    theirs, ours = [], []
    for offset, n_map, n_ct in zip(shift, found.grid.shape, ct.shape, strict=True):
        low, high = max(0, -offset), min(n_map, n_ct - offset)
        if low >= high:
            raise GridMismatchError(
                "the labels lie wholly outside the CT.", mend="Check that both belong together."
            )
        theirs.append(slice(low, high))
        ours.append(slice(low + offset, high + offset))
    out = np.zeros(ct.shape, found.labels.dtype)
    inside = found.labels[tuple(theirs)]
    out[tuple(ours)] = inside
    lost = 0
    if inside.shape != found.labels.shape:
        lost = int(np.count_nonzero(found.labels)) - int(np.count_nonzero(inside))
    return out, lost + found.lost


def _shift(grid: Grid, ct: Grid) -> tuple[tuple[int, int, int], float]:
    """Index (k, j, i) in the CT of the map's first voxel, and how far voxels then lie apart."""
    last = np.array(grid.shape) - 1
    corners = np.array([[k, j, i] for k in (0, 1) for j in (0, 1) for i in (0, 1)]) * last
    at = ct.to_index(grid.to_lps_mm(corners)) - corners
    k, j, i = np.rint(at[0])
    gap_mm = float(np.abs((at - (k, j, i)) * np.array(ct.spacing_mm)).max())
    return (int(k), int(j), int(i)), gap_mm


def _told(grid: Grid) -> str:
    size = " x ".join(map(str, grid.shape))
    return f"{size} voxels of " + " x ".join(f"{v:.4g}" for v in grid.spacing_mm) + " mm"
