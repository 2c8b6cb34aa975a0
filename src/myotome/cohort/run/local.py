"""Workers on this machine: a thread for each, which waits for its measuring process."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from myotome.cohort.plan.task import Task
from myotome.cohort.run.engine import Measure
from myotome.cohort.run.keeper import CHILD, Keeper
from myotome.cohort.run.settings import Settings


@contextmanager
def crew(
    workers: int, settings: Settings, digest: str, *, command: Sequence[str] = CHILD
) -> Iterator[tuple[Executor, Measure]]:
    """An executor and what it is to call. At the end all measuring processes are ended."""
    keepers = [Keeper(settings=settings, digest=digest, command=command) for _ in range(workers)]
    free: queue.SimpleQueue[Keeper] = queue.SimpleQueue()
    for keeper in keepers:
        free.put(keeper)

    def measure(task: Task) -> dict[str, Any]:
        keeper = free.get()
        try:
            return keeper(task)
        finally:
            free.put(keeper)

    with ThreadPoolExecutor(workers) as pool:
        try:
            yield pool, measure
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for keeper in keepers:
                keeper.close()
