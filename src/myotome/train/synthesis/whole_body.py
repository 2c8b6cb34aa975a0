"""A whole body painted around a map of organ labels that has no CT.

TotalSegmentator's maps name organs, bones and some muscles; skin, fat, the abdominal wall,
quadratus lumborum and the muscles of hip and back are not in them and are drawn here, so that
the labelled muscles appear in the company they have in a CT. What was drawn is not annotated.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.errors import InputError
from myotome.tables.anatomy.muscles import GROUPS, MUSCLE
from myotome.train.cases.case import TrainingCase, read_nifti
from myotome.train.cases.entry import CaseEntry
from myotome.train.synthesis.look import Look
from myotome.train.synthesis.tissues import (
    BONES,
    BOWEL,
    LUNG,
    TRUNK_MUSCLES,
    Bool,
    Float32,
    Rng,
    blurred,
    field,
    sheets,
)
from myotome.train.synthesis.where import Anatomy, convex

Labels = NDArray[np.uint8]

_SQUARE = np.ones((1, 3, 3), bool)
_ARMS = (*range(69, 75), 91)
_SPINE, _CORD, _HIPS, _FEMURS = tuple(range(25, 51)), 79, (77, 78), (75, 76)
_RIBS, _CARTILAGE = tuple(range(92, 117)), 117
_MUSCLES = {
    86: MUSCLE["erector_spinae_left"].value,
    87: MUSCLE["erector_spinae_right"].value,
    82: MUSCLE["gluteus_medius_left"].value,
    83: MUSCLE["gluteus_medius_right"].value,
    88: MUSCLE["psoas_left"].value,
    89: MUSCLE["psoas_right"].value,
}
"""TotalSegmentator's muscle -> ours. Against the reference labels of ts_example the autochthon
(Dice 0.87) and the gluteus medius (0.88) end one voxel short of the muscle's surface."""
_S1, _T9, _GLUTEI = 26, 35, (82, 83)
_PAD_PX = 56
_PSOAS_TOP_MM = 20.0
_DOUBT_MM = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The drawn shape of one body: thicknesses in mm, HU as named."""

    lateral_mm: float
    rectus_mm: float
    back_mm: float
    linea_alba_mm: float
    rectus_width_mm: float
    waist_mm: float
    fat_front_mm: float
    fat_back_mm: float
    fat_side_mm: float
    skin_hu: float
    cortex_hu: float
    spongy_hu: float
    disc_hu: float
    lung_hu: float
    table: bool


def draw_build(rng: Rng) -> Build:
    """One random body, from cachectic to obese."""
    fat = float(np.exp(rng.uniform(np.log(5), np.log(38))))
    return Build(
        lateral_mm=float(rng.uniform(9, 22)),
        rectus_mm=float(rng.uniform(6, 15)),
        back_mm=float(rng.uniform(1.5, 7)),
        linea_alba_mm=float(rng.uniform(3, 14)),
        rectus_width_mm=float(rng.uniform(52, 80)),
        waist_mm=float(rng.uniform(20, 130)),
        fat_front_mm=fat * float(rng.uniform(0.6, 1.3)),
        fat_back_mm=fat * float(rng.uniform(0.5, 1.4)),
        fat_side_mm=fat * float(rng.uniform(0.5, 1.1)),
        skin_hu=float(rng.uniform(-10, 45)),
        cortex_hu=float(rng.uniform(250, 600)),
        spongy_hu=float(rng.uniform(80, 190)),
        disc_hu=float(rng.uniform(65, 110)),
        lung_hu=float(rng.uniform(-900, -760)),
        table=bool(rng.random() < 0.7),
    )


def load_map(entry: CaseEntry) -> TrainingCase:
    """A map of organs as a case without HU: its own 1.5 mm pixels, every second slice.

    ``annotated`` is partial: erector spinae between S1 and T9, gluteus medius above its lowest
    slice, psoas only between the hip bones and its fading top (below it is one with the
    iliacus). Everything else is not annotated.
    """
    if entry.organs is None:
        raise InputError(f'case "{entry.name}": there is no map of organs.')
    array, grid = read_nifti(entry.organs)
    ids = array.astype(np.uint8)
    ids[np.isin(ids, _ARMS)] = 0
    low = int(np.flatnonzero(np.isin(ids, _GLUTEI).any(axis=(1, 2)))[0])
    high = int(np.flatnonzero((ids == _T9).any(axis=(1, 2)))[-1]) if (ids == _T9).any() else -1
    ids = ids[max(0, low - 4) : high if high > 0 else None][::2]
    ids = np.pad(ids, ((0, 0), (_PAD_PX, _PAD_PX), (_PAD_PX, _PAD_PX)))
    muscles = _muscle_labels(ids)
    return TrainingCase(
        name=entry.title,
        hu=np.full(ids.shape, -1000, np.float32),
        muscles=muscles,
        compartments=np.full(ids.shape, 255, np.uint8),
        annotated=_annotated(ids, 2 * grid.spacing_mm[0]),
        organs=ids,
        dz_mm=2 * grid.spacing_mm[0],
    )


def _muscle_labels(ids: Labels) -> Labels:
    """Our labels, grown by a pixel where nothing else is labelled."""
    out = np.zeros(ids.shape, np.uint8)
    for theirs, ours in _MUSCLES.items():
        own = ids == theirs
        grown = own | (
            ndimage.binary_dilation(own, ndimage.generate_binary_structure(3, 1)) & (ids == 0)
        )
        out[grown & (out == 0)] = ours
    return out


def _annotated(ids: Labels, dz_mm: float) -> Bool:
    keys = [g.key for g in GROUPS]
    out = np.zeros((len(ids), len(keys)), bool)

    def rows(values: tuple[int, ...]) -> NDArray[np.intp]:
        return np.flatnonzero(np.isin(ids, values).any(axis=(1, 2)))

    out[rows((_S1,))[0] :, keys.index("erector_spinae")] = True
    out[rows(_GLUTEI)[0] :, keys.index("gluteus_medius")] = True
    top = rows((88, 89))[-1] - round(_PSOAS_TOP_MM / dz_mm)
    out[rows(_HIPS)[-1] + 1 : top, keys.index("psoas")] = True
    return out


def built(blank: TrainingCase, build: Build, look: Look) -> tuple[TrainingCase, Anatomy]:
    """The body of ``build`` around ``blank``'s labels: noise-free HU and where what is."""
    rng = np.random.default_rng(look.seed + 1)
    ids, shape, dz = blank.organs, blank.hu.shape, blank.dz_mm
    outside = _distance_outside(ids, dz, build.waist_mm)
    wall = _wall_mm(ids, outside, build) * (1 + 0.15 * field(rng, shape, dz, (60.0, 50.0)))
    fat = _fat_mm(ids, build) * (1 + 0.15 * field(rng, shape, dz, (80.0, 70.0)))
    depth = np.maximum(blurred(wall, 9) + fat, wall + 3)
    body = outside < depth
    free = (ids == 0) & (blank.muscles == 0)
    inner = (outside <= -3) & free
    muscle = _hidden_muscle(ids, outside, rng) & inner
    ring = (outside > -3) & (outside < wall - 3) & free
    hu = np.where(body, look.fat_hu, -1000.0).astype(np.float32)
    hu = np.where((outside > depth - 2.5) & body, build.skin_hu, hu)
    hu = np.where(inner & body, look.visceral_fat_hu, hu)
    lean = look.other_muscle_hu + 3 * field(rng, shape, dz, (20.0, 12.0))
    planes = _planes(outside + 3, wall, rng, dz)
    hu = np.where(ring, lean + planes * (look.fat_hu - lean), hu)
    seams = sheets(rng, shape, dz, (50.0, 16.0), 0.13)
    hu = np.where(muscle, lean + seams * (look.fat_hu - lean), hu)
    hu = _threads(hu, inner & ~muscle, rng, dz, look)
    hu = _labelled(hu, blank, build, look, rng)
    hu = _with_table(hu, body, rng) if build.table else hu
    compartments, muscles = _known(blank, body, outside - wall, (ring | muscle) & (hu > -40))
    case = dataclasses.replace(blank, hu=hu, compartments=compartments, muscles=muscles)
    return case, Anatomy(
        body=body,
        cavity=inner & ~muscle | np.isin(ids, (*range(1, 10), *BOWEL, 21)),
        subcutaneous=body & (outside > wall - 3),
        bone=np.isin(ids, BONES),
        bowel=np.isin(ids, BOWEL),
        muscle=blank.muscles,
    )


