"""The body as tables: sizes of every part at every level, in mm of the default adult.

x to the left, y to the back; y of paired and spinal parts counts from the middle of the
vertebral body. Between levels sizes run as :class:`~myotome.phantom.body.profiles.Profile`. The
numbers are drawn to look like a typical adult's abdomen and to stay clear of one another; they
are no anatomical reference.
"""

from __future__ import annotations

from dataclasses import dataclass

Knots = dict[str, float]

FASCIA_A: Knots = {"T8": 146, "T10": 150, "T12": 149, "L2": 146, "L4": 146, "L5": 151, "S2": 158}
FASCIA_B: Knots = {"T8": 112, "T12": 110, "L3": 107, "L5": 107, "S2": 111}
SKIN_SIDE: Knots = {"T8": 17, "T12": 21, "L3": 31, "L5": 33, "S2": 33}
SKIN_FRONT: Knots = {"T8": 13, "T12": 16, "L3": 23, "L5": 25, "S2": 25}
SKIN_BACK: Knots = {"T8": 14, "T12": 14, "L3": 19, "L5": 24, "S2": 27}
CAVITY_R: Knots = {"T8": 0.80, "L4": 0.80, "L5": 0.79, "S1": 0.74, "S3": 0.73}
SPINE_Y: Knots = {
    "T8": 47,
    "T10": 46,
    "T11": 45,
    "T12": 43,
    "L1": 40,
    "L2": 37,
    "L3": 35,
    "L4": 36,
    "L5": 40,
    "S1": 50,
    "S2": 58,
    "S3": 61,
}
SPINE_A: Knots = {"T8": 16, "T12": 20, "L3": 23, "L5": 25, "L5/S1": 27, "S1": 46, "S3": 42}
SPINE_B: Knots = {"T8": 15, "T12": 16, "L3": 17, "L5": 17, "S1": 15, "S3": 11}
CAVITY_BEHIND_SPINE = 18.0
"""The cavity ends this far behind the middle of the vertebral body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oval:
    """A superellipse: level -> (x, y, half-width, half-depth); ``pair`` mirrors it to -x.

    ``y_from_spine``: y counts from the spine, else from the middle of the fascia.
    """

    name: str
    tissue: str
    knots: dict[str, tuple[float, float, float, float]]
    n: float = 2.0
    turn_deg: float = 0.0
    pair: bool = False
    y_from_spine: bool = False
    parent: str = "cavity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sector:
    """A paired ring sector: level -> (centre deg, half-width deg, middle r, half-thickness r)."""

    name: str
    tissue: str
    knots: dict[str, tuple[float, float, float, float]]
    parent: str = "fascia"


MUSCLE_OVALS: tuple[Oval, ...] = (
    Oval(
        name="psoas",
        tissue="muscle",
        n=2.2,
        pair=True,
        y_from_spine=True,
        knots={
            "T12/L1": (28, 0, 0, 0),
            "L1": (33, -1, 7, 10),
            "L2": (37, -1, 10, 13),
            "L3": (43, -2, 15, 17.5),
            "L4": (50, -6, 19, 21),
            "L5": (57, -14, 21, 22),
            "S1": (63, -36, 20, 21),
            "S2": (69, -56, 19, 19),
            "S3": (72, -70, 18, 18),
        },
    ),
    Oval(
        name="quadratus_lumborum",
        tissue="muscle",
        n=2.5,
        turn_deg=-12,
        pair=True,
        y_from_spine=True,
        knots={
            "T12/L1": (50, 6, 0, 0),
            "L1": (57, 7, 11, 6.0),
            "L2": (67, 6, 15, 7.5),
            "L3": (77, 4, 16.5, 9.0),
            "L4": (86, -1, 14, 9.5),
            "L4/L5": (90, -6, 0, 0),
        },
    ),
    Oval(
        name="erector_spinae",
        tissue="muscle",
        n=2.4,
        pair=True,
        y_from_spine=True,
        parent="fascia",
        knots={
            "T8": (34, 34, 20, 14),
            "T10": (35, 36, 21, 15),
            "T11": (37, 37, 22, 16),
            "T12": (39, 38, 24, 17),
            "L1": (41, 39.5, 26, 18.5),
            "L2": (43, 41, 28, 20),
            "L3": (44, 41.5, 29, 20.5),
            "L4": (42, 40, 27, 19.5),
            "L5": (38, 36.5, 23, 16.5),
            "S1": (32, 31, 18, 11),
            "S2": (28, 28, 15, 8),
            "S3": (26, 26, 12, 7),
        },
    ),
)
MUSCLE_SECTORS: tuple[Sector, ...] = (
    Sector(
        name="gluteus_medius",
        tissue="muscle",
        knots={
            "L4/L5": (112, 5, 0.93, 0.0),
            "L5": (112, 23, 0.93, 0.045),
            "S1": (112, 33, 0.905, 0.068),
            "S3": (106, 38, 0.90, 0.075),
        },
    ),
    Sector(
        name="rectus_abdominis",
        tissue="muscle",
        knots={
            "T8": (19, 12, 0.935, 0.024),
            "T11": (20, 14, 0.93, 0.030),
            "L1": (20, 15, 0.925, 0.038),
            "L3": (20, 15, 0.925, 0.042),
            "L5": (17, 12.5, 0.92, 0.048),
            "S3": (15, 11, 0.915, 0.053),
        },
    ),
    Sector(
        name="lateral_abdominals",
        tissue="muscle",
        knots={
            "T8": (98, 38, 0.935, 0.026),
            "T11": (95, 48, 0.935, 0.032),
            "T12": (88, 52, 0.935, 0.036),
            "L1": (82, 44, 0.925, 0.045),
            "L2": (81, 43, 0.905, 0.062),
            "L3": (80, 42, 0.900, 0.068),
            "L4": (74, 36, 0.900, 0.072),
            "L5": (58, 20, 0.905, 0.066),
            "S1": (53, 16, 0.905, 0.056),
            "S3": (49, 13, 0.905, 0.046),
        },
    ),
)
BONE_SECTORS: tuple[Sector, ...] = (
    Sector(
        name="iliac_wing",
        tissue="cortical",
        knots={
            "L4/L5": (114, 8, 0.85, 0.0),
            "L5": (118, 26, 0.845, 0.027),
            "S1": (116, 36, 0.79, 0.030),
            "S3": (112, 40, 0.775, 0.034),
        },
    ),
    # Ribs run forwards as they run down: on one slice each is a short arc that moves.
    Sector(
        name="rib_12",
        tissue="rib",
        knots={"T12": (133, 12, 0.845, 0.022), "L1": (104, 12, 0.845, 0.022)},
    ),
    Sector(
        name="rib_11",
        tissue="rib",
        knots={"T11": (133, 12, 0.845, 0.024), "L1": (66, 12, 0.845, 0.024)},
    ),
    Sector(
        name="rib_10",
        tissue="rib",
        knots={"T10": (133, 12, 0.845, 0.024), "T12/L1": (40, 12, 0.845, 0.024)},
    ),
    Sector(
        name="rib_9",
        tissue="rib",
        knots={"T9": (133, 12, 0.845, 0.024), "T12": (32, 11, 0.845, 0.024)},
    ),
    Sector(
        name="rib_8",
        tissue="rib",
        knots={"T8": (133, 12, 0.845, 0.024), "T11": (22, 10, 0.845, 0.024)},
    ),
)
RIB_START = {f"rib_{n}": f"T{n}" for n in range(8, 13)}

LUNG = Sector(
    name="lung",
    tissue="lung",
    parent="cavity",
    knots={
        "T12": (98, 38, 0.76, 0.026),
        "T11": (98, 43, 0.69, 0.095),
        "T10": (90, 54, 0.63, 0.155),
        "T8": (86, 58, 0.59, 0.195),
    },
)
OTHER_SECTORS: tuple[Sector, ...] = (
    Sector(
        name="iliacus",
        tissue="muscle",
        parent="cavity",
        knots={
            "L4/L5": (112, 8, 0.75, 0.0),
            "L5": (110, 14, 0.745, 0.018),
            "S1": (108, 24, 0.69, 0.038),
            "S3": (104, 30, 0.67, 0.05),
        },
    ),
)
