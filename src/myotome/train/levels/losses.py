"""What a window of the coarse network costs: labels that may name a set of classes."""

from __future__ import annotations

import torch
from torch import Tensor

from myotome.tables.anatomy.landmark_classes import COARSE, LANDMARK_CLASS, SPINE_UPWARDS
from myotome.train.levels.subject import ANYTHING, SETS

CLASSES = len(COARSE)
_COUNTED = tuple(LANDMARK_CLASS[key].value for key in (*SPINE_UPWARDS, "rib_12", "rib_11"))
"""The classes that levels are counted by."""
_WEIGHT, _WEIGHT_OF_OTHER, _WEIGHT_OF_COUNTED = 0.5, 0.25, 2.0


def level_losses(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted marginal cross-entropy, and it plus one minus the Dice of what is counted.

    ``logits`` float32 ``(n, class, k, j, i)``, ``target`` int64 codes ``(n, k, j, i)`` of
    :mod:`~myotome.train.levels.subject`: a code of a set asks for the sum of its probabilities.
    """
    log_p = torch.log_softmax(logits, dim=1)
    groups = [
        torch.logsumexp(log_p[:, [LANDMARK_CLASS[key].value for key in keys]], dim=1, keepdim=True)
        for keys in SETS[:-1]
    ]
    log_q = torch.cat([log_p, *groups, torch.zeros_like(log_p[:, :1])], dim=1)
    picked = log_q.gather(1, target.unsqueeze(1)).squeeze(1)
    weight = _weights().to(target.device)[target] * (target != ANYTHING)
    cross = -(picked * weight).sum() / weight.sum().clamp(min=1.0)
    return cross, cross + _dice_loss(log_p, target)


def _weights() -> Tensor:
    weight = torch.full((CLASSES + len(SETS),), _WEIGHT)
    weight[0] = _WEIGHT_OF_OTHER
    weight[list(_COUNTED)] = _WEIGHT_OF_COUNTED
    return weight


def _dice_loss(log_p: Tensor, target: Tensor) -> Tensor | float:
    """One minus the mean Dice of the counted classes that are there, over exact labels."""
    exact = target < CLASSES
    dice = []
    for value in _COUNTED:
        truth = (target == value) & exact
        if bool(truth.any()):
            p = log_p[:, value].exp() * exact
            dice.append(2 * (p * truth).sum() / (p.sum() + truth.sum() + 1.0))
    return 1 - torch.stack(dice).mean() if dice else 0.0
