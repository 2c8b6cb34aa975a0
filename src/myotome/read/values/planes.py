"""Single slices whose values do not fit their neighbours', whatever their headers say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.read.raw import PADDING

Values = NDArray[np.int16]

_SIDE = 128
"""Slices are looked at with about so many pixels along each side."""
_NEIGHBOURS = 7
_LEAST_SLICES = 7
_AIR_HU = -700
_COMMON_SHARE, _MAINLY_SHARE = 0.9, 0.6
_LEAST_PIXELS = 100
_FAT_HU = (-180, -30)
_LEAST_FAT = 300
_SHOWN_HU = (-400, 300)
_SOFT_HU = (-150, 250)
_LONGEST_RUN = 3

NOISIER_HU, NOISIER, NOISIER_THAN_MOST = 8.0, 1.4, 2.2
"""So much more noise, and so many times that of the slices around, or of most slices. In 20 sound
scans it was at most 3 HU more and 1.13 times as much, and 1.73 times that of most."""

SHIFTED_HU = 60.0
"""Air around the body this far from that of the slices around: another rescale. In 20 sound scans
it was at most 12 HU off."""
SHIFTED_STACK_HU = 40.0
"""The same for a longer run of slices, against all; air drifts by 9 HU at most along 20 sound
scans."""
SHIFTED_BOTH_HU = 18.0
"""Air, and fat with it, to the same side."""
UNLIKE = 1.35
"""How much more a slice differs from both neighbours than these from each other. At most 0.85 in
20 sound scans, and 1 where there is nothing but noise."""
FOREIGN = 4.0
"""From here on the slice cannot be of the same scan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OddSlices:
    """Slices by index with the reason: ``wrong`` cannot be measured, ``strange`` are to be told."""

    wrong: Mapping[int, str]
    strange: Mapping[int, str]


