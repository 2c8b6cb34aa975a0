"""The same number at the vertebra above and below: what it would be, were the names one off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from myotome.nouns.numbers.measurement import Measurement
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.quantities.tissues import LEVELS

DOWNWARDS = (*LEVELS, *(name for name in REPORTED if name not in LEVELS))
"""Every vertebra that numbers may stand at, from top to bottom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """A number's namesakes at the next vertebrae; None where none was made.

    ``up`` is the one towards the head: it is the true one if every vertebra is really the next
    one down (what is called L3 is L4), ``down`` if every vertebra is really the next one up.
    """

    up: Measurement | None = None
    down: Measurement | None = None

    @property
    def values(self) -> tuple[float | None, float | None]:
        """The numbers (one up, one down)."""
        return (
            None if self.up is None else self.up.value,
            None if self.down is None else self.down.value,
        )


def neighbours(rows: Sequence[Measurement]) -> tuple[Neighbours, ...]:
    """Those of every row, in their order; none for the slab, its planes and places between."""
    known = {(row.quantity, row.structure, row.side, row.level): row for row in rows}
    found = []
    for row in rows:
        above, below = next_to(row.level)
        name = (row.quantity, row.structure, row.side)
        found.append(Neighbours(up=known.get((*name, above)), down=known.get((*name, below))))
    return tuple(found)


def next_to(level: str) -> tuple[str, str]:
    """The vertebra above and the one below; "" where nothing is ever measured there.

    >>> next_to("L3"), next_to("S1"), next_to("slab")
    (('L2', 'L4'), ('L5', ''), ('', ''))
    """
    if level not in DOWNWARDS:
        return "", ""
    padded = ("", *DOWNWARDS, "")
    at = padded.index(level)
    return padded[at - 1], padded[at + 1]
