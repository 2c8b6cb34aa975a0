"""Counting once: everything later stages need of the voxels, gathered in one pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.errors import BackendError
from myotome.nouns.grid import Grid
from myotome.nouns.landmarks import Slab
from myotome.nouns.segmentation import Segmentation
from myotome.nouns.volume import Volume
from myotome.tables.anatomy.muscles import MUSCLES

Float = NDArray[np.float64]

LABELS = max(m.value for m in MUSCLES) + 1
HU_LEVELS = 1 << 16
LOWEST_HU = -(1 << 15)
FOV_EDGE_PIXELS = 2
_CHUNK_VOXELS = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally:
    """Counts per label (0..12). ``k`` are the slices that the backend looked at, in order.

    ``z_mm`` and ``weights`` (share of the slice inside the slab) are per slice of the grid,
    ``dz_mm`` is the distance between slices along z. ``histogram`` is ``(label, HU - LOWEST_HU)``
    in voxels, each weighted by its slice; ``voxels`` and ``hu_sums`` are ``(k, label)``, and
    ``cut`` says on which of them the label touches the edge of the field of view.
    """

    z_mm: Float
    dz_mm: float
    weights: Float
    k: range
    histogram: Float
    voxels: NDArray[np.int64]
    hu_sums: NDArray[np.int64]
    cut: NDArray[np.bool_]

    @property
    def seen_weights(self) -> Float:
        """``weights`` of the slices in ``k``."""
        return self.weights[self.k.start : self.k.stop]

    @property
    def faces_mm(self) -> tuple[float, float]:
        """Outer faces of the scan along z, bottom and top."""
        return float(self.z_mm[0]) - self.dz_mm / 2, float(self.z_mm[-1]) + self.dz_mm / 2


def slab_weights(grid: Grid, slab: Slab) -> tuple[Float, float, Float]:
    """Slice centres (LPS z, mm), their distance (mm), and the share of each slice in the slab.

    A slice is a box of its own thickness around its centre, so the planes cut slices in part
    and volumes do not jump by whole slices.
    """
    z: Float = np.asarray(grid.slice_z_mm(np.arange(grid.shape[0])), dtype=np.float64)
    dz = abs(grid.slice_z_mm(1.0) - grid.slice_z_mm(0.0))
    top = np.minimum(slab.superior_z_mm, z + dz / 2)
    bottom = np.maximum(slab.inferior_z_mm, z - dz / 2)
    weights = np.clip((top - bottom) / dz, 0.0, 1.0)
    weights[weights < 1e-9] = 0.0
    return z, dz, weights


def tally(volume: Volume, segmentation: Segmentation, slab: Slab) -> Tally:
    """Count every labelled voxel of the slices that were looked at.

    Refuses a segmentation on another grid than the CT's, and labels of no muscle.
    """
    volume.grid.require_same(segmentation.grid, "the segmentation")
    z, dz, weights = slab_weights(volume.grid, slab)
    k = range(*segmentation.k_range)
    shape = (len(k), LABELS)
    voxels = np.zeros(shape, np.int64)
    hu_sums = np.zeros(shape, np.int64)
    cut = np.zeros(shape, np.bool_)
    histogram = np.zeros(LABELS * HU_LEVELS)
    edge = np.flatnonzero(fov_edge(volume))
    whole = _Buffer(histogram)
    for row, at in enumerate(k):
        labels = segmentation.labels[at].reshape(-1)
        found = np.flatnonzero(labels)
        label = labels[found]
        hu = volume.hu[at].reshape(-1)[found]
        voxels[row] = _per_label(label)
        hu_sums[row] = np.rint(np.bincount(label, weights=hu, minlength=LABELS))
        cut[row, labels[edge]] = True
        if weights[at] == 1.0:
            whole.add(label, hu)
        elif weights[at] > 0:
            histogram += weights[at] * _counts(label, hu)
    whole.flush()
    cut[:, 0] = False
    return Tally(
        z_mm=z,
        dz_mm=dz,
        weights=weights,
        k=k,
        histogram=histogram.reshape(LABELS, HU_LEVELS),
        voxels=voxels,
        hu_sums=hu_sums,
        cut=cut,
    )


def fov_edge(volume: Volume) -> NDArray[np.bool_]:
    """Pixels ``(j, i)`` at the border of the image or within 2 of the reconstructed circle."""
    edge = np.zeros(volume.grid.shape[1:], np.bool_)
    edge[[0, -1], :] = True
    edge[:, [0, -1]] = True
    if volume.fov is not None:
        edge |= ~ndimage.binary_erosion(volume.fov, iterations=FOV_EDGE_PIXELS, border_value=1)
    return edge


def _per_label(label: NDArray[np.uint8]) -> NDArray[np.int64]:
    counts = np.bincount(label, minlength=LABELS)
    if len(counts) > LABELS:
        raise BackendError(
            f"the segmentation holds label {len(counts) - 1}, but there are {LABELS - 1} muscles.",
            mend="Give the label map a mapping.",
        )
    return counts


def _counts(label: NDArray[np.uint8], hu: NDArray[np.int16]) -> NDArray[np.int64]:
    index = (label.astype(np.int32) << 16) + (hu.astype(np.int32) - LOWEST_HU)
    return np.bincount(index, minlength=LABELS * HU_LEVELS)


class _Buffer:
    """Whole slices, collected so that the long histogram is added to rarely."""

    def __init__(self, histogram: Float) -> None:
        self._histogram = histogram
        self._pairs: list[tuple[NDArray[np.uint8], NDArray[np.int16]]] = []
        self._held = 0

    def add(self, label: NDArray[np.uint8], hu: NDArray[np.int16]) -> None:
        self._pairs.append((label, hu))
        self._held += len(label)
        if self._held >= _CHUNK_VOXELS:
            self.flush()

    def flush(self) -> None:
        if self._held:
            labels, hu = zip(*self._pairs, strict=True)
            self._histogram += _counts(np.concatenate(labels), np.concatenate(hu))
        self._pairs, self._held = [], 0
