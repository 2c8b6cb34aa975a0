"""The tables of large cohorts: opening one, and its wide table. `python -m benchmarks.tables`.

The cohorts are drawn by DuckDB, straight into the parts that a run leaves after compacting.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.process import machine, myotome
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.parts import MOST_AT_ONCE
from myotome.tables.cohort.columns import COHORT_TABLES

STUDY = "md5(i::VARCHAR)"
STUDIES: Mapping[str, str] = {
    "study": STUDY,
    "attempt": "1",
    "subject": "md5('s' || i // 2)",
    "days_since_first": "i % 2 * 100",
    "training": "false",
    "state": "'done'",
    "sex": "if(i % 2 = 0, 'F', 'M')",
    "age_years": "20 + i % 60",
    "height_cm": "170",
    "weight_kg": "70",
    "given": """'{"site": 3, "cpt": "74177"}'""",
}
MEASUREMENTS: Mapping[str, str] = {
    "study": STUDY,
    "attempt": "1",
    "quantity": "'quantity_' || j % 20",
    "structure": "'structure_' || j // 20",
    "side": "'both'",
    "level": "'slab'",
    "value": "if((i + j) % 7 = 0, NULL, random() * 100)",
    "unit": "'g'",
    "status": "if((i + j) % 7 = 0, 'not_measurable', 'measured')",
    "reason": "if((i + j) % 7 = 0, 'not in view', '')",
    "definition": "'volume x 1.06 g/ml (Vu 2024); includes fat inside the mask'",
    "low_90": "random()",
    "high_90": "random()",
    "flags": "'prone level_uncertain'",
    "weights": "'muscles:123456789012 vertebrae:123456789012'",
}


def drawn(root: Path, studies: int, numbers: int) -> Path:
    """A cohort of so many studies with so many numbers each."""
    import duckdb

    layout = Layout(root=root)
    root.mkdir()
    layout.about.write_text('{"format": 1}', encoding="utf-8")
    parts = range(1, -(-studies // MOST_AT_ONCE) + 1)
    connection = duckdb.connect()
    for part in parts:
        begin = (part - 1) * MOST_AT_ONCE
        rows = f"range({begin}, {min(begin + MOST_AT_ONCE, studies)}) r(i)"
        for name, columns in COHORT_TABLES.items():
            cells = {"studies": STUDIES, "measurements": MEASUREMENTS}.get(name, {})
            told = ", ".join(f"({cells.get(c.key, 'NULL')})::{c.kind} AS {c.key}" for c in columns)
            source = {"studies": rows, "measurements": f"{rows}, range({numbers}) q(j)"}
            path = layout.part(name, part)
            path.parent.mkdir(parents=True, exist_ok=True)
            given = source.get(name, "range(0) r(i)")
            query = f"SELECT {told} FROM {given}"  # noqa: S608  names of our own
            connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    layout.index.write_text(json.dumps({"parts": list(parts)}), encoding="utf-8")
    return root


def opening(root: Path) -> None:
    from myotome import open_cohort

    with open_cohort(root) as cohort:
        cohort.sql("SELECT count(*) FROM studies").fetchall()


def timed(do: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall clock and of the processor (of this process)."""
    wall, cpu = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - wall, time.process_time() - cpu


def row(what: str, wall: float, cpu: float, peak_mb: float) -> None:
    print(f"| {what} | {wall:.1f} s | {cpu:.1f} s | {peak_mb:.0f} MB |", flush=True)


def main() -> int:
    facts = machine()
    print(f"{facts['cpu']}, {facts['cores']} cores, load {facts['load']} at the start\n")
    print("| what | wall clock | processor | peak memory |\n|---|---|---|---|")
    with TemporaryDirectory() as folder:
        many = drawn(Path(folder) / "many", 100_000, 10)
        took = timed(lambda: opening(many))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        row("open 100,000 studies", *took, peak)
        large = drawn(Path(folder) / "large", 10_000, 700)
        for ending in ("parquet", "csv"):
            before = _of_children()
            out = Path(folder) / f"wide.{ending}"
            ran = myotome("cohort", "table", str(large), "-o", str(out))
            cpu = _of_children() - before
            row(f"wide table of 10,000 x 700, {ending}", ran.seconds, cpu, ran.peak_mb)
    return 0


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
