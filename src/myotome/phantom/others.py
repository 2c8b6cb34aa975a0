"""What is no abdomen, drawn plainly: a water bottle, a head with its neck, thighs, air, noise.

Such scans lie among those of every archive; a body-composition program must refuse them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import AIR_HU, Volume

Float32 = NDArray[np.float32]
_SHAPE, _SPACING_MM = (60, 128, 128), (5.0, 3.0, 3.0)
_NOISE_HU, _SEED = 15.0, 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """Every voxel's place in mm from the middle: z up, y to the back, x to the left."""

    z: Float32
    y: Float32
    x: Float32


Drawing = Callable[[Float32, Place], None]
"""Paints on HU ``(k, j, i)``."""


def others() -> dict[str, Volume]:
    """All of them by name, each on the same grid of 5 x 3 x 3 mm."""
    return {name: _drawn(drawing) for name, drawing in OTHERS.items()}


def other(name: str) -> Volume:
    """The one of that name (KeyError: none)."""
    return _drawn(OTHERS[name])


def _drawn(drawing: Drawing) -> Volume:
    depth, height, width = _SHAPE
    dz, dy, dx = _SPACING_MM
    grid = Grid.axial(_SHAPE, _SPACING_MM, (-width * dx / 2, -height * dy / 2, -400.0))
    hu = np.full(_SHAPE, -1000.0, np.float32)
    k, j, i = np.indices(_SHAPE, dtype=np.float32)
    place = Place(
        z=(k - depth / 2) * dz,
        y=(j - height / 2) * dy,
        x=(i - width / 2) * dx,
    )
    drawing(hu, place)
    noisy = hu + np.random.default_rng(_SEED).normal(0, _NOISE_HU, _SHAPE)
    shown = np.clip(np.rint(noisy), AIR_HU, 3000).astype(np.int16)
    return Volume(hu=shown, grid=grid, source_grid=grid)


def _air(hu: Float32, at: Place) -> None:
    """Nothing on the table, and no table."""


def _noise(hu: Float32, at: Place) -> None:
    hu[:] = np.random.default_rng(_SEED + 1).normal(0, 400, at.z.shape)


def _bottle(hu: Float32, at: Place) -> None:
    radius, inside = np.hypot(at.x, at.y), np.abs(at.z) < 130
    hu[(radius < 104) & inside] = 120
    hu[(radius < 100) & inside] = 0


def _on_table(hu: Float32, at: Place) -> None:
    _bottle(hu, at)
    wide = np.abs(at.x) < 170
    hu[(at.y > 118) & (at.y < 124) & wide] = -300
    hu[(at.y >= 124) & (at.y < 127) & wide] = 60


def _box(hu: Float32, at: Place) -> None:
    hu[(np.abs(at.x) < 120) & (np.abs(at.y) < 80) & (np.abs(at.z) < 140)] = 40


def _rods(hu: Float32, at: Place) -> None:
    """A phantom of quality control: rods of bone, air and fat in water."""
    x, y = at.x, at.y
    hu[np.hypot(x, y) < 100] = 0
    for number, value in enumerate((900, -1000, -100, 120, 300, -500)):
        angle = number * np.pi / 3
        hu[np.hypot(x - 60 * np.cos(angle), y - 60 * np.sin(angle)) < 12] = value


def _head(hu: Float32, at: Place) -> None:
    z, y, x = at.z, at.y, at.x
    skull = (x / 75) ** 2 + (y / 95) ** 2 + ((z - 50) / 90) ** 2
    for bound, value in ((1.0, 30), (0.93, 900), (0.80, 35)):
        hu[skull < bound] = value
    hu[(x / 14) ** 2 + ((y + 5) / 22) ** 2 + ((z - 50) / 18) ** 2 < 1] = 8
    hu[(x / 20) ** 2 + ((y + 60) / 22) ** 2 + (z / 25) ** 2 < 1] = -950
    _neck(hu, at, skull > 0.93)


def _neck(hu: Float32, at: Place, free: NDArray[np.bool_]) -> None:
    """Skin, muscle, windpipe and seven vertebrae of 13 mm with their discs."""
    z, y, x = at.z, at.y, at.x
    below = (z < -10) & free
    round_the = (x / 60) ** 2 + ((y - 15) / 62) ** 2
    hu[below & (round_the < 1)] = -95
    hu[below & (round_the < 0.85)] = 45
    part = (z + 400) % 18
    body = below & ((x / 14) ** 2 + ((y - 22) / 11) ** 2 < 1)
    rim = ((x / 11) ** 2 + ((y - 22) / 8) ** 2 > 1) | ((part > 5) & (part < 7)) | (part > 16)
    hu[body] = np.where(part < 5, 80, np.where(rim, 450, 180))[body]
    hu[below & ((x / 9) ** 2 + ((y - 42) / 8) ** 2 < 1)] = 25
    hu[below & (part > 6) & ((x / 9) ** 2 + ((y - 62) / 14) ** 2 < 1)] = 300
    hu[(z < -40) & ((x / 9) ** 2 + ((y + 12) / 8) ** 2 < 1)] = -980


def _thighs(hu: Float32, at: Place) -> None:
    for side in (-85, 85):
        around = np.hypot((at.x - side) / 75, at.y / 80)
        hu[around < 1] = -100
        hu[around < 0.85] = 50
        shaft = np.hypot(at.x - side, at.y + 5)
        hu[shaft < 15] = 900
        hu[shaft < 7] = -50


OTHERS: dict[str, Drawing] = {
    "air": _air,
    "noise": _noise,
    "bottle": _bottle,
    "bottle on a table": _on_table,
    "box": _box,
    "rods in water": _rods,
    "head and neck": _head,
    "thighs": _thighs,
}
"""The drawings by name."""
