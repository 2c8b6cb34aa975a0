"""Dice while training: exact voxel counts, over what is annotated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from myotome.nets.inputs import NEIGHBOUR_MM, neighbours, window
from myotome.train.cases.case import TrainingCase
from myotome.train.fit.losses import IGNORE
from myotome.train.fit.sampling import HEADS

_CLASSES = HEADS["muscles"]
_MULTIPLE = 16
_BODY_HU = -300


@dataclass(slots=True, kw_only=True)
class Counts:
    """Voxels of both, of the answer plus the truth, per class (0: background)."""

    overlap: Tensor
    total: Tensor

    @classmethod
    def none(cls, classes: int = _CLASSES) -> Counts:
        """Nothing counted yet."""
        return cls(
            overlap=torch.zeros(classes, dtype=torch.int64),
            total=torch.zeros(classes, dtype=torch.int64),
        )

    def add(self, answer: Tensor, truth: Tensor, known: Tensor) -> None:
        """Count ``(n, ..., j, i)`` label maps; ``known`` is bool ``(n, classes)``."""
        n, classes = len(answer), len(self.total)
        valid = truth != IGNORE
        first = torch.arange(n, device=truth.device) * classes**2
        first = first.reshape(-1, *[1] * (truth.dim() - 1))
        pairs = (first + truth.long() * classes + answer.long())[valid]
        table = torch.bincount(pairs, minlength=n * classes**2).reshape(n, classes, classes)
        overlap = table.diagonal(dim1=1, dim2=2)
        total = table.sum(dim=1) + table.sum(dim=2)
        self.overlap += (overlap * known).sum(dim=0).cpu()
        self.total += (total * known).sum(dim=0).cpu()

    def dice(self) -> list[float | None]:
        """Dice of each class, in order of value; None for one that was never there."""
        pairs = zip(self.overlap[1:].tolist(), self.total[1:].tolist(), strict=True)
        return [2 * over / total if total else None for over, total in pairs]

    def mean(self) -> float | None:
        """The mean over the classes that were there."""
        found = [value for value in self.dice() if value is not None]
        return sum(found) / len(found) if found else None


def known_classes(case: TrainingCase, k: int) -> Tensor:
    """Bool ``(classes)``: background and the muscles annotated on slice ``k``."""
    groups = torch.from_numpy(case.annotated[k].copy()).repeat_interleave(2)
    return torch.cat([torch.ones(1, dtype=torch.bool), groups])


def chosen_slices(cases: Sequence[TrainingCase], most: int) -> list[tuple[TrainingCase, int]]:
    """At most ``most`` slices with an annotated muscle, evenly spaced over all of them."""
    every = [(case, int(k)) for case in cases for k in np.flatnonzero(case.annotated.any(axis=1))]
    if len(every) <= most:
        return every
    return [every[int(n)] for n in np.linspace(0, len(every) - 1, most).round()]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """One slice, or volume, as a deployed network sees it, with the truth.

    ``planes`` is float32 ``(c, ..., J, I)``, padded at the far sides; ``truth`` uint8
    ``(..., j, i)`` has 0 where a class that is not ``known`` may be, and 255 where nothing is.
    """

    planes: NDArray[np.float32]
    truth: Tensor
    known: Tensor

    @classmethod
    def of(cls, case: TrainingCase, k: int) -> Sight:
        """Slice ``k`` of ``case``, as it is."""
        rows, columns = _body(case.hu[k])
        planes = window(neighbours(case.hu[:, rows, columns], k, case.dz_mm, NEIGHBOUR_MM))
        height, width = planes.shape[1:]
        padded = np.pad(planes, ((0, 0), (0, -height % _MULTIPLE), (0, -width % _MULTIPLE)))
        truth = torch.from_numpy(case.muscles[k, rows, columns].copy())
        known = known_classes(case, k)
        sure = known[truth.long().clamp(max=_CLASSES - 1)] | (truth == IGNORE)
        return cls(
            planes=padded, truth=torch.where(sure, truth, torch.zeros_like(truth)), known=known
        )

    def answer(self, logits: Tensor) -> Tensor:
        """Labels ``(..., j, i)`` of ``(1, classes or more, ..., J, I)`` logits."""
        here = tuple(slice(size) for size in self.truth.shape)
        return logits[(0, slice(len(self.known)), *here)].argmax(dim=0)


def sights_of(cases: Sequence[TrainingCase], most: int) -> list[Sight]:
    """At most ``most`` slices of ``cases``, evenly spaced."""
    return [Sight.of(case, k) for case, k in chosen_slices(cases, most)]


@torch.no_grad()
def measure(net: nn.Module, sights: Sequence[Sight], device: torch.device) -> Counts:
    """``net``'s answer on at least one sight, as it is, without augmentation, in fp32."""
    counts = Counts.none(len(sights[0].known))
    was_training = net.training
    net.eval()
    for sight in sights:
        logits = net(torch.from_numpy(sight.planes)[None].to(device)).float().cpu()
        counts.add(sight.answer(logits)[None], sight.truth[None], sight.known[None])
    net.train(was_training)
    return counts


def _body(plane: NDArray[np.float32]) -> tuple[slice, slice]:
    """The rows and columns that are not all air."""
    solid = plane > _BODY_HU
    out = []
    for axis in (1, 0):
        hit = np.flatnonzero(solid.any(axis=axis))
        out.append(slice(int(hit[0]), int(hit[-1]) + 1) if len(hit) else slice(None))
    return out[0], out[1]