def _distance_outside(ids: Labels, dz_mm: float, waist_mm: float) -> Float32:
    """Distance in mm outside (negative: inside) the smoothed convex hull of each slice."""
    out = np.empty(ids.shape, np.float32)
    hulls = np.stack([convex(plane > 0) for plane in ids])
    reach = round(waist_mm / dz_mm / 2)
    if reach:  # the flank runs from the ribs to the hip bones, whatever the bowel does
        padded = np.pad(hulls, ((reach, reach), (0, 0), (0, 0)), mode="edge")
        column = np.ones((2 * reach + 1, 1, 1), bool)
        hulls = ndimage.binary_closing(padded, column)[reach : reach + len(ids)]
    for k, hull in enumerate(hulls):
        out[k] = ndimage.distance_transform_edt(~hull) - ndimage.distance_transform_edt(hull)
    return np.asarray(ndimage.gaussian_filter(out * 1.5, (9.0 / dz_mm, 3, 3)), np.float32)


def _frame(ids: Labels) -> tuple[Float32, Float32]:
    """Every voxel's x (mm left of the spine) and y (mm behind the middle of the vertebrae)."""
    k, j, i = np.nonzero(np.isin(ids, _SPINE))
    count = np.maximum(np.bincount(k, minlength=len(ids)), 1)
    centre = [np.bincount(k, weights=axis, minlength=len(ids)) / count for axis in (j, i)]
    row, column = (ndimage.gaussian_filter1d(c, 8.0)[:, None, None] for c in centre)
    rows, columns = np.ogrid[: ids.shape[1], : ids.shape[2]]
    shape = np.ones(ids.shape, np.float32)
    return (
        np.asarray((columns[None] - column) * 1.5 * shape, np.float32),
        np.asarray((rows[None] - row) * 1.5 * shape, np.float32),
    )


