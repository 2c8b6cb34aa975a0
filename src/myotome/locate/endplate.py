"""The slab's lower plane: the inferior endplate of L5, read off the CT where its line meets it.

The counting network sees the spine in steps of 2 mm and the endplate of L5, tilted by 20 to 40
degrees, as a band of 10 to 20 mm. Here the bright ridge is looked for along its own tilt, close to
where the network put it. docs/planes.md defines the plane.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.locate.spine import Spine
from myotome.nouns.space.landmarks import Level
from myotome.nouns.space.volume import Volume

Float = NDArray[np.float64]

LOWEST = "L5"
"""Whose inferior endplate ends the slab."""

_REACH_MM, _DEEP_MM, _STEP_MM = 22.0, 30.0, 1.0
_ACROSS_MM = (-5.0, -2.5, 0.0, 2.5, 5.0)
_DARKEST_HU, _BRIGHTEST_HU = -100.0, 700.0
"""Gas in a disc and metal do not count for more than fat and bone."""

_RIDGE_MM = 9.0
"""Half the length of endplate, front to back, that is looked at."""

_BESIDE_MM = 3.0
_DISC_SHARE, _BODY_SHARE = 1.2, 0.2
"""How much a dark disc below and a bright body above count beside the ridge between them."""

_SLOPES = np.arange(-0.4, 1.21, 0.1)
_SLOPE_SPREAD = 0.25
_AWAY_MM = 2.0
_SURPRISE_HU = 50.0
"""So much contrast outweighs one log unit of the priors: 2 mm away, 14 degrees off the line."""


def with_lower_plane(levels: Mapping[str, Level], volume: Volume, spine: Spine) -> dict[str, Level]:
    """``levels`` with the inferior endplate of L5 as the CT shows it; its middle stays.

    Left as it is where it is not in view.
    """
    level = levels.get(LOWEST)
    if level is None or level.inferior_z_mm is None:
        return dict(levels)
    z = inferior_endplate_z_mm(volume, spine, level.inferior_z_mm)
    return {**levels, LOWEST: replace(level, inferior_z_mm=round(z, 2))}


def inferior_endplate_z_mm(volume: Volume, spine: Spine, near_z_mm: float) -> float:
    """The LPS z at which the line through the bodies meets an inferior endplate.

    ``near_z_mm`` is where it was found before. The answer is the z of the brightest ridge with
    disc below it, weighed against how far it lies from there and how much it is tilted against
    the line; ``near_z_mm`` itself where the CT ends before the disc.
    """
    low, high = volume.grid.faces_z_mm
    if not low + _BESIDE_MM < near_z_mm < high:
        return near_z_mm
    z, y, hu = _sagittal(volume, spine, near_z_mm)
    middle = float(np.interp(near_z_mm, spine.z_mm, spine.y_mm))
    ends = np.interp([near_z_mm - 10.0, near_z_mm + 10.0], spine.z_mm, spine.y_mm)
    across = float(ends[0] - ends[1]) / 20.0
    likely = _ridges(hu, z - z[0], middle - y[0]) / _SURPRISE_HU
    likely -= 0.5 * ((z - near_z_mm) / _AWAY_MM)[None] ** 2
    likely -= 0.5 * ((_SLOPES - across) / _SLOPE_SPREAD)[:, None] ** 2
    tilt, row = np.unravel_index(int(likely.argmax()), likely.shape)
    return float(z[row]) + _peak(likely[tilt], int(row)) * _STEP_MM


def _sagittal(volume: Volume, spine: Spine, near_z_mm: float) -> tuple[Float, Float, Float]:
    """(z, y, HU ``(z, y)``) around the line: the mean of cuts up to 5 mm beside it, 1 mm steps."""
    x0, y0 = (np.interp(near_z_mm, spine.z_mm, line) for line in (spine.x_mm, spine.y_mm))
    z = np.arange(near_z_mm - _REACH_MM, near_z_mm + _REACH_MM + 1e-6, _STEP_MM)
    y = np.arange(y0 - _DEEP_MM, y0 + _DEEP_MM + 1e-6, _STEP_MM)
    shape = (len(_ACROSS_MM), len(z), len(y))
    x, zs, ys = np.broadcast_arrays(
        x0 + np.asarray(_ACROSS_MM)[:, None, None], z[:, None], y[None, :]
    )
    index = volume.grid.to_index(np.stack([x, ys, zs], axis=-1).reshape(-1, 3)).T
    near = slice(max(0, int(index[0].min())), int(index[0].max()) + 2)
    index[0] -= near.start
    hu = ndimage.map_coordinates(
        volume.hu[near], index, output=np.float64, order=1, mode="nearest"
    ).reshape(shape)
    return z, y, np.clip(hu.mean(axis=0), _DARKEST_HU, _BRIGHTEST_HU)


def _ridges(hu: Float, rows: Float, middle: float) -> Float:
    """How bright a line of each slope through ``middle`` is at each row, against its sides."""
    along = np.arange(-_RIDGE_MM, _RIDGE_MM + 1e-6, 1.5) / _STEP_MM

    def mean(slope: float, off_mm: float) -> Float:
        off = off_mm / _STEP_MM / np.hypot(1.0, slope)
        at = rows[:, None] / _STEP_MM + slope * along + off
        across = np.broadcast_to((middle / _STEP_MM) + along - slope * off, at.shape)
        shown = ndimage.map_coordinates(hu, np.stack([at, across]), order=1, mode="nearest")
        return np.asarray(shown.mean(axis=1))

    return np.stack(
        [
            mean(slope, 0.0)
            - _DISC_SHARE * mean(slope, -_BESIDE_MM)
            + _BODY_SHARE * mean(slope, _BESIDE_MM)
            for slope in _SLOPES
        ]
    )


def _peak(values: Float, at: int) -> float:
    """Where between rows the top of the parabola through a peak and its neighbours lies."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = values[at - 1 : at + 2]
    bend = before - 2 * here + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0
