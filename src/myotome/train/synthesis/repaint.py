"""A real labelled CT with its tissues drawn anew: same anatomy, another person's attenuation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.tables.anatomy.muscles import MUSCLES
from myotome.train.cases.case import TrainingCase
from myotome.train.synthesis.look import Look
from myotome.train.synthesis.tissues import (
    LUNG,
    ORGANS,
    Bool,
    Float32,
    Rng,
    blurred,
    field,
    grain,
    kidney_pattern,
    organ_aims,
    sheets,
)
from myotome.train.synthesis.where import Anatomy

_LAST_BACK_MUSCLE = 6
_SQUARE = np.ones((1, 3, 3), bool)
_LEAN_HU = -29.0
"""Below it the reference labels of muscle stop (Vu et al. 2024: -29 to 150 HU)."""


def rendered(
    case: TrainingCase, where: Anatomy, look: Look
) -> tuple[Float32, NDArray[np.uint8], NDArray[np.uint8]]:
    """HU, muscles and compartments of ``case`` as ``look`` says. Deterministic.

    Muscle that became fat loses its label as the reference labels would; muscle half replaced
    is marked "not annotated" (255).
    """
    rng = np.random.default_rng(look.seed)
    hu = _painted_base(case, where, look, rng) if look.painted else case.hu.copy()
    return finished(hu, case, where, look, rng)


def finished(
    hu: Float32, case: TrainingCase, where: Anatomy, look: Look, rng: Rng
) -> tuple[Float32, NDArray[np.uint8], NDArray[np.uint8]]:
    """All effects of ``look`` on ``hu``; noise and blur only if it is painted."""
    hu = _muscle(hu, case, where, look)
    hu = _organs(hu, case, where, look, rng)
    hu = _bowel(hu, case, where, look, rng)
    hu = _bone(hu, where, look)
    fat = _muscle_fat(case, where, look, rng)
    hu = _fattened(hu, fat, look)
    hu = _fat_tissue(hu, case, where, look, rng)
    if look.painted:
        hu = blurred(hu, look.blur_px) + look.noise_hu * grain(rng, hu.shape, look.grain_px)
    muscles = _still_muscle(case.muscles, fat, look)
    return np.clip(hu, -1024, 3000).astype(np.float32), muscles, case.compartments.copy()


def _per_muscle(values: tuple[float, ...], right: float = 0.0) -> Float32:
    """(256,) from one value per group; ``right`` is added on the right side."""
    table = np.zeros(256, np.float32)
    for m in MUSCLES:
        table[m.value] = values[(m.value - 1) // 2] + (right if m.side == "right" else 0.0)
    return table


def _muscle(hu: Float32, case: TrainingCase, where: Anatomy, look: Look) -> Float32:
    """Each muscle's lean mean moved to its drawn one; fat between its fibres stays fat."""
    aims = _per_muscle(look.muscle_hu, look.side_hu)
    shift, lean = np.zeros(256, np.float32), np.full(256, 45.0, np.float32)
    zone = where.body & ~where.cavity & ~where.bone
    other = zone & (where.muscle == 0) & ~where.subcutaneous & (hu > -20) & (hu < 110)
    lean[0] = _median(hu[other], 40.0)
    shift[0] = look.other_muscle_hu - lean[0]
    for m in MUSCLES:
        own = case.muscles == m.value
        lean[m.value] = _median(hu[own & (hu > -10)], float(lean[0]))
        shift[m.value] = aims[m.value] - lean[m.value]
    pull = blurred(shift[where.muscle] * zone, 0.6)
    solid = np.clip((hu + 100) / (lean[where.muscle] + 100), 0, 1)
    return hu + pull * solid * np.clip((200 - hu) / 80, 0, 1)


