"""Slices between drawn ones, filled as readers' programs do: by signed distance.

Readers draw every second or third slice. Between two drawn slices each label is interpolated by
itself: the signed distances to its outlines below and above are mixed by place, and as many
pixels as lie between the two areas are filled from the innermost on (Raya & Udupa 1990, shape-based
interpolation, with the area kept linear so that rounding to pixels adds nothing).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.nouns.space.label_map import LabelMap
from myotome.segment.labels.sparse import Hole, holes, is_strange, pixels_of

FURTHEST_MM = 30.0
"""Slices drawn further apart than this are not filled between: a muscle may do anything there."""
_OUTSIDE_PIXELS = 1.0
"""How far outside of the mixed outline pixels are filled to keep the area."""

Plane = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A label map without its holes, and the number of slices filled of each value."""

    labels: LabelMap
    slices: dict[int, int]


def filled(found: LabelMap) -> Filled:
    """``found`` with the slices between drawn ones filled, of labels that skip some of them.

    A label whose holes may be its own shape stays as it is, as do holes of more than
    ``FURTHEST_MM`` and what was drawn of other labels where a hole is filled.
    """
    step_mm, *spacing_mm = found.grid.spacing_mm
    pixels = pixels_of(found.labels)
    labels = found.labels.copy()
    slices: dict[int, int] = {}
    for value in range(1, pixels.shape[1]):
        gaps = holes(pixels[:, value])
        if not is_strange(gaps, pixels[:, value]):
            continue
        own = found.labels == value
        for gap in gaps:
            if (gap.last - gap.first + 2) * step_mm > FURTHEST_MM:
                continue
            for k, inside in _between(own, gap, (spacing_mm[0], spacing_mm[1])):
                free = inside & (labels[k] == 0)
                labels[k][free] = value
                slices[value] = slices.get(value, 0) + bool(free.any())
    slices = {value: count for value, count in slices.items() if count}
    return Filled(labels=replace(found, labels=labels) if slices else found, slices=slices)


def _between(
    label: NDArray[np.bool_], gap: Hole, spacing_ji_mm: tuple[float, float]
) -> Iterator[tuple[int, Plane]]:
    """The label on each slice of a hole."""
    below, above = gap.first - 1, gap.last + 1
    low, high = label[below], label[above]
    box = _box(low | high)
    deep = [_signed_mm(plane[box], spacing_ji_mm) for plane in (low, high)]
    for k in range(gap.first, gap.last + 1):
        share = (k - below) / (above - below)
        plane = np.zeros_like(low)
        plane[box] = _innermost(
            (1 - share) * deep[0] + share * deep[1],
            round((1 - share) * gap.below + share * gap.above),
            _OUTSIDE_PIXELS * min(spacing_ji_mm),
        )
        yield k, plane


def _innermost(depth_mm: NDArray[np.float64], count: int, outside_mm: float) -> Plane:
    """The ``count`` deepest pixels, of those at most ``outside_mm`` outside."""
    inside = np.zeros(depth_mm.shape, np.bool_)
    order = np.argsort(-depth_mm, axis=None, kind="stable")[:count]
    inside.ravel()[order] = depth_mm.ravel()[order] >= -outside_mm
    return inside


def _signed_mm(plane: Plane, spacing_ji_mm: tuple[float, float]) -> NDArray[np.float64]:
    """Distance to the outline, positive inside."""
    inside = ndimage.distance_transform_edt(plane, sampling=spacing_ji_mm)
    outside = ndimage.distance_transform_edt(~plane, sampling=spacing_ji_mm)
    return np.asarray(inside - outside, dtype=np.float64)


def _box(plane: Plane) -> tuple[slice, slice]:
    """The rows and columns around a shape, with a pixel around it where there is one."""
    rows, columns = (np.flatnonzero(plane.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(int(rows[0]) - 1, 0), int(rows[-1]) + 2),
        slice(max(int(columns[0]) - 1, 0), int(columns[-1]) + 2),
    )
