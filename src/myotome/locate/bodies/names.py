"""Names for counted bodies: the one shift of T6 to S1 that the evidence speaks for, and its rivals.

Bodies follow each other without a gap, so one shift names them all. The network's own word on
every body, its word on which bodies bear ribs, and the organs around the spine choose it; two
counts are kept apart to check it: the sacrum from below and the lowest ribs from above.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.locate.bodies.count import Body
from myotome.tables.anatomy.vertebrae import COUNTED

Float = NDArray[np.float64]

_TEMPERATURE = 4.0
"""What the sum of the bodies' log-probabilities is divided by: chosen on scans that networks had
not seen (docs/levels.md), so that names of 90 % and more are nearly always right."""

_FLOOR = 1e-4
_SACRAL = 3
"""So many segments of the sacrum below S1 may have been counted as bodies."""

_ORGANS_SPREAD, _ORGANS_TAIL = 1.2, 3.0
"""How far, in vertebrae, the organs may lie from their usual place: scale and degrees of freedom
of a t-distribution (on twenty scans they were 0.64 off by standard deviation, 1.7 at most)."""

_RIBS_SHARE, _RIBS_SURE = 0.5, 0.95
"""What the ribs' word counts beside the others, and how sure it can be of one body at most."""

_PITCH_MM = 32.0
_ABOVE = -8.0
"""What a body above T6 is worth: little more than one that is called by a wrong name."""
_RIM_MM = 2.0
_SURE = 0.5
_SACRUM_MM = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """One name per body, from below; ``first`` is the lowest body that has one.

    ``probability`` is that of this shift, 0..1.
    ``one_up`` and ``one_down`` are the probabilities that every body is really the next one
    above (L3 is L2) or below. ``from_sacrum`` and ``from_ribs`` tell by how many vertebrae that
    count alone differs from the names (0: agrees; None: its anchor is not in view).
    """

    names: tuple[str, ...]
    first: int
    probability: float
    one_up: float
    one_down: float
    from_sacrum: int | None
    from_ribs: int | None


def name_bodies(
    z_mm: Float,
    bodies: Sequence[Body],
    names: NDArray[np.floating],
    ribs: NDArray[np.floating],
    organs: Mapping[str, float],
) -> Naming | None:
    """Name ``bodies`` (from below) by the network's logits at rows ``z_mm``.

    ``names`` is ``(len(COUNTED), z)``, ``ribs`` ``(2, z)`` (image left, image right);
    ``organs`` are the z (mm) at which the organs would have the middles of levels. At least
    one body. Those above T6 get no name, nor do segments of the sacrum below S1. None where
    only the sacrum is in view, so that nobody can tell which of its segments is the first.
    """
    shares = _softmax(np.asarray(names, np.float64))
    told = np.stack([_over(z_mm, shares, body) for body in bodies])
    free = told[:, -1] < _SURE
    if not free.any():
        return None
    lowest = np.arange(len(COUNTED) + _SACRAL)
    scores = np.array([_score(np.log(told + _FLOOR), int(low)) for low in lowest]) / _TEMPERATURE
    scores += _by_organs(bodies, organs, lowest)
    bears = np.stack([_over(z_mm, _chance(ribs), body).mean() for body in bodies])
    scores += _RIBS_SHARE * np.array([_by_ribs(bears, int(low)) for low in lowest])
    likely = _softmax(scores[:, None])[:, 0]
    best = int(likely.argmax())
    first = max(0, best - (len(COUNTED) - 1))
    found = COUNTED[best - first :: -1][: len(bodies) - first]
    named = bodies[first : first + len(found)]
    if not named:
        return None
    return Naming(
        names=found,
        first=first,
        probability=float(likely[best]),
        one_up=float(likely[best - 1]) if best else 0.0,
        one_down=float(likely[best + 1]) if best + 1 < len(likely) else 0.0,
        from_sacrum=_from_sacrum(z_mm, named, shares, found),
        from_ribs=_from_ribs(z_mm, named, ribs, found),
    )


def _score(told: Float, low: int) -> float:
    """What it is worth to call the lowest body the ``low``-th of COUNTED or, beyond, sacrum.

    Those above T6 say little.
    """
    named = min(low + 1, len(told))
    name = np.minimum(np.arange(low, low - named, -1), len(COUNTED) - 1)
    return float(told[range(named), name].sum()) + _ABOVE * (len(told) - named)


def _by_organs(
    bodies: Sequence[Body], organs: Mapping[str, float], lowest: NDArray[np.intp]
) -> Float:
    """What the organs say of each shift (log-likelihood, but for a constant)."""
    above = [
        COUNTED.index(name) + place_of(bodies, z) for name, z in organs.items() if name in COUNTED
    ]
    if not above:
        return np.zeros(len(lowest))
    off = (lowest - float(np.median(above))) / _ORGANS_SPREAD
    return np.asarray(-(_ORGANS_TAIL + 1) / 2 * np.log1p(off**2 / _ORGANS_TAIL))


def _by_ribs(bears: Float, low: int) -> float:
    """Log-likelihood of which bodies bear ribs if the lowest is the ``low``-th of COUNTED."""
    name = low - np.arange(len(bears))
    sure = np.clip(bears, 1 - _RIBS_SURE, _RIBS_SURE)
    thoracic = name <= COUNTED.index("T12")
    lumbar = ~thoracic & (name < COUNTED.index("S1"))
    return float(np.log(sure[thoracic]).sum() + np.log(1 - sure[lumbar]).sum())


def place_of(bodies: Sequence[Body], z_mm: float) -> float:
    """Where ``z_mm`` lies among the bodies: 0 is the middle of the lowest, 1 that of the next."""
    mids = [body.mid_z_mm for body in bodies]
    beyond = min(0.0, z_mm - mids[0]) + max(0.0, z_mm - mids[-1])
    return float(np.interp(z_mm, mids, np.arange(len(mids)))) + beyond / _PITCH_MM


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
    chance = _chance(ribs)
    bears = [
        name != "S1" and bool(_over(z_mm, chance, body).max() > _SURE)
        for body, name in zip(bodies, names, strict=True)
    ]
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


def _chance(logits: NDArray[np.floating]) -> Float:
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(logits, np.float64))))


def _softmax(values: Float) -> Float:
    """Shares over the first axis."""
    raised = np.exp(values - values.max(axis=0))
    return np.asarray(raised / raised.sum(axis=0))
