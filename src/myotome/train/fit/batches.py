"""The samples of each iteration: drawn as the preset says, ahead of time if asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

import torch

from myotome.train.cases.learnt import Case
from myotome.train.fit.recipe import Config
from myotome.train.tasks.known import TASK
from myotome.train.tasks.task import Batch, Sampler

_AHEAD = 2
"""Batches that each loader has in hand."""


def batches(cases: Sequence[Case], config: Config, start: int, stop: int) -> Iterator[Batch]:
    """The batches of iterations ``start`` to ``stop``; ``config.loaders`` processes draw ahead.

    What is drawn depends on seed and iteration alone. With loaders each sample is computed by
    one thread, so the last digits may differ from a run without.
    """
    if not config.loaders or start >= stop:
        sampler = TASK[config.task].sampler(cases, config)
        for step in range(start, stop):
            yield sampler.batch(step)
        return
    # a forked child would inherit torch's threads in an unknown state
    with ProcessPoolExecutor(
        config.loaders,
        mp_context=get_context("spawn"),
        initializer=_begin_loader,
        initargs=(tuple(cases), config),
    ) as pool:
        waiting: deque[Future[Batch]] = deque()
        following = iter(range(start, stop))
        for step in following:
            waiting.append(pool.submit(_load, step))
            if len(waiting) >= _AHEAD * config.loaders:
                break
        try:
            while waiting:
                batch = waiting.popleft().result()
                for step in following:
                    waiting.append(pool.submit(_load, step))
                    break
                yield batch
        finally:
            pool.shutdown(cancel_futures=True)


_loader: list[Sampler] = []
"""The sampler of this process, if it is a loader."""


def _begin_loader(cases: Sequence[Case], config: Config) -> None:
    torch.set_num_threads(1)
    _loader[:] = [TASK[config.task].sampler(cases, config)]


def _load(step: int) -> Batch:
    return _loader[0].batch(step)
