"""Every person of a table judged by every cut-off that its columns allow, by assess' own rules."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from myotome.assess.person.facts import Fact, Facts
from myotome.assess.rules.cutoffs import judge
from myotome.assess.rules.limits import choose
from myotome.assess.rules.population import age_blocks
from myotome.assess.rules.verdict import Truth
from myotome.errors import InputError
from myotome.tables.citable.cutoff import CutOff
from myotome.tables.citable.cutoffs import CUTOFFS, TOPICS
from myotome.tables.citable.references import MASS
from myotome.tables.citable.targets import target_of
from myotome.tables.person.facts import FACT

if TYPE_CHECKING:
    from pandas import DataFrame

YES, NO, UNKNOWN = 1, 0, -1
_CODE = {Truth.YES: YES, Truth.NO: NO, Truth.UNKNOWN: UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One cut-off on all people: ``answers`` are 1 low, 0 not, -1 not applicable.

    ``reasons`` counts why it does not apply, the commonest first.
    """

    cutoff: CutOff
    answers: NDArray[np.int8]
    reasons: tuple[tuple[str, int], ...]

    @property
    def applicable(self) -> NDArray[np.bool_]:
        """The people that it gives an answer on."""
        return np.asarray(self.answers != UNKNOWN)


def judge_people(rows: DataFrame, topics: tuple[str, ...] = ()) -> tuple[Judgement, ...]:
    """The judgements of all cut-offs of ``topics`` (none: of all) whose quantity is in ``rows``.

    Refuses (InputError) an unknown topic, and a table that no cut-off is about.
    """
    unknown = [topic for topic in topics if topic not in TOPICS]
    if unknown:
        raise InputError("That is no topic.", mend=f"Topics are: {', '.join(TOPICS)}.")
    columns = fact_columns(rows)
    chosen = [
        cut
        for cut in CUTOFFS
        if cut.fact in columns.values() and (not topics or cut.topic in topics)
    ]
    if not chosen:
        raise InputError(
            "No published cut-off is about a quantity of this table.",
            mend="It needs columns such as skeletal_muscle_index_l3_cm2_per_m2.",
        )
    answers = np.full((len(chosen), len(rows)), UNKNOWN, dtype=np.int8)
    reasons: list[Counter[str]] = [Counter() for _ in chosen]
    for person, facts in enumerate(_people(rows, columns)):
        for place, cut in enumerate(chosen):
            verdict = judge(cut, facts)
            answers[place, person] = _CODE[verdict.truth]
            if verdict.truth is Truth.UNKNOWN:
                reasons[place][_why_not(cut, facts)] += 1
    return tuple(
        Judgement(cutoff=cut, answers=answers[k], reasons=tuple(reasons[k].most_common()))
        for k, cut in enumerate(chosen)
    )


def _why_not(cut: CutOff, facts: Facts) -> str:
    """The kind of reason, without anybody's numbers."""
    if facts[cut.fact].value is None:
        return f"{FACT[cut.fact].words} not given"
    if age_blocks(cut.citation, facts):
        return "not meant for this age"
    if choose(cut, facts).blocks:
        return "no published number for this age, BMI or method"
    if cut.withheld:
        return "listed, but not applied"
    return "contrast phase or tube voltage not given or another, or a condition forbids it"


def fact_columns(rows: DataFrame) -> dict[str, str]:
    """The columns that are facts, with the key of each; a scan's own column goes first."""
    found: dict[str, str] = {}
    for column in map(str, rows.columns):
        key = column if column in FACT else target_of(column)
        if key and not key.startswith(MASS) and (key not in found.values() or column != key):
            found = {c: k for c, k in found.items() if k != key} | {column: key}
    return found


def _people(rows: DataFrame, columns: Mapping[str, str]) -> Iterator[Facts]:
    for row in rows[list(columns)].itertuples(index=False, name=None):
        known = (
            Fact(key=key, value=value, source="table")
            for key, value in zip(columns.values(), map(_value, row), strict=True)
            if value is not None and _fits(key, value)
        )
        yield Facts(by_key={fact.key: fact for fact in known})


def _value(cell: Any) -> float | str | None:
    if cell is None or isinstance(cell, str):
        return cell or None
    return float(cell) if math.isfinite(cell) else None


def _fits(key: str, value: float | str) -> bool:
    """Whether a cell may be a fact of its key; other words are as good as none."""
    row = FACT[key]
    return isinstance(value, float) if row.kind == "number" else value in row.choices
