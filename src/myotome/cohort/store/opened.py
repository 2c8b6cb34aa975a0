"""A cohort, opened to read: one tidy set of tables, asked in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myotome.cohort.store.layout import Layout
from myotome.cohort.store.parts import held_in, read_index, table_of
from myotome.cohort.store.record import Record, load, waiting
from myotome.errors import InputError
from myotome.tables.cohort.columns import COHORT_TABLES

if TYPE_CHECKING:
    import duckdb

FORMAT = 1
"""Of the cohort folder. A folder of a later format is refused."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohort:
    """The tables of a cohort as they were when it was opened, in memory as views of DuckDB.

    ``studies``, ``measurements``, ``series``, ``slices`` and ``flags`` hold the last attempt of
    every study. Nothing here writes. Close it, or use it in a ``with`` block.
    """

    layout: Layout
    connection: duckdb.DuckDBPyConnection

    def sql(self, query: str, values: Sequence[Any] | None = None) -> duckdb.DuckDBPyRelation:
        """A query over the views; ``.df()``, ``.pl()`` and ``.arrow()`` give it to others."""
        return self.connection.sql(query, params=None if values is None else list(values))

    def close(self) -> None:
        """Let go of the files."""
        self.connection.close()

    def __enter__(self) -> Cohort:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_cohort(folder: str | Path) -> Cohort:
    """Open a cohort folder to read, also while it is being measured.

    Refuses (InputError) what is no cohort, and one of a later format.
    """
    import duckdb

    layout = Layout(root=Path(folder))
    require_cohort(layout)
    connection = duckdb.connect(config={"threads": 2})
    parts = read_index(layout).parts
    held = held_in(layout, parts)
    fresh = [one for one in waiting(layout) if (one.study, one.attempt) not in held]
    records = [load(one.path) for one in fresh]
    for name in COHORT_TABLES:
        _add_view(connection, layout, name, parts=parts, records=records)
    return Cohort(layout=layout, connection=connection)


def _add_view(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    name: str,
    *,
    parts: Sequence[int],
    records: Sequence[Record],
) -> None:
    """The view of one table: what is in its parts and in the inbox, of the last attempts."""
    rows = table_of(name, records)
    connection.execute(f'CREATE TABLE "_{name}" AS SELECT {rows.selected}', rows.by_column)
    every = f'SELECT * FROM "_{name}"'
    if parts:
        paths = (str(layout.part(name, number)).replace("'", "''") for number in parts)
        files = ", ".join(f"'{path}'" for path in paths)
        every += f" UNION ALL SELECT * FROM read_parquet([{files}])"
    if name == "studies":  # small, and every other view asks it
        made = f"SELECT DISTINCT ON (study) * FROM ({every}) ORDER BY study, attempt DESC, state"
        connection.execute(f"CREATE TABLE studies AS {made}")
    else:
        made = f"SELECT * FROM ({every}) SEMI JOIN studies USING (study, attempt)"
        connection.execute(f'CREATE VIEW "{name}" AS {made}')


def require_cohort(layout: Layout) -> None:
    """Refuse (InputError) a folder that is no cohort, or one of a later format."""
    try:
        about = json.loads(layout.about.read_bytes())
        number = int(about["format"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "this folder is no cohort of Myotome: it has no readable cohort.json.",
            mend="Pass the folder that `myotome cohort run -o` made.",
        ) from error
    if number > FORMAT:
        raise InputError(
            f"this cohort has format {number}; this version of Myotome knows up to {FORMAT}.",
            mend="Update Myotome.",
        )
