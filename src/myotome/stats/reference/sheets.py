"""The tables of a reference: percentiles, shapes that were tried, and checks of the residuals."""

from __future__ import annotations

from collections.abc import Iterator

from myotome.stats.reference.build import Built, ReferenceRequest, SexFit, method_words, tried_rows
from myotome.stats.reference.centiles import LEVELS, centile_rows
from myotome.stats.reference.checks import q_statistics, shares_below
from myotome.stats.reference.quantity import axis_words, unit_of, value_key
from myotome.stats.sheets.sheet import Sheet, Value, number, p_value, sheet, text

_STEP_YEARS = 5.0


def reference_sheets(built: Built, request: ReferenceRequest) -> tuple[Sheet, ...]:
    """The three tables."""
    return _percentiles(built, request), _tried(built), _checks(built)


def _percentiles(built: Built, request: ReferenceRequest) -> Sheet:
    column, unit = request.column, unit_of(request.column)
    keys = {name: value_key(column, name) for name in ("value", "low", "high")}
    rows = [
        {keys.get(key, key): value for key, value in row.items()}
        for found in built.fits
        for row in centile_rows(
            found.sex, found.fit, found.people, found.ages(_STEP_YEARS),
            bootstrap=request.bootstrap, seed=request.seed,
        )
    ]  # fmt: skip
    return sheet(
        "centiles",
        f"Percentiles of {axis_words(column)} by age",
        (
            text("sex", "Sex"), number("n", "n", 0), number("age_years", "Age (years)", 0),
            number("percentile", "Percentile", 0), text("method", "Method"),
            number(keys["value"], f"Value ({unit})", 1),
            number(keys["low"], f"95 % CI from ({unit})", 1),
            number(keys["high"], f"to ({unit})", 1), text("interval", "Interval by"),
            number("bmi_kg_m2", "at BMI (kg/m2)", 1),
        ),
        rows,
        (f"{method_words(request)}. Population: {request.population}.", *built.refused,
         f"{built.without_value} people without a value are left out." if built.without_value
         else ""),
    )  # fmt: skip


def _tried(built: Built) -> Sheet:
    return sheet(
        "shapes",
        "Shapes of the curve that were tried",
        (
            text("sex", "Sex"), number("n", "n", 0), text("shape", "Columns of the splines"),
            number("df", "Coefficients", 0), number("log_likelihood", "Log likelihood", 2),
            number("aic", "AIC", 1), number("bic", "BIC", 1), text("chosen", "Chosen"),
        ),
        [row for found in built.fits for row in map(_plain, tried_rows(found))],
        ("1 column is a constant, 2 a line, more a natural cubic spline; normal: no skewness.",),
    )  # fmt: skip


def _plain(row: dict[str, object]) -> dict[str, Value]:
    return {key: value for key, value in row.items() if isinstance(value, str | float | int)}


def _checks(built: Built) -> Sheet:
    return sheet(
        "checks",
        "Residuals of the curves",
        (
            text("sex", "Sex"), number("n", "n", 0), text("check", "Check"),
            number("groups", "Age groups", 0), number("q", "Q", 2), number("df", "df", 1),
            p_value("p", "P"), number("wanted_percent", "Wanted (%)", 1),
            number("observed_percent", "Observed (%)", 2),
        ),
        [row for found in built.fits for row in _check_rows(found)],
        ("Q statistics of Royston and Wright 2000: a small P says that the mean, variance, "
         "skewness or kurtosis of z differs between age groups. Four P values a sex, not corrected "
         "for multiplicity. Share below: the share of the people under each percentile.",),
    )  # fmt: skip


def _check_rows(found: SexFit) -> Iterator[dict[str, Value]]:
    z = found.fit.z(found.people)
    for one in q_statistics(z, found.people.age_years, found.fit.shape):
        yield {
            "sex": found.sex, "n": found.fit.n, "check": f"{one.key} of z", "groups": one.groups,
            "q": one.q, "df": one.df, "p": one.p,
        }  # fmt: skip
    for level, share in zip(LEVELS, shares_below(z, LEVELS), strict=True):
        yield {
            "sex": found.sex, "n": found.fit.n, "check": f"share below P{level:g}",
            "wanted_percent": level, "observed_percent": share,
        }  # fmt: skip
