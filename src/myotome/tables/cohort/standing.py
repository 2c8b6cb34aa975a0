"""What a study is judged by among the others of its cohort, before anybody looks at it.

``SCORED`` are the numbers that are set beside those of the other studies, one row each; ``SIGNS``
say what makes a study stand out, and by how many points. The points only order the sheet: no
study is left out for them.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.flags.every import FLAG
from myotome.tables.quantities.quantities import QUANTITY
from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One number of a study. ``place`` is its measurement: quantity, structure, side and level.

    ``place`` is None where ``cohort.review.standing`` makes it of several. ``logarithm``: masses
    and areas lie skewed among people, so that their logarithms are compared. ``far``: whether a
    value far from the others is a sign; else it is only shown.
    """

    key: str
    words: str
    unit: str
    place: tuple[str, str, str, str] | None
    logarithm: bool = False
    far: bool = True


def _mass(structure: str, words: str, quantity: str = "gross_mass") -> Scored:
    return Scored(
        key=f"{structure}_{quantity}",
        words=f"{words}, {QUANTITY[quantity].words}",
        unit="g",
        place=(quantity, structure, "both", "slab"),
        logarithm=True,
    )


def _at_l3(structure: str, words: str, quantity: str = "area") -> Scored:
    attenuation = quantity == "mean_hu"
    return Scored(
        key=f"{structure}_l3_{quantity}",
        words=f"{words} at L3",
        unit=QUANTITY[quantity].unit,
        place=(quantity, structure, "both", "L3"),
        logarithm=not attenuation,
    )


ASYMMETRY, DICE = "asymmetry", "expected_dice"
SCORED = Registry(
    "scored number",
    (
        _mass("total", "all muscles"),
        *(_mass(group.key, group.words) for group in GROUPS),
        _mass("total", "all muscles", "lean_mass"),
        Scored(
            key="total_mean_hu",
            words="all muscles, mean attenuation",
            unit="HU",
            place=("mean_hu", "total", "both", "slab"),
        ),
        _at_l3("skeletal_muscle", "skeletal muscle area"),
        _at_l3("skeletal_muscle", "mean attenuation of muscle", "mean_hu"),
        _at_l3("visceral_fat", "visceral fat area"),
        _at_l3("subcutaneous_fat", "subcutaneous fat area"),
        _at_l3("intermuscular_fat", "intermuscular fat area"),
        Scored(
            key="slab_height",
            words="height of the slab",
            unit="mm",
            place=("slab_height", "slab", "", "slab"),
        ),
        Scored(
            key=ASYMMETRY,
            words="left over right, of the muscle that differs most",
            unit="times",
            place=None,
            logarithm=True,
            far=False,
        ),
        Scored(key=DICE, words="expected Dice of the outlines", unit="", place=None, far=False),
    ),
)
QUANTITY.known(*(row.place[0] for row in SCORED.values() if row.place is not None))

FAR_Z = 3.5
"""Robust z from which a value is called an outlier: Iglewicz and Hoaglin 1993, How to detect and
handle outliers, ASQC."""
LEAST_STUDIES = 8
"""With fewer values nobody can say what is usual: no z."""
LEAST_OF_SEX = 20
"""From so many values of one sex on, each is compared with those of its own sex."""

LEVEL_DOUBTS = frozenset(
    FLAG.known(
        *("level_count_unanchored", "level_count_disagrees", "iliac_crest_disagrees"),
        *("kidneys_disagree", "level_implausible", "level_low_confidence", "level_uncertain"),
        *("level_set_differs", "level_set_off_body", "level_set_contradicts"),
        *("transitional_anatomy", "body_direction_doubtful"),
    )
)
"""Flags that put the name or place of a vertebra in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One reason to look at a study early. ``points`` each time it is found, ``most`` in all."""

    key: str
    words: str
    points: float
    most: float


SIGNS = Registry(
    "sign",
    (
        Sign(key="failure", words="a flag says that something failed", points=6, most=12),
        Sign(key="far", words=f"a number lies {FAR_Z} robust SD or more away", points=3, most=12),
        Sign(key="level", words="a level is in doubt", points=4, most=4),
        Sign(key="dice", words="an outline is expected to be poor", points=3, most=9),
        Sign(key="asymmetry", words="left and right differ more than usual", points=2, most=6),
        Sign(key="warning", words="another warning", points=1, most=3),
    ),
)
