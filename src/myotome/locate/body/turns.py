"""One scan turned in all eight ways that keep its axes, and how likely each is upright."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.tables.anatomy.turns import TURNS, Turn

Float32 = NDArray[np.float32]
Predict = Callable[[Float32], Float32]

SHRINK = 2
"""The network sees every second coarse voxel: 12 mm."""

MULTIPLE_K = 8
"""Coarse planes are filled up to a multiple of this, with copies of the outermost ones."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Directions:
    """How likely the body stands upright after each of ``TURNS`` (sum 1)."""

    likely: tuple[float, ...]

    @property
    def best(self) -> Turn:
        """The turn that is most likely to put the body upright."""
        return TURNS[int(np.argmax(self.likely))]

    def turned(self, axis: int) -> float:
        """How likely it is that ``axis`` (0 up, 1 front to back, 2 right to left) is reversed."""
        return float(
            sum(p for p, turn in zip(self.likely, TURNS, strict=True) if turn.reversed[axis])
        )


def directions(hu: Float32, predict: Predict) -> Directions:
    """How ``hu``, the coarse view ``(k, j, i)``, lies.

    ``predict`` takes :func:`network_input` to one logit per turn: how upright that looks.
    """
    logits = np.asarray(predict(network_input(hu)), np.float64).reshape(len(TURNS))
    raised = np.exp(logits - logits.max())
    return Directions(likely=tuple(float(p) for p in raised / raised.sum()))


def network_input(hu: Float32) -> Float32:
    """``(turn, 2, k', j', i')``: a wide and a soft-tissue window of every turn at 12 mm.

    Channel 0 is HU/500 within -1000..1000, channel 1 (HU-50)/200 within -150..250.
    """
    small = shrunk(hu)
    shown = np.stack(
        [
            np.clip(small, -1000.0, 1000.0) / np.float32(500.0),
            (np.clip(small, -150.0, 250.0) - np.float32(50.0)) / np.float32(200.0),
        ]
    )
    axes = [tuple(1 + n for n, wrong in enumerate(turn.reversed) if wrong) for turn in TURNS]
    return np.stack([np.flip(shown, axis) for axis in axes]).astype(np.float32)


def shrunk(hu: Float32) -> Float32:
    """Means of 2 x 2 x 2 coarse voxels; planes filled up on both ends alike."""
    lacking = -hu.shape[0] % MULTIPLE_K
    ends = (lacking // 2, lacking - lacking // 2)
    whole = np.pad(hu, (ends, (0, 0), (0, 0)), mode="edge")
    parts = [side for length in whole.shape for side in (length // SHRINK, SHRINK)]
    return np.asarray(whole.reshape(parts).mean(axis=(1, 3, 5)), dtype=np.float32)
