"""Distances between the surfaces of one structure in two label maps, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.space.grid import Grid

Mask = NDArray[np.bool_]
Float = NDArray[np.float64]
_ROUNDING_MM = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceScores:
    """``assd_mm``: mean over the surface voxels of both maps of the distance to the other's.

    ``hd95_mm``: the larger of the two directed 95th percentiles. ``nsd``: share of the surface
    voxels of both maps that lie within the tolerance of the other's surface, 0..1. Source:
    Maier-Hein et al. 2024, Metrics reloaded, doi 10.1038/s41592-023-02151-z.
    """

    assd_mm: float
    hd95_mm: float
    nsd: float


def surface(mask: Mask, known: Mask) -> Mask:
    """Voxels of ``mask`` that share a face with a voxel known not to be in it.

    All ``(k, j, i)``. Beyond the array and where ``known`` is False nothing is known: where the
    annotation or the image ends, the structure is cut and has no surface.
    """
    outside = known & ~mask
    out = np.zeros_like(mask)
    for axis in range(3):
        here, there = [slice(None)] * 3, [slice(None)] * 3
        here[axis], there[axis] = slice(1, None), slice(None, -1)
        a, b = tuple(here), tuple(there)
        out[a] |= mask[a] & outside[b]
        out[b] |= mask[b] & outside[a]
    return out


def surface_scores(
    predicted: Mask, reference: Mask, known: Mask, grid: Grid, tolerance_mm: float
) -> SurfaceScores | None:
    """The scores of one structure; None if it has no surface in one of the maps.

    Distances run between the centres of surface voxels in patient space, so that any spacing,
    obliquity and gantry tilt of ``grid`` is right. ``known`` as in :func:`surface`.
    """
    a = _points(predicted & known, known, grid)
    b = _points(reference & known, known, grid)
    if not len(a) or not len(b):
        return None
    there, back = _nearest(a, b), _nearest(b, a)
    both = np.concatenate([there, back])
    return SurfaceScores(
        assd_mm=float(both.mean()),
        hd95_mm=float(max(np.percentile(there, 95), np.percentile(back, 95))),
        nsd=float((both <= tolerance_mm + _ROUNDING_MM).mean()),
    )


def _points(mask: Mask, known: Mask, grid: Grid) -> Float:
    """LPS mm of the surface voxels, ``(n, 3)``; looks only at the box around the mask."""
    where = [np.flatnonzero(mask.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    if not all(len(found) for found in where):
        return np.empty((0, 3))
    start = [max(int(found[0]) - 1, 0) for found in where]
    box = tuple(slice(s, int(found[-1]) + 2) for s, found in zip(start, where, strict=True))
    return grid.to_lps_mm(np.argwhere(surface(mask[box], known[box])) + start)


def _nearest(points: Float, others: Float) -> Float:
    from scipy.spatial import cKDTree

    distances: Float = cKDTree(others).query(points)[0]
    return distances
