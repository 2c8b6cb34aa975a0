"""Phantoms as bodies for the landmark network: every vertebra is where the formula says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myotome.phantom import Anatomy, Phantom, Recipe, render_recipe
from myotome.phantom.body.structures import structures
from myotome.train.levels.subject import SOURCE_MM, Subject, target_table

_NOISE_HU = 12.0
_IDS = {
    **{name: 26 + n for n, name in enumerate(("S1", "L5", "L4", "L3", "L2", "L1", "T12"))},
    **{name: 33 + n for n, name in enumerate(("T11", "T10", "T9", "T8"))},
    **{f"rib_{n}_left": 91 + n for n in range(8, 13)},
    **{f"rib_{n}_right": 103 + n for n in range(8, 13)},
    "S2": 25,
    "S3": 25,
    "iliac_wing_left": 77,
    "iliac_wing_right": 78,
    "lung_left": 10,
    "lung_right": 12,
    "liver": 5,
    "spleen": 1,
    "kidney_left": 3,
    "kidney_right": 2,
    "aorta": 52,
    "inferior_vena_cava": 63,
}
"""Parts of the phantom, and what TotalSegmentator calls them; other parts have no label."""
_OF_A_VERTEBRA = ("vertebra", "arch", "process")


def phantom_subject(seed: int) -> Subject:
    """The random body ``seed`` as a completely labelled one called ``phantom<seed>``."""
    spacing_mm = (SOURCE_MM,) * 3
    recipe = Recipe(spacing_mm=spacing_mm, noise_hu=_NOISE_HU, seed=seed, oversample=1)
    made = render_recipe(Anatomy.draw(seed), recipe)
    ids = phantom_ids(made)
    return Subject(
        name=f"phantom{seed}",
        hu=made.volume.hu.astype(np.int16),
        fine=ids,
        target=target_table()[ids],
    )


def phantom_ids(made: Phantom) -> NDArray[np.uint8]:
    """TotalSegmentator's ids of the phantom's parts on its own voxels, uint8 ``(k, j, i)``."""
    grid = made.volume.grid
    matrix = grid.matrix
    x = (matrix[0, 3] + matrix[0, 0] * np.arange(grid.shape[2])).astype(np.float32)[None, :]
    y = (matrix[1, 3] + matrix[1, 1] * np.arange(grid.shape[1])).astype(np.float32)[:, None]
    out = np.zeros(grid.shape, np.uint8)
    for part in structures(made.anatomy):
        kind, _, rest = part.name.partition("_")
        value = _IDS.get(rest if kind in _OF_A_VERTEBRA else part.name, 0)
        if not value:
            continue
        for k in range(grid.shape[0]):
            z = float(grid.slice_z_mm(k))
            if part.low_mm <= z < part.high_mm:
                out[k][part.shape.distance_mm(np.asarray(z), x, y) < 0] = value
    return out
