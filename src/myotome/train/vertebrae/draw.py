"""Other spines from the same scan: shifted, cropped, stretched, thickly sliced, noisy.

Everything is drawn from one generator, so the same seed and step give the same sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.locate.bodies.straight import DEEP, STEP_MM, WIDE, images, scaled
from myotome.train.vertebrae.points import SpineCase, Vertebra
from myotome.train.vertebrae.reshape import blinded, recounted, slanted
from myotome.train.vertebrae.targets import Targets, targets_of

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]

_SHIFT_PX = ((1.5, 1.0), (1.7, 1.2))  # across, front to back: (along the spine, as a whole)
_SWING_MM = 80.0
_SHORTEST_ROWS, _LEAST_SHARE = 35, 0.35
_STRETCH, _LATERAL = 0.09, 0.06
_BONE_HU, _BONE_GAIN, _OFFSET_HU, _NOISE_HU = 60.0, 0.12, 25.0, 25.0
_THICK_MM = (2.5, 8.0)
_CUT_RIB_MM = 12.0
_RECOUNTED, _SLANTED, _BLINDED = 0.4, 0.6, 0.25
"""Shares of the samples that lose or gain a vertebra, are slanted, and miss a coronal slab."""


def draw(case: SpineCase, rng: np.random.Generator) -> tuple[Float32, Float32, Targets]:
    """One sample: sagittal and coronal images as the network sees them, and their targets."""
    hu = case.straight[rng.integers(len(case.straight))].astype(np.float32)
    hu = _shifted(hu, rng)
    z, vertebrae = case.z_mm, case.vertebrae
    if rng.random() < 0.5:
        hu = hu[:, :, ::-1]
        vertebrae = tuple(replace(v, ribs=v.ribs[::-1]) for v in vertebrae)
    if rng.random() < _RECOUNTED:
        hu, z, vertebrae = recounted(hu, z, vertebrae, rng)
    if rng.random() < 0.6:
        hu, z, vertebrae = _cropped(hu, z, vertebrae, rng)
    if rng.random() < _SLANTED:
        hu = slanted(hu, rng)
    sagittal, coronal = images(hu)
    if rng.random() < _BLINDED:
        coronal = blinded(coronal, rng)
    if rng.random() < 0.6:
        sagittal, coronal = _thick((sagittal, coronal), rng)
    (sagittal, coronal), z, vertebrae = _stretched((sagittal, coronal), z, vertebrae, rng)
    factor = float(np.exp(rng.normal(0, _LATERAL)))
    sagittal, coronal = (_widened(shown, factor) for shown in (sagittal, coronal))
    gain, offset = float(np.exp(rng.normal(0, _BONE_GAIN))), float(rng.normal(0, _OFFSET_HU))
    sagittal, coronal = (_toned(shown, gain, offset, rng) for shown in (sagittal, coronal))
    return scaled(sagittal), scaled(coronal), targets_of(z, vertebrae)


def _swing(rng: np.random.Generator, rows: int, size: float, over_mm: float) -> Float:
    """A slow random walk along z, of standard deviation ``size``."""
    knots = max(2, int(rows * STEP_MM / over_mm) + 2)
    at = np.linspace(0, knots - 1, rows)
    return np.asarray(np.interp(at, np.arange(knots), rng.normal(0, size, knots)))


def _shifted(hu: Float32, rng: np.random.Generator) -> Float32:
    """The line led a little beside the bodies, as it may be."""
    rows = len(hu)
    across, behind = (
        np.rint(_swing(rng, rows, along, _SWING_MM) + rng.normal(0, whole)).astype(int)
        for along, whole in _SHIFT_PX
    )
    j = np.clip(np.arange(DEEP)[None] + behind[:, None], 0, DEEP - 1)
    i = np.clip(np.arange(WIDE)[None] + across[:, None], 0, WIDE - 1)
    return np.asarray(hu[np.arange(rows)[:, None, None], j[:, :, None], i[:, None, :]])


def _cropped(
    hu: Float32, z: Float, vertebrae: Sequence[Vertebra], rng: np.random.Generator
) -> tuple[Float32, Float, tuple[Vertebra, ...]]:
    """A part of the scan along z; what it cuts loses the endplate that is out of view."""
    rows = max(_SHORTEST_ROWS, int(len(z) * rng.uniform(_LEAST_SHARE, 1.0)))
    if rows >= len(z):
        return hu, z, tuple(vertebrae)
    start = int(rng.integers(0, len(z) - rows + 1))
    kept = z[start : start + rows]
    return hu[start : start + rows], kept, _seen(vertebrae, float(kept[0]), float(kept[-1]))


def _seen(vertebrae: Sequence[Vertebra], low: float, high: float) -> tuple[Vertebra, ...]:
    out = []
    for vertebra in vertebrae:
        bottom, top = vertebra.ends_mm
        if top < low or bottom > high:
            continue
        seen = vertebra
        if seen.inferior_z_mm is not None and seen.inferior_z_mm < low:
            ribs = seen.ribs if top - low >= _CUT_RIB_MM else (None, None)
            seen = replace(seen, inferior_z_mm=None, whole=False, ribs=ribs)
        if seen.superior_z_mm is not None and seen.superior_z_mm > high:
            seen = replace(seen, superior_z_mm=None, whole=False, ribs=(None, None))
        out.append(seen)
    return tuple(out)


def _thick(shown: Sequence[Float32], rng: np.random.Generator) -> list[Float32]:
    """As slices of 2.5 to 8 mm would show it: averaged, then drawn between their middles."""
    rows = round(rng.uniform(*_THICK_MM) / STEP_MM)
    first = int(rng.integers(0, rows)) if rows > 1 else 0
    count = shown[0].shape[1]
    at = np.arange(first, count, max(rows, 1))
    if rows < 2 or len(at) < 3:
        return [*shown]
    place = np.interp(np.arange(count), at, np.arange(len(at)))
    return [
        _between(ndimage.uniform_filter1d(one, rows, axis=1, mode="nearest")[:, at], place)
        for one in shown
    ]


def _between(shown: Float32, place: Float, axis: int = 1) -> Float32:
    """Rows (or columns) at fractional places, linear between neighbours."""
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, shown.shape[axis] - 1)
    shape = [1, 1, 1]
    shape[axis] = -1
    part = (place - low).reshape(shape).astype(np.float32)
    return np.asarray(
        shown.take(low, axis=axis) * (1 - part) + shown.take(high, axis=axis) * part,
        dtype=np.float32,
    )


def _stretched(
    shown: Sequence[Float32], z: Float, vertebrae: Sequence[Vertebra], rng: np.random.Generator
) -> tuple[list[Float32], Float, tuple[Vertebra, ...]]:
    """A taller or smaller body, sometimes with vertebrae of other heights."""
    size = float(np.exp(rng.normal(0, _STRETCH)))
    rows = round(len(z) * size)
    place = np.arange(rows) / size
    if rng.random() < 0.5:
        place = place + _swing(rng, rows, 1.0, 60.0)
    place = np.clip(place, 0, len(z) - 1)
    new = z[0] + STEP_MM * np.arange(rows)
    steady = np.maximum.accumulate(place + 1e-6 * np.arange(rows))

    def moved(at: float | None) -> float | None:
        return None if at is None else float(np.interp((at - z[0]) / STEP_MM, steady, new))

    there = tuple(
        replace(
            v,
            centre_mm=(*v.centre_mm[:2], moved(v.centre_mm[2]) or 0.0),
            superior_z_mm=moved(v.superior_z_mm),
            inferior_z_mm=moved(v.inferior_z_mm),
        )
        for v in vertebrae
    )
    return [_between(one, place) for one in shown], new, there


def _widened(shown: Float32, factor: float) -> Float32:
    columns = shown.shape[2]
    middle = (columns - 1) / 2
    place = np.clip((np.arange(columns) - middle) / factor + middle, 0, columns - 1)
    return _between(shown, place, axis=2)


def _toned(shown: Float32, gain: float, offset: float, rng: np.random.Generator) -> Float32:
    """Bone denser or thinner, all values off, and noise."""
    bone = np.where(shown > _BONE_HU, _BONE_HU + (shown - _BONE_HU) * gain, shown) + offset
    noisy = bone + rng.normal(0, rng.uniform(0, _NOISE_HU), shown.shape)
    return np.asarray(noisy, dtype=np.float32)
