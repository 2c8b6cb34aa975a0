"""From an Anatomy to its parts: shapes that lie side by side or one inside the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import radians
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from myotome.phantom.body.anatomy import LEVELS, Anatomy
from myotome.phantom.body.organs import GAS, LOOPS, ORGANS
from myotome.phantom.body.profiles import Float, Profile, integral, plus
from myotome.phantom.body.rows import (
    BONE_SECTORS,
    CAVITY_BEHIND_SPINE,
    CAVITY_R,
    FASCIA_A,
    FASCIA_B,
    LUNG,
    MUSCLE_OVALS,
    MUSCLE_SECTORS,
    OTHER_SECTORS,
    SKIN_BACK,
    SKIN_FRONT,
    SKIN_SIDE,
    SPINE_A,
    SPINE_B,
    SPINE_Y,
    Oval,
    Sector,
)
from myotome.phantom.body.shapes import CutEllipse, Frame, RingSector, Shape, Superellipse
from myotome.tables.anatomy.muscles import GROUPS, MUSCLE

_SKIN_MM = 2.0
_GROUP_INDEX = {group.key: index for index, group in enumerate(GROUPS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """One part of the body between two z. ``parent`` contains it whole ("" : nothing does).

    Parts with the same parent never overlap, so what a parent keeps for itself is its area
    less its children's. ``muscle`` is the label value, 0 for what is none of the 12 muscles.
    """

    name: str
    tissue: str
    shape: Shape
    parent: str
    low_mm: float = -np.inf
    high_mm: float = np.inf
    muscle: int = 0

    def area_mm2(self, z_mm: ArrayLike) -> Float:
        """Area of the axial cut at z, mm2; 0 above and below the part."""
        z = np.asarray(z_mm, dtype=np.float64)
        inside = (z >= self.low_mm) & (z < self.high_mm)
        return np.where(inside, self.shape.area_mm2(z), 0.0)

    def volume_ml(self, low_mm: float, high_mm: float) -> float:
        """Exact volume between two z, ml."""
        low, high = max(low_mm, self.low_mm), min(high_mm, self.high_mm)
        return integral(self.shape.area_mm2, low, high, self.shape.breaks_mm) / 1000.0


@lru_cache(maxsize=16)
def structures(anatomy: Anatomy) -> tuple[Structure, ...]:
    """Every part of the body, parents before their children."""
    build = _Build(anatomy)
    parts = [*build.trunk(), *build.muscles(), *build.skeleton(), *build.organs()]
    return tuple(p for p in parts if p.low_mm < p.high_mm)


class _Build:
    """Turns rows of sizes into structures of one body."""

    def __init__(self, anatomy: Anatomy) -> None:
        self.body = anatomy
        self.frame = Frame(a=self._mm(FASCIA_A), b=self._mm(FASCIA_B))

    def _mm(self, knots: dict[str, float], factor: float = 1.0) -> Profile:
        return self.body.profile(knots, factor * self.body.body_scale)

    def trunk(self) -> list[Structure]:
        """Skin, subcutaneous fat, fascia and cavity, one inside the other."""
        fat, knots = self.body.fat_scale, sorted({*FASCIA_A, *FASCIA_B, *SKIN_SIDE})
        a = {k: self._at(FASCIA_A, k) + fat * self._at(SKIN_SIDE, k) for k in knots}
        front = {k: self._at(FASCIA_B, k) + fat * self._at(SKIN_FRONT, k) for k in knots}
        back = {k: self._at(FASCIA_B, k) + fat * self._at(SKIN_BACK, k) for k in knots}
        b = {k: (front[k] + back[k]) / 2 for k in knots}
        y = {k: (back[k] - front[k]) / 2 for k in knots}
        zero = Profile.constant(0.0)

        def oval(name: str, tissue: str, less_mm: float, parent: str) -> Structure:
            shape = Superellipse(
                cx=zero,
                cy=self._mm(y),
                a=self._mm(a).mapped(lambda v: v - less_mm),
                b=self._mm(b).mapped(lambda v: v - less_mm),
            )
            return Structure(name=name, tissue=tissue, shape=shape, parent=parent)

        fascia = Superellipse(cx=zero, cy=zero, a=self.frame.a, b=self.frame.b)
        behind = {k: v + CAVITY_BEHIND_SPINE for k, v in SPINE_Y.items()}
        cavity = CutEllipse(
            frame=self.frame, radius=self.body.profile(CAVITY_R), back=self._mm(behind)
        )
        return [
            oval("skin", "skin", 0.0, ""),
            oval("subcutaneous", "fat", _SKIN_MM, "skin"),
            Structure(name="fascia", tissue="wall_fat", shape=fascia, parent="subcutaneous"),
            Structure(name="cavity", tissue="visceral_fat", shape=cavity, parent="fascia"),
        ]

    def _at(self, knots: dict[str, float], level: str) -> float:
        return float(self.body.profile(knots)(self.body.level_z_mm(level)))

    def muscles(self) -> list[Structure]:
        """The 12 muscles, and iliacus as a neighbour that is none of them."""
        parts = []
        for side in ("left", "right"):
            rows: tuple[Oval | Sector, ...] = (*MUSCLE_OVALS, *MUSCLE_SECTORS)
            for row in rows:
                key = f"{row.name}_{side}"
                index = _GROUP_INDEX[row.name]
                size = self.body.muscle_scale[index]
                size *= self.body.right_scale[index] if side == "right" else 1.0
                if isinstance(row, Oval):
                    part = self._oval(row, side, size)
                else:
                    part = self._sector(row, side, size)
                parts.append(_with(part, name=key, muscle=MUSCLE[key].value))
            parts += [self._sector(row, side) for row in OTHER_SECTORS]
        return parts

    def skeleton(self) -> list[Structure]:
        """Vertebrae with discs, arches and canal; ribs and iliac wings."""
        parts = [self._sector(row, side) for side in ("left", "right") for row in BONE_SECTORS]
        parts += [self._core(p, 0.55) for p in parts if p.name.startswith(("iliac", "rib"))]
        for upper, lower in zip(LEVELS, (*LEVELS[1:], ""), strict=True):
            top, bottom = self.body.endplates_z_mm(upper)
            parts += self._vertebra(upper, top, bottom)
            below = self.body.endplates_z_mm(lower)[0] if lower else bottom - 10
            if upper.startswith("S"):
                parts.append(self._column(f"joint_{upper}", "cancellous", below, bottom, 1.0))
            else:
                parts.append(self._column(f"disc_{upper}", "disc", below, bottom, 1.0))
        return parts

    def _vertebra(self, name: str, top: float, bottom: float) -> list[Structure]:
        bone = self._column(f"vertebra_{name}", "cortical", bottom, top, 1.0)
        core = self._column(f"core_{name}", "cancellous", bottom + 1.5, top - 1.5, 0.88)
        parts = [bone, _with(core, parent=bone.name)]
        if name.startswith("S"):
            return parts
        middle = (top + bottom) / 2
        low, high = middle - 0.35 * (top - bottom), middle + 0.45 * (top - bottom)
        arch = self._spinal(f"arch_{name}", "arch", (31.5, 13.0, 12.5), low, high)
        canal = self._spinal(f"canal_{name}", "canal", (30.5, 9.5, 8.0), low, high)
        process = self._spinal(f"process_{name}", "arch", (53.5, 3.2, 9.0), low - 5, high - 8)
        gap_low = self.body.endplates_z_mm(name)[1] - (top - bottom) * 0.2
        gap = self._spinal(f"gap_{name}", "canal", (30.5, 9.5, 8.0), gap_low, low)
        return [*parts, arch, _with(canal, parent=arch.name), process, gap]

    def _column(self, name: str, tissue: str, low: float, high: float, k: float) -> Structure:
        shape = Superellipse(
            cx=Profile.constant(0.0),
            cy=self._mm(SPINE_Y),
            a=self._mm(SPINE_A, k),
            b=self._mm(SPINE_B, k),
            n=2.3,
        )
        return Structure(
            name=name, tissue=tissue, shape=shape, parent="cavity", low_mm=low, high_mm=high
        )

    def _spinal(
        self, name: str, tissue: str, size: tuple[float, float, float], low: float, high: float
    ) -> Structure:
        y, a, b = (v * self.body.body_scale for v in size)
        shape = Superellipse(
            cx=Profile.constant(0.0),
            cy=self._mm(SPINE_Y).mapped(lambda v: v + y),
            a=Profile.constant(a),
            b=Profile.constant(b),
            n=2.3,
        )
        return Structure(
            name=name, tissue=tissue, shape=shape, parent="fascia", low_mm=low, high_mm=high
        )

    def organs(self) -> list[Structure]:
        """Lungs, organs, vessels, bowel and the gas in it."""
        base = self.body.lung_base_z_mm
        parts = [
            _with(self._sector(LUNG, "right"), low_mm=base),
            _with(self._sector(LUNG, "left"), low_mm=base + 4.0 * self.body.height_scale),
        ]
        for row in (*ORGANS, *LOOPS):
            sides = ("left", "right") if row.pair else ("",)
            parts += [self._oval(row, side) for side in sides]
        named = {p.name: p for p in parts}
        parts += [self._gas(named[row[0]], *row[1:]) for row in GAS]
        return parts

    def _gas(self, organ: Structure, y: float, width: float, depth: float) -> Structure:
        shape = organ.shape
        if not isinstance(shape, Superellipse):
            raise TypeError(organ.name)
        inner = Superellipse(
            cx=shape.cx,
            cy=plus(shape.cy, shape.b.mapped(lambda v: v * y)),
            a=shape.a.mapped(lambda v: v * width),
            b=shape.b.mapped(lambda v: v * depth),
        )
        return _with(organ, name=f"{organ.name}_gas", tissue="gas", shape=inner, parent=organ.name)

    def _core(self, bone: Structure, share: float) -> Structure:
        """The marrow inside a flat bone."""
        shape = bone.shape
        if not isinstance(shape, RingSector):
            raise TypeError(bone.name)
        inner = RingSector(
            frame=shape.frame,
            side=shape.side,
            centre=shape.centre,
            half=shape.half.mapped(lambda v: v * 0.9),
            middle=shape.middle,
            thick=shape.thick.mapped(lambda v: v * share),
        )
        return _with(
            bone, name=f"{bone.name}_core", tissue="cancellous", shape=inner, parent=bone.name
        )

    def _oval(self, row: Oval, side: str, size: float = 1.0) -> Structure:
        sign = -1.0 if side == "right" else 1.0
        spine = {k: self._at(SPINE_Y, k) if row.y_from_spine else 0.0 for k in row.knots}
        shape = Superellipse(
            cx=self._mm({k: sign * v[0] for k, v in row.knots.items()}),
            cy=self._mm({k: v[1] + spine[k] for k, v in row.knots.items()}),
            a=self._mm({k: v[2] for k, v in row.knots.items()}, size),
            b=self._mm({k: v[3] for k, v in row.knots.items()}, size),
            n=row.n,
            turn_rad=sign * radians(row.turn_deg),
        )
        low, high = self._ends(list(row.knots))
        return Structure(
            name=f"{row.name}_{side}" if side else row.name,
            tissue=row.tissue,
            shape=shape,
            parent=row.parent,
            low_mm=low,
            high_mm=high,
        )

    def _sector(self, row: Sector, side: str, size: float = 1.0) -> Structure:
        shape = RingSector(
            frame=self.frame,
            side=1 if side == "left" else -1,
            centre=self.body.profile({k: radians(v[0]) for k, v in row.knots.items()}),
            half=self.body.profile({k: radians(v[1]) for k, v in row.knots.items()}),
            middle=self.body.profile({k: v[2] for k, v in row.knots.items()}),
            thick=self.body.profile({k: v[3] for k, v in row.knots.items()}, size),
        )
        low, high = self._ends(list(row.knots))
        return Structure(
            name=f"{row.name}_{side}",
            tissue=row.tissue,
            shape=shape,
            parent=row.parent,
            low_mm=low,
            high_mm=high,
        )

    def _ends(self, knots: list[str]) -> tuple[float, float]:
        """The z range of a part; one that reaches T8 or S3 goes on beyond."""
        zs = [self.body.level_z_mm(k) for k in knots]
        low = -np.inf if "S3" in knots else min(zs)
        high = np.inf if "T8" in knots and not knots[0].startswith("rib") else max(zs)
        return low, high


def _with(part: Structure, **changes: Any) -> Structure:
    return replace(part, **changes)
