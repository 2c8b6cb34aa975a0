"""Masks and labels of one slice that spread to their neighbours, pixel by pixel."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Bool = NDArray[np.bool_]
Plane = TypeVar("Plane", NDArray[np.bool_], NDArray[np.uint8])


def along(plane: Plane, axis: int) -> Plane:
    """The largest value of each pixel and its two neighbours along one axis."""
    out = plane.copy()
    to, of = np.moveaxis(out, axis, 0), np.moveaxis(plane, axis, 0)
    np.maximum(to[1:], of[:-1], out=to[1:])
    np.maximum(to[:-1], of[1:], out=to[:-1])
    return out


def around(plane: Plane) -> Plane:
    """The largest value of each pixel and its eight neighbours."""
    return along(along(plane, 0), 1)


def reached(start: Bool, through: Bool, steps: int) -> Bool:
    """Pixels of ``through`` that a path of at most ``steps`` of them joins to ``start``."""
    seen = start
    for _ in range(steps):
        seen = seen | (around(seen) & through)
    return np.asarray(seen & through & ~start)
