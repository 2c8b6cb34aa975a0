"""`python -m benchmarks.cohort -o FOLDER`: overhead, planning, status, workers, kills.

Studies are simulated (a millisecond each, one measurement) but for `phantoms`, which measures real
phantom studies, kills the run three times and compares its table with single runs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from benchmarks.cohort import costs, phantoms
from benchmarks.process import machine


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("what", nargs="*", default=["overhead", "planned", "workers"])
    asked.add_argument("-o", "--out", type=Path, default=Path("out/bench/cohort"))
    asked.add_argument("--studies", type=int, default=10_000)
    asked.add_argument("--planned", type=int, default=100_000)
    asked.add_argument("--phantoms", type=int, default=200)
    told = asked.parse_args()
    told.out.mkdir(parents=True, exist_ok=True)
    rows = {
        "overhead": lambda folder: costs.overhead(folder, told.studies),
        "planned": lambda folder: costs.planned(folder, told.planned),
        "workers": lambda folder: costs.workers(folder, told.studies // 20),
        "phantoms": lambda folder: phantoms.killed(folder, told.phantoms),
    }
    report = {"machine": machine()}
    for name in told.what:
        folder = told.out / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        report[name] = rows[name](folder)
        print(json.dumps({name: report[name]}), flush=True)
    (told.out / "results.json").write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
