"""The second head of the bundled network: body compartments, slice by slice.

Its channels follow those of the muscles in the same pass: outside, then the compartments of
``tables.anatomy.muscles.COMPARTMENTS``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Slab
from myotome.tables.anatomy.muscles import COMPARTMENTS
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.tables.quantities.tissues import PLACES
from myotome.voxels.pieces import Marks, box_of, largest, pieces_of, sizes_of
from myotome.voxels.spread import reached

Labels = NDArray[np.uint8]

CHANNELS = len(COMPARTMENTS) + 1
LEVEL_SLICES = 1
"""Slices on either side of a mid-vertebra beyond the slab that are looked at too."""

_AIR_HU = -400
"""Half-way between air and skin, as far as noise allows: no subcutaneous tissue below it."""

_ISLAND_CM2 = 3.0
"""Smaller pieces of a compartment away from its main part take their neighbour's name."""

_DOUBT_CM2 = 1.0
"""Muscle wall without a muscle is looked at from this size on; less is fascia and its fat."""

_MARROW_CM2 = 25.0
"""The largest area that a ring of bone may enclose and still be bone: a large vertebra."""

_ENCLOSED, _IN_SPINE = 0.85, 0.5
"""Share of its rim from which a piece lies in the midst of the cavity, or in a vertebra."""

_SPINE_MM = 25.0
"""A vertebral body reaches no further to the side; the iliac wings begin beyond it."""

_FATTY_HU = 0
"""Up to here a voxel between muscles may be fat or fatty muscle; kidney and marrow are above."""

FAT_HU = WINDOW["intermuscular_fat"].high_hu
PEEL_MM = 3.0
"""Two of the network's pixels: so far its outline of the wall may lie within the fat beside it.
On eight CTs intermuscular fat at L3 was 0.4 to 1.7 times the readers' with it, 0.8 to 3.6 times
without."""

_VALUE = {c.key: c.value for c in COMPARTMENTS}
_CAVITY, _WALL = _VALUE["abdominal_cavity"], _VALUE["muscle_wall"]
_SUBCUTANEOUS, _BONE = _VALUE["subcutaneous"], _VALUE["bone"]
_ONE_PIECE = (_CAVITY, _SUBCUTANEOUS)
"""Compartments that are one piece on most slices; muscles, bones and lungs are many."""


def levels_beyond(grid: Grid, slab: Slab, seen: tuple[int, int]) -> tuple[range, ...]:
    """Runs of slices around the slices of ``slab.levels`` that do not lie in ``seen``.

    The slice of each level that body composition is measured at and ``LEVEL_SLICES`` on either
    side, joined where they touch.
    """
    wanted: set[int] = set()
    for name in PLACES:
        k = slab.levels[name].k if name in slab.levels else None
        if k is not None:
            near = range(max(0, k - LEVEL_SLICES), min(grid.shape[0], k + LEVEL_SLICES + 1))
            wanted.update(near)
    ks = sorted(wanted - set(range(*seen)))
    starts = [k for k in ks if k - 1 not in ks]
    stops = [k + 1 for k in ks if k + 1 not in ks]
    return tuple(range(*ends) for ends in zip(starts, stops, strict=True))


def compartments_of(
    plane: Labels,
    muscles: Labels,
    hu: NDArray[np.int16],
    spacing_ji_mm: tuple[float, float],
    *,
    every_muscle: bool = True,
) -> Labels:
    """One slice of raw compartments, tidied: one body, no air under the skin, no islands.

    ``muscles`` are the labels of the first head: they are muscle wall. Table, clothing and arms
    are outside: only the largest connected body stays. What a vertebra encloses is bone. Small
    pieces of cavity or subcutaneous tissue take the name of what surrounds them. Muscle wall
    without a muscle in it becomes cavity in the midst of the cavity (kidney, bowel) and bone
    within a vertebra; not so where the network does not give ``every_muscle``. Fat on the rim of
    the wall is no wall: what is joined to other fat within ``PEEL_MM`` belongs there.
    """
    rooms = plane.copy()
    rooms[muscles > 0] = _WALL
    rooms[(rooms == _SUBCUTANEOUS) & (hu < _AIR_HU)] = 0
    box = box_of(rooms > 0)
    if box is None:
        return rooms
    inner, named = np.ascontiguousarray(rooms[box]), muscles[box] > 0
    pixel_cm2 = spacing_ji_mm[0] * spacing_ji_mm[1] / 100
    inner[~largest(inner > 0)] = 0
    _fill_bones(inner, named, _MARROW_CM2 / pixel_cm2)
    soft = hu[box] > _FATTY_HU
    _rename_islands(inner, named, pixel_cm2)
    if every_muscle:
        _lost_muscle(inner, (inner == _WALL) & ~named & soft, pixel_cm2, spacing_ji_mm[1])
    _fill(inner)
    rooms[:] = 0
    rooms[box] = without_rim(inner, hu[box], spacing_ji_mm)
    return rooms


