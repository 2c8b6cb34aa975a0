"""A small analytic trunk: 12 boxes of muscle, vertebrae every 36 mm, known numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.muscles import MUSCLES

PITCH_MM = 36.0
L5_MID_MM = 20.0
# Mid L5 at 20 mm; the inferior endplate 12 mm below it, as in the reference CTs.
L5_INFERIOR_MM = 8.0
LUNG_BASE_MM = 176.0
LEVELS = ("S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11")


@dataclass(frozen=True)
class Trunk:
    """Each muscle is a box of 6 x 5 pixels, as high as the trunk unless ``z_mm`` says so."""

    dz_mm: float = 4.0
    first_z_mm: float = -38.0
    slices: int = 70
    hu: int = 40
    z_mm: dict[str, tuple[float, float]] = field(
        default_factory=lambda: {"gluteus_medius": (-100.0, 30.0)}
    )
    without: tuple[str, ...] = ()
    gaps: dict[str, str] = field(default_factory=dict)
    k_range: tuple[int, int] | None = None
    fov: NDArray[np.bool_] | None = None
    confidence: float = 0.9

    @property
    def grid(self) -> Grid:
        return Grid.axial(
            (self.slices, 40, 60), (self.dz_mm, 2.0, 2.0), (-59.0, 0.0, self.first_z_mm)
        )

    @property
    def scan_mm(self) -> tuple[float, float]:
        low = self.first_z_mm - self.dz_mm / 2
        return low, low + self.dz_mm * self.slices

    @property
    def labels(self) -> NDArray[np.uint8]:
        out = np.zeros(self.grid.shape, np.uint8)
        z = self.grid.slice_z_mm(np.arange(self.slices))
        for m in MUSCLES:
            if m.group in self.without or m.key in self.without:
                continue
            row = 2 + 6 * ((m.value - 1) // 2)
            low, high = self.z_mm.get(m.group, (-1e3, 1e3))
            inside = (z >= low) & (z <= high)
            column = 40 if m.side == "left" else 14
            out[inside, row : row + 5, column : column + 6] = m.value
        return out

    @property
    def levels(self) -> dict[str, Level]:
        found = {}
        for n, name in enumerate(LEVELS):
            z = L5_MID_MM + PITCH_MM * (n - 1)
            if self.scan_mm[0] <= z <= self.scan_mm[1]:
                found[name] = Level(name=name, mid_z_mm=z, confidence=self.confidence)
        return found

    @property
    def slab(self) -> Slab:
        low, high = self.scan_mm
        top, bottom = high >= LUNG_BASE_MM, low <= L5_INFERIOR_MM
        return Slab(
            superior_z_mm=LUNG_BASE_MM if top else high,
            inferior_z_mm=L5_INFERIOR_MM if bottom else low,
            superior_found=top,
            inferior_found=bottom,
            superior_reason="" if top else "the scan begins below the lung",
            inferior_reason="" if bottom else "the scan ends above L5",
        )

    @property
    def nouns(self) -> tuple[Volume, Segmentation, Landmarks, Slab]:
        labels = self.labels
        hu = np.where(labels > 0, self.hu, -100).astype(np.int16)
        volume = Volume(hu=hu, grid=self.grid, source_grid=self.grid, fov=self.fov)
        segmentation = Segmentation(
            labels=labels,
            grid=self.grid,
            backend="test",
            k_range=self.k_range or (0, self.slices),
            gaps=self.gaps,
        )
        base = self.slab.superior_z_mm if self.slab.superior_found else None
        landmarks = Landmarks(lung_base_z_mm=base, lung_base_confidence=0.9, levels=self.levels)
        return volume, segmentation, landmarks, self.slab

    def but(self, **changes) -> Trunk:
        return replace(self, **changes)


@pytest.fixture
def trunk() -> Trunk:
    return Trunk()


@pytest.fixture
def pick() -> Callable:
    """Find one measurement by its words."""

    def find(measured, quantity, structure, side="left", level="slab"):
        (row,) = [
            m
            for m in measured.measurements
            if (m.quantity, m.structure, m.side, m.level) == (quantity, structure, side, level)
        ]
        return row

    return find
