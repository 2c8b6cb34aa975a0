"""One number with its unit, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from myotome.nouns.numbers.interval import Interval


class Status(StrEnum):
    """Whether a value can be trusted to describe the whole of what it names.

    ``absent``: looked at, and the structure does not reach there, as is usual. What should be
    there and was not found is ``not_measurable``.
    """

    MEASURED = "measured"
    PARTIAL = "partial"
    ABSENT = "absent"
    NOT_MEASURABLE = "not_measurable"

    @property
    def has_value(self) -> bool:
        """Whether there is a number: not where it cannot be measured or nothing is there."""
        return self in (Status.MEASURED, Status.PARTIAL)


class Cause(StrEnum):
    """Why there is no number, for programs, where one of them must know: ``reason`` is for people.

    ``none`` where nobody asks.
    """

    NONE = "none"
    NOT_FOUND = "not_found"
    OUT_OF_VIEW = "out_of_view"
    NO_COMPARTMENTS = "no_compartments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One row of ``measurements.csv``.

    ``quantity`` is a key of ``tables.quantities.quantities``; ``structure`` a muscle group key,
    "total" or "slab"; ``side`` "left", "right", "both" or "" ; ``level`` "slab" or a vertebra
    ("L3"). ``value`` is None exactly when ``status`` is not_measurable or absent, and ``reason``
    then says why. ``covered_percent`` is the share of the intended extent that was in view, where
    known.
    ``expected_dice`` is the Dice against a reader to be expected of the outline behind a value of
    the slab (of several muscles: their mean); None where nobody can tell. ``definition`` is what
    was counted, in words; ``window_hu`` the inclusive HU bounds of it (None: all voxels, or no
    window that all parts share) and ``slices`` the number of slices behind it (None: the slab).
    ``interval`` is where a reader's number for the same part may be expected, None where nobody
    compared such numbers. ``cause`` is not written out, and makes no other measurement of it.
    """

    quantity: str
    structure: str
    side: str
    level: str
    value: float | None
    unit: str
    status: Status
    reason: str = ""
    covered_percent: float | None = None
    expected_dice: float | None = None
    definition: str = ""
    window_hu: tuple[int, int] | None = None
    slices: int | None = None
    caveats: tuple[str, ...] = ()
    interval: Interval | None = None
    cause: Cause = field(default=Cause.NONE, compare=False, repr=False)

    def __post_init__(self) -> None:
        if (self.value is None) == self.status.has_value:
            raise ValueError(f"{self.quantity} of {self.structure}: value and status disagree")
        if self.status is not Status.MEASURED and not self.reason:
            raise ValueError(f"{self.quantity} of {self.structure}: {self.status} needs a reason")
        if self.interval is not None and self.value is None:
            raise ValueError(f"{self.quantity} of {self.structure}: an interval around no value")


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceArea:
    """Area of one muscle on one slice: a row of ``slices.parquet``.

    ``z_mm`` is patient z of the slice, ``in_slab`` whether its centre lies in the slab.
    ``cut`` is True where the muscle touches the edge of the field of view.
    """

    z_mm: float
    structure: str
    side: str
    area_cm2: float
    mean_hu: float | None
    in_slab: bool
    cut: bool
