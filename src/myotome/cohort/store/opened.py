"""A cohort, opened to read: one tidy set of tables, asked in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
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

_PORTION = 4
"""Parts that are read at once where memory is to stay bounded: some thousand studies."""
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
    parts: tuple[int, ...] = ()

    def sql(self, query: str, values: Sequence[Any] | None = None) -> duckdb.DuckDBPyRelation:
        """A query over the views; ``.df()``, ``.pl()`` and ``.arrow()`` give it to others."""
        return self.connection.sql(query, params=None if values is None else list(values))

    def wide(
        self,
        *,
        levels: Iterable[str] = (),
        quantities: Iterable[str] = (),
        structures: Iterable[str] = (),
        sides: Iterable[str] = (),
        with_: Iterable[str] = (),
        partial: bool = False,
        studies: str = "done",
    ) -> duckdb.DuckDBPyRelation:
        """One row per study, a column per number; nothing given means every number.

        Columns: what is known of the study (``tables.cohort.wide.PEOPLE``, then the columns of
        the manifest), then the numbers by ``tables.outputs.wide``. What was not measured is NULL,
        never 0; so are values of which only a part was in view, unless ``partial``. ``with_``
        adds further columns for every value, as "status" or "low_90". ``studies`` is "done",
        "all" (failed ones as rows without numbers) or "usable" (those statistics use).

        ``.df()`` makes pandas of it, ``polars.DataFrame(...)`` polars. The table lives in memory
        until the cohort is closed. Refuses (InputError) words that no number has.
        """
        from myotome.cohort.tables.wanted import Wanted
        from myotome.cohort.tables.wide import wide

        wanted = Wanted(
            levels=tuple(levels),
            quantities=tuple(quantities),
            structures=tuple(structures),
            sides=tuple(sides),
            with_=tuple(with_),
            partial=partial,
            studies=studies,
        )
        return self.sql(wide(self, wanted).query)

    def portions(self, table: str) -> Iterator[str]:
        """What to select from to see all rows of a table, some thousand studies at a time.

        All rows of a study are in the same portion. Together they are the view ``table``.
        """
        yield f'(SELECT * FROM "_{table}" SEMI JOIN studies USING (study, attempt))'
        for begin in range(0, len(self.parts), _PORTION):
            files = _files(self.layout, table, self.parts[begin : begin + _PORTION])
            yield f"(SELECT * FROM {files} SEMI JOIN studies USING (study, attempt))"

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
    parts, records = _seen(layout)
    for name in COHORT_TABLES:
        _add_view(connection, layout, name, parts=parts, records=records)
    return Cohort(layout=layout, connection=connection, parts=tuple(parts))


def _seen(layout: Layout) -> tuple[tuple[int, ...], list[Record]]:
    """The parts that count and the records that are in none of them.

    The inbox is looked at first: what a run moves into a part meanwhile is found in that part. A
    record that is gone when it is to be read was moved too, so everything is looked at again.
    """
    while True:
        left = waiting(layout)
        parts = read_index(layout).parts
        held = held_in(layout, parts) if left else set()
        fresh = [one for one in left if (one.study, one.attempt) not in held]
        try:
            return parts, [load(one.path) for one in fresh]
        except InputError:
            if all(one.path.exists() for one in fresh):
                raise


def _files(layout: Layout, table: str, parts: Iterable[int]) -> str:
    """The parts of a table, to select from."""
    paths = (str(layout.part(table, number)).replace("'", "''") for number in parts)
    listed = ", ".join(f"'{path}'" for path in paths)
    return f"read_parquet([{listed}])"


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
        every += f" UNION ALL SELECT * FROM {_files(layout, name, parts)}"
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
