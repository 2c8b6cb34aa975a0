"""The task of the landmark network: vertebrae, ribs, lungs and vessels in three dimensions."""

from __future__ import annotations

from types import MappingProxyType

from torch import Tensor

from myotome.locate.coarse import COARSE_MM, WINDOW_JI
from myotome.train.cases.entry import MAPPED
from myotome.train.fit.dice import Sight
from myotome.train.fit.losses import IGNORE
from myotome.train.fit.presets import Preset
from myotome.train.fit.recipe import Config
from myotome.train.levels.losses import CLASSES, level_losses
from myotome.train.levels.phantoms import phantom_subject
from myotome.train.levels.pool import load_drawn
from myotome.train.levels.render import render_entry
from myotome.train.levels.subject import load_subject
from myotome.train.levels.windows import sampler_of, sights_of
from myotome.train.tasks.task import Batch, Losses, Task

_INPUT = (
    "HU averaged to 6 mm voxels; channel 0: clip(HU,-1000,1000)/500, "
    "channel 1: (clip(HU,-150,250)-50)/200; k up, j to posterior, i to the left; "
    "k padded with air to a multiple of 16"
)
_VARIANTS = 120
_NOTES = (
    "AdamW, 3e-3 with a warm-up of 100 iterations and a cosine to zero, weight decay 1e-3.",
    "Marginal cross-entropy plus Dice of the spine and the last ribs; gradients clipped at 2.",
    "Weights averaged over iterations (0.995), batch statistics measured again for them.",
    "Windows of 32 to 80 planes of bodies that are deformed and coloured anew; with a pool all "
    "of them come from it.",
    "Single precision: bf16 convolutions of 8 channels damage memory on some CPUs.",
)

LEVEL_PRESETS = MappingProxyType(
    {
        row.key: row
        for row in (
            Preset(
                key="modern",
                words="how the next bundled landmark network is made",
                config=Config(
                    task="levels",
                    architecture="levels",
                    iterations=4000,
                    batch=3,
                    clip=2.0,
                    synthetic_share=1.0,
                    validation_slices=16,
                    precision="fp32",
                    refresh=16,
                ),
                notes=_NOTES,
            ),
            Preset(
                key="tiny",
                words="a minute instead of an hour: for tests and first tries",
                config=Config(
                    preset="tiny",
                    task="levels",
                    architecture="tiny_levels",
                    iterations=120,
                    epoch=20,
                    batch=1,
                    learning_rate=1e-2,
                    warmup=10,
                    clip=2.0,
                    ema=0.9,
                    synthetic_share=1.0,
                    validation_slices=4,
                    precision="fp32",
                    refresh=4,
                    checkpoint_every=20,
                    threads=1,
                ),
                notes=("Everything is our choice; no network for use comes out of it.",),
            ),
        )
    }
)


def losses(logits: Tensor, batch: Batch, _config: Config) -> Losses:
    """The loss of a batch of windows; sets of classes do not count for the Dice."""
    _, target = batch
    cross, total = level_losses(logits, target.long())
    truth = target.masked_fill(target >= CLASSES, IGNORE)
    return Losses(
        total=total, cross=cross, truth=truth, known=truth.new_ones(len(truth), CLASSES).bool()
    )


def phantom_sights() -> list[Sight]:
    """Two whole phantoms."""
    return sights_of([phantom_subject(seed) for seed in (901, 902)], 2)


LEVELS = Task(
    key="levels",
    words="vertebrae, ribs, lungs and vessels on 6 mm voxels",
    network="landmarks",
    classes=CLASSES,
    presets=LEVEL_PRESETS,
    need=MAPPED,
    read=load_subject,
    pool=load_drawn,
    sampler=sampler_of,
    losses=losses,
    sights=sights_of,
    examples=phantom_sights,
    input=_INPUT,
    geometry=MappingProxyType({"spacing_mm": [COARSE_MM] * 3, "window_ji": list(WINDOW_JI)}),
    variants=_VARIANTS,
    renderable=MAPPED,
    render=render_entry,
)
