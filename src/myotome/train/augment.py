"""Making few labelled slices count: what is drawn is a value, what is applied is a function.

:func:`draw` turns a random generator into a :class:`Draw`, which can be recorded and repeated;
:func:`apply` is deterministic given the draw. Geometry first (body size, rotation, elastic
anatomy, subcutaneous fat, mirror with label swap), then attenuation (phase, fatty muscle,
noise, kernel, field of view, arms).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name torch itself documents

from myotome.tables.muscles import MUSCLES

OUT_JI = (224, 288)
"""Height and width of a training sample in pixels (336 x 432 mm at 1.5 mm)."""

_SWAP = torch.arange(256)
_SWAP[1 : len(MUSCLES) + 1] = torch.tensor(
    [m.value + (1 if m.side == "left" else -1) for m in MUSCLES]
)

_CONTROL_JI = (7, 9)
_ANGLES = 128
_FAT_HU = -100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Everything random about one sample. Angles in degrees, shifts in pixels, HU as named."""

    mirror: bool
    zoom_ji: tuple[float, float]
    rotation_deg: float
    shear: float
    shift_ji: tuple[float, float]
    elastic_px: float
    fat_factor: float
    reach_mm: float
    thick: float
    muscle_shift_hu: float
    each_muscle_sd_hu: float
    infiltration: float
    organ_field_hu: float
    enhancement_hu: float
    scale: float
    offset_hu: float
    blur_px: float
    sharpen: float
    noise_hu: float
    noise_blur_px: float
    streak_hu: float
    fov_radius: float
    arms: bool
    seed: int


def draw(rng: np.random.Generator) -> Draw:
    """One random sample's parameters."""

    def maybe(probability: float, value: float, otherwise: float = 0.0) -> float:
        return value if rng.random() < probability else otherwise

    size = rng.uniform(0.8, 1.25)
    return Draw(
        mirror=bool(rng.random() < 0.5),
        zoom_ji=(size * rng.uniform(0.85, 1.15), size * rng.uniform(0.9, 1.1)),
        rotation_deg=maybe(0.8, rng.uniform(-18, 18)),
        shear=maybe(0.5, rng.uniform(-0.12, 0.12)),
        shift_ji=(rng.uniform(-18, 18), rng.uniform(-22, 22)),
        elastic_px=maybe(0.85, float(rng.triangular(1, 2, 7))),
        fat_factor=maybe(0.6, float(np.exp(rng.uniform(np.log(0.25), np.log(2.6)))), 1.0),
        reach_mm=rng.uniform(2.5, 5.5),
        thick=maybe(0.3, rng.uniform(0.1, 0.33)),
        muscle_shift_hu=rng.uniform(-25, 20),
        each_muscle_sd_hu=maybe(0.5, rng.uniform(0, 10)),
        infiltration=maybe(0.4, rng.uniform(0.1, 0.8)),
        organ_field_hu=maybe(0.7, rng.uniform(10, 90)),
        enhancement_hu=maybe(0.4, rng.uniform(40, 200)),
        scale=rng.uniform(0.93, 1.07),
        offset_hu=rng.uniform(-12, 12),
        blur_px=maybe(0.3, rng.uniform(0.3, 1.1)),
        sharpen=maybe(0.25, rng.uniform(0.2, 1.2)),
        noise_hu=maybe(0.7, float(rng.gamma(1.5, 12.0))),
        noise_blur_px=rng.uniform(0, 0.9),
        streak_hu=maybe(0.1, rng.uniform(10, 40)),
        fov_radius=maybe(0.25, rng.uniform(0.72, 1.05), 9.0),
        arms=bool(rng.random() < 0.12),
        seed=int(rng.integers(2**31)),
    )


