"""What was assessed as plain values: a JSON document, and rows of three tables with stable columns.

Units stand in the names of columns. Nothing here judges; wording comes from the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from myotome.nouns.numbers.assessment import (
    REFUSED,
    Assessment,
    CriteriaAnswer,
    CutOffAnswer,
    PersonAnswer,
    ReferencePlace,
    ToldFact,
)
from myotome.tables.citable.references import STATISTICS
from myotome.tables.outputs.wording import RESEARCH_USE
from myotome.tables.person.facts import FACT_KEYS, FactKey
from myotome.write.data.table import Table

Cell = str | float | int | bool | None
Columns = tuple[tuple[str, str], ...]


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
    ("z", "DOUBLE"), ("z_low", "DOUBLE"), ("z_high", "DOUBLE"), ("percentile", "DOUBLE"),
    ("percentile_low", "DOUBLE"), ("percentile_high", "DOUBLE"), ("below", "BOOLEAN"),
    ("reason", "VARCHAR"),
    ("population", "VARCHAR"), ("contrast", "VARCHAR"), ("limits", "VARCHAR"), ("doi", "VARCHAR"),
)  # fmt: skip


COLUMNS: dict[str, Columns] = {
    "criteria": CRITERIA_COLUMNS,
    "cutoffs": CUTOFF_COLUMNS,
    "references": REFERENCE_COLUMNS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of the three tables, each in the order of its columns; ``refused`` row numbers."""

    criteria: tuple[tuple[Cell, ...], ...]
    cutoffs: tuple[tuple[Cell, ...], ...]
    references: tuple[tuple[Cell, ...], ...]
    refused: tuple[tuple[int, str], ...]


def rows_of(answers: Iterable[PersonAnswer]) -> Rows:
    """Every person of a table, one row per criteria set; without an answer one row with why."""
    criteria: list[tuple[Cell, ...]] = []
    cutoffs: list[tuple[Cell, ...]] = []
    references: list[tuple[Cell, ...]] = []
    refused: list[tuple[int, str]] = []
    for answer in answers:
        head = (answer.id, answer.row, answer.status, answer.problem, answer.study)
        found = answer.assessed
        if found is None:
            criteria.append((*head, *(None for _ in CRITERIA_COLUMNS[len(head) :])))
            refused += [(answer.row, answer.problem)] if answer.status == REFUSED else []
            continue
        criteria += [(*head, *row) for row in criteria_rows(found)]
        cutoffs += [(*head[:2], *cutoff_row(c)) for c in found.cutoffs]
        references += [(*head[:2], *reference_row(r)) for r in found.references]
    return Rows(
        criteria=tuple(criteria), cutoffs=tuple(cutoffs), references=tuple(references),
        refused=tuple(refused),
    )  # fmt: skip


def study_tables(found: Assessment) -> dict[str, Table]:
    """The three tables of one study, by name; their columns of persons are left out."""
    rows = {
        "criteria": tuple(criteria_rows(found)),
        "cutoffs": tuple(map(cutoff_row, found.cutoffs)),
        "references": tuple(map(reference_row, found.references)),
    }
    first = {"criteria": len(_HEAD), "cutoffs": 2, "references": 2}
    return {
        name: Table(columns=COLUMNS[name][first[name] :], rows=table)
        for name, table in rows.items()
    }


def criteria_rows(found: Assessment) -> Iterator[tuple[Cell, ...]]:
    """One row per criteria set, from the column ``criteria_set`` on."""
    unable = "; ".join(fact.key for fact in found.facts if fact.unable)
    notes = " ".join(found.notes)
    values = {fact.key: _cell(fact) for fact in found.facts}
    cells = tuple(values.get(row.key) for row in FACT_KEYS)
    for row in found.criteria:
        yield (
            *(row.key, row.words, row.doi, row.met, row.step, row.grade, row.conclusion),
            *("; ".join(row.needs), "; ".join(row.caveats), unable, notes),
            *cells,
        )


