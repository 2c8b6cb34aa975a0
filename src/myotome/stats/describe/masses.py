"""Masses by sex and muscle (figure 5 of Vu et al. 2024) and by age group (table 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from myotome.stats.describe.people import GROUPS, SEXES, by_sex
from myotome.stats.sheets.sheet import Sheet, number, sheet, text
from myotome.stats.table.columns import GROSS, STRUCTURES, MassKind, mass_column, words_of
from myotome.tables.citable.references import SMALL_GROUP

if TYPE_CHECKING:
    from pandas import DataFrame

_SPREAD = (
    number("n", "n", 0),
    number("mean_g", "mean (g)", 0),
    number("sd_g", "SD (g)", 1),
    number("median_g", "median (g)", 0),
    number("p25_g", "25th percentile (g)", 0),
    number("p75_g", "75th percentile (g)", 0),
)


def mass_by_sex(rows: DataFrame, kind: MassKind = GROSS) -> Sheet:
    """One row per sex and muscle."""
    found = [
        {"sex": SEXES[sex], "muscle": words_of(s), **_spread(own[mass_column(s, kind=kind)])}
        for sex, own in by_sex(rows)
        for s in STRUCTURES
    ]
    return sheet(
        f"{kind.key}_by_sex",
        f"Muscle {kind.key.replace('_', ' ')} by sex",
        (text("sex", "sex"), text("muscle", "muscle"), *_SPREAD),
        found,
        (_method(kind),),
    )


def mass_by_age(rows: DataFrame, kind: MassKind = GROSS) -> Sheet:
    """One row per sex, age group and muscle, then the whole sex; empty groups have n 0."""
    found: list[dict[str, Any]] = []
    for sex, own in by_sex(rows):
        parts = [(group.words, group.of(own)) for group in GROUPS] + [("all", own)]
        for words, part in parts:
            for s in STRUCTURES:
                spread = _spread(part[mass_column(s, kind=kind)])
                found.append(
                    {"sex": SEXES[sex], "age_group_years": words, "muscle": words_of(s), **spread}
                )
    few = sorted({(r["sex"], r["age_group_years"]) for r in found if r["n"] < SMALL_GROUP})
    named = "; ".join(f"{sex} of {group} years" for sex, group in few)
    return sheet(
        f"{kind.key}_by_age",
        f"Muscle {kind.key.replace('_', ' ')} by sex and age",
        (
            text("sex", "sex"),
            text("age_group_years", "age (years)"),
            text("muscle", "muscle"),
            *_SPREAD,
        ),
        found,
        (
            _method(kind),
            "Ages in completed years, both ends included; 40 years fall into the first group.",
            f"Fewer than {SMALL_GROUP} people, so unstable: {named}." if named else "",
        ),
    )


def _spread(values: Any) -> dict[str, Any]:
    known = values.dropna()
    if known.empty:
        return {"n": 0}
    low, middle, high = known.quantile([0.25, 0.5, 0.75])
    return {
        "n": len(known),
        "mean_g": known.mean(),
        "sd_g": known.std(ddof=1),
        "median_g": middle,
        "p25_g": low,
        "p75_g": high,
    }


def _method(kind: MassKind) -> str:
    return (
        f"{kind.words[0].upper()}{kind.words[1:]}; both sides summed, lung base to inferior "
        "endplate of L5. SD divides by n \N{MINUS SIGN} 1. Of gluteus medius only a cap lies in "
        "the slab: its mass follows the slab's lower plane."
    )
