"""The same vertebrae in both studies: what lies between two levels that both of them show.

A slab ends at the lung base, which every breath moves, and often at the edge of a scan. Between the
same two vertebral levels there is the same part of the person in both. Volumes are counted again
from the areas of the slices; a slice that a plane cuts counts by its share.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from myotome.nouns.numbers.measurement import SliceArea
from myotome.nouns.study.loaded import LoadedResult
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.cohort.following import (
    LEAST_EXTENT_MM,
    SAME_HEIGHT_PERCENT,
    Comparable,
)
from myotome.tables.quantities.hu_windows import MUSCLE_DENSITY_G_PER_ML

_SIDES = ("left", "right")
_END = "lower end of L5"
TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """One level that both studies show: its words and its z in each (mm)."""

    words: str
    a_z_mm: float
    b_z_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """One muscle between the planes: gross mass and mean HU in each study.

    ``structure`` "total" is the sum of the muscles that both studies show between them.
    ``least`` is the least significant change of the mass (g) from the intervals of the slab's
    volume, carried over in percent; None where the muscle has none. ``cut``: the edge of an image
    cuts it.
    """

    structure: str
    a_g: float
    b_g: float
    a_hu: float | None
    b_hu: float | None
    least: float | None
    cut: bool

    @property
    def change_g(self) -> float:
        """Later less earlier."""
        return self.b_g - self.a_g

    @property
    def percent(self) -> float | None:
        """Of the earlier."""
        return 100 * self.change_g / self.a_g if self.a_g > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The common part. ``top`` and ``bottom`` are None, and ``rows`` empty, where there is none."""

    comparable: Comparable
    reasons: tuple[str, ...]
    top: Plane | None = None
    bottom: Plane | None = None
    rows: tuple[Between, ...] = ()

    @property
    def heights_mm(self) -> tuple[float, float] | None:
        """The distance of the planes in each study."""
        if self.top is None or self.bottom is None:
            return None
        return (
            self.top.a_z_mm - self.bottom.a_z_mm,
            self.top.b_z_mm - self.bottom.b_z_mm,
        )


def same_extent(a: LoadedResult, b: LoadedResult) -> Extent:
    """What lies between the uppermost and the lowest level that both studies measured."""
    planes = _planes(a, b)
    if len(planes) < 2:
        return _none("they show no two vertebral levels in common")
    top, bottom = planes[0], planes[-1]
    heights = top.a_z_mm - bottom.a_z_mm, top.b_z_mm - bottom.b_z_mm
    if min(heights) < LEAST_EXTENT_MM:
        return _none(
            f"the levels in common lie less than {LEAST_EXTENT_MM:g} mm apart", top, bottom
        )
    off = 100 * abs(heights[0] - heights[1]) / min(heights)
    said = (
        f"the same vertebrae lie {heights[0]:.0f} mm apart in one study and {heights[1]:.0f} mm in "
        "the other: a level is wrong, or a vertebra broke"
    )
    if off > 2 * SAME_HEIGHT_PERCENT:
        return _none(said, top, bottom)
    rows = tuple(_rows(a, b, top, bottom))
    if not rows:
        return _none("no muscle was outlined on all slices between them", top, bottom)
    return Extent(
        comparable=Comparable.DOUBTFUL if off > SAME_HEIGHT_PERCENT else Comparable.YES,
        reasons=(said,) if off > SAME_HEIGHT_PERCENT else (),
        top=top,
        bottom=bottom,
        rows=rows,
    )


def _none(why: str, top: Plane | None = None, bottom: Plane | None = None) -> Extent:
    return Extent(comparable=Comparable.NO, reasons=(why,), top=top, bottom=bottom)


def _planes(a: LoadedResult, b: LoadedResult) -> list[Plane]:
    """The levels within both slabs, top to bottom; the lower end of L5 where both reach it."""
    found = []
    for name in REPORTED:
        z = [_middle(result, name) for result in (a, b)]
        if z[0] is not None and z[1] is not None:
            found.append(Plane(words=f"middle of {name}", a_z_mm=z[0], b_z_mm=z[1]))
    if a.slab.inferior_found and b.slab.inferior_found:
        ends = a.slab.inferior_z_mm, b.slab.inferior_z_mm
        found.append(Plane(words=_END, a_z_mm=ends[0], b_z_mm=ends[1]))
    return found


def _middle(result: LoadedResult, name: str) -> float | None:
    level = result.landmarks.levels.get(name)
    z_mm = None if level is None else level.mid_z_mm
    slab = result.slab
    return z_mm if z_mm is not None and slab.inferior_z_mm <= z_mm <= slab.superior_z_mm else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sum:
    volume_ml: float
    mean_hu: float | None
    cut: bool


