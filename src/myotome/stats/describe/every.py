"""All tables of a cohort, in the order of the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myotome.errors import InputError
from myotome.stats.describe.correlations import over_forty, with_age, with_body
from myotome.stats.describe.masses import mass_by_age, mass_by_sex
from myotome.stats.describe.models import bmi_by_sex, height_exponent
from myotome.stats.describe.slopes import slopes
from myotome.stats.sheets.sheet import Sheet, Value, number, sheet, text
from myotome.stats.table.columns import (
    BMI,
    GROSS,
    HEIGHT,
    STRUCTURES,
    TOTAL,
    MassKind,
    mass_column,
)

if TYPE_CHECKING:
    from myotome.stats.table.read import Table


def describe(table: Table, kind: MassKind = GROSS) -> tuple[Sheet, ...]:
    """Who was left out, masses by sex and age, slopes, correlations, and models.

    Needs the masses of all groups; what needs height and BMI is left out where they are missing.
    Refuses (InputError) a table that lacks a mass column, or has no total mass at all.
    """
    table.require(*(mass_column(s, kind=kind) for s in STRUCTURES), filled=False)
    table.require(mass_column(TOTAL, kind=kind))
    rows = table.rows
    out = [
        exclusions(table),
        mass_by_sex(rows, kind),
        mass_by_age(rows, kind),
        slopes(rows, kind),
        with_age(rows, kind),
        over_forty(rows, kind),
    ]
    known = {name for name in (HEIGHT, BMI) if name in rows and rows[name].notna().any()}
    if known:
        out.append(with_body(rows, kind))
    if HEIGHT in known:
        out.append(height_exponent(rows, kind))
    if len(known) == 2:
        out += _bmi_models(table, kind)
    return tuple(out)


def _bmi_models(table: Table, kind: MassKind) -> list[Sheet]:
    try:
        return [bmi_by_sex(table.rows, kind, k=k) for k in (1, 2)]
    except InputError:  # too few people: said by the n of the other tables
        return []


def exclusions(table: Table) -> Sheet:
    """How many studies each rule left out, and how many people are left."""
    found: list[dict[str, Value]] = [
        {"rule": e.rule, "words": e.words, "studies": e.rows} for e in table.excluded
    ]
    kept: dict[str, Value] = {
        "rule": "kept",
        "words": "people in every table here",
        "studies": len(table.rows),
    }
    return sheet(
        "exclusions",
        "Studies left out, and why",
        (text("rule", "rule"), text("words", "what it says"), number("studies", "studies", 0)),
        [*found, kept],
        (
            f"Of {table.studies} studies; each is counted by the first rule that it meets.",
            *table.notes,
            f"SHA-256 of the table: {table.source}" if table.source else "",
        ),
    )
