"""How well two sets of measurements of the same things agree.

All functions refuse nothing: what cannot be computed (too few pairs, no spread) is None.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

_LIMITS_SD = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class BlandAltman:
    """Mean of the differences, their SD, and bias +- 1.96 SD (Bland and Altman 1986)."""

    bias: float
    sd: float
    low: float
    high: float


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
