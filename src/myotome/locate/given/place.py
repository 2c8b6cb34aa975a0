"""Levels and planes as a person set them, among those that the program found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from myotome.errors import InputError
from myotome.locate.bodies.count import Body
from myotome.locate.bodies.judge import SURE, Evidence, judge
from myotome.locate.bodies.levels import Found, levels_of
from myotome.locate.given.anchors import Anchor, Slot, anchors, slots
from myotome.locate.given.count import gaps, renamed
from myotome.locate.spine import Spine
from myotome.nouns.numbers.flag import Flag, Severity
from myotome.nouns.space.given import L5_END, LUNG_BASE, Given, SetBy
from myotome.nouns.space.landmarks import Level
from myotome.tables.anatomy.spacing import ORDER, PITCH_MM
from myotome.tables.flags.every import FLAG, raised


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """Levels by name, from top to bottom, and what there is to know of them."""

    levels: dict[str, Level] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What the program found: named bodies, all ``bodies``, the spine, the scan's outer faces.

    ``told`` are its levels and its doubts, ``sure`` (0..1) is how far it trusts its names.
    """

    found: Found
    bodies: tuple[Body, ...]
    spine: Spine
    edges_mm: tuple[float, float]
    told: Placed
    sure: float


def require_in_scan(given: Given, edges_mm: tuple[float, float]) -> None:
    """Refuse what was set outside the scan, whose outer faces are ``edges_mm``."""
    low, high = edges_mm
    for name, z_mm in given.z_mm.items():
        if not (low < z_mm < high):
            raise InputError(
                f"{name} was set at z={z_mm:g} mm, outside the scan ({low:.1f} to {high:.1f} mm).",
                why="z is patient z as Myotome and viewers show it (DICOM's, up is plus).",
                mend="Check the number and its sign, or name the series with --series.",
            )


def place(given: Given, seen: Seen | None) -> Placed:
    """Name the vertebrae that levels were set in, count the others from them, and set the z.

    A set level has exactly the z that was given, and confidence 1; its endplates are those of
    the vertebra that it lies in. Where there is none it stands alone, and counted levels that
    it cannot be a neighbour of are left out. The program's doubts of its names are gone where
    a person named a vertebra. Without anything found (``seen`` None) there is what was set and
    nothing else. Refuses planes on the wrong side of a level.
    """
    there = () if seen is None else slots(seen.found, seen.bodies, seen.told.levels)
    hold = anchors(given, there)
    counted = Placed() if seen is None else _counted(seen, hold)
    inside = {anchor.name: anchor.slot for anchor in hold}
    mine = {
        name: _level(name, z_mm, inside.get(name), None if seen is None else seen.spine)
        for name, z_mm in given.levels.items()
    }
    alone = {name: level for name, level in mine.items() if name not in inside}
    lost = [
        name
        for name, level in counted.levels.items()
        if name not in mine and not all(_fits(level, other) for other in alone.values())
    ]
    together = {**counted.levels, **mine}
    kept = {name: together[name] for name in ORDER if name in together and name not in lost}
    levels = _with_end(kept, given)
    _require_slab(levels, given)
    flags = (
        _told(given, counted=bool(hold)),
        *_differs(hold, 0.0 if seen is None else seen.sure),
        *_bodiless(alone),
        *_left_out(lost, gaps(hold)),
        *counted.flags,
    )
    return Placed(levels=levels, flags=flags)


def _counted(seen: Seen, hold: tuple[Anchor, ...]) -> Placed:
    """The levels by counting from ``hold``; without any they are as the program has them."""
    if not hold:
        return seen.told
    named = renamed(seen.found, seen.bodies, hold)
    if named is None:
        return Placed()
    levels = levels_of(named, seen.spine, seen.edges_mm)
    by = {name: replace(level, set_by=SetBy.COUNTED) for name, level in levels.items()}
    # a person's names need no second opinion; what no spine has is told all the same
    return Placed(levels=by, flags=judge(named, Evidence(organs={})).flags)


