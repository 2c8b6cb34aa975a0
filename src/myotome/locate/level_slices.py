"""Which slice each vertebral level is measured and shown on. Decided here, carried by the slab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from myotome.errors import InputError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.level_slice import LevelSlice
from myotome.nouns.space.scan import Scan
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.expectations import CONFIDENT_LEVEL
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.quantities.tissues import BETWEEN, LEVELS
from myotome.voxels.vertebral_line import expected_mid_z_mm

VERTEBRAE = (*LEVELS, *(name for name in REPORTED if name not in LEVELS))
"""Every level that has a slice, from top to bottom; the places of ``BETWEEN`` follow."""


def level_slices(grid: Grid, landmarks: Landmarks, *, reach: int = 1) -> Mapping[str, LevelSlice]:
    """The slice nearest the middle of every level, T5 to S1 and the places between two.

    Of two slices that are equally near the lower one is taken (:meth:`Grid.nearest_k`). A
    level without a slice says why: it was not found, or its middle lies outside the scan.
    ``reach`` is the number of slices on either side that means are taken over. Refuses a
    negative one.
    """
    if reach < 0:
        raise InputError(
            f"a mean of {reach} slices on either side is not possible.", mend="Use 0 or more."
        )
    found = {name: _slice(name, (name,), (grid, landmarks, reach)) for name in VERTEBRAE}
    for name, *ends in BETWEEN:
        found[name] = _slice(name, ends, (grid, landmarks, reach))
    return MappingProxyType(found)


def scan_of(
    volume: Volume, segmentation: Segmentation, landmarks: Landmarks, slab: Slab, *, reach: int = 1
) -> Scan:
    """One scan of parts from elsewhere (a reference, a phantom): the levels' slices are decided."""
    levels = level_slices(volume.grid, landmarks, reach=reach)
    return Scan(
        volume=volume,
        segmentation=segmentation,
        landmarks=landmarks,
        slab=replace(slab, levels=levels),
    )


def _slice(name: str, ends: Sequence[str], where: tuple[Grid, Landmarks, int]) -> LevelSlice:
    """One level's slice; ``ends`` are the vertebrae whose middles it lies midway of."""
    grid, landmarks, reach = where
    middle = _middle(ends, landmarks)
    known = [level for end in ends if (level := landmarks.levels.get(end)) is not None]
    doubt = any(level.confidence < CONFIDENT_LEVEL for level in known)
    k = None if middle is None else grid.nearest_k(middle)
    if k is None:
        reason, beyond = _absence(name, middle, grid, landmarks)
        return LevelSlice(
            name=name,
            middle_z_mm=middle,
            reach=reach,
            uncertain=doubt,
            reason=reason,
            beyond=beyond,
        )
    return LevelSlice(
        name=name,
        middle_z_mm=middle,
        k=k,
        z_mm=float(grid.slice_z_mm(k)),
        ks=tuple(range(max(0, k - reach), min(grid.shape[0], k + reach + 1))),
        reach=reach,
        uncertain=doubt,
    )


def _middle(ends: Sequence[str], landmarks: Landmarks) -> float | None:
    levels = [landmarks.levels.get(end) for end in ends]
    known = [level.mid_z_mm for level in levels if level is not None]
    mids = [z for z in known if z is not None]
    return sum(mids) / len(mids) if len(mids) == len(ends) else None


def _absence(name: str, middle: float | None, grid: Grid, landmarks: Landmarks) -> tuple[str, bool]:
    """Why a level has no slice, and whether that is because it lies outside the scan."""
    if middle is not None:
        return f"mid {name} lies {_side(middle, grid)} the scan", True
    expected = expected_mid_z_mm(landmarks, name)
    if expected is None or grid.nearest_k(expected) is not None:
        return f"{name} was not found", False
    return f"{name} was not found and should lie {_side(expected, grid)} the scan", True


def _side(z_mm: float, grid: Grid) -> str:
    return "below" if z_mm < grid.slice_z_mm(0.0) else "above"
