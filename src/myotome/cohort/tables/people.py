"""What a cohort knows of each study beside its numbers: the first columns of every table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from myotome.cohort.review.words import UNDECIDED, Decision, decisions, said
from myotome.cohort.store.record import FAILED
from myotome.cohort.tables.wanted import ALL, USABLE, Wanted
from myotome.errors import InputError
from myotome.tables.cohort.wide import EXCLUSION, FAILURE, PEOPLE, REVIEWED, TROUBLE
from myotome.write.data.table import Table

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort

Cells = dict[str, Any]
_ASKED = (
    "study", "attempt", "subject", "days_since_first", "sex", "age_years", "height_cm",
    "weight_kg", "training", "state", "reason", "given",
)  # fmt: skip
_ORDER = "nullif(subject, '') NULLS LAST, days_since_first NULLS LAST, study"
_GIVEN = "given_"
"""Stands before a column of the manifest that is called as one of ours."""


def every_study(cohort: Cohort) -> list[Cells]:
    """The cells of every study, also of failed ones: ``PEOPLE``, ``FAILURE`` and ``given``.

    A person's studies follow each other, the first one first, as far as the days are known.
    """
    found = cohort.sql(f"SELECT {', '.join(_ASKED)} FROM studies ORDER BY {_ORDER}").fetchall()
    rows = [dict(zip(_ASKED, cells, strict=True)) for cells in found]
    attempts = {row["study"]: row["attempt"] for row in rows}
    decided = decisions(said(cohort.layout), attempts)
    return [_of(row, decided.get(row["study"], UNDECIDED)) for row in rows]


def _of(row: Cells, decision: Decision) -> Cells:
    height_cm, weight_kg = row["height_cm"], row["weight_kg"]
    bmi = weight_kg / (height_cm / 100) ** 2 if height_cm and weight_kg else None
    why = (
        ("failed", row["state"] == FAILED),
        ("training", bool(row["training"])),
        *((key, verdict in decision.verdicts.values()) for verdict, key in REVIEWED.items()),
    )
    return {
        **row,
        **{key: row[key] or None for key in ("subject", "sex", "reason")},
        "bmi_kg_m2": bmi,
        "accepted": decision.accepted,
        "excluded_why": next((key for key, holds in why if holds), None),
        "given": _given(row["given"]),
    }


def _given(text: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
        return {str(key): value for key, value in found.items()}
    except (ValueError, AttributeError) as error:
        raise InputError(
            "the columns of the manifest that a study kept are damaged.",
            mend="Measure the study again with `myotome cohort retry`.",
        ) from error


def counted(rows: Iterable[Cells]) -> dict[str, int]:
    """How many studies statistics leave out, by reason, where there are any."""
    found = Counter(row["excluded_why"] for row in rows)
    return {key: found[key] for key in EXCLUSION if found[key]}


def chosen(rows: Iterable[Cells], wanted: Wanted) -> list[Cells]:
    """The studies that are asked for."""
    if wanted.studies == USABLE:
        return [row for row in rows if row["excluded_why"] is None]
    return [row for row in rows if wanted.studies == ALL or row["state"] != FAILED]


def people(rows: Sequence[Cells], wanted: Wanted, taken: Iterable[str]) -> tuple[Table, list[str]]:
    """The first columns of the table, and which of them are of the manifest.

    ``taken`` are the names of the columns that will follow.
    """
    own = [*PEOPLE, *(FAILURE if wanted.studies == ALL else ())]
    given = list(dict.fromkeys(key for row in rows for key in row["given"]))
    names = _free(given, (*(column.key for column in (*own, *TROUBLE)), *taken))
    columns = [(column.key, column.kind) for column in own]
    cells = [[row[column.key] for row in rows] for column in own]
    for key, name in zip(given, names, strict=True):
        kind, values = _typed([row["given"].get(key) for row in rows])
        columns.append((name, kind))
        cells.append(values)
    return Table(columns=tuple(columns), rows=list(zip(*cells, strict=True))), names


def _free(given: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Names for the columns of the manifest; SQL takes two that differ in case alone for one."""
    used = {name.lower() for name in taken}
    names = []
    for key in given:
        name = key
        while name.lower() in used:
            name = f"{_GIVEN}{name}"
        used.add(name.lower())
        names.append(name)
    return names


def _typed(values: Sequence[Any]) -> tuple[str, list[Any]]:
    """The narrowest SQL type that takes all values, and the values for it."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "BOOLEAN", list(values)
    if kinds == {int}:
        return "BIGINT", list(values)
    if kinds and kinds <= {int, float}:
        return "DOUBLE", [None if value is None else float(value) for value in values]
    return "VARCHAR", [
        value if value is None or isinstance(value, str) else json.dumps(value) for value in values
    ]
