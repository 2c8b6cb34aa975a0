"""How one synthetic CT is to look: everything drawn, nothing applied."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from myotome.tables.anatomy.muscles import GROUPS
from myotome.train.synthesis.tissues import PHASES

BOWEL_FILLINGS = ("as it is", "gas", "fluid", "stool", "contrast")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The drawn parameters of one rendering; with the seed they decide every voxel.

    ``muscle_hu`` is the mean of lean muscle per group, ``side_hu`` what the right side differs
    by; ``fat_share`` (0..1) how much of each group is fat streaks, ``edge_mm`` how deep fat
    eats into the edges. ``filling`` gives the weights of ``BOWEL_FILLINGS``. ``painted``: no
    voxel of the real CT is kept.
    """

    seed: int
    painted: bool
    muscle_hu: tuple[float, ...]
    side_hu: float
    other_muscle_hu: float
    fat_share: tuple[float, ...]
    edge_mm: tuple[float, ...]
    fat_hu: float
    visceral_fat_hu: float
    phase: str
    enhancement: float
    filling: tuple[float, ...]
    contrast_agent_hu: float
    stranding_hu: float
    ascites_mm: float
    bone_gain: float
    marrow_hu: float
    oedema_hu: float
    noise_hu: float
    grain_px: float
    blur_px: float

    def to_json(self) -> str:
        """The same as JSON, keys as the field names."""
        return json.dumps(asdict(self), sort_keys=True)


def draw_look(rng: np.random.Generator, *, painted: bool) -> Look:
    """One random look. Half are lean, a third fatty, some strongly so."""

    def maybe(probability: float, value: float) -> float:
        return float(value) if rng.random() < probability else 0.0

    lean = rng.uniform(26, 70)
    fatty = float(rng.choice([0.0, 0.15, 0.35], p=[0.4, 0.4, 0.2]))
    phase = str(rng.choice(PHASES, p=[0.35, 0.2, 0.33, 0.12]))
    groups = len(GROUPS)
    return Look(
        seed=int(rng.integers(2**31)),
        painted=painted,
        muscle_hu=tuple(float(np.clip(rng.normal(lean, 5), 20, 75)) for _ in range(groups)),
        side_hu=maybe(0.3, rng.normal(0, 5)),
        other_muscle_hu=float(np.clip(rng.normal(lean - 4, 6), 15, 75)),
        fat_share=tuple(float(np.clip(rng.exponential(fatty), 0, 0.6)) for _ in range(groups)),
        edge_mm=tuple(maybe(0.35, rng.uniform(1, 5)) for _ in range(groups)),
        fat_hu=float(rng.uniform(-116, -94)),
        visceral_fat_hu=float(rng.uniform(-110, -88)),
        phase=phase,
        enhancement=float(rng.uniform(0.55, 1.25)),
        filling=tuple(float(w) for w in rng.dirichlet((1.0, 0.6, 0.6, 0.6, 0.3))),
        contrast_agent_hu=float(rng.uniform(120, 600)),
        stranding_hu=maybe(0.5, rng.uniform(10, 55)),
        ascites_mm=maybe(0.15, rng.uniform(4, 22)),
        bone_gain=float(rng.uniform(0.65, 1.35)),
        marrow_hu=float(rng.uniform(-55, 70)),
        oedema_hu=maybe(0.3, rng.uniform(8, 60)),
        noise_hu=float(rng.uniform(5, 22)),
        grain_px=float(rng.uniform(0.55, 1.0)),
        blur_px=float(rng.uniform(0.35, 0.75)),
    )
