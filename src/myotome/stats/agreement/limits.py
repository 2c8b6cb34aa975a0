"""Bland and Altman's limits of agreement with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from myotome.evaluate.scores.agreement import bland_altman

_LIMITS_SD = 1.96
_ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bias and limits (bias -+ 1.96 SD) of differences, each as value, low and high of 95 %.

    The interval of the bias is by t; that of a limit has the standard error
    SD sqrt(1/n + 1.96^2 / (2 (n - 1))) of Bland and Altman 1999. ``trend`` is the slope of the
    differences on the means, ``trend_p`` its P: limits do not hold where the spread follows it.
    """

    n: int
    sd: float
    bias: tuple[float, float, float]
    lower: tuple[float, float, float]
    upper: tuple[float, float, float]
    trend: float | None
    trend_p: float | None


def limits(measured: Any, reference: Any) -> Limits | None:
    """Of measured minus reference; None for fewer than 3 pairs."""
    from scipy.stats import t

    a, b = np.asarray(measured, dtype=float), np.asarray(reference, dtype=float)
    found = bland_altman(a, b)
    if found is None:
        return None
    n = len(a)
    wide = float(t.ppf(1 - _ALPHA / 2, n - 1))
    of_bias = wide * found.sd / np.sqrt(n)
    of_limit = wide * found.sd * np.sqrt(1 / n + _LIMITS_SD**2 / (2 * (n - 1)))
    trend, trend_p = _trend((a + b) / 2, a - b)
    return Limits(
        n=n,
        sd=found.sd,
        bias=_around(found.bias, of_bias),
        lower=_around(found.low, of_limit),
        upper=_around(found.high, of_limit),
        trend=trend,
        trend_p=trend_p,
    )


def _around(value: float, half: float) -> tuple[float, float, float]:
    return value, value - float(half), value + float(half)


def _trend(mean: Any, difference: Any) -> tuple[float | None, float | None]:
    if np.ptp(mean) == 0 or np.ptp(difference) == 0:
        return None, None
    from scipy.stats import linregress

    fit = linregress(mean, difference)
    return float(fit.slope), float(fit.pvalue)
