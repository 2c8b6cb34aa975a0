"""Parts of the people: by sex, by age group, over an age."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from myotome.stats.table.columns import AGE, SEX
from myotome.tables.vu2024.masses import AGE_GROUPS

if TYPE_CHECKING:
    from pandas import DataFrame

SEXES = {"F": "women", "M": "men"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeGroup:
    """Completed years ``low`` to ``high``, both included."""

    low: int
    high: int

    @property
    def words(self) -> str:
        """``41 to 50``."""
        return f"{self.low} to {self.high}"

    def of(self, rows: DataFrame) -> DataFrame:
        """The people of the group; an age of 40.5 years is 40 completed."""
        return rows[(rows[AGE] >= self.low) & (rows[AGE] < self.high + 1)]


GROUPS = tuple(AgeGroup(low=low, high=high) for low, high in AGE_GROUPS)
"""Those of Vu et al. 2024, table 3."""


def by_sex(rows: DataFrame) -> Iterator[tuple[str, DataFrame]]:
    """Women, then men; a sex without people is left out."""
    for sex in SEXES:
        own = rows[rows[SEX] == sex]
        if len(own):
            yield sex, own
