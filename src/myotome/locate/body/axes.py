"""Whether the axes of a scan are exchanged: coronal slices called axial, a plane on its side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.locate.body.turns import Predict as UprightPredict
from myotome.locate.body.turns import logits_of, turned
from myotome.locate.coarse import CoarseView, coarse_view
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.turns import DIRECTION_BOUND, EXCHANGES, TURNS, Exchange

Float32 = NDArray[np.float32]

_FINE_MM = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exchanged:
    """The exchange that puts the axes right, and the coarse view of the scan after it."""

    exchange: Exchange
    view: CoarseView


def exchanged(volume: Volume, best_logit: float, upright: UprightPredict) -> Exchanged | None:
    """What puts the axes of ``volume`` right; None if they are likelier right as they are.

    ``best_logit`` is how upright the best of its own eight turns looks to ``upright``.
    """
    found: Exchanged | None = None
    highest = best_logit + DIRECTION_BOUND["exchanged"].value
    for exchange, hu, reversed_hu, grid in _views(volume):
        logits = logits_of(hu, reversed_hu, upright)
        if logits.max() > highest:
            highest = float(logits.max())
            upset = turned(hu, reversed_hu, TURNS[int(logits.argmax())])
            found = Exchanged(exchange=exchange, view=CoarseView(hu=upset, grid=grid))
    return found


def reversed_hu(volume: Volume) -> Float32:
    """The coarse view in HU of the scan reversed front to back, with its own window."""
    return _view(_thinned(volume, keep_planes=True), reverse=True).hu


def _views(volume: Volume) -> Iterator[tuple[Exchange, Float32, Float32, Grid]]:
    small = _thinned(volume)
    for exchange in EXCHANGES:
        spacing = [small.grid.spacing_mm[axis] for axis in exchange.order]
        after = _volume(small.hu.transpose(exchange.order), spacing)
        view = _view(after)
        yield exchange, view.hu, _view(after, reverse=True).hu, view.grid


def _thinned(volume: Volume, *, keep_planes: bool = False) -> Volume:
    """Every so many voxels, about 3 mm apart: enough for voxels of 6 mm and cheap."""
    spacing = volume.grid.spacing_mm
    steps = [max(1, int(_FINE_MM // side)) for side in spacing]
    if keep_planes:
        steps[0] = 1
    hu = volume.hu[:: steps[0], :: steps[1], :: steps[2]]
    return _volume(hu, [side * step for side, step in zip(spacing, steps, strict=True)])


def _volume(hu: NDArray[np.int16], spacing_mm: list[float]) -> Volume:
    whole = np.ascontiguousarray(hu)
    depth, height, width = whole.shape
    dk, dj, di = spacing_mm
    grid = Grid.axial((depth, height, width), (dk, dj, di))
    return Volume(hu=whole, grid=grid, source_grid=grid)


def _view(volume: Volume, *, reverse: bool = False) -> CoarseView:
    if reverse:
        volume = _volume(volume.hu[:, ::-1], list(volume.grid.spacing_mm))
    return coarse_view(volume)
