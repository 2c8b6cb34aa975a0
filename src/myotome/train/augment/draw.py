"""Making few labelled slices count: what is drawn is a value, what is applied is a function.

:func:`draw` turns a random generator into a :class:`Draw`, which can be recorded and repeated;
:func:`apply` is deterministic given the draw. Geometry first (:mod:`myotome.train.augment.deform`),
then the tissues (:mod:`myotome.train.augment.tissue`), then the scanner
(:mod:`myotome.train.augment.scanner`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name torch itself documents

from myotome.tables.anatomy.muscles import MUSCLE, MUSCLES
from myotome.train.augment.deform import Geometry, draw_geometry, sampling_grid
from myotome.train.augment.scanner import Scanner, draw_scanner, in_view, scan
from myotome.train.augment.tissue import Slice, Tissue, change_tissue, draw_tissue

OUT_JI = (224, 288)
"""Height and width of a training sample in pixels (336 x 432 mm at 1.5 mm)."""

_SWAP = torch.arange(256, dtype=torch.uint8)
_SWAP[1 : len(MUSCLES) + 1] = torch.tensor(
    [MUSCLE[m.opposite].value for m in MUSCLES], dtype=torch.uint8
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Everything random about one sample; ``seed`` draws the fields and textures."""

    geometry: Geometry
    tissue: Tissue
    scanner: Scanner
    seed: int

    @property
    def reach_mm(self) -> float:
        """How far above and below the neighbouring planes are taken."""
        return self.geometry.reach_mm


def draw(rng: np.random.Generator) -> Draw:
    """One random sample's parameters."""
    return Draw(
        geometry=draw_geometry(rng),
        tissue=draw_tissue(rng),
        scanner=draw_scanner(rng),
        seed=int(rng.integers(2**31)),
    )


def apply(
    d: Draw,
    hu: Tensor,
    muscles: Tensor,
    compartments: Tensor,
    organs: Tensor | None = None,
    organ_hu: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Apply ``d`` to one slice.

    ``hu`` is float32 ``(3, j, i)`` (below, at, above), the label maps uint8 ``(j, i)`` with 255
    for "not annotated"; ``organs`` are TotalSegmentator ids and ``organ_hu`` ``(256,)`` their
    present medians (NaN: absent). Returns HU, muscles and compartments at ``OUT_JI``, HU not yet
    windowed.
    """
    g = torch.Generator().manual_seed(d.seed)
    grid = sampling_grid(d.geometry, hu, muscles, compartments, OUT_JI, g)
    hu = F.grid_sample((hu + 1024)[:, None], grid, align_corners=False)[:, 0] - 1024
    organs = torch.zeros_like(muscles) if organs is None else organs
    labels = torch.stack([muscles, compartments, organs]).float()[None] + 1
    labels = F.grid_sample(labels, grid[1:2], mode="nearest", align_corners=False)[0] - 1
    muscles, compartments, organs = labels.clamp(min=0).to(torch.uint8)
    if d.geometry.mirror:
        muscles = _SWAP[muscles.long()]
    changed = change_tissue(
        d.tissue,
        Slice(hu=hu, muscles=muscles, compartments=compartments, organs=organs),
        organ_hu,
        g,
    )
    seen = in_view(d.scanner, changed.hu)
    muscles, compartments = changed.muscles * seen, changed.compartments * seen
    return scan(d.scanner, changed.hu, g), muscles, compartments
