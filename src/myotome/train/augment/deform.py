"""Other bodies from one body: the geometric half of the augmentation.

Every effect is a map from output pixels to source pixels, so all of them together cost one
interpolation. Sizes are in pixels of 1.5 mm unless their name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from myotome.train.augment.fields import gaussian

_CONTROL_JI = (7, 9)
_ANGLES = 128
_EDGE_SIGMA_PX = 4.0
_MUSCLES = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Shape parameters of one sample. Angles in degrees, shifts in pixels, others are factors.

    ``muscle_growth_px`` moves each muscle's outline (index = label value, negative: atrophy).
    ``belly`` stretches everything in front of the middle of the body, ``sides`` its two halves.
    """

    mirror: bool
    zoom_ji: tuple[float, float]
    rotation_deg: float
    shear: float
    shift_ji: tuple[float, float]
    elastic_px: float
    fat_factor: float
    belly: float
    sides: tuple[float, float]
    bulge: tuple[float, float, float]
    """Angle in degrees, height in pixels (0: none) and width in pixels of a local bulge."""
    muscle_growth_px: tuple[float, ...]
    tilt_ji: tuple[float, float]
    """How far the plane above is displaced against this one (and the one below, backwards)."""
    reach_mm: float


def draw_geometry(rng: np.random.Generator) -> Geometry:
    """Random shape parameters; the ranges are our choice, wider than the adults we have seen."""

    def maybe(probability: float, value: float, otherwise: float = 0.0) -> float:
        return value if rng.random() < probability else otherwise

    size = rng.uniform(0.82, 1.28)
    each = rng.normal(0, 0.7, _MUSCLES) + rng.normal(0, 0.9)
    growth = np.clip(each, -2.5, 2.5) * (rng.random() < 0.5)
    return Geometry(
        mirror=bool(rng.random() < 0.5),
        zoom_ji=(size * rng.uniform(0.88, 1.15), size * rng.uniform(0.92, 1.1)),
        rotation_deg=maybe(0.8, rng.uniform(-20, 20)),
        shear=maybe(0.5, rng.uniform(-0.12, 0.12)),
        shift_ji=(rng.uniform(-18, 18), rng.uniform(-22, 22)),
        elastic_px=maybe(0.85, float(rng.triangular(1, 2, 7))),
        fat_factor=maybe(0.65, float(np.exp(rng.uniform(np.log(0.2), np.log(3.0)))), 1.0),
        belly=maybe(0.5, float(np.exp(rng.uniform(np.log(0.75), np.log(1.4)))), 1.0),
        sides=(maybe(0.4, rng.uniform(0.85, 1.15), 1.0), maybe(0.4, rng.uniform(0.85, 1.15), 1.0)),
        bulge=(rng.uniform(0, 360), maybe(0.15, rng.uniform(-6, 14)), rng.uniform(10, 30)),
        muscle_growth_px=tuple(float(v) for v in growth),
        tilt_ji=(maybe(0.4, rng.normal(0, 1.2)), maybe(0.4, rng.normal(0, 1.2))),
        reach_mm=maybe(0.9, rng.uniform(2.5, 5.5), 0.0),
    )


def sampling_grid(
    d: Geometry,
    hu: Tensor,
    muscles: Tensor,
    compartments: Tensor,
    out_ji: tuple[int, int],
    g: torch.Generator,
) -> Tensor:
    """Where each output pixel comes from, ``(3, j, i, 2)`` in grid_sample's -1..1 units.

    One map per plane of ``hu``: below, at, above.
    """
    height, width = hu.shape[1:]
    centre = _centre(hu[1])
    j = torch.arange(out_ji[0]).float() - (out_ji[0] - 1) / 2 - d.shift_ji[0]
    i = torch.arange(out_ji[1]).float() - (out_ji[1] - 1) / 2 - d.shift_ji[1]
    y, x = torch.meshgrid(j, i, indexing="ij")
    y, x = _elastic(d.elastic_px, y, x, g)
    angle = np.deg2rad(d.rotation_deg)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    y, x = c * y + s * x, c * x - s * y
    x = x + d.shear * y
    y, x = y / d.zoom_ji[0], x / d.zoom_ji[1]
    y = torch.where(y < 0, y / d.belly, y)
    x = torch.where(x < 0, x / d.sides[0], x / d.sides[1])
    if d.mirror:
        x = -x
    if d.bulge[1]:
        y, x = _bulge(d.bulge, y, x)
    if d.fat_factor != 1.0:
        y, x = _fat_thickness(d.fat_factor, y, x, centre, muscles, compartments)
    y, x = y + centre[0], x + centre[1]
    at = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)[None]
    if any(d.muscle_growth_px):
        at = at + _growth(d.muscle_growth_px, muscles, at)
    step = torch.tensor([2 * d.tilt_ji[1] / width, 2 * d.tilt_ji[0] / height])
    return torch.cat([at - step, at, at + step])


