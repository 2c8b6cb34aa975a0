"""Sudden swellings of a muscle along the body: where something else joined it for a few slices."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.segmentation import Segmentation
from myotome.tables.anatomy.cleanup import BUMP_MM, BUMP_SHARE
from myotome.tables.anatomy.muscles import BY_VALUE, MUSCLES
from myotome.tables.flags.every import FLAG, raised

Areas = NDArray[np.float64]
_LABELS = max(BY_VALUE) + 1


def bumps(segmentation: Segmentation) -> Iterator[Flag]:
    """A flag that names each muscle with a bump, its size and the z (mm) of its top."""
    grid = segmentation.grid
    areas = _areas_cm2(segmentation.labels, grid.pixel_cm2)
    reach = max(1, round(BUMP_MM / grid.spacing_mm[0]))
    told = []
    for muscle in MUSCLES:
        found = largest_bump(areas[:, muscle.value], reach)
        if found is None:
            continue
        k, excess_cm2, usual_cm2 = found
        if excess_cm2 > BUMP_SHARE[muscle.group] * usual_cm2:
            z_mm = float(grid.slice_z_mm(k))
            told.append(f"{muscle.words} by {excess_cm2:.1f} cm2 at z = {z_mm:.0f} mm")
    if told:
        yield raised(
            FLAG["area_bump"],
            f"Muscles are larger on a slice than {BUMP_MM:.0f} mm below and above it: "
            f"{', '.join(told)}.",
        )


def largest_bump(area_cm2: Areas, reach: int) -> tuple[int, float, float] | None:
    """(slice, excess, median area) of the slice that exceeds both slices ``reach`` away most.

    None for a muscle of fewer than ``2 reach + 1`` slices, or without any bump. The slices
    within ``reach`` of the muscle's ends have no slice to be compared with.

    >>> largest_bump(np.array([2.0, 2, 2, 5, 2, 2]), 2)
    (3, 3.0, 2.0)
    """
    held = np.flatnonzero(area_cm2)
    if not len(held):
        return None
    own = area_cm2[held[0] : held[-1] + 1]
    if len(own) < 2 * reach + 1:
        return None
    beside = np.maximum(own[: -2 * reach], own[2 * reach :])
    excess = own[reach:-reach] - beside
    at = int(excess.argmax())
    if excess[at] <= 0:
        return None
    return int(held[0]) + reach + at, float(excess[at]), float(np.median(own[own > 0]))


def _areas_cm2(labels: NDArray[np.uint8], pixel_cm2: float) -> Areas:
    """``(k, label)``."""
    counts = [np.bincount(plane.ravel(), minlength=_LABELS) for plane in labels]
    return np.stack(counts)[:, :_LABELS].astype(np.float64) * pixel_cm2
