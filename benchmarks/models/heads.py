"""Both heads of the muscle network in one pass: 12 muscles and the body compartments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from myotome.nets.inputs import NEIGHBOUR_MM, PIXEL_MM
from myotome.nouns.landmarks import Slab
from myotome.nouns.segmentation import Segmentation
from myotome.nouns.volume import Volume
from myotome.segment.confidence import CLASSES, Expectation, calibration_of
from myotome.segment.predict import body_box, enlarge, predict
from myotome.tables.muscles import COMPARTMENTS

Float32 = NDArray[np.float32]
Network = Callable[[Float32], Float32]
_OTHER = len(COMPARTMENTS) + 1


def two_heads(volume: Volume, slab: Slab, network: Network) -> Segmentation:
    """What ``predict`` gives, and the compartments if the network has a second head.

    Compartments are uint8 on the CT's grid, values as ``tables.muscles.COMPARTMENTS``; outside
    the box of the body and the slices looked at they are 0.
    """
    tap = _Tap(network)
    judge = Expectation(calibration_of(network))
    made = predict(volume, slab, tap, name="bundled", judge=judge)
    if not tap.kept:
        return made
    logits = np.concatenate(tap.kept)
    return replace(made, compartments=_on_grid(volume, made.k_range, logits))


class _Tap:
    """Passes logits on and keeps those of the second head, in the order of the slices."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.kept: list[NDArray[np.float16]] = []

    def __call__(self, batch: Float32) -> Float32:
        out = self._network(batch)
        if out.shape[1] >= CLASSES + _OTHER:
            self.kept.append(out[:, CLASSES : CLASSES + _OTHER].astype(np.float16))
        return out


def _on_grid(
    volume: Volume, k_range: tuple[int, int], logits: NDArray[np.float16]
) -> NDArray[np.uint8]:
    start, stop = k_range
    dk, dj, di = volume.grid.spacing_mm
    reach = int(np.ceil(NEIGHBOUR_MM / dk))
    low, high = max(0, start - reach), min(volume.grid.shape[0], stop + reach)
    rows, columns = body_box(volume.hu[low:high], (dj, di))
    size = (rows.stop - rows.start, columns.stop - columns.start)
    steps = (dj / PIXEL_MM, di / PIXEL_MM)
    height, width = (max(1, round(n * s)) for n, s in zip(size, steps, strict=True))
    out = np.zeros(volume.grid.shape, np.uint8)
    for k, plane in zip(range(start, stop), logits, strict=False):  # the last batch is padded
        out[k, rows, columns] = enlarge(plane[:, :height, :width].astype(np.float32), size, steps)
    return out
