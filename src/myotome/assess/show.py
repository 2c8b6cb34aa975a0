"""An assessment in plain words and numbers: the one form that tables, reports and JSON are made of.

Nothing here judges. Ages from 90 on leave as "90+".
"""

from __future__ import annotations

from myotome.assess.assessment import Assessment
from myotome.assess.person.facts import Fact, Facts, shown_value
from myotome.assess.rules import reference
from myotome.assess.rules.criteria import CriteriaResult
from myotome.assess.rules.cutoffs import CutOffResult
from myotome.assess.rules.reference import ReferenceScore
from myotome.nouns.numbers.assessed import (
    Assessed,
    ShownCriteria,
    ShownCurvePoint,
    ShownCutOff,
    ShownFact,
    ShownReference,
)
from myotome.tables.citable.cutoffs import TOPICS
from myotome.tables.citable.references import MASS, target_unit, target_words
from myotome.tables.person.facts import FACT, FACT_KEYS

SHOWN_MASS = "mass_"
"""What stands before a muscle group where the target of a reference is its mass."""


def shown(found: Assessment) -> Assessed:
    """Everything of an assessment, in the order of the tables; facts that nobody knows left out."""
    known = found.facts.by_key
    return Assessed(
        facts=tuple(_fact(known[row.key]) for row in FACT_KEYS if row.key in known),
        criteria=tuple(_criteria(result) for result in found.criteria),
        cutoffs=tuple(_cutoff(result) for result in found.cutoffs),
        references=tuple(_reference(score, found.facts) for score in found.references),
        flags=tuple(sorted(found.facts.flags)),
        notes=found.notes,
    )


def _fact(fact: Fact) -> ShownFact:
    return ShownFact(
        key=fact.key,
        words=FACT[fact.key].words,
        value=shown_value(fact.key, fact.value),
        unit=fact.unit,
        source=fact.source,
        reason=fact.reason,
        unable=fact.unable,
    )


def _criteria(result: CriteriaResult) -> ShownCriteria:
    criteria, reached = result.criteria, result.reached
    return ShownCriteria(
        key=criteria.key,
        words=criteria.words,
        citation=criteria.source.words,
        doi=criteria.source.doi,
        met=str(result.truth),
        step=reached.key if reached else "",
        grade=reached.grade if reached else None,
        conclusion=result.conclusion,
        steps=tuple((s.step.key, s.words) for s in result.steps),
        needs=result.needs,
        caveats=result.caveats,
        notes=criteria.notes,
    )


def _cutoff(result: CutOffResult) -> ShownCutOff:
    cutoff, verdict = result.cutoff, result.verdict
    return ShownCutOff(
        key=cutoff.key,
        topic=cutoff.topic,
        topic_words=TOPICS[cutoff.topic],
        finding=cutoff.words,
        fact=cutoff.fact,
        fact_words=FACT[cutoff.fact].words,
        value=result.value,
        operator=cutoff.operator,
        limit=result.limit.value if result.limit else None,
        unit=cutoff.unit,
        verdict=str(verdict.truth),
        reason="; ".join(verdict.because) or verdict.words,
        caveats=verdict.caveats,
        population=cutoff.population,
        citation=cutoff.source.short,
        doi=cutoff.source.doi,
        shown=result.shown,
    )


def _reference(score: ReferenceScore, facts: Facts) -> ShownReference:
    group, source = score.group, score.reference
    return ShownReference(
        reference=source.key,
        name=source.name,
        target=_target(score.target),
        words=target_words(score.target),
        value=score.value,
        unit=target_unit(score.target),
        statistic=source.statistic,
        group_words=group.words if group else "",
        group_n=group.n if group else None,
        unstable=score.unstable,
        reference_value=group.value if group else None,
        reference_sd=group.sd if group else None,
        z=score.z,
        percentile=score.percentile,
        below=score.below,
        reason=score.reason,
        population=source.population,
        contrast=source.contrast or "not verified",
        limits=source.limits,
        doi=source.doi,
        said=score.words,
        curve=_curve(score, facts),
    )


def _target(target: str) -> str:
    if target.startswith(MASS):
        return f"{SHOWN_MASS}{target.removeprefix(MASS)}"
    return target


def _curve(score: ReferenceScore, facts: Facts) -> tuple[ShownCurvePoint, ...]:
    """The curve that the value lies on; a value that may not be compared is put on none."""
    sex = facts.word("sex")
    if score.group is None or sex is None:
        return ()
    return reference.curve(
        score.reference.key, score.target, sex=sex, bmi_kg_m2=facts.number("bmi_kg_m2")
    )
