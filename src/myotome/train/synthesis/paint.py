"""A CT from labels: HU drawn per tissue, contrast phases, gas, table, noise.

After the idea of SynthSeg (Billot 2023): what the network must not rely on is made random.
The ranges are assumptions from textbook HU values, wide on purpose.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Float32 = NDArray[np.float32]
Rng = np.random.Generator

_BONE_IDS = (*range(25, 51), *range(69, 79), *range(91, 117))
_MUSCLE_IDS = tuple(range(80, 90))
_LUNG_IDS = tuple(range(10, 15))
_BOWEL_IDS = (6, 18, 19, 20)

ORGAN_HU: tuple[tuple[tuple[int, ...], float, float, float], ...] = (
    # ids, unenhanced mean HU, most added by contrast, delay weight of the venous phase
    ((52, 53, 54, 55, 56, 57, 58, 65, 66), 42.0, 300.0, 0.0),
    ((59, 60, 61, 62, 63, 64, 67, 68), 40.0, 150.0, 1.0),
    ((51,), 42.0, 180.0, 0.3),
    ((2, 3), 32.0, 170.0, 0.5),
    ((5,), 55.0, 70.0, 1.0),
    ((1,), 50.0, 100.0, 0.6),
    ((7, 8, 9, 17), 38.0, 70.0, 0.4),
    ((4, 21, 22, 23, 24), 10.0, 25.0, 1.0),
)


def smooth_noise(rng: Rng, shape: tuple[int, ...], cell: float) -> Float32:
    """A unit-variance random field whose blobs are about ``cell`` voxels wide."""
    coarse = tuple(max(2, int(np.ceil(n / cell)) + 1) for n in shape)
    field = rng.standard_normal(coarse).astype(np.float32)
    zoom = [n / c for n, c in zip(shape, coarse, strict=True)]
    out = np.asarray(ndimage.zoom(field, zoom, order=1), dtype=np.float32)
    return out / max(float(out.std()), 1e-3)


def contrast_shift(rng: Rng) -> Float32:
    """(256,) HU added to every id by a random contrast phase (40 % of draws: none)."""
    shift = np.zeros(256, np.float32)
    if rng.random() < 0.4:
        return shift
    venous = rng.random()  # 0 early arterial .. 1 late portal
    strength = rng.uniform(0.3, 1.0)
    for ids, _, most, delay in ORGAN_HU:
        share = (1 - venous) * (1 - delay) + venous * (0.45 + 0.55 * delay)
        shift[list(ids)] = most * strength * share * rng.uniform(0.7, 1.2)
    return shift


def recolour(hu: Float32, fine: NDArray[np.uint8], rng: Rng) -> Float32:
    """A real CT with its organs moved towards another contrast phase, bones and gas changed."""
    present = np.zeros(256, np.float32)
    medians = {ids: _median(hu, fine, ids) for ids, *_ in ORGAN_HU}
    aim = contrast_shift(rng)
    for ids, plain, _, _ in ORGAN_HU:
        seen = medians[ids]
        if seen is not None:
            present[list(ids)] = plain + aim[ids[0]] - seen
    out = hu + present[fine]
    out = np.where(out > 150, 150 + (out - 150) * rng.uniform(0.6, 1.35), out)
    if rng.random() < 0.4:
        out = _fill_bowel(out, fine, rng)
    return np.asarray(out, dtype=np.float32)


def _median(hu: Float32, fine: NDArray[np.uint8], ids: tuple[int, ...]) -> float | None:
    values = hu[np.isin(fine, ids)]
    return float(np.median(values[:: max(1, len(values) // 2000)])) if len(values) > 50 else None


def paint(fine: NDArray[np.uint8], depth_mm: NDArray[np.int8] | None, rng: Rng) -> Float32:
    """HU of every labelled voxel and, with ``depth_mm``, of the whole body around them.

    Without ``depth_mm`` unlabelled voxels are NaN (a real CT shows through).
    """
    table = np.full(256, np.nan, np.float32)
    aim = contrast_shift(rng)
    for ids, plain, _, _ in ORGAN_HU:
        table[list(ids)] = plain + rng.normal(0, 8) + aim[list(ids)]
    muscle = rng.uniform(25, 70)
    table[list(_MUSCLE_IDS)] = muscle + rng.normal(0, 5)
    table[list(_BONE_IDS)] = rng.uniform(110, 320)
    table[list(_LUNG_IDS)] = rng.uniform(-900, -750)
    table[list(_BOWEL_IDS)] = rng.uniform(0, 50)
    table[[15, 79, 90]] = rng.uniform(15, 45)
    table[16] = -950
    table[117] = rng.uniform(80, 180)
    if depth_mm is not None:
        table[0] = 0
    hu = table[fine]
    if depth_mm is not None:
        free = fine == 0
        hu[free] = _between(fine, depth_mm, rng, muscle)[free]
    hu = _cortex(hu, fine, rng)
    return _fill_bowel(hu, fine, rng) if rng.random() < 0.7 else hu


def _between(
    fine: NDArray[np.uint8], depth_mm: NDArray[np.int8], rng: Rng, muscle: float
) -> Float32:
    """Unlabelled voxels: air, skin, subcutaneous fat, wall, visceral fat with soft tissue."""
    shape = fine.shape
    depth = depth_mm.astype(np.float32)
    fat_mm = rng.uniform(4, 45) * (1 + 0.3 * smooth_noise(rng, shape, 40))
    wall_mm = rng.uniform(5, 16)
    fat = rng.uniform(-118, -92)
    soft = smooth_noise(rng, shape, 8) > rng.uniform(-0.6, 1.0)
    inner = np.where(soft, rng.uniform(10, 60), fat)
    streaks = smooth_noise(rng, shape, 4) > rng.uniform(0.6, 2.0)
    wall = np.where(streaks, fat, muscle)
    out = np.where(depth > wall_mm, inner, wall)
    out = np.where(depth <= 0, fat, out)
    out = np.where(depth < -fat_mm, rng.uniform(-20, 60), out)
    out = np.where(depth < -fat_mm - 2.5, -1000.0, out)
    spine = (fine >= 25) & (fine <= 50)
    disc = ndimage.uniform_filter(spine[::2, ::2, ::2].astype(np.float32), 5) > 0.3
    disc = disc.repeat(2, 0).repeat(2, 1).repeat(2, 2)[: shape[0], : shape[1], : shape[2]]
    return np.asarray(np.where(disc & (depth > 0), rng.uniform(40, 110), out), dtype=np.float32)


def _cortex(hu: Float32, fine: NDArray[np.uint8], rng: Rng) -> Float32:
    """Bones get a brighter shell (one voxel) and a spongy texture inside."""
    bone = np.isin(fine, _BONE_IDS)
    changes = np.zeros_like(bone)
    for axis in range(3):
        step = np.diff(fine, axis=axis) != 0
        low = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        high = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        changes[low] |= step
        changes[high] |= step
    hu[bone & changes] += rng.uniform(60, 350)
    hu[bone] += (rng.uniform(5, 40) * smooth_noise(rng, fine.shape, 3))[bone]
    return hu


def _fill_bowel(hu: Float32, fine: NDArray[np.uint8], rng: Rng) -> Float32:
    """Gas, stool or positive oral contrast in the bowel."""
    bowel = np.isin(fine, _BOWEL_IDS)
    field = smooth_noise(rng, fine.shape, 10)
    gas = bowel & (field > rng.uniform(-0.3, 1.5))
    bright = bowel & (field < rng.uniform(-3.5, -0.8))
    hu = np.where(gas, rng.uniform(-990, -700), hu)
    return np.asarray(np.where(bright, rng.uniform(80, 500), hu), dtype=np.float32)


def head(rng: Rng, shape: tuple[int, int, int]) -> Float32:
    """A head without a spine: skull shell, brain, skin; so that "nothing here" is learnt."""
    k, j, i = np.ogrid[: shape[0], : shape[1], : shape[2]]
    centre = [n / 2 + rng.normal(0, 4) for n in shape]
    radii = rng.uniform(0.8, 1.15) * np.array([13.0, 16.0, 13.0])
    r = np.sqrt(
        ((k - centre[0]) / radii[0]) ** 2
        + ((j - centre[1]) / radii[1]) ** 2
        + ((i - centre[2]) / radii[2]) ** 2
    )
    hu = np.where(r < 0.9, 35.0, rng.uniform(500, 1300))
    hu = np.where(r > 1.0, 30.0, hu)
    hu = np.where(r > 1.12, -1000.0, hu)
    return np.asarray(hu + 8 * smooth_noise(rng, shape, 2), dtype=np.float32)


def scanner(hu: Float32, rng: Rng) -> Float32:
    """Coarse HU as another scanner would give them: slices, field of view, table, noise."""
    if rng.random() < 0.6:  # thick slices, or 5 mm slices between the coarse planes
        w = rng.uniform(0.0, 0.33)
        hu = np.asarray(
            ndimage.convolve1d(hu, [w, 1 - 2 * w, w], axis=0, mode="nearest"), np.float32
        )
    if rng.random() < 0.5:
        hu = _table(hu, rng)
    if rng.random() < 0.3:
        j, i = np.ogrid[: hu.shape[1], : hu.shape[2]]
        radius = rng.uniform(22, 38)
        cj, ci = hu.shape[1] / 2 + rng.normal(0, 4), hu.shape[2] / 2 + rng.normal(0, 4)
        hu = np.where((j - cj) ** 2 + (i - ci) ** 2 > radius**2, -1000, hu)
    noise = rng.uniform(0, 1) ** 2 * 50
    hu = hu + noise * rng.standard_normal(hu.shape, dtype=np.float32)
    if rng.random() < 0.3:
        hu = hu + rng.uniform(5, 30) * smooth_noise(rng, hu.shape, 6)
    return np.asarray(np.clip(hu + rng.normal(0, 15), -1024, 3000), dtype=np.float32)


def _table(hu: Float32, rng: Rng) -> Float32:
    """A table under the back: one or two rows of the plane, over the middle."""
    rows = np.flatnonzero((hu > -300).any(axis=(0, 2)))
    if len(rows) == 0:
        return hu
    at = int(rows[-1]) + int(rng.integers(1, 4))
    side = int(rng.integers(4, 16))
    out = hu.copy()
    strip = out[:, at : at + int(rng.integers(1, 3)), side : hu.shape[2] - side]
    np.maximum(strip, rng.uniform(-850, 100), out=strip)
    return out
