"""Which part of which body is learnt from next, as the coarse network sees it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from myotome.errors import InputError
from myotome.locate.coarse import MULTIPLE_K, WINDOW_JI, network_input
from myotome.nouns.space.volume import AIR_HU
from myotome.train.fit.dice import Sight
from myotome.train.fit.losses import IGNORE
from myotome.train.fit.recipe import Config
from myotome.train.fit.sampling import chances
from myotome.train.levels.draw import Sample, draw_sample, plain_sample
from myotome.train.levels.losses import CLASSES
from myotome.train.levels.pool import Drawn, read_sample
from myotome.train.levels.subject import ANYTHING, SHORTEST_K, Subject

AUGMENTATION = "modern"
_PADDED = (SHORTEST_K, 48, 64, 80)
_CHANCE = (0.3, 0.25, 0.2, 0.25)

Body = Subject | Drawn
Windows = tuple[Tensor, Tensor]
"""Inputs float32 ``(n, 2, k, 48, 64)`` and target codes uint8 ``(n, k, 48, 64)``."""


class LevelSampler:
    """Batches of windows along z, each drawn from ``(seed, step)`` and nothing else.

    A batch holds ``size`` windows of the shortest kind, or fewer of a longer one.
    ``synthetic_share`` of them come from the pool (if there is one), the others are drawn
    anew from the bodies; within each kind every one is as likely.
    """

    def __init__(
        self, cases: Sequence[Body], *, seed: int, size: int, synthetic_share: float
    ) -> None:
        self._cases = tuple(cases)
        self._chance = chances([case.name for case in cases], synthetic_share)
        self._seed, self._size = seed, size

    def batch(self, step: int) -> Windows:
        """The batch of iteration ``step``."""
        rng = np.random.default_rng((self._seed, step))
        padded = int(rng.choice(_PADDED, p=_CHANCE))
        inputs, targets = [], []
        for _ in range(max(1, self._size * SHORTEST_K // padded)):
            case = self._cases[int(rng.choice(len(self._cases), p=self._chance))]
            sample = read_sample(case) if isinstance(case, Drawn) else draw_sample(case, rng)
            hu, target = _window(sample, padded, rng)
            air = np.full((padded, *WINDOW_JI), AIR_HU, np.float32)
            air[: len(hu)] = hu
            codes = np.full((padded, *WINDOW_JI), ANYTHING, np.uint8)
            codes[: len(target)] = target
            inputs.append(network_input(air)[0])
            targets.append(codes)
        return (
            torch.from_numpy(np.stack(inputs)).to(memory_format=torch.channels_last_3d),
            torch.from_numpy(np.stack(targets)),
        )


def sampler_of(cases: Sequence[Body], config: Config) -> LevelSampler:
    """The sampler that ``config`` asks for. Refuses (InputError) another augmentation."""
    if config.augmentation != AUGMENTATION:
        raise InputError(
            f'levels cannot be learnt with the augmentation "{config.augmentation}".',
            mend=f"Leave it out: they have one, {AUGMENTATION}.",
        )
    return LevelSampler(
        cases, seed=config.seed, size=config.batch, synthetic_share=config.synthetic_share
    )


def _window(
    sample: Sample, most: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """At most ``most`` planes of one sample: any part of the trunk, flipped, brighter, darker."""
    hu, target = sample[0].astype(np.float32), sample[1]
    if rng.random() < 0.5:
        hu, target = hu[..., ::-1], target[..., ::-1]
    planes = min(len(hu), most)
    if rng.random() < 0.5:
        planes = min(planes, int(rng.integers(most - MULTIPLE_K + 1, most + 1)))
    if rng.random() < 0.15:
        planes = min(planes, int(rng.integers(6, 24)))
    start = int(rng.integers(0, len(hu) - planes + 1))
    if rng.random() < 0.3:
        start = 0 if rng.random() < 0.6 else len(hu) - planes
    gain, shift = np.float32(rng.uniform(0.92, 1.08)), np.float32(rng.normal(0, 25))
    return hu[start : start + planes] * gain + shift, target[start : start + planes]


def sights_of(cases: Sequence[Body], most: int) -> list[Sight]:
    """At most ``most`` of ``cases``, each whole and as it is, evenly spaced."""
    picked = np.unique(np.linspace(0, len(cases) - 1, min(most, len(cases))).round().astype(int))
    return [_sight(cases[int(n)]) for n in picked]


def _sight(case: Body) -> Sight:
    hu, target = read_sample(case) if isinstance(case, Drawn) else plain_sample(case)
    truth = np.where(target < CLASSES, target, IGNORE).astype(np.uint8)
    return Sight(
        planes=network_input(hu.astype(np.float32))[0],
        truth=torch.from_numpy(truth),
        known=torch.ones(CLASSES, dtype=torch.bool),
    )
