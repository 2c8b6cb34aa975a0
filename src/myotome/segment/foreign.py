"""What the network took for a muscle and is none: anatomy as a check, slice by slice.

A piece of psoas or quadratus lumborum that lies apart from the muscle on its slice is bowel,
kidney or the other half of the body; one much brighter than the muscle is an organ or a vessel
full of contrast medium. Neither occurs in any reference label of ten CTs. Both are taken away,
and how much it was is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.cleanup import APART_CM2, APART_MM, BRIGHTER_HU, TOLD_ML
from myotome.tables.anatomy.muscles import BY_VALUE, MUSCLE
from myotome.tables.flags.every import FLAG, raised
from myotome.voxels.pieces import box_of

Labels = NDArray[np.uint8]
Hu = NDArray[np.int16]
_LABELS = max(BY_VALUE) + 1


def without_foreign(segmentation: Segmentation, volume: Volume) -> Segmentation:
    """Without pieces that are apart from their muscle on a slice, or far brighter than it.

    Refuses a segmentation on another grid. Above ``TOLD_ML`` of a muscle a flag says how much.
    """
    volume.grid.require_same(segmentation.grid, "the segmentation")
    found = _Found()
    usual = _medians(segmentation.labels, volume.hu)
    labels = segmentation.labels.copy()
    box = box_of(np.logical_or.reduce(labels > 0, axis=0))
    for k in np.flatnonzero(labels.any(axis=(1, 2))) if box else ():
        found.take_from(labels[k][box], volume.hu[k][box], usual, volume.grid.spacing_mm[1:])
    if not found.any():
        return segmentation
    told = found.flags(segmentation.grid.voxel_ml)
    return replace(segmentation, labels=labels, flags=(*segmentation.flags, *told))


@dataclass(slots=True, kw_only=True)
class _Found:
    """Voxels per label that were taken away, by what they were."""

    apart: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_LABELS, np.int64))
    bright: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_LABELS, np.int64))

    def any(self) -> bool:
        return bool(self.apart.any() or self.bright.any())

    def take_from(
        self, plane: Labels, hu: Hu, usual: NDArray[np.float64], spacing_ji_mm: tuple[float, float]
    ) -> None:
        """Take what is foreign out of one slice, in place."""
        pieces = _Pieces.of(plane, hu)
        least = APART_CM2 * 100 / (spacing_ji_mm[0] * spacing_ji_mm[1])
        for value, limit_hu in _BRIGHTER.items():
            bright = pieces.mean_hu > usual[value] + limit_hu
            wrong = (pieces.label == value) & bright & (pieces.size >= least)
            for mark in np.flatnonzero(wrong).tolist():
                self.bright[value] += pieces.size[mark]
                plane[pieces.marks == mark] = 0
                pieces.label[mark] = 0
        for value, gap_mm in _APART.items():
            for mark in pieces.apart(value, gap_mm, spacing_ji_mm):
                self.apart[value] += pieces.size[mark]
                plane[pieces.marks == mark] = 0

    def flags(self, voxel_ml: float) -> Iterator[Flag]:
        """What was taken, where it is worth a word."""
        rows = (
            (FLAG["pieces_apart"], self.apart, "lay apart from the muscle on their slices"),
            (FLAG["pieces_brighter"], self.bright, "were far brighter than the muscle"),
        )
        for row, voxels, words in rows:
            ml = {BY_VALUE[value].words: voxels[value] * voxel_ml for value in BY_VALUE}
            listed = ", ".join(f"{name} {v:.1f} ml" for name, v in ml.items() if v >= TOLD_ML)
            if listed:
                yield raised(row, f"Pieces {words} and were taken away: {listed}.")


def _by_value(rows: dict[str, float]) -> dict[int, float]:
    return {
        MUSCLE[f"{group}_{side}"].value: limit
        for group, limit in rows.items()
        for side in ("left", "right")
    }


_APART, _BRIGHTER = _by_value(dict(APART_MM)), _by_value(dict(BRIGHTER_HU))


def _medians(labels: Labels, hu: Hu) -> NDArray[np.float64]:
    """Median HU of each label; infinite for one without voxels, so that nothing is brighter."""
    out = np.full(_LABELS, np.inf)
    for value in _BRIGHTER:
        inside = hu[labels == value]
        if len(inside):
            out[value] = np.median(inside)
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pieces:
    """Connected pieces (8 neighbours) of equal label on a slice, from 1."""

    marks: NDArray[np.integer]
    label: NDArray[np.int64]
    size: NDArray[np.int64]
    mean_hu: NDArray[np.float64]

    @classmethod
    def of(cls, plane: Labels, hu: Hu) -> _Pieces:
        import cc3d

        marks, count = cc3d.connected_components(plane, connectivity=8, return_N=True)
        flat = marks.ravel()
        size = np.bincount(flat, minlength=count + 1)
        label = np.zeros(count + 1, np.int64)
        label[flat] = plane.ravel()  # all pixels of a piece agree, so any may write last
        total = np.bincount(flat, weights=np.clip(hu, -200, 400).ravel(), minlength=count + 1)
        return cls(marks=marks, label=label, size=size, mean_hu=total / np.maximum(size, 1))

    def apart(self, value: int, gap_mm: float, spacing_ji_mm: tuple[float, float]) -> list[int]:
        """The pieces of a label further than ``gap_mm`` from its largest."""
        own = np.flatnonzero(self.label == value)
        if len(own) < 2:
            return []
        main = own[self.size[own].argmax()]
        away = ndimage.distance_transform_edt(self.marks != main, sampling=spacing_ji_mm)
        nearest = ndimage.minimum(away, self.marks, own)
        return [int(m) for m, mm in zip(own, nearest, strict=True) if m != main and mm > gap_mm]
