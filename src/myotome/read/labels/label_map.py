"""A label map of any format, how overlapping segments are told, and its place on a CT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError, GridMismatchError, InputError
from myotome.nouns.space.grid import Grid, reorder

MAX_VALUE = 65535
MAX_VOXELS = 1 << 30
"""More voxels than this (4,096 slices of 512 x 512) are taken for a hostile header."""
ALIGNED_MM = 0.1
"""How far a voxel of the map may lie from the CT's voxel that it is taken for."""

Values = NDArray[np.uint16]
Keep = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelMap:
    """The labels of one file: uint16 ``(k, j, i)`` in canonical order, read-only, 0 = none.

    ``grid`` is canonical. ``names`` maps the name of every segment to its value and is empty
    for formats without names; a segment may be named and hold no voxel. ``format`` is "nifti",
    "nrrd", "slicer", "dicom_seg", "rtstruct" or "folder". ``lost`` counts the contours that lie
    on slices outside the CT (only formats that are drawn onto the CT's grid).
    """

    labels: Values
    grid: Grid
    format: str
    names: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    lost: int = 0

    def __post_init__(self) -> None:
        if self.labels.shape != self.grid.shape or not self.grid.is_canonical:
            raise GeometryError("a label map must fill its grid, in canonical order")
        self.labels.flags.writeable = False

    def values(self) -> tuple[int, ...]:
        """The values above 0 that occur, ascending."""
        seen = np.zeros(MAX_VALUE + 1, np.bool_)
        for plane in self.labels:
            seen[plane] = True
        return tuple(int(v) for v in np.flatnonzero(seen) if v)


class Sheet:
    """Segments painted one after another onto one map; two on the same voxel are refused."""

    def __init__(self, shape: tuple[int, ...]) -> None:
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


def everything(name: str) -> bool:  # noqa: ARG001 - the form of a Keep
    """Keep every segment."""
    return True


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
        raise InputError(
            f"{what} announces {size} voxels.",
            why="That is nothing, or more than any CT has.",
            mend="Save it again with the program that made it.",
        )


def place(found: LabelMap, ct: Grid) -> tuple[Values, int]:
    """``found`` on the CT's grid, and how many labelled voxels (contours) fall outside it.

    A map that covers another part of the CT's own lattice (cropped, larger, flipped or with
    axes in another order) is moved by whole voxels; what it does not cover gets 0. Refuses
    (GridMismatchError) any other grid, since resampling would move the edges of muscles.
    """
    shift = _whole_shift(found.grid, ct)
    theirs, ours = [], []
    for offset, n_map, n_ct in zip(shift, found.grid.shape, ct.shape, strict=True):
        low, high = max(0, -offset), min(n_map, n_ct - offset)
        if low >= high:
            raise GridMismatchError(
                "the labels lie wholly outside the CT.", mend="Check that both belong together."
            )
        theirs.append(slice(low, high))
        ours.append(slice(low + offset, high + offset))
    out = np.zeros(ct.shape, np.uint16)
    inside = found.labels[tuple(theirs)]
    out[tuple(ours)] = inside
    lost = 0
    if inside.shape != found.labels.shape:
        lost = int(np.count_nonzero(found.labels)) - int(np.count_nonzero(inside))
    return out, lost + found.lost


def _whole_shift(grid: Grid, ct: Grid) -> tuple[int, int, int]:
    """Index (k, j, i) in the CT of the map's first voxel, if the lattices are the same."""
    last = np.array(grid.shape) - 1
    corners = np.array([[k, j, i] for k in (0, 1) for j in (0, 1) for i in (0, 1)]) * last
    at = ct.to_index(grid.to_lps_mm(corners)) - corners
    shift = np.rint(at[0])
    gap_mm = np.abs((at - shift) * np.array(ct.spacing_mm)).max()
    if gap_mm > ALIGNED_MM:
        raise GridMismatchError(
            f"the labels are on another grid ({_told(grid)}) than the CT ({_told(ct)}): "
            f"voxels lie up to {gap_mm:.2g} mm beside the CT's.",
            why="Resampling would move the edges of muscles.",
            mend="Draw them on this CT, or resample them onto the CT's grid yourself.",
        )
    return int(shift[0]), int(shift[1]), int(shift[2])


def _told(grid: Grid) -> str:
    size = " x ".join(map(str, grid.shape))
    return f"{size} voxels of " + " x ".join(f"{v:.4g}" for v in grid.spacing_mm) + " mm"
