"""The lung base: the lower face of the lowest slice that shows aerated lung.

docs/planes.md defines it beside the slab's other plane.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.locate.coarse import COARSE_MM, CoarseView
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.landmark_classes import LANDMARK_CLASS

AERATED_HU = -450
"""Below this a voxel is aerated lung or gas (assumed: half lung, half soft tissue)."""

_LEAST_LUNG_ML = 4.0
_WHOLE_LUNG_ML = 500.0
LEAST_AREA_MM2 = 8.0
"""Less air than this on a slice, about one voxel of 3 mm, does not show lung."""

_BELOW_MM, _ABOVE_MM, _BESIDE_MM = 24.0, 25.0, 12.0
_THINNED_MM, _THINNED_AREA_MM2 = 1.6, 12.0
_CLOSE_MM = 8.0


def lung_base(
    volume: Volume,
    view: CoarseView,
    probability: NDArray[np.float32],
    floor_z_mm: float | None = None,
) -> tuple[float | None, float, str]:
    """The z of the lung base in mm (a lower face), its confidence and, without one, why.

    It is the lower face of the lowest slice with ``LEAST_AREA_MM2`` of air (``AERATED_HU``) that
    is connected to the lung. Nothing below ``floor_z_mm`` is taken for lung. The reason is
    "no_lung" or "lung_at_lowest_slice". Gas in the bowel is told apart by the network's lung
    class and by not being connected to it.
    """
    lung = probability[LANDMARK_CLASS["lung"].value] > 0.5
    if floor_z_mm is not None:
        lung &= (view.grid.slice_z_mm(np.arange(lung.shape[0])) > floor_z_mm)[:, None, None]
    lung = _main_parts(lung)
    if lung.sum() * COARSE_MM**3 / 1000.0 < _LEAST_LUNG_ML:
        return None, 0.0, "no_lung"
    k_low = int(np.flatnonzero(lung.any(axis=(1, 2)))[0])
    z_low = float(view.grid.slice_z_mm(k_low))
    k = _lowest_air(volume, view, lung, z_low)
    if k is None:
        k, confidence = volume.grid.nearest_k(float(np.clip(z_low, *volume.grid.faces_z_mm))), 0.4
    else:
        apart = abs(float(volume.grid.slice_z_mm(k)) - z_low)
        confidence = float(np.clip(1.0 - apart / 60.0, 0.4, 0.95))
    if not k:
        return None, 0.0, "lung_at_lowest_slice"
    return volume.grid.lower_face_z_mm(k), confidence, ""


def _main_parts(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The components that reach the top of the scan or are as large as a whole lung.

    A lung cut by the upper edge of the scan touches it; gas in the bowel does neither.
    """
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = ndimage.sum_labels(mask, labels, range(1, count + 1))
    large = 1 + np.flatnonzero(sizes * COARSE_MM**3 / 1000.0 >= _WHOLE_LUNG_ML)
    at_top = np.unique(labels[-2:])
    return np.asarray(np.isin(labels, np.union1d(large, at_top[at_top > 0])))


def _lowest_air(
    volume: Volume, view: CoarseView, lung: NDArray[np.bool_], z_low: float
) -> int | None:
    """Lowest slice whose air is connected to the lung, looking around ``z_low`` only.

    Every second or third pixel tells about where; around there every pixel is looked at.
    """
    grid = volume.grid
    dk, dj, di = grid.spacing_mm
    last = grid.shape[0]
    k0 = int(np.clip(np.floor(grid.z_to_k(z_low - _BELOW_MM)), 0, last - 1))
    k1 = int(np.clip(np.ceil(grid.z_to_k(z_low + _ABOVE_MM)), k0 + 1, last))
    step_j, step_i = max(1, int(_THINNED_MM // dj)), max(1, int(_THINNED_MM // di))
    pixel_mm2 = dj * di
    seed, near = _gates(volume, view, lung, (k0, k1), (step_j, step_i))
    joined = _joined(volume.hu[k0:k1, ::step_j, ::step_i], seed, near)
    about = _lowest(joined, _THINNED_AREA_MM2 / (pixel_mm2 * step_j * step_i))
    if about is None:
        return None
    close = int(np.ceil(_CLOSE_MM / dk))
    a, b = max(k0, k0 + about - close), min(k1, k0 + about + close + 1)
    _, near = _gates(volume, view, lung, (a, b), (1, 1))
    seed = np.zeros(near.shape, np.bool_)
    seed[:, ::step_j, ::step_i] = joined[a - k0 : b - k0]
    found = _lowest(_joined(volume.hu[a:b], seed, near), LEAST_AREA_MM2 / pixel_mm2)
    return k0 + about if found is None else a + found


def _joined(
    hu: NDArray[np.int16], seed: NDArray[np.bool_], near: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """The air among ``near`` that hangs together with any of ``seed``."""
    labels, _ = ndimage.label((hu < AERATED_HU) & near)
    kept = np.zeros(int(labels.max()) + 1, np.bool_)
    kept[labels[seed]] = True
    kept[0] = False
    return np.asarray(kept[labels])


def _lowest(air: NDArray[np.bool_], least_pixels: float) -> int | None:
    """The lowest slice with so much air; None if none has."""
    enough = np.flatnonzero(air.sum(axis=(1, 2)) >= least_pixels)
    return int(enough[0]) if len(enough) else None


def _gates(
    volume: Volume,
    view: CoarseView,
    lung: NDArray[np.bool_],
    k_range: tuple[int, int],
    steps: tuple[int, int],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """On the thinned fine grid: the network's lung, and where lung may still be found."""
    beside, below = round(_BESIDE_MM / COARSE_MM), round(_BELOW_MM / COARSE_MM)
    near = ndimage.binary_dilation(lung, np.ones((1, 2 * beside + 1, 2 * beside + 1), bool))
    reach = near.copy()
    for down in range(1, below + 1):
        reach[:-down] |= near[down:]
    k = np.arange(*k_range, dtype=float)
    j = np.arange(0, volume.grid.shape[1], steps[0], dtype=float)
    i = np.arange(0, volume.grid.shape[2], steps[1], dtype=float)
    # both grids share their axes, so each coarse index depends on one fine index alone
    origin = view.grid.to_index(volume.grid.to_lps_mm([0.0, 0.0, 0.0]))
    own = np.asarray(volume.grid.spacing_mm) / np.asarray(view.grid.spacing_mm)
    index, inside = [], []
    for axis, values in enumerate((k, j, i)):
        coarse = np.rint(origin[axis] + values * own[axis]).astype(int)
        inside.append((coarse >= 0) & (coarse < lung.shape[axis]))
        index.append(np.clip(coarse, 0, lung.shape[axis] - 1))
    within = inside[0][:, None, None] & inside[1][None, :, None] & inside[2][None, None, :]
    place = np.ix_(*index)
    return lung[place] & within, reach[place] & within
