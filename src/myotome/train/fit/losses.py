"""Losses that take partial labels at their word.

A class that is not annotated on a slice is neither foreground nor background there: a voxel
labelled 0 may be the background or any unannotated class, so the loss asks for the *sum* of
their probabilities (marginal loss). Dice uses only classes annotated in the sample.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

IGNORE = 255


def marginal_cross_entropy(logits: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Mean cross-entropy of ``(n, c, ...)`` logits with ``(n, ...)`` labels.

    ``known`` is bool ``(n, c)``; labels of unknown classes must have been set to 0. Voxels
    labelled ``IGNORE`` do not count.
    """
    return _cross_entropy(F.log_softmax(logits.float().contiguous(), dim=1), target, known)


def soft_dice_loss(logits: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """One minus the mean Dice over foreground classes, pooled over the batch.

    Only samples in which a class is known count for it; classes neither present nor predicted
    (less than one voxel of probability) are left out.
    """
    return _dice_loss(F.softmax(logits.float(), dim=1), target, known)


def cross_entropy_and_dice(logits: Tensor, target: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """:func:`marginal_cross_entropy` and :func:`soft_dice_loss`, from one softmax."""
    log_p = F.log_softmax(logits.float().contiguous(), dim=1)
    return _cross_entropy(log_p, target, known), _dice_loss(log_p.exp(), target, known)


def _cross_entropy(log_p: Tensor, target: Tensor, known: Tensor) -> Tensor:
    valid = target != IGNORE
    index = target.long().masked_fill(~valid, 0)
    picked = log_p.gather(1, index.unsqueeze(1)).squeeze(1)
    partly = torch.nonzero(~known[:, 1:].all(dim=1))[:, 0]
    if len(partly):
        maybe = (~known[partly]).clone()
        maybe[:, 0] = True
        never = torch.zeros(maybe.shape, device=log_p.device).masked_fill(~maybe, float("-inf"))
        some = log_p[partly] + never.reshape(*maybe.shape, *[1] * (log_p.dim() - 2))
        free = torch.where(index[partly] == 0, some.logsumexp(dim=1), picked[partly])
        picked = picked.index_copy(0, partly, free)
    return -(picked * valid).sum() / valid.sum().clamp(min=1)


def _dice_loss(p: Tensor, target: Tensor, known: Tensor) -> Tensor:
    n, classes = p.shape[:2]
    valid = target != IGNORE
    index = target.long().masked_fill(~valid, 0)
    place = index + torch.arange(n, device=p.device).reshape(-1, *[1] * (p.dim() - 2)) * classes
    hit = p.gather(1, index.unsqueeze(1)).squeeze(1) * valid
    nothing = torch.zeros(n * classes, device=p.device)
    overlap = nothing.index_add(0, place.flatten(), hit.flatten()).reshape(n, classes)
    truth = nothing.index_add(0, place.flatten(), valid.flatten().to(p.dtype)).reshape(n, classes)
    said = (p.flatten(2) @ valid.reshape(n, -1, 1).to(p.dtype))[..., 0]
    overlap, total = ((part * known).sum(0) for part in (overlap, said + truth))
    dice = (2 * overlap + 1) / (total + 1)
    counted = total[1:] > 1
    return 1 - dice[1:][counted].mean() if bool(counted.any()) else p.sum() * 0
