"""The tables of many persons, written in portions: memory does not grow with their number."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from myotome.errors import OutputError
from myotome.nouns.numbers.assessment import PersonAnswer
from myotome.tables.outputs.documents import UNFINISHED
from myotome.write.data.assessed import COLUMNS, Cell, Columns, Rows, rows_of
from myotome.write.data.table import Table, write_csv
from myotome.write.folder import hidden

_PORTION = 500
"""Persons whose rows are held at once."""
_DATABASE = {"threads": 1, "memory_limit": "1GB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """How many rows of criteria there are, and the refused rows with their reasons."""

    rows: int
    refused: tuple[tuple[int, str], ...]


def save_answers(
    answers: Iterable[PersonAnswer],
    targets: Mapping[str, Path],
    *,
    listen: Callable[[int], None] = lambda _: None,
) -> Saved:
    """Write the tables of ``targets`` ("criteria", "cutoffs", "references"), each whole or not.

    ``listen`` hears after each portion how many answers are done. Refuses (OutputError) what
    cannot be written; earlier files of these names are then as they were.
    """
    import duckdb

    rows, done = 0, 0
    refused: list[tuple[int, str]] = []
    files: list[_Growing] = []
    try:
        for name, path in targets.items():
            files.append(_KINDS[path.suffix.lower()](name, path))
            files[-1].begin()
        for portion in _portions(answers):
            found = rows_of(portion)
            for file in files:
                file.add(found)
            rows, done = rows + len(found.criteria), done + len(portion)
            refused += found.refused
            listen(done)
        for file in files:
            file.close()
        for file in files:
            file.publish()
    except (OSError, duckdb.IOException) as error:
        raise OutputError(
            "The results cannot be written.", mend="Check the folder and free some space."
        ) from error
    finally:
        for file in files:
            file.discard()
    return Saved(rows=rows, refused=tuple(refused))


def _portions(answers: Iterable[PersonAnswer]) -> Iterator[tuple[PersonAnswer, ...]]:
    left = iter(answers)
    while portion := tuple(islice(left, _PORTION)):
        yield portion


class _Growing(ABC):
    """One table on its way: a folder beside the target, out of sight until all is there."""

    def __init__(self, name: str, path: Path) -> None:
        self._name, self._path = name, path
        self._folder = hidden(path, UNFINISHED)
        self._whole = self._folder / "whole"

    @property
    def _columns(self) -> Columns:
        return COLUMNS[self._name]

    def begin(self) -> None:
        """Make room."""
        self._folder.mkdir(parents=True)

    @abstractmethod
    def add(self, rows: Rows) -> None:
        """The rows of one portion."""

    @abstractmethod
    def close(self) -> None:
        """All portions are there."""

    def publish(self) -> None:
        """Put the whole file into its place."""
        self._whole.replace(self._path)

    def discard(self) -> None:
        """Leave nothing half-written behind."""
        shutil.rmtree(self._folder, ignore_errors=True)


class _Csv(_Growing):
    def begin(self) -> None:
        super().begin()
        write_csv(Table(columns=self._columns, rows=()), self._whole)

    def add(self, rows: Rows) -> None:
        part = self._folder / "part"
        write_csv(Table(columns=self._columns, rows=getattr(rows, self._name)), part)
        with part.open("rb") as source, self._whole.open("ab") as target:
            source.readline()  # the names of the columns are there already
            shutil.copyfileobj(source, target)

    def close(self) -> None:
        pass


class _Parquet(_Growing):
    _database: Any = None

    def begin(self) -> None:
        import duckdb

        super().begin()
        names = ", ".join(f'"{column}" {kind}' for column, kind in self._columns)
        self._database = duckdb.connect(str(self._folder / "rows"), config=_DATABASE)
        self._database.execute(f"CREATE TABLE t ({names})")

    def add(self, rows: Rows) -> None:
        table: Sequence[Sequence[Cell]] = getattr(rows, self._name)
        unnested = ", ".join(
            f"unnest(${number}::{kind}[])" for number, (_, kind) in enumerate(self._columns, 1)
        )
        values = [[row[place] for row in table] for place in range(len(self._columns))]
        self._database.execute(f"INSERT INTO t SELECT {unnested}", values)

    def close(self) -> None:
        target = str(self._whole).replace("'", "''")
        self._database.execute(f"COPY t TO '{target}' (FORMAT parquet, COMPRESSION zstd)")

    def discard(self) -> None:
        if self._database is not None:
            self._database.close()
        super().discard()


_KINDS: dict[str, type[_Growing]] = {".csv": _Csv, ".parquet": _Parquet}
