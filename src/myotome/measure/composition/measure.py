"""Body composition of one scan, from its compartments: areas, volumes, indices and their limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from myotome.errors import InputError
from myotome.measure.composition.counts import census
from myotome.measure.composition.indices import indices
from myotome.measure.composition.levels import (
    Choice,
    body_rows,
    muscle_hu_rows,
    outlines,
    slice_rows,
    tissue_rows,
)
from myotome.measure.composition.places import places, view_of
from myotome.measure.composition.validity import caveats, flags
from myotome.measure.composition.volumes import volume_rows
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measurement import Measurement, SliceArea
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.person import Person
from myotome.tables.quantities.tissues import VISCERAL_WINDOWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """Every number of body composition, its areas slice by slice, and what to know about them."""

    measurements: tuple[Measurement, ...]
    slice_areas: tuple[SliceArea, ...]
    flags: tuple[Flag, ...]


def compose(
    volume: Volume,
    segmentation: Segmentation,
    landmarks: Landmarks,
    slab: Slab,
    *,
    person: Person | None = None,
    known: Sequence[Measurement] = (),
    choice: Choice | None = None,
) -> Composed:
    """Body composition at every level in view and between lung base and L5.

    ``known`` are the muscles' own measurements (``measure``), which psoas and mass indices are
    made of; they are not repeated in the result. Without compartments only the body's outline
    is measured, and the rest is not measurable with that reason. Values weakened by the field
    of view, arms, contrast, tube voltage, thickness, noise, metal or an uncertain level carry
    those codes. Refuses a segmentation on another grid and a window that is no row.
    """
    choice = choice or Choice()
    if choice.visceral_window not in VISCERAL_WINDOWS or choice.reach_slices < 0:
        raise InputError(
            "the choice of window or slices for body composition does not exist.",
            mend=f"Use one of {', '.join(VISCERAL_WINDOWS)} and 0 or more slices on either side.",
        )
    counted = census(volume, segmentation, slab)
    view = view_of(counted, slab, landmarks)
    labelled = segmentation.compartments is not None
    found = places(counted, view, reach=choice.reach_slices, labelled=labelled)
    bodies = outlines(volume, segmentation, found)
    doubts = caveats(
        volume, segmentation, landmarks, counted, {place: bodies[place.name] for place in found}
    )
    own = [row for place in found for row in tissue_rows(counted, place, choice)]
    for place in found:
        own += body_rows(bodies[place.name], place)
        own += muscle_hu_rows(volume, segmentation, place)
    own += volume_rows(counted, view, choice)
    rows = doubts.onto(own)
    derived = indices((*rows, *doubts.onto(known)), person or Person())
    return Composed(
        measurements=(*rows, *derived),
        slice_areas=tuple(
            slice_rows(counted, choice, inside=(slab.inferior_z_mm, slab.superior_z_mm))
        ),
        flags=flags(doubts, found),
    )
