"""What the maker of the labels thinks of them, told beside the numbers and as a flag."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from myotome.measure.muscles.slab import SLAB, Findings
from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measurement import Measurement
from myotome.tables.anatomy.muscles import MUSCLES
from myotome.tables.flags.every import FLAG, raised
from myotome.tables.quantities.compared import ALL_MUSCLES, BY_QUANTITY, ONE_SIDE
from myotome.tables.quantities.trust import BY_GROUP, LEAST_STUDY_DICE

_TOTAL = "total"


def with_expected_dice(
    rows: Sequence[Measurement], found: Findings, confidence: Confidence | None
) -> tuple[Measurement, ...]:
    """``rows``, those of muscles in the slab with the Dice to be expected of their outline.

    Of both sides and of the total it is the mean over the muscles that have a number. Areas
    stay without: how sure the network was on one slice is another question.
    """
    if confidence is None:
        return tuple(rows)
    # in the order of the table: a sum over a set has other last bits in each process
    there = [m for m, finding in found.items() if finding.has_value]
    known: dict[tuple[str, str], float | None] = {}
    for muscle in MUSCLES:
        for structure in (muscle.group, _TOTAL):
            for side in (muscle.side, "both"):
                of = [m.key for m in there if _counts(structure, side, m.group, m.side)]
                known[structure, side] = confidence.mean(of)
    return tuple(
        replace(row, expected_dice=known[row.structure, row.side])
        if row.level == SLAB and row.value is not None and (row.structure, row.side) in known
        else row
        for row in rows
    )


def with_intervals(
    rows: Sequence[Measurement], confidence: Confidence | None
) -> tuple[Measurement, ...]:
    """``rows``, those of compared quantities with where a reader's number may be expected.

    A sum is made of the muscles that have a number in the same quantity and place; it has no
    interval if one of them cannot be judged. What is partial is compared as far as it is in view.
    """
    if confidence is None or confidence.spread is None:
        return tuple(rows)
    there = {
        (row.quantity, row.level, row.structure, row.side) for row in rows if row.value is not None
    }
    return tuple(_with_interval(row, there, confidence) for row in rows)


def _with_interval(
    row: Measurement, there: Collection[tuple[str, str, str, str]], confidence: Confidence
) -> Measurement:
    compared = BY_QUANTITY.get(row.quantity)
    if compared is None or row.value is None:
        return row
    of = [
        m.key
        for m in MUSCLES
        if _counts(row.structure, row.side, m.group, m.side)
        and (row.quantity, row.level, m.group, m.side) in there
    ]
    structure = row.structure
    if structure == _TOTAL:
        structure = ALL_MUSCLES if row.side == "both" else ONE_SIDE
    return replace(row, interval=confidence.interval(row.value, (compared, structure), of))


def _counts(structure: str, side: str, group: str, own: str) -> bool:
    return structure in (group, _TOTAL) and side in (own, "both")


def low(found: Findings, confidence: Confidence | None) -> Iterable[Flag]:
    """A flag for the muscles, and one for the study, of which too little is expected.

    None from an uncalibrated network: its own number is no measure of anything yet.
    """
    if confidence is None or not confidence.calibrated:
        return
    there = [m for m, finding in found.items() if finding.has_value]
    poor = [
        f"{m.words} {dice:.2f} (wanted {BY_GROUP[m.group].least_dice:.2f})"
        for m in there
        for dice in [confidence.expected_dice.get(m.key)]
        if dice is not None and dice < BY_GROUP[m.group].least_dice
    ]
    if poor:
        yield _flag(f"The outline may be poor; expected Dice: {', '.join(poor)}")
    mean = confidence.mean(m.key for m in there)
    if mean is not None and mean < LEAST_STUDY_DICE:
        yield _flag(
            f"The outlines of this scan may be poor altogether; expected Dice on average "
            f"{mean:.2f} (wanted {LEAST_STUDY_DICE:.2f})"
        )


def _flag(words: str) -> Flag:
    message = f"{words}: look at the pictures."
    return raised(FLAG["low_confidence"], message)
