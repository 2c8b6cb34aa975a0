"""The samples of each iteration: drawn as the preset says, ahead of time if asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import torch

from myotome.train.augment import OUT_JI, Draw
from myotome.train.cases import TrainingCase
from myotome.train.presets import AUGMENTATIONS
from myotome.train.recipe import Config
from myotome.train.sampling import Batch, Sampler, sample

_AHEAD = 2
"""Batches that each loader has in hand."""


class DrawnSampler(Sampler):
    """A :class:`Sampler` that draws by ``drawn`` and keeps the middle ``plane_ji``."""

    def __init__(self, cases: Sequence[TrainingCase], config: Config) -> None:
        super().__init__(
            cases, seed=config.seed, size=config.batch, synthetic_share=config.synthetic_share
        )
        self._augmentation = config.augmentation
        self._plane_ji = config.plane_ji

    def batch(self, step: int) -> Batch:
        """The batch of iteration ``step``."""
        drawn: Callable[[np.random.Generator], Draw] = AUGMENTATIONS[self._augmentation]
        rows = []
        for position in range(self._size):
            rng = np.random.default_rng((self._seed, step, position))
            index = int(rng.choice(len(self._cases), p=self._chance))
            weights = self._weights[index]
            k = int(rng.choice(len(weights), p=weights))
            rows.append(sample(self._cases[index], k, drawn(rng)))
        inputs, muscles, known, compartments = (
            torch.stack(part) for part in zip(*rows, strict=True)
        )
        j, i = (
            slice((whole - part) // 2, (whole - part) // 2 + part)
            for whole, part in zip(OUT_JI, self._plane_ji, strict=True)
        )
        return (
            inputs[..., j, i].contiguous(memory_format=torch.channels_last),
            muscles[..., j, i].contiguous(),
            known,
            compartments[..., j, i].contiguous(),
        )


def batches(
    cases: Sequence[TrainingCase], config: Config, start: int, stop: int
) -> Iterator[Batch]:
    """The batches of iterations ``start`` to ``stop``; ``config.loaders`` processes draw ahead.

    What is drawn depends on seed and iteration alone. With loaders each sample is computed by
    one thread, so the last digits may differ from a run without.
    """
    if not config.loaders or start >= stop:
        sampler = DrawnSampler(cases, config)
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


_loader: list[DrawnSampler] = []
"""The sampler of this process, if it is a loader."""


def _begin_loader(cases: Sequence[TrainingCase], config: Config) -> None:
    torch.set_num_threads(1)
    _loader[:] = [DrawnSampler(cases, config)]


def _load(step: int) -> Batch:
    return _loader[0].batch(step)
