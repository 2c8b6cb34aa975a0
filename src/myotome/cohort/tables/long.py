"""One row per number, each with what is known of its study."""

from __future__ import annotations

import secrets
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
"""Stands before the flags of the whole study, as a number has flags of its own."""


def long(cohort: Cohort, wanted: Wanted) -> Made:
    """The long table; ``with_`` adds nothing, as all columns of a number are there.

    A value of which only a part was in view is empty unless it is asked for: its status says so.
    A failed study, if asked for, is one row without a number.
    """
    wanted.check(cohort)
    every = every_study(cohort)
    rows = chosen(every, wanted)
    first, given = people(rows, wanted, (column.key for column in NUMBERS))
    name = f"_long_{secrets.token_hex(4)}"
    store(cohort, name, first.columns, first.by_column)
    told = [f"p.{quoted(column)}" for column, _ in first.columns]
    told += [f"f.flags AS {OF_STUDY}{column.key}" for column in TROUBLE if wanted.flags]
    told += [f"m.{column.key}" for column in NUMBERS]
    cells = ", ".join(f"{shown(column.key, wanted)} AS {column.key}" for column in NUMBERS)
    flags = f"LEFT JOIN ({CODES}) f USING (study)" if wanted.flags else ""
    numbers = f"SELECT m.study, {cells} FROM measurements m WHERE {asked(wanted)}"
    order = "quantity, structure, side, level"
    query = (
        f"SELECT {', '.join(told)} FROM {name} p LEFT JOIN ({numbers}) m USING (study) {flags} "
        f"ORDER BY p.rowid, {order}"
    )
    return Made(
        query=query,
        studies=len(every),
        shown=len(rows),
        excluded=counted(every),
        given=tuple(given),
    )
