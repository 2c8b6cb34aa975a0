"""The line through the vertebral bodies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.interpolate import PchipInterpolator

from myotome.locate.coarse import COARSE_MM, CoarseView
from myotome.tables.anatomy.landmark_classes import LANDMARK_CLASS, SPINE_UPWARDS

Float = NDArray[np.float64]

STEP_MM = 2.5
"""Sampling of the class profile along z."""

_BODY_VOXELS = 5  # 30 mm: a vertebral body fills such a square, its arch does not
_LEAST_MASS = 0.08
_SMOOTH_MM = 12.0
_COLUMN_VOXELS = 7  # 42 mm
_SEARCH = 7
_HALF_BODY_MM = 17.0
_BODY_SIGMA = (1.5, 2.0, 2.5)  # coarse voxels (k, j, i)
_LEAST_BODY_VOXELS = 12.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spine:
    """The vertebral column of one scan, from the bottom up, every ``STEP_MM`` along z.

    ``z_mm``, ``x_mm``, ``y_mm`` are LPS mm of the line through the bodies. ``mass`` is
    ``(len(SPINE_UPWARDS), n)``: the share of a body-sized square around the line that the
    network gives to each class. ``present`` says where there is a spine at all.
    """

    z_mm: Float
    x_mm: Float
    y_mm: Float
    mass: Float
    present: NDArray[np.bool_]


def trace(view: CoarseView, probability: NDArray[np.float32]) -> Spine | None:
    """The spine in the class probabilities ``(class, k, j, i)``; None if there is none."""
    classes = probability[[LANDMARK_CLASS[key].value for key in SPINE_UPWARDS]]
    whole = classes.sum(axis=0)
    size = (1, _BODY_VOXELS, _BODY_VOXELS)
    best = ndimage.uniform_filter(whole, size, mode="constant").max(axis=(1, 2))
    present = best > _LEAST_MASS
    planes = whole.shape[0]
    if present.sum() < 3:
        return None
    # averaged over a vertebra's height the bodies make the thickest column, the arches do not
    column = ndimage.uniform_filter(whole, (_COLUMN_VOXELS, *size[1:]), mode="nearest")
    j, i = np.divmod(column.reshape(planes, -1).argmax(axis=1), whole.shape[2])
    j, i = (_smooth(v.astype(float), best.astype(float) ** 2) for v in (j, i))
    mass = _class_mass(classes, j, i)
    points = view.grid.to_lps_mm(np.stack([np.arange(planes, dtype=float), j, i], axis=-1))
    z = np.arange(points[0, 2], points[-1, 2] + 1e-6, STEP_MM)
    return Spine(
        z_mm=z,
        x_mm=np.interp(z, points[:, 2], points[:, 0]),
        y_mm=np.interp(z, points[:, 2], points[:, 1]),
        mass=np.stack([np.interp(z, points[:, 2], row) for row in mass]),
        present=np.interp(z, points[:, 2], present.astype(float)) > 0.5,
    )


def _smooth(values: Float, weight: Float) -> Float:
    """Gaussian smoothing that ignores planes without weight (filled from their neighbours)."""
    sigma = _SMOOTH_MM / COARSE_MM
    top = ndimage.gaussian_filter1d(values * weight, sigma, mode="nearest")
    bottom = ndimage.gaussian_filter1d(weight, sigma, mode="nearest")
    known = bottom > 1e-4
    index = np.arange(len(values))
    return np.asarray(np.interp(index, index[known], top[known] / bottom[known]))


def through_bodies(
    spine: Spine, view: CoarseView, probability: NDArray[np.float32], names: dict[str, float]
) -> Spine:
    """The line led through the middle of each named body (name -> first guess of its z).

    Each centre comes from the vertebra's own class alone.
    """
    centres = []
    for name, z in names.items():
        x, y = np.interp(z, spine.z_mm, spine.x_mm), np.interp(z, spine.z_mm, spine.y_mm)
        start = view.grid.to_index([float(x), float(y), z])
        centre = _body_centre(probability[LANDMARK_CLASS[name].value], start)
        if centre is not None:
            centres.append(view.grid.to_lps_mm(centre))
    if len(centres) < 2:
        return spine
    points = np.array(sorted(centres, key=lambda point: point[2]))
    line = [_through(spine.z_mm, points[:, 2], points[:, axis]) for axis in (0, 1)]
    return Spine(
        z_mm=spine.z_mm, x_mm=line[0], y_mm=line[1], mass=spine.mass, present=spine.present
    )


def _through(z: Float, at: Float, values: Float) -> Float:
    """A smooth curve through the points, going on straight beyond the first and last."""
    kept = np.concatenate([[True], np.diff(at) > 5.0])
    at, values = at[kept], values[kept]
    if len(at) < 2:
        return np.full(len(z), float(values[0]))
    curve = PchipInterpolator(at, values)(np.clip(z, at[0], at[-1]))
    first = (values[1] - values[0]) / (at[1] - at[0])
    last = (values[-1] - values[-2]) / (at[-1] - at[-2])
    below, above = np.minimum(z - at[0], 0.0), np.maximum(z - at[-1], 0.0)
    return np.asarray(curve + first * below + last * above)


def _body_centre(p: NDArray[np.float32], start: Float) -> Float | None:
    """Centre (k, j, i) of one vertebra's body; None where the class hardly is.

    Mean shift under a body-sized Gaussian, with j held half a body behind the front edge:
    the arch belongs to the same class and would pull a plain mean backwards.
    """
    low = np.maximum(np.rint(start).astype(int) - _SEARCH, 0)
    patch = p[tuple(slice(a, a + 2 * _SEARCH + 1) for a in low)]
    if patch.size == 0 or patch.sum() < _LEAST_BODY_VOXELS:
        return None
    blurred = ndimage.gaussian_filter(patch, _BODY_SIGMA, mode="nearest")
    centre = np.array(np.unravel_index(int(blurred.argmax()), patch.shape), dtype=float)
    grids = np.indices(patch.shape)
    for _ in range(4):
        front = _front(patch, centre)
        if front is not None:
            centre[1] = front + _HALF_BODY_MM / COARSE_MM
        away = sum(((g - c) / s) ** 2 for g, c, s in zip(grids, centre, _BODY_SIGMA, strict=True))
        weight = patch * np.exp(-0.5 * np.asarray(away))
        for axis in (0, 2) if front is not None else (0, 1, 2):
            centre[axis] = float((weight * grids[axis]).sum() / weight.sum())
    return np.asarray(centre + low)


def _front(patch: NDArray[np.float32], centre: Float) -> float | None:
    """Fractional j of the front edge of the body on the planes around ``centre``."""
    k, i = round(centre[0]), round(centre[2])
    core = patch[max(0, k - 1) : k + 2, :, max(0, i - 1) : i + 2]
    row = core.mean(axis=(0, 2))
    level = 0.5 * float(row.max(initial=0.0))
    filled = np.flatnonzero(row > max(level, 0.1))
    if len(filled) == 0:
        return None
    first = int(filled[0])
    if first == 0:
        return -0.5
    return first - float((row[first] - level) / max(1e-3, row[first] - row[first - 1]))


def _class_mass(classes: NDArray[np.float32], j: Float, i: Float) -> Float:
    half = 1  # the core of the body, 18 mm: arches and neighbours stay out
    out = np.zeros(classes.shape[:2])
    for k in range(classes.shape[1]):
        j0, i0 = max(0, round(j[k]) - half), max(0, round(i[k]) - half)
        patch = classes[:, k, j0 : j0 + 2 * half + 1, i0 : i0 + 2 * half + 1]
        if patch.size:
            out[:, k] = patch.mean(axis=(1, 2))
    return out