def cutoff_row(row: CutOffAnswer) -> tuple[Cell, ...]:
    """One cut-off, from the column ``cutoff`` on."""
    return (
        *(row.key, row.topic, row.finding, row.fact, row.value, row.operator, row.limit),
        *(row.unit, row.verdict, row.reason, "; ".join(row.caveats)),
        *(row.population, row.citation, row.doi),
    )


def reference_row(row: ReferencePlace) -> tuple[Cell, ...]:
    """One reference, from the column ``reference`` on: its fields of the same names."""
    return tuple(getattr(row, name) for name, _ in REFERENCE_COLUMNS[2:])


def document(found: Assessment) -> dict[str, object]:
    """All of it for JSON: facts with sources, criteria, cut-offs, references, notes."""
    return {
        "facts": {fact.key: _fact(fact) for fact in found.facts},
        "flags": list(found.flags),
        "criteria": [_criteria(row) for row in found.criteria],
        "cutoffs": [_named(CUTOFF_COLUMNS, cutoff_row(row)) for row in found.cutoffs],
        "references": [_reference(row) for row in found.references],
        "notes": list(found.notes),
        "research_use": RESEARCH_USE,
    }


def lines(found: Assessment) -> Iterator[tuple[str, str]]:
    """All of it for a terminal: (topic, sentence), what holds nowhere left out.

    Cut-offs that cannot be applied are counted, not listed; the JSON has them all.
    """
    for fact in found.facts:
        if fact.value is not None or fact.unable:
            yield "fact", f"{_fact_words(fact)} ({fact.source})"
    for row in found.criteria:
        yield "criteria", f"{row.words}: {row.conclusion}"
    applied = [cut for cut in found.cutoffs if cut.verdict != "unknown"]
    for cut in applied:
        limit = "" if cut.limit is None else f"{cut.limit:g} {cut.unit}".strip()
        yield "cut-off", f"{cut.verdict}: {cut.finding} ({cut.operator} {limit})"
    if len(applied) < len(found.cutoffs):
        yield "cut-off", f"{len(found.cutoffs) - len(applied)} more cannot be applied"
    for place in found.references:
        yield "reference", f"{place.words}: {place.said}"
    for note in found.notes:
        yield "note", note


def _cell(fact: ToldFact) -> Cell:
    """A fact as a cell; an age is text, as it may be "90+"."""
    if fact.key == "age_years" and isinstance(fact.value, float | int):
        return f"{fact.value:g}"
    return fact.value


def _fact_words(fact: ToldFact) -> str:
    """A fact for a terminal; the JSON has all its digits."""
    if fact.unable:
        return f"{fact.words}: unable"
    value = fact.value if isinstance(fact.value, str) else f"{fact.value:.4g}"
    return f"{fact.words} {value} {fact.unit}".strip()


def _fact(fact: ToldFact) -> dict[str, object]:
    shown: dict[str, object] = {"value": fact.value, "unit": fact.unit, "source": fact.source}
    if fact.unable:
        return {**shown, "unable": True}
    return shown if fact.value is not None else {**shown, "reason": fact.reason}


def _criteria(row: CriteriaAnswer) -> dict[str, object]:
    fields = asdict(row)
    words, steps = fields.pop("words"), fields.pop("steps")
    return {**fields, "criteria": words, "step": row.step or None, "steps": dict(steps)}


def _reference(row: ReferencePlace) -> dict[str, object]:
    fields = _named(REFERENCE_COLUMNS, reference_row(row))
    return {**fields, "statistic": STATISTICS[row.statistic], "said": row.said}


def _named(columns: Columns, row: Sequence[Cell]) -> dict[str, Cell]:
    """The row by the names of its columns, which begin with those of the person."""
    names = [name for name, _ in columns][-len(row) :]
    return dict(zip(names, row, strict=True))
