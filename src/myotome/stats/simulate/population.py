"""The population that cohorts are drawn from: mean, SD and correlation of masses at every age.

Published are, by sex: mean and SD of the six muscles and of their sum in six age groups (table 3
of Vu et al. 2024) and Pearson's r of each muscle with age (table 4). What follows from them:
a slope within the groups that makes r of the whole sex as printed, and one correlation between
any two muscles of an age group that makes the SD of the sum as printed. That the muscles of an
age group all correlate alike, but the gluteus medius (of which only a cap is in the slab) half as
much, and how ages spread within a group, is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.stats.table.columns import STRUCTURES, TOTAL
from myotome.tables.vu2024.ageing import CORRELATIONS
from myotome.tables.vu2024.masses import AGE_GROUPS, BY_AGE, BY_SEX, OLDEST_YEARS

Float = NDArray[np.float64]
MUSCLES = STRUCTURES[1:]
SEXES = ("F", "M")
_ALIKE = np.array([0.5 if muscle == "gluteus_medius" else 1.0 for muscle in MUSCLES])
PAIRS: Float = np.outer(_ALIKE, _ALIKE) * (1 - np.eye(len(MUSCLES)))
"""``(muscle, muscle)``: correlation of two muscles as part of the one of a population."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """The people of one sex. Row a of each array is the age ``ages[a]`` in completed years.

    ``share`` ``(a)`` sums to 1. ``mean_g`` and ``sd_g`` are ``(a, muscle)``, of people of that
    age; ``correlation`` ``(a)`` times ``PAIRS`` is that of two muscles among them.
    """

    sex: str
    ages: Float
    share: Float
    mean_g: Float
    sd_g: Float
    correlation: Float

    def total_mean_g(self) -> Float:
        """``(a)``."""
        return np.asarray(self.mean_g.sum(axis=1))

    def total_sd_g(self) -> Float:
        """``(a)``."""
        return _sd_of_sum(self.sd_g, self.correlation)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Group:
    """One age group: its share, its ages with theirs, and masses as printed."""

    share: float
    ages: Float
    weights: Float
    mean_g: Float
    sd_g: Float
    total_sd_g: float

    @property
    def mean_age(self) -> float:
        return float(self.weights @ self.ages)

    @property
    def age_variance(self) -> float:
        return float(self.weights @ (self.ages - self.mean_age) ** 2)


def by_groups(sex: str) -> Population:
    """As tables 3 and 4 have it; the printed r and SDs hold exactly for the population."""
    groups = _groups(sex)
    shares = np.array([g.share for g in groups])
    means = np.array([g.mean_g for g in groups])
    centres = np.array([g.mean_age for g in groups])
    inside = float(shares @ [g.age_variance for g in groups])
    middle, centre = shares @ means, float(shares @ centres)
    mass_variance = shares @ (np.array([g.sd_g for g in groups]) ** 2 + (means - middle) ** 2)
    age_variance = inside + float(shares @ (centres - centre) ** 2)
    between = (shares * (centres - centre)) @ (means - middle)
    slope = (_printed_r(sex) * np.sqrt(mass_variance * age_variance) - between) / inside
    return _joined(sex, [_with_slope(group, slope) for group in groups], groups)


def by_lines(sex: str, slope_g_per_year: float) -> Population:
    """Straight lines: slopes of the muscles in the proportions of table 4, summing to the given.

    Mean and SD of the whole sex are as printed; SD and correlation are those of every age.
    Refuses (InputError) slopes that the printed masses do not allow.
    """
    groups = _groups(sex)
    ages = np.concatenate([g.ages for g in groups])
    share = np.concatenate([g.share * g.weights for g in groups])
    printed = {row.structure: row for row in BY_SEX if row.sex == sex}
    mean = np.array([printed[m].mean_g for m in MUSCLES])
    sd = np.array([printed[m].sd_g for m in MUSCLES])
    centre = float(share @ ages)
    variance = float(share @ (ages - centre) ** 2)
    slope = _printed_r(sex) * sd
    slope = slope * slope_g_per_year / slope.sum()
    lines = mean + (ages - centre)[:, None] * slope
    spread = sd**2 - slope**2 * variance
    if lines.min() <= 0 or spread.min() <= 0:
        raise InputError(
            f"A slope of {slope_g_per_year:g} g per year is too steep.",
            why="A muscle would vanish with age, or vary more with age than people do in all.",
        )
    rest = np.sqrt(spread)
    total = printed[TOTAL].sd_g ** 2 - slope_g_per_year**2 * variance
    everyone = np.ones((len(ages), 1))
    return Population(
        sex=sex,
        ages=ages,
        share=share,
        mean_g=lines,
        sd_g=everyone * rest,
        correlation=everyone[:, 0] * _correlation(rest, total),
    )


def _groups(sex: str) -> tuple[_Group, ...]:
    rows = {(row.age_from, row.structure): row for row in BY_AGE if row.sex == sex}
    people = {low: rows[(low, TOTAL)].n for low, _ in AGE_GROUPS}
    out = []
    for low, high in AGE_GROUPS:
        ages = np.arange(low, min(high, OLDEST_YEARS) + 1, dtype=np.float64)
        out.append(
            _Group(
                share=people[low] / sum(people.values()),
                ages=ages,
                weights=_spread(low, ages),
                mean_g=np.array([rows[(low, m)].mean_g for m in MUSCLES]),
                sd_g=np.array([rows[(low, m)].sd_g for m in MUSCLES]),
                total_sd_g=rows[(low, TOTAL)].sd_g,
            )
        )
    return tuple(out)


def _spread(low: int, ages: Float) -> Float:
    """How ages spread in a group: evenly, but rising in the youngest, falling in the oldest."""
    rising = np.arange(1, len(ages) + 1, dtype=np.float64)
    weights = {AGE_GROUPS[0][0]: rising, AGE_GROUPS[-1][0]: rising[::-1]}.get(low, rising**0)
    return np.asarray(weights / weights.sum())


def _printed_r(sex: str) -> Float:
    found = {row.structure: row.r for row in CORRELATIONS if row.sex == sex}
    return np.array([found[m] for m in MUSCLES])


def _with_slope(group: _Group, slope: Float) -> tuple[Float, Float, Float]:
    """Mean, SD and correlation at every age of a group whose own mean and SDs stay."""
    rest = np.sqrt(group.sd_g**2 - slope**2 * group.age_variance)
    total = group.total_sd_g**2 - slope.sum() ** 2 * group.age_variance
    everyone = np.ones((len(group.ages), 1))
    mean = group.mean_g + (group.ages - group.mean_age)[:, None] * slope
    return mean, everyone * rest, everyone[:, 0] * _correlation(rest, total)


def _correlation(sd_g: Float, total_variance: float) -> float:
    """The correlation that gives the sum its variance."""
    return (total_variance - float((sd_g**2).sum())) / float(sd_g @ PAIRS @ sd_g)


def _sd_of_sum(sd_g: Float, correlation: Float) -> Float:
    mixed = ((sd_g @ PAIRS) * sd_g).sum(axis=1)
    return np.asarray(np.sqrt((sd_g**2).sum(axis=1) + correlation * mixed))


def _joined(
    sex: str, parts: list[tuple[Float, Float, Float]], groups: tuple[_Group, ...]
) -> Population:
    mean, sd, correlation = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Population(
        sex=sex,
        ages=np.concatenate([g.ages for g in groups]),
        share=np.concatenate([g.share * g.weights for g in groups]),
        mean_g=mean,
        sd_g=sd,
        correlation=correlation,
    )
