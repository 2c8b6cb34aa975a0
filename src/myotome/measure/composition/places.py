"""Where body composition is measured: the slices of mid-vertebrae, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myotome.measure.composition.counts import Census
from myotome.measure.in_view.view import View
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.tables.anatomy.expectations import CONFIDENT_LEVEL
from myotome.tables.anatomy.vertebrae import NAMES
from myotome.tables.quantities.tissues import ALWAYS, BETWEEN, LEVELS

NO_COMPARTMENTS = "the maker of the labels gives no body compartments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One level: its slice ``k`` of the grid and those within reach, or a ``reason`` without.

    ``at`` is the nearest slice whether it has compartments or not (None: not in the scan), ``k``
    the same only if it has. ``ks`` are the slices to take the mean over, ``wanted`` how many
    there should be.
    """

    name: str
    at: int | None
    k: int | None = None
    ks: tuple[int, ...] = ()
    wanted: int = 1
    reason: str = ""
    uncertain: bool = False


def view_of(counted: Census, slab: Slab, landmarks: Landmarks) -> View:
    """What of the slab and the levels lies in view of the compartments."""
    half = counted.dz_mm / 2
    seen = counted.z_mm[counted.seen]
    looked = (float(seen[0]) - half, float(seen[-1]) + half) if len(seen) else (0.0, 0.0)
    scan = (float(counted.z_mm[0]) - half, float(counted.z_mm[-1]) + half)
    return View(slab=slab, landmarks=landmarks, scan_mm=scan, looked_mm=looked, dz_mm=counted.dz_mm)


def places(counted: Census, view: View, *, reach: int, labelled: bool) -> tuple[Place, ...]:
    """Every level in the scan, and those of ``ALWAYS`` with the reason where they are not.

    ``reach`` slices on either side are taken for means. ``labelled`` is False for a backend
    without compartments.
    """
    marks = view.landmarks
    rows: list[Place] = []
    for name in LEVELS:
        z = _known_z(name, marks)
        if z is not None or name in ALWAYS:
            level = marks.levels.get(name)
            doubt = level is not None and level.confidence < CONFIDENT_LEVEL
            rows.append(_place(name, z, counted, view, (reach, labelled, doubt)))
    for name, upper, lower in BETWEEN:
        z = _between(upper, lower, marks)
        if z is not None:
            doubt = any(marks.levels[n].confidence < CONFIDENT_LEVEL for n in (upper, lower))
            rows.append(_place(name, z, counted, view, (reach, labelled, doubt)))
    return tuple(rows)


def _known_z(name: str, landmarks: Landmarks) -> float | None:
    level = landmarks.levels.get(name)
    return None if level is None else level.mid_z_mm


def _between(upper: str, lower: str, landmarks: Landmarks) -> float | None:
    above, below = _known_z(upper, landmarks), _known_z(lower, landmarks)
    return None if above is None or below is None else (above + below) / 2


def _place(
    name: str, z: float | None, counted: Census, view: View, how: tuple[int, bool, bool]
) -> Place:
    reach, labelled, doubt = how
    reason = _absence(name, z, view)
    if z is None or reason:
        return Place(name=name, at=None, reason=reason)
    k = int(np.argmin(np.abs(counted.z_mm - z)))
    if not counted.seen[k]:
        reason = f"mid {name} lies outside the labelled slices" if labelled else NO_COMPARTMENTS
        return Place(name=name, at=k, reason=reason, uncertain=doubt)
    ks = [n for n in range(k - reach, k + reach + 1) if 0 <= n < len(counted.seen)]
    return Place(
        name=name,
        at=k,
        k=k,
        ks=tuple(n for n in ks if counted.seen[n]),
        wanted=2 * reach + 1,
        uncertain=doubt,
    )


def _absence(name: str, z: float | None, view: View) -> str:
    low, high = view.scan_mm
    if z is not None and not low <= z <= high:
        return f"mid {name} lies {'below' if z < low else 'above'} the scan"
    if z is not None:
        return ""
    expected = view.expected_mid_z_mm(name) if name in NAMES else None
    if expected is None or low <= expected <= high:
        return f"{name} was not found"
    return f"{name} was not found and should lie {'below' if expected < low else 'above'} the scan"


def named(found: Sequence[Place]) -> str:
    """The names of some places as words."""
    return ", ".join(place.name for place in found)
