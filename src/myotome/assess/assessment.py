"""One person judged by everything that applies: criteria, cut-offs side by side, references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from myotome.assess.person.facts import Facts
from myotome.assess.person.instruments import Reading
from myotome.assess.rules.criteria import CriteriaResult, apply_all
from myotome.assess.rules.cutoffs import CutOffResult, side_by_side
from myotome.assess.rules.reference import ReferenceScore, scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the facts of one person say by each citation; disagreement is shown, not resolved.

    ``notes`` belong beside every presentation (low sensitivity of a negative SARC-F, method of
    ASM, what came from the header).
    """

    facts: Facts
    criteria: tuple[CriteriaResult, ...]
    cutoffs: tuple[CutOffResult, ...]
    references: tuple[ReferenceScore, ...]
    notes: tuple[str, ...] = ()


def assess(reading: Reading, masses_g: Mapping[str, float] | None = None) -> Assessment:
    """All criteria sets, all cut-offs and all references on one reading of the instruments.

    ``masses_g`` are gross masses of whole muscles in the whole slab, by group key or "total".
    """
    cutoffs = side_by_side(reading.facts)
    known = {result.cutoff.key: result.verdict for result in cutoffs}
    return Assessment(
        facts=reading.facts,
        criteria=apply_all(reading.facts, known),
        cutoffs=cutoffs,
        references=scores(reading.facts, masses_g),
        notes=reading.notes,
    )
