"""Where a vertebra that was not found should lie, from those that were."""

from __future__ import annotations

import numpy as np

from myotome.nouns.space.landmarks import Landmarks
from myotome.tables.anatomy.vertebrae import NAMES

_FIT_LEVELS = 3
_MAX_REACH = 3
"""Levels are extrapolated from the three nearest known ones, over at most three vertebrae."""


def line_at(landmarks: Landmarks, level: str) -> tuple[float | None, float | None]:
    """(z of ``level``, mm between neighbouring bodies) by a line through known levels."""
    at = NAMES.index(level)
    known = sorted(
        (abs(NAMES.index(name) - at), NAMES.index(name), row.mid_z_mm)
        for name, row in landmarks.levels.items()
        if name in NAMES and row.mid_z_mm is not None
    )[:_FIT_LEVELS]
    if len(known) < 2 or known[0][0] > _MAX_REACH:
        return None, None
    slope, offset = np.polyfit([k[1] for k in known], [k[2] for k in known], 1)
    return float(offset + slope * at), float(-slope)


def expected_mid_z_mm(landmarks: Landmarks, level: str) -> float | None:
    """The middle of ``level`` (LPS z, mm): known, or extrapolated linearly; else None."""
    row = landmarks.levels.get(level)
    if row is not None and row.mid_z_mm is not None:
        return row.mid_z_mm
    return line_at(landmarks, level)[0] if level in NAMES else None
