"""Tables of persons and of their scans, CSV or Parquet: every row read, or refused with its number.

A table has one row per person, a column ``id`` with the user's pseudonym, and any columns of
``tables.person.columns``. Ids are carried to the results and never put into a message.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from myotome.assess.person.record import Record, check, suggestion
from myotome.errors import InputError
from myotome.tables.outputs.cells import meant
from myotome.tables.person import columns
from myotome.tables.person.columns import CT_COLUMNS, PERSON_COLUMN, PERSON_COLUMNS

ID = "id"
_CT_KEYS = frozenset(row.key for row in CT_COLUMNS)
_SAME = 1e-6
_CSV_ENDINGS = (".csv", ".tsv", ".txt")
_PARQUET_ENDINGS = (".parquet", ".pq")
_DELIMITERS = (",", ";", "\t")
_UNREADABLE = "The table cannot be read."
_WANTED = "It must be a CSV in UTF-8 with one header line, or a Parquet file."
_SAVE_ANEW = "Save it anew, for example from a spreadsheet as CSV UTF-8."
_SHOWN_ROWS = 10
_SEPARATOR_LINE = re.compile(r"sep=.")
_SINGLE = ("FLOAT", "FLOAT[]")
_SINGLE_DIGITS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One row. ``row`` counts from 1 below the header; with ``problems`` it is refused whole."""

    row: int
    id: str
    record: Record
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsTable:
    """All rows in their order, and the columns that nobody knows."""

    rows: tuple[PersonRow, ...]
    unused_columns: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[PersonRow, ...]:
        """The rows with a problem."""
        return tuple(row for row in self.rows if row.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Persons with the numbers of their scans.

    ``without_study`` are row numbers of persons, ``without_person`` rows of scans, that have no
    partner. Persons without a scan stay in the table.
    """

    persons: PersonsTable
    without_study: tuple[int, ...] = ()
    without_person: tuple[PersonRow, ...] = ()


def read_persons(path: Path) -> PersonsTable:
    """A table of persons. A bad row is refused with its number; it never stops the others.

    Refuses (InputError) a table without ``id``, without rows, with a column twice, or with a
    column whose name leaves its unit open (``height``, ``height_m``).
    """
    return persons_of(*cells_of(path))


def persons_of(names: Sequence[str], cells: Iterable[Sequence[object]]) -> PersonsTable:
    """The same from column names and rows of cells."""
    keys = [name.strip().lower() for name in names]
    _check_columns(keys)
    known = [(place, key) for place, key in enumerate(keys) if key in PERSON_COLUMN]
    at = keys.index(ID)
    rows = []
    for number, row in enumerate(cells, 1):
        if all(cell is None or cell == "" for cell in row):
            continue  # an empty line still counts, so that numbers agree with a spreadsheet
        record, problems = check({key: row[place] for place, key in known})
        rows.append(
            PersonRow(row=number, id=_identifier(row[at]), record=record, problems=problems)
        )
    if not rows:
        raise InputError("The table has no rows.", mend="It needs one row per person.")
    unused = tuple(
        f"{name}{suggestion(key)}"
        for name, key in zip(names, keys, strict=True)
        if key and key != ID and key not in PERSON_COLUMN
    )
    return PersonsTable(rows=_named_once(rows), unused_columns=unused)


def join(persons: PersonsTable, studies: PersonsTable) -> Joined:
    """The numbers of scans put to their persons by id; who has no partner is told.

    A scan that is refused, or that contradicts a number of the person's own row, refuses that
    person's row with the reason. Columns of ``studies`` that are not of a scan are refused.
    """
    extra = sorted({k for row in studies.rows for k in row.record.entries if k not in _CT_KEYS})
    if extra:
        raise InputError(
            f"The table of studies also describes persons: {', '.join(extra)}.",
            mend="Move these columns to the table of persons.",
        )
    scans = {row.id: row for row in studies.rows if row.id}
    ids = {row.id for row in persons.rows if row.id}
    return Joined(
        persons=PersonsTable(
            rows=tuple(_with_scan(row, scans.get(row.id)) for row in persons.rows),
            unused_columns=persons.unused_columns + studies.unused_columns,
        ),
        without_study=tuple(row.row for row in persons.rows if row.id not in scans),
        without_person=tuple(row for row in studies.rows if row.id not in ids),
    )


def row_list(rows: Iterable[int]) -> str:
    """Row numbers for people, the first ten of many.

    >>> row_list([3, 5])
    'rows 3, 5'
    """
    numbers = list(rows)
    shown = ", ".join(map(str, numbers[:_SHOWN_ROWS]))
    rest = len(numbers) - _SHOWN_ROWS
    more = f" and {rest} more" if rest > 0 else ""
    return f"row{'' if len(numbers) == 1 else 's'} {shown}{more}"


def _with_scan(row: PersonRow, scan: PersonRow | None) -> PersonRow:
    if scan is None:
        return row
    problems = [f"study (row {scan.row}): {problem}" for problem in scan.problems]
    for key, value in scan.record.entries.items():
        mine = row.record.entries.get(key)
        if mine is not None and not _equal(mine, value):
            problems.append(f"{key} differs from that of the study (row {scan.row}).")
    return PersonRow(
        row=row.row,
        id=row.id,
        record=Record(entries={**row.record.entries, **scan.record.entries}),
        problems=row.problems + tuple(problems),
    )


def _equal(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=_SAME)
    return a == b


def _identifier(cell: object) -> str:
    """The id as text: a whole number of a Parquet table loses its ".0", NaN is no id."""
    if cell is None:
        return ""
    if isinstance(cell, float) and not math.isfinite(cell):
        return ""
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    return meant(str(cell).strip())


def _named_once(rows: Sequence[PersonRow]) -> tuple[PersonRow, ...]:
    """Refuse rows without an id and all rows of an id that occurs twice: nobody knows which."""
    places: dict[str, list[int]] = {}
    for row in rows:
        places.setdefault(row.id, []).append(row.row)
    twice = {id_: row_list(found) for id_, found in places.items() if len(found) > 1}

    def judged(row: PersonRow) -> PersonRow:
        if not row.id:
            problem = "the id is empty."
        elif row.id in twice:
            problem = f"the id occurs more than once ({twice[row.id]})."
        else:
            return row
        problems = (problem, *row.problems)
        return PersonRow(row=row.row, id=row.id, record=row.record, problems=problems)

    return tuple(judged(row) for row in rows)


def _check_columns(keys: Sequence[str]) -> None:
    twice = sorted(key for key, n in Counter(keys).items() if n > 1 and key in {ID, *PERSON_COLUMN})
    if twice:
        raise InputError(f"The table has a column twice: {', '.join(twice)}.", mend="Keep one.")
    if ID not in keys:
        raise InputError(
            'The table has no column "id".',
            why="Results could not be put to their persons.",
            mend="Add one with your pseudonyms, never with names or hospital numbers.",
        )
    units = [key for key in keys if key in columns.WRONG_UNITS]
    if units:
        raise InputError(
            " ".join(f'Column "{key}" cannot be used.{suggestion(key)}' for key in units)
        )
    if not any(key in PERSON_COLUMN for key in keys):
        known = ", ".join(row.key for row in PERSON_COLUMNS[:6])
        raise InputError("The table has no column that is known.", mend=f"Known are {known}, ...")


def cells_of(path: Path) -> tuple[list[str], list[Sequence[object]]]:
    """The header and the rows, text as text: an id 007 and a decimal comma survive."""
    if not path.is_file():
        raise InputError("The table is not there.", mend="Check its name.")
    ending = path.suffix.lower()
    if ending not in _CSV_ENDINGS + _PARQUET_ENDINGS:
        raise InputError("The table is neither CSV nor Parquet.", mend="Name it .csv or .parquet.")
    return _parquet(path) if ending in _PARQUET_ENDINGS else _csv(path)


def _csv(path: Path) -> tuple[list[str], list[Sequence[object]]]:
    """The delimiter is the one the header uses; a row of another length is refused."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header = _header(stream)
            delimiter = max(_DELIMITERS, key=header.count)
            lines = list(csv.reader(stream, delimiter=delimiter, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(_UNREADABLE, why=_WANTED, mend=_SAVE_ANEW) from error
    if not lines:
        raise InputError("The table is empty.")
    names, cells = lines[0], lines[1:]
    odd = [n for n, row in enumerate(cells, 1) if row and len(row) != len(names)]
    if odd:
        raise InputError(
            f"{row_list(odd).capitalize()} of the table: not {len(names)} cells as in the header.",
            why="Values would land in the wrong columns.",
            mend="Put cells that hold the delimiter in quotes.",
        )
    return names, [row or [""] * len(names) for row in cells]


def _header(stream: TextIO) -> str:
    """The line of the column names, with the stream set before it.

    Empty lines before it and the "sep=;" of a spreadsheet are passed over.
    """
    start, line = stream.tell(), stream.readline()
    while line and (not line.strip() or _SEPARATOR_LINE.fullmatch(line.strip())):
        start, line = stream.tell(), stream.readline()
    stream.seek(start)
    return line


def _parquet(path: Path) -> tuple[list[str], list[Sequence[object]]]:
    import duckdb

    if any(sign in str(path) for sign in "*?["):  # duckdb would take it for a pattern
        raise InputError("The name of the table has a *, ? or [ in it.", mend="Rename it.")
    options = {"threads": 1, "autoinstall_known_extensions": False}
    try:
        with duckdb.connect(config=options) as connection:
            wanted = "SELECT * FROM read_parquet($1, binary_as_string = true)"
            found = connection.execute(wanted, [str(path)])
            names = [column[0] for column in found.description]
            single = [place for place, c in enumerate(found.description) if str(c[1]) in _SINGLE]
            return names, [_widened(row, single) for row in found.fetchall()]
    except duckdb.Error as error:
        raise InputError(_UNREADABLE, why=_WANTED, mend=_SAVE_ANEW) from error


def _widened(row: Sequence[object], single: Sequence[int]) -> Sequence[object]:
    """The row with the numbers that single precision stood for: 0.8, not 0.800000012.

    Else a gait of 0.8 m/s would lie above a limit of 0.8 m/s.
    """
    if not single:
        return row
    cells = list(row)
    for place in single:
        cells[place] = _as_written(cells[place])
    return cells


def _as_written(cell: object) -> object:
    if isinstance(cell, list):
        return [_as_written(part) for part in cell]
    return float(f"{cell:.{_SINGLE_DIGITS}g}") if isinstance(cell, float) else cell
