"""Body composition of one scan, from its compartments: areas, volumes, indices and their limits."""

from __future__ import annotations

from collections.abc import Sequence

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
from myotome.nouns.numbers.measured import Measured
from myotome.nouns.numbers.measurement import Measurement
from myotome.nouns.space.scan import Scan
from myotome.nouns.study.person import Person
from myotome.tables.quantities.tissues import VISCERAL_WINDOWS


def compose(
    scan: Scan,
    *,
    person: Person | None = None,
    known: Sequence[Measurement] = (),
    choice: Choice | None = None,
) -> Measured:
    """Body composition at every level in view and between lung base and L5.

    ``known`` are the muscles' own measurements (``measure``), which psoas and mass indices are
    made of; they are not repeated in the result. Without compartments only the body's outline
    is measured, and the rest is not measurable with that reason. Values weakened by the field
    of view, arms, contrast, tube voltage, thickness, noise, metal or an uncertain level carry
    those codes. Refuses a window that is no row.
    """
    choice = choice or Choice()
    if choice.visceral_window not in VISCERAL_WINDOWS:
        raise InputError(
            "the choice of window for body composition does not exist.",
            mend=f"Use one of {', '.join(VISCERAL_WINDOWS)}.",
        )
    volume, segmentation, slab = scan.volume, scan.segmentation, scan.slab
    counted = census(volume, segmentation, slab)
    found = places(counted, scan.levels, labelled=segmentation.compartments is not None)
    bodies = outlines(volume, segmentation, found)
    doubts = caveats(scan, counted, {place: bodies[place.name] for place in found})
    own = [row for place in found for row in tissue_rows(counted, place, choice)]
    for place in found:
        own += body_rows(bodies[place.name], place)
        own += muscle_hu_rows(volume, segmentation, place)
    own += volume_rows(counted, view_of(counted, scan), choice)
    rows = doubts.onto(own)
    derived = indices((*rows, *doubts.onto(known)), person or Person())
    return Measured(
        measurements=(*rows, *derived),
        slice_areas=tuple(
            slice_rows(counted, choice, inside=(slab.inferior_z_mm, slab.superior_z_mm))
        ),
        flags=flags(doubts, found),
    )
