"""What the values of a CT say of their own scale."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HuScale:
    """The most frequent HU of air outside the body and of subcutaneous fat, None if not seen.

    In Hounsfield units air is -1000 by definition. ``fat_expected_hu`` is what fat has at the
    tube voltage of the scan (at 120 kV if that is unknown).
    """

    air_hu: float | None
    fat_hu: float | None
    fat_expected_hu: float

    @property
    def air_off_hu(self) -> float | None:
        """How much too high air is; None if it was not seen."""
        return None if self.air_hu is None else self.air_hu + 1000.0

    @property
    def fat_off_hu(self) -> float | None:
        """How much too high fat is; None if it was not seen."""
        return None if self.fat_hu is None else self.fat_hu - self.fat_expected_hu
