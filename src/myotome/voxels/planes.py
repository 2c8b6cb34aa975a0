"""Labels seen on the planes of another grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.space.grid import Grid

Labels = NDArray[np.uint8]
_STRAIGHT = 0.25
"""Axes that drift apart by less, in voxels over a whole grid, are taken as parallel."""


def planes_on(source: Grid, labels: Labels, grid: Grid) -> Iterator[Labels]:
    """``labels`` (on ``grid``) at the nearest voxel for every plane of ``source``, in its order.

    Yields uint8 ``(j, i)`` planes of ``source`` along its first array axis. Exact where the
    grids differ by order and direction of the axes only; 0 outside ``grid``. Rotated or sheared
    grids (gantry tilt) are followed voxel by voxel.
    """
    main, steps, origin = _mapping(source, grid)
    aside = steps.copy()
    aside[main, range(3)] = 0.0
    drift = np.abs(aside) @ np.asarray(source.shape)
    if sorted(main) == [0, 1, 2] and drift.max() < _STRAIGHT:
        yield from _separable(labels, source, (main, steps, origin))
    else:
        yield from _general(labels, source, steps, origin)


def slices_on(source: Grid, grid: Grid) -> tuple[int, NDArray[np.intp]]:
    """The array axis of ``source`` that slices follow one another on, and theirs of ``grid``.

    For each slice of ``source`` the slice ``k`` of ``grid`` that :func:`planes_on` takes its
    labels from, -1 outside. On a rotated or sheared grid that of the slice's middle.
    """
    main, steps, origin = _mapping(source, grid)
    axis = int(np.flatnonzero(main == 0)[0])
    aside = steps[0] * (np.asarray(source.shape) - 1) / 2
    aside[axis] = 0.0
    if np.abs(aside).max() < _STRAIGHT:
        aside[:] = 0.0
    place = origin[0] + aside.sum() + steps[0, axis] * np.arange(source.shape[axis])
    index, inside = _nearest(place, grid.shape[0])
    return axis, np.where(inside, index, -1)


def _mapping(source: Grid, grid: Grid) -> tuple[Any, Any, Any]:
    """(k, j, i) of source -> (k, j, i) of grid: the main axes, steps and origin of the indices.

    index = steps @ kji + origin.
    """
    origin = grid.to_index(source.to_lps_mm((0, 0, 0)))
    steps = np.stack([grid.to_index(source.to_lps_mm(unit)) - origin for unit in np.eye(3)], axis=1)
    return np.abs(steps).argmax(axis=0), steps, origin


def _separable(labels: Labels, source: Grid, mapping: tuple[Any, Any, Any]) -> Iterator[Labels]:
    main, steps, origin = mapping
    picks: list[NDArray[np.intp]] = []
    insides: list[NDArray[np.bool_]] = []
    for axis in range(3):
        place = origin[main[axis]] + steps[main[axis], axis] * np.arange(source.shape[axis])
        index, inside = _nearest(place, labels.shape[main[axis]])
        picks.append(index)
        insides.append(inside)
    turned = labels.transpose(main)
    whole = insides[1].all() and insides[2].all()
    rows, columns = _as_slice(picks[1]), _as_slice(picks[2])
    for k, inside in zip(picks[0], insides[0], strict=True):
        if not inside:
            yield np.zeros(source.shape[1:], dtype=np.uint8)
            continue
        plane = turned[k][rows][:, columns]
        if not whole:
            plane = np.where(insides[1][:, None] & insides[2][None, :], plane, np.uint8(0))
        yield plane


def _general(labels: Labels, source: Grid, steps: Any, origin: Any) -> Iterator[Labels]:
    j, i = np.meshgrid(np.arange(source.shape[1]), np.arange(source.shape[2]), indexing="ij")
    within = steps[:, 1, None, None] * j + steps[:, 2, None, None] * i + origin[:, None, None]
    for k in range(source.shape[0]):
        at = within + steps[:, 0, None, None] * k
        pairs = [_nearest(at[axis], labels.shape[axis]) for axis in range(3)]
        inside = pairs[0][1] & pairs[1][1] & pairs[2][1]
        yield np.where(inside, labels[pairs[0][0], pairs[1][0], pairs[2][0]], np.uint8(0))


def _nearest(place: Any, count: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    # Ties (a thin slice exactly between two thick ones) always go the same way, not to even.
    index = np.floor(place + 0.5 - 1e-6).astype(np.intp)
    return np.clip(index, 0, count - 1), (index >= 0) & (index < count)


def _as_slice(index: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """A slice (a view, fast) where the index runs through without gaps; else the index."""
    count = len(index)
    if np.array_equal(index, np.arange(count) + index[0]):
        return slice(int(index[0]), int(index[0]) + count)
    if index[-1] == 0 and np.array_equal(index, np.arange(count)[::-1]):
        return slice(count - 1, None, -1)
    return index
