"""A data dictionary and the data of a REDCap project."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from myotome.cohort.export.chosen import Chosen, plain_number, variables, visits
from myotome.cohort.tables.dictionary import KINDS, Entry, save_dictionary
from myotome.tables.cohort.exports import REDCAP_COLUMNS, REDCAP_LONGEST
from myotome.tables.outputs.cells import shown

RECORD, FORM = "record_id", "myotome"
REPEAT = ("redcap_repeat_instrument", "redcap_repeat_instance")
COMPLETE = f"{FORM}_complete"
_DONE = "2"
"""REDCap's code for a form that is complete."""
_SEX = "F, female | M, male"
_VALIDATION = {"number": "number", "whole number": "integer"}


def write(chosen: Chosen, folder: Path) -> dict[str, Any]:
    """Both files. A person with several studies has an instance of the form for each."""
    names = variables(
        [entry.column for entry in chosen.entries],
        taken=(RECORD, COMPLETE, *REPEAT),
        longest=REDCAP_LONGEST,
    )
    with (folder / "redcap_data_dictionary.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, REDCAP_COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(_fields(chosen.entries, names))
    where = visits(chosen.rows)
    again = any(number > 1 for _, number in where.values())
    head = (RECORD, *(REPEAT if again else ()), *names, COMPLETE)
    with (folder / "redcap_data.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(head)
        for cells in chosen.wide_rows():
            person, number = where[cells[0]]
            repeat = (FORM, str(number)) if again else ()
            rows.writerow((shown(person), *repeat, *map(_cell, cells), _DONE))
    save_dictionary(chosen.entries, folder / "dictionary.csv")
    return {"fields": len(names) + 1, "records": len({who for who, _ in where.values()})}


def _fields(entries: Sequence[Entry], names: Sequence[str]) -> Iterator[dict[str, str]]:
    label, note = "Field Label", "Field Note"
    common = {"Form Name": FORM, "Field Type": "text"}
    yield {REDCAP_COLUMNS[0]: RECORD, **common, label: "Person (pseudonym)"}
    for entry, name in zip(entries, names, strict=True):
        kind, choices = _kind(entry)
        told = {
            **common,
            "Field Type": kind,
            label: _plain(entry.label or entry.column.replace("_", " ")),
            "Choices, Calculations, OR Slider Labels": choices,
            note: _plain(
                "; ".join(p for p in (entry.unit, entry.definition or entry.meaning) if p)
            ),
            "Text Validation Type OR Show Slider Number": (
                _VALIDATION.get(entry.kind, "") if kind == "text" else ""
            ),
        }
        yield {REDCAP_COLUMNS[0]: name, **{key: shown(text) for key, text in told.items()}}


def _said(entry: Entry) -> str:
    return entry.definition or entry.meaning


def _kind(entry: Entry) -> tuple[str, str]:
    """The type of a field and its choices."""
    if entry.column == "sex":
        return "radio", _SEX
    return ("yesno", "") if entry.kind == KINDS["BOOLEAN"] else ("text", "")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return plain_number(value) if isinstance(value, float) else shown(str(value))


def _plain(text: str) -> str:
    """Without what REDCap takes for HTML."""
    return text.replace("<", "less than ").replace(">", "more than ")