def _centre(plane: Tensor) -> tuple[float, float]:
    """Middle of the body's bounding box in pixels."""
    body = plane > -300
    rows = torch.nonzero(body.sum(dim=1) > 20)
    columns = torch.nonzero(body.sum(dim=0) > 20)
    if not len(rows) or not len(columns):
        return (plane.shape[0] - 1) / 2, (plane.shape[1] - 1) / 2
    return float(rows[0] + rows[-1]) / 2, float(columns[0] + columns[-1]) / 2


def _elastic(amount: float, y: Tensor, x: Tensor, g: torch.Generator) -> tuple[Tensor, Tensor]:
    if amount == 0:
        return y, x
    size = list(y.shape)
    coarse = torch.randn(1, 2, *_CONTROL_JI, generator=g) * amount
    fine = torch.randn(1, 2, 2 * _CONTROL_JI[0], 2 * _CONTROL_JI[1], generator=g) * amount * 0.25
    field = F.interpolate(coarse, size, mode="bicubic", align_corners=False)
    field = field + F.interpolate(fine, size, mode="bicubic", align_corners=False)
    return y + field[0, 0], x + field[0, 1]


def _bulge(bulge: tuple[float, float, float], y: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Push the body outwards (or inwards) around one point, 75 pixels from the middle."""
    angle, height, width = bulge
    direction = (float(np.sin(np.deg2rad(angle))), float(np.cos(np.deg2rad(angle))))
    far = (y - 75 * direction[0]) ** 2 + (x - 75 * direction[1]) ** 2
    push = height * torch.exp(-0.5 * far / width**2)
    return y - push * direction[0], x - push * direction[1]


def _growth(amounts: tuple[float, ...], muscles: Tensor, at: Tensor) -> Tensor:
    """Displacement (grid_sample units) that moves each muscle's outline outwards by its amount.

    Along the gradient of the blurred label map, which is ``1 / (sigma sqrt(2 pi))`` at a straight
    edge; where two outlines are near (a thin muscle), the shifts cancel and nothing is torn.
    """
    table = torch.zeros(256)
    table[1 : len(amounts)] = torch.tensor(amounts[1:])
    weight = gaussian(table[muscles.long()][None], _EDGE_SIGMA_PX)[0]
    scale = _EDGE_SIGMA_PX * float(np.sqrt(2 * np.pi))
    down, right = torch.gradient(weight * scale)
    height, width = muscles.shape
    field = torch.stack([right * 2 / width, down * 2 / height])[None]
    moved = F.grid_sample(field, at, align_corners=False)
    return moved.movedim(1, -1)


def _fat_thickness(
    factor: float,
    y: Tensor,
    x: Tensor,
    centre: tuple[float, float],
    muscles: Tensor,
    compartments: Tensor,
) -> tuple[Tensor, Tensor]:
    """Scale the distance from the trunk wall outward: thicker or thinner subcutaneous fat."""
    known = compartments != 255
    inside = ((compartments > 0) & (compartments != 3) & known) | ((muscles > 0) & (muscles != 255))
    points = torch.nonzero(inside).float() - torch.tensor(centre)
    if len(points) < 100:
        return y, x
    turn = _ANGLES / (2 * np.pi)
    sector = ((torch.atan2(points[:, 0], points[:, 1]) + np.pi) * turn).long() % _ANGLES
    reach = torch.zeros(_ANGLES).scatter_reduce(0, sector, points.norm(dim=1), "amax")
    reach = torch.where(reach > 0, reach, reach.median())
    smooth = F.avg_pool1d(F.pad(reach[None, None], (8, 8), mode="circular"), 17, 1)[0, 0]
    wall = torch.maximum(smooth, reach * 0.9) + 2
    angle = (torch.atan2(y, x) + np.pi) * turn
    low = angle.long() % _ANGLES
    part = angle - angle.floor()
    edge = wall[low] * (1 - part) + wall[(low + 1) % _ANGLES] * part
    radius = (y * y + x * x).sqrt().clamp(min=1e-3)
    pull = torch.where(radius > edge, (edge + (radius - edge) / factor) / radius, 1.0)
    return y * pull, x * pull
