"""Intervals that know that slices of one subject are not independent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
_FEWEST = 5
_ALPHA = 0.05
_EDGE = 1 - 1e-12


def over_subjects(
    ratings: Float, subjects: Sequence[str], statistic: Callable[[Float], float | None]
) -> tuple[float, float] | None:
    """95 % interval of a correlation-like ``statistic`` of ``ratings`` ``(slice, rater)``.

    Leaves out one subject at a time (jackknife over clusters; Efron and Tibshirani 1993, ch. 11)
    on the scale of Fisher's z, with t of as many degrees of freedom as subjects less one. None
    for fewer than 5 subjects, or where the statistic cannot be computed without one of them.
    """
    names = sorted(set(subjects))
    whole = statistic(ratings)
    if len(names) < _FEWEST or whole is None:
        return None
    of = np.asarray(subjects)
    parts = [statistic(ratings[of != name]) for name in names]
    if any(part is None for part in parts):
        return None
    from scipy.stats import t

    n = len(names)
    z = _z(np.array(parts, dtype=np.float64))
    error = float(np.sqrt((n - 1) / n * ((z - z.mean()) ** 2).sum()))
    half = float(t.ppf(1 - _ALPHA / 2, n - 1)) * error
    middle = float(_z(np.array([whole]))[0])
    return float(np.tanh(middle - half)), float(np.tanh(middle + half))


def _z(values: Float) -> Float:
    return np.asarray(np.arctanh(np.clip(values, -_EDGE, _EDGE)))
