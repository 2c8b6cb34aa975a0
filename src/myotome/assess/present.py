"""An assessment as plain values: a JSON document, and rows of three tables with stable columns.

Units stand in the names of columns. Nothing here judges; wording comes from the tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from myotome.assess.assessment import Assessment, assess
from myotome.assess.criteria import CriteriaResult
from myotome.assess.cutoffs import CutOffResult
from myotome.assess.describe import limit_words
from myotome.assess.facts import Facts
from myotome.assess.instruments import read
from myotome.assess.persons_table import Joined, PersonRow
from myotome.assess.reference import ReferenceScore
from myotome.assess.verdict import Truth
from myotome.errors import InputError
from myotome.tables.fact_keys import BY_KEY, FACT_KEYS, FactKey
from myotome.tables.references import STATISTICS, target_unit, target_words
from myotome.tables.wording import OLDEST_AGE_SHOWN_YEARS, RESEARCH_USE

Cell = str | float | int | bool | None
Columns = tuple[tuple[str, str], ...]
ASSESSED, REFUSED, NO_PERSON = "assessed", "refused", "no_person"


def _fact_type(row: FactKey) -> str:
    # an age may be written "90+"
    return "DOUBLE" if row.kind == "number" and row.key != "age_years" else "VARCHAR"


_HEAD: Columns = (
    ("id", "VARCHAR"), ("row", "BIGINT"), ("status", "VARCHAR"), ("problem", "VARCHAR"),
    ("study", "VARCHAR"),
)  # fmt: skip
_FACTS: Columns = tuple((row.key, _fact_type(row)) for row in FACT_KEYS)
CRITERIA_COLUMNS: Columns = (
    *_HEAD,
    ("criteria_set", "VARCHAR"), ("criteria", "VARCHAR"), ("doi", "VARCHAR"),
    ("met", "VARCHAR"), ("step", "VARCHAR"), ("grade", "BIGINT"), ("conclusion", "VARCHAR"),
    ("needs", "VARCHAR"), ("caveats", "VARCHAR"), ("unable", "VARCHAR"), ("notes", "VARCHAR"),
    *_FACTS,
)  # fmt: skip
CUTOFF_COLUMNS: Columns = (
    ("id", "VARCHAR"), ("row", "BIGINT"), ("cutoff", "VARCHAR"), ("topic", "VARCHAR"),
    ("finding", "VARCHAR"), ("quantity", "VARCHAR"), ("value", "DOUBLE"), ("operator", "VARCHAR"),
    ("limit", "DOUBLE"), ("unit", "VARCHAR"), ("verdict", "VARCHAR"), ("reason", "VARCHAR"),
    ("caveats", "VARCHAR"), ("population", "VARCHAR"), ("citation", "VARCHAR"), ("doi", "VARCHAR"),
)  # fmt: skip
REFERENCE_COLUMNS: Columns = (
    ("id", "VARCHAR"), ("row", "BIGINT"), ("reference", "VARCHAR"), ("name", "VARCHAR"),
    ("target", "VARCHAR"), ("words", "VARCHAR"), ("value", "DOUBLE"), ("unit", "VARCHAR"),
    ("statistic", "VARCHAR"), ("group_words", "VARCHAR"), ("group_n", "BIGINT"),
    ("unstable", "BOOLEAN"), ("reference_value", "DOUBLE"), ("reference_sd", "DOUBLE"),
    ("z", "DOUBLE"), ("percentile", "DOUBLE"), ("below", "BOOLEAN"), ("reason", "VARCHAR"),
    ("population", "VARCHAR"), ("contrast", "VARCHAR"), ("limits", "VARCHAR"), ("doi", "VARCHAR"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of the three tables, each in the order of its columns; ``refused`` row numbers."""

    criteria: tuple[tuple[Cell, ...], ...]
    cutoffs: tuple[tuple[Cell, ...], ...]
    references: tuple[tuple[Cell, ...], ...]
    refused: tuple[tuple[int, str], ...]


def rows_of(joined: Joined, *, studies: bool = False) -> Rows:
    """Every person of a table, one row per criteria set; refused ones one row with the problem.

    ``studies`` says that a table of studies was joined, so that its absence is a finding.
    """
    criteria: list[tuple[Cell, ...]] = []
    cutoffs: list[tuple[Cell, ...]] = []
    references: list[tuple[Cell, ...]] = []
    refused: list[tuple[int, str]] = []
    alone = frozenset(joined.without_study)
    for person in joined.persons.rows:
        study = ("none" if person.row in alone else "joined") if studies else ""
        found = _assessed(person)
        if isinstance(found, str):
            refused.append((person.row, found))
            criteria.append(_padded((person.id, person.row, REFUSED, found, study)))
            continue
        head = (person.id, person.row, ASSESSED, "", study)
        criteria += [(*head, *row) for row in criteria_rows(found)]
        cutoffs += [(person.id, person.row, *row) for row in map(cutoff_row, found.cutoffs)]
        references += [(person.id, person.row, *r) for r in map(reference_row, found.references)]
    for scan in joined.without_person:
        head = (scan.id, scan.row, NO_PERSON, "this study has no person in the table", "joined")
        criteria.append(_padded(head))
    return Rows(
        criteria=tuple(criteria), cutoffs=tuple(cutoffs), references=tuple(references),
        refused=tuple(refused),
    )  # fmt: skip


