"""The two planes that the measured slab ends at (docs/planes.md)."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.nouns.space.given import L5_END, LUNG_BASE
from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """One end of the slab. ``key`` stands in the column "level" of what is measured at it.

    ``superior``: it is the upper one. ``meaning`` is its definition in a sentence.
    """

    key: str
    words: str
    superior: bool
    meaning: str


PLANES: tuple[Plane, ...] = (
    Plane(
        key=LUNG_BASE,
        words="lung base",
        superior=True,
        meaning="the lower face of the lowest slice that shows aerated lung",
    ),
    Plane(
        key=L5_END,
        words="inferior endplate of L5",
        superior=False,
        meaning="where the line through the middles of the bodies meets the bright ridge of the "
        "inferior endplate of L5",
    ),
)
PLANE = Registry("plane", PLANES)
