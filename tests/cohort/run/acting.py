"""A measuring process that acts as the study's path says: the real one, but for the measuring."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from myotome.cohort.plan.task import Task
from myotome.cohort.run import child
from myotome.cohort.run.rows import failed
from myotome.cohort.run.settings import Settings
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.record import Record, save

MEASURE_S = float(os.environ.get("MYOTOME_ACTING_S", "0.02"))


def acts(settings: Settings, digest: str) -> Any:
    """Measures nothing: the name of the study's file is what happens, and its value."""

    def measure(task: Task) -> dict[str, Any]:
        print("a library talks")  # noqa: T201 - it must not end among the answers
        act, _, number = Path(task.path).stem.partition("_")
        if act == "hangs":
            time.sleep(600)
        if act == "hungry":
            hoard = bytearray(600_000_000)
            hoard[::4096] = b"x" * len(hoard[::4096])
            time.sleep(600)
        if act == "dies":
            os._exit(9)
        if act == "full":
            return {"study": task.study, "fatal": "the disk is full."}
        time.sleep(MEASURE_S)
        record = failed(task, "geometry", seconds=0.0, digest=digest)
        if act == "ok":
            row = {"quantity": "area", "structure": "psoas", "value": float(number), "unit": "cm2"}
            told = {**record.study, "state": "done", "reason": "", "message": ""}
            record = Record(study=told, rows={"measurements": [row]})
        save(record, Layout(root=Path(settings.root)))
        return {"study": task.study, "state": record.study["state"], "reason": "geometry"}

    return measure


if __name__ == "__main__":
    child.main(acts)
