"""How far apart neighbouring vertebrae may lie, and which of them a person may set."""

from __future__ import annotations

from myotome.nouns.space.given import PLANES
from myotome.tables.anatomy.vertebrae import BOUND, COUNTED

ORDER = ("T5", *COUNTED)
"""Vertebrae from top to bottom: names are counted by their places."""

MAY_BE_SET = (*ORDER, *PLANES)
"""What a person may set: these vertebrae, and the two planes of the slab."""

_BODY, _DISC = BOUND["body_height"], BOUND["disc_height"]
PITCH_MM = (_BODY.low + _DISC.low, _BODY.high + _DISC.high)
"""Between the middles of two neighbours: both bounds of a body and of a disc together."""