def _rows(a: LoadedResult, b: LoadedResult, top: Plane, bottom: Plane) -> Iterable[Between]:
    sums_a = _sums(a.slice_areas, (bottom.a_z_mm, top.a_z_mm))
    sums_b = _sums(b.slice_areas, (bottom.b_z_mm, top.b_z_mm))
    both = [name for name in sums_a if name in sums_b]
    if both:
        sums_a[TOTAL] = _together(sums_a[name] for name in both)
        sums_b[TOTAL] = _together(sums_b[name] for name in both)
    for structure in (TOTAL, *(group.key for group in GROUPS)):
        first, second = sums_a.get(structure), sums_b.get(structure)
        if first is None or second is None or not (first.volume_ml or second.volume_ml):
            continue
        mass_a, mass_b = (
            first.volume_ml * MUSCLE_DENSITY_G_PER_ML,
            second.volume_ml * MUSCLE_DENSITY_G_PER_ML,
        )
        yield Between(
            structure=structure,
            a_g=mass_a,
            b_g=mass_b,
            a_hu=first.mean_hu,
            b_hu=second.mean_hu,
            least=_least(structure, a, b, mass_a),
            cut=first.cut or second.cut,
        )


def _least(structure: str, a: LoadedResult, b: LoadedResult, mass_g: float) -> float | None:
    halves = []
    for result in (a, b):
        rows = (m for m in result.measurements if m.quantity == "volume" and m.level == "slab")
        row = next((m for m in rows if (m.structure, m.side) == (structure, "both")), None)
        if row is None or row.interval is None or not row.value:
            return None
        halves.append(math.log(row.interval.high_90 / row.value))
    return mass_g * math.expm1(math.hypot(*halves))


def _sums(areas: Sequence[SliceArea], ends: tuple[float, float]) -> dict[str, _Sum]:
    """Volume and mean HU of each muscle, both sides, between two z; without what is not covered."""
    known = {group.key for group in GROUPS}
    slices: dict[str, dict[float, list[SliceArea]]] = {}
    for row in areas:
        if row.structure in known and row.side in _SIDES:
            slices.setdefault(row.structure, {}).setdefault(row.z_mm, []).append(row)
    return {name: made for name, of in slices.items() if (made := _sum(of, ends)) is not None}


def _sum(of: Mapping[float, Sequence[SliceArea]], ends: tuple[float, float]) -> _Sum | None:
    shares = thickness_within(sorted(of), ends)
    if shares is None:
        return None
    rows = [(row, shares[z] / 10) for z, own in of.items() for row in own if shares[z] > 0]
    volume = sum(row.area_cm2 * cm for row, cm in rows)
    lit = [(row.area_cm2 * cm, row.mean_hu) for row, cm in rows if row.mean_hu is not None]
    weight = sum(ml for ml, _ in lit)
    return _Sum(
        volume_ml=volume,
        mean_hu=sum(ml * hu for ml, hu in lit) / weight if weight else None,
        cut=any(row.cut for row, _ in rows if row.area_cm2 > 0),
    )


def _together(sums: Iterable[_Sum]) -> _Sum:
    every = list(sums)
    volume = sum(one.volume_ml for one in every)
    lit = [(one.volume_ml, one.mean_hu) for one in every if one.mean_hu is not None]
    weight = sum(ml for ml, _ in lit)
    hu = sum(ml * hu for ml, hu in lit) / weight if weight else None
    return _Sum(volume_ml=volume, mean_hu=hu, cut=any(one.cut for one in every))


def thickness_within(z_mm: Sequence[float], ends: tuple[float, float]) -> dict[float, float] | None:
    """How many mm of each slice (rising z) lie between two planes; None if these lie beyond them.

    A slice reaches half way to its neighbours, the outer ones as far out as in.

    >>> thickness_within([0.0, 5.0, 10.0], (1.0, 10.0))
    {0.0: 1.5, 5.0: 5.0, 10.0: 2.5}
    >>> thickness_within([0.0, 5.0, 10.0], (1.0, 20.0)) is None
    True
    """
    if len(z_mm) < 2:
        return None
    inner = [(low + high) / 2 for low, high in pairwise(z_mm)]
    edges = [2 * z_mm[0] - inner[0], *inner, 2 * z_mm[-1] - inner[-1]]
    bottom, top = ends
    if bottom < edges[0] - _ROUNDING_MM or top > edges[-1] + _ROUNDING_MM:
        return None
    return {
        z: max(0.0, min(high, top) - max(low, bottom))
        for z, (low, high) in zip(z_mm, pairwise(edges), strict=True)
    }


_ROUNDING_MM = 0.05
"""z is written with hundredths of a mm."""
