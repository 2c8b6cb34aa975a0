"""What the numbers at L3 would be, were the vertebrae named one off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measurement import Measurement
from myotome.nouns.study.result import StudyResult
from myotome.tables.quantities.indices import DERIVED
from myotome.tables.quantities.tissues import NAMES_IN_DOUBT, TISSUE
from myotome.write.data.neighbours import next_to
from myotome.write.report.cells import Lookup, number, unit_words

Json = dict[str, Any]

_SHOWN: tuple[tuple[str, str], ...] = (
    ("area", "skeletal_muscle"),
    ("index", "skeletal_muscle_index"),
    ("area", "subcutaneous_fat"),
    ("area", "visceral_fat"),
    ("area", "intermuscular_fat"),
    ("mean_hu", "skeletal_muscle"),
)
"""(quantity, structure) of the rows."""

_DIFFERENCES = {"mean_hu": "HU"}
"""Quantities whose zero means nothing, so that a change is told in their own unit."""


def names_in_doubt(flags: Sequence[Flag]) -> bool:
    """Whether any flag says that the vertebrae may have other names, or lie elsewhere."""
    return any(flag.code in NAMES_IN_DOUBT for flag in flags)


def one_off(result: StudyResult, level: str) -> Json | None:
    """The numbers at ``level`` beside those, were its vertebra the one above or below.

    If it is really the one above, its name belongs to the next one down, and the other way
    round. None where neither neighbour was measured.
    """
    above, below = next_to(level)
    find = Lookup(result.measurements)
    rows = [_row(find, place, (level, below, above)) for place in _SHOWN]
    rows = [row for row in rows if row["text"] and any(cell["text"] for cell in row["cells"])]
    if not rows:
        return None
    return {
        "level": level,
        "really": [above, below],
        "rows": rows,
        "doubt": names_in_doubt(result.flags),
        "sentence": _sentence(rows[0], level, (above, below)),
    }


def _row(find: Lookup, place: tuple[str, str], levels: tuple[str, str, str]) -> Json:
    """One number: as named, then as it were if the vertebra is really the one above, below."""
    quantity, structure = place
    named, *others = (find(quantity, structure, "both", level) for level in levels)
    return {
        "words": _words(quantity, structure),
        "unit": "" if named is None else unit_words(named.unit),
        "text": "" if named is None or named.value is None else number(named.value, named.unit),
        "cells": [_cell(named, other) for other in others],
    }


def _cell(named: Measurement | None, other: Measurement | None) -> Json:
    if named is None or other is None or named.value is None or other.value is None:
        return {"text": "", "change": ""}
    unit = _DIFFERENCES.get(named.quantity, "%")
    if unit == "%" and not named.value:
        return {"text": number(other.value, other.unit), "change": ""}
    change = other.value - named.value
    if unit == "%":
        change = 100 * change / named.value
    sign = "+" if change >= 0 else ""
    return {
        "text": number(other.value, other.unit),
        "change": f"{sign}{number(change, unit)} {unit}",
    }


def _words(quantity: str, structure: str) -> str:
    if structure in DERIVED:
        return DERIVED[structure].words
    return "mean muscle attenuation" if quantity == "mean_hu" else TISSUE[structure].words


def _sentence(row: Mapping[str, Any], level: str, really: tuple[str, str]) -> str:
    """The first row in a sentence, for where there is no room for a table."""
    shown = [(name, cell) for name, cell in zip(really, row["cells"], strict=True) if cell["text"]]
    names = " or ".join(name for name, _ in shown)
    values = " or ".join(_valued(cell, row["unit"]) for _, cell in shown)
    words = row["words"].partition(" (")[0]
    truth = f"{words} at the true {level}: {values}"
    return f"If what is called {level} here is really {names}, {truth}."


def _valued(cell: Mapping[str, str], unit: str) -> str:
    change = f" ({cell['change']})" if cell["change"] else ""
    return f"{cell['text']} {unit}{change}"
