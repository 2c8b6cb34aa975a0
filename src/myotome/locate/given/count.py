"""Names for all bodies, counted up and down from those whose names a person gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from myotome.locate.bodies.count import Body
from myotome.locate.bodies.levels import Found
from myotome.locate.given.anchors import Anchor
from myotome.tables.anatomy.spacing import ORDER
from myotome.tables.anatomy.vertebrae import COUNTED

_RANKS = range(ORDER.index(COUNTED[0]), len(ORDER))
"""The ranks that a counted body may have."""


def named_from(anchors: Sequence[Anchor], at: int) -> str | None:
    """The name of the vertebra ``at``, as :class:`Slot` has it; None where there is none.

    ``anchors`` come from below, at least one. Below the lowest and above the highest it is
    counted from that one; between two only if there are as many vertebrae as names.
    """
    below = [anchor for anchor in anchors if anchor.slot.at <= at]
    above = [anchor for anchor in anchors if anchor.slot.at >= at]
    ranks = {anchor.rank + anchor.slot.at - at for anchor in (*below[-1:], *above[:1])}
    rank = ranks.pop()
    return ORDER[rank] if not ranks and rank in _RANKS else None


def renamed(found: Found, bodies: Sequence[Body], anchors: Sequence[Anchor]) -> Found | None:
    """``bodies`` by their new names; None if none has one.

    The names are the person's, so there are no rivals and no anchor is missing. Bodies beyond
    T6 and S1 are left out as those of any count.
    """
    names = [named_from(anchors, at) for at in range(len(bodies))]
    kept = [at for at, name in enumerate(names) if name is not None]
    if not kept:
        return None
    naming = replace(
        found.naming,
        names=tuple(name for name in names if name is not None),
        first=kept[0],
        probability=1.0,
        one_up=0.0,
        one_down=0.0,
        from_sacrum=0,
        from_ribs=0,
    )
    return replace(found, bodies=tuple(bodies[at] for at in kept), naming=naming)


def gaps(anchors: Sequence[Anchor]) -> tuple[str, ...]:
    """Where names and vertebrae between two anchors are not of the same number, in words."""
    said = []
    for low, high in pairwise(anchors):
        names, bodies = low.rank - high.rank - 1, high.slot.at - low.slot.at - 1
        if names != bodies:
            said.append(
                f"between {high.name} and {low.name} there are {names} levels, but {bodies} "
                "vertebrae were found"
            )
    return tuple(said)
