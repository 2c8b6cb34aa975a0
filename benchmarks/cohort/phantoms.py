"""Real phantom studies in a cohort that is killed three times, against single runs."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from myotome import Cohort, open_cohort, run
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.standing import counts
from myotome.phantom import cli_phantom

BROKEN = 20
"""One study in so many is broken."""


def killed(folder: Path, studies: int) -> dict[str, Any]:
    """Measure phantoms with two workers, killed three times; compare with single runs."""
    manifest = _made(folder, studies)
    cohort = folder / "cohort"
    command = [sys.executable, "-m", "myotome.cli", "cohort", "run", str(manifest)]
    command += ["-o", str(cohort), "--workers", "2", "--no-results"]
    chance = random.Random(7)  # noqa: S311 - moments, not secrets
    start = time.perf_counter()
    for kill in range(1, 4):
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted = kill * studies // 5 + chance.randint(0, 5)
        while running.poll() is None and _tried(cohort) < wanted:
            time.sleep(0.05)
        time.sleep(chance.random())
        running.send_signal(signal.SIGKILL)
        running.wait()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    with open_cohort(cohort) as found:
        states = _counted(found, "state")
        reasons = _counted(found, "reason")
        attempts = found.sql("SELECT max(attempt) FROM studies").fetchall()[0][0]
        compared, different = _against_single_runs(folder, found, studies)
    return {
        "studies": studies,
        "states": states,
        "failed_for": reasons,
        "attempts": attempts,
        "seconds": round(seconds),
        "compared_with_single_runs": compared,
        "different_numbers": different,
    }


def _counted(found: Cohort, column: str) -> dict[str, int]:
    rows = found.sql(f"SELECT {column}, count(*) FROM studies GROUP BY 1").fetchall()  # noqa: S608
    return {key: count for key, count in rows if key}


def _tried(cohort: Path) -> int:
    layout = Layout(root=cohort)
    if not layout.about.exists():
        return 0
    found = counts(layout)
    return found.done + found.failed


def _made(folder: Path, studies: int) -> Path:
    lines = ["path,labels,sex,age_years"]
    for number in range(studies):
        place = folder / "in" / str(number)
        cli_phantom(
            place, format="dicom", spacing_mm=(10.0, 4.0, 4.0), seed=number,
            contrast="unenhanced", noise_hu=10.0, faults=(), axes="RAS",
        )  # fmt: skip
        if number % BROKEN == BROKEN - 1:
            for path in (place / "dicom").rglob("*.dcm"):
                os.truncate(path, 200)
        lines.append(f"in/{number}/dicom,in/{number}/labels/muscles.nii.gz,F,{20 + number % 60}")
    manifest = folder / "studies.csv"
    manifest.write_text("\n".join(lines) + "\n")
    return manifest


def _against_single_runs(folder: Path, found: Cohort, studies: int) -> tuple[int, int]:
    """Numbers of every tenth sound study: how many were compared, how many differ."""
    compared = different = 0
    for number in range(0, studies, 10):
        place = folder / "in" / str(number)
        single = run(place / "dicom", backend=f"labels:{place}/labels/muscles.nii.gz", threads=1)
        rows = found.sql(
            "SELECT value FROM measurements m JOIN studies s USING (study) "
            "WHERE s.input_sha256 = $1",
            [single.provenance.input_sha256],
        ).fetchall()
        wanted = [m.value for m in single.measurements]
        compared += len(wanted)
        different += sum(a != b for (a,), b in zip(rows, wanted, strict=True))
    return compared, different
