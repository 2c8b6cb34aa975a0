"""Mass against age with its slope (figure 6 of Vu et al. 2024)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from myotome.stats.describe.fits import Line, line
from myotome.stats.describe.multiplicity import COLUMNS, note, with_corrected
from myotome.stats.describe.people import SEXES, by_sex
from myotome.stats.sheets.sheet import Sheet, number, sheet, text
from myotome.stats.table.columns import AGE, GROSS, STRUCTURES, MassKind, mass_column, words_of

if TYPE_CHECKING:
    from pandas import DataFrame


def slopes(rows: DataFrame, kind: MassKind = GROSS) -> Sheet:
    """One row per sex and muscle: g per year, and percent of the mean per decade."""
    found: list[dict[str, Any]] = []
    for sex, own in by_sex(rows):
        for s in STRUCTURES:
            masses = own[mass_column(s, kind=kind)]
            row = {"sex": SEXES[sex], "muscle": words_of(s)}
            found.append(row | _cells(line(own[AGE], masses), masses))
    return sheet(
        f"{kind.key}_slopes",
        f"Muscle {kind.key.replace('_', ' ')} against age",
        (
            text("sex", "sex"),
            text("muscle", "muscle"),
            number("n", "n", 0),
            number("slope_g_per_year", "slope (g/year)", 2),
            number("low_95_g_per_year", "95 % CI, low", 2),
            number("high_95_g_per_year", "95 % CI, high", 2),
            number("percent_per_decade", "% of the mean per decade", 1),
            number("intercept_g", "intercept (g)", 0),
            number("residual_sd_g", "residual SD (g)", 1),
            number("r_squared", "R\N{SUPERSCRIPT TWO}", 3),
            *COLUMNS,
        ),
        with_corrected(found),
        (
            "Ordinary least squares of mass on age, one line per sex and muscle; interval by t. "
            "Different people of different ages, not people followed: a slope is no loss of one "
            "person.",
            note(found),
        ),
    )


def _cells(fit: Line | None, masses: Any) -> dict[str, Any]:
    if fit is None:
        return {}
    mean = float(masses.mean())
    return {
        "n": fit.n,
        "slope_g_per_year": fit.slope,
        "low_95_g_per_year": fit.low,
        "high_95_g_per_year": fit.high,
        "percent_per_decade": 1000 * fit.slope / mean if mean > 0 else None,
        "intercept_g": fit.intercept,
        "residual_sd_g": fit.residual_sd,
        "r_squared": fit.r_squared,
        "p": fit.p,
    }
