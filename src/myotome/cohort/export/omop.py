"""Rows of MEASUREMENT of the OMOP Common Data Model 5.4, without concepts nobody verified."""

from __future__ import annotations

import csv
import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from myotome.cohort.export.chosen import Chosen, person_of
from myotome.cohort.tables.dictionary import save_dictionary
from myotome.cohort.tables.made import store
from myotome.cohort.tables.numbers import PLACE
from myotome.cohort.tables.numbers import shown as may_be_shown
from myotome.cohort.tables.save import copy
from myotome.tables.codes.quantities import UNIT
from myotome.tables.cohort.exports import OMOP_MAP, OMOP_MEASUREMENT, OMOP_SOURCE_LONGEST
from myotome.tables.outputs.cells import shown

UNMAPPED, NO_VOCABULARY = 0, "None"
FIRST_DAY = date(1970, 1, 1)
"""Stands for the day of a person's first study: a cohort holds no dates."""
_FOREVER = date(2099, 12, 31)
_DIGEST_DIGITS = 8
_DESCRIPTION_LONGEST = 255
_MEASUREMENTS, _UNITS = "MYOTOME", "MYOTOME_UNIT"


def write(chosen: Chosen, folder: Path) -> dict[str, Any]:
    """The rows, their maps of concepts, people and studies."""
    studies = list(_studies(chosen))
    kinds = ("VARCHAR", "INTEGER", "INTEGER", "DATE")
    name = f"_omop_{secrets.token_hex(4)}"
    columns = list(zip(("study", "number", "person_id", "day"), kinds, strict=True))
    cells = [[row[key] for row in studies] for key, _ in columns]
    store(chosen.cohort, f"{name}_studies", columns, cells)
    _store_codes(chosen, f"{name}_codes")
    rows = copy(chosen.cohort, _query(chosen, name), folder / "measurement.csv")
    _write(folder / "source_to_concept_map.csv", [f.key for f in OMOP_MAP], _map(chosen))
    _write(
        folder / "person_map.csv",
        ["person_id", "person_source_value", "gender_source_value"],
        {
            row["person_id"]: [row["person_id"], row["person"], row["sex"]] for row in studies
        }.values(),
    )
    keys = ["study", "number", "person_id", "day", "day_is_known"]
    head = ["study", "study_number", "person_id", "measurement_date", "interval_is_known"]
    _write(folder / "study_map.csv", head, [[row[key] for key in keys] for row in studies])
    save_dictionary(chosen.entries, folder / "dictionary.csv")
    return {"rows": rows, "unmapped_concepts": len(chosen.made.numbers)}


def source_code(column: str) -> str:
    """The name of a column of the wide table, in the characters that OMOP has for it.

    >>> source_code("psoas_l3_area_cm2")
    'psoas_l3_area_cm2'
    >>> source_code("visceral_to_subcutaneous_volume_ratio_between_some_levels_ratio")
    'visceral_to_subcutaneous_volume_ratio_bet_7d4d3789'
    """
    if len(column) <= OMOP_SOURCE_LONGEST:
        return column
    digest = hashlib.sha256(column.encode()).hexdigest()[:_DIGEST_DIGITS]
    return f"{column[: OMOP_SOURCE_LONGEST - _DIGEST_DIGITS - 1]}_{digest}"


def _studies(chosen: Chosen) -> Iterator[dict[str, Any]]:
    people: dict[str, int] = {}
    for number, row in enumerate(chosen.rows, 1):
        person = person_of(row)
        days = row["days_since_first"]
        yield {
            "study": row["study"],
            "number": number,
            "person": person,
            "person_id": people.setdefault(person, len(people) + 1),
            "sex": row["sex"],
            "day": FIRST_DAY + timedelta(days=round(days or 0)),
            "day_is_known": "false" if days is None else "true",
        }


def _store_codes(chosen: Chosen, name: str) -> None:
    """The source code and the unit of every number, by its place."""
    numbers = chosen.made.numbers
    columns = [(key, "VARCHAR") for key in (*PLACE, "source", "ucum")]
    cells = [
        *([getattr(number, key) for number in numbers] for key in PLACE),
        [source_code(number.column) for number in numbers],
        [UNIT[n.unit].value if n.unit in UNIT else n.unit for n in numbers],
    ]
    columns.append(("number", "INTEGER"))
    store(chosen.cohort, name, columns, [*cells, list(range(len(numbers)))])


def _query(chosen: Chosen, name: str) -> str:
    """The rows of MEASUREMENT; a study's have consecutive room among the numbers."""
    room = max(1, len(chosen.made.numbers))
    told = {
        "measurement_id": f"s.number * {room} + c.number",
        "person_id": "s.person_id",
        "measurement_concept_id": str(UNMAPPED),
        "measurement_date": "s.day",
        "measurement_type_concept_id": str(UNMAPPED),
        "value_as_number": "x.value",
        "unit_concept_id": str(UNMAPPED),
        "measurement_source_value": "c.source",
        "measurement_source_concept_id": str(UNMAPPED),
        "unit_source_value": "c.ucum",
        "unit_source_concept_id": str(UNMAPPED),
        "value_source_value": "format('{:.6g}', x.value)",
    }
    cells = ", ".join(f"{told.get(field.key, 'NULL')} AS {field.key}" for field in OMOP_MEASUREMENT)
    same = " AND ".join(f"coalesce(x.{key}, '') = c.{key}" for key in PLACE)
    values = f"SELECT m.study, {', '.join(f'm.{key}' for key in PLACE)}, "
    values += f"{may_be_shown('value', chosen.wanted)} AS value FROM measurements m"
    return (
        f"SELECT {cells} FROM ({values}) x JOIN {name}_studies s USING (study) "
        f"JOIN {name}_codes c ON {same} WHERE x.value IS NOT NULL"
    )


def _map(chosen: Chosen) -> Iterator[list[Any]]:
    labels = {entry.column: entry.label for entry in chosen.entries}
    sources = {source_code(n.column): f"{labels[n.column]} ({n.unit})" for n in chosen.made.numbers}
    units = [UNIT[number.unit] for number in chosen.made.numbers if number.unit in UNIT]
    ucum = {unit.value: unit.meaning for unit in units}
    for vocabulary, rows in ((_MEASUREMENTS, sources), (_UNITS, ucum)):
        for code, words in rows.items():
            yield [
                code,
                UNMAPPED,
                vocabulary,
                words[:_DESCRIPTION_LONGEST],
                UNMAPPED,
                NO_VOCABULARY,
                FIRST_DAY,
                _FOREVER,
                None,
            ]


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([shown(c) if isinstance(c, str) else c for c in row] for row in rows)
