"""Body composition in 3D: tissue volumes between the lung base and L5."""

from __future__ import annotations

from myotome.measure.composition.counts import Census
from myotome.measure.composition.levels import BOTH, CUT, Choice, How, row
from myotome.measure.composition.places import NO_COMPARTMENTS
from myotome.measure.in_view.view import View
from myotome.nouns.numbers.finding import MEASURED, Finding, missing
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.tables.quantities.tissues import TISSUES, Tissue

SLAB = "slab"
_LEAST_SLICES = 2


def volume_rows(counted: Census, view: View, choice: Choice) -> tuple[Measurement, ...]:
    """Volume (ml) and mean HU of every tissue in the slab; borders as MacLean 2021."""
    rows = []
    for tissue in TISSUES:
        finding = _judge(tissue, counted, view)
        words, window = choice.definition(tissue), choice.window(tissue)
        value = float(counted.counts(tissue, window) @ counted.weights) * counted.voxel_ml
        hu = counted.hu(tissue, counted.weights, window)
        where = (tissue.key, BOTH, SLAB)
        how = How(words=words, window_hu=choice.window_hu(tissue))
        rows.append(row("volume", where, value, finding, how))
        if hu is None and finding.has_value:
            finding = missing("no voxel inside the HU window")
        rows.append(row("mean_hu", where, hu, finding, how))
    return tuple(rows)


def _judge(tissue: Tissue, counted: Census, view: View) -> Finding:
    """Whether the slab shows the whole of a tissue."""
    inside = counted.weights > 0
    if not counted.seen.any():
        return missing(NO_COMPARTMENTS)
    if len(counted.seen) < _LEAST_SLICES:
        return missing("a single slice has no volume")
    if view.slab.height_mm <= 0 or not (inside & counted.seen).any():
        return missing("no slice of the slab has compartments")
    if not counted.region(tissue)[inside].any():
        return missing(f"no {tissue.region.replace('_', ' ')} was found in the slab")
    slab = view.slab
    reasons = []
    if not slab.superior_found:
        reasons.append(f"upper end not in view: {slab.superior_reason or 'lung base not found'}")
    if not slab.inferior_found:
        below = slab.inferior_reason or "inferior L5 endplate not found"
        reasons.append(f"lower end not in view: {below}")
    lost = float(counted.weights[~counted.seen].sum() / counted.weights.sum())
    if lost > 0:
        reasons.append(f"{100 * lost:.0f} % of the slab has no compartments")
    covered = view.slab_percent() if reasons else None
    if covered is not None:
        covered *= 1 - lost
    cut = float((counted.touches_edge(tissue) & inside).sum() / inside.sum())
    if cut:
        reasons.append(f"{CUT} on {100 * cut:.0f} % of its slices")
        covered = None  # how much lies beyond the field is unknown
    if not reasons:
        return MEASURED
    return Finding(status=Status.PARTIAL, reason="; ".join(reasons), covered_percent=covered)
