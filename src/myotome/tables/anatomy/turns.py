"""The ways in which a body may lie otherwise than its header says."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What puts a body upright: the axes to reverse, (up, front to back, right to left).

    ``words`` says how the body lies before that turn, ``cause`` what leads to it.
    """

    key: str
    reversed: tuple[bool, bool, bool]
    words: str
    cause: str


_FLIPPED = "an array was reversed while its affine or positions were kept"
_POSITION = "the patient position in the header is not the true one, or an array was rotated"

TURNS: tuple[Turn, ...] = (
    Turn(key="upright", reversed=(False, False, False), words="lies as its header says", cause=""),
    Turn(
        key="mirrored",
        reversed=(False, False, True),
        words="is mirrored, right for left",
        cause=_FLIPPED,
    ),
    Turn(
        key="front_to_back",
        reversed=(False, True, False),
        words="is mirrored, front to back",
        cause=_FLIPPED,
    ),
    Turn(
        key="on_its_belly",
        reversed=(False, True, True),
        words="is turned by 180 degrees about its long axis: front to back",
        cause=_POSITION,
    ),
    Turn(
        key="upside_down",
        reversed=(True, False, False),
        words="is upside down, its slices in reversed order",
        cause=_FLIPPED,
    ),
    Turn(
        key="feet_up",
        reversed=(True, False, True),
        words="is upside down, turned by 180 degrees",
        cause=_POSITION,
    ),
    Turn(
        key="feet_up_on_its_belly",
        reversed=(True, True, False),
        words="is upside down and front to back, turned by 180 degrees",
        cause=_POSITION,
    ),
    Turn(
        key="all_reversed",
        reversed=(True, True, True),
        words="is upside down, front to back and mirrored",
        cause=_FLIPPED,
    ),
)
TURN = Registry("turn", TURNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionBound:
    """A number that judging the direction of a body goes by."""

    key: str
    value: float
    words: str
    source: str


_RUNS = "the runs of docs/direction.md"

DIRECTION_BOUNDS: tuple[DirectionBound, ...] = (
    DirectionBound(
        key="doubt",
        value=0.5,
        words="probability of a wrong up or front from which the coarse network is asked too",
        source="chance",
    ),
    DirectionBound(
        key="sure",
        value=0.9,
        words="probability of a wrong up or front from which a scan is refused",
        source=_RUNS,
    ),
    DirectionBound(
        key="kidneys",
        value=10.0,
        words="ml of kidneys in the turned scan that make it an abdomen",
        source=f"{_RUNS}; necks, chests, pelves and thighs show 5 ml at most",
    ),
    DirectionBound(
        key="lumbar",
        value=40.0,
        words="ml of T12 to L5 in the turned scan that make it an abdomen",
        source=f"{_RUNS}; necks, chests, pelves and thighs show 28 ml at most",
    ),
    DirectionBound(
        key="mirrored",
        value=0.95,
        words="probability of exchanged sides from which a scan is flagged",
        source=_RUNS,
    ),
    DirectionBound(
        key="liver",
        value=300.0,
        words="ml of liver in view without which sides are not judged",
        source=f"{_RUNS}: below it a large spleen or bowel is taken for a liver on the left",
    ),
    DirectionBound(
        key="lungs",
        value=30.0,
        words="ml of lung in view without which sides are not judged: the dome of the liver",
        source=f"{_RUNS}, as for the liver",
    ),
)
DIRECTION_BOUND = Registry("bound of a direction", DIRECTION_BOUNDS)
