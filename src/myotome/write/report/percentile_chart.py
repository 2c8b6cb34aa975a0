"""One value on the published curve of one reference, as coordinates for a small inline SVG."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from myotome.nouns.numbers.assessment import CurvePoint, ReferencePlace
from myotome.tables.outputs.wording import OLDEST_AGE_SHOWN_YEARS
from myotome.write.report.cells import exact, number

_WIDE, _HIGH = 300.0, 176.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 42.0, 34.0, 12.0, 32.0
_TICK_YEARS = 20
_MARGIN_YEARS = 2
_OPEN_YEARS = 15
_LETTER = 10.0
_ABOVE, _BELOW = -10.0, 19.0
_LIMIT_NAMES = {"p5": "5th", "low": "low"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One published group: x from and to, y of its numbers; ``unstable`` is drawn dashed.

    ``high`` and ``middle`` are None where the reference gives a low limit only.
    """

    x_from: float
    x_to: float
    low: float
    middle: float | None
    high: float | None
    unstable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentileChart:
    """Everything the SVG template draws; positions in SVG units."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    steps: tuple[Step, ...]
    names: tuple[tuple[float, str], ...]
    dot: tuple[float, float]
    dot_text: str
    text_y: float
    label: str


def percentile_chart(found: ReferencePlace, age: float | str | None) -> PercentileChart | None:
    """Age to the right, the value upwards, one reference alone; None without an age or a curve.

    Groups are drawn as the steps they were published as, nothing is smoothed between them. An
    age that is only known as "90+" stands at 90.
    """
    years = _years(age)
    if years is None or not found.curve:
        return None
    first = min(*(p.age_from for p in found.curve), years)
    last = max(*(_end(p, years) for p in found.curve), years)
    ticks = _y_ticks(found)
    low, high = ticks[0], ticks[-1]

    def x(at: float) -> float:
        span = last - first + 2 * _MARGIN_YEARS
        share = (at - first + _MARGIN_YEARS) / span
        return round(_LEFT + share * (_WIDE - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(_TOP + (high - value) / (high - low) * (_HIGH - _TOP - _BOTTOM), 1)

    dot = (x(years), y(found.value))
    return PercentileChart(
        width=_WIDE,
        height=_HIGH,
        left=_LEFT,
        right=_WIDE - _RIGHT,
        top=_TOP,
        bottom=_HIGH - _BOTTOM,
        x_ticks=tuple((x(a), str(a)) for a in range(0, int(last) + 1, _TICK_YEARS) if a >= first),
        y_ticks=tuple((y(value), exact(value)) for value in ticks),
        steps=tuple(
            _step(point, x(point.age_from), x(_end(point, years)), y) for point in found.curve
        ),
        names=_names(found, y),
        dot=dot,
        dot_text=number(found.value, found.unit),
        text_y=round(dot[1] + (_ABOVE if dot[1] > _TOP - _ABOVE else _BELOW), 1),
        label=f"{found.words} against {found.name}: {found.said}",
    )


def _years(age: float | str | None) -> float | None:
    if isinstance(age, str):
        return float(OLDEST_AGE_SHOWN_YEARS) if age == f"{OLDEST_AGE_SHOWN_YEARS}+" else None
    return None if age is None else min(age, float(OLDEST_AGE_SHOWN_YEARS))


def _end(point: CurvePoint, years: float) -> float:
    """The first year after a group; an open one is drawn 15 years long, or up to the person."""
    if point.age_to is not None:
        return point.age_to + 1
    return max(point.age_from + _OPEN_YEARS, years + 1)


def _step(point: CurvePoint, x_from: float, x_to: float, y: Callable[[float], float]) -> Step:
    return Step(
        x_from=x_from,
        x_to=x_to,
        low=y(point.low),
        middle=None if point.middle is None else y(point.middle),
        high=None if point.high is None else y(point.high),
        unstable=point.unstable,
    )


def _names(found: ReferencePlace, y: Callable[[float], float]) -> tuple[tuple[float, str], ...]:
    """What the lines are, at the right end of the last group."""
    last = max(found.curve, key=lambda p: p.age_from)
    if last.middle is None or last.high is None:
        return ((y(last.low), _LIMIT_NAMES.get(found.statistic, found.statistic)),)
    middle = y(last.middle)
    return (
        (min(y(last.high), middle - _LETTER), "95th"),
        (middle, "50th" if found.statistic == "lms" else "mean"),
        (max(y(last.low), middle + _LETTER), "5th"),
    )


def _y_ticks(found: ReferencePlace) -> list[float]:
    """Three to six round numbers that hold the whole curve and the value."""
    numbers = [found.value]
    for point in found.curve:
        numbers += [n for n in (point.low, point.middle, point.high) if n is not None]
    low, high = min(numbers), max(numbers)
    room = max(high - low, abs(high) * 0.1, 1e-6)
    step = _nice(room * 1.1 / 4)
    first = math.floor((low - room * 0.05) / step)
    last = math.ceil((high + room * 0.05) / step)
    return [n * step for n in range(first, last + 1)]


def _nice(step: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= step * (1 - 1e-9))
