"""Is this an abdomen? What the scan shows, measured plainly, and what that resembles."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.errors import AnatomyError
from myotome.locate.bodies.levels import Found
from myotome.locate.coarse import COARSE_MM, CoarseView
from myotome.tables.anatomy.landmark_classes import LANDMARK_CLASS
from myotome.tables.anatomy.regions import MEASURE, REGIONS, Region

Bool = NDArray[np.bool_]

_TISSUE_HU, _BONE_HU = -300.0, 250.0
_SURE = 0.5
_VOXEL_ML, _PIXEL_CM2 = COARSE_MM**3 / 1000.0, COARSE_MM**2 / 100.0
_LOWEST_PLANES = 2
_IN_PLANE = ndimage.generate_binary_structure(2, 1)[None]
"""A scan may have few planes, so nothing is opened along them."""


def refuse_other_regions(
    coarse: tuple[CoarseView, NDArray[np.float32]],
    found: Found | None,
    levels: Collection[str],
    *,
    set_by_hand: bool = False,
) -> None:
    """Refuse (AnatomyError) a scan that shows no abdomen, and say what it resembles.

    ``coarse`` is the coarse view with its class probabilities. ``levels`` are the names of the
    vertebrae from T11 to S1 in view; without any the scan is refused whatever else it shows. A
    person who set levels (``set_by_hand``) is believed.
    """
    shown = measures(*coarse, found)
    region = resembles(shown)
    if levels and (set_by_hand or not region.refused):
        return
    told = ", ".join(
        f"{MEASURE[key].words} {shown[key]:.0f} {MEASURE[key].unit}"
        for key in {**region.least, **region.below}
    )
    what = "the scan shows no abdomen" if levels else "no vertebra from T11 to S1 was found"
    raise AnatomyError(
        f"{what}; the scan resembles {region.words}{f' ({told})' if told else ''}.",
        why="Muscles are measured between the lung base and L5, which are not in view.",
        mend="Choose a series that shows the abdomen.",
    )


def measures(
    view: CoarseView, probability: NDArray[np.float32], found: Found | None
) -> Mapping[str, float]:
    """Every measure of ``MEASURE``, from the coarse view and its class probabilities."""
    body = _largest(view.hu > _TISSUE_HU)
    filled = np.stack([ndimage.binary_fill_holes(plane) for plane in body])
    lung = probability[LANDMARK_CLASS["lung"].value] > _SURE
    evidence = [] if found is None else [one.evidence for one in found.bodies]
    return {
        "bone_ml": float((filled & (view.hu > _BONE_HU)).sum()) * _VOXEL_ML,
        "area_cm2": float(np.median(filled.sum(axis=(1, 2)))) * _PIXEL_CM2,
        "lowest_lung_cm2": float(lung[:_LOWEST_PLANES].sum(axis=(1, 2)).mean()) * _PIXEL_CM2,
        "kidneys_ml": _organ_ml(probability, "kidney"),
        "liver_ml": _organ_ml(probability, "liver"),
        "hips_ml": _organ_ml(probability, "hip"),
        "bodies": float(np.mean(evidence)) if evidence else 0.0,
    }


def resembles(shown: Mapping[str, float]) -> Region:
    """The first of ``REGIONS`` within whose bounds ``shown`` lies."""
    for region in REGIONS:
        high_enough = all(shown[key] >= value for key, value in region.least.items())
        if high_enough and all(shown[key] < value for key, value in region.below.items()):
            return region
    return REGIONS[-1]


def _organ_ml(probability: NDArray[np.float32], key: str) -> float:
    return float((probability[LANDMARK_CLASS[key].value] > _SURE).sum()) * _VOXEL_ML


def _largest(tissue: Bool) -> Bool:
    """The largest piece, without what hangs on it by a thread (a table, an arm)."""
    parts, count = ndimage.label(ndimage.binary_opening(tissue, _IN_PLANE))
    if count == 0:
        return np.zeros_like(tissue)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(parts == int(sizes.argmax()))
