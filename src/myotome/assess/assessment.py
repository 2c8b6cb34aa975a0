"""One person judged by everything that applies: criteria, cut-offs side by side, references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from myotome.assess.own.curves import OwnReference
from myotome.assess.own.place import own_places
from myotome.assess.person.facts import told
from myotome.assess.person.instruments import Reading
from myotome.assess.rules.criteria import apply_all
from myotome.assess.rules.cutoffs import judge_all, side_by_side
from myotome.assess.rules.reference import scores
from myotome.nouns.numbers.assessment import Assessment


def assess(
    reading: Reading,
    masses_g: Mapping[str, float] | None = None,
    *,
    own: Iterable[OwnReference] = (),
    values: Mapping[str, float] | None = None,
) -> Assessment:
    """All criteria sets, all cut-offs and all references on one reading of the instruments.

    ``masses_g`` are gross masses of whole muscles in the whole slab, by group key or "total";
    ``own`` are references of the user's, ``values`` numbers for them by column of a wide table.
    Facts that nobody knows are left out; ages from 90 on leave as "90+".
    """
    facts = reading.facts
    verdicts = judge_all(facts)
    return Assessment(
        facts=told(facts),
        criteria=apply_all(facts, verdicts),
        cutoffs=side_by_side(facts, verdicts),
        references=(*scores(facts, masses_g), *own_places(own, facts, values)),
        flags=tuple(sorted(facts.flags)),
        notes=reading.notes,
    )
