"""A derivative dataset of the Brain Imaging Data Structure (BIDS 1.10)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from myotome import __version__
from myotome.cohort.export.chosen import Chosen, person_of, streamed, variables, visits
from myotome.cohort.tables.dictionary import Entry
from myotome.cohort.tables.long import NUMBERS
from myotome.cohort.tables.numbers import asked, shown
from myotome.tables.cohort.wide import PERSON, UNITS
from myotome.tables.outputs.cells import shown as safe
from myotome.tables.outputs.columns import MEASUREMENT
from myotome.tables.quantities.quantities import QUANTITY

VERSION = "1.10.0"
MISSING = "n/a"
OLDEST_AGE_YEARS = 89
"""Higher ages are told as "89+": BIDS, participants file."""
_SIDECAR = ("myotome_version", "weights", "series")
"""Columns of measurements that are the same for a whole study: they stand in its JSON file."""
_SESSION = ("days_since_first", "height_cm", "weight_kg", "accepted", "excluded_why")
_ROW = tuple(column.key for column in NUMBERS if column.key not in _SIDECAR)
_LEVELS = {"F": "female", "M": "male"}


def write(chosen: Chosen, folder: Path) -> dict[str, Any]:
    """The dataset. Labels of people are their pseudonyms; sessions are counted from 01."""
    where = visits(chosen.rows)
    labels = _labels(person for person, _ in where.values())
    at = {study: (labels[person], f"ses-{n:02d}") for study, (person, n) in where.items()}
    _json(folder / "dataset_description.json", _description())
    (folder / ".bidsignore").write_text("sub-*/ses-*/ct/\n", encoding="utf-8")
    _participants(chosen, labels, folder)
    _sessions(chosen, at, folder)
    _phenotype(chosen, at, folder)
    _studies(chosen, at, folder)
    return {"participants": len(labels), "sessions": len(at)}


def _description() -> dict[str, Any]:
    return {
        "Name": "Muscle and body composition from CT",
        "BIDSVersion": VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "Myotome", "Version": __version__}],
    }


def _labels(people: Iterable[str]) -> dict[str, str]:
    """``sub-`` and the letters and digits of the pseudonym; no two are the same."""
    found: dict[str, str] = {}
    used: set[str] = set()
    for person in people:
        if person in found:
            continue
        plain = re.sub(r"[^A-Za-z0-9]", "", person) or "x"
        free, number = plain, 1
        while free.lower() in used:
            number += 1
            free = f"{plain}x{number}"
        used.add(free.lower())
        found[person] = f"sub-{free}"
    return found


def _participants(chosen: Chosen, labels: Mapping[str, str], folder: Path) -> None:
    first: dict[str, Any] = {}
    for row in chosen.rows:
        first.setdefault(person_of(row), row)
    head = ("participant_id", "age", "sex", "training")
    rows = [
        (labels[person], _age(row["age_years"]), row["sex"], row["training"])
        for person, row in first.items()
    ]
    _tsv(folder / "participants.tsv", head, rows)
    sidecar = {
        "age": {"Description": "age at the first study", "Units": "year"},
        "sex": {"Description": PERSON["sex"].words, "Levels": _LEVELS},
        "training": {"Description": PERSON["training"].words},
    }
    _json(folder / "participants.json", sidecar)


def _sessions(chosen: Chosen, at: Mapping[str, tuple[str, str]], folder: Path) -> None:
    """A file per person that says when, and what reviewers said."""
    by_person: dict[str, list[tuple[Any, ...]]] = {}
    for row in chosen.rows:
        label, session = at[row["study"]]
        by_person.setdefault(label, []).append((session, *(row[key] for key in _SESSION)))
    for label, cells in by_person.items():
        (folder / label).mkdir()
        _tsv(folder / label / f"{label}_sessions.tsv", ("session_id", *_SESSION), cells)
    told = {key: _column(PERSON[key].words, UNITS.get(key, "")) for key in _SESSION}
    _json(folder / "sessions.json", told)


def _phenotype(chosen: Chosen, at: Mapping[str, tuple[str, str]], folder: Path) -> None:
    """The wide table, without what participants and sessions say already."""
    given = set(chosen.made.given)
    kept = [
        place
        for place, entry in enumerate(chosen.entries)
        if entry.column in given or entry.column not in PERSON
    ]
    entries = [chosen.entries[place] for place in kept]
    keys = ("participant_id", "session_id")
    names = variables([entry.column for entry in entries], taken=keys)
    (folder / "phenotype").mkdir()
    rows = ((*at[row[0]], *(row[place] for place in kept)) for row in chosen.wide_rows())
    _tsv(folder / "phenotype" / "myotome.tsv", (*keys, *names), rows)
    tool = {"MeasurementToolMetadata": {"Description": f"Myotome {__version__}, from CT"}}
    told = {name: _entry(entry) for name, entry in zip(names, entries, strict=True)}
    _json(folder / "phenotype" / "myotome.json", {**tool, **told})


def _entry(entry: Entry) -> dict[str, Any]:
    said = _column(entry.definition or entry.meaning, entry.unit)
    return {"LongName": entry.label, **said} if entry.label else said


def _studies(chosen: Chosen, at: Mapping[str, tuple[str, str]], folder: Path) -> None:
    """A table of measurements and what it was made with, for each study."""
    cells = ", ".join(f"{shown(column.key, chosen.wanted)} AS {column.key}" for column in NUMBERS)
    names = [column.key for column in NUMBERS]
    for portion in chosen.cohort.portions("measurements"):
        query = (
            f"SELECT m.study, {cells} FROM {portion} m SEMI JOIN {chosen.table} USING (study) "
            f"WHERE {asked(chosen.wanted)} ORDER BY m.study, quantity, structure, side, level"
        )
        for study, found in groupby(streamed(chosen.cohort, query), key=lambda row: row[0]):
            rows = [dict(zip(names, row[1:], strict=True)) for row in found]
            _study(rows, at[study], folder)
    _json(folder / "desc-myotome_measurements.json", _measurement_columns())


def _study(rows: Sequence[Mapping[str, Any]], at: tuple[str, str], folder: Path) -> None:
    label, session = at
    place = folder / label / session / "ct"
    place.mkdir(parents=True)
    stem = f"{label}_{session}_desc-myotome_measurements"
    _tsv(place / f"{stem}.tsv", _ROW, ([row[key] for key in _ROW] for row in rows))
    made = {key: rows[0][key] for key in _SIDECAR}
    _json(
        place / f"{stem}.json",
        {
            "GeneratedBy": [{"Name": "Myotome", "Version": made["myotome_version"] or MISSING}],
            "Weights": made["weights"],
            "SeriesKey": made["series"],
        },
    )


def _measurement_columns() -> dict[str, Any]:
    told = {key: _column(MEASUREMENT[key].words, "") for key in _ROW}
    told["quantity"]["Levels"] = {row.key: row.meaning for row in QUANTITY.values()}
    return told


def _column(words: str, unit: str) -> dict[str, Any]:
    return {"Description": words, "Units": unit} if unit else {"Description": words}


def _age(years: float | None) -> str | float | None:
    return f"{OLDEST_AGE_YEARS}+" if years is not None and years > OLDEST_AGE_YEARS else years


def _tsv(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\t".join(head) + "\n")
        for row in rows:
            file.write("\t".join(map(_cell, row)) + "\n")


def _cell(value: object) -> str:
    if value is None or value == "":
        return MISSING
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.6g}" if isinstance(value, float) else safe(re.sub(r"\s", " ", str(value)))


def _json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2)
    path.write_text(f"{text}\n", encoding="utf-8")
