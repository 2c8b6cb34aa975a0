"""How the body lies, beside its header: two networks must agree before a scan is refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError
from myotome.locate.coarse import CoarseView, Predict, coarse_view, probabilities
from myotome.locate.spine import trace
from myotome.locate.upright.turns import Directions, directions, turned
from myotome.locate.upright.turns import Predict as UprightPredict
from myotome.locate.vertebrae import label_stretches
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.landmark_classes import LANDMARK_CLASS, SPINE_UPWARDS
from myotome.tables.anatomy.turns import DIRECTION_BOUND
from myotome.tables.flags.every import FLAG, raised

Float32 = NDArray[np.float32]

_UP, _FRONT, _SIDE = range(3)
_LUMBAR = ("T12", "L1", "L2", "L3", "L4", "L5")
_NAMED = 0.5
_TISSUE_HU, _CUT_SHARE = -300.0, 0.01
"""From that share of tissue in its first row on the window cuts the body's front."""

_FINE_MM = 3.0
_CERTAINTY = 3.0
"""What certainty counts beside the share of the column that is named in order."""


def judge_direction(
    volume: Volume,
    coarse: tuple[CoarseView, Float32],
    predict: Predict,
    upright: UprightPredict,
    *,
    refuse: bool = True,
) -> tuple[Flag, ...]:
    """Flags on how the body lies; refuses (GeometryError) one that is not upright.

    ``coarse`` is the coarse view of ``volume`` with its class probabilities, as the network
    ``predict`` sees them; ``upright`` is the network of :mod:`~myotome.locate.upright.turns`. Where
    that one doubts the header, the coarse network looks at the turned view too. A mirrored body
    may as well be one with reversed organs, and is flagged. With ``refuse`` False, as where a
    person has looked at the scan, everything is.
    """
    view, probability = coarse
    behind = reversed_view(volume, view)
    found = directions(view.hu, behind, upright)
    if max(found.turned(_UP), found.turned(_FRONT)) >= DIRECTION_BOUND["doubt"].value:
        upset = CoarseView(hu=turned(view.hu, behind, found.best), grid=view.grid)
        other = probabilities(upset, predict)
        better = _explained(upset, other) > _explained(view, probability)
        return _not_upright(found, refuse) if better and _shows_abdomen(upset, other) else ()
    if _shows_sides(view, probability) and found.turned(_SIDE) >= DIRECTION_BOUND["mirrored"].value:
        return (
            raised(
                FLAG["body_mirrored"],
                "liver, stomach and heart lie on the other side than the header says: the image "
                "is mirrored, or the person's organs are; check left and right",
            ),
        )
    return ()


def _not_upright(found: Directions, refuse: bool) -> tuple[Flag, ...]:
    turn = found.best
    likely = max(found.turned(_UP), found.turned(_FRONT))
    if refuse and likely >= DIRECTION_BOUND["sure"].value:
        raise GeometryError(
            f"the body {turn.words}, against what the header says.",
            why="Levels, sides and planes would be those of another part of the body.",
            mend=f"Perhaps {turn.cause}: convert or send the series again from its source.",
        )
    return (
        raised(
            FLAG["body_direction_doubtful"],
            f"the body perhaps {turn.words}; check the pictures",
        ),
    )


def reversed_view(volume: Volume, view: CoarseView) -> Float32:
    """The coarse view ``(k, j, i)`` in HU of the scan reversed front to back."""
    front = view.hu[:, 0] > _TISSUE_HU
    if front.mean() < _CUT_SHARE:
        return np.ascontiguousarray(view.hu[:, ::-1])
    dk, dj, di = volume.grid.spacing_mm
    steps = [max(1, int(_FINE_MM // side)) for side in (dj, di)]
    hu = np.ascontiguousarray(volume.hu[:, :: -steps[0], :: steps[1]])
    grid = Grid.axial((hu.shape[0], hu.shape[1], hu.shape[2]), (dk, dj * steps[0], di * steps[1]))
    return coarse_view(Volume(hu=hu, grid=grid, source_grid=grid)).hu


def _shows_abdomen(view: CoarseView, probability: Float32) -> bool:
    """Whether kidneys or lumbar vertebrae are in view; other bodies the networks do not know."""
    lumbar = sum(_ml(view, probability, name) for name in _LUMBAR)
    return (
        lumbar >= DIRECTION_BOUND["lumbar"].value
        or _ml(view, probability, "kidney") >= DIRECTION_BOUND["kidneys"].value
    )


def _shows_sides(view: CoarseView, probability: Float32) -> bool:
    """Whether the dome of the liver is in view; below it a spleen may look like one."""
    return (
        _ml(view, probability, "liver") >= DIRECTION_BOUND["liver"].value
        and _ml(view, probability, "lung") >= DIRECTION_BOUND["lungs"].value
    )


def _ml(view: CoarseView, probability: Float32, key: str) -> float:
    """The volume in view of one class."""
    voxel_ml = float(np.prod(view.grid.spacing_mm)) / 1000.0
    return float((probability[LANDMARK_CLASS[key].value] > _NAMED).sum()) * voxel_ml


def _explained(view: CoarseView, probability: Float32) -> float:
    return ordered(view, probability) + _CERTAINTY * certainty(probability)


def ordered(view: CoarseView, probability: Float32) -> float:
    """The share (0..1) of the scan's height that vertebrae in anatomical order explain."""
    spine = trace(view, probability)
    if spine is None:
        return 0.0
    explained = sum(
        float(spine.mass[SPINE_UPWARDS.index(part.name), part.start : part.stop].sum())
        for part in label_stretches(spine)
    )
    return explained / len(spine.z_mm)


def certainty(probability: Float32) -> float:
    """How certain (0..1) the coarse network is of what it gives a name."""
    named = probability[0] < _NAMED
    return float(probability.max(axis=0)[named].mean()) if named.any() else 0.0
