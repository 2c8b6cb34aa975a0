"""Network shapes, as torch modules. Imported only by training and export, never by ``myotome run``.

One residual encoder-decoder serves both dimensions: two dimensions for the muscles
(optionally with neighbouring slices as channels), three for the coarse landmarks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

_CONV = {2: nn.Conv2d, 3: nn.Conv3d}
_UP = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
_NORM = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}


class ResidualUnit(nn.Module):
    """Two 3-wide convolutions with batch norm and PReLU, and one additive shortcut.

    As in Vu et al. 2024 (Fig. 1B) and MONAI's ``ResidualUnit``; a strided unit halves each
    spatial side. Input ``(n, c_in, ...)``, output ``(n, c_out, ...)``.
    """

    def __init__(self, dims: int, c_in: int, c_out: int, stride: int = 1) -> None:
        super().__init__()
        conv, norm = _CONV[dims], _NORM[dims]
        self.body = nn.Sequential(
            conv(c_in, c_out, 3, stride=stride, padding=1, bias=False),
            norm(c_out),
            nn.PReLU(),
            conv(c_out, c_out, 3, padding=1, bias=False),
            norm(c_out),
        )
        same = c_in == c_out and stride == 1
        self.shortcut = nn.Identity() if same else conv(c_in, c_out, 1, stride=stride)
        self.act = nn.PReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Convolve, add the shortcut, activate."""
        out: Tensor = self.act(self.body(x) + self.shortcut(x))
        return out


class ResidualUNet(nn.Module):
    """Residual U-Net with one output head per label set.

    ``channels[0]`` works at full resolution, each further entry at half the one before, so
    every spatial side of the input must be a multiple of ``2 ** (len(channels) - 1)``.
    ``heads`` are class counts; ``forward`` returns their logits concatenated over channels.
    """

    def __init__(
        self, *, dims: int, in_channels: int, channels: Sequence[int], heads: Sequence[int]
    ) -> None:
        super().__init__()
        self.heads = tuple(heads)
        widths = tuple(channels)
        self.encoder = nn.ModuleList(
            ResidualUnit(dims, c_in, c_out, stride=1 if level == 0 else 2)
            for level, (c_in, c_out) in enumerate(
                zip((in_channels, *widths[:-1]), widths, strict=True)
            )
        )
        self.up = nn.ModuleList(
            _UP[dims](deep, shallow, 2, stride=2) for shallow, deep in pairwise(widths)
        )
        self.decoder = nn.ModuleList(ResidualUnit(dims, 2 * c, c) for c in widths[:-1])
        self.head = _CONV[dims](widths[0], sum(self.heads), 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of all heads, concatenated over channels."""
        skips: list[Tensor] = []
        for unit in self.encoder:
            x = unit(x)
            skips.append(x)
        skips.pop()
        for level in reversed(range(len(self.decoder))):
            x = self.decoder[level](torch.cat([self.up[level](x), skips[level]], dim=1))
        logits: Tensor = self.head(x)
        return logits