def _level(name: str, z_mm: float, slot: Slot | None, spine: Spine | None) -> Level:
    """One level that was set; its endplates are those of its vertebra, if it lies in one."""
    centre = None
    if spine is not None:
        centre = (
            float(np.interp(z_mm, spine.z_mm, spine.x_mm)),
            float(np.interp(z_mm, spine.z_mm, spine.y_mm)),
        )
    return Level(
        name=name,
        mid_z_mm=z_mm,
        superior_z_mm=_rounded(None if slot is None else slot.superior_z_mm),
        inferior_z_mm=_rounded(None if slot is None else slot.inferior_z_mm),
        centre_xy_mm=centre,
        confidence=1.0,
        set_by=SetBy.USER,
    )


def _rounded(z_mm: float | None) -> float | None:
    return None if z_mm is None else round(z_mm, 2)


def _fits(level: Level, other: Level) -> bool:
    """Whether ``level`` may be so many vertebrae away from ``other`` as their names say."""
    ends = (level.mid_z_mm, level.superior_z_mm, level.inferior_z_mm)
    z_mm = next((z for z in ends if z is not None), None)
    if z_mm is None or other.mid_z_mm is None:
        return True
    steps = ORDER.index(other.name) - ORDER.index(level.name)
    apart = (z_mm - other.mid_z_mm) * (1 if steps > 0 else -1)
    return abs(steps) * PITCH_MM[0] <= apart <= abs(steps) * PITCH_MM[1]


def _with_end(levels: dict[str, Level], given: Given) -> dict[str, Level]:
    """The lower end of L5 where it was set; refused on the wrong side of L5 or S1."""
    end = given.z_mm.get(L5_END)
    if end is None:
        return levels
    for name, level in levels.items():
        z_mm = level.mid_z_mm
        if z_mm is not None and (z_mm <= end) != (name == "S1"):
            side = "below" if name == "S1" else "above"
            raise InputError(
                f"{L5_END} was set at z={end:g} mm, {side} the middle of {name} at z={z_mm:g} mm.",
                why=f"{name} was {_BY[level.set_by]}.",
                mend="Check the number, or set the level too.",
            )
    fifth = levels.get("L5") or Level(name="L5", mid_z_mm=None, confidence=1.0, set_by=SetBy.USER)
    with_end = {**levels, "L5": replace(fifth, inferior_z_mm=end)}
    return {name: with_end[name] for name in ORDER if name in with_end}


def _require_slab(levels: Mapping[str, Level], given: Given) -> None:
    """Refuse a lung base that was set below the lower end of L5."""
    base, fifth = given.z_mm.get(LUNG_BASE), levels.get("L5")
    end = None if fifth is None else fifth.inferior_z_mm
    if base is not None and end is not None and base <= end:
        raise InputError(
            f"{LUNG_BASE} was set at z={base:g} mm, below the lower end of L5 at z={end:g} mm.",
            why="The slab runs from the lung base down to there.",
            mend="Check the number and its sign.",
        )


_BY = {
    SetBy.PROGRAM: "found by the program",
    SetBy.COUNTED: "counted from what was set",
    SetBy.USER: "set",
}


def _told(given: Given, *, counted: bool) -> Flag:
    names = ", ".join(f"{name} (z {z:g} mm)" for name, z in given.z_mm.items())
    others = "; the other levels are counted from there" if counted else ""
    return raised(FLAG["levels_set_by_hand"], f"set by hand: {names}{others}")


def _differs(hold: tuple[Anchor, ...], sure: float) -> list[Flag]:
    """Where what was set is not what the program counted; a warning if it had been sure."""
    pairs = ", ".join(
        f"{anchor.name} where the program counted {anchor.slot.words}"
        for anchor in hold
        if anchor.differs
    )
    if not pairs:
        return []
    return [
        raised(
            FLAG["level_set_differs"],
            f"set by hand: {pairs}; check the levels on the pictures",
            severity=Severity.WARNING if sure >= SURE else Severity.INFO,
        )
    ]


def _bodiless(alone: Mapping[str, Level]) -> list[Flag]:
    if not alone:
        return []
    names = ", ".join(f"{name} (z {level.mid_z_mm:g} mm)" for name, level in alone.items())
    return [
        raised(
            FLAG["level_set_off_body"],
            f"no vertebral body was found where {names} was set; no other level is counted from it",
        )
    ]


def _left_out(lost: list[str], between: tuple[str, ...]) -> list[Flag]:
    said = list(between)
    if lost:
        said.append(f"{', '.join(lost)} cannot lie where the program found it beside what was set")
    if not said:
        return []
    return [raised(FLAG["level_set_contradicts"], f"levels are left out: {'; '.join(said)}")]
