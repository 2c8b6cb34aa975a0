"""The tables as they are, in CSV or Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from myotome.cohort.export.chosen import Chosen
from myotome.cohort.tables.dictionary import save_dictionary
from myotome.cohort.tables.long import long, prepared
from myotome.cohort.tables.save import copy, partitioned, save, save_query
from myotome.tables.cohort.columns import COHORT_TABLES, KEYS

_BESIDE = ("flags", "series", "slices")


def write_csv(chosen: Chosen, folder: Path) -> dict[str, Any]:
    """Every table as a CSV file; returns the number of rows of each."""
    rows = {"wide": save(chosen.cohort, chosen.made, folder / "wide.csv")}
    numbers = long(chosen.cohort, chosen.wanted)
    rows["measurements"] = save(chosen.cohort, numbers, folder / "measurements.csv")
    for table in _BESIDE:
        query = _query(chosen, table)
        rows[table] = save_query(chosen.cohort, query, folder / f"{table}.csv")
    save_dictionary(chosen.entries, folder / "dictionary.csv")
    return {"rows": rows}


def write_parquet(chosen: Chosen, folder: Path) -> dict[str, Any]:
    """Every table as Parquet; returns the number of rows of each."""
    rows = {"wide": save(chosen.cohort, chosen.made, folder / "wide.parquet")}
    numbers, _ = prepared(chosen.cohort, chosen.wanted)
    portions = map(numbers.of, chosen.cohort.portions("measurements"))
    rows["measurements"] = partitioned(chosen.cohort, portions, folder / "measurements", "quantity")
    for table in _BESIDE:
        rows[table] = copy(chosen.cohort, _query(chosen, table), folder / f"{table}.parquet")
    save_dictionary(chosen.entries, folder / "dictionary.csv")
    return {"rows": rows}


def _query(chosen: Chosen, table: str) -> str:
    """A table of the cohort, of the studies that are handed on."""
    attempt = KEYS[1].key
    columns = ", ".join(c.key for c in COHORT_TABLES[table] if c.key != attempt)
    return f'SELECT {columns} FROM "{table}" SEMI JOIN {chosen.table} USING (study)'