def _wall_mm(ids: Labels, outside: Float32, build: Build) -> Float32:
    """Thickness of the muscle that lies around the labelled tissue."""
    x, y = _frame(ids)
    across = np.abs(x)
    gaps = np.exp(-((across / build.linea_alba_mm) ** 2)) + np.exp(
        -(((across - build.rectus_width_mm) / 4.0) ** 2)
    )
    front = build.rectus_mm * np.clip(1 - gaps, 0.12, 1)
    thin = np.clip(0.3 + 0.7 * (across - build.rectus_width_mm) / 35, 0.3, 1)
    side = build.lateral_mm * (1 + np.clip((-y - 25) / 20, 0, 1) * (thin - 1))
    out = np.where((y < -40) & (across < build.rectus_width_mm + 3), front, side)
    behind = np.clip((y + 5) / 30, 0, 1) * np.clip((120 - across) / 40, 0, 1)
    out = out + behind * (build.back_mm - out)
    near_rib = _near(np.isin(ids, (*_RIBS, _CARTILAGE)), 30)
    out = out * (1 - 0.55 * near_rib)
    pelvic = _near(np.isin(ids, (*_HIPS, *_GLUTEI, 80, 81)) & (outside > -25), 22)
    out = out * (1 - pelvic) + 3.0 * pelvic
    return blurred(out, 2.0)


def _near(mask: Bool, reach_mm: float) -> Float32:
    """1 at the mask, falling smoothly to 0 at ``reach_mm`` in plane."""
    out = np.zeros(mask.shape, np.float32)
    for k in np.flatnonzero(mask.any(axis=(1, 2))):
        out[k] = np.clip(
            1.5 - 1.5 * ndimage.distance_transform_edt(~mask[k]) * 1.5 / reach_mm, 0, 1
        )
    return np.asarray(ndimage.gaussian_filter1d(out, 2.0, axis=0), np.float32)


