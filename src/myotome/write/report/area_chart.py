"""The area of each muscle along z, as coordinates for a small inline SVG."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from myotome.nouns.numbers.measurement import SliceArea
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.anatomy.vertebrae import REPORTED

_WIDE, _HIGH = 360.0, 420.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 12.0, 12.0, 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One muscle group: its unbroken stretches as SVG point lists, and where it is cut."""

    words: str
    colour: str
    stretches: tuple[str, ...]
    cuts: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything the SVG template draws; positions in SVG units."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    slab: tuple[float, float]
    x_ticks: tuple[tuple[float, str], ...]
    levels: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...]


def area_chart(result: StudyResult) -> Chart | None:
    """Head at the top, area (left and right together) to the right; None without any area."""
    series = _by_group(result.slice_areas)
    if not series:
        return None
    highest = max(area for points in series.values() for _, area, _ in points)
    zs = sorted({z for points in series.values() for z, _, _ in points})
    low_z, top_z = min(zs[0], result.slab.inferior_z_mm), max(zs[-1], result.slab.superior_z_mm)
    step = _nice(highest / 4)
    limit = max(step, math.ceil(highest / step) * step)
    span = max(top_z - low_z, 1e-6)

    def x(area: float) -> float:
        return round(_LEFT + area / limit * (_WIDE - _LEFT - _RIGHT), 1)

    def y(z_mm: float) -> float:
        return round(_TOP + (top_z - z_mm) / span * (_HIGH - _TOP - _BOTTOM), 1)

    reach = 1.6 * min((b - a for a, b in pairwise(zs)), default=1.0)
    lines = []
    for group in GROUPS:
        points = series.get(group.key, [])
        stretches = tuple(
            " ".join(f"{x(area)},{y(z)}" for z, area, _ in stretch)
            for stretch in _unbroken(points, reach)
        )
        cuts = tuple((x(area), y(z)) for z, area, cut in points if cut)
        colour = _hex(group.colour)
        lines.append(Line(words=group.words, colour=colour, stretches=stretches, cuts=cuts))
    return Chart(
        width=_WIDE,
        height=_HIGH,
        left=_LEFT,
        right=_WIDE - _RIGHT,
        top=_TOP,
        bottom=_HIGH - _BOTTOM,
        slab=(y(result.slab.superior_z_mm), y(result.slab.inferior_z_mm)),
        x_ticks=tuple((x(n * step), f"{n * step:g}") for n in range(round(limit / step) + 1)),
        levels=tuple(_levels(result, y, (low_z, top_z))),
        lines=tuple(line for line in lines if line.stretches),
    )


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _by_group(areas: Sequence[SliceArea]) -> dict[str, list[tuple[float, float, bool]]]:
    """(z, area of both sides, cut) by group, ordered along z; slices without it are left out."""
    sums: dict[str, dict[float, tuple[float, bool]]] = defaultdict(dict)
    for row in areas:
        if row.side not in ("left", "right") or row.area_cm2 <= 0:
            continue
        area, cut = sums[row.structure].get(row.z_mm, (0.0, False))
        sums[row.structure][row.z_mm] = (area + row.area_cm2, cut or row.cut)
    return {
        group: [(z, area, cut) for z, (area, cut) in sorted(found.items())]
        for group, found in sums.items()
    }


def _unbroken(
    points: list[tuple[float, float, bool]], gap_mm: float
) -> Iterator[list[tuple[float, float, bool]]]:
    stretch: list[tuple[float, float, bool]] = []
    for point in points:
        if stretch and point[0] - stretch[-1][0] > gap_mm:
            yield stretch
            stretch = []
        stretch.append(point)
    if stretch:
        yield stretch


def _levels(
    result: StudyResult, y: Callable[[float], float], limits: tuple[float, float]
) -> Iterator[tuple[float, str]]:
    for name in REPORTED:
        level = result.landmarks.levels.get(name)
        z_mm = None if level is None else level.mid_z_mm
        if z_mm is not None and limits[0] <= z_mm <= limits[1]:
            yield y(z_mm), name


def _nice(step: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    if step <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= step * (1 - 1e-9))
