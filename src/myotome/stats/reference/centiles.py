"""Percentiles over age, with intervals: by the curve, by its bootstrap, by quantile regression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.special import ndtri

from myotome.assess.own.lms import Numbers, log_value_gradient, spread_of, value_of
from myotome.errors import InputError
from myotome.stats.reference.fit import Fit, People, fit
from myotome.stats.reference.splines import spline
from myotome.stats.sheets.sheet import Value

LEVELS = (3.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 97.0)
LMS, QUANTILES = "LMS", "quantile regression"
_Z95 = 1.959963984540054
Band = tuple[Numbers, Numbers, Numbers]
"""Values with their lower and upper 95 % limit."""


def by_curve(found: Fit, ages: Numbers, bmi: Numbers | None, level: float) -> Band:
    """One percentile at ``ages``; the interval by the delta method on its logarithm."""
    mu, sigma, nu = found.at(ages, bmi)
    z = np.full(len(ages), ndtri(level / 100))
    value = value_of(z, mu, sigma, nu)
    error = spread_of(log_value_gradient(z, sigma, nu), found.covariance_at(ages, bmi))
    if found.shape.nu == 0:  # nu is fixed: the derivative by it counts for nothing
        positive = np.maximum(1 + sigma * z, 1e-9)
        gradient = np.stack([np.ones_like(z), sigma * z / positive, np.zeros_like(z)])
        error = spread_of(gradient, found.covariance_at(ages, bmi))
        wide = _Z95 * error * np.abs(value)
        return value, value - wide, value + wide
    return value, value * np.exp(-_Z95 * error), value * np.exp(_Z95 * error)


def by_bootstrap(
    found: Fit, people: People, ages: Numbers, bmi: Numbers | None, *, times: int, seed: int
) -> dict[float, tuple[Numbers, Numbers]]:
    """The 95 % percentile interval of every level over ``times`` draws of the same people.

    The shape is kept: what choosing it adds is not in the interval.
    """
    rng = np.random.default_rng(seed)
    drawn: dict[float, list[Numbers]] = {level: [] for level in LEVELS}
    for _ in range(times):
        sample = people.picked(rng.integers(0, len(people), len(people)))
        try:
            again = fit(sample, found.shape, start=found.coefficients, errors=False)
        except InputError:
            continue
        theta = again.at(ages, bmi)
        for level in LEVELS:
            drawn[level].append(value_of(ndtri(level / 100), *theta))
    return {level: tuple(np.quantile(rows, (0.025, 0.975), axis=0)) for level, rows in drawn.items()
            if rows}  # fmt: skip


def by_quantiles(people: People, df: int, ages: Numbers, levels: tuple[float, ...]) -> list[Band]:
    """Percentiles by quantile regression (Koenker) on a natural spline of ``df`` columns.

    Those that cross are put in order (Chernozhukov 2010, Econometrica 78:1093).
    """
    import warnings

    from statsmodels.regression.quantile_regression import QuantReg

    basis = spline(people.age_years, df)
    at, model = basis.columns(ages), QuantReg(people.value, basis.columns(people.age_years))
    middles, errors = [], []
    for level in levels:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its iterations near the optimum
            fitted = model.fit(q=level / 100, max_iter=2000)
        covariance = np.asarray(fitted.cov_params())
        middles.append(at @ np.asarray(fitted.params))
        errors.append(np.sqrt(np.maximum(np.einsum("np,pq,nq->n", at, covariance, at), 0)))
    ordered = np.sort(np.array(middles), axis=0)
    return [(m, m - _Z95 * e, m + _Z95 * e) for m, e in zip(ordered, errors, strict=True)]


def centile_rows(
    sex: str, found: Fit, people: People, ages: Numbers, *, bootstrap: int, seed: int
) -> Iterator[Mapping[str, Value]]:
    """The table of one sex, both methods; with BMI at its median."""
    bmi = None if found.bmi_middle is None else np.full(len(ages), found.bmi_middle)
    drawn = by_bootstrap(found, people, ages, bmi, times=bootstrap, seed=seed) if bootstrap else {}
    for level in LEVELS:
        value, low, high = by_curve(found, ages, bmi, level)
        low, high = drawn.get(level, (low, high))
        interval = "bootstrap" if level in drawn else "delta method"
        yield from _rows(sex, LMS, level, (ages, value, low, high), interval, found)
    if bmi is not None:
        return
    df = max(found.shape.mu, 2)
    bands = by_quantiles(people, df, ages, LEVELS)
    for level, band in zip(LEVELS, bands, strict=True):
        yield from _rows(sex, QUANTILES, level, (ages, *band), "kernel sandwich", found)


def _rows(
    sex: str, method: str, level: float, columns: tuple[Numbers, ...], interval: str, found: Fit
) -> Iterator[Mapping[str, Value]]:
    for age, value, low, high in zip(*columns, strict=True):
        yield {
            "sex": sex, "n": found.n, "age_years": float(age), "percentile": level,
            "method": method, "value": float(value), "low": float(low), "high": float(high),
            "interval": interval, "bmi_kg_m2": found.bmi_middle,
        }  # fmt: skip
