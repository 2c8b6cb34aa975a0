"""Labelled cases out of the phantom: to try a training on, with a truth that is exact."""

from __future__ import annotations

import numpy as np

from myotome.nets.inputs import PIXEL_MM
from myotome.phantom import Anatomy, Recipe, render_recipe
from myotome.tables.anatomy.muscles import GROUPS
from myotome.train.cases.case import TrainingCase

_NOISE_HU = 12.0


def phantom_case(
    seed: int, *, spacing_k_mm: float = 12.0, pixel_mm: float = PIXEL_MM, share: float = 1.0
) -> TrainingCase:
    """The random body ``seed`` as a completely annotated case called ``phantom<seed>``.

    Slices lie ``spacing_k_mm`` apart and are ``pixel_mm`` wide; ``share`` < 1 keeps only that
    part of the scan, from its middle.
    """
    anatomy = Anatomy.draw(seed)
    top, bottom = anatomy.slab_z_mm
    middle, half = (top + bottom) / 2, share * (top - bottom) / 2 + spacing_k_mm
    recipe = Recipe(
        spacing_mm=(spacing_k_mm, pixel_mm, pixel_mm),
        noise_hu=_NOISE_HU,
        seed=seed,
        oversample=1,
        z_mm=(middle + half, middle - half),
    )
    made = render_recipe(anatomy, recipe)
    rooms = made.segmentation.compartments
    shape = made.volume.hu.shape
    return TrainingCase(
        name=f"phantom{seed}",
        hu=made.volume.hu.astype(np.float32),
        muscles=made.segmentation.labels.copy(),
        compartments=np.full(shape, 255, np.uint8) if rooms is None else rooms.copy(),
        annotated=np.ones((shape[0], len(GROUPS)), np.bool_),
        organs=np.zeros(shape, np.uint8),
        dz_mm=spacing_k_mm,
    )
