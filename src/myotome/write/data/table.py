"""Tables: rows of plain values to CSV, and the same rows with types to Parquet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from myotome.errors import OutputError
from myotome.nouns.numbers.measurement import Measurement, SliceArea
from myotome.nouns.study.series import Catalogue, Judged
from myotome.write.privacy import technical, technical_files

Value = str | float | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns as (name, SQL type) and rows in their order."""

    columns: tuple[tuple[str, str], ...]
    rows: Sequence[Sequence[Value]]


MEASUREMENT_COLUMNS = (
    ("quantity", "VARCHAR"),
    ("structure", "VARCHAR"),
    ("side", "VARCHAR"),
    ("level", "VARCHAR"),
    ("value", "DOUBLE"),
    ("unit", "VARCHAR"),
    ("status", "VARCHAR"),
    ("reason", "VARCHAR"),
    ("expected_dice", "DOUBLE"),
    ("definition", "VARCHAR"),
    ("caveats", "VARCHAR"),
)
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
SLICE_COLUMNS = (
    ("z_mm", "DOUBLE"),
    ("structure", "VARCHAR"),
    ("side", "VARCHAR"),
    ("area_cm2", "DOUBLE"),
    ("mean_hu", "DOUBLE"),
    ("in_slab", "BOOLEAN"),
    ("cut", "BOOLEAN"),
)


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


def measurement_table(measurements: Sequence[Measurement]) -> Table:
    """``measurements.csv``, one row each, in their order."""
    return Table(
        columns=MEASUREMENT_COLUMNS,
        rows=[
            (
                *(m.quantity, m.structure, m.side, m.level, m.value, m.unit),
                *(str(m.status), full_reason(m), m.expected_dice),
                *(m.definition, " ".join(m.caveats)),
            )
            for m in measurements
        ],
    )


def slice_table(areas: Sequence[SliceArea]) -> Table:
    """``slices.csv``: the area of each muscle on each slice."""
    return Table(
        columns=SLICE_COLUMNS,
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
        writer.writerow([name for name, _ in table.columns])
        writer.writerows([_text(value) for value in row] for row in table.rows)


def write_parquet(table: Table, path: Path) -> None:
    """Typed columns; None is NULL, floats keep their full precision."""
    import duckdb

    selected = ", ".join(
        f'unnest(${number}::{kind}[]) AS "{name}"'
        for number, (name, kind) in enumerate(table.columns, 1)
    )
    values = [[row[place] for row in table.rows] for place in range(len(table.columns))]
    target = str(path).replace("'", "''")
    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute(f"CREATE TABLE t AS SELECT {selected}", values)
            connection.execute(f"COPY t TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
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
    text = str(value)
    # A spreadsheet would run a cell that starts like a formula.
    return f"'{text}" if text.startswith(("=", "@", "+", "\t")) else text
