"""Straight lines and correlations with their intervals; None where they cannot be computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_FEWEST = 4
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Least squares of y on x: intercept, slope with its 95 % interval (t), R squared, P.

    ``residual_sd`` divides by n - 2.
    """

    n: int
    intercept: float
    slope: float
    low: float
    high: float
    r_squared: float
    residual_sd: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """Pearson's r, its 95 % interval by Fisher's z, and P (two-sided, t)."""

    n: int
    r: float
    low: float
    high: float
    p: float


def paired(x: Any, y: Any) -> tuple[Any, Any]:
    """Both as arrays, where both are known."""
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    known = np.isfinite(a) & np.isfinite(b)
    return a[known], b[known]


def line(x: Any, y: Any) -> Line | None:
    """None for fewer than 4 pairs or without spread in x."""
    a, b = paired(x, y)
    if len(a) < _FEWEST or np.ptp(a) == 0:
        return None
    import statsmodels.api as sm

    fit = sm.OLS(b, sm.add_constant(a)).fit()
    low, high = fit.conf_int(1 - LEVEL)[1]
    return Line(
        n=len(a),
        intercept=float(fit.params[0]),
        slope=float(fit.params[1]),
        low=float(low),
        high=float(high),
        r_squared=float(fit.rsquared) if np.ptp(b) > 0 else 0.0,
        residual_sd=float(np.sqrt(fit.scale)),
        p=float(fit.pvalues[1]),
    )


def correlation(x: Any, y: Any) -> Correlation | None:
    """None for fewer than 4 pairs or without spread in one of them."""
    a, b = paired(x, y)
    if len(a) < _FEWEST or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    from scipy.stats import pearsonr

    found = pearsonr(a, b)
    between = found.confidence_interval(LEVEL)
    return Correlation(
        n=len(a),
        r=float(found.statistic),
        low=float(between.low),
        high=float(between.high),
        p=float(found.pvalue),
    )
