"""From named bodies to levels: endplates, middles, cut vertebrae at the ends, and confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.locate.bodies.count import INFERIOR, SUPERIOR, Body
from myotome.locate.bodies.names import Naming, place_of
from myotome.locate.spine import Spine
from myotome.nouns.space.landmarks import Level
from myotome.tables.anatomy.vertebrae import COUNTED, REPORTED

Float = NDArray[np.float64]

_DISC_MM = (2.0, 18.0)
_CUT_SHARE = 0.8
_SEEN = 0.3
_WEAK, _STRONG = 0.0, 8.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Bodies from below and their names; ``heat`` are logits ``(3, z)`` at rows ``z_mm``."""

    z_mm: Float
    heat: NDArray[np.floating]
    bodies: tuple[Body, ...]
    naming: Naming

    def place(self, z_mm: float) -> float:
        """Where ``z_mm`` lies among the bodies: 0 is the middle of the lowest, 1 of the next."""
        return place_of(self.bodies, z_mm)


def levels_of(
    found: Found, spine: Spine, edges_mm: tuple[float, float], trust: float = 1.0
) -> dict[str, Level]:
    """Every reported vertebra with at least one endplate in the scan, top down.

    ``trust`` (0..1) is what the probability of the names is worth.
    ``edges_mm`` are the outer faces of the lowest and the highest slice. A vertebra that the
    scan cuts has one endplate; its middle is given where it lies in the scan, half the height
    of its neighbour away.
    """
    sure = found.naming.probability * trust
    out: dict[str, Level] = {}
    for body, name in zip(found.bodies, found.naming.names, strict=True):
        out[name] = _level(
            name, (body.inferior_z_mm, body.superior_z_mm), spine, _trust(body, sure)
        )
    for name, ends, height in _cut(found):
        level = _cut_level(name, ends, height, (spine, edges_mm, sure))
        out.setdefault(name, level)
    return {name: out[name] for name in REPORTED if name in out}


def _trust(body: Body, sure: float) -> float:
    """The confidence of one whole body: its name's, less where its endplates are faint."""
    seen = np.clip((body.evidence - _WEAK) / (_STRONG - _WEAK), 0.0, 1.0)
    return float(sure * (0.5 + 0.5 * seen))


def _level(name: str, ends: tuple[float, float], spine: Spine, confidence: float) -> Level:
    inferior, superior = ends
    middle = (inferior + superior) / 2
    return Level(
        name=name,
        mid_z_mm=round(middle, 2),
        superior_z_mm=round(superior, 2),
        inferior_z_mm=round(inferior, 2),
        centre_xy_mm=_line_at(spine, middle),
        confidence=round(min(confidence, 0.99), 3),
    )


def _line_at(spine: Spine, z_mm: float) -> tuple[float, float]:
    """The line's LPS x and y at one z."""
    return (
        float(np.interp(z_mm, spine.z_mm, spine.x_mm)),
        float(np.interp(z_mm, spine.z_mm, spine.y_mm)),
    )


def _cut(found: Found) -> Sequence[tuple[str, tuple[float | None, float | None], float]]:
    """The vertebrae below and above the counted ones: (name, (inferior, superior), height)."""
    out: list[tuple[str, tuple[float | None, float | None], float]] = []
    lowest, highest = found.bodies[0], found.bodies[-1]
    below, above = (COUNTED.index(found.naming.names[n]) for n in (0, -1))
    if below + 1 < len(COUNTED):
        z = lowest.inferior_z_mm
        end = _endplate(found, SUPERIOR, (z - _DISC_MM[1], z - _DISC_MM[0]))
        if end is not None:
            out.append((COUNTED[below + 1], (None, end), lowest.height_mm))
    if above > 0:
        z = highest.superior_z_mm
        end = _endplate(found, INFERIOR, (z + _DISC_MM[0], z + _DISC_MM[1]))
        if end is not None:
            out.append((COUNTED[above - 1], (end, None), highest.height_mm))
    return out


def _endplate(found: Found, kind: int, between_mm: tuple[float, float]) -> float | None:
    """The clearest endplate of a kind between two z; None if none is clear."""
    near = np.flatnonzero((found.z_mm >= between_mm[0]) & (found.z_mm <= between_mm[1]))
    if not len(near):
        return None
    heat = 1.0 / (1.0 + np.exp(-np.asarray(found.heat[kind][near], np.float64)))
    return float(found.z_mm[near[int(heat.argmax())]]) if heat.max() > _SEEN else None


def _cut_level(
    name: str,
    ends: tuple[float | None, float | None],
    height_mm: float,
    where: tuple[Spine, tuple[float, float], float],
) -> Level:
    spine, (low, high), sure = where
    inferior, superior = ends
    middle = (superior or 0.0) - height_mm / 2 if inferior is None else inferior + height_mm / 2
    in_view = low <= middle <= high
    return Level(
        name=name,
        mid_z_mm=round(middle, 2) if in_view else None,
        superior_z_mm=None if superior is None else round(superior, 2),
        inferior_z_mm=None if inferior is None else round(inferior, 2),
        centre_xy_mm=_line_at(spine, middle) if in_view else None,
        confidence=round(min(sure * _CUT_SHARE, 0.99), 3),
    )
