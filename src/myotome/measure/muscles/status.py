"""Whether a number describes the whole of what it names: measured, partial, absent or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from myotome.measure.in_view.view import View
from myotome.measure.muscles.counts import Tally
from myotome.nouns.numbers.finding import MEASURED, Finding, absent, missing
from myotome.nouns.numbers.measurement import Cause, Status
from myotome.tables.anatomy.expectations import REACH
from myotome.tables.anatomy.muscles import GROUPS, Muscle

WORDS = {group.key: group.words for group in GROUPS}


def gap_of(muscle: Muscle, gaps: Mapping[str, str]) -> str:
    """Why the backend cannot give this muscle (fully); empty if it can."""
    return gaps.get(muscle.key) or gaps.get(muscle.group) or ""


def judge(muscle: Muscle, view: View, tally: Tally, gaps: Mapping[str, str]) -> Finding:
    """The status of one muscle in the slab."""
    absent = _absence(muscle, view, tally, gaps)
    if absent is not None:
        return absent
    ends = _missing_ends(muscle, view)
    cut = _cut_share(muscle, tally)
    reasons = [*ends]
    if view.unseen_share:
        reasons.append(f"{100 * view.unseen_share:.0f} % of the slab was not labelled")
    if cut:
        reasons.append(f"touches the edge of the field of view on {_percent(cut)} % of its slices")
    gap = gap_of(muscle, gaps)
    if gap:
        reasons.append(gap)
    if not reasons:
        return MEASURED
    along_z = view.covered_percent(muscle.group) if ends or view.unseen_share else 100.0
    covered = None if gap or cut else along_z  # how much lies beyond the field is unknown
    return Finding(status=Status.PARTIAL, reason="; ".join(reasons), covered_percent=covered)


def _absence(muscle: Muscle, view: View, tally: Tally, gaps: Mapping[str, str]) -> Finding | None:
    """Why there is nothing to measure; None if there is."""
    begins = REACH[muscle.group].first_below
    if begins and not view.slab.inferior_found and view.shows(begins) is False:
        return missing(f"lies below the scan, which ends above mid {begins}")
    if tally.histogram[muscle.value].any():
        return None
    if view.seen_height_mm <= 0:
        return missing("no slice of the slab was labelled")
    gap = gap_of(muscle, gaps)
    return missing(gap) if gap else _not_found(muscle, view)


def _not_found(muscle: Muscle, view: View) -> Finding:
    """No voxel of a muscle that the backend can give."""
    ends = _missing_ends(muscle, view)
    if ends:
        return missing("; ".join(("not found in the part in view", *ends)), Cause.NOT_FOUND)
    if REACH[muscle.group].first_below:
        return missing(
            "none found above the inferior L5 endplate, where only its upper end can lie"
        )
    return missing("not found, although its levels are in view (missing is not 0)", Cause.NOT_FOUND)


def _missing_ends(muscle: Muscle, view: View) -> tuple[str, ...]:
    """The ends of the muscle's slab portion that lie outside the scan, each as a reason."""
    slab, reach, out = view.slab, REACH[muscle.group], []
    if not slab.superior_found and not (reach.top and view.shows(reach.top)):
        out.append(f"upper end not in view: {slab.superior_reason or 'lung base not found'}")
    if not slab.inferior_found and not (reach.bottom and view.shows(reach.bottom)):
        below = slab.inferior_reason or "inferior L5 endplate not found"
        out.append(f"lower end not in view: {below}")
    return tuple(out)


def _cut_share(muscle: Muscle, tally: Tally) -> float:
    """Share of the muscle's slices in the slab on which the field of view cuts it."""
    inside = tally.seen_weights > 0
    present = inside & (tally.voxels[:, muscle.value] > 0)
    cut = inside & tally.cut[:, muscle.value]
    return float(cut.sum() / present.sum()) if present.any() else 0.0


def _percent(share: float) -> str:
    return "<1" if share < 0.01 else f"{100 * share:.0f}"


def both(left: Finding, right: Finding) -> Finding:
    """The sum of two sides: measured only if both are, no number if one has none."""
    if left == right:
        return left
    sides = {"left": left, "right": right}
    lost = {side: f for side, f in sides.items() if not f.has_value}
    if lost:
        return missing("; ".join(f"{side}: {f.reason}" for side, f in lost.items()))
    partial = {side: f for side, f in sides.items() if f.status is Status.PARTIAL}
    covers = [f.covered_percent if f.status is Status.PARTIAL else 100.0 for f in sides.values()]
    mean = None if None in covers else sum(c for c in covers if c is not None) / 2
    return Finding(
        status=Status.PARTIAL,
        reason="; ".join(f"{side}: {f.reason}" for side, f in partial.items()),
        covered_percent=mean,
    )


def total(
    parts: Sequence[tuple[Muscle, Finding]],
    *,
    covered_percent: float | None = None,
) -> Finding:
    """The sum over muscles: partial as soon as one is, or as one cannot be measured.

    A muscle that is absent lacks nothing: it need not be there. ``covered_percent`` is the share
    of the slab that was seen, kept if the sum is partial.
    """
    there = [(m, f) for m, f in parts if f.has_value]
    if not there:
        if {f.status for _, f in parts} == {Status.ABSENT}:
            return absent("no muscle is on this slice, and none need reach this level")
        reasons = {f.reason for _, f in parts}
        return missing(reasons.pop() if len(reasons) == 1 else "no muscle can be measured")
    lost = [m for m, f in parts if f.status is Status.NOT_MEASURABLE]
    cut = [m for m, f in there if f.status is Status.PARTIAL]
    if not lost and not cut:
        return MEASURED
    words = []
    if lost:
        words.append(f"without {names_of(lost)}")
    if cut:
        words.append(f"incomplete: {names_of(cut)}")
    unknown = any(f.status is Status.PARTIAL and f.covered_percent is None for _, f in there)
    covered = None if unknown else covered_percent
    return Finding(status=Status.PARTIAL, reason="; ".join(words), covered_percent=covered)


def names_of(muscles: Sequence[Muscle]) -> str:
    """``psoas, left rectus abdominis``: a group's name alone stands for both its sides."""
    sides: dict[str, list[str]] = {}
    for muscle in muscles:
        sides.setdefault(muscle.group, []).append(muscle.side)
    return ", ".join(
        WORDS[group] if len(found) == 2 else f"{found[0]} {WORDS[group]}"
        for group, found in sides.items()
    )
