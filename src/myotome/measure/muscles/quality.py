"""What a reader of the numbers must know, as flags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from myotome.measure.in_view.view import View
from myotome.measure.muscles.counts import Tally
from myotome.measure.muscles.levels import row_of
from myotome.measure.muscles.slab import SLAB, Findings
from myotome.measure.muscles.status import WORDS, gap_of, names_of
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measurement import Cause, Measurement, Status
from myotome.tables.anatomy.expectations import CONFIDENT_LEVEL, PLAUSIBLE, SYMMETRIES, Plausible
from myotome.tables.anatomy.muscles import MUSCLES, Muscle
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.flags.every import FLAG, raised
from myotome.tables.quantities.quantities import QUANTITY


def flags(
    view: View,
    tally: Tally,
    found: Findings,
    measurements: Sequence[Measurement],
    gaps: Mapping[str, str],
) -> tuple[Flag, ...]:
    """Every flag of one measurement, the gravest causes first."""
    by_place = {(m.quantity, m.structure, m.side, m.level): m for m in measurements}
    return (
        *_missing(found, view),
        *_cut(tally),
        *_gaps(found, gaps),
        *_levels(view, tally),
        *_asymmetric(by_place),
        *_implausible(by_place),
    )


def _missing(found: Findings, view: View) -> Iterable[Flag]:
    lost = [m for m, finding in found.items() if finding.cause is Cause.NOT_FOUND]
    if view.seen_height_mm > 0 and lost:
        names = ", ".join(m.words for m in lost)
        yield raised(FLAG["muscle_not_found"], f"Not found in the slab: {names}.")
    if view.unseen_share:
        yield raised(
            FLAG["slab_not_labelled"],
            f"{100 * view.unseen_share:.0f} % of the slab in the scan was not labelled.",
        )


def _cut(tally: Tally) -> Iterable[Flag]:
    inside = tally.seen_weights > 0
    cut = [m for m in MUSCLES if (tally.cut[:, m.value] & inside).any()]
    if cut:
        names = ", ".join(m.words for m in cut)
        yield raised(FLAG["muscle_cut"], f"Touches the edge of the field of view: {names}.")


def _gaps(found: Findings, gaps: Mapping[str, str]) -> Iterable[Flag]:
    words: dict[str, list[Muscle]] = {}
    for muscle in found:
        gap = gap_of(muscle, gaps)
        if gap:
            words.setdefault(gap, []).append(muscle)
    for gap, muscles in words.items():
        names = names_of(muscles)
        message = f"{names[0].upper()}{names[1:]}: {gap}."
        yield raised(FLAG["backend_gap"], message)


def _levels(view: View, tally: Tally) -> Iterable[Flag]:
    for name in REPORTED:
        row = view.landmarks.levels.get(name)
        if row is None or row.confidence >= CONFIDENT_LEVEL:
            continue
        if row_of(view.slab.levels[name], tally).at is not None:
            yield raised(
                FLAG["level_uncertain"],
                f"The place of {name} is uncertain (confidence {row.confidence:.2f}), "
                "and with it the areas there.",
                level=name,
            )


_Places = Mapping[tuple[str, str, str, str], Measurement]


def _asymmetric(by_place: _Places) -> Iterable[Flag]:
    for symmetry in SYMMETRIES:
        left, right = (by_place["volume", symmetry.group, s, "slab"] for s in ("left", "right"))
        if left.value is None or not right.value:
            continue
        ratio = left.value / right.value
        if not symmetry.low <= ratio <= symmetry.high:
            yield raised(
                FLAG["side_asymmetry"],
                f"The left {WORDS[symmetry.group]} has {ratio:.2f} times the volume of the right "
                f"(expected {symmetry.low:g} to {symmetry.high:g}).",
                structure=symmetry.group,
            )


def _implausible(by_place: _Places) -> Iterable[Flag]:
    for rule in PLAUSIBLE:
        for side in [rule.side] if rule.side or rule.structure == "slab" else ["left", "right"]:
            row = by_place.get((rule.quantity, rule.structure, side, rule.level))
            if row is None or row.value is None or rule.low <= row.value <= rule.high:
                continue
            if rule.complete_only and row.status is not Status.MEASURED:
                continue
            level = "" if row.level == SLAB else row.level
            yield raised(
                FLAG["implausible_value"],
                _sentence(rule, row),
                level=level,
                structure=row.structure,
            )


def _sentence(rule: Plausible, row: Measurement) -> str:
    side = f"{row.side} " if row.side in ("left", "right") else ""
    where = "" if row.level == "slab" else f" at {row.level}"
    name = WORDS.get(row.structure, "all muscles" if row.structure == "total" else "")
    words = f"{QUANTITY[row.quantity].words} of {side}{name}" if name else "slab height"
    return (
        f"{words[0].upper()}{words[1:]}{where} is {row.value:.0f} {row.unit}, "
        f"outside {rule.low:g} to {rule.high:g}: look at the picture."
    )
