"""The network that tells whether a body stands upright (torch)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CHANNELS = 2
"""A wide and a soft-tissue window (``locate.upright.turns.network_input``)."""

_WIDTHS = (1, 2, 2, 4)
_POOLED = 2
_SLOPE = 0.1


class UprightNet(nn.Module):
    """Four convolutions, two of them followed by a halving, then one number.

    ``forward`` takes ``(turn, 2, k, j, i)`` at 12 mm, k a multiple of 4, and returns the logits
    ``(turn, 1)``: the more upright, the higher.
    """

    def __init__(self, *, width: int = 12) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = CHANNELS
        for number, units in enumerate(_WIDTHS):
            layers += [
                nn.Conv3d(before, units * width, 3, padding=1),
                nn.InstanceNorm3d(units * width, affine=True),
                nn.LeakyReLU(_SLOPE),
            ]
            if number < _POOLED:
                layers.append(nn.AvgPool3d(2))
            before = units * width
        self.features = nn.Sequential(*layers)
        self.drop = nn.Dropout(0.2)
        self.judge = nn.Linear(2 * before, 1)

    def forward(self, x: Tensor) -> Tensor:
        """One logit per volume."""
        found = self.features(x)
        told = torch.cat([found.mean(dim=(2, 3, 4)), found.amax(dim=(2, 3, 4))], dim=1)
        return self.judge(self.drop(told))
