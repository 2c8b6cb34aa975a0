"""The coordinator: keeps the workers busy with a window of studies, and the tables small."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from myotome.cohort.plan.task import Task
from myotome.cohort.run.rows import failed
from myotome.cohort.run.settings import Settings
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.parts import MOST_AT_ONCE, compact
from myotome.cohort.store.record import is_done, save
from myotome.errors import OutputError

Measure = Callable[[Task], dict[str, Any]]
_AHEAD = 4
"""Studies in flight for each worker: none waits, and the scheduler never holds all of them."""


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a run is. ``seconds`` are of this run, the counts of the whole cohort."""

    planned: int
    done: int = 0
    failed: int = 0
    this_run: int = 0
    start: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> int:
        """Studies that are not tried yet."""
        return self.planned - self.done - self.failed

    @property
    def per_hour(self) -> float:
        """Studies of this run per hour."""
        return 3600 * self.this_run / max(time.monotonic() - self.start, 1e-3)

    @property
    def hours_left(self) -> float | None:
        """Hours to go at this rate; None before anything can be said."""
        return self.left / self.per_hour if self.this_run else None

    def words(self) -> str:
        """One line for people."""
        eta = "" if self.hours_left is None else f", {_duration(self.hours_left * 3600)} to go"
        return (
            f"{self.done} done, {self.failed} failed, {self.left} left; "
            f"{self.per_hour:.0f} studies/h{eta}"
        )


def _duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinator:
    """Sends studies to an executor and hears what became of them.

    ``measure`` is called there and returns only after the study's record is on the disk.
    """

    layout: Layout
    settings: Settings
    digest: str
    executor: Executor
    measure: Measure
    workers: int
    listen: Callable[[Progress, str], None] = lambda _progress, _line: None

    def __call__(self, tasks: Iterable[Task], progress: Progress) -> Progress:
        """Measure all ``tasks``. Refuses (OutputError) to go on where every study would fail."""
        coming = iter(tasks)
        flying: dict[Future[dict[str, Any]], Task] = {}
        try:
            while True:
                for task in islice(coming, self.workers * _AHEAD - len(flying)):
                    flying[self.executor.submit(self.measure, task)] = task
                if not flying:
                    break
                ended, _ = wait(flying, return_when=FIRST_COMPLETED)
                for future in ended:
                    self._hear(flying.pop(future), future, progress)
                compact(self.layout, at_least=MOST_AT_ONCE)
        finally:
            for future in flying:
                future.cancel()
        compact(self.layout)
        return progress

    def _hear(self, task: Task, future: Future[dict[str, Any]], progress: Progress) -> None:
        answer = self._lost(task) if future.exception() else future.result()
        if "fatal" in answer:
            raise OutputError(
                f"The run was ended, because every study would fail: {answer['fatal']}",
                mend="What is finished is kept: mend this, and run again.",
            )
        progress.this_run += 1
        if answer["state"] == "done":
            progress.done += 1
        else:
            progress.failed += 1
        self._note(task, answer, progress)

    def _lost(self, task: Task) -> dict[str, Any]:
        """What became of a study whose worker was lost, and with it perhaps its last words."""
        if is_done(self.layout, task.study, task.attempt):
            return {"state": "done"}
        save(failed(task, "worker_died", seconds=0.0, digest=self.digest), self.layout)
        return {"state": "failed", "reason": "worker_died"}

    def _note(self, task: Task, answer: dict[str, Any], progress: Progress) -> None:
        now = datetime.now(UTC).isoformat("T", "seconds")
        line = f"{now} {task.study} {answer['state']} {answer.get('reason', '')}".rstrip()
        with self.layout.log.open("a", encoding="utf-8") as log:
            log.write(f"{line}; {progress.words()}\n")
        self.listen(progress, line)
