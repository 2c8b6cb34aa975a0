"""A table that was made of a cohort, and what it is made with in DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from myotome.cohort.tables.numbers import Number
from myotome.tables.cohort.wide import EXCLUSION

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Made:
    """A table of a cohort: the ``query`` that gives it, over its open connection.

    ``studies`` are in the cohort, ``shown`` in the table; ``excluded`` counts, by reason, those
    that statistics leave out, whether or not they are shown.

    ``given`` are its columns that the user's manifest had; ``numbers`` those of the wide table.
    """

    query: str
    studies: int
    shown: int
    excluded: Mapping[str, int]
    given: tuple[str, ...]
    numbers: tuple[Number, ...] = ()

    @property
    def note(self) -> str:
        """How many studies there are, are rows, and are left out, in a sentence or two."""
        counts = [
            f"{number} {key} ({EXCLUSION[key].words})" for key, number in self.excluded.items()
        ]
        left = f"; statistics leave out {', '.join(counts)}" if counts else ""
        return f"{self.shown} of {self.studies} studies are in the table{left}."


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
