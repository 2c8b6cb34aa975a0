"""A table of a cohort as it is kept, of all studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myotome.cohort.tables.made import Made
from myotome.cohort.tables.people import counted, every_study
from myotome.cohort.tables.wanted import require_known
from myotome.tables.cohort.columns import COHORT_TABLES

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort

NUMBERS = "numbers"
"""What the wide and the long table are of."""


def kept(cohort: Cohort, table: str) -> Made:
    """The rows of one table of every study, failed ones too. Refuses (InputError) other names."""
    require_known("table of a cohort", (table,), (NUMBERS, *COHORT_TABLES))
    every = every_study(cohort)
    columns = ", ".join(column.key for column in COHORT_TABLES[table.lower()])
    return Made(
        query=f'SELECT {columns} FROM "{table.lower()}" ORDER BY study',
        studies=len(every),
        shown=len(every),
        excluded=counted(every),
        given=(),
    )
