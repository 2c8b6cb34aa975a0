"""How much hangs on the two planes: the gross mass of each muscle per mm of plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from myotome.measure.in_view.view import View
from myotome.measure.muscles.counts import Tally
from myotome.measure.muscles.slab import SIDES, Findings, row
from myotome.measure.muscles.status import both, gap_of, total
from myotome.nouns.numbers.finding import MEASURED, Finding, absent, missing
from myotome.nouns.numbers.measurement import Cause, Measurement, Status
from myotome.tables.anatomy.expectations import REACH
from myotome.tables.anatomy.muscles import GROUPS, MUSCLE, MUSCLES, Muscle
from myotome.tables.anatomy.planes import PLANES, Plane
from myotome.tables.quantities.hu_windows import MUSCLE_DENSITY_G_PER_ML

MASS_PER_MM = "mass_per_mm"
_ML_PER_CM2 = 0.1
"""Of one mm of height."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class At:
    """A plane and what is seen of it: rows of the tally and the weight of each; none: ``reason``.

    Areas run in a straight line from one slice's middle to the next one's.
    """

    plane: Plane
    rows: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    reason: str = ""
    cause: Cause = Cause.NONE


def plane_rows(
    view: View,
    tally: Tally,
    found: Findings,
    gaps: Mapping[str, str],
    *,
    pixel_cm2: float,
) -> tuple[Measurement, ...]:
    """Gross mass per mm (g/mm) at either plane, of every muscle, both sides and all muscles.

    Absent where a muscle does not reach the plane, not measurable where the plane is not in view
    or the muscle cannot be measured at all.
    """
    rows: list[Measurement] = []
    for plane in PLANES:
        at = _at(plane, view, tally)
        judged = {m: _judge(m, at, tally, found[m], gaps) for m in MUSCLES}
        per_mm = {
            m: _area_voxels(m, at, tally) * pixel_cm2 * _ML_PER_CM2 * MUSCLE_DENSITY_G_PER_ML
            for m in MUSCLES
        }
        for structure, side, muscles in _places():
            finding = _together(muscles, judged)
            value = sum(per_mm[m] for m in muscles if judged[m].has_value)
            made = row(MASS_PER_MM, (structure, side, plane.key), value, finding)
            rows.append(replace(made, slices=len(at.rows) if finding.has_value else None))
    return tuple(rows)


def _places() -> Sequence[tuple[str, str, list[Muscle]]]:
    """(structure, side, its muscles) of every row at a plane."""
    groups = [
        (group.key, side, [MUSCLE[f"{group.key}_{s}"] for s in SIDES if side in (s, "both")])
        for group in GROUPS
        for side in (*SIDES, "both")
    ]
    sides = [
        ("total", side, [m for m in MUSCLES if side in (m.side, "both")])
        for side in (*SIDES, "both")
    ]
    return [*groups, *sides]


def _at(plane: Plane, view: View, tally: Tally) -> At:
    slab = view.slab
    found = slab.superior_found if plane.superior else slab.inferior_found
    if not found:
        reason = slab.superior_reason if plane.superior else slab.inferior_reason
        words = reason or f"the {plane.words} was not found"
        return At(plane=plane, reason=words, cause=Cause.OUT_OF_VIEW)
    z = slab.superior_z_mm if plane.superior else slab.inferior_z_mm
    away = 1.0 - np.abs(tally.z_mm[tally.k.start : tally.k.stop] - z) / tally.dz_mm
    near = np.flatnonzero(away > 1e-6)
    if not len(near):
        return At(plane=plane, reason=f"the slices at the {plane.words} were not labelled")
    weights: NDArray[np.float64] = away[near] / away[near].sum()
    return At(
        plane=plane,
        rows=tuple(int(n) for n in near),
        weights=tuple(float(weight) for weight in weights),
    )


def _area_voxels(muscle: Muscle, at: At, tally: Tally) -> float:
    return sum(
        weight * int(tally.voxels[n, muscle.value])
        for n, weight in zip(at.rows, at.weights, strict=True)
    )


def _judge(
    muscle: Muscle, at: At, tally: Tally, in_slab: Finding, gaps: Mapping[str, str]
) -> Finding:
    """The status of one muscle at one plane."""
    if at.reason:
        return missing(at.reason, at.cause)
    gap = gap_of(muscle, gaps)
    if not _area_voxels(muscle, at, tally):
        if gap:
            return missing(gap)
        if not in_slab.has_value and not (at.plane.superior and REACH[muscle.group].first_below):
            return missing(in_slab.reason, in_slab.cause)
        return absent(f"does not reach the {at.plane.words}")
    reasons = [gap] if gap else []
    if tally.cut[list(at.rows), muscle.value].any():
        reasons.append("touches the edge of the field of view")
    if not reasons:
        return MEASURED
    return Finding(status=Status.PARTIAL, reason="; ".join(reasons))


def _together(muscles: Sequence[Muscle], judged: Mapping[Muscle, Finding]) -> Finding:
    """The sum of some muscles; one that does not reach the plane adds nothing and lacks nothing."""
    there = [m for m in muscles if judged[m].status is not Status.ABSENT]
    if len(there) < 2:
        return judged[(there or muscles)[0]]
    if len(muscles) == 2:
        return both(*(judged[m] for m in muscles))
    return total([(m, judged[m]) for m in there])
