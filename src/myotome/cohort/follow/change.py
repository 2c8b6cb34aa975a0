"""How a number changed between two studies, and whether such a change can be told from none."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from myotome.cohort.follow.taken import Number, Taken
from myotome.nouns.numbers.interval import Interval
from myotome.nouns.numbers.measurement import Status
from myotome.tables.cohort.following import (
    CONDITIONS,
    FOLLOWED,
    SAME_THICKNESS,
    TO_95,
    Comparable,
    Condition,
    Followed,
    Kind,
)
from myotome.tables.quantities.repeatability import (
    REPEATABILITY,
    SMALLEST_DIFFERENCE,
    Repeatability,
)

CALIBRATION = "our intervals against readers"
_SAME_KV = 1.0
_SLAB = "slab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A condition that is not the same, or not known to be. ``a`` and ``b`` are "" if unknown."""

    condition: Condition
    a: str
    b: str

    @property
    def known(self) -> bool:
        """Whether it is known of both."""
        return bool(self.a and self.b)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What a reader's change may lie between, in the number's unit.

    ``low`` to ``high`` holds however the errors of the two studies hang together (80 %), and
    ``low_90`` to ``high_90`` only if they were independent (``tables.cohort.following``).
    """

    low: float
    high: float
    low_90: float
    high_90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """The least significant change, in the number's unit, and what it rests on."""

    value: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One number in both studies. ``change`` is later less earlier, None unless ``comparable``.

    ``percent`` is of the earlier; ``beyond`` says whether the change is larger than ``least``
    (None: nobody knows). ``reasons`` say why a comparison is doubtful, or not made at all.
    """

    row: Followed
    a: Number
    b: Number
    comparable: Comparable
    reasons: tuple[str, ...]
    change: float | None = None
    percent: float | None = None
    range: Range | None = None
    least: Least | None = None
    beyond: bool | None = None


def differences(a: Taken, b: Taken) -> tuple[Difference, ...]:
    """The conditions of which the studies do not say the same."""
    found = (
        Difference(condition=row, a=a.conditions.get(key, ""), b=b.conditions.get(key, ""))
        for key, row in CONDITIONS.items()
    )
    return tuple(one for one in found if not _alike(one, a, b))


def _alike(one: Difference, a: Taken, b: Taken) -> bool:
    if one.condition.key == "slice_mm" and a.slice_mm and b.slice_mm:
        return max(a.slice_mm, b.slice_mm) <= SAME_THICKNESS * min(a.slice_mm, b.slice_mm)
    if one.condition.key == "kvp" and a.kvp and b.kvp:
        return abs(a.kvp - b.kvp) < _SAME_KV
    return one.known and one.a == one.b


def changes(a: Taken, b: Taken) -> tuple[Change, ...]:
    """Every followed number that either study has, from ``a`` (earlier) to ``b`` (later)."""
    unlike = differences(a, b)
    rows = [row for row in FOLLOWED.values() if row.place in {**a.numbers, **b.numbers}]
    return tuple(_change(row, unlike, a, b) for row in rows)


_NONE = Number(value=None, unit="", status=Status.NOT_MEASURABLE, reason="it was not measured")


def _change(row: Followed, unlike: tuple[Difference, ...], a: Taken, b: Taken) -> Change:
    pair = a.numbers.get(row.place, _NONE), b.numbers.get(row.place, _NONE)
    told = [*_of_values(pair), *_of_conditions(row.kind, unlike), *_of_levels(row, a, b)]
    worst = max((verdict for verdict, _ in told), key=_ORDER.index, default=Comparable.YES)
    # doubts need no telling where nothing is compared
    reasons = tuple(dict.fromkeys(words for verdict, words in told if verdict is worst))
    first, second = pair
    if worst is Comparable.NO or first.value is None or second.value is None:
        return Change(row=row, a=first, b=second, comparable=Comparable.NO, reasons=reasons)
    change = second.value - first.value
    share = first.value > 0 and row.kind is not Kind.ATTENUATION  # the zero of HU means nothing
    least = least_of(row, pair, same_kv=_same_kv(a, b))
    return Change(
        row=row,
        a=first,
        b=second,
        comparable=worst,
        reasons=reasons,
        change=change,
        percent=100 * change / first.value if share else None,
        range=range_of((first.value, first.interval), (second.value, second.interval)),
        least=least,
        beyond=None if least is None else abs(change) > least.value,
    )


_ORDER = (Comparable.YES, Comparable.DOUBTFUL, Comparable.NO)


def _same_kv(a: Taken, b: Taken) -> bool:
    return a.kvp is not None and b.kvp is not None and abs(a.kvp - b.kvp) < _SAME_KV


def _of_values(pair: tuple[Number, Number]) -> Iterator[tuple[Comparable, str]]:
    for name, number in zip(("earlier", "later"), pair, strict=True):
        if number.status is Status.MEASURED:
            continue
        how = "in part only" if number.status is Status.PARTIAL else "not at all"
        why = f": {number.reason}" if number.reason else ""
        yield Comparable.NO, f"in the {name} study it was measured {how}{why}"


def _of_conditions(kind: Kind, unlike: tuple[Difference, ...]) -> Iterator[tuple[Comparable, str]]:
    for one in unlike:
        verdict = one.condition.verdict(kind)
        if verdict is Comparable.YES:
            continue
        if one.known:
            yield verdict, f"{one.condition.words}: {one.a} and {one.b}; {one.condition.why}"
        elif one.condition.unknown:
            yield Comparable.DOUBTFUL, f"{one.condition.words} not known of both"


def _of_levels(row: Followed, a: Taken, b: Taken) -> Iterator[tuple[Comparable, str]]:
    if row.place[3] == _SLAB:
        return
    for name, study in (("earlier", a), ("later", b)):
        if study.level_doubts:
            codes = ", ".join(study.level_doubts)
            yield Comparable.DOUBTFUL, f"the levels of the {name} study are in doubt ({codes})"


def range_of(a: tuple[float, Interval | None], b: tuple[float, Interval | None]) -> Range | None:
    """What a reader's change may lie between; None where one of them has no interval.

    >>> from myotome.nouns.numbers.interval import HalfWidth
    >>> wide = HalfWidth(q80=0.1, q90=0.2, n=14)
    >>> found = range_of((100.0, wide.around(100.0, 1)), (90.0, wide.around(90.0, 1)))
    >>> round(found.low, 1), round(found.high, 1)  # 90/1.221 - 100*1.221, 90*1.221 - 100/1.221
    (-48.5, 28.1)
    >>> round(found.low_90, 1), round(found.high_90, 1)
    (-32.2, 19.4)
    """
    (first, of_first), (second, of_second) = a, b
    if of_first is None or of_second is None:
        return None
    half = _half(first, of_first, second, of_second)
    ratio = second / first
    return Range(
        low=of_second.low_90 - of_first.high_90,
        high=of_second.high_90 - of_first.low_90,
        low_90=first * (ratio * math.exp(-half) - 1),
        high_90=first * (ratio * math.exp(half) - 1),
    )


def _half(first: float, of_first: Interval, second: float, of_second: Interval) -> float:
    """Half width of the logarithm of the ratio, were the two errors independent."""
    return math.hypot(math.log(of_first.high_90 / first), math.log(of_second.high_90 / second))


def least_of(row: Followed, pair: tuple[Number, Number], *, same_kv: bool) -> Least | None:
    """The larger of all that is known of how far repeats lie apart; None if nothing is.

    What was published for another tube voltage is taken unless the same one is known of both.
    """
    found = [*_published(row, pair, same_kv=same_kv), *_calibrated(pair)]
    return max(found, key=lambda least: least.value, default=None)


def _published(row: Followed, pair: tuple[Number, Number], *, same_kv: bool) -> Iterator[Least]:
    wanted = [
        one
        for one in REPEATABILITY
        if (one.quantity, one.structure) == row.place[:2] and one.same_kv in (None, same_kv)
    ]
    for one in wanted:
        yield Least(value=_in_unit(one, pair), source=f"{one.source} ({one.setting})")


def _in_unit(one: Repeatability, pair: tuple[Number, Number]) -> float:
    if one.statistic == SMALLEST_DIFFERENCE:
        return one.spread
    middle = sum(number.value or 0.0 for number in pair) / 2
    return TO_95 * one.spread / 100 * abs(middle)


def _calibrated(pair: tuple[Number, Number]) -> Iterator[Least]:
    first, second = pair
    if first.value is None or second.value is None or first.value <= 0 or second.value <= 0:
        return
    if first.interval is not None and second.interval is not None:
        half = _half(first.value, first.interval, second.value, second.interval)
        n = min(first.interval.n, second.interval.n)
        yield Least(value=first.value * math.expm1(half), source=f"{CALIBRATION} (n {n})")
