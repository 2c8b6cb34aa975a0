"""Below which expected Dice an outline is flagged: one row per muscle group."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.anatomy.muscles import GROUP
from myotome.tables.registry import one_each


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """``least_dice``: an outline of which less is expected must be looked at."""

    group: str
    least_dice: float
    source: str


_VU = "mean less one SD of the published network on its test slices, Vu 2024, Table 1 and text"

TRUST: tuple[Trust, ...] = tuple(
    Trust(group=group, least_dice=round(mean - sd, 3), source=_VU)
    for group, mean, sd in (
        ("psoas", 0.852, 0.127),
        ("quadratus_lumborum", 0.770, 0.138),
        ("erector_spinae", 0.916, 0.071),
        ("gluteus_medius", 0.904, 0.075),
        ("rectus_abdominis", 0.855, 0.075),
        ("lateral_abdominals", 0.849, 0.088),
    )
)
BY_GROUP = one_each("trust", GROUP, ((row.group, row) for row in TRUST))

LEAST_STUDY_DICE = 0.75
"""For the mean over all muscles: 0.857 less 0.107, from the same source."""
