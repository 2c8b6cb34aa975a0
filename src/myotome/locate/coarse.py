"""A CT as the coarse network sees it: 6 mm voxels in a window around the body.

NumPy and SciPy only; training uses the very same functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import AIR_HU, Volume
from myotome.voxels.resample import resampling_matrix

COARSE_MM = 6.0
"""Side of a coarse voxel."""

WINDOW_JI = (48, 64)
"""In-plane size (j, i) of what the network sees: 288 mm front to back, 384 mm across."""

MULTIPLE_K = 16
"""The number of planes is padded with air to a multiple of this."""

_BODY_HU = -300.0
_BEHIND = 42  # rows of the window in front of the back's skin in very deep bodies

_THIN_TO_MM = (2.0, 1.4, 1.4)

Float32 = NDArray[np.float32]
Predict = Callable[[Float32], Float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoarseView:
    """Coarse HU, float32 ``(k, 48, 64)``, air where the window leaves the scan.

    ``grid`` places its voxels in LPS mm.
    """

    hu: Float32
    grid: Grid


def coarse_view(volume: Volume) -> CoarseView:
    """The volume averaged to 6 mm voxels and cut to the window around the body."""
    hu, grid = _shrink(volume)
    j0, i0 = window_origin(hu)
    rows, columns = WINDOW_JI
    out = np.full((hu.shape[0], rows, columns), AIR_HU, np.float32)
    j = np.arange(max(0, j0), min(hu.shape[1], j0 + rows))
    i = np.arange(max(0, i0), min(hu.shape[2], i0 + columns))
    if len(j) and len(i):
        out[:, j[0] - j0 : j[-1] + 1 - j0, i[0] - i0 : i[-1] + 1 - i0] = hu[
            :, j[0] : j[-1] + 1, i[0] : i[-1] + 1
        ]
    matrix = grid.matrix
    matrix[:3, 3] += matrix[:3, 1] * j0 + matrix[:3, 0] * i0
    return CoarseView(hu=out, grid=Grid.from_matrix((out.shape[0], rows, columns), matrix))


def window_origin(hu: Float32) -> tuple[int, int]:
    """First (j, i) of the window, possibly negative: centred on the body, back included."""
    body = np.asarray(ndimage.binary_opening(_typical(hu) > _BODY_HU))
    labels, count = ndimage.label(body)
    if count == 0:
        return (hu.shape[1] - WINDOW_JI[0]) // 2, (hu.shape[2] - WINDOW_JI[1]) // 2
    largest = 1 + int(np.argmax(ndimage.sum_labels(body, labels, range(1, count + 1))))
    j, i = np.nonzero(labels == largest)
    front, back = int(j.min()), int(j.max()) + 1
    j0 = round((front + back - WINDOW_JI[0]) / 2)
    return max(j0, back - _BEHIND) if back - front > _BEHIND else j0, round(
        (int(i.min()) + int(i.max()) + 1 - WINDOW_JI[1]) / 2
    )


def _typical(hu: Float32) -> Float32:
    """The median plane: a body is tissue in most planes, an arm or a wire is not."""
    step = max(1, hu.shape[0] // 24)
    return np.asarray(np.median(hu[::step], axis=0), dtype=np.float32)


def network_input(hu: Float32) -> Float32:
    """``(k, j, i)`` HU -> ``(1, 2, k', j, i)``: a wide and a soft-tissue window.

    Channel 0 is HU/500 within -1000..1000, channel 1 (HU-50)/200 within -150..250; k' is k
    padded at the top with air to a multiple of 16.
    """
    planes = -(-hu.shape[0] // MULTIPLE_K) * MULTIPLE_K
    padded = np.full((planes, *hu.shape[1:]), AIR_HU, np.float32)
    padded[: hu.shape[0]] = hu
    wide = np.clip(padded, -1000.0, 1000.0) / np.float32(500.0)
    soft = (np.clip(padded, -150.0, 250.0) - np.float32(50.0)) / np.float32(200.0)
    return np.stack([wide, soft])[None].astype(np.float32)


def probabilities(view: CoarseView, predict: Predict) -> Float32:
    """Class probabilities ``(class, k, j, i)`` of every coarse voxel."""
    logits = np.asarray(predict(network_input(view.hu)), dtype=np.float32)[0]
    logits = logits[:, : view.hu.shape[0]]
    logits -= logits.max(axis=0)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=0)
    return np.asarray(logits, dtype=np.float32)


def _shrink(volume: Volume) -> tuple[Float32, Grid]:
    """The whole volume at ``COARSE_MM``; both grids share their lower outer corner."""
    spacing = volume.grid.spacing_mm
    steps = [max(1, int(finest / d)) for d, finest in zip(spacing, _THIN_TO_MM, strict=True)]
    thinned = volume.hu[tuple(slice(None, None, step) for step in steps)]
    hu = np.clip(thinned, AIR_HU, 3000).astype(np.float32)
    for axis in range(3):  # few large products: many small ones are slow on a busy machine
        weights = resampling_matrix(hu.shape[axis], spacing[axis] * steps[axis], COARSE_MM)
        hu = np.moveaxis(np.tensordot(weights, hu, axes=(1, axis)), 0, axis)
    hu = np.ascontiguousarray(hu, dtype=np.float32)
    matrix = volume.grid.matrix
    offset_mm = [
        (COARSE_MM - d * step) / 2 for d, step in zip(spacing[::-1], steps[::-1], strict=True)
    ]
    unit = matrix[:3, :3] / np.array(spacing[::-1])
    coarse = np.eye(4)
    coarse[:3, :3] = unit * COARSE_MM
    coarse[:3, 3] = matrix[:3, 3] + unit @ np.asarray(offset_mm)
    return hu, Grid.from_matrix((hu.shape[0], hu.shape[1], hu.shape[2]), coarse)
