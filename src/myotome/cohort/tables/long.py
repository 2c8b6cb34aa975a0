"""One row per number, each with what is known of its study."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from myotome.cohort.tables.made import CODES, Made, quoted, store
from myotome.cohort.tables.numbers import asked, shown
from myotome.cohort.tables.people import chosen, counted, every_study, people
from myotome.cohort.tables.wanted import Wanted
from myotome.tables.cohort.columns import COHORT_TABLES, KEYS
from myotome.tables.cohort.wide import TROUBLE

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort

_KEYS = {column.key for column in KEYS}
NUMBERS = tuple(c for c in COHORT_TABLES["measurements"] if c.key not in _KEYS)
"""The columns of a number; those of its study stand before them."""
OF_STUDY = "study_"
"""Stands before what a study and a number both have: the reason of a failure, flags."""
_CLASHING = {column.key for column in NUMBERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """How rows are asked for: the people, the cells of a number, and which numbers."""

    people: str
    cells: str
    where: str

    def of(self, source: str) -> str:
        """The rows with a number, of all measurements or of a portion of them."""
        numbers = f"SELECT m.study, {self.cells} FROM {source} m WHERE {self.where}"
        return (
            f"SELECT p.*, m.* EXCLUDE (study) FROM ({numbers}) m JOIN {self.people} USING (study)"
        )

    @property
    def without(self) -> str:
        """A row for each study that has none of these numbers."""
        return (
            f"SELECT * FROM {self.people} "
            "ANTI JOIN (SELECT DISTINCT study FROM measurements m "
            f"WHERE {self.where}) USING (study)"
        )


def long(cohort: Cohort, wanted: Wanted) -> Made:
    """The long table; ``with_`` adds nothing, as all columns of a number are there.

    A value of which only a part was in view is empty unless it is asked for: its status says so.
    A study without any of these numbers is one row that has none. Rows are in no order, so that
    seven million of them need not be in memory at once.
    """
    rows, made = prepared(cohort, wanted)
    return replace(made, query=f"{rows.of('measurements')} UNION ALL BY NAME {rows.without}")


def prepared(cohort: Cohort, wanted: Wanted) -> tuple[Rows, Made]:
    """How to ask for the rows, and the table of those that have a number."""
    wanted.check(cohort)
    every = every_study(cohort)
    shown_rows = chosen(every, wanted)
    first, given = people(shown_rows, wanted, (column.key for column in NUMBERS))
    name = f"_long_{secrets.token_hex(4)}"
    store(cohort, name, first.columns, first.by_column)
    told = [f"p.{quoted(column)} AS {quoted(_named(column))}" for column, _ in first.columns]
    told += [f"f.{column.key} AS {_named(column.key)}" for column in TROUBLE if wanted.flags]
    flags = f" LEFT JOIN ({CODES}) f USING (study)" if wanted.flags else ""
    rows = Rows(
        people=f"(SELECT {', '.join(told)} FROM {name} p{flags}) p",
        cells=", ".join(f"{shown(column.key, wanted)} AS {column.key}" for column in NUMBERS),
        where=asked(wanted),
    )
    made = Made(
        query=rows.of("measurements"),
        studies=len(every),
        shown=len(shown_rows),
        excluded=counted(every),
        given=tuple(given),
    )
    return rows, made


def _named(column: str) -> str:
    """What a column of the study is called beside those of a number."""
    return f"{OF_STUDY}{column}" if column in _CLASHING else column
