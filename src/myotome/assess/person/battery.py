"""The short physical performance battery from raw times: points, or what they can still be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

from myotome.assess.person.facts import Fact, Facts
from myotome.assess.person.record import Record
from myotome.errors import InputError
from myotome.tables.person import instruments as table
from myotome.tables.person.instruments import INSTRUMENT, Bands

_SIDE, _SEMI, _TANDEM = "sppb_side_by_side_s", "sppb_semi_tandem_s", "sppb_tandem_s"
_STANDS = {
    _SIDE: "the side-by-side stand",
    _SEMI: "the semi-tandem stand",
    _TANDEM: "the tandem stand",
}
"""From the easiest to the hardest."""
_MOST = 4
"""The most points of one part."""
_MOSTLY_DONE = 2
"""From so many parts on gait and chair stands say something of a battery without its stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the battery: the least and the most points that it can be.

    ``how`` says how they came about, or what is missing where they are not known.
    """

    low: int
    high: int
    how: str

    @property
    def points(self) -> int | None:
        """The points, None unless they are known."""
        return self.low if self.low == self.high else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sppb:
    """The parts of the battery, 0 to 4 points each; a number is None where it is not known."""

    parts: Mapping[str, Part]

    @property
    def balance(self) -> int | None:
        """The points for three stands."""
        return self.parts["balance"].points

    @property
    def gait(self) -> int | None:
        """The points for the gait course."""
        return self.parts["gait"].points

    @property
    def chair(self) -> int | None:
        """The points for five chair stands."""
        return self.parts["chair stands"].points

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the most that the total can be."""
        return sum(p.low for p in self.parts.values()), sum(p.high for p in self.parts.values())

    @property
    def total(self) -> int | None:
        """The sum of the three parts, None unless all are known."""
        low, high = self.bounds
        return low if low == high else None

    @property
    def words(self) -> tuple[str, ...]:
        """Of each part that is known its points and how they came about."""
        return tuple(
            f"{name} {part.points} ({part.how})"
            for name, part in self.parts.items()
            if part.points is not None
        )

    @property
    def needs(self) -> tuple[str, ...]:
        """What is missing for a total."""
        return tuple(part.how for part in self.parts.values() if part.points is None)


def points_of(bands: Bands, time_s: float) -> int:
    """The points for a time: never more for a longer one; 0 beyond the last band.

    >>> [points_of(course.bands, 4.05) for course in table.SPPB_COURSES]
    [3, 3, 4]
    """
    shown = round(time_s, bands.decimals)  # as the bands are printed
    return next((points for points, longest in bands.steps if shown <= longest), 0)


def sppb_parts(record: Record) -> Sppb:
    """The three parts of the battery from raw times; unable earns 0."""
    chair = _timed(record, "chair_stands_5_s", table.SPPB_CHAIR)
    parts = {"balance": _balance(record), "gait": _gait(record), "chair stands": chair}
    return Sppb(parts=parts)


def sppb(record: Record, facts: Facts) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """The battery, 0 to 12 points, from raw times or the total; the gait course is kept.

    With parts missing the points have bounds, if a stand was tried or two parts are known: chair
    stands alone are no battery. Refuses a total outside of the bounds.
    """
    del facts
    found, stated = sppb_parts(record), record.number("sppb_points")
    low, high = found.bounds
    if stated is not None and not low <= stated <= high:
        span = f"{low}" if low == high else f"{low} to {high}"
        raise InputError(
            f"sppb_points {stated:g} is not the sum of the parts, {span}.",
            why=f"Known are {', '.join(found.words)}." if low < high else "",
            mend="Leave one of them out.",
        )
    source = INSTRUMENT["sppb"].citation
    if stated is None and low < high:
        told = _begun(record)  # else gait and chair stands were done, but perhaps on their own
        if not told and len(found.words) < _MOSTLY_DONE:
            return (), ()
        reason = f"needs {' and '.join(found.needs)}; {low} to {high} points so far"
        bounds = (float(low), float(high))
        fact = Fact(key="sppb_points", reason=reason, source=source, bounds=bounds, told=told)
        return (fact,), ()
    if low < high:
        return (Fact(key="sppb_points", value=stated, source=f"{source}: given as a total"),), ()
    how = ", ".join(found.words)
    facts_of = [Fact(key="sppb_points", value=float(low), source=f"{source}: {how}")]
    course = record.number("gait_distance_m")
    if course is not None:
        facts_of.append(Fact(key="sppb_course_m", value=course, source="given"))
    return tuple(facts_of), ()


def _begun(record: Record) -> bool:
    """Whether a stand was tried, which belongs to the battery alone."""
    return any(key in record.entries for key in _STANDS)


def _balance(record: Record) -> Part:
    """0 to 4 points: each stand counts only if the easier ones were held for 10 s.

    A harder stand that was held proves the easier ones, which testers often leave out.
    """
    held = {key: 0.0 if record.unable(key) else record.number(key) for key in _STANDS}
    proven = False
    for key in reversed(_STANDS):
        time = held[key]
        if time is None and proven:
            held[key] = table.STAND_FULL_S
        proven = proven or (time is not None and time >= table.STAND_FULL_S)
    tried = (0.0, table.TANDEM_PART_S, table.STAND_FULL_S)
    ways = [
        _stood(*times)
        for times in product(*((time,) if time is not None else tried for time in held.values()))
    ]
    points = [way[0] for way in ways]
    if min(points) == max(points):
        return Part(low=points[0], high=points[0], how=ways[0][1])
    missing = next(key for key, time in held.items() if time is None)
    return Part(low=min(points), high=max(points), how=_STANDS[missing])


def _stood(side: float, semi: float, tandem: float) -> tuple[int, str]:
    """The points of three stands in s, and the stand that decides."""
    if side < table.STAND_FULL_S:
        return 0, f"side-by-side {side:g} s"
    if semi < table.STAND_FULL_S:
        return 1, f"semi-tandem {semi:g} s"
    extra = (tandem >= table.TANDEM_PART_S) + (tandem >= table.STAND_FULL_S)
    return 2 + extra, f"tandem {tandem:g} s"


def _gait(record: Record) -> Part:
    if record.unable("gait_time_s") or record.unable("gait_speed_m_s"):
        return Part(low=0, high=0, how="unable")
    course = record.number("gait_distance_m")
    if course is None:
        return _open("the length and time of the gait course")
    bands = next((c.bands for c in table.SPPB_COURSES if c.is_this(course)), None)
    if bands is None:
        known = " or ".join(table.SPPB_COURSE)
        return _open(f"a gait course of {known} (this one: {course:g} m)")
    part = _timed(record, "gait_time_s", bands)
    return part if part.points is None else replace(part, how=f"{part.how}, {bands.words}")


def _timed(record: Record, key: str, bands: Bands) -> Part:
    if record.unable(key):
        return Part(low=0, high=0, how="unable")
    time = record.number(key)
    if time is None:
        return _open(f"the time of the {bands.words}")
    points = points_of(bands, time)
    return Part(low=points, high=points, how=f"{time:g} s")


def _open(what: str) -> Part:
    return Part(low=0, high=_MOST, how=what)
