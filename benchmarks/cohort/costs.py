"""Seconds and memory of a cohort of simulated studies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.process import myotome
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.parts import MOST_AT_ONCE, table_of
from myotome.cohort.store.record import Record
from myotome.tables.cohort.columns import COHORT_TABLES
from myotome.write.data.table import write_parquet

ACTING = Path(__file__).parents[2] / "tests" / "cohort" / "run" / "acting.py"
DRIVER = """
import json, resource, sys, time
from myotome.cohort.run.settings import Settings
from myotome.cohort.run.start import Wish, run_cohort
source, root, workers, acting = sys.argv[1:]
start = time.perf_counter()
wish = Wish(source=source, settings=Settings(root=root), workers=int(workers),
            command=(sys.executable, acting))
progress = run_cohort(wish)
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": time.perf_counter() - start, "done": progress.done, "peak_mb": own}))
"""


def _sources(folder: Path, count: int) -> Path:
    made = folder / "in"
    made.mkdir()
    for number in range(count):
        (made / f"ok_{number}.nii").touch()
    return made


def _driven(source: Path, root: Path, workers: int, measure_s: float) -> dict[str, Any]:
    words = [sys.executable, "-c", DRIVER, str(source), str(root), str(workers), str(ACTING)]
    env = {**os.environ, "MYOTOME_ACTING_S": str(measure_s)}
    said: dict[str, Any] = json.loads(
        subprocess.run(words, env=env, capture_output=True, check=True).stdout
    )
    return said


def overhead(folder: Path, studies: int) -> dict[str, Any]:
    """What a study of a millisecond costs, with two workers, and the coordinator's memory."""
    source = _sources(folder, studies)
    said = _driven(source, folder / "cohort", 2, 0.001)
    start = time.perf_counter()
    again = _driven(source, folder / "cohort", 2, 0.001)
    return {
        "studies": said["done"],
        "ms_each": round(1000 * said["seconds"] / studies, 2),
        "coordinator_peak_mb": round(said["peak_mb"]),
        "run_again_s": round(time.perf_counter() - start, 2),
        "done_again": again["done"],
    }


def planned(folder: Path, studies: int) -> dict[str, Any]:
    """Planning many studies, and the status of as many that are done."""
    source = _sources(folder, studies)
    plan = myotome("cohort", "run", str(source), "-o", str(folder / "dry"), "--dry-run")
    done = _finished(folder / "cohort", studies)
    status = myotome("cohort", "status", str(done))
    return {
        "studies": plan.answer["studies"],
        "plan_s": round(plan.seconds, 1),
        "plan_peak_mb": round(plan.peak_mb),
        "done": status.answer["done"],
        "status_s": round(status.seconds, 2),
    }


def _finished(root: Path, studies: int) -> Path:
    """A cohort of finished studies, as it lies on the disk after their run."""
    layout = Layout(root=root)
    numbers = range(1, studies // MOST_AT_ONCE + 1)
    for number in numbers:
        row = {"attempt": 1, "state": "done", "configuration": "x"}
        keys = (f"{number:08x}{one:08x}" for one in range(MOST_AT_ONCE))
        records = [Record(study={**row, "study": key}, rows={}) for key in keys]
        for name in COHORT_TABLES:
            layout.part(name, number).parent.mkdir(parents=True, exist_ok=True)
            write_parquet(table_of(name, records), layout.part(name, number))
    layout.index.write_text(json.dumps({"parts": list(numbers)}))
    layout.about.write_text(json.dumps({"format": 1}))
    return root


def workers(folder: Path, studies: int) -> dict[str, Any]:
    """How much faster two workers are than one, on studies that only wait (50 ms)."""
    source = _sources(folder, studies)
    seconds = [_driven(source, folder / f"c{n}", n, 0.05)["seconds"] for n in (1, 2)]
    return {"studies": studies, "two_against_one": round(seconds[0] / seconds[1], 2)}
