"""Intraclass correlations in all six forms of Shrout and Fleiss 1979, with their intervals.

All functions refuse nothing: what cannot be computed (too few targets, no spread) is None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from myotome.tables.registry import Registry

Float = NDArray[np.float64]
_ALPHA = 0.05
_ROUNDING = 1e-20
_TOUCH = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Icc:
    """An intraclass correlation with its 95 % confidence interval."""

    value: float
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form. ``key`` is Shrout and Fleiss's; ``mcgraw`` the name of McGraw and Wong 1996.

    ``of`` gives value, low and high of single ratings; ``mean`` says that the mean of all raters
    is meant.
    """

    key: str
    mcgraw: str
    words: str
    of: Callable[[_Squares], tuple[float, float, float]]
    mean: bool = False


def icc(ratings: ArrayLike, form: str) -> Icc | None:
    """The ICC of ``ratings`` ``(target, rater)`` in the ``form`` that ``FORM`` has by its key.

    Interval: Shrout and Fleiss 1979; that of absolute agreement McGraw and Wong 1996, table 7.
    None for fewer than 3 targets, if these do not differ, and where there is no interval.
    """
    s, row = _squares(ratings), FORM[form]
    if s is None:
        return None
    with np.errstate(all="ignore"):
        value, low, high = row.of(s)
    # where raters contradict each other on few targets the interval does not exist
    if not (low <= value + _TOUCH and value <= high + _TOUCH):
        return None
    if row.mean:
        value, low, high = (_of_mean(v, s.k) for v in (value, low, high))
    return Icc(value=value, low=low, high=high)


def icc_agreement(ratings: ArrayLike) -> Icc | None:
    """ICC(2,1), two-way random, absolute agreement; see :func:`icc`."""
    return icc(ratings, "2,1")


def icc_consistency(ratings: ArrayLike) -> Icc | None:
    """ICC(3,1), consistency, blind to a constant offset; see :func:`icc`."""
    return icc(ratings, "3,1")


def _of_mean(single: float, k: int) -> float:
    """Spearman and Brown's: what holds of one rater, for the mean of ``k``."""
    below = 1 + (k - 1) * single
    return k * single / below if below else float("-inf")


def _one_way(s: _Squares) -> tuple[float, float, float]:
    within = (s.columns + s.error * (s.n - 1)) / s.n
    return _by_ratio(s, within, s.n * (s.k - 1))


def _consistency(s: _Squares) -> tuple[float, float, float]:
    return _by_ratio(s, s.error, (s.n - 1) * (s.k - 1))


def _by_ratio(s: _Squares, below: float, freedom: int) -> tuple[float, float, float]:
    """What follows from the ratio of the targets' mean square to ``below``."""
    value = (s.rows - below) / (s.rows + (s.k - 1) * below)
    if below == 0:
        return value, 1.0, 1.0
    ratio = s.rows / below
    lowest, highest = ratio / _f(s.n - 1, freedom), ratio * _f(freedom, s.n - 1)
    return value, (lowest - 1) / (lowest + s.k - 1), (highest - 1) / (highest + s.k - 1)


def _agreement(s: _Squares) -> tuple[float, float, float]:
    spread = s.rows + (s.k - 1) * s.error + s.k * (s.columns - s.error) / s.n
    value = (s.rows - s.error) / spread
    return value, *_agreement_interval(s, value)


_ONE = "one-way random: each target by its own raters"
_TWO = "two-way random, absolute agreement"
_THREE = "two-way mixed, consistency"
FORMS: tuple[Form, ...] = (
    Form(key="1,1", mcgraw="ICC(1)", words=f"{_ONE}; one rater", of=_one_way),
    Form(key="2,1", mcgraw="ICC(A,1)", words=f"{_TWO}; one rater", of=_agreement),
    Form(key="3,1", mcgraw="ICC(C,1)", words=f"{_THREE}; one rater", of=_consistency),
    Form(key="1,k", mcgraw="ICC(k)", words=f"{_ONE}; mean of all", of=_one_way, mean=True),
    Form(key="2,k", mcgraw="ICC(A,k)", words=f"{_TWO}; mean of all", of=_agreement, mean=True),
    Form(key="3,k", mcgraw="ICC(C,k)", words=f"{_THREE}; mean of all", of=_consistency, mean=True),
)
FORM = Registry("ICC form", FORMS)


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
