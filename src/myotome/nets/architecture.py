"""Network shapes, as torch modules. Imported only by training and export, never by ``myotome run``.

One residual encoder-decoder serves both dimensions: two dimensions for the muscles
(optionally with neighbouring slices as channels), three for the coarse landmarks.
:func:`build` makes any row of ``tables.architectures``; MONAI is imported only for its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from myotome.errors import InputError
from myotome.nets.model import CLASSES
from myotome.tables.architectures import Architecture

_CONV = {2: nn.Conv2d, 3: nn.Conv3d}
_UP = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
_NORM = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
_LAST = {2: torch.channels_last, 3: torch.channels_last_3d}


class _Rectified(torch.autograd.Function):
    """PReLU with one slope; torch's own derivative takes six times as long on CPUs."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: Tensor) -> Tensor:
        ctx.save_for_backward(x, slope)
        return functional.leaky_relu(x, float(slope))

    @staticmethod
    def backward(ctx: Any, *grad: Tensor) -> tuple[Tensor, Tensor]:
        x, slope = ctx.saved_tensors
        passed = torch.ops.aten.leaky_relu_backward(grad[0], x, float(slope), False)
        of_slope = (x.clamp(max=0) * grad[0]).sum(dtype=torch.float32)
        return passed, of_slope.reshape(slope.shape).to(slope.dtype)


class Rectifier(nn.PReLU):
    """``nn.PReLU`` of one slope, faster to train; the same weights, the same export."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """``input`` where it is positive, elsewhere times the slope."""
        if not self.training:
            return super().forward(input)
        out: Tensor = _Rectified.apply(input, self.weight)
        return out


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
            Rectifier(),
            conv(c_out, c_out, 3, padding=1, bias=False),
            norm(c_out),
        )
        same = c_in == c_out and stride == 1
        self.shortcut = nn.Identity() if same else conv(c_in, c_out, 1, stride=stride)
        self.act = Rectifier()

    def forward(self, x: Tensor) -> Tensor:
        """Convolve, add the shortcut, activate."""
        out: Tensor = self.act(self.body(x) + self.shortcut(x))
        return out


class ResidualUNet(nn.Module):
    """Residual U-Net with one output head per label set.

    ``channels[0]`` works at full resolution, each further entry at half the one before, so
    every spatial side of the input must be a multiple of ``2 ** (len(channels) - 1)``.
    ``heads`` are class counts; ``forward`` returns their logits concatenated over channels.

    ``fold`` > 1 (two dimensions only) moves blocks of fold x fold pixels into channels before
    the first unit and back after the head (Shi 2016, "pixel shuffle"): the costly full-resolution
    level falls away, the output keeps its resolution. Sides must then be multiples of ``fold``
    times as much.
    """

    def __init__(
        self,
        *,
        dims: int,
        in_channels: int,
        channels: Sequence[int],
        heads: Sequence[int],
        fold: int = 1,
    ) -> None:
        super().__init__()
        self.heads = tuple(heads)
        self.fold = fold
        widths = tuple(channels)
        in_channels *= fold**dims
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
        self.head = _CONV[dims](widths[0], sum(self.heads) * fold**dims, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of all heads, concatenated over channels."""
        if self.fold > 1:
            x = functional.pixel_unshuffle(x, self.fold)
        skips: list[Tensor] = []
        for unit in self.encoder:
            x = unit(x)
            skips.append(x)
        skips.pop()
        for level in reversed(range(len(self.decoder))):
            x = self.decoder[level](torch.cat([self.up[level](x), skips[level]], dim=1))
        logits: Tensor = self.head(x)
        return functional.pixel_shuffle(logits, self.fold) if self.fold > 1 else logits


class OfMiddlePlane(nn.Module):
    """A network of one plane with the input of one of three: it looks at the middle.

    ``forward`` takes ``(n, 3, j, i)`` and returns the logits of ``net``; of several outputs
    (deep supervision) the last.
    """

    def __init__(self, net: nn.Module, *, multiple: int) -> None:
        super().__init__()
        self.net = net
        self.multiple = multiple

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the middle plane."""
        out = self.net(x[:, 1:2])
        logits: Tensor = out[-1] if isinstance(out, (list, tuple)) else out
        return logits


def _residual(row: Architecture) -> nn.Module:
    return ResidualUNet(
        dims=row.dims,
        in_channels=row.planes,
        channels=row.channels,
        heads=tuple(len(CLASSES[head]) for head in row.heads),
        fold=row.fold,
    )


def _monai_unet(row: Architecture) -> nn.Module:
    """MONAI's UNet; a block's strided convolution halves, a transposed one doubles the sides."""
    from monai.networks.nets import UNet

    net = UNet(
        spatial_dims=2,
        in_channels=row.planes,
        out_channels=sum(len(CLASSES[head]) for head in row.heads),
        channels=row.channels,
        strides=(2,) * (len(row.channels) - 1),
        num_res_units=row.units,
        act="PRELU",
        norm="BATCH",
    )
    return OfMiddlePlane(net, multiple=row.multiple)


def _monai_unetplusplus(row: Architecture) -> nn.Module:
    from monai.networks.nets import BasicUNetPlusPlus

    net = BasicUNetPlusPlus(
        spatial_dims=2,
        in_channels=row.planes,
        out_channels=sum(len(CLASSES[head]) for head in row.heads),
        features=row.channels,
        act="PRELU",
        norm="BATCH",
    )
    return OfMiddlePlane(net, multiple=row.multiple)


_FAMILIES: Mapping[str, Callable[[Architecture], nn.Module]] = MappingProxyType(
    {
        "residual": _residual,
        "monai_unet": _monai_unet,
        "monai_unetplusplus": _monai_unetplusplus,
    }
)


def build(row: Architecture, seed: int) -> nn.Module:
    """The untrained network of ``row``, channels last; the same seed gives the same weights.

    Takes ``(n, 3, j, i)``, or ``(n, planes, k, j, i)`` of three dimensions, and returns the
    logits of ``row.heads``, concatenated over channels.
    Refuses (InputError) a row that needs MONAI where it is not installed.
    """
    torch.manual_seed(seed)
    try:
        net = _FAMILIES[row.family](row)
    except ImportError as error:
        raise InputError(
            f'the architecture "{row.key}" needs {error.name}, which is not installed.',
            mend="pip install 'myotome[train]'",
        ) from error
    built: nn.Module = net.to(memory_format=_LAST[row.dims])
    return built


def input_of(net: nn.Module) -> tuple[int, int, int]:
    """Dimensions, input channels, and what the sides of the input must be multiples of."""
    if isinstance(net, OfMiddlePlane):
        return 2, 3, net.multiple
    dims = net.head.weight.dim() - 2
    channels = int(net.encoder[0].body[0].in_channels) // net.fold**dims
    return dims, channels, net.fold * 2 ** len(net.decoder)
