"""Segments of any format painted onto one map, and how overlapping ones are told."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.errors import InputError, TooLargeError
from myotome.nouns.space.grid import Grid, reorder
from myotome.nouns.space.label_map import MAX_VALUE, LabelMap, Values
from myotome.read.bounded.room import require_room

MAX_VOXELS = 1 << 30
"""More voxels than this (4,096 slices of 512 x 512) are taken for a hostile header."""


class Sheet:
    """Segments painted one after another onto one map; two on the same voxel are refused."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        require_room(2 * float(np.prod(shape, dtype=np.float64)), "the label map")
        self.labels: Values = np.zeros(shape, np.uint16)
        self.names: dict[str, int] = {}
        self._words: dict[int, str] = {}

    def name(self, name: str, value: int) -> None:
        """Announce a segment. Refuses a name or a value that another segment has."""
        if name in self.names:
            raise InputError(
                f'two segments are called "{name}".',
                why="It cannot be told which one is meant.",
                mend="Rename one of them.",
            )
        if value in self._words or not 0 < value <= MAX_VALUE:
            raise InputError(
                f'segment "{name}" has the value {value}.',
                why=f"Values are whole, from 1 to {MAX_VALUE}, and differ between segments.",
            )
        self.names[name] = value
        self._words[value] = name

    def paint(self, value: int, at: Any, mask: NDArray[np.bool_]) -> None:
        """Give ``labels[at][mask]`` the announced ``value``; ``at`` selects whole planes."""
        view = self.labels[at]
        there = view[mask]
        other = there[(there != 0) & (there != value)]
        if other.size:
            names = f'"{self._words[int(other[0])]}" and "{self._words[value]}"'
            raise InputError(
                f"the segments {names} overlap in {other.size} voxels.",
                why="A voxel can be of one muscle only.",
                mend="Remove the overlap, or map one of the two to ignore.",
            )
        view[mask] = value


def canonical(
    labels: Values, grid: Grid, form: str, names: Mapping[str, int], lost: int = 0
) -> LabelMap:
    """A :class:`LabelMap` from labels in the order of any ``grid``."""
    return LabelMap(
        labels=np.ascontiguousarray(reorder(labels, grid)),
        grid=grid.canonical(),
        format=form,
        names=MappingProxyType(dict(names)),
        lost=lost,
    )


def whole_numbers(values: NDArray[Any]) -> Values:
    """``values`` as uint16. Refuses fractions, NaN, negative and huge values."""
    why = "A label map holds whole numbers from 0 on, one per structure."
    if values.dtype.kind not in "biuf":
        raise InputError(f"the label map holds values of type {values.dtype}.", why=why)
    if not values.size:
        raise InputError("the label map holds no voxels.")
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)) or low < 0 or high > MAX_VALUE:
        raise InputError(f"the label map holds values from {low:g} to {high:g}.", why=why)
    whole = values.astype(np.uint16)
    if values.dtype.kind == "f" and not np.array_equal(whole, values):
        raise InputError(
            "the label map holds fractions.",
            why=why,
            mend="Resample it with nearest neighbours, or take the map before probabilities.",
        )
    return whole


def require_size(shape: tuple[int, ...], what: str) -> None:
    """Refuse a header that announces no voxels or more than can be meant."""
    if not shape or min(shape) < 1 or np.prod(shape, dtype=np.float64) > MAX_VOXELS:
        size = " x ".join(map(str, shape))
        raise TooLargeError(
            f"{what} announces {size} voxels.",
            why="That is nothing, or more than any CT has.",
            mend="Save it again with the program that made it.",
        )
