"""Where slices lie, from their headers alone: order, steps, gaps, repeats, tilt.

Everything is in DICOM's LPS millimetres. Nothing here reads pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from myotome.nouns.study.series import Instance

Float = NDArray[np.float64]

SAME_PLACE_MM = 0.01
"""Positions closer than this are one place (headers round to 0.001 to 0.1 mm)."""
GAP_FACTOR = 1.5
"""A step longer than this times the usual one leaves room for a missing slice."""
STEP_TOLERANCE = 0.05
"""Places off the even grid by less than this share of a step count as even."""
ROUNDING_MM = 0.06
"""Headers with one decimal round places by up to 0.05 mm; a fitted line adds a little."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lineup:
    """Slices in order along their normal.

    ``order`` are indices into the instances, sorted by ``offsets_mm`` (mm along ``normal`` from
    the first). ``origin_mm`` is the position of the first in order, ``drift_mm`` the ``(n, 3)``
    in-plane part of every position relative to it.
    """

    order: tuple[int, ...]
    offsets_mm: Float
    origin_mm: Float
    drift_mm: Float
    row: Float
    column: Float
    normal: Float

    @property
    def extent_mm(self) -> float:
        """Distance between the first and last slice centre along the normal."""
        return float(self.offsets_mm[-1] - self.offsets_mm[0])

    @property
    def direction(self) -> Float:
        """Unit LPS direction from the first to the last position; the normal if they coincide."""
        span = self.normal * self.extent_mm + self.drift_mm[-1]
        length = float(np.linalg.norm(span))
        return span / length if self.extent_mm > SAME_PLACE_MM else self.normal

    @property
    def tilt_deg(self) -> float:
        """Angle between the stacking direction and the slice normal: the gantry tilt."""
        return angle_deg(self.direction, self.normal)

    @property
    def obliquity_deg(self) -> float:
        """Angle between the stacking direction and the body axis (LPS z), 0 to 90."""
        return angle_deg(self.direction, (0.0, 0.0, 1.0))


def angle_deg(a: ArrayLike, b: ArrayLike) -> float:
    """Angle between two lines with unit directions ``a`` and ``b``, 0 to 90 degrees."""
    cosine = abs(float(np.dot(np.asarray(a), np.asarray(b))))
    return float(np.degrees(np.arccos(min(1.0, cosine))))


def line_up(instances: Sequence[Instance]) -> Lineup | None:
    """Sort slices along the normal of the first; None if a position or orientation is missing.

    The normal is row x column, turned towards +z (or +y, +x for upright planes), so that the
    result does not depend on the order of the input.
    """
    if not instances or any(i.position_mm is None or i.orientation is None for i in instances):
        return None
    cosines = np.asarray(instances[0].orientation, dtype=np.float64)
    positions = np.asarray([i.position_mm for i in instances], dtype=np.float64)
    if cosines.shape != (6,) or not np.isfinite(cosines).all() or not np.isfinite(positions).all():
        return None
    row, column = cosines[:3], cosines[3:]
    lengths = np.linalg.norm(row) * np.linalg.norm(column)
    if lengths < 1e-6 or abs(row @ column) / lengths > 1e-2:
        return None
    row, column = row / np.linalg.norm(row), column / np.linalg.norm(column)
    normal = np.cross(row, column)
    normal /= np.linalg.norm(normal)
    if normal[int(np.argmax(np.abs(normal)))] < 0:
        normal = -normal
    along = positions @ normal
    keys = [
        (round(float(a), 4), i.sop_instance_uid, i.frame or 0)
        for a, i in zip(along, instances, strict=True)
    ]
    order = sorted(range(len(instances)), key=keys.__getitem__)
    origin = positions[order[0]]
    relative = positions[order] - origin
    offsets = relative @ normal
    return Lineup(
        order=tuple(order),
        offsets_mm=offsets,
        origin_mm=origin,
        drift_mm=relative - np.outer(offsets, normal),
        row=row,
        column=column,
        normal=normal,
    )


def orientation_spread(instances: Sequence[Instance]) -> float:
    """Largest difference of a direction cosine from the first slice's; 0.01 is about 0.6 deg."""
    cosines = np.asarray([i.orientation for i in instances], dtype=np.float64)
    return float(np.abs(cosines - cosines[0]).max())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Missing slices between two places (mm along the normal)."""

    below_mm: float
    above_mm: float
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """How evenly slices are spaced.

    ``step_mm`` is the usual step (None for fewer than two places). ``repeats`` counts slices at
    a place already taken. ``is_even`` is True if all places lie on one even grid without gaps;
    if they do not and there are no ``gaps`` either, the steps vary. ``most_at_one_place`` is 1
    without repeats.
    """

    step_mm: float | None
    repeats: int
    most_at_one_place: int
    gaps: tuple[Gap, ...]
    is_even: bool

    @property
    def irregularity(self) -> int:
        """0 for an even stack; more for every repeat and gap, and 1 for varying steps."""
        return self.repeats + len(self.gaps) + (0 if self.is_even or self.gaps else 1)


def spacing(offsets_mm: ArrayLike) -> Spacing:
    """Judge sorted offsets (mm). Gaps are single long steps; long runs of another step vary."""
    offsets = np.asarray(offsets_mm, dtype=np.float64)
    new_place = np.r_[True, np.diff(offsets) > SAME_PLACE_MM]
    places = offsets[new_place]
    repeats = len(offsets) - len(places)
    most = int(np.bincount(np.cumsum(new_place)).max())
    make = partial(Spacing, repeats=repeats, most_at_one_place=most)
    if len(places) < 2:
        return make(step_mm=None, gaps=(), is_even=True)
    steps = np.diff(places)
    usual = float(np.median(steps))
    long = steps > GAP_FACTOR * usual
    if long.any() and not _is_one_even_run(steps, long):
        gaps = tuple(
            Gap(
                below_mm=float(places[i]),
                above_mm=float(places[i + 1]),
                missing=max(1, round(float(steps[i]) / usual) - 1),
            )
            for i in np.flatnonzero(long)
        )
        return make(step_mm=usual, gaps=gaps, is_even=False)
    mean, start = np.polyfit(np.arange(len(places)), places, 1)
    off_grid = float(np.abs(places - start - mean * np.arange(len(places))).max())
    even = off_grid <= max(STEP_TOLERANCE * float(mean), ROUNDING_MM)
    return make(step_mm=float(mean) if even else usual, gaps=(), is_even=even)


def _is_one_even_run(steps: Float, long: NDArray[np.bool_]) -> bool:
    """True if all long steps are equal neighbours, at least 5: a second region with its step."""
    where = np.flatnonzero(long)
    together = where[-1] - where[0] + 1 == len(where)
    return bool(len(where) >= 5 and together and np.ptp(steps[where]) < 0.1 * steps[where[0]])
