"""What is known of the person, given by the user or the header; nothing identifying."""

from __future__ import annotations

from dataclasses import dataclass, field

from myotome.errors import InputError

GIVEN, HEADER = "given", "DICOM header"
"""Where a fact of a person may come from."""
_LIMITS = {"age_years": (0, 120), "height_cm": (50, 250), "weight_kg": (2, 500)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Sex "F"/"M"/None, age in years, height in cm, weight in kg. Refuses impossible values.

    ``from_header`` names the fields that the DICOM header gave, ``notes`` say what people should
    know of that; neither makes it another person.
    """

    sex: str | None = None
    age_years: float | None = None
    height_cm: float | None = None
    weight_kg: float | None = None
    from_header: tuple[str, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.sex not in (None, "F", "M"):
            raise InputError(f'sex "{self.sex}" is not F or M.', mend="Pass F, M or leave it out.")
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(
                    f"{name} {value} is outside {low} to {high}.", mend="Check the unit."
                )

    def source(self, name: str) -> str:
        """Where the field ``name`` comes from, for people: ``given`` or ``DICOM header``."""
        return HEADER if name in self.from_header else GIVEN
