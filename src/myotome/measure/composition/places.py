"""Where body composition is measured: the slices of mid-vertebrae, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from myotome.measure.composition.counts import Census
from myotome.measure.in_view.view import View
from myotome.nouns.numbers.measurement import Cause
from myotome.nouns.space.level_slice import LevelSlice
from myotome.nouns.space.scan import Scan
from myotome.tables.quantities.tissues import ALWAYS, PLACES

NO_COMPARTMENTS = "the maker of the labels gives no body compartments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One level: its slice ``k`` of the grid and those within reach, or a ``reason`` without.

    ``at`` is the level's slice whether it has compartments or not (None: not in the scan), ``k``
    the same only if it has. ``ks`` are the slices to take the mean over, ``wanted`` how many
    there should be. ``cause`` says of the ``reason`` what programs must know.
    """

    name: str
    at: int | None
    k: int | None = None
    ks: tuple[int, ...] = ()
    wanted: int = 1
    reason: str = ""
    cause: Cause = Cause.NONE
    uncertain: bool = False


def view_of(counted: Census, scan: Scan) -> View:
    """What of the slab and the levels lies in view of the compartments."""
    half = counted.dz_mm / 2
    seen = counted.z_mm[counted.seen]
    looked = (float(seen[0]) - half, float(seen[-1]) + half) if len(seen) else (0.0, 0.0)
    return View(
        slab=scan.slab,
        landmarks=scan.landmarks,
        scan_mm=(float(counted.z_mm[0]) - half, float(counted.z_mm[-1]) + half),
        looked_mm=looked,
        dz_mm=counted.dz_mm,
    )


def places(
    counted: Census, levels: Mapping[str, LevelSlice], *, labelled: bool
) -> tuple[Place, ...]:
    """Every level in the scan, and those of ``ALWAYS`` with the reason where they are not.

    ``labelled`` is False for a backend without compartments.
    """
    wanted = [levels[name] for name in PLACES]
    return tuple(
        _place(level, counted, labelled=labelled)
        for level in wanted
        if level.middle_z_mm is not None or level.name in ALWAYS
    )


def _place(level: LevelSlice, counted: Census, *, labelled: bool) -> Place:
    if level.k is None:
        cause = Cause.OUT_OF_VIEW if level.beyond else Cause.NONE
        return Place(name=level.name, at=None, reason=level.reason, cause=cause)
    if not counted.seen[level.k]:
        beyond = f"mid {level.name} lies outside the labelled slices"
        return Place(
            name=level.name,
            at=level.k,
            reason=beyond if labelled else NO_COMPARTMENTS,
            cause=Cause.NONE if labelled else Cause.NO_COMPARTMENTS,
            uncertain=level.uncertain,
        )
    return Place(
        name=level.name,
        at=level.k,
        k=level.k,
        ks=tuple(k for k in level.ks if counted.seen[k]),
        wanted=level.wanted,
        uncertain=level.uncertain,
    )


def named(found: Sequence[Place]) -> str:
    """The names of some places as words."""
    return ", ".join(place.name for place in found)