def odd_slices(hu: Values) -> OddSlices:
    """Slices of ``hu`` ``(k, j, i)`` with another scale of values or other contents.

    Neighbours must follow each other in space. Up to three odd slices in a row are seen.
    """
    if len(hu) < _LEAST_SLICES:
        return OddSlices(wrong={}, strange={})
    step = [max(1, n // _SIDE) for n in hu.shape[1:]]
    small = np.where(hu[:, :: step[0], :: step[1]] == PADDING, -1024, hu[:, :: step[0], :: step[1]])
    wrong, strange = _shifted(small), dict[int, str]()
    for k, ratio in _unlike(small).items():
        if k in wrong:
            continue
        if ratio >= FOREIGN:
            wrong[k] = "it shows something else than the slices around it"
        else:
            strange[k] = "it differs from the slices around it more than they do from each other"
    for k in _noisy(hu):
        if k not in wrong:
            strange.setdefault(k, "it is far noisier than the slices around it")
    return OddSlices(wrong=wrong, strange=strange)


def _noisy(hu: Values) -> list[int]:
    """Slices noisier than those around them, or than most."""
    noise = np.array([_noise_of(plane) for plane in hu])
    if np.isnan(noise).all():
        return []
    around, most = noise - _off(noise), float(np.nanmedian(noise))
    apart = noise > np.maximum(NOISIER * around, around + NOISIER_HU)
    longer = noise > np.maximum(NOISIER_THAN_MOST * most, most + NOISIER_HU)
    return [int(k) for k in np.flatnonzero(apart | longer)]


def _noise_of(plane: Values) -> float:
    """Noise SD in soft tissue, from next-but-one pixels of every third row; NaN without tissue."""
    rows = plane[::3].astype(np.int32)
    soft = (rows > _SOFT_HU[0]) & (rows < _SOFT_HU[1])
    pairs = soft[:, 2:] & soft[:, :-2] & soft[:, 1:-1]
    gaps = np.abs(rows[:, 2:] - rows[:, :-2])[pairs]
    return float(np.median(gaps) / 0.6745 / np.sqrt(2)) if gaps.size >= _LEAST_PIXELS else np.nan


def _shifted(small: Values) -> dict[int, str]:
    """Slices whose air, or air and fat, lie elsewhere than around them."""
    common = _commonly_air(small)
    air, fat = _off(_air_of(small, common)), _off(_fat_of(small))
    drift = _drift(small, common)
    air = np.where(np.abs(drift) > SHIFTED_STACK_HU, drift, air)
    both = (np.minimum(np.abs(air), np.abs(fat)) > SHIFTED_BOTH_HU) & (air * fat > 0)
    found = np.flatnonzero((np.abs(air) > SHIFTED_HU) | both)
    return {int(k): f"its values are {air[k]:+.0f} HU off those around it" for k in found}


def _off(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each is from the median around it; 0 where it is unknown."""
    if np.isnan(levels).all():
        return np.zeros(len(levels))
    filled = np.where(np.isnan(levels), np.nanmedian(levels), levels)
    usual = ndimage.median_filter(filled, size=_NEIGHBOURS, mode="nearest")
    return np.where(np.isnan(levels), 0.0, levels - usual)


def _commonly_air(small: Values) -> NDArray[np.bool_]:
    """The pixels that are air in almost all slices; in most, as some may have another scale."""
    airy = (small < _AIR_HU).mean(axis=0)
    common = airy > _COMMON_SHARE
    return np.asarray(common if common.sum() >= _LEAST_PIXELS else airy > _MAINLY_SHARE)


def _drift(small: Values, common: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How far each slice's air is from that of all; 0 where it is unknown.

    Written values count here: those that were measured may lie where only wide slices have body.
    """
    if common.sum() < _LEAST_PIXELS:
        return np.zeros(len(small))
    level = np.median(small[:, common], axis=1)
    return np.asarray(level - np.median(level), dtype=np.float64)


def _air_of(small: Values, common: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The median of pixels that are commonly air and were measured there."""
    written = (small == np.median(small, axis=0)).mean(axis=0) > _COMMON_SHARE
    measured = common & ~written
    use = measured if measured.sum() >= _LEAST_PIXELS else common
    if use.sum() < _LEAST_PIXELS:
        return np.full(len(small), np.nan)
    return np.asarray(np.median(small[:, use], axis=1), dtype=np.float64)


def _fat_of(small: Values) -> NDArray[np.float64]:
    low, high = _FAT_HU
    peaks = np.full(len(small), np.nan)
    for k, plane in enumerate(small):
        inside = plane[(plane > low) & (plane < high)].astype(np.int64) - low
        if inside.size >= _LEAST_FAT:
            counts = np.bincount(inside, minlength=high - low).astype(float)
            peaks[k] = low + int(ndimage.gaussian_filter1d(counts, 6).argmax())
    return peaks


def _unlike(small: Values) -> dict[int, float]:
    """How strange the slices are that resemble neither side, where these resemble each other."""
    shown = np.clip(small, *_SHOWN_HU).astype(np.float32)

    def apart(step: int) -> NDArray[np.float64]:
        found = np.abs(shown[step:] - shown[:-step]).mean(axis=(1, 2))
        return np.asarray(found, dtype=np.float64)

    near = apart(1)
    found: dict[int, float] = {}
    for run in range(1, min(_LONGEST_RUN, len(small) - 2) + 1):
        across = np.maximum(apart(run + 1), 1.0)
        before, after = near[: len(across)], near[run : run + len(across)]
        for start in np.flatnonzero(np.minimum(before, after) / across >= UNLIKE):
            ratio = float(min(before[start], after[start]) / across[start])
            for k in range(start + 1, start + 1 + run):
                found[int(k)] = max(ratio, found.get(int(k), 0.0))
    return _ends(near) | found


def _ends(near: NDArray[np.float64]) -> dict[int, float]:
    """The first and the last slice, which have one neighbour."""
    usual = max(float(np.median(near)), 1.0)
    last = len(near)
    ratios = {0: near[0] / max(near[1], usual), last: near[-1] / max(near[-2], usual)}
    return {k: float(r) for k, r in ratios.items() if r >= 2 * UNLIKE}
