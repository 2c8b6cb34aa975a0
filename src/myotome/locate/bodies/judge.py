"""Do the counts agree? The sacrum, the ribs, the organs and the plain sizes of the bodies."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from myotome.locate.bodies.levels import Found
from myotome.nouns.numbers.flag import Flag
from myotome.tables.anatomy.vertebrae import BODY_HEIGHT_MM, HEIGHT_RATIO
from myotome.tables.flags.every import FLAG, raised

SURE = 0.9
"""Probability of the names from which the count is not called in doubt."""

_SAME_MM = 12.0


def judge(found: Found, organs: Mapping[str, float], crest_z_mm: float | None) -> tuple[Flag, ...]:
    """Flags on how the vertebrae were counted.

    ``organs`` are the middles of the levels (patient z, mm) as the coarse network names them
    by what lies around; ``crest_z_mm`` is the top of the hip bones, None if not in view.
    """
    flags = [*_anchors(found), *_sizes(found)]
    mids = {
        name: body.mid_z_mm for body, name in zip(found.bodies, found.naming.names, strict=True)
    }
    other = _shift(mids, organs)
    if other and found.naming.probability < SURE:
        flags.append(
            raised(
                FLAG["level_count_disagrees"],
                f"by the organs around them the vertebrae would be named {_way(other)}; check the "
                "levels on the pictures",
            )
        )
    if crest_z_mm is not None:
        flags += _crest(found, crest_z_mm)
    return tuple(flags)


def _anchors(found: Found) -> list[Flag]:
    naming = found.naming
    flags = []
    if naming.from_sacrum is None and naming.from_ribs is None:
        flags.append(
            raised(
                FLAG["level_count_unanchored"],
                "neither the sacrum nor the lowest rib is in view, so the names of the vertebrae "
                "rest on shape alone and may be off by one",
            )
        )
    told = {"the sacrum": naming.from_sacrum, "the lowest rib": naming.from_ribs}
    for anchor, off in told.items():
        if off:
            message = f"counted from {anchor} the vertebrae would be named {_way(off)}"
            flags.append(
                raised(
                    FLAG["level_count_disagrees"],
                    f"{message}: transitional anatomy or a miscount; check the levels on the "
                    "pictures",
                )
            )
    if naming.probability < SURE:
        rivals = {_way(-1): naming.one_up, _way(1): naming.one_down}
        way, chance = max(rivals.items(), key=lambda rival: rival[1])
        flags.append(
            raised(
                FLAG["level_low_confidence"],
                f"the names of the vertebrae are {100 * naming.probability:.0f} % sure; with "
                f"{100 * chance:.0f} % they are {way}",
            )
        )
    return flags


def _sizes(found: Found) -> list[Flag]:
    """Bodies that no spine has, or that do not fit their neighbours."""
    low, high = BODY_HEIGHT_MM
    odd = [
        name
        for body, name in zip(found.bodies, found.naming.names, strict=True)
        if name != "S1" and not low <= body.height_mm <= high
    ]
    rows = [*zip(found.bodies, found.naming.names, strict=True)]
    for (below, _), (above, name) in pairwise(row for row in rows if row[1] != "S1"):
        ratio = above.height_mm / below.height_mm
        if not HEIGHT_RATIO[0] <= ratio <= HEIGHT_RATIO[1]:
            odd.append(name)
    if not odd:
        return []
    return [
        raised(
            FLAG["level_low_confidence"],
            f"the height of {', '.join(dict.fromkeys(odd))} does not fit its neighbours: a "
            "fracture or a miscount",
        )
    ]


def _shift(mids: Mapping[str, float], organs: Mapping[str, float]) -> int:
    """By how many vertebrae most of the organs' names differ from ours; 0 if they agree."""
    names = list(mids)
    steps = []
    for name, z in organs.items():
        nearest = min(names, key=lambda ours: abs(mids[ours] - z))
        if abs(mids[nearest] - z) <= _SAME_MM and name in names:
            steps.append(names.index(name) - names.index(nearest))
    steps.sort()
    return -steps[len(steps) // 2] if steps else 0


def _way(off: int) -> str:
    """Where the names would go, in words."""
    many = "one" if abs(off) == 1 else str(abs(off))
    return f"{many} {'lower' if off > 0 else 'higher'}"


def _crest(found: Found, crest_z_mm: float) -> list[Flag]:
    levels = dict(zip(found.naming.names, found.bodies, strict=True))
    if not {"L3", "L5"} <= set(levels):
        return []
    if levels["L5"].inferior_z_mm <= crest_z_mm <= levels["L3"].mid_z_mm:
        return []
    return [
        raised(
            FLAG["iliac_crest_disagrees"],
            f"the iliac crests end at z = {crest_z_mm:.0f} mm, outside the usual L5 to mid-L3; "
            "the count of the vertebrae may be off by one",
        )
    ]