def apply(
    d: Draw, hu: Tensor, muscles: Tensor, compartments: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Apply ``d`` to one slice.

    ``hu`` is float32 ``(3, j, i)`` (below, at, above), the label maps uint8 ``(j, i)`` with 255
    for "not annotated". Returns the same at ``OUT_JI``, HU not yet windowed.
    """
    g = torch.Generator().manual_seed(d.seed)
    grid = _sampling_grid(d, hu, muscles, compartments, g)
    hu = F.grid_sample(hu[None] + 1024, grid, align_corners=False)[0] - 1024
    labels = torch.stack([muscles, compartments]).float()[None] + 1
    labels = F.grid_sample(labels, grid, mode="nearest", align_corners=False)[0] - 1
    muscles, compartments = labels.clamp(min=0).to(torch.uint8)
    if d.mirror:
        muscles = _SWAP.to(torch.uint8)[muscles.long()]
    hu = _anatomy_hu(d, hu, muscles, compartments, g)
    return _scanner(d, hu, g), muscles, compartments


def _sampling_grid(
    d: Draw, hu: Tensor, muscles: Tensor, compartments: Tensor, g: torch.Generator
) -> Tensor:
    """Where each output pixel comes from, ``(1, j, i, 2)`` in grid_sample's -1..1 units."""
    height, width = hu.shape[1:]
    centre_y, centre_x = _centre(hu[1])
    j = torch.arange(OUT_JI[0]).float() - (OUT_JI[0] - 1) / 2 - d.shift_ji[0]
    i = torch.arange(OUT_JI[1]).float() - (OUT_JI[1] - 1) / 2 - d.shift_ji[1]
    y, x = torch.meshgrid(j, i, indexing="ij")
    y, x = _elastic(d, y, x, g)
    angle = np.deg2rad(d.rotation_deg)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    y, x = c * y + s * x, c * x - s * y
    x = x + d.shear * y
    y, x = y / d.zoom_ji[0], x / d.zoom_ji[1]
    if d.mirror:
        x = -x
    if d.fat_factor != 1.0:
        y, x = _fat_thickness(d.fat_factor, y, x, (centre_y, centre_x), muscles, compartments)
    y, x = y + centre_y, x + centre_x
    return torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)[None]


def _centre(plane: Tensor) -> tuple[float, float]:
    """Middle of the body's bounding box in pixels."""
    body = plane > -300
    rows = torch.nonzero(body.sum(dim=1) > 20)
    columns = torch.nonzero(body.sum(dim=0) > 20)
    if not len(rows) or not len(columns):
        return (plane.shape[0] - 1) / 2, (plane.shape[1] - 1) / 2
    return float(rows[0] + rows[-1]) / 2, float(columns[0] + columns[-1]) / 2


def _elastic(d: Draw, y: Tensor, x: Tensor, g: torch.Generator) -> tuple[Tensor, Tensor]:
    if d.elastic_px == 0:
        return y, x
    coarse = torch.randn(1, 2, *_CONTROL_JI, generator=g) * d.elastic_px
    fine = torch.randn(1, 2, 2 * _CONTROL_JI[0], 2 * _CONTROL_JI[1], generator=g)
    size = list(OUT_JI)
    field = F.interpolate(coarse, size, mode="bicubic", align_corners=False)
    field = field + F.interpolate(
        fine * d.elastic_px * 0.25, size, mode="bicubic", align_corners=False
    )
    return y + field[0, 0], x + field[0, 1]


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