def _fat_mm(ids: Labels, build: Build) -> Float32:
    x, y = _frame(ids)
    angle = np.arctan2(y + 35, x)  # -pi/2 is the front
    back, front = np.clip(np.sin(angle), 0, 1) ** 2, np.clip(-np.sin(angle), 0, 1) ** 2
    out = build.fat_back_mm * back + build.fat_front_mm * front
    out = out + build.fat_side_mm * (1 - back - front)
    groove = 0.3 * np.exp(-((x / 18) ** 2)) * (y > 0)
    return np.asarray(np.maximum(out * (1 - groove), 3.0), np.float32)


def _planes(within: Float32, wall: Float32, rng: Rng, dz_mm: float) -> Float32:
    """0..1: the two fat planes between the three layers of the wall (thick walls only)."""
    wave = field(rng, within.shape, dz_mm, (50.0, 40.0))
    out = np.zeros(within.shape, np.float32)
    for share in (0.34, 0.64):
        off = within - (share + 0.05 * wave) * wall
        out = np.maximum(out, np.clip(1.1 - np.abs(off) / 1.1, 0, 1))
    return out * np.clip((wall - 8) / 4, 0, 1) * np.clip(0.6 + 0.5 * wave, 0, 1)


def _hidden_muscle(ids: Labels, outside: Float32, rng: Rng) -> Bool:
    """Quadratus-like muscle beside the spine, muscles of the hip, between and over the ribs."""
    x, y = _frame(ids)
    out = np.zeros(ids.shape, bool)
    wide, thick, away = rng.uniform(15, 24), rng.uniform(6, 10), rng.uniform(48, 60)
    for k, plane in enumerate(ids):
        back = np.isin(plane, (86, 87))
        hips = np.isin(plane, (*_HIPS, *_FEMURS))
        if back.any() and not hips.any() and np.isin(plane, (88, 89)).any():
            front = float(np.quantile(y[k][back], 0.04))
            off = np.abs(x[k]) - away
            beside = (off / wide) ** 2 + ((y[k] - front + 0.9 * thick - 0.25 * off) / thick) ** 2
            out[k] |= beside < 1
        if hips.any():
            distance, (j, i) = ndimage.distance_transform_edt(~hips, return_indices=True)
            radius = np.hypot(x[k], y[k] + 40)
            outer = radius > radius[j, i] + 3
            out[k] |= (outer & (distance * 1.5 < 45)) | (distance * 1.5 < 8)
        ribs = np.isin(plane, _RIBS)
        if ribs.any():
            out[k] |= (ndimage.distance_transform_edt(~ribs) * 1.5 < 22) & (outside[k] > -9)
        if back.any():
            out[k] |= (ndimage.distance_transform_edt(~back) * 1.5 < 5) & (outside[k] < -8)
    return out


def _threads(hu: Float32, where: Bool, rng: Rng, dz_mm: float, look: Look) -> Float32:
    """Vessels, nodes and strands in the fat of the belly."""
    shape = hu.shape
    a, b = (field(rng, shape, dz_mm, (14.0, 13.0)) for _ in "ab")
    vessels = np.clip(1.5 - 8 * np.hypot(a, b), 0, 1)
    blobs = np.clip(4 * (field(rng, shape, dz_mm, (9.0, 7.0)) - 2.1), 0, 1)
    bright = 40.0 if look.phase == "none" else 40 + 80 * look.enhancement
    out = np.where(where, hu + vessels * (bright - hu), hu)
    strands = 0.35 * sheets(rng, shape, dz_mm, (25.0, 14.0), 0.12)
    return np.where(where, out + np.maximum(blobs, strands) * (35 - out), out).astype(np.float32)


def _labelled(hu: Float32, blank: TrainingCase, build: Build, look: Look, rng: Rng) -> Float32:
    """HU of every labelled voxel; organs get theirs later, with the contrast phase."""
    ids, shape, dz = blank.organs, hu.shape, blank.dz_mm
    soft = (ids > 0) & ~np.isin(ids, BONES) & ~np.isin(ids, LUNG)
    lean = 4 * field(rng, shape, dz, (25.0, 9.0))
    hu = np.where(soft, 40 + 0.5 * lean, hu)
    hu = np.where(blank.muscles > 0, 45 + lean, hu)
    hu = np.where(
        np.isin(ids, TRUNK_MUSCLES) & (blank.muscles == 0), look.other_muscle_hu + lean, hu
    )
    vessels = np.clip(2 * (field(rng, shape, dz, (8.0, 5.0)) - 1.9), 0, 1)
    hu = np.where(np.isin(ids, LUNG), build.lung_hu + vessels * 800, hu)
    return _bones(np.asarray(hu, np.float32), ids, build, rng, dz)


