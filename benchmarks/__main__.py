"""`make bench`: the README's numbers, measured on this machine, as a table."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import cases
from benchmarks.dicom import dicom_objects
from benchmarks.process import machine

FOLDER = Path("out/bench")
CASES = (
    cases.start_up,
    cases.catalogue,
    cases.whole_study,
    dicom_objects,
    cases.engines,
    cases.size,
)


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows: list[cases.Row] = []
    for case in CASES:
        print(f"... {case.__name__}", file=sys.stderr, flush=True)
        rows += case(FOLDER)
    facts = machine()
    print(f"\n{facts['cpu']}, {facts['cores']} cores, load {facts['load']} at the start\n")
    print("| what | measured | goal |\n|---|---|---|")
    for row in rows:
        print(f"| {row.what} | {row.measured} | {row.goal} |")
    report = {"machine": facts, "rows": [row._asdict() for row in rows]}
    (FOLDER / "results.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
