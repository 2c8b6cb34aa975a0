"""How a network is trained: one frozen object, saved with every checkpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from myotome.errors import InputError
from myotome.nets.model import CLASSES
from myotome.tables.architectures import ARCHITECTURES, architecture
from myotome.train.augment.draw import OUT_JI
from myotome.train.cases.learnt import Case

_OF_THE_MACHINE = ("threads", "loaders", "checkpoint_every")
"""What may change when a training goes on: it says how it is computed, not what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One training run.

    The learning rate warms up over ``warmup`` iterations and is then multiplied by a cosine
    from 1 to 0 (``rates`` empty), or by each of ``rates`` for an equal share of the iterations.
    ``iterations`` None means ``epochs`` epochs; an epoch is ``epoch`` iterations, None: one pass
    over the annotated slices. ``plane_ji`` is the middle part of the sample that is used.
    ``precision`` is "auto" (bf16 where the processor computes in it) or "fp32". ``ema`` is how
    much of the averaged weights is kept per iteration (0: no averaging), ``clip`` the largest
    norm of the gradient (0: any). ``refresh`` is the number of batches over which the averaged
    network's batch statistics are measured again at the end (0: they are averaged as its
    weights). ``loaders`` are processes that draw samples ahead (0: none). ``unlabelled`` are
    the classes that no case has labels of: what the network says of them means nothing. ``start``
    is the SHA-256 of the deployed network that the training began with ("": with chance).
    """

    task: str = "muscles"
    preset: str = "modern"
    architecture: str = "myotome"
    augmentation: str = "modern"
    iterations: int | None = 8000
    epochs: int = 0
    epoch: int | None = 100
    batch: int = 8
    optimiser: str = "adamw"
    learning_rate: float = 3e-3
    rates: tuple[float, ...] = ()
    warmup: int = 100
    weight_decay: float = 1e-3
    clip: float = 5.0
    ema: float = 0.995
    compartments_weight: float = 0.3
    synthetic_share: float = 0.3
    validation_slices: int = 128
    plane_ji: tuple[int, int] = OUT_JI
    precision: str = "auto"
    refresh: int = 0
    seed: int = 1
    checkpoint_every: int = 200
    threads: int = 2
    loaders: int = 0
    unlabelled: tuple[str, ...] = ()
    start: str = ""

    def __post_init__(self) -> None:
        row = architecture(self.architecture)
        if row.task != self.task:
            fit = ", ".join(other.key for other in ARCHITECTURES if other.task == self.task)
            raise InputError(
                f'the architecture "{row.key}" is none for {self.task}.', mend=f"Use {fit}."
            )
        limits = (
            ("iterations", self.iterations or 1, 1),
            ("epoch", self.epoch or 1, 1),
            ("batch", self.batch, 1),
            ("checkpoint_every", self.checkpoint_every, 1),
            ("threads", self.threads, 1),
            ("loaders", self.loaders, 0),
            ("refresh", self.refresh, 0),
            ("epochs", self.epochs, 0 if self.iterations else 1),
        )
        for name, value, least in limits:
            if value < least:
                raise InputError(f"{name} of a training must be at least {least}.")
        if any(side % row.multiple or side < row.multiple for side in self.plane_ji):
            raise InputError(
                f"the plane of a training must have sides that are multiples of {row.multiple}."
            )

    @property
    def total(self) -> int:
        """Iterations of the whole run; known once the cases are (:func:`resolved`)."""
        if self.iterations is None:
            raise InputError("how many iterations there are depends on the cases.")
        return self.iterations

    @property
    def epoch_length(self) -> int:
        """Iterations of an epoch."""
        return self.epoch or self.total

    def identity(self) -> str:
        """What a checkpoint must have in common with the run that goes on from it, as JSON."""
        rows = {k: v for k, v in asdict(self).items() if k not in _OF_THE_MACHINE}
        return json.dumps(rows, sort_keys=True)


def resolved(config: Config, cases: Sequence[Case]) -> Config:
    """``config`` with what follows from ``cases``: lengths of epoch and run, unlabelled classes."""
    samples = sum(case.size for case in cases)
    epoch = config.epoch or max(1, int(np.ceil(samples / config.batch)))
    labelled = {one for case in cases for one in case.labelled}
    classes = [one for head in architecture(config.architecture).heads for one in CLASSES[head][1:]]
    return replace(
        config,
        epoch=epoch,
        iterations=config.iterations or config.epochs * epoch,
        unlabelled=tuple(one for one in classes if one not in labelled),
    )
