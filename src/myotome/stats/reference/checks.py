"""Whether the residuals of a curve are standard normal at every age.

Q statistics: Royston and Wright 2000 (Stat Med 19:2943), with the degrees of freedom of Rigby and
Stasinopoulos. Worm plots: van Buuren and Fredriks 2001 (Stat Med 20:1259).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import chi2, kurtosistest, skewtest

from myotome.assess.own.lms import Numbers
from myotome.stats.reference.fit import Shape

_PER_GROUP, _FEWEST, _MOST = 100, 3, 10
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One Q statistic: ``key`` is mean, variance, skewness or kurtosis of z within age groups."""

    key: str
    q: float
    df: float
    p: float
    groups: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worm:
    """One age group of a worm plot: theoretical z, deviation, and the pointwise 95 % limits."""

    age_from: float
    age_to: float
    z: Numbers
    deviation: Numbers
    limit: Numbers
    outside: int


def age_groups(age_years: Numbers, count: int) -> list[Numbers]:
    """Row numbers of about equal groups by age."""
    order = np.argsort(age_years, kind="stable")
    return [np.sort(part) for part in np.array_split(order, count)]


def q_statistics(z: Numbers, age_years: Numbers, shape: Shape) -> tuple[Check, ...]:
    """Mean, variance, skewness and kurtosis of the residuals in groups of about 100 people."""
    count = int(np.clip(len(z) // _PER_GROUP, _FEWEST, _MOST))
    groups = [z[rows] for rows in age_groups(age_years, count)]
    sizes = np.array([len(g) for g in groups])
    means = np.array([g.mean() for g in groups]) * np.sqrt(sizes)
    spare = 2 / (9 * (sizes - 1))
    variances = np.array([g.var(ddof=1) for g in groups])
    widths = (variances ** (1 / 3) - (1 - spare)) / np.sqrt(spare)
    skews = np.array([skewtest(g).statistic for g in groups])
    tails = np.array([kurtosistest(g).statistic for g in groups])
    rows = (
        ("mean", means, count - shape.mu),
        ("variance", widths, count - (shape.sigma + 1) / 2),
        ("skewness", skews, count - shape.nu),
        ("kurtosis", tails, count),
    )
    return tuple(
        Check(key=key, q=float((x**2).sum()), df=float(max(df, 1)), groups=count,
              p=float(chi2.sf((x**2).sum(), max(df, 1))))
        for key, x, df in rows
    )  # fmt: skip


def worms(z: Numbers, age_years: Numbers, count: int = 4) -> tuple[Worm, ...]:
    """The detrended quantile plot of z in each age group."""
    found = []
    for rows in age_groups(age_years, count):
        ordered = np.sort(z[rows])
        n = len(ordered)
        share = (np.arange(1, n + 1) - 0.5) / n
        middle = ndtri(share)
        density = np.exp(-(middle**2) / 2) / np.sqrt(2 * np.pi)
        limit = _Z95 * np.sqrt(share * (1 - share) / n) / density
        deviation = ordered - middle
        found.append(
            Worm(
                age_from=float(age_years[rows].min()), age_to=float(age_years[rows].max()),
                z=middle, deviation=deviation, limit=limit,
                outside=int((np.abs(deviation) > limit).sum()),
            )
        )  # fmt: skip
    return tuple(found)


def shares_below(z: Numbers, levels: tuple[float, ...]) -> tuple[float, ...]:
    """The observed share, in percent, below each percentile of the curve."""
    return tuple(float(100 * (ndtr(z) < level / 100).mean()) for level in levels)
