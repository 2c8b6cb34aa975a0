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


def directions(hu: Float32, reversed_hu: Float32, predict: Predict) -> Directions:
    """How a scan lies whose coarse view ``(k, j, i)`` is ``hu``.

    ``reversed_hu`` is the view of the same scan reversed front to back: its own, as the window
    cuts a deep body at the front. ``predict`` takes :func:`network_input` to one logit per
    turn: how upright that looks.
    """
    logits = np.asarray(predict(network_input(hu, reversed_hu)), np.float64).reshape(len(TURNS))
    raised = np.exp(logits - logits.max())
    return Directions(likely=tuple(float(p) for p in raised / raised.sum()))


def network_input(hu: Float32, reversed_hu: Float32) -> Float32:
    """``(turn, 2, k', j', i')``: a wide and a soft-tissue window of every turn at 12 mm.

    Channel 0 is HU/500 within -1000..1000, channel 1 (HU-50)/200 within -150..250.
    """
    views = [_windows(shrunk(seen)) for seen in (hu, reversed_hu)]
    return np.stack([_turn(views[turn.reversed[1]], turn) for turn in TURNS])


def turned(hu: Float32, reversed_hu: Float32, turn: Turn) -> Float32:
    """The view of the scan after ``turn``."""
    return np.ascontiguousarray(_turn(reversed_hu if turn.reversed[1] else hu, turn))


def _turn(seen: Float32, turn: Turn) -> Float32:
    """Reversed along z and x where ``turn`` says so; the last three axes are z, y, x."""
    up, _, side = turn.reversed
    return np.flip(seen, tuple(axis for axis, wrong in ((-3, up), (-1, side)) if wrong))


def _windows(small: Float32) -> Float32:
    return np.stack(
        [
            np.clip(small, -1000.0, 1000.0) / np.float32(500.0),
            (np.clip(small, -150.0, 250.0) - np.float32(50.0)) / np.float32(200.0),
        ]
    ).astype(np.float32)


def shrunk(hu: Float32) -> Float32:
    """Means of 2 x 2 x 2 coarse voxels; planes filled up on both ends alike."""
    lacking = -hu.shape[0] % MULTIPLE_K
    ends = (lacking // 2, lacking - lacking // 2)
    whole = np.pad(hu, (ends, (0, 0), (0, 0)), mode="edge")
    parts = [side for length in whole.shape for side in (length // SHRINK, SHRINK)]
    return np.asarray(whole.reshape(parts).mean(axis=(1, 3, 5)), dtype=np.float32)
