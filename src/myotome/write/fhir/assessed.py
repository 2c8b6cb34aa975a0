"""What published criteria, cut-offs and references say of one person, as FHIR Observations."""

from __future__ import annotations

from collections.abc import Iterator

from myotome.nouns.numbers.assessment import (
    Assessment,
    CriteriaAnswer,
    CutOffAnswer,
    ReferencePlace,
    ToldFact,
)
from myotome.tables.codes.quantities import UNIT
from myotome.tables.codes.report import PERSON, REPORT, SEX, VERDICT, VITAL_SIGNS
from myotome.tables.outputs.wording import OLDEST_AGE_SHOWN_YEARS
from myotome.write.dicom.sr.groups import told_criteria, told_cutoffs
from myotome.write.fhir.observations import Context, observation
from myotome.write.fhir.words import (
    CATEGORY,
    Json,
    absent,
    component,
    concept,
    notes,
    quantity,
    until,
)

_DOI = "https://doi.org/"


def facts(context: Context, known: tuple[ToldFact, ...]) -> Iterator[Json]:
    """The person's characteristics that the answers rest on, each with its source.

    Only those with a code: sex, age, height, weight and BMI; the last three conform to the
    profiles of vital signs. When they were taken nobody says, only that it was before the run.
    """
    for fact in known:
        if fact.key not in PERSON or (fact.value is None and not fact.reason):
            continue
        source = component(concept(REPORT["fact_source"]), valueString=fact.source)
        yield observation(
            context,
            f"fact/{fact.key}",
            code=concept(PERSON[fact.key], text=fact.words),
            **_vital_sign(context, fact.key),
            **_fact_value(fact),
            component=[source] if fact.source else [],
        )


def answers(context: Context, assessed: Assessment) -> Iterator[Json]:
    """Criteria, cut-offs and references, each with its citation; no diagnosis among them.

    What asks for tests that nobody did is left out.
    """
    for criteria in told_criteria(assessed):
        yield _criteria(context, criteria)
    for cutoff in told_cutoffs(assessed):
        yield _cutoff(context, cutoff)
    for number, reference in enumerate(assessed.references):
        yield _reference(context, reference, number)


def _vital_sign(context: Context, key: str) -> Json:
    """What the profile of a vital sign asks for besides code and value."""
    if key not in VITAL_SIGNS:
        return {}
    return {
        "meta": {"profile": [VITAL_SIGNS[key]]},
        "category": [{"coding": [{"system": CATEGORY, "code": "vital-signs"}]}],
        "effectivePeriod": until(context.issued),
    }


def _fact_value(fact: ToldFact) -> Json:
    if fact.value is None:
        return {"dataAbsentReason": absent(fact.reason, code="unknown")}
    if fact.key == "sex":
        return {"valueCodeableConcept": concept(SEX[str(fact.value)], text=str(fact.value))}
    ucum = UNIT[fact.unit].value
    try:
        return {"valueQuantity": quantity(float(fact.value), fact.unit, ucum)}
    except ValueError:  # "90+"
        oldest = float(OLDEST_AGE_SHOWN_YEARS)
        return {"valueQuantity": quantity(oldest, fact.unit, ucum, comparator=">=")}


def _criteria(context: Context, row: CriteriaAnswer) -> Json:
    steps = [
        component({"text": f"step: {step}"}, valueString=words)
        for step, words in row.steps
        if words
    ]
    said = component(
        concept(REPORT["answer_words"]), valueString=f"by {row.words}: {row.conclusion}"
    )
    needs = f"Needs {'; '.join(row.needs)}." if row.needs else ""
    return observation(
        context,
        f"criteria/{row.key}",
        code=concept(REPORT["criteria"], text=row.words),
        valueCodeableConcept=concept(VERDICT[row.met], text=row.met),
        method={"text": _cited(row.citation, row.doi)},
        note=notes(needs, *row.caveats, *row.notes),
        component=[said, *steps],
    )


def _cutoff(context: Context, row: CutOffAnswer) -> Json:
    ucum = UNIT[row.unit].value
    parts = []
    if row.value is not None:
        code = {"text": row.fact_words}
        parts.append(component(code, valueQuantity=quantity(row.value, row.unit or "1", ucum)))
    if row.limit is not None:
        code = concept(REPORT["limit"], text=f"{row.operator} {row.limit:g} {row.unit}".strip())
        parts.append(component(code, valueQuantity=quantity(row.limit, row.unit or "1", ucum)))
    return observation(
        context,
        f"cut-off/{row.key}",
        code=concept(REPORT["cut_off"], text=row.finding),
        valueCodeableConcept=concept(VERDICT[row.verdict], text=row.verdict),
        method={"text": _cited(f"{row.citation}; {row.population}", row.doi)},
        note=notes(row.reason, *row.caveats),
        component=parts,
    )


def _reference(context: Context, row: ReferencePlace, number: int) -> Json:
    ucum = UNIT[row.unit].value
    numbers = (("z_score", row.z, ""), ("percentile", row.percentile, "%"))
    parts = [
        component(
            concept(REPORT[key]), valueQuantity=quantity(value, unit or "1", UNIT[unit].value)
        )
        for key, value, unit in numbers
        if value is not None
    ]
    said = component(concept(REPORT["answer_words"]), valueString=row.said)
    return observation(
        context,
        f"reference/{number}/{row.reference}/{row.target}",
        code=concept(REPORT["reference"], text=f"{row.words} among {row.name}"),
        valueQuantity=quantity(row.value, row.unit or "1", ucum),
        method={"text": _cited(f"{row.name}; {row.population}", row.doi)},
        note=notes(row.limits),
        component=[*([said] if row.said else []), *parts],
    )


def _cited(words: str, doi: str) -> str:
    return f"{words}, {_DOI}{doi}" if doi else words
