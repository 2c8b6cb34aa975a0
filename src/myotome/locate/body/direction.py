"""How the body lies, beside its header: two networks must agree before a scan is refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError
from myotome.locate.body.turns import Directions, directions
from myotome.locate.body.turns import Predict as UprightPredict
from myotome.locate.coarse import CoarseView, Predict, probabilities
from myotome.locate.spine import trace
from myotome.locate.vertebrae import label_stretches
from myotome.nouns.numbers.flag import Flag
from myotome.tables.anatomy.landmark_classes import LANDMARK_CLASS, SPINE_UPWARDS
from myotome.tables.anatomy.turns import DIRECTION_BOUND, Turn
from myotome.tables.flags.every import FLAG, raised

Float32 = NDArray[np.float32]

_UP, _FRONT, _SIDE = range(3)
_NAMED = 0.5
_CERTAINTY = 3.0
"""What certainty counts beside the share of the column that is named in order."""


def judge_direction(
    view: CoarseView, probability: Float32, predict: Predict, upright: UprightPredict
) -> tuple[Flag, ...]:
    """Flags on how the body lies; refuses (GeometryError) one that is not upright.

    ``probability`` are the classes of ``view`` as the coarse network ``predict`` sees them;
    ``upright`` is the network of :mod:`~myotome.locate.body.turns`. Where that one doubts the
    header the coarse network looks at the turned view too. A mirrored body may as well be one
    with reversed organs, and is flagged.
    """
    found = directions(view.hu, upright)
    likely = max(found.turned(_UP), found.turned(_FRONT))
    if likely >= DIRECTION_BOUND["doubt"].value:
        return _not_upright(view, probability, predict, found)
    told = _liver_ml(view, probability) >= DIRECTION_BOUND["liver"].value
    if told and found.turned(_SIDE) >= DIRECTION_BOUND["mirrored"].value:
        return (
            raised(
                FLAG["body_mirrored"],
                "liver, stomach and heart lie on the other side than the header says: the image "
                "is mirrored, or the person's organs are; check left and right",
            ),
        )
    return ()


def _not_upright(
    view: CoarseView, probability: Float32, predict: Predict, found: Directions
) -> tuple[Flag, ...]:
    turn = found.best
    turned = _turned(view, turn)
    other = probabilities(turned, predict)
    in_order = ordered(turned, other)
    given = ordered(view, probability) + _CERTAINTY * certainty(probability)
    agree = in_order + _CERTAINTY * certainty(other) > given
    enough = in_order >= DIRECTION_BOUND["ordered"].value
    likely = max(found.turned(_UP), found.turned(_FRONT))
    if agree and enough and likely >= DIRECTION_BOUND["sure"].value:
        raise GeometryError(
            f"the body {turn.words}, against what the header says.",
            why="Levels, sides and planes would be those of another part of the body.",
            mend=f"Perhaps {turn.cause}: convert or send the series again from its source.",
        )
    if not agree:
        return ()
    return (
        raised(
            FLAG["body_direction_doubtful"],
            f"the body perhaps {turn.words}; check the pictures",
        ),
    )


def _liver_ml(view: CoarseView, probability: Float32) -> float:
    """Its volume in view: a large spleen below it has been taken for a liver on the left."""
    voxel_ml = float(np.prod(view.grid.spacing_mm)) / 1000.0
    return float((probability[LANDMARK_CLASS["liver"].value] > _NAMED).sum()) * voxel_ml


def _turned(view: CoarseView, turn: Turn) -> CoarseView:
    axes = tuple(axis for axis, wrong in enumerate(turn.reversed) if wrong)
    return CoarseView(hu=np.ascontiguousarray(np.flip(view.hu, axes)), grid=view.grid)


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
