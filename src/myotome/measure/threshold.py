"""The way of classic morphometry software: a region drawn by the user, and HU windows in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GridMismatchError, InputError
from myotome.nouns.numbers.hu_counts import Beside, Thresholded
from myotome.nouns.numbers.measurement import SliceArea
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLE
from myotome.tables.quantities.hu_windows import WINDOW, Window
from myotome.tables.quantities.tissues import AIR_REACH_MM, TISSUE

CLASSIC = ("muscle", "intermuscular_fat", "visceral_fat", "subcutaneous_fat")


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
    if given not in WINDOW:
        raise InputError(
            f'there is no HU window "{given[:40]}".', mend=f"Use one of {', '.join(WINDOW)}."
        )
    return WINDOW[given]


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


WHOLE_MASK = "all voxels of the mask"
_REGIONS = frozenset(c.key for c in COMPARTMENTS)
_FAT_HU = -30
"""Windows that end here or below hold fat, which is not counted next to air."""


def beside(
    rows: Sequence[Thresholded],
    areas: Iterable[SliceArea],
    windows: Mapping[str, tuple[int, int]],
    *,
    step_mm: float,
) -> tuple[Beside, ...]:
    """Each row of a slice with Myotome's area of the same tissue (or muscle) there.

    ``areas`` are Myotome's, ``windows`` the HU bounds that it used per tissue. A region named
    like a tissue, compartment or muscle is compared with that; any other only if there is one
    region and one window, by its bounds. Tissues are compared only within the same bounds. The
    slice is the nearest, at most half of ``step_mm`` away.
    """
    ours: dict[str, dict[float, float]] = {}
    for area in areas:
        side = f"_{area.side}" if area.side in ("left", "right") else ""
        ours.setdefault(area.structure + side, {})[area.z_mm] = area.area_cm2
    lone = len({(row.region, row.window) for row in rows}) == 1
    return tuple(
        _beside(row, ours, windows, (lone, step_mm)) for row in rows if row.z_mm is not None
    )


def _beside(
    row: Thresholded,
    ours: Mapping[str, Mapping[float, float]],
    windows: Mapping[str, tuple[int, int]],
    how: tuple[bool, float],
) -> Beside:
    lone, step_mm = how
    structure, reason = _counterpart(row, windows, lone=lone)
    if reason or row.z_mm is None:
        return Beside(row=row, reason=reason)
    definition, at = _definition(windows.get(structure)), row.z_mm
    z = min(ours.get(structure, ()), key=lambda z: abs(z - at), default=None)
    if z is None or abs(z - at) > step_mm / 2 + 0.05:
        return Beside(
            row=row,
            structure=structure,
            definition=definition,
            reason="Myotome has no area of it on this slice",
        )
    return Beside(
        row=row, structure=structure, definition=definition, z_mm=z, area_cm2=ours[structure][z]
    )


def _definition(bounds: tuple[int, int] | None) -> str:
    if bounds is None:
        return WHOLE_MASK
    words = f"{bounds[0]}..{bounds[1]} HU"
    return words if bounds[1] > _FAT_HU else f"{words}, none within {AIR_REACH_MM:g} mm of air"


def _counterpart(
    row: Thresholded, windows: Mapping[str, tuple[int, int]], *, lone: bool
) -> tuple[str, str]:
    """(what of Myotome's a row is compared with, or "" and the reason)."""
    if row.region in MUSCLE:
        return row.region, ""
    same = [key for key, bounds in windows.items() if bounds == (row.low_hu, row.high_hu)]
    if row.window in WINDOW:  # of windows with equal bounds, the one that was asked for
        same = [key for key in same if row.window.startswith(TISSUE[key].window)]
    if row.region in TISSUE:
        same = [key for key in same if key == row.region]
    elif row.region in _REGIONS:
        same = [key for key in same if TISSUE[key].region == row.region]
    elif not lone:
        return "", "the region's name says nothing: name it (--name VALUE=skeletal_muscle)"
    if len(same) == 1:
        return same[0], ""
    if same:
        return "", f"it could be {' or '.join(same)}: name the region"
    return "", "Myotome counts nothing within these bounds there"
