"""Tables: rows of plain values to CSV, and the same rows with types to Parquet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from myotome.errors import OutputError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measurement import Measurement, SliceArea
from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import Catalogue, Judged
from myotome.tables.outputs.cells import shown
from myotome.tables.outputs.columns import MEASUREMENTS, SLICES
from myotome.tables.quantities.tissues import CAVEAT
from myotome.write.data.neighbours import Neighbours, neighbours
from myotome.write.privacy import technical, technical_files

if TYPE_CHECKING:
    import duckdb

Value = str | float | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns as (name, SQL type) and rows in their order."""

    columns: tuple[tuple[str, str], ...]
    rows: Sequence[Sequence[Value]]

    @property
    def selected(self) -> str:
        """What DuckDB selects to have these rows, from :attr:`by_column` as its parameters."""
        return ", ".join(
            f'unnest(${number}::{kind}[]) AS "{name}"'
            for number, (name, kind) in enumerate(self.columns, 1)
        )

    @property
    def by_column(self) -> list[list[Value]]:
        """The values, column by column."""
        return [[row[place] for row in self.rows] for place in range(len(self.columns))]


SERIES_COLUMNS = (
    "key",
    "verdict",
    "rank",
    "measured",
    "reasons",
    "format",
    "modality",
    "description",
    "images",
    "study",
    "subject",
)
_DIGEST_DIGITS = 12


def full_reason(measurement: Measurement) -> str:
    """The reason with the share in view, if there is one and the reason does not give it.

    >>> from myotome.nouns.numbers.measurement import Status
    >>> full_reason(Measurement(quantity="volume", structure="psoas", side="left", level="slab",
    ...     value=1.0, unit="ml", status=Status.PARTIAL, reason="cut", covered_percent=63.2))
    'cut (63 % in view)'
    """
    covered = measurement.covered_percent
    if covered is None or not measurement.reason or "%" in measurement.reason:
        return measurement.reason
    shown = "over 99" if covered > 99 else f"{covered:.0f}"  # a part is never "100 %"
    return f"{measurement.reason.rstrip('.')} ({shown} % in view)"


def concerning(row: Measurement, flags: Iterable[Flag]) -> tuple[str, ...]:
    """The codes of the flags that concern a row: its own caveats and what holds for all.

    A flag of one level or structure concerns its rows, and a caveat the rows that carry it.
    """
    told = (
        flag.code
        for flag in flags
        if flag.level in ("", row.level)
        and flag.structure in ("", row.structure)
        and (flag.code not in CAVEAT or flag.level or flag.structure)
    )
    return tuple(dict.fromkeys((*row.caveats, *told)))


def measurement_table(result: StudyResult) -> Table:
    """``measurements.csv``, one row each, in their order; see ``tables.outputs.columns``."""
    made = result.provenance
    every: dict[str, Value] = {
        "study_key": result.study_key,
        "subject_key": result.subject_key,
        "series": result.chosen,
        "myotome_version": made.myotome_version,
        "weights": " ".join(
            f"{name}:{made.weights[name][:_DIGEST_DIGITS]}" for name in sorted(made.weights)
        ),
    }
    rows = result.measurements
    cells = [
        {**every, **_cells(m, result.flags), **_one_off(beside)}
        for m, beside in zip(rows, neighbours(rows), strict=True)
    ]
    return Table(
        columns=tuple((column.key, column.kind) for column in MEASUREMENTS),
        rows=[[found[column.key] for column in MEASUREMENTS] for found in cells],
    )


def _cells(m: Measurement, flags: Sequence[Flag]) -> dict[str, Value]:
    """The cells that are a row's own, by column."""
    low_hu, high_hu = m.window_hu or (None, None)
    return {
        "quantity": m.quantity,
        "structure": m.structure,
        "side": m.side,
        "level": m.level,
        "value": m.value,
        "unit": m.unit,
        "status": str(m.status),
        "reason": full_reason(m),
        "expected_dice": m.expected_dice,
        **_interval(m),
        "definition": m.definition,
        "caveats": " ".join(m.caveats),
        "covered_percent": m.covered_percent,
        "window_low_hu": low_hu,
        "window_high_hu": high_hu,
        "slices": m.slices,
        "flags": " ".join(concerning(m, flags)),
    }


def _interval(m: Measurement) -> dict[str, Value]:
    """The cells that say where a reader's number may be expected."""
    found = m.interval
    return {
        "low_80": None if found is None else found.low_80,
        "high_80": None if found is None else found.high_80,
        "low_90": None if found is None else found.low_90,
        "high_90": None if found is None else found.high_90,
        "interval_n": None if found is None else found.n,
    }


def _one_off(beside: Neighbours) -> dict[str, Value]:
    """The cells that are of the rows at the next vertebrae."""
    up, down = beside.values
    return {"value_one_up": up, "value_one_down": down}


def slice_table(areas: Sequence[SliceArea]) -> Table:
    """``slices.csv``: the area of each muscle and tissue on each slice."""
    return Table(
        columns=tuple((column.key, column.kind) for column in SLICES),
        rows=[
            (a.z_mm, a.structure, a.side, a.area_cm2, a.mean_hu, a.in_slab, a.cut) for a in areas
        ],
    )


def series_table(judged: Sequence[Judged], chosen: str = "") -> Table:
    """``series.csv``: every series with its verdict, reasons and technical header facts."""
    facts = [technical(j.series.header) for j in judged]
    extra = tuple(sorted({key for found in facts for key in found} - set(SERIES_COLUMNS)))
    rows: list[Sequence[Value]] = []
    for j, found in zip(judged, facts, strict=True):
        s = j.series
        reasons = "; ".join(f"{r.rule}: {r.text}" for r in j.reasons)
        head: tuple[Value, ...] = (s.key, str(j.verdict), j.rank, s.key == chosen, reasons)
        head = (*head, s.format, s.modality, s.description, len(s.instances))
        head = (*head, s.study_key, s.subject_key)
        rows.append((*head, *(_plain(found.get(key)) for key in extra)))
    return Table(columns=tuple((name, "VARCHAR") for name in (*SERIES_COLUMNS, *extra)), rows=rows)


def file_table(catalogue: Catalogue) -> Table:
    """``files.csv``: what became of every file. Names are kept as far as they are technical."""
    return Table(
        columns=tuple((name, "VARCHAR") for name in ("file", "status", "series", "reason")),
        rows=[(e.name, e.status, e.series_key, e.reason) for e in technical_files(catalogue.files)],
    )


def write_csv(table: Table, path: Path) -> None:
    """UTF-8, one header line, LF line ends, empty cells for None, six significant digits."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([shown(name) for name, _ in table.columns])
        writer.writerows([_text(value) for value in row] for row in table.rows)


def write_parquet(table: Table, path: Path) -> None:
    """Typed columns; None is NULL, floats keep their full precision."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT {table.selected}", table.by_column)
        save_parquet(connection, "t", path)


def save_parquet(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """The table ``name`` of a database as a Parquet file. Refuses (OutputError) a full disk."""
    import duckdb

    target = str(path).replace("'", "''")
    try:
        connection.execute(f"COPY \"{name}\" TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    except duckdb.IOException as error:
        raise OutputError(
            "The results cannot be written: a Parquet table could not be saved.",
            why="Nothing that looks finished was left behind.",
            mend="Free some space, or choose a folder on another disk.",
        ) from error


def _plain(value: object) -> Value:
    if isinstance(value, str | float | int) or value is None:
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(str(_plain(part)) for part in value)
    return str(value)


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    return shown(str(value))
