"""Counting every tissue of every slice once: compartments say where, HU windows say what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.measure.in_view.slices import fov_edge
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.tables.quantities.hu_windows import WINDOW, Window
from myotome.tables.quantities.tissues import CUT_MM, METAL_HU, TISSUES, Tissue
from myotome.voxels.regions import REGION, REGIONS, body_box, countable, regions
from myotome.voxels.slab_shares import slab_weights

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
Codes = NDArray[np.uint8]

_WALL = REGION["muscle_wall"]

_EDGES = tuple(sorted({e for w in WINDOW.values() for e in (w.low_hu, w.high_hu + 1)}))
_BINS = len(_EDGES) + 1
_LOW_HU, _SPAN = _EDGES[0] - 1, _EDGES[-1] - _EDGES[0] + 2
"""HU beyond all windows are counted as the first one outside: only sums in windows are read."""

_BIN_STARTS = np.array([0, *(e - _LOW_HU for e in _EDGES)])
_HU_OF = np.arange(_LOW_HU, _LOW_HU + _SPAN, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Census:
    """Voxels and their summed HU per slice, compartment (0: none) and HU bin.

    ``seen`` are the slices whose compartments were given (a slice of a body is never empty of
    them); elsewhere nothing is known. ``cut`` says where a compartment touches the edge of the
    field of view over ``CUT_MM`` or more, ``metal`` counts voxels of the body above
    ``METAL_HU``. ``z_mm``, ``dz_mm`` and ``weights`` (share of each slice in the slab) are per
    slice of the grid.
    """

    z_mm: Float
    dz_mm: float
    weights: Float
    pixel_cm2: float
    voxel_ml: float
    seen: Bool
    voxels: NDArray[np.int64]
    hu_sums: Float
    cut: Bool
    metal: NDArray[np.int64]

    def counts(self, tissue: Tissue, window: str = "") -> Float:
        """Voxels of a tissue per slice of the grid; ``window`` in place of the row's own."""
        return _within(self.voxels, tissue, window)

    def sums(self, tissue: Tissue, window: str = "") -> Float:
        """Summed HU of a tissue's voxels per slice of the grid."""
        return _within(self.hu_sums, tissue, window)

    def hu(self, tissue: Tissue, weights: Float, window: str = "") -> float | None:
        """Mean HU over the tissue's voxels, each slice by its weight; None without any."""
        count = float(self.counts(tissue, window) @ weights)
        return float(self.sums(tissue, window) @ weights) / count if count else None

    def only(self, ks: Iterable[int]) -> Float:
        """Weights that are 1 on slices ``ks`` and 0 elsewhere."""
        weights = np.zeros(len(self.seen))
        weights[list(ks)] = 1.0
        return weights

    def region(self, tissue: Tissue) -> Float:
        """Voxels of the tissue's whole compartment per slice."""
        return np.asarray(self.voxels[:, REGION[tissue.region]].sum(axis=1), dtype=np.float64)

    def touches_edge(self, tissue: Tissue) -> Bool:
        """The slices on which the tissue's compartment touches the edge of the field of view."""
        return self.cut[:, REGION[tissue.region]]


def bins_of(window: Window) -> slice:
    """The bins that make up a window of ``tables.quantities.hu_windows``."""
    return slice(_EDGES.index(window.low_hu) + 1, _EDGES.index(window.high_hu + 1) + 1)


def _within(counts: NDArray[np.int64] | Float, tissue: Tissue, window: str) -> Float:
    bins = bins_of(WINDOW[window or tissue.window])
    return np.asarray(counts[:, REGION[tissue.region], bins].sum(axis=1), dtype=np.float64)


def census(volume: Volume, segmentation: Segmentation, slab: Slab) -> Census:
    """Count all slices that have compartments. Refuses a segmentation on another grid.

    The 12 muscles belong to the muscle wall even where the compartments say otherwise. Voxels
    of fat within ``AIR_REACH_MM`` of air or gas are left out: there skin, gut wall and lung mix
    with air to the HU of fat.
    """
    volume.grid.require_same(segmentation.grid, "the segmentation")
    z, dz, weights = slab_weights(volume.grid, slab)
    count = volume.grid.shape[0]
    voxels = np.zeros((count, REGIONS, _BINS), np.int64)
    hu_sums = np.zeros((count, REGIONS, _BINS))
    cut = np.zeros((count, REGIONS), np.bool_)
    metal = np.zeros(count, np.int64)
    edge = fov_edge(volume)
    least_cut = max(1.0, CUT_MM / max(volume.grid.spacing_mm[1:]))
    rooms = segmentation.compartments
    seen = np.zeros(count, np.bool_)
    for k in range(count) if rooms is not None else ():
        plane = regions(segmentation, k)
        box = body_box(plane > 0)
        if box is None:
            continue
        seen[k] = True
        cut[k] = np.bincount(plane[edge], minlength=REGIONS) >= least_cut
        inner, hu = plane[box], volume.hu[k][box]
        metal[k] = int(((hu > METAL_HU) & (inner > 0)).sum())
        voxels[k], hu_sums[k] = _count(countable(inner, hu, volume.grid.spacing_mm[1:]), hu)
    cut[:, 0] = False
    return Census(
        z_mm=z,
        dz_mm=dz,
        weights=weights,
        pixel_cm2=volume.grid.pixel_cm2,
        voxel_ml=volume.grid.voxel_ml,
        seen=seen,
        voxels=voxels,
        hu_sums=hu_sums,
        cut=cut,
        metal=metal,
    )


def _count(regions_of: Codes, hu: NDArray[np.int16]) -> tuple[NDArray[np.int64], Float]:
    """(voxels, summed HU) per region and bin of one slice; region 0 is left at zero.

    HU beyond the outermost windows enter the sums as the nearest HU outside them.
    """
    near = np.clip(hu, _LOW_HU, _LOW_HU + _SPAN - 1) - np.int16(_LOW_HU)
    code = regions_of * np.int16(_SPAN) + near
    histogram = np.bincount(code.ravel(), minlength=REGIONS * _SPAN).reshape(REGIONS, _SPAN)
    histogram[0] = 0
    voxels = np.add.reduceat(histogram, _BIN_STARTS, axis=1)
    return voxels, np.add.reduceat(histogram * _HU_OF, _BIN_STARTS, axis=1)


def noise_hu(volume: Volume, segmentation: Segmentation, k: int) -> float | None:
    """Noise SD of one slice inside the muscles, from differences of next-but-one pixels.

    Robust (median absolute difference); None where fewer than 200 such pairs exist.
    """
    box = body_box(segmentation.labels[k] > 0)
    wall = regions(segmentation, k) == _WALL if box is None else segmentation.labels[k] > 0
    hu = volume.hu[k].astype(np.int32)
    muscle = wall & (hu >= -100) & (hu <= 220)
    pairs = muscle[:, 2:] & muscle[:, :-2] & muscle[:, 1:-1]
    if pairs.sum() < 200:
        return None
    gaps = np.abs(hu[:, 2:] - hu[:, :-2])[pairs]
    return float(np.median(gaps) / 0.6745 / np.sqrt(2))


__all__ = ["REGION", "TISSUES", "Census", "census", "noise_hu", "regions"]
