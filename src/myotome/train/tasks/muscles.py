"""The task of the muscle networks: 12 muscles (and compartments) on axial slices."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from myotome.nets.model import INPUT
from myotome.tables.architectures import architecture
from myotome.train.cases.case import TrainingCase, load_entry
from myotome.train.cases.entry import LABELLED, CaseEntry, Need
from myotome.train.fit.dice import Sight, sights_of
from myotome.train.fit.losses import IGNORE, cross_entropy_and_dice, marginal_cross_entropy
from myotome.train.fit.presets import AUGMENTATIONS, PRESETS
from myotome.train.fit.recipe import Config
from myotome.train.fit.sampling import HEADS, Sampler
from myotome.train.synthesis.phantoms import phantom_case
from myotome.train.synthesis.pool import load_pool, render_entry
from myotome.train.tasks.task import Batch, Losses, Task

_INPUT = (
    "three axial planes (4 mm below, at, 4 mm above) on 1.5 mm pixels, window level 40 width 400 "
    "HU scaled to 0..1; k up, j to posterior, i to the left"
)
_VARIANTS, _EXAMPLES = 3, 8


def sampler_of(cases: Sequence[TrainingCase], config: Config) -> Sampler:
    """The sampler that ``config`` asks for."""
    return Sampler(
        cases,
        seed=config.seed,
        size=config.batch,
        synthetic_share=config.synthetic_share,
        drawn=AUGMENTATIONS[config.augmentation],
        plane_ji=config.plane_ji,
    )


def muscle_losses(logits: Tensor, batch: Batch, config: Config) -> Losses:
    """Marginal cross-entropy and Dice of the muscles, and of the compartments if it has them."""
    _, muscles, known, compartments = batch
    heads = [HEADS[head] for head in architecture(config.architecture).heads]
    muscle_logits, *others = logits.split(heads, dim=1)
    cross, dice = cross_entropy_and_dice(muscle_logits, muscles, known)
    total = cross + dice
    for other in others:
        total = total + _compartments_loss(other, compartments, config)
    return Losses(total=total, cross=cross, truth=muscles, known=known)


def _compartments_loss(logits: Tensor, target: Tensor, config: Config) -> Tensor | float:
    if not bool((target != IGNORE).any()):
        return 0.0
    everything = torch.ones(logits.shape[:2], dtype=torch.bool, device=logits.device)
    return config.compartments_weight * marginal_cross_entropy(logits, target, everything)


def phantom_sights(most: int = _EXAMPLES) -> list[Sight]:
    """Slices of two phantoms."""
    return sights_of([phantom_case(seed, spacing_k_mm=20.0) for seed in (901, 902)], most)


def _renderable(entry: CaseEntry) -> bool:
    return LABELLED.met(entry) or (entry.ct is None and entry.organs is not None)


MUSCLE_TASK = Task(
    key="muscles",
    words="the 12 muscles, slice by slice",
    network="muscles",
    classes=HEADS["muscles"],
    presets=PRESETS,
    need=LABELLED,
    read=load_entry,
    pool=load_pool,
    sampler=sampler_of,
    losses=muscle_losses,
    sights=sights_of,
    examples=phantom_sights,
    input=_INPUT,
    geometry=INPUT,
    variants=_VARIANTS,
    renderable=Need(words=f"{LABELLED.words}; or organs alone", met=_renderable),
    render=render_entry,
)