def _bones(hu: Float32, ids: Labels, build: Build, rng: Rng, dz_mm: float) -> Float32:
    """Cortex, spongy bone, discs between the vertebrae, the canal with its cord."""
    bone = np.isin(ids, BONES)
    spine = np.isin(ids, _SPINE)
    column = ndimage.uniform_filter1d(spine.astype(np.float32), max(3, round(15 / dz_mm)), axis=0)
    canal = ndimage.binary_dilation(ids == _CORD, _SQUARE, iterations=2)
    body = ndimage.binary_opening(spine, np.ones((1, 9, 9), bool))
    body = ndimage.uniform_filter1d(body.astype(np.float32), max(3, round(15 / dz_mm)), axis=0)
    free = (ids == 0) & (column > 0.2)
    hu = np.where(free & (body > 0.25), build.disc_hu, hu)
    texture = 18 * field(rng, hu.shape, dz_mm, (4.0, 3.5)) + 14 * field(
        rng, hu.shape, dz_mm, (25.0, 20.0)
    )
    depth = np.zeros(hu.shape, np.float32)
    for k in np.flatnonzero(bone.any(axis=(1, 2))):
        depth[k] = ndimage.distance_transform_edt(bone[k])
    thin = np.where(spine, 0.75, 1.0) * (1 + 0.2 * field(rng, hu.shape, dz_mm, (20.0, 15.0)))
    cortex = np.clip(2.6 * thin - depth, 0, 1) * np.where(ids == 25, 0.6, 1.0)
    inside = build.spongy_hu * np.where(np.isin(ids, _HIPS), 0.7, 1.0) + texture
    hu = np.where(bone, inside + cortex * (build.cortex_hu - inside), hu)
    hu = np.where(ids == _CARTILAGE, 100 + np.clip(texture * 3 - 60, 0, 300), hu)
    hu = np.where(canal & ~bone, 12.0, hu)
    return np.where(ids == _CORD, 34.0, hu).astype(np.float32)


def _with_table(hu: Float32, body: Bool, rng: Rng) -> Float32:
    """A curved table top under the back."""
    rows = np.flatnonzero(body.any(axis=(0, 2)))
    j, i = np.indices(hu.shape[1:], dtype=np.float32)
    bend = rng.uniform(-12, 25) * ((i - hu.shape[2] / 2) / (hu.shape[2] / 2)) ** 2
    at = j + bend - (rows[-1] + rng.uniform(1, 6))
    half = np.abs(i - hu.shape[2] / 2) < rng.uniform(0.3, 0.48) * hu.shape[2]
    top = half & (np.abs(at) < 1.3)
    core = half & (at > 0) & (at < rng.uniform(2, 12))
    out = np.where(core & ~body, rng.uniform(-990, -850), hu)
    return np.where(top & ~body, rng.uniform(-500, 150), out).astype(np.float32)


def _known(
    blank: TrainingCase, body: Bool, beyond_wall: Float32, drawn: Bool
) -> tuple[Labels, Labels]:
    """Compartments of what is labelled or certain; muscle drawn beside a muscle is in doubt."""
    ids = blank.organs
    out = np.full(ids.shape, 255, np.uint8)
    out[~body & (ids == 0)] = 0
    out[body & (beyond_wall > 0) & (ids == 0)] = 3
    out[np.isin(ids, BONES)] = 4
    out[np.isin(ids, LUNG)] = 5
    out[np.isin(ids, TRUNK_MUSCLES) | (blank.muscles > 0)] = 2
    out[np.isin(ids, (*range(1, 10), *BOWEL, 21, 23, 24, 63, 64))] = 1
    muscles = blank.muscles.copy()
    for k in np.flatnonzero((muscles > 0).any(axis=(1, 2))):
        distance = ndimage.distance_transform_edt(muscles[k] == 0) * 1.5
        muscles[k][(muscles[k] == 0) & drawn[k] & (distance < _DOUBT_MM)] = 255
    return out, muscles