def _padded(head: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return (*head, *(None for _ in CRITERIA_COLUMNS[len(head) :]))


def _assessed(person: PersonRow) -> Assessment | str:
    """The assessment of a row, or why it is refused."""
    if person.problems:
        return " ".join(person.problems)
    try:
        return assess(read(person.record))
    except InputError as error:
        return str(error)


def criteria_rows(found: Assessment) -> Iterator[tuple[Cell, ...]]:
    """One row per criteria set, from the column ``criteria_set`` on."""
    unable = "; ".join(fact.key for fact in found.facts if fact.unable)
    notes = " ".join(found.notes)
    cells = tuple(fact_cell(found.facts, row.key) for row in FACT_KEYS)
    for result in found.criteria:
        reached = result.reached
        yield (
            result.criteria.key,
            result.criteria.words,
            result.criteria.source.doi,
            str(result.truth),
            reached.key if reached else "",
            reached.grade if reached else None,
            result.conclusion,
            "; ".join(result.needs),
            "; ".join(result.caveats),
            unable,
            notes,
            *cells,
        )


def cutoff_row(result: CutOffResult) -> tuple[Cell, ...]:
    """One cut-off, from the column ``cutoff`` on."""
    cutoff, verdict = result.cutoff, result.verdict
    return (
        cutoff.key,
        cutoff.topic,
        cutoff.words,
        cutoff.fact,
        result.value,
        cutoff.operator,
        result.limit.value if result.limit else None,
        cutoff.unit,
        str(verdict.truth),
        "; ".join(verdict.because) or verdict.words,
        "; ".join(verdict.caveats),
        cutoff.population,
        cutoff.source.short,
        cutoff.source.doi,
    )


def reference_row(score: ReferenceScore) -> tuple[Cell, ...]:
    """One reference, from the column ``reference`` on."""
    group, reference = score.group, score.reference
    return (
        reference.key,
        reference.name,
        score.target,
        target_words(score.target),
        score.value,
        target_unit(score.target),
        reference.statistic,
        group.words if group else "",
        group.n if group else None,
        score.unstable,
        group.value if group else None,
        group.sd if group else None,
        score.z,
        score.percentile,
        score.below,
        score.reason,
        reference.population,
        reference.contrast or "not verified",
        reference.limits,
        reference.doi,
    )


def document(found: Assessment) -> dict[str, object]:
    """The whole assessment for JSON: facts with sources, criteria, cut-offs, references, notes."""
    return {
        "facts": {fact.key: _fact(found.facts, fact.key) for fact in found.facts},
        "flags": sorted(found.facts.flags),
        "criteria": [_criteria(result) for result in found.criteria],
        "cutoffs": [_named(CUTOFF_COLUMNS, cutoff_row(c)) for c in found.cutoffs],
        "references": [
            {
                **_named(REFERENCE_COLUMNS, reference_row(score)),
                "statistic": STATISTICS[score.reference.statistic],
                "said": score.words,
            }
            for score in found.references
        ],
        "notes": list(found.notes),
        "research_use": RESEARCH_USE,
    }


def lines(found: Assessment) -> Iterator[tuple[str, str]]:
    """The assessment for a terminal: (topic, sentence), what holds nowhere left out.

    Cut-offs that cannot be applied are counted, not listed; the JSON has them all.
    """
    for fact in found.facts:
        if fact.value is not None or fact.unable:
            yield "fact", f"{_fact_words(found.facts, fact.key)} ({fact.source})"
    for result in found.criteria:
        yield "criteria", f"{result.criteria.words}: {result.conclusion}"
    applied = [c for c in found.cutoffs if c.verdict.truth is not Truth.UNKNOWN]
    for cut in applied:
        number = limit_words(cut.cutoff, cut.limit) if cut.limit else ""
        yield "cut-off", f"{cut.verdict.truth}: {cut.cutoff.words} ({number})"
    if len(applied) < len(found.cutoffs):
        yield "cut-off", f"{len(found.cutoffs) - len(applied)} more cannot be applied"
    for score in found.references:
        yield "reference", f"{target_words(score.target)}: {score.words}"
    for note in found.notes:
        yield "note", note


def fact_cell(facts: Facts, key: str) -> Cell:
    """A fact as a cell: its number or word, None where it is not known; ages from 90 as "90+"."""
    value = facts[key].value
    if key != "age_years" or not isinstance(value, float | int):
        return value
    return f"{OLDEST_AGE_SHOWN_YEARS}+" if value >= OLDEST_AGE_SHOWN_YEARS else f"{value:g}"


def _fact_words(facts: Facts, key: str) -> str:
    """A fact for a terminal; the JSON has all its digits."""
    row, value = BY_KEY[key], fact_cell(facts, key)
    if not isinstance(value, float | int):
        return f"{row.words} {value} {row.unit}".strip() if value else facts[key].words
    return f"{row.words} {value:.4g} {row.unit}".strip()


def _fact(facts: Facts, key: str) -> dict[str, object]:
    fact = facts[key]
    shown: dict[str, object] = {
        "value": fact_cell(facts, key),
        "unit": fact.unit,
        "source": fact.source,
    }
    if fact.unable:
        return {**shown, "unable": True}
    return shown if fact.value is not None else {**shown, "reason": fact.reason}


def _criteria(result: CriteriaResult) -> dict[str, object]:
    reached = result.reached
    return {
        "key": result.criteria.key,
        "criteria": result.criteria.words,
        "citation": result.criteria.source.words,
        "doi": result.criteria.source.doi,
        "met": str(result.truth),
        "step": reached.key if reached else None,
        "conclusion": result.conclusion,
        "steps": {s.step.key: s.words for s in result.steps},
        "needs": list(result.needs),
        "caveats": list(result.caveats),
        "notes": list(result.criteria.notes),
    }


def _named(columns: Columns, row: Sequence[Cell]) -> dict[str, Cell]:
    """The row by the names of its columns, which begin with those of the person."""
    names = [name for name, _ in columns][-len(row) :]
    return dict(zip(names, row, strict=True))
