"""A scan that is one picked slice: the user says which vertebra it shows."""

from __future__ import annotations

from types import MappingProxyType

from myotome.errors import InputError
from myotome.locate.level_slices import level_slices
from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.nouns.space.volume import Volume
from myotome.tables.quantities.tissues import LEVELS

PICKED = "the scan is a picked slice"


def picked_slice(
    volume: Volume, level: str = "L3", *, k: int | None = None, reach: int = 1
) -> tuple[Landmarks, Slab]:
    """Landmarks and slab of a volume of which slice ``k`` was picked as mid-``level``.

    ``k`` may be left out if there is only one slice. The level's name is the user's word, so
    its confidence is 1; contrast is unknown. Slab and volumes are then not measurable. Refuses
    a level that is not between T5 and L5, a slice outside the scan, and several slices without
    a pick. ``reach`` is the number of slices on either side that means are taken over.
    """
    require_level(level)
    count = volume.grid.shape[0]
    if k is None and count > 1:
        raise InputError(
            f"there are {count} slices, and none was picked.", mend="Say which one shows the level."
        )
    at = 0 if k is None else k
    if not 0 <= at < count:
        raise InputError(f"slice {at} is outside 0 to {count - 1}.", mend="Pick another slice.")
    z = float(volume.grid.slice_z_mm(at))
    half = abs(float(volume.grid.slice_z_mm(1.0)) - float(volume.grid.slice_z_mm(0.0))) / 2
    landmarks = Landmarks(
        lung_base_z_mm=None,
        lung_base_confidence=0.0,
        levels=MappingProxyType({level: Level(name=level, mid_z_mm=z, confidence=1.0)}),
    )
    slab = Slab(
        superior_z_mm=z + half,
        inferior_z_mm=z - half,
        superior_found=False,
        inferior_found=False,
        superior_reason=PICKED,
        inferior_reason=PICKED,
        levels=level_slices(volume.grid, landmarks, reach=reach),
    )
    return landmarks, slab


def require_level(level: str) -> None:
    """Refuse what is not the name of a vertebra that body composition is measured at."""
    if level not in LEVELS:
        raise InputError(
            f'"{level[:20]}" is not a level of body composition.',
            mend=f"Use one of {', '.join(LEVELS)}.",
        )
