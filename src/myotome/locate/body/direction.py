"""How the body lies, beside its header: two networks must agree before a scan is refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError
from myotome.locate.body.axes import exchanged, reversed_hu
from myotome.locate.body.turns import Predict as UprightPredict
from myotome.locate.body.turns import directions, turned
from myotome.locate.coarse import CoarseView, Predict, probabilities
from myotome.locate.spine import trace
from myotome.locate.vertebrae import label_stretches
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.landmark_classes import LANDMARK_CLASS, SPINE_UPWARDS
from myotome.tables.anatomy.turns import DIRECTION_BOUND, EXCHANGE_CAUSE
from myotome.tables.flags.every import FLAG, raised

Float32 = NDArray[np.float32]

_UP, _FRONT, _SIDE = range(3)
_LUMBAR = ("T12", "L1", "L2", "L3", "L4", "L5")
_NAMED = 0.5
_TISSUE_HU, _CUT_SHARE = -300.0, 0.01
"""From that share of tissue in its first row on the window cuts the body's front."""
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
    ``predict`` sees them; ``upright`` is the network of :mod:`~myotome.locate.body.turns`. Where
    that one doubts the header, the coarse network looks at the turned view too. A mirrored body
    may as well be one with reversed organs, and is flagged. With ``refuse`` False, as where a
    person has looked at the scan, everything is.
    """
    view, probability = coarse
    behind = reversed_view(volume, view)
    found = directions(view.hu, behind, upright)
    if ordered(view, probability) < DIRECTION_BOUND["column"].value:
        across = exchanged(volume, found.best_logit, upright)
        if across is not None and _better(across.view, coarse, predict):
            return _told(across.exchange.words, EXCHANGE_CAUSE, refuse=refuse)
    likely = max(found.turned(_UP), found.turned(_FRONT))
    if likely >= DIRECTION_BOUND["doubt"].value:
        upset = CoarseView(hu=turned(view.hu, behind, found.best), grid=view.grid)
        if not _better(upset, coarse, predict):
            return ()
        sure = likely >= DIRECTION_BOUND["sure"].value
        return _told(found.best.words, found.best.cause, refuse=refuse and sure)
    if _shows_sides(view, probability) and found.turned(_SIDE) >= DIRECTION_BOUND["mirrored"].value:
        return (
            raised(
                FLAG["body_mirrored"],
                "liver, stomach and heart lie on the other side than the header says: the image "
                "is mirrored, or the person's organs are; check left and right",
            ),
        )
    return ()


def _told(words: str, cause: str, *, refuse: bool) -> tuple[Flag, ...]:
    if refuse:
        raise GeometryError(
            f"the body {words}, against what the header says.",
            why="Levels, sides and planes would be those of another part of the body.",
            mend=f"Perhaps {cause}: convert or send the series again from its source.",
        )
    message = f"the body perhaps {words}; check the pictures"
    return (raised(FLAG["body_direction_doubtful"], message),)


def _better(upset: CoarseView, given: tuple[CoarseView, Float32], predict: Predict) -> bool:
    """Whether the coarse network finds an abdomen in the other view, and explains it better."""
    probability = probabilities(upset, predict)
    return _explained(upset, probability) > _explained(*given) and _shows_abdomen(
        upset, probability
    )


def reversed_view(volume: Volume, view: CoarseView) -> Float32:
    """The coarse view ``(k, j, i)`` in HU of the scan reversed front to back."""
    front = view.hu[:, 0] > _TISSUE_HU
    if front.mean() < _CUT_SHARE:
        return np.ascontiguousarray(view.hu[:, ::-1])
    return reversed_hu(volume)


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
