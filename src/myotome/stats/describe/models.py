"""Models of the total mass: on BMI and sex, and its exponent of height."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from myotome.errors import InputError
from myotome.stats.describe.adjust import over_height
from myotome.stats.describe.fits import line
from myotome.stats.describe.people import SEXES, by_sex
from myotome.stats.sheets.sheet import Sheet, number, p_value, sheet, text
from myotome.stats.table.columns import BMI, GROSS, HEIGHT, SEX, TOTAL, MassKind, mass_column

if TYPE_CHECKING:
    from pandas import DataFrame

_FEWEST = 8
_TERMS = ("intercept (women, BMI 0)", "BMI (women)", "men", "men x BMI")


def bmi_by_sex(rows: DataFrame, kind: MassKind = GROSS, *, k: int = 2) -> Sheet:
    """Total mass / height^k = b0 + b1 BMI + b2 man + b3 man x BMI, by least squares.

    Refuses (InputError) fewer than 8 people with height and BMI, or one sex alone.
    """
    fit = _interaction(rows, over_height(rows, rows[mass_column(TOTAL, kind=kind)], k))
    between = fit.conf_int(0.05)
    found = [
        {
            "term": term,
            "estimate": fit.params[at],
            "se": fit.bse[at],
            "low_95": between[at][0],
            "high_95": between[at][1],
            "p": fit.pvalues[at],
        }
        for at, term in enumerate(_TERMS)
    ]
    unit = "g/m" if k == 1 else f"g/m{k}"
    return sheet(
        f"{kind.key}_bmi_by_sex_k{k}",
        f"Total muscle {kind.key.replace('_', ' ')} / height^{k} on BMI and sex",
        (
            text("term", "term"),
            number("estimate", f"estimate ({unit} and per kg/m2)", 3),
            number("se", "standard error", 3),
            number("low_95", "95 % CI, low", 3),
            number("high_95", "95 % CI, high", 3),
            p_value("p", "P"),
        ),
        found,
        (
            f"Ordinary least squares of {int(fit.nobs)} people; R squared {fit.rsquared:.3f}, "
            f"residual SD {np.sqrt(fit.scale):.1f} {unit} (both sexes pooled; "
            "z-scores use each sex's own).",
            "Four terms of one model, P not corrected: men x BMI is the question.",
        ),
    )


def _interaction(rows: DataFrame, y: Any) -> Any:
    """The fit of ``y`` on BMI, man, and their product."""
    import statsmodels.api as sm

    known = rows.assign(_y=y)[[SEX, BMI, "_y"]].dropna()
    if len(known) < _FEWEST or known[SEX].nunique() < 2:
        raise InputError(
            "The model of BMI and sex needs at least 8 people of both sexes with height and BMI."
        )
    man, bmi = (known[SEX] == "M").to_numpy(dtype=float), known[BMI].to_numpy()
    terms = np.column_stack([np.ones_like(bmi), bmi, man, man * bmi])
    if np.linalg.matrix_rank(terms) < terms.shape[1] or np.ptp(known["_y"]) == 0:
        raise InputError(
            "The model of BMI and sex needs people of different BMI and mass in both sexes."
        )
    return sm.OLS(known["_y"].to_numpy(), terms).fit()


def height_exponent(rows: DataFrame, kind: MassKind = GROSS) -> Sheet:
    """The exponent b of log(mass) = a + b log(height), by sex; k = 1 and 2 are in use."""
    found: list[dict[str, Any]] = []
    for sex, own in by_sex(rows):
        mass = own[mass_column(TOTAL, kind=kind)]
        fit = line(np.log(own[HEIGHT]), np.log(mass.where(mass > 0)))
        row: dict[str, Any] = {"sex": SEXES[sex], "n": 0}
        if fit is not None:
            row |= {
                "n": fit.n,
                "exponent": fit.slope,
                "low_95": fit.low,
                "high_95": fit.high,
                "k1_in_interval": fit.low <= 1 <= fit.high,
                "k2_in_interval": fit.low <= 2 <= fit.high,
            }
        found.append(row)
    return sheet(
        f"{kind.key}_height_exponent",
        f"Exponent of height for total muscle {kind.key.replace('_', ' ')}",
        (
            text("sex", "sex"),
            number("n", "n", 0),
            number("exponent", "exponent", 2),
            number("low_95", "95 % CI, low", 2),
            number("high_95", "95 % CI, high", 2),
            text("k1_in_interval", "1 within"),
            text("k2_in_interval", "2 within"),
        ),
        found,
        ("Least squares of log mass on log height, per sex; interval by t.",),
    )
