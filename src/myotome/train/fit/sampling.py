"""Which slice of which case is learnt from next, and what the network then sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from myotome.nets.inputs import neighbours, window
from myotome.tables.anatomy.muscles import COMPARTMENTS, GROUPS, MUSCLES
from myotome.train.augment.draw import OUT_JI, Draw, apply, draw
from myotome.train.cases.case import TrainingCase
from myotome.train.fit.losses import IGNORE

CLASSES = {
    "muscles": ("background", *(m.key for m in MUSCLES)),
    "compartments": ("outside", *(c.key for c in COMPARTMENTS)),
}
HEADS = {head: len(names) for head, names in CLASSES.items()}

SYNTHETIC = "~render"
"""In the name of a case whose CT was rendered; another real CT of a subject has none."""

_FEWEST_VOXELS = 200

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Inputs, muscle labels, which muscle classes are known, compartment labels."""


class Sampler:
    """Batches from cases, each drawn from ``(seed, step, position)`` and nothing else.

    ``synthetic_share`` of the samples come from synthetic cases (if there are any); within
    each kind every case is as likely, and within a case a slice the more likely, the more is
    annotated on it. ``drawn`` makes the augmentation of a sample, of which the middle
    ``plane_ji`` is kept.
    """

    def __init__(
        self,
        cases: Sequence[TrainingCase],
        *,
        seed: int,
        size: int,
        synthetic_share: float,
        drawn: Callable[[np.random.Generator], Draw] = draw,
        plane_ji: tuple[int, int] = OUT_JI,
    ) -> None:
        self._cases = tuple(cases)
        self._weights = tuple(_slice_weights(case) for case in cases)
        self._chance = chances([case.name for case in cases], synthetic_share)
        self._seed, self._size, self._drawn = seed, size, drawn
        self._middle = tuple(
            slice((whole - part) // 2, (whole - part) // 2 + part)
            for whole, part in zip(OUT_JI, plane_ji, strict=True)
        )

    def batch(self, step: int) -> Batch:
        """The batch of iteration ``step``."""
        rows = []
        for position in range(self._size):
            rng = np.random.default_rng((self._seed, step, position))
            index = int(rng.choice(len(self._cases), p=self._chance))
            weights = self._weights[index]
            k = int(rng.choice(len(weights), p=weights))
            rows.append(sample(self._cases[index], k, self._drawn(rng)))
        inputs, muscles, known, compartments = (
            torch.stack(part) for part in zip(*rows, strict=True)
        )
        middle = (..., *self._middle)
        return (
            inputs[middle].contiguous(memory_format=torch.channels_last),
            muscles[middle].contiguous(),
            known,
            compartments[middle].contiguous(),
        )


def chances(names: Sequence[str], synthetic_share: float) -> NDArray[np.float64]:
    """How likely each case is drawn: ``synthetic_share`` for all synthetic ones together.

    If there are only synthetic ones, or none, the share does not matter.
    """
    made = np.array([SYNTHETIC in name for name in names])
    share = synthetic_share if made.any() and not made.all() else float(made.all())
    chance = np.where(made, share / max(1, made.sum()), (1 - share) / max(1, (~made).sum()))
    return np.asarray(chance / chance.sum(), dtype=np.float64)


def sample(case: TrainingCase, k: int, d: Draw) -> Batch:
    """One augmented training sample of slice ``k`` (without a batch axis)."""
    stack = torch.from_numpy(neighbours(case.hu, k, case.dz_mm, d.reach_mm))
    hu, muscles, compartments = apply(
        d,
        stack,
        torch.from_numpy(case.muscles[k]),
        torch.from_numpy(case.compartments[k]),
        torch.from_numpy(case.organs[k]),
        torch.from_numpy(organ_medians(case)),
    )
    known = torch.ones(HEADS["muscles"], dtype=torch.bool)
    for column in range(len(GROUPS)):
        known[1 + 2 * column : 3 + 2 * column] = bool(case.annotated[k, column])
    told = known[muscles.long().clamp(max=len(MUSCLES))] | (muscles == IGNORE)
    muscles = torch.where(told, muscles, torch.zeros_like(muscles))
    return torch.from_numpy(window(hu.numpy())), muscles, known, compartments


@lru_cache(maxsize=256)
def organ_medians(case: TrainingCase) -> NDArray[np.float32]:
    """(256,) median HU of each organ id in the whole case, NaN for ids with few voxels."""
    out = np.full(256, np.nan, np.float32)
    step = max(1, case.organs.size // 4_000_000)
    ids, hu = case.organs.ravel()[::step], case.hu.ravel()[::step]
    for value in np.unique(ids[ids > 0]):
        held = hu[ids == value]
        if len(held) >= _FEWEST_VOXELS:
            out[value] = np.median(held)
    return out


def _slice_weights(case: TrainingCase) -> NDArray[np.float64]:
    """How often each slice is drawn: by the square of how much is annotated on it."""
    share = case.annotated.mean(axis=1) ** 2
    share = share + 0.15 * (case.compartments != IGNORE).any(axis=(1, 2))
    return np.asarray(share / share.sum(), dtype=np.float64)
