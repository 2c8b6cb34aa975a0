"""Random and blurred images, the raw material of textures and deformations."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


def smooth_field(shape_ji: tuple[int, int], cell: int, g: torch.Generator) -> Tensor:
    """Smooth unit-variance noise ``(j, i)`` with blobs of about ``cell`` pixels."""
    size = [max(2, n // cell + 2) for n in shape_ji]
    field = torch.randn(1, 1, *size, generator=g)
    field = F.interpolate(field, list(shape_ji), mode="bicubic", align_corners=False)[0, 0]
    return field / field.std().clamp(min=1e-3)


def gaussian(image: Tensor, sigma_px: float) -> Tensor:
    """``(n, j, i)`` images blurred by a Gaussian of ``sigma_px``."""
    reach = max(1, int(np.ceil(2.5 * sigma_px)))
    t = torch.arange(-reach, reach + 1).float()
    kernel = torch.exp(-0.5 * (t / sigma_px) ** 2)
    kernel = kernel / kernel.sum()
    x = F.pad(image[:, None], (reach, reach, reach, reach), mode="replicate")
    x = F.conv2d(x, kernel.view(1, 1, 1, -1))
    return F.conv2d(x, kernel.view(1, 1, -1, 1))[:, 0]


def whole(low: int, high: int, g: torch.Generator) -> int:
    """A random integer from ``low`` up to, not including, ``high``."""
    return int(torch.randint(low, high, (1,), generator=g))


def uniform(low: float, high: float, g: torch.Generator) -> float:
    """A random number between ``low`` and ``high``."""
    return low + (high - low) * float(torch.rand(1, generator=g))
