"""The field of view: where in the plane the scanner reconstructed anything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.nouns.space.volume import AIR_HU
from myotome.read.raw import PADDING

_OUTER_AIR_HU = -1000
_ON_CIRCLE_SHARE = 0.97
_OFF_CIRCLE_PIXELS = 1.5
"""Of the rim's pixels, the first share must lie this close to one circle. No body is so round."""
_LEAST_RIM_PIXELS = 40


def field_of_view(
    hu: NDArray[np.int16], pixel_mm: tuple[float, float] = (1.0, 1.0)
) -> NDArray[np.bool_] | None:
    """The plane ``(j, i)``, True where anything was reconstructed; None if that is everywhere.

    By padding voxels, else by the constant value some scanners put outside the reconstruction
    circle, if what remains is a circle of any size and place (the image may have been cropped
    or be wider than the scan field). ``hu`` ``(k, j, i)`` still has its padding marked;
    ``pixel_mm`` are the sides of a pixel along (j, i).
    """
    covered = np.zeros(hu.shape[1:], dtype=bool)
    for plane in hu:
        covered |= plane != PADDING
    if not covered.all():
        return np.asarray(ndimage.binary_fill_holes(covered), dtype=bool)
    return _circle(hu, pixel_mm)


def _circle(hu: NDArray[np.int16], pixel_mm: tuple[float, float]) -> NDArray[np.bool_] | None:
    corner = int(hu[0, 0, 0])
    if corner > _OUTER_AIR_HU or len(hu) < 3:
        return None
    constant = np.ones(hu.shape[1:], dtype=bool)
    for plane in hu:
        constant &= plane == corner
    names, _ = ndimage.label(constant)
    outside = np.isin(names, [n for n in names[[0, 0, -1, -1], [0, -1, 0, -1]] if n])
    rim = ~outside & ndimage.binary_dilation(outside)
    rim[[0, -1]] = rim[:, [0, -1]] = False  # there the image ends, not the circle
    return ~outside if _is_round(rim, pixel_mm) else None


def _is_round(rim: NDArray[np.bool_], pixel_mm: tuple[float, float]) -> bool:
    """True if the pixels of ``rim`` lie on one circle, by an algebraic fit (Kasa 1976)."""
    points = np.argwhere(rim) * np.asarray(pixel_mm)
    if len(points) < _LEAST_RIM_PIXELS:
        return False
    system = np.column_stack([2 * points, np.ones(len(points))])
    y, x, rest = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    radius = np.sqrt(max(0.0, rest + y * y + x * x))
    off = np.abs(np.hypot(points[:, 0] - y, points[:, 1] - x) - radius)
    return bool((off <= _OFF_CIRCLE_PIXELS * max(pixel_mm)).mean() >= _ON_CIRCLE_SHARE)


def without_padding(hu: NDArray[np.int16]) -> None:
    """Turn padding into air, in place, slice by slice."""
    for plane in hu:
        plane[plane == PADDING] = AIR_HU
