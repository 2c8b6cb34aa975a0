"""Where a reader's number may be expected, around a number of the program."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LEAST_DOUBT = 0.005
"""The least doubt that a network is granted: no interval shrinks to a point by boasting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Ranges that hold a reader's number in at least 80 and 90 % of subjects, in the row's unit.

    ``n`` is the number of subjects that they were measured on. Refuses (ValueError) bounds that
    are not in order.
    """

    low_80: float
    high_80: float
    low_90: float
    high_90: float
    n: int

    def __post_init__(self) -> None:
        bounds = (0.0, self.low_90, self.low_80, self.high_80, self.high_90)
        if not (bounds == tuple(sorted(bounds)) and math.isfinite(self.high_90) and self.n > 0):
            raise ValueError("an interval needs rising bounds from 0 on and a number of subjects")


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfWidth:
    """Half the width of an interval on the log scale, per unit of doubt, and what stands behind it.

    ``n`` subjects gave it; ``covered_90`` is the share of them that the others' interval held,
    each left out in turn (None: too few to leave one out).
    """

    q80: float
    q90: float
    n: int
    covered_90: float | None = None

    def around(self, value: float, doubt: float) -> Interval:
        """The interval of ``value`` (above 0).

        >>> HalfWidth(q80=0.5, q90=1.0, n=14).around(100.0, 0.1)
        Interval(low_80=95.1..., high_80=105.1..., low_90=90.4..., high_90=110.5..., n=14)
        """
        narrow, wide = math.exp(self.q80 * doubt), math.exp(self.q90 * doubt)
        return Interval(
            low_80=value / narrow,
            high_80=value * narrow,
            low_90=value / wide,
            high_90=value * wide,
            n=self.n,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far a network's numbers lie from a reader's, as measured on subjects unknown to it.

    ``rows`` maps what was compared (``tables.quantities.compared``) and the structure to its half
    width. If ``scaled``, widths are per unit of the network's doubt, else for all alike.
    ``made_from`` says which scans it was measured on, ``n`` how many subjects.
    """

    rows: Mapping[tuple[str, str], HalfWidth]
    scaled: bool
    made_from: str
    n: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", MappingProxyType(dict(self.rows)))

    def doubt(self, raw: float) -> float:
        """The doubt of a network that expects a Dice of ``raw``; 1 if widths are not scaled.

        >>> Spread(rows={}, scaled=True, made_from="14 scans", n=14).doubt(0.999)
        0.005
        """
        return max(1 - raw, LEAST_DOUBT) if self.scaled else 1.0
