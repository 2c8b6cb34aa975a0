"""Other tissues in the same body: the attenuation half of the augmentation, before the scanner."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from myotome.train.augment.fields import gaussian, smooth_field, uniform, whole
from myotome.train.synthesis.paint import ORGAN_HU, contrast_shift

_FAT_HU = -100.0
_LEAN_FROM_HU = -30.0
"""The reference labels keep voxels of -29 HU and more; synthetic fat follows that rule."""

_CAVITY = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slice:
    """HU ``(3, j, i)`` and label maps ``(j, i)`` of one sample."""

    hu: Tensor
    muscles: Tensor
    compartments: Tensor
    organs: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Tissue:
    """Tissue parameters of one sample, HU as named, shares between 0 and 1.

    ``phase_hu`` is the attenuation aimed at for each TotalSegmentator id (empty: as it is).
    """

    muscle_shift_hu: float
    each_muscle_sd_hu: float
    infiltration: float
    streaks: float
    fat_shift_hu: float
    stranding: float
    organ_field_hu: float
    enhancement_hu: float
    gas: float
    bone_factor: float
    phase_hu: tuple[float, ...]


def draw_tissue(rng: np.random.Generator) -> Tissue:
    """Random tissue parameters; the ranges are our choice."""

    def maybe(probability: float, value: float, otherwise: float = 0.0) -> float:
        return value if rng.random() < probability else otherwise

    phase: tuple[float, ...] = ()
    if rng.random() < 0.5:
        aim = contrast_shift(rng)
        for ids, plain, *_ in ORGAN_HU:
            aim[list(ids)] += plain
        phase = tuple(float(v) for v in aim)
    return Tissue(
        muscle_shift_hu=rng.uniform(-25, 25),
        each_muscle_sd_hu=maybe(0.5, rng.uniform(0, 10)),
        infiltration=maybe(0.35, rng.uniform(0.1, 0.8)),
        streaks=maybe(0.25, rng.uniform(0.2, 1.0)),
        fat_shift_hu=maybe(0.5, rng.normal(0, 12)),
        stranding=maybe(0.2, rng.uniform(0.1, 0.7)),
        organ_field_hu=maybe(0.6, rng.uniform(10, 80)),
        enhancement_hu=maybe(0.3, rng.uniform(40, 250)),
        gas=maybe(0.15, rng.uniform(1.0, 2.0)),
        bone_factor=maybe(0.5, rng.uniform(0.5, 1.4), 1.0),
        phase_hu=phase,
    )


def change_tissue(d: Tissue, s: Slice, organ_hu: Tensor | None, g: torch.Generator) -> Slice:
    """``s`` with other muscle, fat, bone, organs and bowel.

    ``organ_hu`` ``(256,)`` holds the present median of each TotalSegmentator id, NaN if absent.
    Muscle turned to fat below -30 HU loses its label, as in the reference labels.
    """
    hu = _phase(d, s, organ_hu)
    soft = (hu > -30) & (hu < 180)
    hu = torch.where(hu > 180, 180 + (hu - 180) * d.bone_factor, hu)
    hu = torch.where((hu < -50) & (hu > -160), hu + d.fat_shift_hu, hu)
    if d.stranding:
        hu = _stranding(d, hu, s, g)
    hu = _cavity(d, hu, s, soft, g)
    return _muscle(d, replace(s, hu=hu), soft, g)


def _phase(d: Tissue, s: Slice, organ_hu: Tensor | None) -> Tensor:
    """Organs and vessels moved towards another contrast phase, gas inside them left alone."""
    if not d.phase_hu or organ_hu is None:
        return s.hu
    shift = torch.nan_to_num(torch.tensor(d.phase_hu) - organ_hu)
    shift[organ_hu.isnan()] = 0
    shift = gaussian(shift[s.organs.long()][None], 0.7)
    return torch.where(s.hu > -150, s.hu + shift, s.hu)


def _stranding(d: Tissue, hu: Tensor, s: Slice, g: torch.Generator) -> Tensor:
    """Oedema or stranding: patches of fat pulled towards water, muscles left out."""
    patch = torch.sigmoid(3 * (smooth_field(_size(hu), whole(8, 40, g), g) - 0.7))
    threads = smooth_field(_size(hu), 3, g) > 0.3
    share = d.stranding * patch * (0.3 + 0.7 * threads)
    fat = (hu < -50) & (hu > -160) & (s.muscles == 0)
    return torch.where(fat, hu + share * (5 - hu), hu)


def _cavity(d: Tissue, hu: Tensor, s: Slice, soft: Tensor, g: torch.Generator) -> Tensor:
    """Organs of other brightness, vessels, bowel contrast and gas inside the cavity."""
    labelled = (s.muscles > 0) & (s.muscles != 255)
    inside = (s.compartments == _CAVITY) | ((s.compartments == 255) & ~labelled)
    if d.organ_field_hu:
        field = smooth_field(_size(hu), whole(10, 40, g), g)
        hu = hu + d.organ_field_hu * torch.tanh(field) * (inside & soft[1])
    sure = (s.compartments == _CAVITY) & (hu[1] > -130)
    if d.enhancement_hu:
        blobs = smooth_field(_size(hu), whole(4, 14, g), g) > 1.2
        hu = hu + d.enhancement_hu * (blobs & sure & soft[1])
    if d.gas:
        blobs = smooth_field(_size(hu), whole(8, 20, g), g)
        air = gaussian(((blobs > 3 - d.gas) & sure).float()[None], 0.7)
        hu = hu + air * (-920 - hu)
    return hu


def _muscle(d: Tissue, s: Slice, soft: Tensor, g: torch.Generator) -> Slice:
    """Muscle quality: brightness, each muscle's own, fatty patches and streaks."""
    labelled = (s.muscles > 0) & (s.muscles != 255)
    shift = torch.randn(256, generator=g) * d.each_muscle_sd_hu + d.muscle_shift_hu
    hu = s.hu + torch.where(labelled, shift[s.muscles.long()], d.muscle_shift_hu * 0.5 * soft)
    if not (d.infiltration or d.streaks):
        return replace(s, hu=hu)
    share = torch.zeros(_size(hu))
    if d.infiltration:
        texture = smooth_field(_size(hu), whole(3, 9, g), g)
        share = d.infiltration * torch.sigmoid(3 * (texture - 0.5))
    if d.streaks:
        lines = smooth_field(_size(hu), 3, g).abs() < uniform(0.08, 0.25, g)
        share = torch.maximum(share, d.streaks * gaussian(lines.float()[None], 0.6)[0])
    chosen = torch.rand(256, generator=g) < 0.6
    share = share * (labelled & chosen[s.muscles.long()])
    hu = hu + share * (_FAT_HU - hu)
    fatty = (share > 0.2) & (hu[1] < _LEAN_FROM_HU)
    muscles = torch.where(fatty, torch.zeros_like(s.muscles), s.muscles)
    return replace(s, hu=hu, muscles=muscles)


def _size(hu: Tensor) -> tuple[int, int]:
    return int(hu.shape[-2]), int(hu.shape[-1])
