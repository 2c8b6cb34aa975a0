"""Counting once: everything later stages need of the voxels, gathered in one pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.errors import BackendError
from myotome.measure.in_view.slices import fov_edge
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.muscles import MUSCLES
from myotome.voxels.slab_shares import slab_weights

Float = NDArray[np.float64]

LABELS = max(m.value for m in MUSCLES) + 1
HU_LEVELS = 1 << 16
LOWEST_HU = -(1 << 15)
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
