"""What a task is: how its cases are read, learnt from, judged, rendered and deployed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from myotome.train.cases.entry import CaseEntry, Need
from myotome.train.cases.learnt import Case
from myotome.train.fit.dice import Sight
from myotome.train.fit.presets import Preset
from myotome.train.fit.recipe import Config
from myotome.train.synthesis.order import Order

Batch = tuple[Tensor, ...]
"""The network's input, then what the task's loss needs."""


class Sampler(Protocol):
    """Draws batches from cases."""

    def batch(self, step: int) -> Batch:
        """The batch of iteration ``step``: always the same one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Losses:
    """What one batch costs.

    ``total`` is what is minimised, ``cross`` its cross-entropy, both scalars. ``truth`` uint8
    ``(n, ..., j, i)`` (255: not known) and ``known`` bool ``(n, classes)`` say what the first
    classes of the logits are judged by.
    """

    total: Tensor
    cross: Tensor
    truth: Tensor
    known: Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """One row of what can be trained.

    ``network`` is the name that the deployed network is loaded by, ``classes`` are those of its
    first head. ``need`` is what a case must have to be learnt from by ``read``, ``renderable``
    to be rendered; ``pool(folder, without)`` are the rendered ones but for some subjects.
    ``losses`` takes float32 logits. ``sights(cases, most)`` are what is validated and checked
    on, ``examples`` the same without cases. ``input`` and ``geometry`` say in the model
    card how the input is made. ``variants`` is how often ``render`` renders a case if nobody says.
    """

    key: str
    words: str
    network: str
    classes: int
    presets: Mapping[str, Preset]
    need: Need
    read: Callable[[CaseEntry], Case]
    pool: Callable[[Path, Collection[str]], Sequence[Case]]
    sampler: Callable[[Sequence[Any], Config], Sampler]
    losses: Callable[[Tensor, Batch, Config], Losses]
    sights: Callable[[Sequence[Any], int], list[Sight]]
    examples: Callable[[], list[Sight]]
    input: str
    geometry: Mapping[str, Any]
    variants: int
    renderable: Need
    render: Callable[[CaseEntry, Order], Iterator[Path]]
