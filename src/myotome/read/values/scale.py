"""The HU scale by what must be there: air around the body, and fat below the skin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.errors import NotHounsfieldError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.hu_scale import FAT_ALONE_HU, HuScale
from myotome.read.raw import PADDING
from myotome.tables.flags.every import FLAG, raised
from myotome.tables.quantities.tissues import FAT_HU_BY_KVP

Values = NDArray[np.int16]

_USUAL_KVP = 120.0
_MOST_SLICES = 16
_PIXEL_MM = 2.0
"""Slices and pixels of a sample that is as good as the whole for finding two peaks."""
_SOLID_HU = -300
_OPEN_MM, _AWAY_MM, _SKIN_MM, _DEEP_MM = 3.0, 6.0, 4.0, 25.0
"""Cloth and table are opened away; air is this far from the body, fat this deep in it."""
_AIR_RANGE_HU, _FAT_RANGE_HU = (-1024, -300), (-250, 120)
_LEAST_VOXELS = 500
_SPIKE_SHARE, _SPIKE_HEIGHT = 0.05, 5.0
"""A value of so many voxels, so many times its neighbours, was written there, not measured."""
_LEFT_SHARE, _COMPACT_HU, _COMPACT_SHARE = 0.15, 40, 0.5
"""Of the rest, too few or too scattered voxels are no air: cloth, table, the edge of the body."""
_WRITTEN_AIR_HU = -1024
_HIGH_PEAK = 0.2
_HIGHEST_FAT_HU = -10

AIR_GROSS_HU, FAT_GROSS_HU = 50.0, 40.0
"""Further off than this, the values are not HU: the scale of areas and masses is lost."""
AIR_ALONE_HU = 20.0
"""Air further off than this is told, whatever fat says; 20 sound scans had air at -1012 to -988."""


def scale_of(hu: Values, pixel_mm: tuple[float, float], kvp: float | None = None) -> HuScale:
    """The peaks of air and fat of ``hu`` ``(k, j, i)``, canonical, padding still marked.

    ``pixel_mm`` are the sides of a pixel along (j, i). A sample of 16 slices is looked at.
    """
    step = [max(1, round(_PIXEL_MM / side)) for side in pixel_mm]
    chosen = np.unique(np.linspace(0, len(hu) - 1, _MOST_SLICES).round().astype(int))
    side = [s * mm for s, mm in zip(step, pixel_mm, strict=True)]
    outside, shell = [], []
    for plane in hu[chosen][:, :: step[0], :: step[1]]:
        body = _body(plane, side)
        depth = _distance_mm(body, side)
        away = _distance_mm(~body, side)
        outside.append(plane[(away > _AWAY_MM) & (plane != PADDING)])
        shell.append(plane[(depth > _SKIN_MM) & (depth < _DEEP_MM)])
    return HuScale(
        air_hu=_air(np.concatenate(outside)),
        fat_hu=_fat(np.concatenate(shell)),
        fat_expected_hu=fat_hu_at(kvp),
    )


def fat_hu_at(kvp: float | None) -> float:
    """The HU of subcutaneous fat at a tube voltage; at 120 kV if it is not known.

    >>> fat_hu_at(90), fat_hu_at(None)
    (-109.0, -100.0)
    """
    voltages, values = zip(*FAT_HU_BY_KVP, strict=True)
    return float(np.interp(kvp or _USUAL_KVP, voltages, values))


def _body(plane: Values, side: list[float]) -> NDArray[np.bool_]:
    solid = ndimage.binary_opening(
        plane > _SOLID_HU, iterations=max(1, round(_OPEN_MM / min(side)))
    )
    return np.asarray(ndimage.binary_fill_holes(solid), dtype=bool)


def _distance_mm(mask: NDArray[np.bool_], side: list[float]) -> NDArray[np.float64]:
    """Distance of every pixel of ``mask`` from its end; the image goes on beyond its edge."""
    if mask.all():
        return np.full(mask.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(mask, sampling=side))


def _counts(values: Values, within: tuple[int, int]) -> NDArray[np.float64]:
    low, high = within
    inside = values[(values >= low) & (values <= high)].astype(np.int64) - low
    return np.bincount(inside, minlength=high - low + 1).astype(float)


def _air(values: Values) -> float | None:
    """The peak of air as it was measured; values that a program wrote there do not count."""
    low = _AIR_RANGE_HU[0]
    counts = _counts(values, _AIR_RANGE_HU)
    total = float(counts.sum())
    if total < _LEAST_VOXELS:
        return None
    around = (ndimage.uniform_filter1d(counts, 11, mode="constant") * 11 - counts) / 10
    spikes = (counts > _SPIKE_SHARE * total) & (counts > _SPIKE_HEIGHT * around)
    left = np.where(spikes, 0.0, counts)
    peak = int(ndimage.gaussian_filter1d(left, 3, mode="constant").argmax())
    near = left[max(0, peak - _COMPACT_HU) : peak + _COMPACT_HU].sum()
    measured = left.sum() >= max(_LEAST_VOXELS, _LEFT_SHARE * total)
    if measured and near >= _COMPACT_SHARE * left.sum():
        return float(peak + low)
    written = int(np.where(spikes, counts, 0.0).argmax()) + low
    # scanners and programs write the lowest value where nothing was measured: that tells nothing
    return None if not spikes.any() or written <= _WRITTEN_AIR_HU + 1 else float(written)


def _fat(values: Values) -> float | None:
    """The lowest of the peaks of fat and muscle; None where there is no fat to see."""
    low = _FAT_RANGE_HU[0]
    counts = _counts(values, _FAT_RANGE_HU)
    if counts.sum() < _LEAST_VOXELS:
        return None
    smooth = np.pad(ndimage.gaussian_filter1d(counts, 6, mode="constant"), 1)
    rising, falling = smooth[1:-1] >= smooth[:-2], smooth[1:-1] > smooth[2:]
    tops = np.flatnonzero(rising & falling & (smooth[1:-1] > _HIGH_PEAK * smooth.max()))
    first = float(tops[0] + low) if len(tops) else np.inf
    return first if first <= _HIGHEST_FAT_HU else None


def judged(scale: HuScale, name: str) -> tuple[Flag, ...]:
    """A flag where the scale is a little off. Refuses (NotHounsfieldError) a gross difference."""
    air, fat = scale.air_off_hu, scale.fat_off_hu
    told = _told(scale)
    if abs(air or 0.0) > AIR_GROSS_HU or abs(fat or 0.0) > FAT_GROSS_HU:
        raise NotHounsfieldError(
            f"{name} has a wrong scale of values: {told}.",
            why="A rescale was lost or changed, or these are not plain CT values; every HU window "
            "would take other voxels.",
            mend="Export the CT again from the archive, in Hounsfield units.",
        )
    apart = abs(air or 0.0) > AIR_ALONE_HU or abs(fat or 0.0) > FAT_ALONE_HU
    return (raised(FLAG["hu_scale"], told),) if apart or scale.together else ()


def _told(scale: HuScale) -> str:
    said = []
    if scale.air_hu is not None:
        said.append(f"air outside the body is at {scale.air_hu:.0f} HU instead of -1000")
    if scale.fat_hu is not None:
        said.append(
            f"subcutaneous fat at {scale.fat_hu:.0f} HU instead of {scale.fat_expected_hu:.0f}"
        )
    return ", ".join(said)
