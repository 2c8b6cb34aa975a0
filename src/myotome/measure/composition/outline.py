"""The outline of the body on one slice: area, perimeter, and what a tape would read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

from myotome.tables.quantities.tissues import ARM_CM2, BODY_HU, CUT_MM

Bool = NDArray[np.bool_]
Codes = NDArray[np.uint8]
Hu = NDArray[np.int16]
Sides = tuple[float, float]

_SKIN_MM = 3.0
"""The compartments' outline is that of 1.5 mm pixels: the skin is looked for this far around."""

_THIN_MM = 3.0
"""Half the thickness of what is cut off the body: sheets, tubes, the table's shell."""

_LIMB_MM = 6.0
_SUBCUTANEOUS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One body outline. Lengths in cm; ``circumference_cm`` is that of its convex hull."""

    area_cm2: float
    perimeter_cm: float
    circumference_cm: float
    arms: int
    cut: bool


def outline(hu: Hu, rooms: Codes, edge: Bool, spacing_ji_mm: Sides) -> Outline | None:
    """The body on one slice ``(j, i)``; None if there is none.

    ``rooms`` are its compartments, all 0 if unknown: then the largest body of the slice is
    taken. ``edge`` is the border of the field of view. Table, clothing and arms stay outside.
    """
    body = body_mask(hu, rooms, spacing_ji_mm)
    if not body.any():
        return None
    return Outline(
        area_cm2=float(body.sum()) * spacing_ji_mm[0] * spacing_ji_mm[1] / 100,
        perimeter_cm=perimeter_mm(body, spacing_ji_mm) / 10,
        circumference_cm=hull_mm(body, spacing_ji_mm) / 10,
        arms=count_arms(hu, body, spacing_ji_mm),
        cut=bool((body & edge).sum() >= max(1.0, CUT_MM / max(spacing_ji_mm))),
    )


def body_mask(hu: Hu, rooms: Codes, spacing_ji_mm: Sides) -> Bool:
    """Body pixels, lungs and gas included; see :func:`outline`."""
    solid: Bool = hu > BODY_HU
    known = rooms > 0
    if known.any():
        solid = solid & _grown(known, _SKIN_MM, spacing_ji_mm)
        solid |= known & (rooms != _SUBCUTANEOUS)
    core = _largest(_opened(_filled(solid), _THIN_MM, spacing_ji_mm))
    if not core.any():
        return core
    near = _grown(core, _THIN_MM, spacing_ji_mm)
    return _filled(_largest(solid & near | core))


def count_arms(hu: Hu, body: Bool, spacing_ji_mm: Sides) -> int:
    """Soft-tissue islands of at least ``ARM_CM2`` beside the body, level with it."""
    away = ~_grown(body, _THIN_MM, spacing_ji_mm)
    limbs = _opened((hu > -200) & away, _LIMB_MM, spacing_ji_mm)
    if not limbs.any():
        return 0
    marks, _ = ndimage.label(limbs)
    least = ARM_CM2 * 100 / (spacing_ji_mm[0] * spacing_ji_mm[1])
    rows = np.flatnonzero(body.any(axis=1))
    found = 0
    for mark, (at, _) in enumerate(ndimage.find_objects(marks), 1):
        level = at.start <= rows[-1] and at.stop > rows[0]
        soft = np.abs(hu[marks == mark].astype(np.int32) - 20) <= 210
        found += int(level and soft.size >= least and soft.mean() >= 0.5)
    return found


def perimeter_mm(mask: Bool, spacing_ji_mm: Sides) -> float:
    """Length of a mask's outline by Crofton's formula in four directions.

    The number of times that the lines of a direction cross the outline, times their distance,
    averaged over the directions; unlike counted pixel edges it does not depend on how the
    outline lies to the grid. Within 1 % for square pixels and smooth outlines.
    """
    dj, di = spacing_ji_mm
    m = np.pad(mask, 1)
    diagonal = float(np.hypot(dj, di))
    tilt = float(np.arctan2(dj, di))
    crossings = (
        (m[:, 1:] != m[:, :-1]).sum() * dj,
        (m[1:] != m[:-1]).sum() * di,
        (m[1:, 1:] != m[:-1, :-1]).sum() * dj * di / diagonal,
        (m[1:, :-1] != m[:-1, 1:]).sum() * dj * di / diagonal,
    )
    # Each direction stands for the angles nearer to it than to its neighbours.
    weights = (tilt, np.pi / 2 - tilt, np.pi / 4, np.pi / 4)
    return float(sum(c * w for c, w in zip(crossings, weights, strict=True)) / 2)


def hull_mm(mask: Bool, spacing_ji_mm: Sides) -> float:
    """Length of the convex hull of a mask, through the middles of its outer pixel edges."""
    dj, di = spacing_ji_mm
    points = []
    for axis, (along, across) in enumerate(((di, dj), (dj, di))):
        lines = mask if axis == 0 else mask.T
        n = np.flatnonzero(lines.any(axis=1))
        first = lines[n].argmax(axis=1) - 0.5
        last = lines.shape[1] - lines[n, ::-1].argmax(axis=1) - 0.5
        for ends in (first, last):
            pair = np.column_stack([n * across, ends * along])
            points.append(pair if axis == 0 else pair[:, ::-1])
    return float(ConvexHull(np.concatenate(points)).area)


def _grown(mask: Bool, reach_mm: float, spacing_ji_mm: Sides) -> Bool:
    bytes_ = np.ascontiguousarray(mask).view(np.uint8)
    size = _window(reach_mm, spacing_ji_mm)
    return np.asarray(ndimage.maximum_filter(bytes_, size=size, mode="constant"), dtype=np.bool_)


def _window(reach_mm: float, spacing_ji_mm: Sides) -> tuple[int, ...]:
    return tuple(2 * max(1, round(reach_mm / side)) + 1 for side in spacing_ji_mm)


def _opened(mask: Bool, reach_mm: float, spacing_ji_mm: Sides) -> Bool:
    """Without what is thinner than twice ``reach_mm``; a body cut by the image's edge is not."""
    bytes_ = np.ascontiguousarray(mask).view(np.uint8)
    size = _window(reach_mm, spacing_ji_mm)
    core = ndimage.minimum_filter(bytes_, size=size, mode="nearest")
    return np.asarray(ndimage.maximum_filter(core, size=size, mode="nearest"), dtype=np.bool_)


def _filled(mask: Bool) -> Bool:
    import fill_voids

    return np.asarray(fill_voids.fill(np.ascontiguousarray(mask)), dtype=np.bool_)


def _largest(mask: Bool) -> Bool:
    marks, count = ndimage.label(mask)
    if count < 2:
        return mask
    sizes = np.bincount(marks.ravel())
    sizes[0] = 0
    return np.asarray(marks == sizes.argmax())
