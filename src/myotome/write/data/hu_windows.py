"""Counted regions as a table."""

from __future__ import annotations

from pathlib import Path

from myotome.nouns.numbers.hu_counts import Beside, Counted
from myotome.tables.outputs.documents import UNFINISHED
from myotome.write.data.table import Table, write_csv, write_parquet
from myotome.write.folder import hidden, refusal

COLUMNS: tuple[tuple[str, str], ...] = (
    ("region", "VARCHAR"),
    ("window", "VARCHAR"),
    ("low_hu", "INTEGER"),
    ("high_hu", "INTEGER"),
    ("z_mm", "DOUBLE"),
    ("area_cm2", "DOUBLE"),
    ("volume_ml", "DOUBLE"),
    ("voxels", "BIGINT"),
    ("mean_hu", "DOUBLE"),
)

BESIDE_COLUMNS: tuple[tuple[str, str], ...] = (
    ("myotome_structure", "VARCHAR"),
    ("myotome_definition", "VARCHAR"),
    ("myotome_z_mm", "DOUBLE"),
    ("myotome_area_cm2", "DOUBLE"),
    ("difference_cm2", "DOUBLE"),
    ("difference_percent", "DOUBLE"),
    ("not_compared", "VARCHAR"),
)


def table_of(counted: Counted) -> Table:
    """All rows, with Myotome's areas beside them where they were compared."""
    by_row = {id(found.row): found for found in counted.besides}
    columns = (*COLUMNS, *BESIDE_COLUMNS) if counted.same_input is not None else COLUMNS
    rows = []
    for row in counted.rows:
        own = tuple(getattr(row, name) for name, _ in COLUMNS)
        found = by_row.get(id(row), Beside(row=row))
        theirs = (
            *(found.structure, found.definition, found.z_mm, found.area_cm2),
            *(found.difference_cm2, found.difference_percent, found.reason),
        )
        rows.append((*own, *theirs)[: len(columns)])
    return Table(columns=columns, rows=rows)


def save(table: Table, out: Path) -> None:
    """Write the table whole or not at all: beside its place, then renamed."""
    part = hidden(out, UNFINISHED)
    write = write_parquet if out.suffix.lower() == ".parquet" else write_csv
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write(table, part)
        part.replace(out)
    except OSError as error:
        raise refusal(error) from error
    finally:
        part.unlink(missing_ok=True)