def _smooth_field(shape_ji: tuple[int, int], cell: int, g: torch.Generator) -> Tensor:
    """Smooth unit-variance noise with blobs of about ``cell`` pixels."""
    size = [max(2, n // cell + 2) for n in shape_ji]
    field = torch.randn(1, 1, *size, generator=g)
    field = F.interpolate(field, list(shape_ji), mode="bicubic", align_corners=False)[0, 0]
    return field / field.std().clamp(min=1e-3)


def _anatomy_hu(
    d: Draw, hu: Tensor, muscles: Tensor, compartments: Tensor, g: torch.Generator
) -> Tensor:
    """Attenuation of tissues: muscle quality, fat infiltration, organs and vessels."""
    labelled = (muscles > 0) & (muscles != 255)
    shift = torch.randn(256, generator=g) * d.each_muscle_sd_hu + d.muscle_shift_hu
    soft = (hu > -30) & (hu < 180)
    everything_soft = d.muscle_shift_hu * 0.5 * soft
    hu = hu + torch.where(labelled, shift[muscles.long()], everything_soft)
    if d.infiltration:
        cell = int(torch.randint(3, 9, (1,), generator=g))
        texture = _smooth_field(OUT_JI, cell, g)
        share = d.infiltration * torch.sigmoid(3 * (texture - 0.5))
        chosen = torch.rand(256, generator=g) < 0.6
        share = share * (labelled & chosen[muscles.long()])
        hu = hu + share * (_FAT_HU - hu)
    organ = (compartments == 1) | ((compartments == 255) & ~labelled)
    inner = organ & soft[1]
    if d.organ_field_hu:
        field = _smooth_field(OUT_JI, int(torch.randint(10, 40, (1,), generator=g)), g)
        hu = hu + d.organ_field_hu * torch.tanh(field) * inner
    if d.enhancement_hu:
        blobs = _smooth_field(OUT_JI, int(torch.randint(6, 16, (1,), generator=g)), g) > 1.2
        hu = hu + d.enhancement_hu * (blobs & inner & (compartments == 1))
    return hu


def _gaussian(image: Tensor, sigma_px: float) -> Tensor:
    reach = max(1, int(np.ceil(2.5 * sigma_px)))
    t = torch.arange(-reach, reach + 1).float()
    kernel = torch.exp(-0.5 * (t / sigma_px) ** 2)
    kernel = kernel / kernel.sum()
    x = F.pad(image[:, None], (reach, reach, reach, reach), mode="replicate")
    x = F.conv2d(x, kernel.view(1, 1, 1, -1))
    return F.conv2d(x, kernel.view(1, 1, -1, 1))[:, 0]


def _scanner(d: Draw, hu: Tensor, g: torch.Generator) -> Tensor:
    """Calibration, reconstruction, noise, arms and field of view."""
    hu = hu * d.scale + d.offset_hu
    if d.thick:
        hu = (1 - 2 * d.thick) * hu + d.thick * (hu[[1, 2, 1]] + hu[[1, 0, 1]])
    if d.blur_px:
        hu = _gaussian(hu, d.blur_px)
    if d.sharpen:
        hu = hu + d.sharpen * (hu - _gaussian(hu, 1.0))
    if d.noise_hu:
        noise = torch.randn(hu.shape, generator=g)
        if d.noise_blur_px > 0.3:
            noise = _gaussian(noise, d.noise_blur_px)
            noise = noise / noise.std()
        hu = hu + d.noise_hu * noise
    if d.streak_hu:
        rows = torch.randn(hu.shape[0], hu.shape[1], 1, generator=g)
        hu = hu + d.streak_hu * rows * _smooth_field(OUT_JI, 60, g)
    y = torch.linspace(-1, 1, OUT_JI[0])[:, None] * OUT_JI[0] / OUT_JI[1]
    x = torch.linspace(-1, 1, OUT_JI[1])[None]
    if d.arms:
        side = float(torch.rand(1, generator=g)) * 0.2 + 0.8
        for sign in (-1.0, 1.0):
            arm = ((x - sign * side) / 0.1) ** 2 + ((y - 0.1) / 0.13) ** 2
            hu = torch.where((arm < 1) & (hu < -300), torch.full_like(hu, 40.0), hu)
            hu = torch.where((arm < 0.08) & (arm >= 0), torch.full_like(hu, 700.0), hu)
    if d.fov_radius < 2:
        hu = torch.where((x * x + y * y) > d.fov_radius**2, torch.full_like(hu, -1024.0), hu)
    return hu
