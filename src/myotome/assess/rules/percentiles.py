"""Percentiles from a published mean, SD and number of people, with how uncertain they are.

Masses are skewed, so they are taken as lognormal with the published mean and SD. Mean and SD of
few people are themselves uncertain: Crawford and Howell 1998 compare one person with a small
sample by the t distribution.
"""

from __future__ import annotations

import math

from myotome.tables.citable.references import MASS, SURE_FROM

_P95 = 1.6448536269514722
"""The standard normal quantile of 0.95."""


def is_skewed(target: str) -> bool:
    """Whether a target is taken as lognormal."""
    return target.startswith(MASS)


def percentile(target: str, value: float, mean: float, sd: float, n: int | None) -> float:
    """Where a value lies among people of this mean and SD, 0 to 100.

    ``n`` is their number; below ``SURE_FROM`` by Crawford and Howell, else or unknown (None) as
    if mean and SD were exact.

    >>> round(percentile("l3_smi_cm2_m2", 30.0, 50.0, 10.0, None), 1)
    2.3
    >>> round(percentile("l3_smi_cm2_m2", 30.0, 50.0, 10.0, 9), 1)
    4.7
    """
    distance = _distance(target, value, mean, sd)
    if math.isinf(distance):
        return 0.0
    if n is None or n >= SURE_FROM or n < 2:
        return 50 * math.erfc(-distance / math.sqrt(2))
    from scipy.special import stdtr

    return 100 * float(stdtr(n - 1, distance / math.sqrt((n + 1) / n)))


def percentile_interval(
    target: str, value: float, mean: float, sd: float, n: int | None
) -> tuple[float, float] | None:
    """The 95 % confidence interval of the percentile in a small group, None in others.

    By the noncentral t distribution (Crawford and Garthwaite 2002).

    >>> [round(p, 1) for p in percentile_interval("l3_smi_cm2_m2", 30.0, 50.0, 10.0, 9)]
    [0.1, 20.6]
    """
    distance = _distance(target, value, mean, sd)
    if n is None or not 2 <= n < SURE_FROM or math.isinf(distance):
        return None
    from scipy.special import nctdtrinc, ndtr

    root = math.sqrt(n)
    low, high = (
        100 * float(ndtr(nctdtrinc(n - 1, share, distance * root) / root))
        for share in (0.975, 0.025)
    )
    return low, high


def spread(target: str, mean: float, sd: float) -> tuple[float, float]:
    """The 5th and the 95th percentile of people of this mean and SD."""
    if not is_skewed(target):
        return mean - _P95 * sd, mean + _P95 * sd
    middle, width = _lognormal(mean, sd)
    return math.exp(middle - _P95 * width), math.exp(middle + _P95 * width)


def _distance(target: str, value: float, mean: float, sd: float) -> float:
    """How many SD a value lies from the middle, of logarithms where it is skewed."""
    if not is_skewed(target):
        return (value - mean) / sd
    middle, width = _lognormal(mean, sd)
    return (math.log(value) - middle) / width if value > 0 else -math.inf


def _lognormal(mean: float, sd: float) -> tuple[float, float]:
    """Mean and SD of the logarithms of lognormal values of this mean and SD."""
    variance = math.log1p((sd / mean) ** 2)
    return math.log(mean) - variance / 2, math.sqrt(variance)
