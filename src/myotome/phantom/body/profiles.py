"""Sizes that vary along z by a closed formula, and their exact integrals."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]

PLATEAU_MM = 5.5
"""Sizes stay constant this far above and below each mid-vertebra.

So the area at a mid-vertebra does not depend on which of the nearest 5 mm slices is taken.
"""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A C1 function of z: constant around each knot, cubic smoothstep from knot to knot.

    ``z_mm`` ascends, ``plateau_mm`` is the half-width of each knot's constant piece. Outside
    the knots the end values hold.
    """

    z_mm: tuple[float, ...]
    values: tuple[float, ...]
    plateau_mm: tuple[float, ...]

    @classmethod
    def constant(cls, value: float) -> Profile:
        """The same value at every z."""
        return cls(z_mm=(0.0, 1.0), values=(value, value), plateau_mm=(0.0, 0.0))

    def __call__(self, z_mm: ArrayLike) -> Float:
        """Value at LPS z, in the unit of ``values``; shape of ``z_mm``."""
        if np.ndim(z_mm) == 0:
            return np.asarray(self._at(float(np.asarray(z_mm))))
        z = np.asarray(z_mm, dtype=np.float64)
        knots, values, flat = self._arrays
        k = np.clip(np.searchsorted(knots, z, side="right") - 1, 0, len(knots) - 2)
        low, high = knots[k] + flat[k], knots[k + 1] - flat[k + 1]
        t = np.clip((z - low) / (high - low), 0.0, 1.0)
        return np.asarray(values[k] + (values[k + 1] - values[k]) * t * t * (3 - 2 * t))

    def _at(self, z: float) -> float:
        """The same for one z, without NumPy's overhead: rendering asks for thousands."""
        k = min(max(bisect_right(self.z_mm, z) - 1, 0), len(self.z_mm) - 2)
        low = self.z_mm[k] + self.plateau_mm[k]
        high = self.z_mm[k + 1] - self.plateau_mm[k + 1]
        t = min(max((z - low) / (high - low), 0.0), 1.0)
        first, last = self.values[k], self.values[k + 1]
        return first + (last - first) * t * t * (3 - 2 * t)

    @cached_property
    def _arrays(self) -> tuple[Float, Float, Float]:
        return np.asarray(self.z_mm), np.asarray(self.values), np.asarray(self.plateau_mm)

    @property
    def breaks_mm(self) -> tuple[float, ...]:
        """Where one polynomial piece ends and the next begins."""
        pairs = zip(self.z_mm, self.plateau_mm, strict=True)
        return tuple(b for z, flat in pairs for b in (z - flat, z + flat))

    def mapped(self, change: Callable[[float], float]) -> Profile:
        """The same profile with every knot's value changed (affine changes stay exact)."""
        return Profile(
            z_mm=self.z_mm,
            values=tuple(change(v) for v in self.values),
            plateau_mm=self.plateau_mm,
        )


def plus(first: Profile, second: Profile) -> Profile:
    """The sum of two profiles that share their knots."""
    if first.z_mm != second.z_mm or first.plateau_mm != second.plateau_mm:
        raise ValueError("profiles with different knots cannot be added exactly")
    values = tuple(a + b for a, b in zip(first.values, second.values, strict=True))
    return Profile(z_mm=first.z_mm, values=values, plateau_mm=first.plateau_mm)


def integral(
    function: Callable[[Float], Float], low: float, high: float, breaks: Iterable[float]
) -> float:
    """Integral of a piecewise polynomial of degree <= 23, exact up to rounding.

    12-point Gauss-Legendre on every piece between ``breaks``; for the few areas that are not
    polynomial (the cavity) it is accurate to better than 1e-9 of the value.
    """
    if high <= low:
        return 0.0
    edges = np.array([low, *sorted(b for b in set(breaks) if low < b < high), high])
    middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    z = middle[:, None] + half[:, None] * _NODES
    return float((function(z) * _WEIGHTS * half[:, None]).sum())
