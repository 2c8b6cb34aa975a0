"""How well two sets of measurements of the same things agree.

All functions refuse nothing: what cannot be computed (too few pairs, no spread) is None.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]
_ALPHA = 0.05
_LIMITS_SD = 1.96
_ROUNDING = 1e-20
_TOUCH = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Icc:
    """An intraclass correlation of single measurements with its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BlandAltman:
    """Mean of the differences, their SD, and bias +- 1.96 SD (Bland and Altman 1986)."""

    bias: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Squares:
    """Mean squares of a two-way layout of ``n`` targets by ``k`` raters."""

    n: int
    k: int
    rows: float
    columns: float
    error: float


def pearson(x: ArrayLike, y: ArrayLike) -> float | None:
    """Pearson's r; None for fewer than 3 pairs or without spread in x or y."""
    a, b = (np.asarray(v, dtype=np.float64) for v in (x, y))
    if len(a) < 3:
        return None
    a, b = a - a.mean(), b - b.mean()
    below = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.clip(a @ b / below, -1.0, 1.0)) if below > 0 else None


def bland_altman(predicted: ArrayLike, reference: ArrayLike) -> BlandAltman | None:
    """Of predicted minus reference; None for fewer than 3 pairs."""
    gap = np.asarray(predicted, dtype=np.float64) - np.asarray(reference, dtype=np.float64)
    if len(gap) < 3:
        return None
    bias, sd = float(gap.mean()), float(gap.std(ddof=1))
    return BlandAltman(bias=bias, sd=sd, low=bias - _LIMITS_SD * sd, high=bias + _LIMITS_SD * sd)


def icc_agreement(ratings: ArrayLike) -> Icc | None:
    """ICC(A,1): two-way random, absolute agreement; ICC(2,1) of Shrout and Fleiss 1979.

    ``ratings`` is ``(target, rater)``. Interval: McGraw and Wong 1996, table 7. None for fewer
    than 3 targets, if these do not differ, and where there is no interval.
    """
    s = _squares(ratings)
    if s is None:
        return None
    spread = s.rows + (s.k - 1) * s.error + s.k * (s.columns - s.error) / s.n
    value = (s.rows - s.error) / spread
    with np.errstate(all="ignore"):
        low, high = _agreement_interval(s, value)
    # where raters contradict each other on few targets the interval does not exist
    exists = low <= value + _TOUCH and value <= high + _TOUCH
    return Icc(value=value, low=low, high=high) if exists else None


def icc_consistency(ratings: ArrayLike) -> Icc | None:
    """ICC(C,1): consistency, blind to a constant offset; ICC(3,1) of Shrout and Fleiss 1979.

    Otherwise as :func:`icc_agreement`.
    """
    s = _squares(ratings)
    if s is None:
        return None
    value = (s.rows - s.error) / (s.rows + (s.k - 1) * s.error)
    if s.error == 0:
        return Icc(value=value, low=1.0, high=1.0)
    df_rows, df_error = s.n - 1, (s.n - 1) * (s.k - 1)
    ratio = s.rows / s.error
    lowest, highest = ratio / _f(df_rows, df_error), ratio * _f(df_error, df_rows)
    return Icc(
        value=value,
        low=(lowest - 1) / (lowest + s.k - 1),
        high=(highest - 1) / (highest + s.k - 1),
    )


def _squares(ratings: ArrayLike) -> _Squares | None:
    """Mean squares of the ratings as parts of the largest; None if targets do not differ.

    A scatter below rounding is 0, so that perfect agreement is 1.
    """
    x: Float = np.asarray(ratings, dtype=np.float64)
    n, k = x.shape
    if n < 3 or k < 2 or not x.any():
        return None
    x = x / np.abs(x).max()
    mean, by_row, by_column = x.mean(), x.mean(axis=1), x.mean(axis=0)
    rest = x - by_row[:, None] - by_column[None, :] + mean
    squares = (
        k * ((by_row - mean) ** 2).sum() / (n - 1),
        n * ((by_column - mean) ** 2).sum() / (k - 1),
        (rest**2).sum() / ((n - 1) * (k - 1)),
    )
    rows, columns, error = (float(v) if v > _ROUNDING else 0.0 for v in squares)
    if rows == error == 0:
        return None
    return _Squares(n=n, k=k, rows=rows, columns=columns, error=error)


def _agreement_interval(s: _Squares, value: float) -> tuple[float, float]:
    if (s.error == 0 and s.columns == 0) or value >= 1:
        return 1.0, 1.0
    a = s.k * value / (s.n * (1 - value))
    b = 1 + s.k * value * (s.n - 1) / (s.n * (1 - value))
    spread = (a * s.columns) ** 2 / (s.k - 1) + (b * s.error) ** 2 / ((s.n - 1) * (s.k - 1))
    freedom = float(np.divide((a * s.columns + b * s.error) ** 2, spread))
    lower, upper = _f(s.n - 1, freedom), _f(freedom, s.n - 1)
    mixed = s.k * s.columns + (s.k * s.n - s.k - s.n) * s.error
    low = np.divide(s.n * (s.rows - lower * s.error), lower * mixed + s.n * s.rows)
    high = np.divide(s.n * (upper * s.rows - s.error), mixed + s.n * upper * s.rows)
    return float(low), float(high)


def _f(above: float, below: float) -> float:
    from scipy.stats import f

    return float(f.ppf(1 - _ALPHA / 2, above, below))
