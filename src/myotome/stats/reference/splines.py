"""Natural cubic splines of age: smooth inside, straight beyond the last knots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from myotome.assess.own.lms import Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Spline:
    """A basis of ``df`` columns: 1 is a constant, 2 a line, k a natural cubic spline of k knots.

    Knots stand at equal shares of the people (Harrell 2015, Regression Modeling Strategies, 2.4.6,
    from the 5th to the 95th percentile). ``mix`` makes the columns orthogonal over those people.
    """

    knots: tuple[float, ...]
    centre: float
    scale: float
    mix: Numbers

    @property
    def df(self) -> int:
        """Number of columns."""
        return len(self.mix)

    def columns(self, x: Numbers) -> Numbers:
        """The basis at ``x`` (n,), as n x df."""
        raw = _raw(self._scaled(x), self._scaled(np.array(self.knots)), self.df)
        return np.asarray(raw @ self.mix, dtype=float)

    def _scaled(self, x: Numbers) -> Numbers:
        return np.asarray((np.asarray(x, dtype=float) - self.centre) / self.scale)


def spline(x: Numbers, df: int) -> Spline:
    """The basis over people of ages ``x``; ``ValueError`` where they have too few ages for it."""
    centre, scale = float(np.mean(x)), float(np.std(x)) or 1.0
    knots = np.quantile(x, np.linspace(0.05, 0.95, df)) if df > 2 else np.array([])
    if len(set(knots)) < len(knots):
        raise ValueError("several knots fall onto one age")
    raw = _raw((x - centre) / scale, (knots - centre) / scale, df)
    _, upper = np.linalg.qr(raw)
    if np.abs(np.diag(upper)).min() < 1e-8 * np.abs(upper).max():
        raise ValueError("the ages carry no such curve")
    mix = np.linalg.inv(upper) * np.sqrt(len(x))
    return Spline(knots=tuple(map(float, knots)), centre=centre, scale=scale, mix=mix)


def _raw(x: Numbers, knots: Numbers, df: int) -> Numbers:
    """Constant, line, and Harrell's restricted cubic terms."""
    terms = [np.ones_like(x), x][:df]
    if df > 2:
        last, before = knots[-1], knots[-2]
        for knot in knots[:-2]:
            a = (last - knot) / (last - before)
            b = (before - knot) / (last - before)
            cubic = _cube(x - knot) - a * _cube(x - before) + b * _cube(x - last)
            terms.append(cubic / (last - knots[0]) ** 2)
    return np.stack(terms, axis=1)


def _cube(x: Numbers) -> Numbers:
    return np.asarray(np.maximum(x, 0.0) ** 3)
