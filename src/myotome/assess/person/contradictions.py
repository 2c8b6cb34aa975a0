"""Facts of one person held against each other; what cannot be true at once is refused."""

from __future__ import annotations

from collections.abc import Iterator

from myotome.assess.person.facts import Facts, value_words
from myotome.errors import InputError
from myotome.tables.person.contradictions import (
    AT_MOST,
    EXCLUDES,
    MEANS,
    REMAINDERS,
    AtMost,
    Exclude,
    Mean,
    Remainder,
)
from myotome.tables.person.facts import FACT
from myotome.tables.quantities.hu_windows import WINDOW

_ABOUT_HU = 1.0


def refuse_contradictions(facts: Facts) -> None:
    """Refuse (InputError) facts of ``tables.person.contradictions`` that exclude each other.

    Numbers that one scan gave are left alone: it measured them together.
    """
    found = [
        *(words for row in AT_MOST for words in _too_much(row, facts)),
        *(words for row in REMAINDERS for words in _no_sum(row, facts)),
        *(words for row in MEANS for words in _other_mean(row, facts)),
        *(words for row in EXCLUDES for words in _excluded(row, facts)),
    ]
    if found:
        raise InputError(
            f"{' '.join(dict.fromkeys(found))}",
            mend="Correct what is wrong, or leave one of them out.",
        )


def _too_much(row: AtMost, facts: Facts) -> Iterator[str]:
    parts = [key for key in row.parts if facts.number(key) is not None]
    whole = facts.number(row.whole)
    less = facts.number(row.less_pct) if row.less_pct else 0.0
    if not parts or whole is None or less is None or _of_scan((*parts, row.whole), facts):
        return
    total = sum(facts.number(key) or 0.0 for key in parts)
    if total > row.share * whole * (1 - less / 100):
        told = [*parts, row.whole, *([row.less_pct] if row.less_pct else [])]
        yield _sentence(told, facts, row.words)


def _no_sum(row: Remainder, facts: Facts) -> Iterator[str]:
    part, whole, pct = (facts.number(key) for key in (row.part, row.whole, row.pct))
    if part is None or whole is None or pct is None:
        return
    if abs(part - whole * (1 - pct / 100)) > row.within * whole:
        yield _sentence((row.part, row.whole, row.pct), facts, row.words)


def _other_mean(row: Mean, facts: Facts) -> Iterator[str]:
    mean, whole = facts.number(row.mean), facts.number(row.whole)
    keys = [key for key, _ in row.areas]
    areas = [facts.number(key) for key in keys]
    if areas.count(None) == 1 and whole is not None:
        known = next(area for area in areas if area is not None)
        areas = [max(0.0, whole - known) if area is None else area for area in areas]
    if mean is None or None in areas or _of_scan((*keys, row.mean, row.whole), facts):
        return
    weighed = [
        (area or 0.0, WINDOW[window]) for area, (_, window) in zip(areas, row.areas, strict=True)
    ]
    total = sum(area for area, _ in weighed)
    low = sum(area * window.low_hu for area, window in weighed)
    high = sum(area * window.high_hu for area, window in weighed)
    if total and not low / total - _ABOUT_HU <= mean <= high / total + _ABOUT_HU:
        told = [key for key in (*keys, row.whole, row.mean) if facts.number(key) is not None]
        yield _sentence(told, facts, row.words)


def _excluded(row: Exclude, facts: Facts) -> Iterator[str]:
    fact = facts[row.fact]
    said = fact.unable if row.word == "unable" else fact.value == row.word
    other = facts[row.other].value
    if said and (other == row.other_word if row.other_word else other is not None):
        yield _sentence((row.fact, row.other), facts, row.words)


def _of_scan(keys: tuple[str, ...], facts: Facts) -> bool:
    return all(facts[key].by_scan for key in keys)


def _sentence(keys: tuple[str, ...] | list[str], facts: Facts, words: str) -> str:
    """``asm_kg 45 (DXA) and weight_kg 40 (given) exclude each other: ...``."""
    return f"{' and '.join(_told(key, facts) for key in keys)} exclude each other: {words}."


def _told(key: str, facts: Facts) -> str:
    fact = facts[key]
    value = "unable" if fact.value is None else value_words(key, fact.value)
    unit = FACT[key].unit
    shown = f"{FACT[key].words} {value} {unit}".strip()
    return f"{shown} ({fact.source})" if fact.source and fact.source != "given" else shown
