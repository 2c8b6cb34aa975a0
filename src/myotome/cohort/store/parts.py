"""From many records to few files: the inbox moves into numbered Parquet parts, all or nothing.

A part counts only once ``index.json`` names it, and the index is replaced in one step for all
tables. A record leaves the inbox only after that. So a crash leaves either a record that is moved
again, or one that is already in a part and is then found there and dropped.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from myotome.cohort.store.layout import Layout
from myotome.cohort.store.record import Record, Waiting, load, waiting
from myotome.errors import InputError
from myotome.tables.cohort.columns import COHORT_TABLES
from myotome.write.data.table import Table, save_parquet
from myotome.write.folder import refusal

MOST_AT_ONCE = 250
"""Records of one part: some 200,000 measurements."""
_AT_ONCE = 10
"""Records that are held as Python's values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """The numbers of the parts that count; every table has a part of each number."""

    parts: tuple[int, ...] = ()

    @property
    def following(self) -> int:
        """The number of the next part."""
        return max(self.parts, default=0) + 1


def read_index(layout: Layout) -> Index:
    """The parts that count, none of a new cohort. Refuses (InputError) a damaged index."""
    try:
        found = json.loads(layout.index.read_bytes())
        return Index(parts=tuple(int(number) for number in found["parts"]))
    except FileNotFoundError:
        return Index()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "the index of the cohort's tables is damaged.",
            why="Nobody can tell which parts of the tables count.",
            mend="Restore tables/index.json from a backup, or begin a new cohort folder.",
        ) from error


def compact(layout: Layout, *, at_least: int = 1) -> int:
    """Move records from the inbox into the tables; returns how many. One process at a time.

    Does nothing with fewer than ``at_least`` records.
    """
    left = waiting(layout)
    if len(left) < at_least:
        return 0
    index = read_index(layout)
    held = held_in(layout, index.parts)
    _drop([one for one in left if (one.study, one.attempt) in held])
    fresh = iter([one for one in left if (one.study, one.attempt) not in held])
    moved = 0
    while portion := list(islice(fresh, MOST_AT_ONCE)):
        index = _move(layout, index, portion)
        moved += len(portion)
    return moved


def _move(layout: Layout, index: Index, portion: Sequence[Waiting]) -> Index:
    """Write one part of every table, count it, and only then empty the inbox of it."""
    number = index.following
    try:
        _write(layout, number, portion)
        counted = Index(parts=(*index.parts, number))
        _replace(layout.index, json.dumps({"parts": counted.parts}))
    except OSError as error:
        raise refusal(error) from error
    _drop(portion)
    return counted


def _write(layout: Layout, number: int, portion: Sequence[Waiting]) -> None:
    """One part of every table, from a few records at a time: as Python's values they are large."""
    import duckdb

    few = iter(portion)
    with duckdb.connect(config={"threads": 1}) as connection:
        for name in COHORT_TABLES:
            empty = table_of(name, ())
            connection.execute(f'CREATE TABLE "{name}" AS SELECT {empty.selected}', empty.by_column)
        while chunk := list(islice(few, _AT_ONCE)):
            records = [load(one.path) for one in chunk]
            for name in COHORT_TABLES:
                table = table_of(name, records)
                connection.execute(f'INSERT INTO "{name}" SELECT {table.selected}', table.by_column)
        for name in COHORT_TABLES:
            target = layout.part(name, number)
            target.parent.mkdir(parents=True, exist_ok=True)
            save_parquet(connection, name, target)
            _sync(target)


def table_of(name: str, records: Iterable[Record]) -> Table:
    """The rows of one table of the cohort that ``records`` hold."""
    rows: list[list[Any]] = [row for record in records for row in record.table(name)]
    columns = tuple((column.key, column.kind) for column in COHORT_TABLES[name])
    return Table(columns=columns, rows=rows)


def held_in(layout: Layout, parts: Sequence[int]) -> set[tuple[str, int]]:
    """The (study, attempt) pairs that the parts of the tables hold already."""
    import duckdb

    if not parts:
        return set()
    paths = [str(layout.part("studies", number)) for number in parts]
    with duckdb.connect(config={"threads": 1}) as connection:
        found = connection.execute("SELECT study, attempt FROM read_parquet($1)", [paths])
        return {(study, attempt) for study, attempt in found.fetchall()}


def _drop(records: Iterable[Waiting]) -> None:
    for one in records:
        one.path.unlink(missing_ok=True)


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.write_text(text, encoding="utf-8")
    _sync(temporary)
    temporary.replace(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
