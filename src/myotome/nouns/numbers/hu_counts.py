"""Voxels counted in HU windows inside a region, and Myotome's own area beside them."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.nouns.numbers.flag import Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholded:
    """One region and window on one slice, or in all slices together (``z_mm`` None).

    ``area_cm2`` is that of the slice, ``volume_ml`` that of all; the other is None. ``mean_hu``
    is None without voxels. The window's bounds are inclusive, in HU.
    """

    region: str
    window: str
    low_hu: int
    high_hu: int
    z_mm: float | None
    area_cm2: float | None
    volume_ml: float | None
    voxels: int
    mean_hu: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Myotome's own area of the same thing on the same slice, or the ``reason`` without one.

    ``definition`` says what Myotome counted. ``difference_cm2`` is the user's area less ours.
    """

    row: Thresholded
    structure: str = ""
    definition: str = ""
    z_mm: float | None = None
    area_cm2: float | None = None
    reason: str = ""

    @property
    def difference_cm2(self) -> float | None:
        """The user's area less Myotome's, None without either."""
        if self.area_cm2 is None or self.row.area_cm2 is None:
            return None
        return self.row.area_cm2 - self.area_cm2

    @property
    def difference_percent(self) -> float | None:
        """The difference as a share of Myotome's area; None where that is 0."""
        gap = self.difference_cm2
        return None if gap is None or not self.area_cm2 else 100 * gap / self.area_cm2


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The rows, each slice's own and (from two slices on) all together, and the comparison.

    ``lost`` counts labelled voxels outside the CT. ``same_input`` tells whether the results
    compared with were measured on these very files; None without a comparison. ``flags`` say what
    is doubtful about the mask.
    """

    rows: tuple[Thresholded, ...]
    besides: tuple[Beside, ...] = ()
    lost: int = 0
    same_input: bool | None = None
    flags: tuple[Flag, ...] = ()
