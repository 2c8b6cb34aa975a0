"""`myotome cohort run`: plan, begin, measure, and say how it went."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from myotome.cohort.plan.make import lines_of, read_plan, salt_of, save_plan, tasks_of
from myotome.cohort.plan.task import Task
from myotome.cohort.run import cluster, local
from myotome.cohort.run.begin import Todo, refuse_strangers, require_same, todo
from myotome.cohort.run.engine import Coordinator, Measure, Progress
from myotome.cohort.run.keeper import CHILD
from myotome.cohort.run.lock import locked
from myotome.cohort.run.settings import Settings
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.parts import compact

Listen = Callable[[Progress, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a cohort is to be run.

    ``source`` is a manifest, folder or pattern (None: the plan as it is). ``workers`` measure at
    once, here or on ``where`` (a scheduler or an address) with ``options`` of its own. ``retry``
    names reasons of failures to try again (empty: any; None: none). ``command`` starts a measuring
    process.
    """

    source: str | None
    settings: Settings
    workers: int = 1
    keep: Sequence[str] = ()
    where: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    mix: bool = False
    again: bool = False
    retry: Collection[str] | None = None
    command: Sequence[str] = CHILD


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def planned(wish: Wish, layout: Layout) -> tuple[Task, ...]:
    """The studies of the cohort: those of ``source``, and those of its earlier plans."""
    known = {task.study: task for task in read_plan(layout)}
    if wish.source is not None:
        salt = salt_of(layout)
        fresh = tasks_of(lines_of(wish.source, keep=wish.keep), salt, threads=cores())
        known.update({task.study: task for task in fresh})
    return tuple(known[study] for study in sorted(known))


def dry_run(wish: Wish) -> tuple[Todo, tuple[Task, ...]]:
    """What a run would do. Leaves nothing but the salt that its keys are made with."""
    layout = Layout(root=Path(wish.settings.root))
    refuse_strangers(layout.root)
    tasks = planned(wish, layout)
    left = todo(tasks, layout, wish.settings.digest(), again=wish.again, retry=wish.retry)
    return left, tasks


def _crew(
    wish: Wish, workers: int, digest: str
) -> AbstractContextManager[tuple[Executor, Measure]]:
    """Those who measure, here or on a cluster."""
    told: dict[str, Any] = {"command": wish.command}
    if not wish.where:
        return local.crew(workers, wish.settings, digest, **told)
    return cluster.crew(wish.where, workers, wish.settings, digest, options=wish.options, **told)


def run_cohort(wish: Wish, *, listen: Listen = lambda _progress, _line: None) -> Progress:
    """Plan and measure a cohort; what is finished already is not measured again.

    Refuses with a :class:`myotome.errors.MyotomeError`: a bad manifest, a folder that is no
    cohort, another run at work there, another configuration than the cohort's.
    """
    settings = wish.settings
    layout = Layout(root=Path(settings.root))
    refuse_strangers(layout.root)
    with locked(layout):
        settings.configuration(salt_of(layout))  # refused here, not in every worker
        digest = settings.digest()
        tasks = planned(wish, layout)
        require_same(layout, settings, digest, mix=wish.mix, again=wish.again)
        save_plan(tasks, layout)
        compact(layout)
        left = todo(tasks, layout, digest, again=wish.again, retry=wish.retry)
        progress = Progress(planned=left.planned, done=left.done, failed=left.failed)
        if not left.tasks:
            return progress
        workers = min(wish.workers, len(left.tasks))
        with _crew(wish, workers, digest) as (executor, measure):
            coordinator = Coordinator(
                layout=layout,
                settings=settings,
                digest=digest,
                executor=executor,
                measure=measure,
                workers=workers,
                listen=listen,
            )
            return coordinator(left.tasks, progress)
