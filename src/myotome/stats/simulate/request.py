"""What cohort is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.errors import InputError
from myotome.tables.vu2024.ageing import SLOPES_G_PER_YEAR

SHAPES = {
    "groups": "means and SDs of the age groups of table 3, correlations with age of table 4",
    "linear": "straight lines of the given slope through the means of the sexes",
}
_MOST = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRequest:
    """A cohort of ``people``, the same for the same ``seed``.

    ``shape`` is a key of ``SHAPES``. ``slope_f`` and ``slope_m`` (shape "linear") are those of
    the total mass in g per year. ``hazard_ratio`` is that of death per SD less total mass than
    others of that sex and age. The shares (0 to below 1) are of subjects that trained the
    network, of studies that a reviewer rejected, and of subjects with a second study. Refuses
    (InputError) anything else.
    """

    people: int
    seed: int = 1
    shape: str = "groups"
    slope_f: float = SLOPES_G_PER_YEAR["F"]
    slope_m: float = SLOPES_G_PER_YEAR["M"]
    hazard_ratio: float = 1.3
    training_share: float = 0.0
    rejected_share: float = 0.0
    repeated_share: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.people <= _MOST:
            raise InputError(f"A cohort has 1 to {_MOST} people, not {self.people}.")
        if self.shape not in SHAPES:
            raise InputError(
                f'The shape "{self.shape}" is not known.', mend=f"Known are {', '.join(SHAPES)}."
            )
        if not 0 < self.hazard_ratio < 100:
            raise InputError("A hazard ratio lies above 0 and below 100.")
        shares = (self.training_share, self.rejected_share, self.repeated_share)
        if not all(0 <= share < 1 for share in shares):
            raise InputError("Shares lie from 0 to below 1.")
