"""What the phantom is known to hold, from formulas alone: no voxel is counted here."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.phantom.body.anatomy import LEVELS, Anatomy
from myotome.phantom.body.profiles import integral
from myotome.phantom.body.structures import Structure, structures
from myotome.phantom.body.tissues import BODY_TISSUE
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLES
from myotome.tables.anatomy.vertebrae import REPORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Exact volumes, areas and landmarks of one anatomy, seen between two z of a scan.

    All z are LPS mm. ``scan_z_mm`` is the (superior, inferior) edge of what was rendered.
    """

    anatomy: Anatomy
    scan_z_mm: tuple[float, float]
    contrast: str = "unenhanced"

    @property
    def lung_base_z_mm(self) -> float:
        """LPS z of the most inferior lung (the right one's)."""
        return self.anatomy.lung_base_z_mm

    @property
    def slab_z_mm(self) -> tuple[float, float]:
        """LPS z of the slab's superior and inferior plane, as far as the scan shows it."""
        superior, inferior = self.anatomy.slab_z_mm
        return min(superior, self.scan_z_mm[0]), max(inferior, self.scan_z_mm[1])

    @property
    def slab(self) -> Slab:
        """The slab as the ``locate`` stage would give it."""
        top, bottom = self.anatomy.slab_z_mm
        superior, inferior = self.slab_z_mm
        found = superior == top, inferior == bottom
        return Slab(
            superior_z_mm=superior,
            inferior_z_mm=inferior,
            superior_found=found[0],
            inferior_found=found[1],
            superior_reason="" if found[0] else "the lung base lies above the scan",
            inferior_reason="" if found[1] else "the L5 endplate lies below the scan",
        )

    @property
    def landmarks(self) -> Landmarks:
        """The landmarks as the ``locate`` stage would give them, as far as in the scan."""
        top, bottom = self.scan_z_mm
        levels = {name: self._level(name) for name in REPORTED}
        known = {k: v for k, v in levels.items() if v.mid_z_mm is not None}
        in_scan = bottom <= self.lung_base_z_mm <= top
        return Landmarks(
            lung_base_z_mm=self.lung_base_z_mm if in_scan else None,
            lung_base_confidence=1.0 if in_scan else 0.0,
            levels=MappingProxyType(known),
            contrast_image="unenhanced" if self.contrast == "unenhanced" else "enhanced",
        )

    def _level(self, name: str) -> Level:
        superior, inferior = self.anatomy.endplates_z_mm(name)
        middle = (superior + inferior) / 2
        column = self.structure(f"vertebra_{name}").shape
        x0, x1, y0, y1 = column.box_mm(np.asarray(middle))

        def seen(z: float) -> float | None:
            return z if self.scan_z_mm[1] <= z <= self.scan_z_mm[0] else None

        return Level(
            name=name,
            mid_z_mm=seen(middle),
            superior_z_mm=seen(superior),
            inferior_z_mm=seen(inferior),
            centre_xy_mm=((x0 + x1) / 2, (y0 + y1) / 2),
            confidence=1.0,
        )

    @property
    def levels(self) -> dict[str, float]:
        """Middle z of every reported vertebra, whether in the scan or not."""
        return {n: sum(self.anatomy.endplates_z_mm(n)) / 2 for n in LEVELS if n in REPORTED}

    def structure(self, name: str) -> Structure:
        """One part by name ("psoas_left", "liver", "vertebra_L3"); KeyError if there is none."""
        for part in structures(self.anatomy):
            if part.name == name:
                return part
        raise KeyError(name)

    @property
    def structure_names(self) -> tuple[str, ...]:
        """Names of all parts."""
        return tuple(p.name for p in structures(self.anatomy))

    def area_cm2(self, name: str, z_mm: float) -> float:
        """Area of a part's axial cut, cm2 (what it contains included)."""
        return float(self.structure(name).area_mm2(z_mm)) / 100.0

    def volume_ml(self, name: str, low_z_mm: float, high_z_mm: float) -> float:
        """Volume of a part between two z, ml (what it contains included)."""
        return self.structure(name).volume_ml(low_z_mm, high_z_mm)

    @property
    def volumes_ml(self) -> dict[str, float]:
        """Volume of each muscle inside the slab (as far as scanned), ml."""
        superior, inferior = self.slab_z_mm
        return {m.key: self.volume_ml(m.key, inferior, superior) for m in MUSCLES}

    @property
    def scan_volumes_ml(self) -> dict[str, float]:
        """Volume of each muscle in the whole scan, ml."""
        superior, inferior = self.scan_z_mm
        return {m.key: self.volume_ml(m.key, inferior, superior) for m in MUSCLES}

    def compartment_area_cm2(self, key: str, z_mm: float) -> float:
        """Area of one compartment of ``tables.anatomy.muscles.COMPARTMENTS``, cm2."""
        if key not in {c.key for c in COMPARTMENTS}:
            raise KeyError(key)
        own = self._net(key)
        return float(sum(sign * part.area_mm2(z_mm) for sign, part in own)) / 100.0

    def compartment_volume_ml(self, key: str, low_z_mm: float, high_z_mm: float) -> float:
        """Volume of one compartment between two z, ml."""
        return sum(s * p.volume_ml(low_z_mm, high_z_mm) for s, p in self._net(key))

    def tissue_volume_ml(self, tissue: str, low_z_mm: float, high_z_mm: float) -> float:
        """Volume of one tissue ("fat", "visceral_fat", "gas" ...) between two z, ml."""
        net = self._of_tissue(tissue)
        return sum(s * p.volume_ml(low_z_mm, high_z_mm) for s, p in net)

    def tissue_area_cm2(self, tissue: str, z_mm: float) -> float:
        """Area of one tissue on an axial cut, cm2."""
        return float(sum(s * p.area_mm2(z_mm) for s, p in self._of_tissue(tissue))) / 100.0

    def _of_tissue(self, tissue: str) -> list[tuple[int, Structure]]:
        """The tissue as a signed sum: its parts, less what lies inside them."""
        parts = structures(self.anatomy)
        net = [(1, p) for p in parts if p.tissue == tissue]
        names = {p.name for _, p in net}
        return net + [(-1, p) for p in parts if p.parent in names]

    def _net(self, key: str) -> list[tuple[int, Structure]]:
        """The compartment as a signed sum: its parts, less what others hold inside them."""
        parts = structures(self.anatomy)
        own = {p.name: BODY_TISSUE[p.tissue].compartment == key for p in parts}
        net = [(1, p) for p in parts if own[p.name] and not own.get(p.parent, False)]
        return net + [(-1, p) for p in parts if not own[p.name] and own.get(p.parent, False)]


def slice_mean_area_mm2(part: Structure, low_z_mm: float, high_z_mm: float) -> float:
    """Mean area of a part over a slice's thickness, mm2."""
    low, high = max(low_z_mm, part.low_mm), min(high_z_mm, part.high_mm)
    total = integral(part.shape.area_mm2, low, high, part.shape.breaks_mm)
    return total / (high_z_mm - low_z_mm)
