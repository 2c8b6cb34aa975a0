"""A mask of one slice as closed polygons, without losing or gaining a pixel.

Polygons run half-way between the centres of inner and outer pixels (marching squares), so that
whoever fills them by pixel centres gets the mask back. Holes are joined to their surroundings by
a channel of no width, the keyhole of PS3.3 C.8.8.6.3: every reader understands that, while
nested contours mean a hole to some and nothing to others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


def outlines(mask: NDArray[np.bool_]) -> list[Float]:
    """Polygons of a mask ``(j, i)``: ``(n, 2)`` points as fractional (j, i), not closed twice.

    One per connected part (of a saddle, contourpy decides), with its holes.
    """
    from contourpy import FillType, contour_generator

    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return []
    part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    generator = contour_generator(
        z=np.pad(part.astype(np.float64), 1), name="serial", fill_type=FillType.OuterOffset
    )
    filled: Any = generator.filled(0.5, 2.0)
    corner = np.array([rows[0] - 1.0, columns[0] - 1.0])
    made = []
    for points, ends in zip(*filled, strict=True):
        rings = [
            _corners(np.asarray(points)[start : stop - 1, ::-1] + corner)
            for start, stop in pairwise(ends)
        ]
        made.append(keyholed(rings[0], rings[1:]))
    return made


def _corners(ring: Float) -> Float:
    """The ring without points in the middle of a straight run. Halves are exact in floats."""
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return np.asarray(ring[turn != 0])


def keyholed(outer: Float, holes: Sequence[Float]) -> Float:
    """``outer`` with ``holes`` cut in, as one polygon.

    Every channel runs along a row of pixel borders, where no pixel has its centre, from the
    hole's first topmost point to whatever lies left of it. Holes higher up come first, so that
    a channel that ends at another hole ends at a part of the polygon.
    """
    for ring in sorted((_from_top(hole) for hole in holes), key=lambda r: (r[0, 0], r[0, 1])):
        edge, column = _left_of(outer, ring[0])
        door = np.array([[ring[0, 0], column]])
        outer = np.concatenate([outer[: edge + 1], door, ring, ring[:1], door, outer[edge + 1 :]])
    return outer


def _from_top(ring: Float) -> Float:
    """The ring from its topmost point on, of several the leftmost."""
    return np.roll(ring, -int(np.lexsort((ring[:, 1], ring[:, 0]))[0]), axis=0)


def _left_of(polygon: Float, point: Float) -> tuple[int, float]:
    """The edge that a ray from ``point`` to the left meets first, and its column there."""
    y0, x0 = polygon.T
    y1, x1 = np.roll(polygon, -1, axis=0).T
    crossing = np.flatnonzero(
        (y0 != y1) & (np.minimum(y0, y1) <= point[0]) & (point[0] <= np.maximum(y0, y1))
    )
    share = (point[0] - y0[crossing]) / (y1 - y0)[crossing]
    columns = x0[crossing] + share * (x1 - x0)[crossing]
    columns[columns >= point[1]] = -np.inf
    best = int(np.argmax(columns))
    return int(crossing[best]), float(columns[best])
