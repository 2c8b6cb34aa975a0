"""What anatomy lets one expect of each muscle, and which numbers deserve a second look."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.anatomy.muscles import GROUP
from myotome.tables.anatomy.vertebrae import NAMES
from myotome.tables.registry import one_each


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far one muscle group reaches, in vertebral bodies.

    ``top``/``bottom``: with the middle of this body in view, the muscle's upper/lower end is in
    view too (None: it runs on, out of the slab). ``always`` are the levels whose slice normally
    shows the muscle; on other levels its absence is no finding. ``first_below`` is set for a
    muscle that only begins below the middle of that body.
    """

    group: str
    top: str | None
    bottom: str | None
    always: tuple[str, ...]
    first_below: str | None = None
    source: str

    def begins_below(self, level: str) -> bool:
        """Whether the muscle only begins below the middle of the body ``level``.

        >>> REACH["gluteus_medius"].begins_below("L3"), REACH["gluteus_medius"].begins_below("L5")
        (True, False)
        """
        first = self.first_below
        known = first is not None and level in NAMES
        return known and NAMES.index(level) <= NAMES.index(first)


def _between(first: str, last: str) -> tuple[str, ...]:
    return NAMES[NAMES.index(first) : NAMES.index(last) + 1]


_ANATOMY = "Moore, Clinically Oriented Anatomy; agrees with the project's four reference CTs"

REACHES: tuple[Reach, ...] = (
    Reach(group="psoas", top="T12", bottom=None, always=_between("L2", "L5"), source=_ANATOMY),
    Reach(
        group="quadratus_lumborum",
        top="T12",
        bottom="L5",
        always=_between("L2", "L3"),
        source=_ANATOMY,
    ),
    Reach(
        group="erector_spinae",
        top=None,
        bottom=None,
        always=_between("T11", "L5"),
        source=_ANATOMY,
    ),
    Reach(
        group="gluteus_medius",
        top="L4",
        bottom=None,
        always=("S1",),
        first_below="L4",
        source=_ANATOMY,
    ),
    Reach(
        group="rectus_abdominis",
        top=None,
        bottom=None,
        always=_between("L1", "L5"),
        source=_ANATOMY,
    ),
    Reach(
        group="lateral_abdominals",
        top=None,
        bottom=None,
        always=_between("T12", "L5"),
        source=_ANATOMY,
    ),
)
REACH = one_each("reach", GROUP, ((row.group, row) for row in REACHES))

IN_FRONT_OF: tuple[tuple[str, str], ...] = (
    ("rectus_abdominis", "psoas"),
    ("rectus_abdominis", "lateral_abdominals"),
    ("rectus_abdominis", "quadratus_lumborum"),
    ("psoas", "quadratus_lumborum"),
    ("psoas", "erector_spinae"),
    ("quadratus_lumborum", "erector_spinae"),
    ("lateral_abdominals", "erector_spinae"),
)
"""The middle of the first muscle lies before that of the second on the slices that show both, of a
side: Moore, Clinically Oriented Anatomy; so in every labelled CT of the project."""

L5_INFERIOR_BELOW_MID = 0.34
"""Inferior L5 endplate below mid L5, in distances between neighbouring lumbar mid-bodies.

0.32, 0.33 and 0.36 in the three reference CTs that show it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausible:
    """An inclusive range outside which a number is flagged, never changed.

    ``side`` "" stands for left and right. ``complete_only`` rows judge measured values only.
    """

    quantity: str
    structure: str
    side: str
    level: str
    low: float
    high: float
    complete_only: bool
    source: str


_VU = "from a third of the female mean to the male mean + 4 SD, Vu 2024, Table 3"
_ASSUMED = "assumed, wide on purpose"


def _mass(structure: str, low_g: float, high_g: float) -> Plausible:
    return Plausible(
        quantity="gross_mass",
        structure=structure,
        side="both",
        level="slab",
        low=low_g,
        high=high_g,
        complete_only=True,
        source=_VU,
    )


def _hu(structure: str) -> Plausible:
    return Plausible(
        quantity="mean_hu",
        structure=structure,
        side="",
        level="slab",
        low=-60,
        high=110,
        complete_only=False,
        source=f"{_ASSUMED}; fatty rectus of a reference CT: -22 HU",
    )


PLAUSIBLE: tuple[Plausible, ...] = (
    _mass("psoas", 75, 762),
    _mass("quadratus_lumborum", 28, 298),
    _mass("erector_spinae", 235, 1923),
    _mass("rectus_abdominis", 68, 706),
    _mass("lateral_abdominals", 248, 2572),
    _mass("total", 680, 6163),
    *(_hu(row.group) for row in REACHES),
    Plausible(
        quantity="area",
        structure="total",
        side="both",
        level="L3",
        low=40,
        high=350,
        complete_only=True,
        source=f"{_ASSUMED}: 40 to 350 cm2",
    ),
    Plausible(
        quantity="slab_height",
        structure="slab",
        side="",
        level="slab",
        low=100,
        high=320,
        complete_only=True,
        source=f"{_ASSUMED}; 168 and 194 mm in two reference CTs",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Symmetry:
    """The range of left over right volume that is not flagged."""

    group: str
    low: float
    high: float
    source: str


_GATE = "0.67 to 1.5, the usual gate of left against right in CT muscle studies (assumed)"
_CAP = "only a cap lies in the slab, which a tilted pelvis halves easily (assumed)"
SYMMETRIES: tuple[Symmetry, ...] = tuple(
    Symmetry(
        group=row.group,
        low=0.25 if row.first_below else 0.67,
        high=4.0 if row.first_below else 1.5,
        source=_CAP if row.first_below else _GATE,
    )
    for row in REACHES
)

CONFIDENT_LEVEL = 0.5
"""Below this confidence of a level its areas are flagged."""
