"""A table that was made of a cohort, and what it is made with in DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from myotome.cohort.tables.numbers import Number

if TYPE_CHECKING:
    import duckdb

    from myotome.cohort.store.opened import Cohort


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Made:
    """A table of a cohort. ``studies`` of the cohort, ``rows`` in it, ``excluded`` by reason.

    ``given`` are its columns that the user's manifest had; ``numbers`` those of the wide table.
    """

    relation: duckdb.DuckDBPyRelation
    studies: int
    rows: int
    excluded: Mapping[str, int]
    given: tuple[str, ...]
    numbers: tuple[Number, ...] = ()


CODES = (
    "SELECT study, string_agg(DISTINCT code, ' ' ORDER BY code) AS flags FROM flags GROUP BY study"
)


def store(
    cohort: Cohort,
    name: str,
    columns: Iterable[tuple[str, str]],
    cells: Sequence[Sequence[object]],
) -> None:
    """A table in the memory of the cohort's connection, from cells column by column."""
    selected = ", ".join(
        f"unnest(${number}::{kind}[]) AS {quoted(column)}"
        for number, (column, kind) in enumerate(columns, 1)
    )
    cohort.connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT {selected}", [list(column) for column in cells]
    )


def quoted(name: str) -> str:
    """A name for SQL, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
