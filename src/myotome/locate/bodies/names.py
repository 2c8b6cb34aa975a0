"""Names for counted bodies: the one shift of T6 to S1 that the evidence speaks for, and its rivals.

Bodies follow each other without a gap, so one shift names them all. Three counts are kept
apart: the network's own word on every body, the sacrum from below, the lowest ribs from above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.locate.bodies.count import Body
from myotome.tables.anatomy.vertebrae import COUNTED

Float = NDArray[np.float64]

_TEMPERATURE = 9.0
"""What the sum of the bodies' log-probabilities is divided by: chosen on scans that networks had
not seen (docs/levels.md), so that names of 90 % and more are nearly always right."""

_FLOOR = 1e-4
_ABOVE = -8.0
"""What a body above T6 is worth: little more than one that is called by a wrong name."""
_RIM_MM = 2.0
_SURE = 0.5
_SACRUM_MM = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """One name per body, from below. ``probability`` is that of this shift, 0..1.

    ``one_up`` and ``one_down`` are the probabilities that every body is really the next one
    above (L3 is L2) or below. ``from_sacrum`` and ``from_ribs`` tell by how many vertebrae that
    count alone differs from the names (0: agrees; None: its anchor is not in view).
    """

    names: tuple[str, ...]
    probability: float
    one_up: float
    one_down: float
    from_sacrum: int | None
    from_ribs: int | None

    @property
    def anchored(self) -> bool:
        """Whether the sacrum or the lowest ribs confirm the names, and neither denies them."""
        told = {self.from_sacrum, self.from_ribs} - {None}
        return told == {0}


def name_bodies(
    z_mm: Float,
    bodies: Sequence[Body],
    names: NDArray[np.floating],
    ribs: NDArray[np.floating],
) -> Naming:
    """Name ``bodies`` (from below) by the network's logits at rows ``z_mm``.

    ``names`` is ``(len(COUNTED), z)``, ``ribs`` ``(2, z)`` (image left, image right). At least
    one body; those above T6 get no name, so that a scan of the whole trunk is counted right.
    """
    shares = _softmax(np.asarray(names, np.float64))
    told = np.log(np.stack([_over(z_mm, shares, body) for body in bodies]) + _FLOOR)
    lowest = range(len(COUNTED))
    scores = [_score(told, low) for low in lowest]
    likely = _softmax(np.asarray(scores)[:, None] / _TEMPERATURE)[:, 0]
    best = int(likely.argmax())
    found = COUNTED[best::-1][: len(bodies)]
    bodies = bodies[: len(found)]
    return Naming(
        names=found,
        probability=float(likely[best]),
        one_up=float(likely[best - 1]) if best else 0.0,
        one_down=float(likely[best + 1]) if best + 1 < len(likely) else 0.0,
        from_sacrum=_from_sacrum(z_mm, bodies, shares, found),
        from_ribs=_from_ribs(z_mm, bodies, ribs, found),
    )


def _score(told: Float, low: int) -> float:
    """What it is worth to call the lowest body ``COUNTED[low]``; those above T6 say little."""
    named = min(low + 1, len(told))
    return float(told[range(named), range(low, low - named, -1)].sum()) + _ABOVE * (
        len(told) - named
    )


def _from_sacrum(
    z_mm: Float, bodies: Sequence[Body], shares: Float, names: Sequence[str]
) -> int | None:
    """By how much the count from the sacrum upwards differs from the names."""
    sacrum = shares[COUNTED.index("S1")]
    free = [n for n, body in enumerate(bodies) if _over(z_mm, shares, body)[-1] < _SURE]
    if not free:
        return None
    lowest = free[0]
    below = (z_mm < bodies[lowest].inferior_z_mm) & (sacrum > _SURE)
    if below.sum() * abs(z_mm[1] - z_mm[0]) < _SACRUM_MM:
        return None
    return COUNTED.index("L5") - COUNTED.index(names[lowest])


def _from_ribs(
    z_mm: Float, bodies: Sequence[Body], ribs: NDArray[np.floating], names: Sequence[str]
) -> int | None:
    """By how much the count from the lowest ribs downwards differs from the names."""
    chance = 1.0 / (1.0 + np.exp(-np.asarray(ribs, np.float64)))
    bears = [bool(_over(z_mm, chance, body).max() > _SURE) for body in bodies]
    edges = [n for n in range(1, len(bodies)) if bears[n] and not bears[n - 1]]
    if not edges:
        return None
    return COUNTED.index("T12") - COUNTED.index(names[edges[0]])


def _over(z_mm: Float, rows: Float, body: Body) -> Float:
    """The mean of ``rows`` ``(any, z)`` within one body, its rims left out."""
    inside = (z_mm > body.inferior_z_mm + _RIM_MM) & (z_mm < body.superior_z_mm - _RIM_MM)
    if not inside.any():
        inside = np.arange(len(z_mm)) == int(np.abs(z_mm - body.mid_z_mm).argmin())
    return np.asarray(rows[:, inside].mean(axis=1))


def _softmax(values: Float) -> Float:
    """Shares over the first axis."""
    raised = np.exp(values - values.max(axis=0))
    return np.asarray(raised / raised.sum(axis=0))
