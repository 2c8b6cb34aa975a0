"""Printed numbers beside found ones, and how far they lie apart in standard errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import atanh, sqrt
from typing import TYPE_CHECKING, Any

from myotome.evaluate.pictures.curves import Curve
from myotome.stats.describe.adjust import over_bmi, over_height
from myotome.stats.describe.fits import correlation, line
from myotome.stats.describe.people import SEXES, AgeGroup
from myotome.stats.sheets.sheet import Sheet, Value, number, sheet, text
from myotome.stats.table.columns import (
    AGE,
    BMI,
    HEIGHT,
    SEX,
    TOTAL,
    mass_column,
    words_of,
)
from myotome.tables.vu2024 import ageing
from myotome.tables.vu2024.agreement import CURVES
from myotome.tables.vu2024.contradictions import CONTRADICTIONS
from myotome.tables.vu2024.masses import BY_AGE, BY_SEX, PrintedMass

if TYPE_CHECKING:
    from pandas import DataFrame

_PRINTED_N = {
    sex: sum(p.n for p in BY_AGE if p.sex == sex and p.structure == TOTAL) for sex in SEXES
}


def masses(rows: DataFrame, *, drawn: bool) -> Sheet:
    """Table 3, printed and found. ``drawn``: the people were drawn from the printed numbers."""
    found: list[dict[str, Value]] = []
    for p in (*BY_SEX, *BY_AGE):
        own = rows[rows[SEX] == p.sex]
        if p.age_from is not None and p.age_to is not None:
            own = AgeGroup(low=p.age_from, high=p.age_to).of(own)
        found.append(_mass(p, own[mass_column(p.structure)].dropna(), drawn))
    far = [abs(r["errors"]) for r in found if isinstance(r["errors"], float)]
    return sheet(
        "compare_table3",
        "Table 3 of the paper and here",
        (
            text("sex", "sex"),
            text("age_group_years", "age (years)"),
            text("muscle", "muscle"),
            number("paper_n", "n, paper", 0),
            number("paper_mean_g", "mean, paper (g)", 0),
            number("paper_sd_g", "SD, paper (g)", 1),
            number("n", "n, here", 0),
            number("mean_g", "mean, here (g)", 0),
            number("sd_g", "SD, here (g)", 1),
            number("errors", "difference of means in standard errors", 1),
        ),
        found,
        (
            _standard_error(drawn),
            f"{sum(v > 1.96 for v in far)} of {len(far)} means differ by more than 1.96 standard "
            f"errors, where chance alone gives {0.05 * len(far):.0f} (the rows are not "
            "independent: totals are sums, and sexes are made of age groups). Rows of a whole sex "
            "are printed up to 2 g off what their own age groups give.",
        ),
    )


def _mass(p: PrintedMass, values: Any, drawn: bool) -> dict[str, Value]:
    row: dict[str, Value] = {
        "sex": SEXES[p.sex],
        "age_group_years": "all" if p.age_from is None else f"{p.age_from} to {p.age_to}",
        "muscle": words_of(p.structure),
        "paper_n": p.n,
        "paper_mean_g": p.mean_g,
        "paper_sd_g": p.sd_g,
        "n": len(values),
        "errors": None,
    }
    if len(values) > 1:
        mean, sd = float(values.mean()), float(values.std(ddof=1))
        variance = sd**2 / len(values) + (0.0 if drawn else p.sd_g**2 / p.n)
        apart = (mean - p.mean_g) / sqrt(variance) if variance > 0 else None
        row |= {"mean_g": mean, "sd_g": sd, "errors": apart}
    return row


def correlations(rows: DataFrame, *, drawn: bool) -> Sheet:
    """Table 4, printed and found; the printed r is given the interval of its n."""
    found: list[dict[str, Value]] = []
    for p in ageing.CORRELATIONS:
        own = rows[rows[SEX] == p.sex]
        r = correlation(own[AGE], own[mass_column(p.structure)])
        n = _PRINTED_N[p.sex]
        row: dict[str, Value] = {
            "sex": SEXES[p.sex], "muscle": words_of(p.structure), "paper_n": n,
            "paper_r": p.r, "paper_p": p.p.replace("<", "< "), "n": 0,
        }  # fmt: skip
        if r is not None and abs(r.r) < 1 and r.n > 3:
            variance = 1 / (r.n - 3) + (0.0 if drawn else 1 / (n - 3))
            apart = (atanh(r.r) - atanh(p.r)) / sqrt(variance)
            row |= {"n": r.n, "r": r.r, "low_95": r.low, "high_95": r.high, "errors": apart}
        found.append(row)
    return sheet(
        "compare_table4",
        "Table 4 of the paper and here: Pearson's r of mass with age",
        (
            text("sex", "sex"),
            text("muscle", "muscle"),
            number("paper_n", "n, table 3", 0),
            number("paper_r", "r, paper", 2),
            text("paper_p", "P, paper"),
            number("n", "n, here", 0),
            number("r", "r, here", 3),
            number("low_95", "95 % CI, low", 3),
            number("high_95", "95 % CI, high", 3),
            number("errors", "difference of Fisher's z in standard errors", 1),
        ),
        found,
        (_standard_error(drawn),),
    )


def slopes(rows: DataFrame) -> Sheet:
    """The slopes of figure 6: in the abstract, in the discussion, and found."""
    found: list[dict[str, Value]] = []
    for sex, words in SEXES.items():
        own = rows[rows[SEX] == sex]
        fit = line(own[AGE], own[mass_column(TOTAL)])
        row: dict[str, Value] = {
            "sex": words,
            "abstract_g_per_year": ageing.PRINTED_SLOPES_G_PER_YEAR[sex],
            "discussion_g_per_year": ageing.SLOPES_G_PER_YEAR[sex],
            "table3_g_per_year": _between_groups(sex),
            "n": 0,
        }
        if fit is not None:
            row |= {
                "n": fit.n,
                "slope_g_per_year": fit.slope,
                "low_95_g_per_year": fit.low,
                "high_95_g_per_year": fit.high,
            }
        found.append(row)
    return sheet(
        "compare_figure6",
        "Slopes of total mass with age: paper and here",
        (
            text("sex", "sex"),
            number("abstract_g_per_year", "abstract (g/year)", 2),
            number("discussion_g_per_year", "discussion (g/year)", 1),
            number("table3_g_per_year", "line through table 3's groups (g/year)", 1),
            number("n", "n, here", 0),
            number("slope_g_per_year", "here (g/year)", 1),
            number("low_95_g_per_year", "95 % CI, low", 1),
            number("high_95_g_per_year", "95 % CI, high", 1),
        ),
        found,
        (
            "The line through table 3 is least squares of the groups' means on the middles of "
            "their ages (the last group to 95 years), weighted by n: no tenth of a gram.",
        ),
    )


def _between_groups(sex: str) -> float:
    groups = [p for p in BY_AGE if p.sex == sex and p.structure == TOTAL]
    ages = [((p.age_from or 0) + min(p.age_to or 0, 95)) / 2 for p in groups]
    people = [p.n for p in groups]
    middle = sum(n * a for n, a in zip(people, ages, strict=True)) / sum(people)
    mean = sum(p.n * p.mean_g for p in groups) / sum(people)
    above = sum(p.n * (a - middle) * (p.mean_g - mean) for p, a in zip(groups, ages, strict=True))
    return above / sum(n * (a - middle) ** 2 for n, a in zip(people, ages, strict=True))


def bodies(rows: DataFrame) -> Sheet:
    """R of total mass with height and BMI, before and after adjustment."""
    found: list[dict[str, Value]] = []
    for sex, words in SEXES.items():
        own = rows[rows[SEX] == sex]
        mass = own[mass_column(TOTAL)]
        for name, printed, title, values in (
            (HEIGHT, ageing.R_HEIGHT, "mass with height", mass),
            (HEIGHT, ageing.R_HEIGHT_ADJUSTED, "mass / height^2 with height",
             over_height(own, mass, 2)),
            (HEIGHT, None, "mass / height with height", over_height(own, mass, 1)),
            (BMI, ageing.R_BMI, "mass with BMI", mass),
            (BMI, ageing.R_BMI_ADJUSTED, "mass / BMI with BMI", over_bmi(own, mass)),
        ):  # fmt: skip
            r = correlation(own[name], values)
            row: dict[str, Value] = {"sex": words, "what": title, "paper_r": printed, "n": 0}
            if r is not None:
                row |= {"n": r.n, "r": r.r, "low_95": r.low, "high_95": r.high}
            found.append(row)
    return sheet(
        "compare_bodies",
        "Total mass with height and BMI: paper and here",
        (
            text("sex", "sex"),
            text("what", "what"),
            number("paper_r", "r, paper", 3),
            number("n", "n, here", 0),
            number("r", "r, here", 3),
            number("low_95", "95 % CI, low", 3),
            number("high_95", "95 % CI, high", 3),
        ),
        found,
        (
            "The paper gives one r for both sexes and does not say how it was pooled; here sexes "
            "are apart. Division by BMI cannot turn r = 0.18 into -0.06 where BMI varies by a "
            "fifth and mass by a quarter: it over-adjusts to about -0.5. Residuals of a line on "
            "BMI (the z-scores) do what division does not.",
        ),
    )


def curves(runs: Sequence[Curve]) -> Sheet:
    """Where the paper's learning curves ended, and those given."""
    found: list[dict[str, Value]] = [
        {"run": f"Vu et al. 2024, {c.units} residual unit{'' if c.units == 1 else 's'}",
         "train": c.train, "validation": c.validation}
        for c in CURVES
    ]  # fmt: skip
    for run in runs:
        ends = {name: points[-1][1] for name, points in run.columns.items() if points}
        seen = [value for name, value in ends.items() if "train" in name.lower()]
        unseen = [value for name, value in ends.items() if "train" not in name.lower()]
        found.append(
            {
                "run": f"here, {run.name}",
                "train": seen[0] if seen else None,
                "validation": unseen[0] if unseen else None,
            }
        )
    return sheet(
        "compare_figure2a",
        "Dice at the end of training",
        (
            text("run", "run"),
            number("train", "Dice, data learnt from", 3),
            number("validation", "Dice, other data", 3),
        ),
        found,
        ("The paper's are after 100 epochs of its first phase.",),
    )


def contradictions(places: Iterable[str] = ()) -> Sheet:
    """Where the paper contradicts itself; ``places`` keeps those of some tables and figures."""
    wanted = set(places)
    found: list[dict[str, Value]] = [
        {
            "where": ", ".join(row.places) or "text",
            "printed": row.printed,
            "evidence": row.evidence,
            "used": row.used,
        }
        for row in CONTRADICTIONS
        if not wanted or wanted & set(row.places)
    ]
    return sheet(
        "contradictions",
        "Where the paper contradicts itself",
        (
            text("where", "where"),
            text("printed", "printed"),
            text("evidence", "what decides"),
            text("used", "used here"),
        ),
        found,
    )


def _standard_error(drawn: bool) -> str:
    if drawn:
        return (
            "The people were drawn from the printed numbers, so these come back by construction: "
            "the comparison tests the program, not the paper. Standard errors are of the draw."
        )
    return "Standard errors are of both: other people than the paper's."
