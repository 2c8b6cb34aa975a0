"""Where readers of one muscle disagree: one row per disputed zone, every number an assumption.

What each label is meant to be is in docs/concepts/borders.md. Nothing here applies to a case
unless the case names it (``borders.json``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from myotome.tables.anatomy.muscles import GROUP
from myotome.tables.registry import Registry


class How(StrEnum):
    """How the voxels of a zone are found, from the labels alone.

    ``SHAPE``: within reach of what the muscle covers on the zone's slices.
    ``PAST_END``: more than reach behind the muscle's last row on the slice above the zone.
    ``BACK_RIM``: the last reach of the muscle in every column, from behind.
    ``BEHIND_RECTUS``: within reach behind the rectus of the same side, column by column.
    ``DEEP_RIM``: within reach of the muscle's face towards the middle of the body.
    ``BOX``: in the box that the case gives.
    """

    SHAPE = "shape"
    PAST_END = "past_end"
    BACK_RIM = "back_rim"
    BEHIND_RECTUS = "behind_rectus"
    DEEP_RIM = "deep_rim"
    BOX = "box"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Voxels of ``groups`` that are unknown on the slices a case gives.

    ``own``: those that bear the muscle's label; ``free``: those without a label. ``reach_mm`` is
    as ``how`` says, in plane.
    """

    key: str
    words: str
    groups: tuple[str, ...]
    how: How
    reach_mm: float
    own: bool
    free: bool
    reason: str


_ROWS = (
    Zone(
        key="upper_end",
        words="upper end of psoas or quadratus lumborum",
        groups=GROUP.known("psoas", "quadratus_lumborum"),
        how=How.SHAPE,
        reach_mm=3.0,
        own=True,
        free=True,
        reason="beside crus, arcuate ligaments and rib 12 no plane shows where the muscle ends",
    ),
    Zone(
        key="posterior_wall",
        words="back of the lateral wall above the disc L2/3",
        groups=GROUP.known("lateral_abdominals"),
        how=How.PAST_END,
        reach_mm=3.0,
        own=True,
        free=False,
        reason="the whole posterior wall is labelled higher than the rule has it: latissimus too",
    ),
    Zone(
        key="block",
        words="part of a muscle that may be something else, as given",
        groups=tuple(GROUP),
        how=How.BOX,
        reach_mm=0.0,
        own=True,
        free=False,
        reason="the reader cannot tell it from a muscle beside it",
    ),
    Zone(
        key="gap_in_wall",
        words="back of the lateral wall that is not labelled, as given",
        groups=GROUP.known("lateral_abdominals"),
        how=How.BOX,
        reach_mm=0.0,
        own=False,
        free=True,
        reason="below the disc L2/3 the rule has the whole posterior wall, the reader not",
    ),
    Zone(
        key="behind_rectus",
        words="layer behind the rectus above the disc T12/L1",
        groups=GROUP.known("lateral_abdominals"),
        how=How.BEHIND_RECTUS,
        reach_mm=20.0,
        own=True,
        free=False,
        reason="transversus and diaphragm interlace there: half of the readers leave it out",
    ),
    Zone(
        key="rib_side",
        words="external oblique against intercostals above the disc T12/L1",
        groups=GROUP.known("lateral_abdominals"),
        how=How.DEEP_RIM,
        reach_mm=1.5,
        own=True,
        free=True,
        reason="no plane parts the two between ribs, and the muscle is 4 to 6 mm thick",
    ),
    Zone(
        key="back_sheet",
        words="sheet behind the erector spinae above L2",
        groups=GROUP.known("erector_spinae"),
        how=How.BACK_RIM,
        reach_mm=3.0,
        own=True,
        free=False,
        reason="serratus posterior, latissimus and trapezius, not everywhere left out",
    ),
)
ZONE = Registry("disputed zone", _ROWS)

FINE_PIXEL_MM = 2.0
FINE_SIGMA_PX, COARSE_SIGMA_PX = 0.8, 0.45
"""In-plane smoothing before the HU gate, for pixels below and from ``FINE_PIXEL_MM``."""
