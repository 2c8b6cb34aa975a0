"""Landmarks of a volume: what the slab and the cuts are placed by."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from myotome.locate.anchors import crest_z_mm, kidney_z_mm
from myotome.locate.bodies.count import count_bodies
from myotome.locate.bodies.find import Predict as CountPredict
from myotome.locate.bodies.find import find_bodies
from myotome.locate.bodies.judge import Evidence, judge
from myotome.locate.bodies.levels import levels_of
from myotome.locate.bodies.names import Naming
from myotome.locate.coarse import CoarseView, Predict, coarse_view, probabilities
from myotome.locate.contrast import contrast
from myotome.locate.endplate import with_lower_plane
from myotome.locate.given.place import Placed, Seen, place, require_in_scan
from myotome.locate.lungs import lung_base
from myotome.locate.spine import through_bodies, trace
from myotome.locate.upright.direction import judge_direction
from myotome.locate.upright.region import refuse_other_regions
from myotome.locate.upright.turns import Predict as UprightPredict
from myotome.locate.vertebrae import label_stretches, middles
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.given import L5_END, LUNG_BASE, NOTHING, Given
from myotome.nouns.space.landmarks import Count, Landmarks, Level
from myotome.nouns.space.volume import Volume
from myotome.tables.flags.every import FLAG, raised

_LUNG_REASONS = {
    "no_lung": raised(
        FLAG["lung_base_not_in_view"],
        "no lung is in view, so the upper end of the slab is not in the scan",
    ),
    "lung_at_lowest_slice": raised(
        FLAG["lung_base_below_scan"],
        "the lowest slice still shows lung, so the lung base lies below the scan",
    ),
}
_DOUBTFUL = 0.4


def locate(
    volume: Volume,
    predict: Predict,
    count: CountPredict,
    upright: UprightPredict | None = None,
    *,
    given: Given = NOTHING,
) -> Landmarks:
    """Lung base, vertebrae T11 to S1 and the contrast phase of ``volume``.

    ``predict`` is the coarse network: float32 ``(1, 2, k, j, i)`` -> logits
    ``(1, class, k, j, i)``, k a multiple of 16. It finds the spine and the organs; ``count`` is
    the network that tells vertebra from vertebra along it, as for
    :func:`myotome.locate.bodies.find.find_bodies`, and ``upright`` the one that judges how the
    body lies (:mod:`myotome.locate.upright.turns`; None: nobody does). All z are patient z (LPS
    mm). What is not in view is left out or None. ``given`` is what a person set: it goes before
    all that is found, and names are counted from it. Refuses what was set outside the scan
    (InputError), scans that show no abdomen (AnatomyError), such as a head CT, and bodies that
    lie upside down or front to back (GeometryError); for a person who set levels the last two
    are no reason to refuse.
    """
    require_in_scan(given, volume.grid.faces_z_mm)
    view = coarse_view(volume)
    probability = probabilities(view, predict)
    lying: tuple[Flag, ...] = ()
    if upright is not None:
        lying = judge_direction(
            volume, (view, probability), predict, upright, refuse=not given.levels
        )
    levels, doubts, counted = _levels(volume, (view, probability), count, given)
    flags = [*lying, *doubts]
    base, base_confidence, reason = given.z_mm.get(LUNG_BASE), 1.0, ""
    if base is None:
        floor = _lung_floor(levels)
        base, base_confidence, reason = lung_base(volume, view, probability, floor)
    if reason:
        flags.append(_LUNG_REASONS[reason])
    flags += _doubts(levels)
    phase, evidence = contrast(view, probability)
    return Landmarks(
        lung_base_z_mm=base,
        lung_base_confidence=round(base_confidence, 3),
        levels=MappingProxyType(levels),
        contrast_image=phase,
        contrast_evidence=MappingProxyType(evidence),
        flags=tuple(flags),
        given=given,
        count=counted,
    )


def _levels(
    volume: Volume,
    coarse: tuple[CoarseView, NDArray[np.float32]],
    count: CountPredict,
    given: Given,
) -> tuple[dict[str, Level], list[Flag], Count | None]:
    """The levels, those that were set among them, what there is to doubt, and how sure."""
    view, probability = coarse
    spine = trace(view, probability)
    organs = {} if spine is None else middles(spine, label_stretches(spine))
    found = None
    if spine is not None:
        spine = through_bodies(spine, view, probability, organs)
        found = find_bodies(volume, spine, count, organs)
    if spine is None or found is None:
        placed = place(given, None) if given else Placed()
        refuse_other_regions((view, probability), None, placed.levels, set_by_hand=bool(given))
        return placed.levels, list(placed.flags), None
    beside = Evidence(
        organs=organs,
        crest_z_mm=crest_z_mm(view, probability),
        kidney_z_mm=kidney_z_mm(view, probability),
    )
    judged, edges = judge(found, beside), volume.grid.faces_z_mm
    placed = Placed(levels=levels_of(found, spine, edges, judged.trust), flags=judged.flags)
    if given:
        seen = Seen(
            found=found,
            bodies=count_bodies(found.z_mm, found.heat),
            spine=spine,
            edges_mm=edges,
            told=placed,
            sure=found.naming.probability * judged.trust,
        )
        placed = place(given, seen)
    levels = placed.levels
    refuse_other_regions((view, probability), found, levels, set_by_hand=bool(given))
    if L5_END not in given.z_mm:
        levels = with_lower_plane(levels, volume, spine)
    return levels, list(placed.flags), _count(found.naming)


def _count(naming: Naming) -> Count:
    return Count(
        probability=round(naming.probability, 3),
        one_higher=round(naming.one_up, 3),
        one_lower=round(naming.one_down, 3),
        by_sacrum=naming.from_sacrum,
        by_ribs=naming.from_ribs,
    )


def _lung_floor(levels: dict[str, Level]) -> float | None:
    """No lung reaches below the middle of L3: gas there is bowel."""
    for name in ("L3", "L4", "L5", "S1"):
        level = levels.get(name)
        if level is not None and level.mid_z_mm is not None:
            return level.mid_z_mm
    return None


def _doubts(levels: dict[str, Level]) -> list[Flag]:
    unsure = [name for name, level in levels.items() if level.confidence < _DOUBTFUL]
    if not unsure:
        return []
    return [
        raised(
            FLAG["level_low_confidence"],
            f"the position or name of {', '.join(unsure)} is doubtful",
        )
    ]
