"""What the values of a CT say of their own scale."""

from __future__ import annotations

from dataclasses import dataclass

FAT_ALONE_HU = 16.0
"""Fat further off than this is off whatever air says; 20 sound scans had fat at -108 to -86 HU
(the highest in a lean and noisy one), engineering choice of this project."""
TOGETHER_HU = 8.0
"""Both peaks off to one side, or fat where no air is seen, are off from here on."""


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

    @property
    def together(self) -> bool:
        """Whether fat is off, and air too to the same side or not seen."""
        air, fat = self.air_off_hu, self.fat_off_hu
        if fat is None or abs(fat) <= TOGETHER_HU:
            return False
        return air is None or (air * fat > 0 and abs(air) > TOGETHER_HU)

    @property
    def shift_hu(self) -> float:
        """By how much fat, and with it muscle, is off; 0 where it is within what sound scans have.

        The noun of a doubt, no correction: values stay as they are. What looks for the border of
        muscle and fat looks so much higher.
        """
        fat = self.fat_off_hu
        if fat is None or not (self.together or abs(fat) > FAT_ALONE_HU):
            return 0.0
        return fat
