"""The numbers of one scan, with what to know about them."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measurement import Measurement, SliceArea


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Numbers with their status, the areas slice by slice, and what a reader must know.

    Both the muscles and body composition are told so; ``+`` puts one behind the other.
    """

    measurements: tuple[Measurement, ...]
    slice_areas: tuple[SliceArea, ...]
    flags: tuple[Flag, ...]

    def __add__(self, other: Measured) -> Measured:
        return Measured(
            measurements=(*self.measurements, *other.measurements),
            slice_areas=(*self.slice_areas, *other.slice_areas),
            flags=(*self.flags, *other.flags),
        )
