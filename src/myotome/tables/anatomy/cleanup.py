"""How predicted labels are tidied: one row per muscle group, every number an assumption."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.anatomy.muscles import GROUP
from myotome.tables.registry import one_each


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidy:
    """The rules of one muscle group, for each side.

    Connected pieces (26 neighbours) under ``min_ml`` go, and so do all after the ``max_pieces``
    largest. ``max_hole_cm2`` is the largest in-plane hole that is filled. A piece whose centre
    lies more than ``wrong_side_mm`` beyond the midline becomes the other side's if
    ``relabel``, else it goes.
    """

    group: str
    min_ml: float
    max_pieces: int
    max_hole_cm2: float
    wrong_side_mm: float
    relabel: bool
    reason: str


_ONE = "one belly; a second piece only where two thick slices lose touch"
_MANY = "tendinous intersections and layers fall apart under thick slices and fat"

_ROWS = (
    ("psoas", 0.5, 2, 3.0, 8.0, True, _ONE),
    ("quadratus_lumborum", 0.3, 2, 3.0, 10.0, True, _ONE),
    ("erector_spinae", 0.5, 4, 6.0, 10.0, True, "fat of L4 to S1 parts multifidus from the rest"),
    ("gluteus_medius", 0.3, 2, 6.0, 30.0, True, _ONE),
    ("rectus_abdominis", 0.2, 8, 3.0, 15.0, True, _MANY),
    ("lateral_abdominals", 0.3, 8, 6.0, 25.0, True, _MANY),
)
TIDY: tuple[Tidy, ...] = tuple(
    Tidy(
        group=group,
        min_ml=min_ml,
        max_pieces=pieces,
        max_hole_cm2=hole,
        wrong_side_mm=beyond,
        relabel=relabel,
        reason=reason,
    )
    for group, min_ml, pieces, hole, beyond, relabel, reason in _ROWS
)
BY_GROUP = one_each("tidying", GROUP, ((row.group, row) for row in TIDY))

APART_MM: tuple[tuple[str, float], ...] = (("psoas", 8.0), ("quadratus_lumborum", 8.0))
"""A piece of these further than this from the rest on its slice is not of the muscle. In the
references of ten CTs none is further than 5 mm."""

BRIGHTER_HU: tuple[tuple[str, float], ...] = (
    ("psoas", 35.0),
    ("quadratus_lumborum", 35.0),
    ("erector_spinae", 35.0),
    ("gluteus_medius", 35.0),
)
"""A piece of these whose mean lies this far above the muscle's median is none of it. In the
references of ten CTs no piece lies more than 28 HU above; those of rectus and lateral wall do."""
GROUP.known(*(group for group, _ in (*APART_MM, *BRIGHTER_HU)))

APART_CM2 = 0.3
"""Smaller bright pieces are noise and partial volume."""

BUMP_MM = 10.0
"""A slice is compared with those this far below and above it."""

BUMP_SHARE = one_each(
    "bump",
    GROUP,
    (
        ("psoas", 0.35),
        ("quadratus_lumborum", 0.6),
        ("erector_spinae", 0.25),
        ("gluteus_medius", 0.35),
        ("rectus_abdominis", 0.6),
        ("lateral_abdominals", 0.55),
    ),
)
"""Share of a muscle's median area by which a slice may exceed both. The largest in the
references of ten CTs are 0.25, 0.42, 0.12, 0.08, 0.47 and 0.45."""

TOLD_ML = 0.5
"""Less than this of a muscle is taken away without a word."""

TOLD_SHARE = 0.05
"""A change of a muscle by more than this share of its volume is flagged."""

MIDLINE_GROUPS = GROUP.known("erector_spinae", "psoas")
"""Muscles whose two sides lie level with each other, so that their middle is the midline."""

LEFT_ALONE = ("labels",)
"""Backends whose labels are the user's own: looked at and flagged, never changed."""
