"""The group page's strips: a line of dots for each number and sex, with box and whiskers."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from myotome.cohort.review.standing import Standing
from myotome.cohort.review.state import Reviewed
from myotome.tables.cohort.standing import FAR_Z, SCORED, Scored
from myotome.write.report.cells import unit_words

WIDE, LEFT, RIGHT = 1000, 92, 24
LANE, TOP, AXIS = 44, 6, 22
MOST_LINKED = 2000
"""In a larger cohort the many dots between the whiskers are drawn as one path, without links."""
USUAL, FAR, EXCLUDED = "usual", "far", "excluded"
_SEXES = (("F", "women"), ("M", "men"), ("", "sex unknown"))
_WHISKER = 1.5
LEAST_BOXED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One study at x, y (px). ``kind`` is how it is drawn; ``href`` "" if it has no report."""

    x: float
    y: float
    kind: str
    study: str
    href: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The studies of one sex. ``box`` is quartile, median, quartile and ``whiskers`` the ends (px).

    Both are None for fewer than ``LEAST_BOXED`` studies.
    ``dots`` lead to reports; ``path`` holds the others of a large cohort. ``said`` are the same
    numbers in words.
    """

    words: str
    y: float
    dots: tuple[Dot, ...]
    path: str
    box: tuple[float, float, float] | None
    whiskers: tuple[float, float] | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One number over all studies. ``ticks`` are (x, text); ``missing`` have no such number."""

    words: str
    unit: str
    height: float
    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    missing: int

    @property
    def far(self) -> tuple[Dot, ...]:
        """The studies that lie far from the others, by their value."""
        found = (dot for lane in self.lanes for dot in lane.dots if dot.kind == FAR)
        return tuple(sorted(found, key=lambda dot: dot.x))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """From a value to px, evenly in logarithms where the row says so."""

    low: float
    high: float
    logarithm: bool

    def x(self, value: float) -> float:
        """Where a value lies, in px."""
        a, b, v = (self._bent(one) for one in (self.low, self.high, value))
        share = 0.5 if a == b else (v - a) / (b - a)
        return round(LEFT + share * (WIDE - LEFT - RIGHT), 1)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Round values along the axis with their text."""
        if self.high <= self.low:
            return ((self.x(self.low), f"{self.low:.4g}"),)
        step = _nice((self.high - self.low) / 8)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        found = [(self.x(n * step), f"{n * step:g}") for n in range(first, last + 1)]
        kept: list[tuple[float, str]] = []
        for x, text in found:  # in logarithms they crowd to the right
            if not kept or x - kept[-1][0] >= 40:
                kept.append((x, text))
        return tuple(kept)

    def _bent(self, value: float) -> float:
        return math.log(value) if self.logarithm else value


def strips(reviewed: Reviewed, href: Callable[[str], str]) -> tuple[Strip, ...]:
    """A strip for each scored number that any study has. ``href`` leads to a study's report."""
    made = (_strip(row, reviewed, href) for row in SCORED.values())
    return tuple(strip for strip in made if strip is not None)


def _strip(row: Scored, reviewed: Reviewed, href: Callable[[str], str]) -> Strip | None:
    having = [one for one in reviewed.standings if _drawable(row, one)]
    if not having:
        return None
    values = [one.values[row.key] for one in having]
    axis = _Axis(low=min(values), high=max(values), logarithm=row.logarithm)
    of_sex = [(words, [one for one in having if _sex(one) == sex]) for sex, words in _SEXES]
    present = [(words, own) for words, own in of_sex if own]
    lanes = []
    for number, (words, own) in enumerate(present):
        y = TOP + LANE * (number + 0.5)
        dots = [_dot(row, one, (axis.x(one.values[row.key]), y), reviewed, href) for one in own]
        lane_values = [one.values[row.key] for one in own]
        lanes.append(_lane((words, y), dots, lane_values, axis, linked=len(having) <= MOST_LINKED))
    return Strip(
        words=row.words,
        unit=unit_words(row.unit),
        height=TOP + LANE * len(present) + AXIS,
        lanes=tuple(lanes),
        ticks=axis.ticks(),
        missing=len(reviewed.standings) - len(having),
    )


def _drawable(row: Scored, one: Standing) -> bool:
    value = one.values.get(row.key)
    return value is not None and math.isfinite(value) and (value > 0 or not row.logarithm)


def _sex(one: Standing) -> str:
    return one.facts.sex if one.facts.sex in ("F", "M") else ""


def _dot(
    row: Scored,
    one: Standing,
    at: tuple[float, float],
    reviewed: Reviewed,
    href: Callable[[str], str],
) -> Dot:
    z = one.z.get(row.key)
    far = row.far and z is not None and abs(z) >= FAR_Z
    excluded = reviewed.decision(one.study).accepted is False
    told = "" if z is None else f", robust z {z:+.1f} among {one.among[row.key]}"
    said = f"{one.study}: {one.values[row.key]:.4g} {unit_words(row.unit)}{told}"
    # where it stands across its lane means nothing: the same in every strip and on every day
    jitter = int(hashlib.sha256(one.study.encode()).hexdigest()[:4], 16) / 0xFFFF - 0.5
    return Dot(
        x=at[0],
        y=round(at[1] + jitter * LANE * 0.62, 1),
        kind=EXCLUDED if excluded else FAR if far else USUAL,
        study=one.study,
        href=href(one.study),
        words=f"{said}{'; left out by a reviewer' if excluded else ''}",
    )


def _lane(
    at: tuple[str, float],
    dots: Sequence[Dot],
    values: Sequence[float],
    axis: _Axis,
    *,
    linked: bool,
) -> Lane:
    words, y = at
    low, middle, high = (float(v) for v in np.percentile(values, (25, 50, 75)))
    reach = _WHISKER * (high - low)
    inside = [value for value in values if low - reach <= value <= high + reach]
    ends = min(inside), max(inside)
    boxed = len(values) >= LEAST_BOXED
    alone = [dot.kind != USUAL or linked or _beyond(dot, ends, axis) for dot in dots]
    drawn = [dot for dot, one in zip(dots, alone, strict=True) if one]
    rest = [dot for dot, one in zip(dots, alone, strict=True) if not one]
    return Lane(
        words=words,
        y=y,
        dots=tuple(drawn),
        path=_path(rest),
        box=(axis.x(low), axis.x(middle), axis.x(high)) if boxed else None,
        whiskers=(axis.x(ends[0]), axis.x(ends[1])) if boxed else None,
        said=f"{words}: n {len(values)}, median {middle:.4g}, quartiles {low:.4g} to {high:.4g}",
    )


def _beyond(dot: Dot, ends: tuple[float, float], axis: _Axis) -> bool:
    return not axis.x(ends[0]) <= dot.x <= axis.x(ends[1])


def _path(dots: Iterable[Dot]) -> str:
    """Round dots without links, as the ends of strokes without length."""
    return "".join(f"M{dot.x:g} {dot.y:g}h0" for dot in dots)


def _nice(step: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= step * (1 - 1e-9))
