"""One row per study: every number in a column of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from myotome.cohort.tables.made import CODES, Made, quoted, store
from myotome.cohort.tables.numbers import PLACE, Number, numbers_of, shown
from myotome.cohort.tables.people import chosen, counted, every_study, people
from myotome.cohort.tables.wanted import Wanted
from myotome.tables.outputs.columns import MEASUREMENT

if TYPE_CHECKING:
    from pandas import DataFrame

    from myotome.cohort.store.opened import Cohort


def wide(cohort: Cohort, wanted: Wanted) -> Made:
    """The wide table. It lives in the memory of the cohort's connection until that is closed."""
    numbers = numbers_of(cohort, wanted)
    columns = list(dict.fromkeys(number.column for number in numbers))
    every = every_study(cohort)
    rows = chosen(every, wanted)
    beside = [f"{name}_{extra}" for name in columns for extra in wanted.with_]
    first, given = people(rows, wanted, (*columns, *beside))
    name = f"_wide_{secrets.token_hex(4)}"
    _fill(cohort, name, numbers, wanted)
    store(cohort, f"{name}_people", first.columns, first.by_column)
    cells = [f"p.{quoted(column)}" for column, _ in first.columns]
    cells += ["f.flags"] if wanted.flags else []
    cells += _told(columns, wanted)
    flags = f"LEFT JOIN ({CODES}) f USING (study)" if wanted.flags else ""
    query = (
        f"SELECT {', '.join(cells)} FROM {name}_people p LEFT JOIN {name} w USING (study) {flags} "
        "ORDER BY p.rowid"
    )
    return Made(
        query=query,
        studies=len(every),
        shown=len(rows),
        excluded=counted(every),
        given=tuple(given),
        numbers=numbers,
    )


def _told(columns: Sequence[str], wanted: Wanted) -> Iterator[str]:
    """The cells of the numbers, under the names that people know."""
    for number, column in enumerate(columns):
        yield f'w."{number}_value" AS {quoted(column)}'
        for extra in wanted.with_:
            yield f'w."{number}_{extra}" AS {quoted(f"{column}_{extra}")}'


def _fill(cohort: Cohort, name: str, numbers: Sequence[Number], wanted: Wanted) -> None:
    """The numbers, a column each, a portion of the studies after the other: bounded memory."""
    places = {
        column: place for place, column in enumerate(dict.fromkeys(n.column for n in numbers))
    }
    cells = [[places[n.column], *(getattr(n, key) for key in PLACE)] for n in numbers]
    keys = [("n", "VARCHAR"), *((key, "VARCHAR") for key in PLACE)]
    store(cohort, f"{name}_keys", keys, [list(c) for c in zip(*cells, strict=True)] or [[]] * 6)
    extras = ("value", *wanted.with_)
    kinds = {extra: MEASUREMENT[extra].kind for extra in extras}
    columns = [f'"{n}_{extra}" {kinds[extra]}' for n in places.values() for extra in extras]
    cohort.connection.execute(
        f"CREATE TEMP TABLE {name} ({', '.join(('study VARCHAR', *columns))})"
    )
    if not numbers:
        return
    same = " AND ".join(f"coalesce(m.{key}, '') = k.{key}" for key in PLACE)
    picked = ", ".join(f"{shown(extra, wanted)} AS {extra}" for extra in extras)
    using = ", ".join(f"any_value({extra}) AS {extra}" for extra in extras)
    among = ", ".join(f"'{n}'" for n in places.values())
    for portion in cohort.portions("measurements"):
        cohort.connection.execute(
            f"INSERT INTO {name} BY NAME PIVOT (SELECT m.study, k.n, {picked} FROM {portion} m "
            f"JOIN {name}_keys k ON {same}) ON n IN ({among}) USING {using} GROUP BY study"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForStatistics:
    """The studies that were measured, for statistics, which count what they leave out themselves.

    ``rows`` is a pandas frame, a row per study, with the columns of the wide table. It holds those
    of training subjects and those that reviewers did not accept: ``training``, ``accepted`` and
    ``excluded_why`` say so. ``excluded`` counts all reasons, also ``failed`` (which are no rows).
    """

    rows: DataFrame
    studies: int
    excluded: Mapping[str, int]


def for_statistics(folder: str | Path, wanted: Wanted | None = None) -> ForStatistics:
    """The wide table of a cohort folder as statistics want it: whole values alone.

    Refuses (InputError) what is no cohort. Needs pandas (``myotome[stats]``).
    """
    from myotome.cohort.store.opened import open_cohort

    with open_cohort(folder) as cohort:
        made = wide(cohort, wanted or Wanted())
        return ForStatistics(
            rows=cohort.sql(made.query).df(), studies=made.studies, excluded=dict(made.excluded)
        )
