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
_Z95 = 1.959963984540054


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
    """The 95 % confidence interval of the percentile by the size of the group.

    By the noncentral t distribution (Crawford and Garthwaite 2002), of logarithms where it is
    skewed. None where the size is unknown.

    >>> [round(p, 1) for p in percentile_interval("l3_smi_cm2_m2", 30.0, 50.0, 10.0, 9)]
    [0.1, 20.6]
    """
    distance = _distance(target, value, mean, sd)
    if n is None or n < 2 or math.isinf(distance):
        return None
    from scipy.special import ndtr

    low, high = (100 * float(ndtr(z)) for z in _by_noncentral_t(distance, n))
    return low, high


def z_interval(
    target: str, value: float, mean: float, sd: float, n: int | None
) -> tuple[float, float] | None:
    """The 95 % confidence interval of z = (value - mean) / SD by the size of the group.

    By the noncentral t distribution; where values are skewed by the delta method with the
    skewness and kurtosis of the lognormal law: variance (1 + z skewness + z^2 (kurtosis - 1) / 4)
    / n. None where the size is unknown.

    >>> [round(z, 2) for z in z_interval("l3_smi_cm2_m2", 30.0, 50.0, 10.0, 9)]
    [-3.14, -0.82]
    """
    if n is None or n < 2:
        return None
    z = (value - mean) / sd
    if not is_skewed(target):
        return _by_noncentral_t(z, n)
    grown = math.exp(_lognormal(mean, sd)[1] ** 2)
    skewness = (grown + 2) * math.sqrt(grown - 1)
    kurtosis = grown**4 + 2 * grown**3 + 3 * grown**2 - 3
    error = math.sqrt(max(1 + z * skewness + z**2 * (kurtosis - 1) / 4, 0.0) / n)
    return z - _Z95 * error, z + _Z95 * error


def _by_noncentral_t(z: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a distance in SD that was estimated from ``n`` people."""
    from scipy.special import nctdtrinc

    root = math.sqrt(n)
    low, high = (float(nctdtrinc(n - 1, share, z * root)) / root for share in (0.975, 0.025))
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    error = math.sqrt((1 + z**2 / 2) / n)  # so far out that the distribution is not computed
    return z - _Z95 * error, z + _Z95 * error


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
