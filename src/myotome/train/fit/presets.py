"""Named ways to train, and the augmentations they draw from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from myotome.errors import InputError
from myotome.nets.inputs import NEIGHBOUR_MM
from myotome.tables.anatomy.muscles import MUSCLES
from myotome.train.augment.deform import Geometry
from myotome.train.augment.draw import Draw, draw
from myotome.train.augment.scanner import Scanner
from myotome.train.augment.tissue import Tissue
from myotome.train.fit.recipe import Config

_ZOOM, _ROTATION_DEG, _PROBABILITY = 0.2, 20.0, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named :class:`Config`. ``notes`` say what is whose choice."""

    key: str
    words: str
    config: Config
    notes: tuple[str, ...]


_NO_CHANGE = Tissue(
    muscle_shift_hu=0.0,
    each_muscle_sd_hu=0.0,
    infiltration=0.0,
    streaks=0.0,
    fat_shift_hu=0.0,
    stranding=0.0,
    organ_field_hu=0.0,
    enhancement_hu=0.0,
    gas=0.0,
    bone_factor=1.0,
    phase_hu=(),
)
_SAME_SCANNER = Scanner(
    scale=1.0,
    offset_hu=0.0,
    thick=0.0,
    blur_px=0.0,
    sharpen=0.0,
    noise_hu=0.0,
    noise_blur_px=0.0,
    streak_hu=0.0,
    metal_hu=0.0,
    table=False,
    arms=0,
    fov_radius=9.0,
)


def neutral(*, zoom: float = 1.0, rotation_deg: float = 0.0) -> Draw:
    """The draw that only zooms and rotates, by default not even that."""
    geometry = Geometry(
        mirror=False,
        zoom_ji=(zoom, zoom),
        rotation_deg=rotation_deg,
        shear=0.0,
        shift_ji=(0.0, 0.0),
        elastic_px=0.0,
        fat_factor=1.0,
        belly=1.0,
        sides=(1.0, 1.0),
        bulge=(0.0, 0.0, 1.0),
        muscle_growth_px=(0.0,) * (len(MUSCLES) + 1),
        tilt_ji=(0.0, 0.0),
        reach_mm=NEIGHBOUR_MM,
    )
    return Draw(geometry=geometry, tissue=_NO_CHANGE, scanner=_SAME_SCANNER, seed=0)


def paper_draw(rng: np.random.Generator) -> Draw:
    """Zoom by 1 +- 0.2 and rotation by +- 20 degrees, each with probability 0.8 (Vu 2024).

    That each is drawn on its own, uniformly, and the body stays in the middle is our reading.
    """
    zoom, angle = rng.uniform(-_ZOOM, _ZOOM), rng.uniform(-_ROTATION_DEG, _ROTATION_DEG)
    zoomed, turned = rng.random(2) < _PROBABILITY
    return neutral(zoom=1 + zoom * bool(zoomed), rotation_deg=angle * bool(turned))


AUGMENTATIONS: Mapping[str, Callable[[np.random.Generator], Draw]] = MappingProxyType(
    {"modern": draw, "paper": paper_draw, "none": lambda _: neutral()}
)
"""How the parameters of a sample are drawn."""

_PAPER_NOTES = (
    "Vu et al. 2024: Adam, learning rate 1e-4 for 100 epochs, 1e-5 for 100, 1e-6 for 100.",
    "Vu et al. 2024: zoom within +-0.2 and rotation within +-20 degrees, probability 0.8.",
    "Vu et al. 2024: validation after each epoch, 128 steps; our reading: of one slice each.",
    "Our choice, the paper is silent: cross-entropy plus Dice, batch 16, Adam without decay.",
    "Our choice, the paper is silent: pixels of 1.5 mm, 224 x 288 of them (336 x 432 mm), "
    "bilinear for CT and nearest for labels, window scaled to 0..1, computed in fp32.",
    "Our choice, the paper is silent: an epoch draws as many slices as are annotated; a case "
    "is drawn as often as any other, its slices by how much is annotated on them.",
    "The paper goes on after epoch 100 with its best network alone; here all 300 epochs follow.",
    "The paper labels whole slices; partly annotated ones count as far as they are annotated.",
)

_MODERN_NOTES = (
    "AdamW, 3e-3 with a warm-up of 100 iterations and a cosine to zero, weight decay 1e-3.",
    "Marginal cross-entropy plus Dice; a second head learns the compartments beside.",
    "Weights averaged over iterations (0.995); gradients clipped at 5; bf16 where there is.",
    "Anatomy, tissue and scanner are drawn anew for every sample; 3 in 10 samples come from "
    "rendered CTs, if there are any; the middle 288 x 384 mm of each sample is used.",
    "Values are off by up to 15 HU in three samples of four, by up to 45 HU in the others.",
)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        row.key: row
        for row in (
            Preset(
                key="modern",
                words="how the bundled network was made",
                config=Config(plane_ji=(192, 256)),
                notes=_MODERN_NOTES,
            ),
            Preset(
                key="paper",
                words="the protocol of Vu et al. 2024, with its best network",
                config=Config(
                    preset="paper",
                    architecture="resunet4",
                    augmentation="paper",
                    iterations=None,
                    epochs=300,
                    epoch=None,
                    batch=16,
                    optimiser="adam",
                    learning_rate=1e-4,
                    rates=(1.0, 0.1, 0.01),
                    warmup=0,
                    weight_decay=0.0,
                    clip=0.0,
                    ema=0.0,
                    synthetic_share=0.0,
                    precision="fp32",
                ),
                notes=_PAPER_NOTES,
            ),
            Preset(
                key="tiny",
                words="seconds instead of hours: for tests and first tries",
                config=Config(
                    preset="tiny",
                    architecture="tiny",
                    augmentation="none",
                    iterations=500,
                    epoch=50,
                    batch=2,
                    learning_rate=2e-2,
                    warmup=20,
                    ema=0.97,
                    plane_ji=(176, 256),
                    checkpoint_every=50,
                    threads=1,
                ),
                notes=("Everything is our choice; no network for use comes out of it.",),
            ),
        )
    }
)


def preset(key: str, presets: Mapping[str, Preset] = PRESETS, **changes: Any) -> Config:
    """The configuration of preset ``key``, with ``changes``; those that are None are ignored.

    Refuses (InputError) an unknown preset or augmentation.
    """
    if key not in presets:
        raise InputError(f'there is no preset "{key}".', mend=f"Use {', '.join(presets)}.")
    wanted = {name: value for name, value in changes.items() if value is not None}
    config = replace(presets[key].config, **wanted)
    if config.augmentation not in AUGMENTATIONS:
        raise InputError(
            f'there is no augmentation "{config.augmentation}".',
            mend=f"Use {', '.join(AUGMENTATIONS)}.",
        )
    return config
