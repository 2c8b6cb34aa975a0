"""Connected pieces of a plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.unsignedinteger[Any]]


def largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest piece of a plane (4 neighbours); nothing stays nothing."""
    marks, count = pieces_of(mask)
    if count < 2:
        return mask
    return np.asarray(marks == 1 + sizes_of(marks, count)[1:].argmax())


def pieces_of(mask: NDArray[np.bool_]) -> tuple[Marks, int]:
    """(marks of the pieces from 1, 0 elsewhere; how many pieces)."""
    import cc3d

    marks, count = cc3d.connected_components(
        np.ascontiguousarray(mask).view(np.uint8), connectivity=4, return_N=True
    )
    return marks, int(count)


def sizes_of(marks: Marks, count: int) -> NDArray[np.int64]:
    """Pixels of each mark; slower than finding the pieces, so only where there are several."""
    return np.bincount(marks.ravel(), minlength=count + 1).astype(np.int64)


def box_of(mask: NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """The rows and columns that hold all of a mask; None for an empty one."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
