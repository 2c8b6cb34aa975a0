"""What a scan may be like that the same body could have had: one row per change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks
from myotome.nouns.space.volume import AIR_HU, Volume

Scan = tuple[NDArray[np.int16], Grid]
"""Values ``(k, j, i)`` and their grid, which need not be canonical."""

Effect = Callable[[Volume, Landmarks], Scan | None]
_GRAIN_MM = 0.8
_TOP_HU = 3071
_LIKE_ITS_OWN = 0.03
_T12_TO_L5 = ("T12", "L5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """``effect`` gives the changed scan, or None where this scan does not allow it."""

    key: str
    kind: str
    words: str
    effect: Effect


def _clipped(hu: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.rint(hu), AIR_HU, _TOP_HU).astype(np.int16)


def _lines(n_in: int, side_mm: float, new_mm: float) -> NDArray[np.float32]:
    """``(n_out, n_in)`` weights: the share of each old voxel in a new one (both are boxes).

    Thinner voxels are interpolated between centres. The lowest outer faces coincide.
    """
    n_out = max(1, round(n_in * side_mm / new_mm))
    if new_mm < side_mm:
        at = np.clip(((np.arange(n_out) + 0.5) * new_mm / side_mm) - 0.5, 0, n_in - 1)
        weight = np.clip(1 - np.abs(at[:, None] - np.arange(n_in)[None]), 0, None)
    else:
        low, high = np.arange(n_out)[:, None] * new_mm, (np.arange(n_out)[:, None] + 1) * new_mm
        left, right = np.arange(n_in)[None] * side_mm, (np.arange(n_in)[None] + 1) * side_mm
        weight = np.clip(np.minimum(high, right) - np.maximum(low, left), 0, None)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), dtype=np.float32)


def _regrid(grid: Grid, shape: tuple[int, int, int], sides_mm: tuple[float, float, float]) -> Grid:
    """The same outer corner and directions with other voxel sides (k, j, i)."""
    matrix = grid.matrix
    corner = matrix[:3, 3] - matrix[:3, :3].sum(axis=1) / 2
    unit = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    matrix[:3, :3] = unit * np.array(sides_mm[::-1])
    matrix[:3, 3] = corner + matrix[:3, :3].sum(axis=1) / 2
    return Grid.from_matrix(shape, matrix)


def _slices(volume: Volume, _landmarks: Landmarks, *, mm: float) -> Scan | None:
    dk, dj, di = volume.grid.spacing_mm
    if abs(mm / dk - 1) < _LIKE_ITS_OWN:
        return None
    weight = _lines(volume.grid.shape[0], dk, mm)
    flat = volume.hu.reshape(len(volume.hu), -1).astype(np.float32)
    hu = _clipped(weight @ flat).reshape(-1, *volume.hu.shape[1:])
    return hu, _regrid(volume.grid, hu.shape, (mm, dj, di))


def _pixels(volume: Volume, _landmarks: Landmarks, *, mm: float) -> Scan | None:
    dk, dj, di = volume.grid.spacing_mm
    if abs(mm / di - 1) < _LIKE_ITS_OWN:
        return None
    rows, columns = (
        _lines(n, side, mm) for n, side in zip(volume.grid.shape[1:], (dj, di), strict=True)
    )
    planes = [_clipped(rows @ plane.astype(np.float32) @ columns.T) for plane in volume.hu]
    hu = np.stack(planes)
    return hu, _regrid(volume.grid, hu.shape, (dk, mm, mm))


def _noise(volume: Volume, _landmarks: Landmarks, *, sd_hu: float) -> Scan:
    """Grain as a smooth kernel leaves it, in-plane; what was not reconstructed stays air."""
    rng = np.random.default_rng(20240613)
    _, dj, di = volume.grid.spacing_mm
    sigma = (_GRAIN_MM / dj, _GRAIN_MM / di)
    hu = np.empty_like(volume.hu)
    for k, plane in enumerate(volume.hu):
        grain = ndimage.gaussian_filter(rng.standard_normal(plane.shape, np.float32), sigma)
        hu[k] = _clipped(plane + grain * np.float32(sd_hu / grain.std()))
    return _outside(hu, volume), volume.grid


def _shift(volume: Volume, _landmarks: Landmarks, *, by_hu: float) -> Scan:
    return _outside(_clipped(volume.hu.astype(np.float32) + by_hu), volume), volume.grid


def _outside(hu: NDArray[np.int16], volume: Volume) -> NDArray[np.int16]:
    if volume.fov is not None:
        hu[:, ~volume.fov] = AIR_HU
    return hu


def _turned(
    volume: Volume,
    _landmarks: Landmarks,
    *,
    flips: tuple[int, ...],
    axes: tuple[int, int, int] = (0, 1, 2),
) -> Scan:
    """The same voxels stored in another order; flips are array axes, then axes are permuted."""
    matrix, hu = volume.grid.matrix, volume.hu
    for axis in flips:
        column = 2 - axis
        matrix[:3, 3] += matrix[:3, column] * (hu.shape[axis] - 1)
        matrix[:3, column] *= -1
        hu = np.flip(hu, axis)
    hu = hu.transpose(axes)
    order = [2 - axes[2 - column] for column in range(3)]
    matrix[:3, :3] = matrix[:3, order]
    return hu, Grid.from_matrix(hu.shape, matrix)


def _crop(volume: Volume, landmarks: Landmarks) -> Scan | None:
    """T12 to L5 and no more, as far as the scan reaches; None if it reaches no further."""
    top, bottom = (landmarks.levels.get(name) for name in _T12_TO_L5)
    start, stop = 0, volume.grid.shape[0]
    if bottom is not None and bottom.inferior_z_mm is not None:
        start = max(0, round(volume.grid.z_to_k(bottom.inferior_z_mm)))
    if top is not None and top.superior_z_mm is not None:
        stop = min(stop, round(volume.grid.z_to_k(top.superior_z_mm)) + 1)
    if stop - start == volume.grid.shape[0] or stop - start < 2:
        return None
    return volume.hu[start:stop], volume.grid.crop_k(start, stop)


CHANGES: tuple[Change, ...] = (
    *(
        Change(
            key=f"slices_{mm}",
            kind="slice thickness",
            words=f"slices of {mm} mm",
            effect=partial(_slices, mm=float(mm)),
        )
        for mm in (1, 2, 3, 5)
    ),
    *(
        Change(
            key=f"pixels_{mm:.1f}",
            kind="pixel size",
            words=f"pixels of {mm:.1f} mm",
            effect=partial(_pixels, mm=mm),
        )
        for mm in (0.6, 0.8, 1.0)
    ),
    *(
        Change(
            key=f"noise_{sd}",
            kind="noise",
            words=f"noise, SD {sd} HU more",
            effect=partial(_noise, sd_hu=float(sd)),
        )
        for sd in (10, 20, 30, 45)
    ),
    *(
        Change(
            key=f"shift_{by:+d}",
            kind="contrast",
            words=f"all values {by:+d} HU".replace("-", "\u2212"),
            effect=partial(_shift, by_hu=float(by)),
        )
        for by in (-40, -20, 20, 40)
    ),
    Change(
        key="order_k",
        kind="order",
        words="slices stored head to foot",
        effect=partial(_turned, flips=(0,)),
    ),
    Change(
        key="order_ji",
        kind="order",
        words="rows and columns stored backwards",
        effect=partial(_turned, flips=(1, 2)),
    ),
    Change(
        key="order_axes",
        kind="order",
        words="axes stored in another order",
        effect=partial(_turned, flips=(0, 2), axes=(2, 0, 1)),
    ),
    Change(key="crop_T12_L5", kind="crop", words="cropped to T12 to L5", effect=_crop),
)