def without_rim(rooms: Labels, hu: NDArray[np.int16], spacing_ji_mm: tuple[float, float]) -> Labels:
    """``(j, i)`` compartments in which fat on the rim of the wall is no wall.

    What a path of fat of up to ``PEEL_MM`` joins to subcutaneous tissue is that, what one joins
    to the cavity is the cavity's.
    """
    fat = (rooms == _WALL) & (hu <= FAT_HU)
    steps = max(1, round(PEEL_MM / min(spacing_ji_mm)))
    rims = [(room, reached(rooms == room, fat, steps)) for room in (_CAVITY, _SUBCUTANEOUS)]
    peeled = rooms.copy()
    for room, rim in rims:
        peeled[rim] = room
    return peeled


def _fill_bones(rooms: Labels, muscles: NDArray[np.bool_], most_pixels: float) -> None:
    """What a ring of bone encloses (marrow, disc, canal) is bone, in place; muscles are not."""
    import fill_voids

    box = box_of(rooms == _BONE)
    if box is None:
        return
    inner = rooms[box]
    bone = inner == _BONE
    holes = fill_voids.fill(bone).astype(bool) & ~bone & ~muscles[box]
    if holes.any():
        marks, count = pieces_of(holes)
        inner[holes & (sizes_of(marks, count) <= most_pixels)[marks]] = _BONE


def _rename_islands(rooms: Labels, muscles: NDArray[np.bool_], pixel_cm2: float) -> None:
    """Small pieces of ``_ONE_PIECE`` take the compartment most of their rim has, in place."""
    found = [pieces_of((rooms == one) & ~muscles) for one in _ONE_PIECE]  # before any is renamed
    for marks, count in found:
        if count < 2:
            continue
        sizes = sizes_of(marks, count)[1:]
        least = min(_ISLAND_CM2 / pixel_cm2, sizes.max())
        for mark in np.flatnonzero(sizes < least):
            around, window, piece = _around(rooms, marks, int(mark) + 1)
            if around.sum():
                rooms[window][piece] = around.argmax()


def _lost_muscle(
    rooms: Labels, doubtful: NDArray[np.bool_], pixel_cm2: float, column_mm: float
) -> None:
    """Wall that is no known muscle but lies in cavity or vertebra takes their name, in place.

    ``doubtful`` is soft tissue only: fat inside the fascia has no muscle in it by its nature.
    """
    marks, count = pieces_of(doubtful)
    columns = (rooms == _BONE).sum(axis=0)
    midline = float(np.arange(len(columns)) @ columns / max(1, columns.sum()))
    for mark in np.flatnonzero(sizes_of(marks, count)[1:] >= _DOUBT_CM2 / pixel_cm2):
        around, window, piece = _around(rooms, marks, int(mark) + 1)
        around[_WALL] = 0  # what touches a muscle may still be no muscle
        total = int(around.sum())
        aside_mm = abs(window[1].start + float(np.nonzero(piece)[1].mean()) - midline) * column_mm
        if around[_CAVITY] >= _ENCLOSED * total:
            rooms[window][piece] = _CAVITY
        elif around[_BONE] >= _IN_SPINE * total and aside_mm <= _SPINE_MM:
            rooms[window][piece] = _BONE


def _around(
    rooms: Labels, marks: Marks, mark: int
) -> tuple[NDArray[np.int64], tuple[slice, slice], NDArray[np.bool_]]:
    """(pixels of each compartment on the rim of a piece, its window, the piece in it)."""
    j, i = np.divmod(np.flatnonzero(marks.ravel() == mark), marks.shape[1])
    window = (
        slice(max(0, int(j[0]) - 1), int(j[-1]) + 2),
        slice(max(0, int(i.min()) - 1), int(i.max()) + 2),
    )
    piece = marks[window] == mark
    grown = piece.copy()
    grown[1:] |= piece[:-1]
    grown[:-1] |= piece[1:]
    grown[:, 1:] |= piece[:, :-1]
    grown[:, :-1] |= piece[:, 1:]
    around = np.bincount(rooms[window][grown & ~piece], minlength=CHANNELS).astype(np.int64)
    return around, window, piece


def _fill(rooms: Labels) -> None:
    """Holes inside the body become the compartment that most of their rim has, in place."""
    import fill_voids

    holes = fill_voids.fill(rooms > 0).astype(bool) & (rooms == 0)
    if not holes.any():
        return
    marks, count = pieces_of(holes)
    for mark in range(1, count + 1):
        around, window, piece = _around(rooms, marks, mark)
        rooms[window][piece] = around.argmax()
