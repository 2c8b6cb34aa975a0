"""The way of classic morphometry software: a region drawn by the user, and HU windows in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GridMismatchError, InputError
from myotome.nouns.volume import Volume
from myotome.tables.tissues import BY_KEY as WINDOWS
from myotome.tables.tissues import Window

CLASSIC = ("muscle", "intermuscular_fat", "visceral_fat", "subcutaneous_fat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholded:
    """One region and window on one slice, or in all slices together (``z_mm`` None).

    ``area_cm2`` is that of the slice, ``volume_ml`` that of all; the other is None. ``mean_hu``
    is None without voxels. The window's bounds are inclusive, in HU.
    """

    region: str
    window: str
    low_hu: int
    high_hu: int
    z_mm: float | None
    area_cm2: float | None
    volume_ml: float | None
    voxels: int
    mean_hu: float | None


def by_threshold(
    volume: Volume,
    mask: NDArray[np.integer] | NDArray[np.bool_],
    *,
    regions: Mapping[int, str] | None = None,
    windows: Sequence[str | Window] = CLASSIC,
) -> tuple[Thresholded, ...]:
    """Area and mean HU of every region, window and marked slice, and volumes over all of them.

    ``mask`` is ``(k, j, i)`` on the volume's grid: 0 outside, other values as named in
    ``regions`` (without it every value is a region of its own). Nothing is smoothed, peeled or
    cleaned, so that the numbers are those of the old workflow. A region's slices without any
    voxel in the window give an area of 0: they were marked and looked at. Refuses a mask of
    another size, an empty one and a window that is no row.
    """
    marks = np.asarray(mask)
    if marks.shape != volume.grid.shape:
        raise GridMismatchError(
            f"the region mask has {marks.shape} voxels, the CT {volume.grid.shape}.",
            mend="Draw it on this CT, or resample it onto the CT's grid first.",
        )
    rows = [_window(w) for w in windows]
    values = [int(v) for v in np.unique(marks) if v]
    names = {v: str(v) for v in values} if regions is None else dict(regions)
    if not set(values) & set(names):
        raise InputError("the region mask marks nothing.", mend="Check the file and its values.")
    out: list[Thresholded] = []
    for value in sorted(set(values) & set(names)):
        for window in rows:
            out += _region(volume, marks == value, names[value], window)
    return tuple(out)


def _window(given: str | Window) -> Window:
    if isinstance(given, Window):
        if given.low_hu > given.high_hu:
            raise InputError("the HU window ends below its beginning.", mend="Swap its bounds.")
        return given
    if given not in WINDOWS:
        raise InputError(
            f'there is no HU window "{given[:40]}".', mend=f"Use one of {', '.join(WINDOWS)}."
        )
    return WINDOWS[given]


def _region(
    volume: Volume, region: NDArray[np.bool_], name: str, window: Window
) -> list[Thresholded]:
    rows, total, hu_sum = [], 0, 0.0
    for k in np.flatnonzero(region.any(axis=(1, 2))):
        hu = volume.hu[k][region[k]]
        inside = hu[(hu >= window.low_hu) & (hu <= window.high_hu)].astype(np.float64)
        total, hu_sum = total + inside.size, hu_sum + float(inside.sum())
        rows.append(
            _row(
                (name, window, float(volume.grid.slice_z_mm(int(k)))),
                inside.size,
                float(inside.sum()),
                volume,
            )
        )
    return [*rows, _row((name, window, None), total, hu_sum, volume)]


def _row(
    place: tuple[str, Window, float | None], count: int, hu_sum: float, volume: Volume
) -> Thresholded:
    name, window, z_mm = place
    return Thresholded(
        region=name,
        window=window.key,
        low_hu=window.low_hu,
        high_hu=window.high_hu,
        z_mm=z_mm,
        area_cm2=None if z_mm is None else count * volume.grid.pixel_cm2,
        volume_ml=count * volume.grid.voxel_ml if z_mm is None else None,
        voxels=count,
        mean_hu=hu_sum / count if count else None,
    )
