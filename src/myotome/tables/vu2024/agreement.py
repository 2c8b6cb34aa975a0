"""Tables 1 and 2 of Vu et al. 2024 and its learning curves: networks against readers.

Dice of the test set (table 1, upper half) is in ``tables.quantities.published_dice``.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.quantities.published_dice import PublishedDice

ICC_SOURCE = "Vu et al. 2024, Sci Rep 14, table 2 (form of the ICC not stated)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedIcc:
    """ICC of automatic and manual pixel areas, as the table and as the text print it."""

    structure: str
    side: str
    table: float | None
    text: float


def _icc(structure: str, side: str, table: float | None, text: float) -> PrintedIcc:
    return PrintedIcc(structure=structure, side=side, table=table, text=text)


ICCS: tuple[PrintedIcc, ...] = (
    _icc("psoas", "left", 0.942, 0.948),
    _icc("psoas", "right", 0.894, 0.898),
    _icc("quadratus_lumborum", "left", 0.873, 0.915),
    _icc("quadratus_lumborum", "right", 0.829, 0.859),
    _icc("erector_spinae", "left", 0.957, 0.957),
    _icc("erector_spinae", "right", 0.958, 0.958),
    _icc("gluteus_medius", "left", 0.992, 0.993),
    _icc("gluteus_medius", "right", 0.988, 0.987),
    _icc("rectus_abdominis", "left", 0.693, 0.693),
    _icc("rectus_abdominis", "right", 0.834, 0.834),
    _icc("lateral_abdominals", "left", 0.923, 0.923),
    _icc("lateral_abdominals", "right", 0.934, 0.934),
    _icc("total", "both", None, 0.9703),
)


def _cv(structure: str, side: str, mean: float, sd: float) -> PublishedDice:
    return PublishedDice(structure=structure, side=side, mean=mean, sd=sd)


CROSS_VALIDATED: tuple[PublishedDice, ...] = (
    _cv("psoas", "left", 0.864, 0.012),
    _cv("psoas", "right", 0.832, 0.011),
    _cv("quadratus_lumborum", "left", 0.757, 0.010),
    _cv("quadratus_lumborum", "right", 0.742, 0.019),
    _cv("erector_spinae", "left", 0.918, 0.004),
    _cv("erector_spinae", "right", 0.918, 0.005),
    _cv("gluteus_medius", "left", 0.914, 0.038),
    _cv("gluteus_medius", "right", 0.882, 0.062),
    _cv("rectus_abdominis", "left", 0.834, 0.033),
    _cv("rectus_abdominis", "right", 0.836, 0.022),
    _cv("lateral_abdominals", "left", 0.857, 0.015),
    _cv("lateral_abdominals", "right", 0.855, 0.007),
)
"""Table 1, lower half: SD over folds, not over slices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedCurve:
    """Dice at the end of 100 epochs of the network with ``units`` residual units."""

    units: int
    train: float
    validation: float


CURVES: tuple[PrintedCurve, ...] = (
    PrintedCurve(units=0, train=0.584, validation=0.583),
    PrintedCurve(units=1, train=0.715, validation=0.715),
    PrintedCurve(units=2, train=0.772, validation=0.771),
    PrintedCurve(units=3, train=0.824, validation=0.823),
    PrintedCurve(units=4, train=0.831, validation=0.830),
)
