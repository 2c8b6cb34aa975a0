"""How a candidate score stands to the real Dice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one candidate score stands to the real Dice over some rows.

    ``spearman`` is their rank correlation, ``error`` the mean absolute difference between real
    and expected Dice when the map was fitted without the subject; None if it cannot be had.
    """

    score: str
    rows: int
    spearman: float | None
    error: float | None
