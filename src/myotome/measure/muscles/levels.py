"""Areas: at each vertebral level, and slice by slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from myotome.measure.in_view.view import View
from myotome.measure.muscles.counts import Tally
from myotome.measure.muscles.slab import SIDES, row
from myotome.measure.muscles.status import both, gap_of, total
from myotome.nouns.numbers.finding import MEASURED, Finding, absent, missing
from myotome.nouns.numbers.measurement import Measurement, SliceArea, Status
from myotome.nouns.space.level_slice import LevelSlice
from myotome.tables.anatomy.expectations import REACH
from myotome.tables.anatomy.muscles import GROUPS, MUSCLE, MUSCLES, Muscle
from myotome.tables.anatomy.vertebrae import REPORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Where a level's area is taken: ``at`` is a row of the tally, None if not possible."""

    name: str
    at: int | None
    reason: str = ""


def row_of(level: LevelSlice, tally: Tally) -> Row:
    """The level's slice in the tally, if it was looked at."""
    if level.k is None:
        return Row(name=level.name, at=None, reason=level.reason)
    if level.k not in tally.k:
        why = f"mid {level.name} lies outside the labelled slices"
        return Row(name=level.name, at=None, reason=why)
    return Row(name=level.name, at=level.k - tally.k.start)


def level_areas(
    view: View, tally: Tally, gaps: Mapping[str, str], *, pixel_cm2: float
) -> tuple[Measurement, ...]:
    """Areas in cm2 of every muscle, both sides and all muscles, for T11 to S1."""
    rows: list[Measurement] = []
    for name in REPORTED:
        level = row_of(view.slab.levels[name], tally)
        found = {m: _judge(m, level, tally, gaps) for m in MUSCLES}
        area = {m: _area(m, level, tally) * pixel_cm2 for m in MUSCLES}
        for group in GROUPS:
            left, right = (MUSCLE[f"{group.key}_{side}"] for side in SIDES)
            rows += [
                row("area", (group.key, m.side, name), area[m], found[m]) for m in (left, right)
            ]
            pair = both(found[left], found[right])
            rows.append(row("area", (group.key, "both", name), area[left] + area[right], pair))
        for side in (*SIDES, "both"):
            muscles = [m for m in MUSCLES if side in (m.side, "both")]
            finding = total([(m, found[m]) for m in muscles])
            value = sum(area[m] for m in muscles if found[m].has_value)
            rows.append(row("area", ("total", side, name), value, finding))
    return tuple(rows)


def _area(muscle: Muscle, level: Row, tally: Tally) -> int:
    return 0 if level.at is None else int(tally.voxels[level.at, muscle.value])


def _judge(muscle: Muscle, level: Row, tally: Tally, gaps: Mapping[str, str]) -> Finding:
    """The status of one muscle on one level's slice."""
    if level.at is None:
        return missing(level.reason)
    gap = gap_of(muscle, gaps)
    if not tally.voxels[level.at, muscle.value]:
        if gap and not REACH[muscle.group].begins_below(level.name):
            return missing(gap)
        if level.name in REACH[muscle.group].always:
            return missing("not found on this slice, where it is normally seen")
        return absent("none on this slice; the muscle need not reach this level")
    reasons = [gap] if gap else []
    if tally.cut[level.at, muscle.value]:
        reasons.append("touches the edge of the field of view")
    if not reasons:
        return MEASURED
    return Finding(status=Status.PARTIAL, reason="; ".join(reasons))


def slice_areas(
    tally: Tally, gaps: Mapping[str, str], *, pixel_cm2: float, view: View
) -> tuple[SliceArea, ...]:
    """Area and mean HU of every muscle on every slice that was looked at, from below.

    An area of 0 means: looked at, none there. Muscles without any voxel, and slices on which
    a muscle with a gap has none, are left out, for there 0 would claim too much.
    """
    slab = view.slab
    shown = [m for m in MUSCLES if tally.voxels[:, m.value].any()]
    rows = []
    for at, k in enumerate(tally.k):
        z = float(tally.z_mm[k])
        for muscle in shown:
            count = int(tally.voxels[at, muscle.value])
            if not count and gap_of(muscle, gaps):
                continue
            rows.append(
                SliceArea(
                    z_mm=z,
                    structure=muscle.group,
                    side=muscle.side,
                    area_cm2=count * pixel_cm2,
                    mean_hu=int(tally.hu_sums[at, muscle.value]) / count if count else None,
                    in_slab=slab.inferior_z_mm <= z <= slab.superior_z_mm,
                    cut=bool(tally.cut[at, muscle.value]),
                )
            )
    return tuple(rows)
