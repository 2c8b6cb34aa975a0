"""One measured study as rows of the cohort's tables."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from myotome import __version__
from myotome.cohort.plan.task import Task
from myotome.cohort.store.record import DONE, FAILED, Cells, Record
from myotome.errors import MyotomeError
from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import Judged
from myotome.tables.cohort.columns import COHORT_TABLES
from myotome.tables.cohort.failures import FAILURES, failure_of
from myotome.write.data.table import Table, measurement_table, series_table, slice_table

_SYSTEM = "The system refused to read or write a file."


def measured(task: Task, result: StudyResult, *, seconds: float, digest: str) -> Record:
    """The record of a study that has numbers."""
    volume, person = result.volume, result.person
    numbers = measurement_table(result)
    study = {
        **_common(task, seconds=seconds, digest=digest),
        "state": DONE,
        "subject": task.subject or result.subject_key,
        "weights": _first(numbers, "weights"),
        "input_sha256": result.provenance.input_sha256,
        "series": result.chosen,
        "images": int(volume.hu.shape[0]),
        "slice_mm": float(volume.grid.spacing_mm[0]),
        "kvp": volume.acquisition.kvp,
        "contrast_header": result.contrast_header,
        "contrast_image": result.landmarks.contrast_image,
        "sex": person.sex,
        "age_years": person.age_years,
        "height_cm": person.height_cm,
        "weight_kg": person.weight_kg,
    }
    flags = [
        {
            "code": flag.code,
            "severity": str(flag.severity),
            "level": flag.level,
            "structure": flag.structure,
            "message": flag.message,
        }
        for flag in result.flags
    ]
    rows: dict[str, Sequence[Cells]] = {
        "measurements": _rows("measurements", numbers),
        "slices": _rows("slices", slice_table(result.slice_areas)),
        "series": _rows("series", series_table(result.judged, result.chosen)),
        "flags": flags,
    }
    return Record(study=study, rows=rows)


def refused(
    task: Task,
    error: BaseException,
    *,
    seconds: float,
    digest: str,
    judged: Sequence[Judged] = (),
) -> Record:
    """The record of a study that was refused, or on which the program failed.

    ``judged`` are the series found before that: why none could be measured.
    """
    row = failure_of(error)
    if isinstance(error, MyotomeError):
        message = str(error)
    elif isinstance(error, OSError):
        message = _SYSTEM  # the words of the system may name a path
    else:
        message = f"{row.words}. {row.mend}"
    record = failed(task, row.key, message, seconds=seconds, digest=digest)
    rows = {"series": _rows("series", series_table(tuple(judged)))} if judged else {}
    return replace(record, study={**record.study, "peak_mb": _peak_mb()}, rows=rows)


def failed(task: Task, reason: str, message: str = "", *, seconds: float, digest: str) -> Record:
    """The record of a study without numbers; ``reason`` is a row of the table of failures."""
    row = FAILURES[reason]
    study = {
        **_common(task, seconds=seconds, digest=digest),
        "peak_mb": None,  # whoever says this need not be who measured
        "state": FAILED,
        "subject": task.subject,
        "reason": row.key,
        "message": message or f"{row.words}. {row.mend}",
    }
    return Record(study=study, rows={})


def _common(task: Task, *, seconds: float, digest: str) -> dict[str, Any]:
    return {
        "study": task.study,
        "attempt": task.attempt,
        "days_since_first": task.days_since_first,
        "training": task.training,
        "seconds": round(seconds, 3),
        "peak_mb": _peak_mb(),
        "finished_utc": datetime.now(UTC).isoformat("T", "seconds"),
        "configuration": digest,
        "myotome_version": __version__,
        "given": json.dumps(dict(task.given), default=str) if task.given else "",
    }


def _peak_mb() -> float:
    """Peak memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6, 1)


def _rows(name: str, table: Table) -> list[Cells]:
    """The cells of a table of one study that the cohort's table of that name keeps."""
    kept = {column.key for column in COHORT_TABLES[name]}
    names = [column for column, _ in table.columns]
    return [
        {key: cell for key, cell in zip(names, row, strict=True) if key in kept}
        for row in table.rows
    ]


def _first(table: Table, column: str) -> Any:
    place = [name for name, _ in table.columns].index(column)
    return table.rows[0][place] if table.rows else None
