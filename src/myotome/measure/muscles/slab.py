"""Volumes, masses and attenuation in the slab: per muscle and side, both sides, and in total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from myotome.measure.in_view.view import View
from myotome.measure.muscles.counts import Tally
from myotome.measure.muscles.status import both, judge, total
from myotome.measure.muscles.values import values
from myotome.nouns.numbers.finding import MEASURED, Finding, missing
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.tables.anatomy.muscles import GROUPS, MUSCLE, MUSCLES, Muscle
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.tables.quantities.quantities import QUANTITIES, QUANTITY

SIDES = ("left", "right")
SLAB = "slab"
_NOT_PER_MUSCLE = ("mass_per_mm", "area", "slab_height")
_NO_NUMBER = {
    "nama_share": "no voxel with -29..150 HU",
    "lama_share": "no voxel with -29..150 HU",
    "mass_per_cm": "the slab in view has no height",
}

Findings = Mapping[Muscle, Finding]


def row(
    quantity: str, place: tuple[str, str, str], value: float | None, finding: Finding
) -> Measurement:
    """One measurement; ``place`` is (structure, side, level)."""
    if value is None and finding.has_value:
        finding = missing(_NO_NUMBER.get(quantity, "not defined here"))
    (structure, side, level), known = place, QUANTITY[quantity]
    return Measurement(
        quantity=quantity,
        structure=structure,
        side=side,
        level=level,
        value=value if finding.has_value else None,
        unit=known.unit,
        status=finding.status,
        reason=finding.reason,
        covered_percent=finding.covered_percent if finding.status is Status.PARTIAL else None,
        definition=known.meaning,
        window_hu=WINDOW[known.window].bounds_hu if known.window else None,
        slices=1 if finding.has_value and level != SLAB else None,
        cause=finding.cause,
    )


def findings(view: View, tally: Tally, gaps: Mapping[str, str]) -> dict[Muscle, Finding]:
    """The status of each of the 12 muscles in the slab."""
    return {muscle: judge(muscle, view, tally, gaps) for muscle in MUSCLES}


def slab_measurements(
    view: View, tally: Tally, found: Findings, *, voxel_ml: float
) -> tuple[Measurement, ...]:
    """Every quantity of the slab but the areas, in the order of the tables."""
    rows: list[Measurement] = []
    for group in GROUPS:
        left, right = (MUSCLE[f"{group.key}_{side}"] for side in SIDES)
        sided = (("left", [left]), ("right", [right]), ("both", [left, right]))
        for side, muscles in sided:
            finding = found[left] if side == "left" else found[right]
            if side == "both":
                finding = both(found[left], found[right])
            rows += _rows((group.key, side, SLAB), muscles, finding, tally, view, voxel_ml)
    for side in (*SIDES, "both"):
        muscles = [m for m in MUSCLES if side in (m.side, "both")]
        finding = total([(m, found[m]) for m in muscles], covered_percent=view.slab_percent())
        there = [m for m in muscles if found[m].has_value]
        rows += _rows(("total", side, SLAB), there, finding, tally, view, voxel_ml)
    return (*rows, slab_height(view))


def _rows(
    place: tuple[str, str, str],
    muscles: Sequence[Muscle],
    finding: Finding,
    tally: Tally,
    view: View,
    voxel_ml: float,
) -> list[Measurement]:
    numbers: Mapping[str, float | None] = {}
    if finding.has_value:
        histogram = tally.histogram[[m.value for m in muscles]].sum(axis=0)
        numbers = values(histogram, voxel_ml=voxel_ml, height_cm=view.seen_height_mm / 10)
    return [
        row(quantity.key, place, numbers.get(quantity.key), finding)
        for quantity in QUANTITIES
        if quantity.key not in _NOT_PER_MUSCLE
    ]


def slab_height(view: View) -> Measurement:
    """The height of the slab in the scan; partial where a plane lies outside it."""
    slab = view.slab
    finding = MEASURED
    if slab.height_mm <= 0:
        finding = missing("no part of the slab is in the scan")
    elif not slab.is_complete:
        ends = (
            (slab.superior_found, slab.superior_reason or "lung base not found"),
            (slab.inferior_found, slab.inferior_reason or "inferior L5 endplate not found"),
        )
        reason = "; ".join(words for ok, words in ends if not ok)
        finding = Finding(
            status=Status.PARTIAL, reason=reason, covered_percent=_height_percent(view)
        )
    return row("slab_height", (SLAB, "", SLAB), slab.height_mm, finding)


def _height_percent(view: View) -> float | None:
    bottom = view.expected_l5_inferior_z_mm()
    if not view.slab.superior_found or bottom is None:
        return None
    return 100 * view.slab.height_mm / (view.slab.superior_z_mm - bottom)
