"""Pearson's r of mass with age (table 4 of Vu et al. 2024), and with height and BMI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from myotome.stats.describe.adjust import possible
from myotome.stats.describe.fits import Correlation, correlation
from myotome.stats.describe.multiplicity import COLUMNS, note, with_corrected
from myotome.stats.describe.people import SEXES, by_sex
from myotome.stats.sheets.sheet import Column, Sheet, number, sheet, text
from myotome.stats.table.columns import (
    AGE,
    BMI,
    GROSS,
    HEIGHT,
    STRUCTURES,
    TOTAL,
    MassKind,
    mass_column,
    words_of,
)
from myotome.tables.vu2024.ageing import OVER_YEARS

if TYPE_CHECKING:
    from pandas import DataFrame

_R: tuple[Column, ...] = (
    number("n", "n", 0),
    number("r", "r", 3),
    number("low_95", "95 % CI, low", 3),
    number("high_95", "95 % CI, high", 3),
    *COLUMNS,
)
_METHOD = "Pearson's r; 95 % interval by Fisher's z; P two-sided."


def with_age(rows: DataFrame, kind: MassKind = GROSS, *, over_years: int | None = None) -> Sheet:
    """R with age by sex, muscle and adjustment; ``over_years`` keeps people above that age."""
    seen = rows if over_years is None else rows[rows[AGE] > over_years]
    found = [
        {
            "sex": SEXES[sex],
            "muscle": words_of(s),
            "adjustment": variant.words,
            **_cells(correlation(own[AGE], variant.of(own, own[mass_column(s, kind=kind)]))),
        }
        for sex, own in by_sex(seen)
        for variant in possible(seen)
        for s in STRUCTURES
    ]
    whom = "" if over_years is None else f", people over {over_years} years"
    return sheet(
        f"{kind.key}_with_age" + ("" if over_years is None else f"_over_{over_years}"),
        f"Correlation of muscle {kind.key.replace('_', ' ')} with age{whom}",
        (text("sex", "sex"), text("muscle", "muscle"), text("adjustment", "adjustment"), *_R),
        with_corrected(found),
        (
            _METHOD,
            "BMI-adjusted z: residual of a line on BMI over its SD, both per sex.",
            note(found),
        ),
    )


def over_forty(rows: DataFrame, kind: MassKind = GROSS) -> Sheet:
    """The sensitivity analysis of the paper."""
    return with_age(rows, kind, over_years=OVER_YEARS)


def with_body(rows: DataFrame, kind: MassKind = GROSS) -> Sheet:
    """R of the total mass with height and BMI before and after adjustment, by sex."""
    found: list[dict[str, Any]] = []
    for sex, own in by_sex(rows):
        mass = own[mass_column(TOTAL, kind=kind)]
        for name, words in ((HEIGHT, "height"), (BMI, "BMI")):
            if name not in own:
                continue
            found += [
                {
                    "sex": SEXES[sex],
                    "with": words,
                    "adjustment": variant.words,
                    **_cells(correlation(own[name], variant.of(own, mass))),
                }
                for variant in possible(rows)
            ]
    return sheet(
        f"{kind.key}_with_body",
        f"Correlation of total muscle {kind.key.replace('_', ' ')} with height and BMI",
        (text("sex", "sex"), text("with", "with"), text("adjustment", "adjustment"), *_R),
        with_corrected(found),
        (_METHOD, "Height and BMI within a sex: over both, r would mostly tell men from women."),
    )


def _cells(found: Correlation | None) -> dict[str, Any]:
    if found is None:
        return {"n": 0, "p": None}
    return {
        "n": found.n,
        "r": found.r,
        "low_95": found.low,
        "high_95": found.high,
        "p": found.p,
    }
