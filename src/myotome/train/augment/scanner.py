"""Another scanner looks at the same body: calibration, kernel, noise, metal, table, view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from myotome.train.augment.fields import gaussian, smooth_field, uniform, whole

_AIR_HU = -1024.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """Scanner parameters of one sample. ``thick`` mixes in the neighbouring planes (0: none)."""

    scale: float
    offset_hu: float
    thick: float
    blur_px: float
    sharpen: float
    noise_hu: float
    noise_blur_px: float
    streak_hu: float
    metal_hu: float
    table: bool
    arms: int
    """0: none, 1: left, 2: right, 3: both."""
    fov_radius: float


def draw_scanner(rng: np.random.Generator) -> Scanner:
    """Random scanner parameters; the ranges are our choice."""

    def maybe(probability: float, value: float, otherwise: float = 0.0) -> float:
        return value if rng.random() < probability else otherwise

    return Scanner(
        scale=rng.uniform(0.93, 1.07),
        offset_hu=maybe(0.25, rng.uniform(-45, 45), rng.uniform(-15, 15)),
        thick=maybe(0.35, rng.uniform(0.05, 0.33)),
        blur_px=maybe(0.3, rng.uniform(0.3, 1.2)),
        sharpen=maybe(0.25, rng.uniform(0.2, 1.3)),
        noise_hu=maybe(0.75, float(rng.gamma(1.5, 13.0))),
        noise_blur_px=rng.uniform(0, 1.1),
        streak_hu=maybe(0.12, rng.uniform(10, 45)),
        metal_hu=maybe(0.05, rng.uniform(60, 500)),
        table=bool(rng.random() < 0.3),
        arms=int(rng.integers(1, 4)) if rng.random() < 0.15 else 0,
        fov_radius=maybe(0.25, rng.uniform(0.7, 1.05), 9.0),
    )


def scan(d: Scanner, hu: Tensor, g: torch.Generator) -> Tensor:
    """``(3, j, i)`` HU as that scanner would give them."""
    if d.arms:
        hu = _arms(d.arms, hu, g)
    if d.table:
        hu = _table(hu, g)
    hu = hu * d.scale + d.offset_hu
    if d.thick:
        hu = (1 - 2 * d.thick) * hu + d.thick * (hu[[1, 2, 1]] + hu[[1, 0, 1]])
    if d.metal_hu:
        hu = _metal(d.metal_hu, hu, g)
    if d.blur_px:
        hu = gaussian(hu, d.blur_px)
    if d.sharpen:
        hu = hu + d.sharpen * (hu - gaussian(hu, 1.0))
    if d.noise_hu:
        hu = hu + d.noise_hu * _noise(d, hu, g)
    return torch.where(in_view(d, hu), hu, torch.full_like(hu, _AIR_HU))


def in_view(d: Scanner, hu: Tensor) -> Tensor:
    """Bool ``(j, i)``: inside the field of view, beyond which there is neither HU nor label."""
    y, x = _unit(hu)
    return (x * x + y * y) <= d.fov_radius**2


def _unit(hu: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinates around the middle; half the width is one."""
    height, width = hu.shape[1:]
    y = torch.linspace(-1, 1, height)[:, None] * height / width
    return y, torch.linspace(-1, 1, width)[None]


def _noise(d: Scanner, hu: Tensor, g: torch.Generator) -> Tensor:
    """Unit noise as grainy as drawn, with streaks from side to side if drawn."""
    noise = torch.randn(hu.shape, generator=g)
    if d.noise_blur_px > 0.3:
        noise = gaussian(noise, d.noise_blur_px)
        noise = noise / noise.std()
    if d.streak_hu:
        rows = torch.randn(hu.shape[0], hu.shape[1], 1, generator=g)
        shape = (int(hu.shape[1]), int(hu.shape[2]))
        noise = noise + d.streak_hu / max(d.noise_hu, 1.0) * rows * smooth_field(shape, 60, g)
    return noise


def _arms(which: int, hu: Tensor, g: torch.Generator) -> Tensor:
    """Arms beside (or on) the trunk: skin, fat, muscle, one or two bones; only in the air."""
    y, x = _unit(hu)
    free = hu < -300
    for sign, bit in ((-1.0, 1), (1.0, 2)):
        if not which & bit:
            continue
        cx, cy = sign * uniform(0.75, 0.98, g), uniform(-0.35, 0.4, g)
        rx, ry = uniform(0.09, 0.16, g), uniform(0.1, 0.2, g)
        wobble = 0.08 * smooth_field((int(hu.shape[1]), int(hu.shape[2])), 14, g)
        r = (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2).sqrt() + wobble
        lean = uniform(0.6, 0.93, g)
        for edge, value in ((1.0, 10.0), (0.96, -105.0), (lean, uniform(25, 65, g))):
            hu = torch.where(free & (r < edge), torch.full_like(hu, value), hu)
        for _ in range(whole(1, 3, g)):
            bx, by = cx + uniform(-0.3, 0.3, g) * rx, cy + uniform(-0.3, 0.3, g) * ry
            bone = (((x - bx) / (0.22 * rx)) ** 2 + ((y - by) / (0.22 * rx)) ** 2).sqrt()
            hu = torch.where(free & (bone < 1), torch.full_like(hu, 900.0), hu)
            hu = torch.where(free & (bone < 0.5), torch.full_like(hu, 60.0), hu)
    return hu


def _table(hu: Tensor, g: torch.Generator) -> Tensor:
    """A curved or flat table top below the back."""
    rows = torch.nonzero((hu[1] > -300).sum(dim=1) > 10)
    if not len(rows):
        return hu
    height, width = hu.shape[1:]
    j = torch.arange(height)[:, None].float()
    x = torch.linspace(-1, 1, width)[None]
    top = float(rows[-1]) + uniform(1, 10, g) - uniform(0, 25, g) * x * x
    thick, value = uniform(1, 3, g), uniform(-700, 150, g)
    for at in (top, top + uniform(8, 25, g)):
        board = (j > at) & (j < at + thick) & (x.abs() < uniform(0.5, 1.0, g))
        hu = torch.where(board & (hu < -300), torch.full_like(hu, value), hu)
    return hu


def _metal(strength_hu: float, hu: Tensor, g: torch.Generator) -> Tensor:
    """Streaks radiating from a screw or prosthesis, bright and dark, with the metal itself."""
    y, x = _unit(hu)
    cy, cx = uniform(-0.4, 0.5, g), uniform(-0.7, 0.7, g)
    dy, dx = y - cy, x - cx
    angle = torch.atan2(dy, dx)
    radius = (dy * dy + dx * dx).sqrt()
    wave = torch.zeros_like(angle)
    for n in (2, 4, 6, 10, 14):
        wave = wave + uniform(-1, 1, g) * torch.cos(n * angle + uniform(0, 6.3, g))
    hu = hu + strength_hu * wave * torch.exp(-radius / uniform(0.15, 0.6, g))
    return torch.where(radius < uniform(0.01, 0.04, g), torch.full_like(hu, 3000.0), hu)
