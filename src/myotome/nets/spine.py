"""The network that tells vertebra from vertebra along the straightened spine (torch)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from myotome.tables.anatomy.vertebrae import COUNTED, ENDPLATES, RIBS

SAGITTAL, CORONAL = 4, 10
"""How many images of each kind it sees (``locate.bodies.straight``)."""

_WIDTHS = ((1, 1), (1, 2), (2, 1), (2, 2), (2, 1), (3, 2), (3, 2))
"""Width (in units of ``width``) and stride across the spine of each convolution of a tower."""

_FEATURES = 64
_DILATIONS = (1, 2, 4, 8)
_LOCAL = 2  # ribs are judged by what is near; names also by what is far


class SpineNet(nn.Module):
    """Two towers of images that keep their rows, then one line of features along z.

    ``forward`` takes ``(n, 14, z, WIDE)`` as ``locate.bodies.find.network_input`` makes it and
    returns logits ``(n, 18, z)``: endplates, ribs, names.
    """

    def __init__(self, *, width: int = 16, deep: int = 60, wide: int = 84) -> None:
        super().__init__()
        self.deep = deep
        self.sagittal = _tower(SAGITTAL, width)
        self.coronal = _tower(CORONAL, width)
        columns = sum(-(-side // 16) for side in (deep, wide))
        self.mix = _line(3 * width * columns, kernel=1)
        self.blocks = nn.ModuleList(
            _line(_FEATURES, kernel=5, dilation=dilation) for dilation in _DILATIONS
        )
        self.heat = nn.Conv1d(_FEATURES, len(ENDPLATES), 1)
        self.ribs = nn.Conv1d(_FEATURES, len(RIBS), 1)
        self.names = nn.Conv1d(_FEATURES, len(COUNTED), 1)
        self.drop = nn.Dropout1d(0.2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of endplates, ribs and names, row by row."""
        towers = (
            self.sagittal(x[:, :SAGITTAL, :, : self.deep]),
            self.coronal(x[:, SAGITTAL:]),
        )
        line = torch.cat([tower.permute(0, 1, 3, 2).flatten(1, 2) for tower in towers], dim=1)
        line = near = self.mix(self.drop(line))
        for number, block in enumerate(self.blocks, 1):
            line = line + block(line)
            near = line if number == _LOCAL else near
        return torch.cat([self.heat(line), self.ribs(near), self.names(line)], dim=1)


def _tower(images: int, width: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    before = images
    for units, stride in _WIDTHS:
        layers += [
            nn.Conv2d(before, units * width, 3, stride=(1, stride), padding=1, bias=False),
            nn.BatchNorm2d(units * width),
            nn.ReLU(),
        ]
        before = units * width
    return nn.Sequential(*layers)


def _line(channels: int, *, kernel: int, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(
            channels,
            _FEATURES,
            kernel,
            padding=kernel // 2 * dilation,
            dilation=dilation,
            bias=False,
        ),
        nn.BatchNorm1d(_FEATURES),
        nn.ReLU(),
    )
