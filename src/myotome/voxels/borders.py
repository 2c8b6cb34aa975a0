"""Labels brought to the rules of the borders: what is disputed becomes unknown.

Everything is on the canonical grid: ``k`` upwards, ``j`` backwards, ``i`` to the left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.errors import InputError
from myotome.nouns.space.grid import Grid
from myotome.tables.anatomy.borders import (
    COARSE_SIGMA_PX,
    FINE_PIXEL_MM,
    FINE_SIGMA_PX,
    How,
    Zone,
)
from myotome.tables.anatomy.muscles import BY_VALUE, GROUP

UNKNOWN = 255
"""What a voxel holds that may be anything."""
_FACE_PX = 0.75
"""A face is at least this much of a pixel away, or coarse pixels would have none."""

Labels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Plane = Callable[[int], NDArray[np.generic]]
"""HU ``(j, i)`` of canonical slice ``k``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A zone of the muscles ``values`` on slices ``first`` to ``last`` (inclusive).

    ``box_mm`` are the faces of a box, LPS x from and to, y from and to; for ``How.BOX`` alone.
    """

    zone: Zone
    values: tuple[int, ...]
    first: int
    last: int
    box_mm: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Borders:
    """What is disputed, and the muscles ``gated`` whose voxels below ``lowest_hu`` are none."""

    disputed: tuple[Dispute, ...] = ()
    gated: tuple[int, ...] = ()
    lowest_hu: float = -29.0


def settled(labels: Labels, borders: Borders, grid: Grid, hu: Plane | None = None) -> Labels:
    """A copy of ``labels`` (k, j, i) after the gate, with ``UNKNOWN`` where it is disputed.

    The zones are found before the gate. Refuses (InputError) slices outside the scan, and a
    gate without ``hu``.
    """
    out = _gated(labels, borders, grid, hu)
    for dispute in borders.disputed:
        _require_inside(dispute, len(labels))
        here = slice(dispute.first, dispute.last + 1)
        for value in dispute.values:
            part = labels[here]
            own = (part == value) & dispute.zone.own
            free = (part == 0) & dispute.zone.free
            out[here][_SELECT[dispute.zone.how](labels, value, dispute, grid) & (own | free)] = (
                UNKNOWN
            )
    return out


def _require_inside(dispute: Dispute, count: int) -> None:
    above = dispute.zone.how is How.PAST_END
    if not 0 <= dispute.first <= dispute.last < count - above:
        raise InputError(
            f"the disputed zone {dispute.zone.key} lies outside the {count} slices of the scan.",
            why="It is compared with the slice above it." if above else "",
            mend="Check the slices in borders.json.",
        )


def _gated(labels: Labels, borders: Borders, grid: Grid, hu: Plane | None) -> Labels:
    out = labels.copy()
    if not borders.gated:
        return out
    if hu is None:
        raise InputError(
            "the borders ask for a gate in HU, but there is no CT.", mend="Give the CT."
        )
    fine = max(grid.spacing_mm[1:]) < FINE_PIXEL_MM
    sigma = FINE_SIGMA_PX if fine else COARSE_SIGMA_PX
    for k, plane in enumerate(out):
        held = np.isin(plane, borders.gated)
        if held.any():
            smooth = ndimage.gaussian_filter(np.asarray(hu(k), np.float32), sigma)
            plane[held & (smooth < borders.lowest_hu)] = 0
    return out


def _pixels(mm: float, pixel_mm: float) -> int:
    return max(1, round(mm / pixel_mm))


def _near(mask: Mask, mm: float, grid: Grid) -> Mask:
    if not mask.any():
        return mask
    far = ndimage.distance_transform_edt(~mask, sampling=grid.spacing_mm[1:])
    return np.asarray(far <= mm)


def _shape(labels: Labels, value: int, d: Dispute, grid: Grid) -> Mask:
    covered = (labels[d.first : d.last + 1] == value).any(axis=0)
    return _near(covered, d.zone.reach_mm, grid)[None]


def _past_end(labels: Labels, value: int, d: Dispute, grid: Grid) -> Mask:
    rows = np.flatnonzero((labels[d.last + 1] == value).any(axis=1))
    out = np.zeros((1, labels.shape[1], 1), np.bool_)
    if len(rows):
        out[:, int(rows[-1]) + _pixels(d.zone.reach_mm, grid.spacing_mm[1]) + 1 :] = True
    return out


def _back_rim(labels: Labels, value: int, d: Dispute, grid: Grid) -> Mask:
    own = labels[d.first : d.last + 1] == value
    behind = np.cumsum(own[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(behind <= _pixels(d.zone.reach_mm, grid.spacing_mm[1]))


def _behind_rectus(labels: Labels, value: int, d: Dispute, grid: Grid) -> Mask:
    rectus = GROUP["rectus_abdominis"]
    side = rectus.left if BY_VALUE[value].side == "left" else rectus.right
    front = labels[d.first : d.last + 1] == side
    rows = np.arange(labels.shape[1])[:, None]
    last = np.where(front, rows, -labels.shape[1]).max(axis=1, keepdims=True)
    reach = _pixels(d.zone.reach_mm, grid.spacing_mm[1])
    return np.asarray((rows > last) & (rows <= last + reach))


def _deep_rim(labels: Labels, value: int, d: Dispute, grid: Grid) -> Mask:
    part = labels[d.first : d.last + 1]
    out = np.zeros(part.shape, np.bool_)
    dj, di = grid.spacing_mm[1:]
    step = max(d.zone.reach_mm, _FACE_PX * max(dj, di))
    for plane, own, mask in zip(part, part == value, out, strict=True):
        if not own.any():
            continue
        middle = np.argwhere((plane > 0) & (plane != UNKNOWN)).mean(axis=0)
        j, i = np.indices(own.shape)
        along = (j - middle[0]) * dj, (i - middle[1]) * di
        far = np.hypot(*along) + 1e-6
        shift = step * along[0] / far / dj, step * along[1] / far / di
        deeper = _at(own, j - shift[0], i - shift[1])
        outward = _at(own, j + shift[0], i + shift[1])
        mask[:] = (own & ~deeper) | (~own & outward)
    return out


def _at(mask: Mask, j: NDArray[np.float64], i: NDArray[np.float64]) -> Mask:
    rows = np.clip(np.rint(j).astype(np.intp), 0, mask.shape[0] - 1)
    columns = np.clip(np.rint(i).astype(np.intp), 0, mask.shape[1] - 1)
    return mask[rows, columns]


def _box(labels: Labels, value: int, d: Dispute, grid: Grid) -> Mask:
    del value
    if d.box_mm is None:
        raise InputError(f"the disputed zone {d.zone.key} has no box.", mend="Give its box_mm.")
    x0, x1, y0, y1 = d.box_mm
    k = (d.first + d.last) // 2
    kji = np.stack(np.broadcast_arrays(k, *np.indices(labels.shape[1:])), axis=-1)
    lps = grid.to_lps_mm(kji)
    inside = (lps[..., 0] >= x0) & (lps[..., 0] <= x1) & (lps[..., 1] >= y0) & (lps[..., 1] <= y1)
    return np.asarray(inside)[None]


_Select = Callable[[Labels, int, Dispute, Grid], Mask]
_SELECT: Mapping[How, _Select] = MappingProxyType(
    {
        How.SHAPE: _shape,
        How.PAST_END: _past_end,
        How.BACK_RIM: _back_rim,
        How.BEHIND_RECTUS: _behind_rectus,
        How.DEEP_RIM: _deep_rim,
        How.BOX: _box,
    }
)
