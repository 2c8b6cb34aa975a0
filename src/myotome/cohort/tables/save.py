"""A table of a cohort as a file that is there whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from myotome.cohort.tables.made import Made, quoted
from myotome.cohort.tables.whole import ending_among, whole_file
from myotome.errors import OutputError
from myotome.tables.outputs.cells import shown

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort

FORMATS = {
    ".csv": "FORMAT csv, HEADER, DELIMITER ','",
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
}
"""How DuckDB is asked for a file, by its ending."""
_HARMLESS = "^[A-Za-z0-9]"
"""A text that begins so is never run by a spreadsheet; all others are looked at."""


def ending_of(path: Path) -> str:
    """The ending of a table's file. Refuses (InputError) one that no table has."""
    return ending_among(path, FORMATS)


def save(cohort: Cohort, made: Made, path: Path) -> int:
    """Write the table to CSV or Parquet by the file's ending; returns the number of rows.

    Parquet has types and all digits. CSV is UTF-8 with LF line ends and empty cells for NULL; our
    numbers have six significant digits, those of the user's manifest all of theirs; texts that a
    spreadsheet would run are shielded (``tables.outputs.cells``). A file of that name is replaced.
    Refuses with InputError (ending) and OutputError.
    """
    return save_query(cohort, made.query, path, given=made.given)


def save_query(cohort: Cohort, query: str, path: Path, *, given: Iterable[str] = ()) -> int:
    """The same of what a query gives; ``given`` are columns of the user's manifest."""
    text = _for_csv(cohort, query, given) if ending_of(path) == ".csv" else query
    return copy(cohort, text, path)


def copy(cohort: Cohort, query: str, path: Path) -> int:
    """What ``query`` gives, as a file; returns the number of rows. Refuses with OutputError."""
    with whole_file(path) as temporary, _writing():
        return _copied(cohort, query, temporary, FORMATS[ending_of(path)])


def partitioned(cohort: Cohort, queries: Iterable[str], folder: Path, by: str) -> int:
    """What ``queries`` give, as a dataset of Parquet files: a folder for each value of ``by``.

    Each query adds files of its own, so that memory holds what one gives. Returns the number of
    rows. Refuses with OutputError.
    """
    rows = 0
    with _writing():
        folder.mkdir()
        for number, query in enumerate(queries):
            form = (
                f"{FORMATS['.parquet']}, PARTITION_BY ({by}), OVERWRITE_OR_IGNORE, "
                f"FILENAME_PATTERN 'part-{number:06d}-{{i}}'"
            )
            rows += _copied(cohort, query, folder, form)
    return rows


def _copied(cohort: Cohort, query: str, path: Path, form: str) -> int:
    target = str(path).replace("'", "''")
    done = cohort.connection.execute(f"COPY ({query}) TO '{target}' ({form})")
    return int(done.fetchall()[0][0])


@contextmanager
def _writing() -> Iterator[None]:
    """Refuse (OutputError) where DuckDB cannot write."""
    import duckdb

    try:
        yield
    except duckdb.IOException as error:
        raise OutputError(
            "The table cannot be written.",
            why="Nothing that looks finished was left behind.",
            mend="Free some space, or choose a folder on another disk that you may write to.",
        ) from error


def _for_csv(cohort: Cohort, query: str, given: Iterable[str]) -> str:
    """The same table as text: shielded, our numbers with six significant digits."""
    shield = shield_of(cohort)
    cells, exact = [], set(given)
    for name, kind in columns(cohort, query):
        column = quoted(name)
        if kind == "VARCHAR":
            column = shielded(column, shield)
        elif kind == "DOUBLE" and name not in exact:
            column = f"format('{{:.6g}}', {column})"
        cells.append(f"{column} AS {quoted(shown(name))}")
    return f"SELECT {', '.join(cells)} FROM ({query})"


def columns(cohort: Cohort, query: str) -> list[tuple[str, str]]:
    """Names and SQL types of what a query gives."""
    found = cohort.connection.execute(f"DESCRIBE {query}").fetchall()
    return [(str(name), str(kind)) for name, kind, *_ in found]


def shield_of(cohort: Cohort) -> str:
    """The name of :func:`shown` in SQL, made known to the cohort's connection."""
    name = f"shown_{secrets.token_hex(4)}"
    cohort.connection.create_function(name, shown, ["VARCHAR"], "VARCHAR")
    return name


def shielded(column: str, shield: str) -> str:
    """A text as a spreadsheet may see it."""
    return (
        f"CASE WHEN regexp_matches({column}, '{_HARMLESS}') OR {column} = '' THEN {column} "
        f"WHEN {column} IS NOT NULL THEN {shield}({column}) END"
    )
