"""In which vertebra, of those that were counted, a level lies that a person set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from myotome.locate.bodies.count import Body
from myotome.locate.bodies.levels import Found
from myotome.nouns.space.given import L5_END, Given
from myotome.nouns.space.landmarks import Level
from myotome.tables.anatomy.spacing import ORDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One vertebra that the program found: ``at`` 0 is the lowest whole body, -1 one cut below it.

    ``rank`` is its place in ``ORDER`` by the program's count: beyond its ends are segments of
    the sacrum and what lies above T5. An endplate that is not in view is None.
    """

    at: int
    rank: int
    middle_z_mm: float
    height_mm: float
    inferior_z_mm: float | None
    superior_z_mm: float | None

    def holds(self, z_mm: float) -> bool:
        """Whether ``z_mm`` is within half a body of its middle."""
        return abs(z_mm - self.middle_z_mm) <= self.height_mm / 2

    @property
    def words(self) -> str:
        """What the program called it."""
        if 0 <= self.rank < len(ORDER):
            return ORDER[self.rank]
        return f"a vertebra above {ORDER[0]}" if self.rank < 0 else "a segment of the sacrum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A vertebra whose name a person gave, by the middle or, of L5, by its lower end."""

    slot: Slot
    name: str

    @property
    def rank(self) -> int:
        """The place of its name in ``ORDER``."""
        return ORDER.index(self.name)

    @property
    def differs(self) -> bool:
        """Whether the program had called it otherwise."""
        return self.rank != self.slot.rank


def slots(found: Found, bodies: Sequence[Body], levels: Mapping[str, Level]) -> tuple[Slot, ...]:
    """Every whole body, from below, and the cut ones among ``levels`` with a middle in view.

    ``bodies`` are all that were counted, those of ``found`` and those that have no name.
    """
    lowest = ORDER.index(found.naming.names[0]) + found.naming.first
    whole = [
        Slot(
            at=at,
            rank=lowest - at,
            middle_z_mm=body.mid_z_mm,
            height_mm=body.height_mm,
            inferior_z_mm=body.inferior_z_mm,
            superior_z_mm=body.superior_z_mm,
        )
        for at, body in enumerate(bodies)
    ]
    cut = [
        Slot(
            at=lowest - ORDER.index(name),
            rank=ORDER.index(name),
            middle_z_mm=level.mid_z_mm,
            height_mm=whole[0 if ORDER.index(name) > lowest else -1].height_mm,
            inferior_z_mm=level.inferior_z_mm,
            superior_z_mm=level.superior_z_mm,
        )
        for name, level in levels.items()
        if level.mid_z_mm is not None and not 0 <= lowest - ORDER.index(name) < len(bodies)
    ]
    return tuple(sorted((*whole, *cut), key=lambda slot: slot.at))


def anchors(given: Given, there: Sequence[Slot]) -> tuple[Anchor, ...]:
    """The vertebrae that set levels lie in, from below; a vertebra has one name, the nearest.

    Where no level was set, the lower end of L5 names L5.
    """
    found: dict[int, tuple[float, Anchor]] = {}
    for name, z_mm in given.levels.items():
        near = [slot for slot in there if slot.holds(z_mm)]
        for slot in sorted(near, key=lambda slot: abs(slot.middle_z_mm - z_mm))[:1]:
            apart = abs(slot.middle_z_mm - z_mm)
            if slot.at not in found or apart < found[slot.at][0]:
                found[slot.at] = apart, Anchor(slot=slot, name=name)
    end = given.z_mm.get(L5_END)
    if end is not None and not given.levels:
        return tuple(Anchor(slot=slot, name="L5") for slot in _ending_at(end, there))
    return tuple(found[at][1] for at in sorted(found))


def _ending_at(z_mm: float, there: Sequence[Slot]) -> Sequence[Slot]:
    """The vertebra whose lower end lies nearest, within half a body."""
    ends = [
        (abs(slot.inferior_z_mm - z_mm), slot) for slot in there if slot.inferior_z_mm is not None
    ]
    near = [(apart, slot.at, slot) for apart, slot in ends if apart <= slot.height_mm / 2]
    return [min(near)[2]] if near else []
