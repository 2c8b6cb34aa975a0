"""Which rows statistics of people leave out, and why: one row per rule, none in silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from myotome.stats.table.columns import ACCEPTED, AGE, SEX, SUBJECT, TRAINING, WHY

if TYPE_CHECKING:
    from pandas import DataFrame

Marks = Any
"""A boolean column: the rows that a rule leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """How many rows a rule left out. A row is counted by the first rule that meets it."""

    rule: str
    words: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One reason to leave rows out; ``meets`` marks them in a frame of what is left."""

    key: str
    words: str
    meets: Callable[[DataFrame], Marks]


def _none(rows: DataFrame) -> Marks:
    return rows.index < 0


def _said(column: str, value: bool) -> Callable[[DataFrame], Marks]:
    return lambda rows: (rows[column] == value) if column in rows else _none(rows)


def _named(rows: DataFrame) -> Marks:
    return rows[WHY].notna() if WHY in rows else _none(rows)


def _again(rows: DataFrame) -> Marks:
    """Later studies of a subject. Rows without a subject are a person each."""
    if SUBJECT not in rows:
        return _none(rows)
    return rows[SUBJECT].notna() & rows[SUBJECT].duplicated(keep="first")


RULES: tuple[Rule, ...] = (
    Rule(
        key="training",
        words="the subject trained the network that measured it",
        meets=_said(TRAINING, True),
    ),
    Rule(key="not_accepted", words="a reviewer did not accept it", meets=_said(ACCEPTED, False)),
    Rule(key="excluded", words='column "excluded_why" gives a reason', meets=_named),
    Rule(
        key="sex_missing", words="sex is not given as F or M", meets=lambda rows: rows[SEX].isna()
    ),
    Rule(key="age_missing", words="age is not given", meets=lambda rows: rows[AGE].isna()),
    Rule(
        key="repeated_subject",
        words="a later study of a subject: the first usable one in the table counts",
        meets=_again,
    ),
)
"""In this order: a subject's first study is chosen among those that may be used."""


def apply(rows: DataFrame) -> tuple[DataFrame, tuple[Excluded, ...]]:
    """What is left of ``rows``, and the count of every rule, also where it is 0.

    ``rows`` has columns sex and age_years, missing as None or NaN; training and accepted are
    True, False or None.
    """
    import pandas as pd

    counts = []
    for rule in RULES:
        met = pd.Series(rule.meets(rows), index=rows.index).fillna(False).astype(bool)
        counts.append(Excluded(rule=rule.key, words=rule.words, rows=int(met.sum())))
        rows = rows[~met]
    return rows.reset_index(drop=True), tuple(counts)
