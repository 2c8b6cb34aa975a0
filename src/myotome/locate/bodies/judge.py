"""Do the counts agree? The sacrum, the ribs, the organs and the plain sizes of the bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from myotome.locate.bodies.levels import Found
from myotome.nouns.numbers.flag import Flag
from myotome.tables.anatomy.vertebrae import BOUND, REPORTED, Bound
from myotome.tables.flags.every import FLAG, raised

SURE = 0.9
"""Probability of the names from which the count is not called in doubt."""

_UNANCHORED, _DENIED = 0.6, 0.5
"""What the names' probability is worth where neither the sacrum nor the ribs confirm them, and
where an anchor or anatomy speaks against them (chosen on the runs of docs/levels.md)."""

_SAME_MM = 12.0
_LUMBAR = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What else tells of the levels, in patient z (mm); None where it is not in view.

    ``organs`` are the middles of levels as the coarse network names them by what lies around,
    ``crest_z_mm`` is the top of the hip bones, ``kidney_z_mm`` the middle of the kidneys.
    """

    organs: Mapping[str, float]
    crest_z_mm: float | None = None
    kidney_z_mm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """``trust`` (0..1) is what the probability of the names is to be multiplied by."""

    trust: float
    flags: tuple[Flag, ...]


def judge(found: Found, evidence: Evidence) -> Judgement:
    """What speaks against the names of ``found``, and how far they may be trusted then."""
    unanchored = _unanchored(found)
    against = [flag for check in _AGAINST for flag in check(found, evidence)]
    trust = _DENIED if against else _UNANCHORED if unanchored else 1.0
    flags = (*unanchored, *against, *_doubtful(found), *_organs(found, evidence))
    return Judgement(trust=trust, flags=flags)


def _unanchored(found: Found) -> list[Flag]:
    naming = found.naming
    if naming.from_sacrum is not None or naming.from_ribs is not None:
        return []
    return [
        raised(
            FLAG["level_count_unanchored"],
            "neither the sacrum nor the lowest rib is in view, so the names of the vertebrae "
            "rest on shape alone and may be off by one",
        )
    ]


def _anchors(found: Found, _: Evidence) -> list[Flag]:
    """Anchors that would name the bodies otherwise."""
    naming = found.naming
    told = {"the sacrum": naming.from_sacrum, "the lowest rib": naming.from_ribs}
    return [
        raised(
            FLAG["level_count_disagrees"],
            f"counted from {anchor} the vertebrae would be named {_way(off)}{_variant(found)}; "
            "check the levels on the pictures",
        )
        for anchor, off in told.items()
        if off
    ]


def _variant(found: Found) -> str:
    """What the spine would be if both anchors are right."""
    sacrum, ribs = found.naming.from_sacrum, found.naming.from_ribs
    lumbar = None if sacrum is None or ribs is None else _LUMBAR - sacrum + ribs
    if lumbar in (_LUMBAR - 1, _LUMBAR + 1):
        return f": {lumbar} lumbar vertebrae (transitional anatomy), or a miscount"
    return ": transitional anatomy or a miscount"


def _sizes(found: Found, _: Evidence) -> list[Flag]:
    """Reported bodies that no spine has, or that do not fit their neighbours."""
    rows = [
        (name, body)
        for name, body in zip(found.naming.names, found.bodies, strict=True)
        if name in REPORTED and name != "S1"
    ]
    heights = {name: body.height_mm for name, body in rows}
    ratios = {name: body.height_mm / below.height_mm for (_, below), (name, body) in pairwise(rows)}
    discs = {
        name: body.inferior_z_mm - below.superior_z_mm
        for (_, below), (name, body) in pairwise(rows)
    }
    told = {"body_height": heights, "height_ratio": ratios, "disc_height": discs}
    return [
        raised(
            FLAG["level_implausible"],
            f"{BOUND[key].words} is not what a spine has at {', '.join(odd)}: a fracture, a "
            "fusion or a miscount",
        )
        for key, values in told.items()
        if (odd := [name for name, value in values.items() if _outside(BOUND[key], value)])
    ]


def _outside(bound: Bound, value: float) -> bool:
    return not bound.low <= value <= bound.high


def _crest(found: Found, evidence: Evidence) -> list[Flag]:
    levels = dict(zip(found.naming.names, found.bodies, strict=True))
    crest = evidence.crest_z_mm
    if crest is None or not {"L3", "L5"} <= set(levels):
        return []
    if levels["L5"].inferior_z_mm <= crest <= levels["L3"].mid_z_mm:
        return []
    return [
        raised(
            FLAG["iliac_crest_disagrees"],
            f"the iliac crests end at z = {crest:.0f} mm, outside the usual L5 to mid-L3; "
            "the count of the vertebrae may be off by one",
        )
    ]


def _kidneys(found: Found, evidence: Evidence) -> list[Flag]:
    names = found.naming.names
    if evidence.kidney_z_mm is None or "L1" not in names:
        return []
    below = names.index("L1") - found.place(evidence.kidney_z_mm)
    if not _outside(BOUND["kidney_middle"], below):
        return []
    return [
        raised(
            FLAG["kidneys_disagree"],
            f"the middle of the kidneys lies at z = {evidence.kidney_z_mm:.0f} mm, outside the "
            "usual T12 to L3; the count of the vertebrae may be wrong, or a kidney is displaced",
        )
    ]


_AGAINST: tuple[Callable[[Found, Evidence], list[Flag]], ...] = (
    _anchors,
    _sizes,
    _crest,
    _kidneys,
)


def _doubtful(found: Found) -> list[Flag]:
    naming = found.naming
    if naming.probability >= SURE:
        return []
    rivals = {_way(-1): naming.one_up, _way(1): naming.one_down}
    way, chance = max(rivals.items(), key=lambda rival: rival[1])
    return [
        raised(
            FLAG["level_low_confidence"],
            f"the names of the vertebrae are {100 * naming.probability:.0f} % sure; with "
            f"{100 * chance:.0f} % they are {way}",
        )
    ]


def _organs(found: Found, evidence: Evidence) -> list[Flag]:
    """The organs' word, which has already been weighed, where the names are in doubt."""
    off = _shift(found, evidence.organs)
    if not off or found.naming.probability >= SURE:
        return []
    return [
        raised(
            FLAG["level_count_disagrees"],
            f"by the organs around them the vertebrae would be named {_way(off)}; check the "
            "levels on the pictures",
        )
    ]


def _shift(found: Found, organs: Mapping[str, float]) -> int:
    """By how many vertebrae most of the organs' names differ from ours; 0 if they agree."""
    mids = {
        name: body.mid_z_mm for name, body in zip(found.naming.names, found.bodies, strict=True)
    }
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
