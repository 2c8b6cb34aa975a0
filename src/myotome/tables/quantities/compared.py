"""What of a network's numbers was compared with readers', to say how far off they may be.

One row each: it serves every quantity that is the same up to a factor.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.quantities.quantities import QUANTITY
from myotome.tables.registry import Registry, unique

ALL_MUSCLES, ONE_SIDE = "all_muscles", "one_side"
"""Structures besides the muscle groups: the sum of all muscles, and of those of one side."""

STRUCTURES: tuple[str, ...] = (*(group.key for group in GROUPS), ALL_MUSCLES, ONE_SIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """``quantities`` of muscles that share the interval of ``key``, up to their unit."""

    key: str
    quantities: tuple[str, ...]
    words: str


COMPARED = Registry(
    "compared number",
    (
        Compared(
            key="volume",
            quantities=("volume", "gross_mass", "mass_per_cm"),
            words="volume and gross mass",
        ),
        Compared(
            key="lean_volume",
            quantities=("lean_volume", "lean_mass"),
            words="lean volume and mass",
        ),
        Compared(key="area", quantities=("area",), words="area at a level"),
    ),
)
BY_QUANTITY = unique(
    "compared quantity",
    ((key, row.key) for row in COMPARED.values() for key in QUANTITY.known(*row.quantities)),
)
"""Quantity to row of ``COMPARED``; the others have no interval."""
