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
    log_p = F.log_softmax(logits.float(), dim=1)
    maybe = (~known).clone()
    maybe[:, 0] = True
    spread = maybe.reshape(*maybe.shape, *[1] * (logits.dim() - 2))
    background = log_p.masked_fill(~spread, float("-inf")).logsumexp(dim=1, keepdim=True)
    log_p = torch.cat([background, log_p[:, 1:]], dim=1)
    return F.nll_loss(log_p, target.long(), ignore_index=IGNORE)


def soft_dice_loss(logits: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """One minus the mean Dice over foreground classes, pooled over the batch.

    Only samples in which a class is known count for it; classes neither present nor predicted
    (less than one voxel of probability) are left out.
    """
    p = F.softmax(logits.float(), dim=1)
    valid = (target != IGNORE).unsqueeze(1)
    weight = known.reshape(*known.shape, *[1] * (logits.dim() - 2)) & valid
    truth = F.one_hot(target.long().masked_fill(target == IGNORE, 0), p.shape[1])
    truth = truth.movedim(-1, 1).to(p.dtype) * weight
    p = p * weight
    over = [0, *range(2, p.dim())]
    overlap, total = (p * truth).sum(over), (p + truth).sum(over)
    dice = (2 * overlap + 1) / (total + 1)
    counted = total[1:] > 1
    return 1 - dice[1:][counted].mean() if bool(counted.any()) else logits.sum() * 0
