"""Which numbers belong together and what they are called, for coded reports (DICOM SR, FHIR)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from myotome.nouns.numbers.assessment import Assessment, CriteriaAnswer, CutOffAnswer, ToldFact
from myotome.nouns.numbers.measurement import Measurement
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.codes.anatomy import TISSUE, Structure
from myotome.tables.codes.code import Code
from myotome.tables.codes.quantities import INDEX, QUANTITIES, UNIT
from myotome.tables.codes.quantities import QUANTITY as QUANTITY_CODE
from myotome.tables.codes.report import PERSON
from myotome.tables.person.facts import FACT
from myotome.tables.quantities.indices import ESTIMATES, INDICES
from myotome.tables.quantities.quantities import QUANTITY
from myotome.write.privacy import shown_age

Place = tuple[str, str, str]
"""(structure, side, level)."""

INTRAMUSCULAR_FAT = "_intramuscular_fat"
"""What follows the muscle group in the structure of a share."""

_OWN_CONCEPT = frozenset({"index", "mean_index", "estimate"})
"""Quantities whose ``structure`` names what is derived, not where it was measured."""

_ANSWERS = ("yes", "no")
_CT = "ct_"
"""How the topics of cut-offs on CT begin."""

_HOMES = {
    **{row.key: row.of[0][1] for row in INDICES},
    **{row.key: row.of[0][1] for row in ESTIMATES},
    **{f"{group.key}{INTRAMUSCULAR_FAT}": group.key for group in GROUPS},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """What a number is, without where: ``concept`` with derivation and method, as coded."""

    concept: Code
    derivation: Code | None = None
    method: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The numbers of one structure on one side at one level ("slab" or a vertebra)."""

    structure: str
    side: str
    level: str
    measurements: tuple[Measurement, ...]

    @property
    def words(self) -> str:
        """``left psoas, L3``: stable, so that readings of several studies can be matched."""
        return place_words((self.structure, self.side, self.level))


def place_words(place: Place) -> str:
    """A place for people: ``left psoas, L3``."""
    structure, side, level = place
    where = "" if side in ("", "both") else f"{side} "
    return f"{where}{structure.replace('_', ' ')}, {level}"


def concept_of(row: Measurement) -> Concept:
    """How a number is coded; a unique one for each quantity and each index."""
    return _CONCEPTS[row.quantity, row.structure if row.quantity in _OWN_CONCEPT else ""]


def words_of(row: Measurement) -> str:
    """What a number is, for people and without where: ``skeletal muscle index (SMI)``."""
    return _INDEX_WORDS.get(row.structure) or QUANTITY[row.quantity].words


def site_of(structure: Structure) -> Code:
    """Where a structure is: a tissue in its region, an organ at itself."""
    return structure.region if structure.category == TISSUE else structure.type


def unit_of(row: Measurement) -> Code:
    """The unit in UCUM."""
    return UNIT[row.unit]


def home(row: Measurement) -> Place:
    """Where a number belongs: an index with the first structure it is made of."""
    return (_HOMES.get(row.structure, row.structure), row.side, row.level)


def groups(rows: Iterable[Measurement]) -> tuple[Group, ...]:
    """All rows, each once, in the order in which their places first appear."""
    found: dict[Place, list[Measurement]] = {}
    for row in rows:
        found.setdefault(home(row), []).append(row)
    return tuple(
        Group(structure=structure, side=side, level=level, measurements=tuple(members))
        for (structure, side, level), members in found.items()
    )


def person_facts(result: StudyResult) -> tuple[ToldFact, ...]:
    """The person's characteristics; without an assessment their source is not known."""
    if result.assessed:
        return tuple(fact for fact in result.assessed.facts if fact.key in PERSON)
    values = {
        "sex": result.person.sex,
        "age_years": shown_age(result.person),
        "height_cm": result.person.height_cm,
        "weight_kg": result.person.weight_kg,
    }
    return tuple(
        ToldFact(key=key, words=FACT[key].words, value=value, unit=FACT[key].unit)
        for key, value in values.items()
        if value is not None
    )


def told_criteria(assessed: Assessment) -> tuple[CriteriaAnswer, ...]:
    """Criteria that give an answer; the others ask for tests that nobody did."""
    return tuple(row for row in assessed.criteria if row.met in _ANSWERS)


def told_cutoffs(assessed: Assessment) -> tuple[CutOffAnswer, ...]:
    """Cut-offs that give an answer, and those on CT with the reason why they give none."""
    return tuple(
        row for row in assessed.cutoffs if row.verdict in _ANSWERS or row.topic.startswith(_CT)
    )


def _concepts() -> Iterable[tuple[tuple[str, str], Concept]]:
    estimated = {row.key for row in ESTIMATES}
    for row in QUANTITIES:
        if row.key not in _OWN_CONCEPT:
            yield (
                (row.key, ""),
                Concept(concept=row.concept, derivation=row.derivation, method=row.method),
            )
            continue
        for key, code in INDEX.items():
            if (key in estimated) == (row.key == "estimate"):
                own = QUANTITY_CODE[row.key]
                yield (
                    (row.key, key),
                    Concept(concept=code, derivation=own.derivation, method=own.method),
                )


_INDEX_WORDS = {
    **{row.key: row.words for row in INDICES},
    **{row.key: row.words for row in ESTIMATES},
}
_CONCEPTS = dict(_concepts())