def _median(values: Float32, otherwise: float) -> float:
    return float(np.median(values[:: max(1, len(values) // 4000)])) if len(values) else otherwise


def _muscle_fat(case: TrainingCase, where: Anatomy, look: Look, rng: Rng) -> Float32:
    """0..1 share of every voxel that turns into fat: streaks along the muscle, eaten edges."""
    shape, dz = case.hu.shape, case.dz_mm
    amount, edge = _per_muscle(look.fat_share)[where.muscle], _per_muscle(look.edge_mm)
    streaks = sheets(rng, shape, dz, (35.0, 9.0), 0.28)
    streaks *= np.clip(1.2 + field(rng, shape, dz, (40.0, 18.0)), 0, 1)
    feathers = 0.7 * field(rng, shape, dz, (30.0, 6.0)) + 0.7 * field(rng, shape, dz, (12.0, 3.0))
    islands = np.clip(0.7 * (feathers - 1.3 + 2.4 * amount), 0, 0.9)
    share = np.clip(2.2 * amount, 0, 0.9) * streaks + np.clip(3 * amount - 0.3, 0, 1) * islands
    inside = (case.muscles > 0) & (case.muscles != 255)
    share = np.where(inside, share, 0.0)
    if any(look.edge_mm):
        depth = _depth_mm(case.muscles)
        reach = edge[where.muscle] * np.clip(0.3 + field(rng, shape, dz, (25.0, 22.0)), 0, 2)
        # a muscle thinner than two such edges would be gone: leave it its middle
        share = share + np.clip((np.minimum(reach, 0.5 * _girth_mm(depth)) - depth) / 2.0, 0, 1)
    zone = (where.muscle > 0) & ~where.bone & (inside | ~where.cavity)
    return np.clip(blurred(np.clip(share, 0, 1) * zone, 0.6) * zone, 0, 0.92)


def _fattened(hu: Float32, fat: Float32, look: Look) -> Float32:
    """Tissue mixed with fat, its noise kept."""
    noise = np.clip(hu - blurred(hu, 1.2), -30, 30)
    return hu + fat * (look.fat_hu + noise - hu) * np.clip((300 - hu) / 100, 0, 1)


def _depth_mm(muscles: NDArray[np.uint8]) -> Float32:
    """In-plane depth of every voxel below the surface of the labelled muscles (0: outside)."""
    out = np.zeros(muscles.shape, np.float32)
    for k, plane in enumerate(muscles):
        own = (plane > 0) & (plane != 255)
        if own.any():
            out[k] = ndimage.distance_transform_edt(own) * 1.5
    return out


def _girth_mm(depth_mm: Float32) -> Float32:
    """Half the local thickness of the muscle."""
    return np.asarray(ndimage.maximum_filter(depth_mm, (1, 11, 11)), np.float32)


def _still_muscle(muscles: NDArray[np.uint8], fat: Float32, look: Look) -> NDArray[np.uint8]:
    """Labels as the reference would draw them after the fatty change."""
    lean = _per_muscle(look.muscle_hu, look.side_hu)[muscles]
    now = lean + fat * (look.fat_hu - lean)
    out = muscles.copy()
    changed = (muscles > 0) & (muscles != 255) & (fat > 0.25)
    out[changed & (now < _LEAN_HU + 12)] = 255
    out[changed & (now < _LEAN_HU - 10)] = 0
    return out


def _organs(hu: Float32, case: TrainingCase, where: Anatomy, look: Look, rng: Rng) -> Float32:
    """Organs and vessels moved to the drawn contrast phase, labelled or not."""
    aims = organ_aims(rng, look.phase, look.enhancement)
    shift = np.zeros(hu.shape, np.float32)
    for organ in ORGANS:
        own = np.isin(case.organs, organ.ids)
        if own.sum() < 50:
            continue
        aim = aims[organ.ids[0]]
        if organ.ids == (2, 3):
            aim = aim * kidney_pattern(own, look.phase)
        core = own & (hu > -60)
        centre = _median(hu[core], 40.0)
        shift = np.where(own, aim - centre - _flatten(hu, own, centre, look), shift)
    inner = where.cavity & (case.organs == 0) & (hu > -20) & ~where.bone
    shift = np.where(inner, _unlabelled(hu, inner, look, rng), shift)
    solid = np.clip((hu + 90) / 130, 0, 1)
    return np.asarray(hu + blurred(shift, 0.6) * solid, np.float32)


def _flatten(hu: Float32, own: Bool, centre: float, look: Look) -> Float32:
    """What an unenhanced or later phase takes from the pattern of an earlier one (kidney)."""
    if centre < 60 or look.phase == "arterial":
        return np.zeros(hu.shape, np.float32)
    keep = 0.15 if look.phase == "none" else 0.4
    return np.where(own, (1 - keep) * (np.clip(hu, -20, None) - centre), 0).astype(np.float32)


def _unlabelled(hu: Float32, inner: Bool, look: Look, rng: Rng) -> Float32:
    """Small round things in fat are vessels; the large ones are organs with a shift each."""
    large = ndimage.binary_opening(inner, np.ones((1, 5, 5), bool))
    bright = 0.0 if look.phase == "none" else rng.uniform(20, 130) * look.enhancement
    vessels = inner & ~ndimage.binary_dilation(large, _SQUARE)
    shift = np.where(vessels & (hu > 0), bright, 0.0)
    shift = shift + np.where(inner & (hu > 90), -0.8 * (hu - 90), 0.0)
    pieces, n = ndimage.label(ndimage.binary_erosion(large, _SQUARE, iterations=2))
    each = rng.normal(8 if look.phase == "none" else 25, 16, n + 1)
    each[0] = each[1:].mean() if n else 0.0
    return np.asarray(shift + np.where(large, each[pieces], 0), np.float32)


def _bowel(hu: Float32, case: TrainingCase, where: Anatomy, look: Look, rng: Rng) -> Float32:
    """The lumen filled anew, loop by loop, gas above fluid; the wall stays."""
    if not where.bowel.any():
        return hu
    shape = hu.shape
    gas = where.bowel & (hu < -300)
    lumen = ndimage.binary_erosion(where.bowel, _SQUARE, iterations=2) | gas
    loop, tide = (_by_piece(field(rng, shape, case.dz_mm, (70.0, 65.0)), lumen) for _ in "ab")
    edges = np.quantile(loop[lumen][::17], np.cumsum(look.filling)[:-1]) if lumen.any() else [0] * 4
    which = np.digitize(loop, edges)
    changed = lumen & ((which > 0) | look.painted)
    noise = _noise_hu(case) * grain(rng, shape, look.grain_px)
    wall = rng.uniform(25, 45)
    new = _contents(which, gas, shape, case.dz_mm, (look, rng))
    new = np.where(_above_level(tide, lumen & (which > 1)), -985.0, new).astype(np.float32)
    filled = lumen & ((which > 1) | look.painted)
    rim = ndimage.binary_dilation(filled & gas, _SQUARE, iterations=2) & where.bowel & (hu < -60)
    base = np.where(filled | rim, wall + noise, hu)
    return base + blurred(changed, 0.6) * (new + noise - base)


def _contents(
    which: NDArray[np.intp],
    gas: Bool,
    shape: tuple[int, ...],
    dz_mm: float,
    drawn: tuple[Look, Rng],
) -> Float32:
    """HU of what fills the bowel; ``which`` is an index into ``BOWEL_FILLINGS``."""
    look, rng = drawn
    mottle = field(rng, shape, dz_mm, (5.0, 4.5))
    fluid = 10 + 6 * field(rng, shape, dz_mm, (20.0, 20.0))
    stool = 28 + 22 * mottle - 420 * np.clip(mottle - 1.1, 0, 1)
    agent = look.contrast_agent_hu * (0.85 + 0.12 * np.tanh(mottle))
    air = np.full(shape, -985.0, np.float32)
    return np.choose(which, [np.where(gas, air, fluid), air, fluid, stool, agent])


def _noise_hu(case: TrainingCase) -> float:
    """SD of the case's noise, from the muscles: a voxel minus its neighbourhood."""
    own = (case.muscles > 0) & (case.muscles != 255)
    rough = (case.hu - ndimage.uniform_filter(case.hu, (0, 3, 3)))[own]
    return 1.2 * 1.4826 * float(np.median(np.abs(rough[::7]))) if len(rough) > 7 else 8.0


def _by_piece(values: Float32, mask: Bool) -> Float32:
    """``values`` averaged over every connected piece of each plane of ``mask``."""
    out = values.copy()
    for k in np.flatnonzero(mask.any(axis=(1, 2))):
        pieces, n = ndimage.label(mask[k])
        means = np.append(0.0, ndimage.mean(values[k], pieces, np.arange(1, n + 1)))
        out[k] = np.where(mask[k], means[pieces], values[k])
    return out


def _above_level(tide: Float32, fluid: Bool) -> Bool:
    """The gas above a horizontal level in some loops; ``tide`` says which and how much."""
    out = np.zeros(fluid.shape, bool)
    for k in np.flatnonzero(fluid.any(axis=(1, 2))):
        pieces, _ = ndimage.label(fluid[k])
        for index, (rows, columns) in enumerate(ndimage.find_objects(pieces), start=1):
            own = pieces[rows, columns] == index
            part = float(tide[k, rows, columns][own][0])
            level = int((rows.stop - rows.start) * np.clip(0.7 * part - 0.1, 0, 0.7))
            out[k, rows.start : rows.start + level, columns] |= own[:level]
    return out


def _bone(hu: Float32, where: Anatomy, look: Look) -> Float32:
    """Denser or thinner bone: the cortex scaled, the marrow moved."""
    inside = blurred(where.bone, 0.7)
    dense = np.clip(hu - 130, 0, None) * (look.bone_gain - 1)
    marrow = look.marrow_hu * np.clip((hu - 20) / 60, 0, 1) * np.clip((420 - hu) / 250, 0, 1)
    return np.asarray(hu + inside * (dense + marrow), np.float32)


def _fat_tissue(hu: Float32, case: TrainingCase, where: Anatomy, look: Look, rng: Rng) -> Float32:
    """Fat of the drawn HU, strands and fluid in the belly, oedema under the skin."""
    shape, dz = hu.shape, case.dz_mm
    fatty = np.clip((-40 - hu) / 40, 0, 1) * np.clip((hu + 200) / 60, 0, 1)
    lung = np.isin(case.organs, LUNG) | ~where.body | where.bowel
    fatty = np.where(lung, 0, fatty).astype(np.float32)
    inner = np.asarray(fatty * where.cavity, np.float32)
    shift = inner * (look.visceral_fat_hu + 98) + (fatty - inner) * (look.fat_hu + 106)
    hu = np.asarray(hu + shift, np.float32)
    if look.stranding_hu:
        patch = np.clip(field(rng, shape, dz, (40.0, 50.0)), 0, 1.5)
        strands = sheets(rng, shape, dz, (12.0, 9.0), 0.2) + 0.4
        hu = hu + inner * look.stranding_hu * patch * strands
    if look.ascites_mm:
        hu = hu + _ascites(inner, case, where, look, field(rng, shape, dz, (40.0, 40.0))) * (8 - hu)
    if look.oedema_hu:
        rows = np.arange(shape[1], dtype=np.float32)[None, :, None]
        low = np.clip((rows - 0.35 * shape[1]) / (0.4 * shape[1]), 0.1, 1)
        net = 1.8 * sheets(rng, shape, dz, (10.0, 7.0), 0.2) + 0.25
        hu = hu + fatty * where.subcutaneous * look.oedema_hu * low * net
    return hu


def _ascites(
    inner: Float32, case: TrainingCase, where: Anatomy, look: Look, wave: Float32
) -> Float32:
    """0..1: fluid instead of fat along the inner wall, not behind the peritoneum."""
    out = np.zeros(inner.shape, np.float32)
    for k in np.flatnonzero(where.cavity.any(axis=(1, 2))):
        depth = ndimage.distance_transform_edt(where.cavity[k]) * 1.5
        behind = ((case.muscles[k] > 0) & (case.muscles[k] <= _LAST_BACK_MUSCLE)) | where.bone[k]
        depth += 60 * ndimage.binary_dilation(behind, iterations=9)
        out[k] = np.clip((look.ascites_mm * (1 + 0.5 * wave[k]) - depth) / 2, 0, 1)
    return out * np.clip(inner * 1.3, 0, 1)


def _painted_base(case: TrainingCase, where: Anatomy, look: Look, rng: Rng) -> Float32:
    """Every tissue one mean with a texture of its own, noise of the real CT gone.

    Tissues without a label are told apart by the HU of the smoothed CT.
    """
    shape, dz = case.hu.shape, case.dz_mm
    seen = np.asarray(ndimage.median_filter(case.hu, (1, 3, 3)), np.float32)
    own = (case.muscles > 0) & (case.muscles != 255)
    steps = np.array([-1000.0, -820.0, -300.0, look.fat_hu, -45.0, 38.0, 62.0, 105.0])
    limits = np.array([-930.0, -600.0, -200.0, -62.0, -15.0, 50.0, 85.0])
    out = steps.astype(np.float32)[np.digitize(seen, limits)]
    out = np.where(seen > 130, seen, out)
    out = np.where(own, np.where(seen > _LEAN_HU, 45.0, out), out)
    bone = where.bone & (seen > -50)
    spongy = 20 * field(rng, shape, dz, (4.0, 4.0))
    out = np.where(bone, np.where(seen < 130, 100.0 + spongy, seen + spongy), out)
    soft = (out > -20) & (out < 120) & ~bone
    for cell, size in ((3.0, 4.0), (9.0, 3.0), (30.0, 3.0)):
        texture = rng.uniform(0.3, 1.2) * size * soft * field(rng, shape, dz, (cell, cell))
        out = np.asarray(out + texture, np.float32)
    fat = (out < -60) & (out > -150)
    out = np.asarray(out + fat * (4 * field(rng, shape, dz, (12.0, 8.0))), np.float32)
    near = ndimage.binary_dilation(where.body, _SQUARE, iterations=2)
    return np.where(near, out, case.hu).astype(np.float32)
