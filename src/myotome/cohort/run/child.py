"""The process that measures: one study after the other, with networks that are loaded once.

It is told its settings and then one study per line on stdin, and answers each with one line on
stdout, all JSON. It writes results and record before it answers, and ends when its parent does.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from myotome.cohort.plan.make import salt_of
from myotome.cohort.plan.task import Task
from myotome.cohort.run.rows import measured, refused
from myotome.cohort.run.settings import Settings
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.record import save
from myotome.errors import MyotomeError
from myotome.nouns.study.pseudonym import pseudonym
from myotome.nouns.study.series import Catalogue, Judged
from myotome.read.input.files import Source
from myotome.tables.cohort.failures import failure_of

READY = "ready"
_WATCH_S = 1.0


@dataclass(slots=True, kw_only=True)
class Measurer:
    """Measures studies one by one; the stages, and so the networks, stay."""

    settings: Settings
    digest: str
    _stages: Any = field(default=None, init=False)
    _judged: tuple[Judged, ...] = field(default=(), init=False)

    def __call__(self, task: Task) -> dict[str, Any]:
        """Measure one study, keep its results and record; says what became of it.

        What would fail every study (a full disk, a missing network) is told and not recorded.
        """
        layout, self._judged = Layout(root=Path(self.settings.root)), ()
        start = time.perf_counter()
        try:
            result = self._measure(task, layout)
        except Exception as error:  # one study never stops the others
            row, seconds = failure_of(error), time.perf_counter() - start
            if row.fatal:
                message = str(error) if isinstance(error, MyotomeError) else row.words
                return {"study": task.study, "fatal": message}
            record = refused(task, error, seconds=seconds, digest=self.digest, judged=self._judged)
        else:
            seconds = time.perf_counter() - start
            record = measured(task, result, seconds=seconds, digest=self.digest)
        try:
            save(record, layout)
        except MyotomeError as error:
            return {"study": task.study, "fatal": str(error)}
        told = record.study
        return {"study": task.study, "state": told["state"], "reason": told.get("reason", "")}

    def _measure(self, task: Task, layout: Layout) -> Any:
        from myotome.assess.person.record import record
        from myotome.study import run_study

        salt = salt_of(layout)
        changes = {"backend": f"labels:{task.labels}"} if task.labels else {}
        config = self.settings.configuration(salt, **changes)
        found = run_study(
            task.path,
            config=config,
            out=layout.results(task.study) if self.settings.keep_results else None,
            record=record(task.person),
            stages=self._restricted(task, config, salt),
        )
        return found.best

    def _restricted(self, task: Task, config: Any, salt: str) -> Any:
        """The stages for one study: those of every study, blind for what is not its own."""
        from myotome.study import Stages

        if task.labels:
            stages = Stages.of(config)
        else:
            stages = self._stages = self._stages or Stages.of(config)
        every, wanted = stages.list, frozenset(task.files)
        key = pseudonym("study", task.uid, salt)

        def listed(source: Source) -> tuple[Catalogue, tuple[Judged, ...]]:
            if wanted:
                own = tuple(file for file in source.files if file.name in wanted)
                source = replace(source, files=own)
            found, judged = every(source)
            self._judged = tuple(j for j in judged if not key or j.series.study_key == key)
            return found, self._judged

        return replace(stages, list=listed)


def serve(told: IO[str], answers: IO[str], measurer: Callable[[Settings, str], Any]) -> None:
    """Answer one line after the other until there are no more."""
    first = json.loads(told.readline())
    measure = measurer(Settings(**first["settings"]), first["digest"])
    _say(answers, {"state": READY})
    for line in told:
        _say(answers, measure(Task.of(json.loads(line))))


def _say(answers: IO[str], answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _end_with(parent: int) -> None:
    """End this process soon after its parent ended: nobody would hear its answer."""
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)


def main(measurer: Callable[[Settings, str], Any] | None = None) -> None:
    """The process itself. Whatever a library prints goes to stderr, not among the answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    make = measurer or (lambda settings, digest: Measurer(settings=settings, digest=digest))
    serve(sys.stdin, answers, make)
    os._exit(0)  # all is on the disk, and the engine's own threads may take their time to end


if __name__ == "__main__":
    main()
