"""What is known of one person and one scan, each with its source, or the reason why not.

The contract between the instruments and the measurements (which fill facts) and the rules
(which only read them)::

    facts = Facts.of(sex="M", age_years=71, grip_kg=24.0, source="given")
    facts = facts.plus(Fact(key="l3_smi_cm2_m2", value=41.2, source="CT, mean of 3 slices"))
    facts = facts.plus(missing("asm_kg", "no DXA or BIA given"))
    facts = facts.plus(Fact(key="chair_stands_5_s", unable=True, source="given"))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from myotome.errors import InputError
from myotome.nouns.numbers.assessment import ToldFact
from myotome.tables.outputs import digits
from myotome.tables.outputs.wording import OLDEST_AGE_SHOWN_YEARS
from myotome.tables.person.facts import FACT, FACT_KEYS, FactKey

Value = float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact. ``key`` is a row of ``tables.person.facts``, which gives the unit.

    ``value`` is a number, one of the row's words, or None; then ``reason`` says why, or
    ``unable`` that the person tried and could not do the test. ``told`` is False where it is
    missing because nobody said anything; ``by_scan`` is True for what a CT was looked at for.
    ``bounds`` are the least and the most that a missing number can still be, both included, where
    a part of it is known. ``window_hu`` are the inclusive HU that a number of a CT was counted in,
    None where nobody says. Refuses an unknown key, a word that is not of the row, NaN and infinity.
    """

    key: str
    value: Value | None = None
    source: str = ""
    reason: str = ""
    unable: bool = False
    told: bool = True
    by_scan: bool = False
    bounds: tuple[float, float] | None = None
    window_hu: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        row = _row(self.key)
        if self.bounds is not None and (self.value is not None or self.unable):
            raise ValueError(f"{self.key}: bounds are for a number that is missing")
        if self.value is None:
            if not (self.reason or self.unable):
                raise ValueError(f"{self.key}: a missing value needs a reason")
            if self.unable and not row.can_fail:
                raise ValueError(f"{self.key}: is not a test that one can be unable to do")
        elif self.unable:
            raise ValueError(f"{self.key}: a value and unable to do it exclude each other")
        else:
            _check(row, self.value)

    @property
    def unit(self) -> str:
        """The unit of the row, "" for words and counts."""
        return FACT[self.key].unit

    @property
    def words(self) -> str:
        """The fact for people: ``grip strength 24 kg``."""
        row = FACT[self.key]
        if self.unable:
            return f"{row.words}: unable"
        if self.value is None:
            return f"{row.words}: unknown ({self.reason})"
        return f"{row.words} {value_words(self.key, self.value)} {row.unit}".strip()


def shown_value(key: str, value: Value | None) -> Value | None:
    """A value as it may leave the program: an age from 90 on is "90+"."""
    oldest = OLDEST_AGE_SHOWN_YEARS
    if key == "age_years" and isinstance(value, float | int) and value >= oldest:
        return f"{oldest}+"
    return value


def value_words(
    key: str, value: Value, fits: Callable[[float], bool] = lambda _: True, at_least: int = 0
) -> str:
    """In words: ``24.5``, ``90+``; ``fits`` and ``at_least`` as in ``tables.outputs.digits``."""
    shown = shown_value(key, value)
    if not isinstance(shown, float | int):
        return str(shown)
    return digits.shown(shown, FACT[key].unit, fits=fits, at_least=at_least)


def missing(key: str, reason: str) -> Fact:
    """A fact that is not known, and why."""
    return Fact(key=key, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known: at most one fact per key, and the validity flags.

    ``flags`` are codes of ``tables.person.fact_flags`` that forbid or weaken what the scan says.
    """

    by_key: Mapping[str, Fact] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", MappingProxyType(dict(self.by_key)))

    @staticmethod
    def of(*, source: str = "given", flags: Iterable[str] = (), **values: Value | None) -> Facts:
        """Facts from keywords; None becomes "not given"."""
        facts = (
            _not_given(key) if v is None else Fact(key=key, value=v, source=source)
            for key, v in values.items()
        )
        return Facts(by_key={fact.key: fact for fact in facts}, flags=frozenset(flags))

    def plus(self, *facts: Fact, flags: Iterable[str] = ()) -> Facts:
        """These facts with others added; a later fact replaces an earlier one of its key."""
        by_key = {**self.by_key, **{fact.key: fact for fact in facts}}
        return Facts(by_key=by_key, flags=self.flags | frozenset(flags))

    def __getitem__(self, key: str) -> Fact:
        """The fact, or a missing one ("not given"); refuses an unknown key."""
        return self.by_key.get(key) or _not_given(key)

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.by_key.values())

    def number(self, key: str) -> float | None:
        """The number behind a key, None where it is missing or not a number."""
        value = self[key].value
        return None if isinstance(value, str) else value

    def interval(self, key: str) -> tuple[float, float] | None:
        """The least and the most that a number is known to be; None where nothing is known."""
        value = self.number(key)
        return self[key].bounds if value is None else (value, value)

    def word(self, key: str) -> str | None:
        """The word behind a key, None where it is missing."""
        value = self[key].value
        return value if isinstance(value, str) else None


def told(facts: Facts) -> tuple[ToldFact, ...]:
    """The facts as they may leave the program, in the order of the table, with their words."""
    known = [(row, facts.by_key[row.key]) for row in FACT_KEYS if row.key in facts.by_key]
    return tuple(
        ToldFact(
            key=row.key,
            words=row.words,
            value=shown_value(row.key, fact.value),
            unit=row.unit,
            source=fact.source,
            reason=fact.reason,
            unable=fact.unable,
        )
        for row, fact in known
    )


@cache
def _not_given(key: str) -> Fact:
    return Fact(key=key, reason="not given", told=False)


def _row(key: str) -> FactKey:
    if key not in FACT:
        raise InputError(
            f'"{key}" is not a known fact.', mend=f"Known are: {', '.join(sorted(FACT))}."
        )
    return FACT[key]


def _check(row: FactKey, value: Value) -> None:
    if row.kind == "number":
        if isinstance(value, (str, bool)) or not math.isfinite(value):
            raise InputError(f"{row.key}: {value!r} is not a number.", mend="Leave it out instead.")
    elif value not in row.choices:
        raise InputError(f'{row.key}: "{value}" is not one of {", ".join(row.choices)}.')
