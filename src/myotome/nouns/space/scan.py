"""What numbers are made of: a CT, its labels, and where things lie in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from myotome.errors import GeometryError
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.level_slice import LevelSlice
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """One volume with its segmentation on the same grid, its landmarks and its slab.

    Refuses a segmentation on another grid, and a slab that does not say which slices the levels
    are measured on.
    """

    volume: Volume
    segmentation: Segmentation
    landmarks: Landmarks
    slab: Slab

    def __post_init__(self) -> None:
        self.volume.grid.require_same(self.segmentation.grid, "the segmentation")
        if not self.slab.levels:
            raise GeometryError(
                "the slab does not say which slice each level is measured on.",
                mend="Make it by locate.slab.slab, or give it locate.level_slices.level_slices.",
            )

    @property
    def levels(self) -> Mapping[str, LevelSlice]:
        """The slice of every level by its name, or the reason why there is none."""
        return self.slab.levels
