"""Muscles from the front to the back: labels whose names were exchanged have another order."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.numbers.flag import Flag
from myotome.tables.anatomy.expectations import IN_FRONT_OF
from myotome.tables.anatomy.muscles import GROUP, MUSCLE
from myotome.tables.flags.every import FLAG, raised


def of_order(labels: NDArray[np.uint8]) -> tuple[Flag, ...]:
    """A flag where a muscle of ``labels`` ``(k, j, i)``, canonical, lies behind one it is before.

    By the middles of both over all slices that show both, side by side.
    """
    rows = _rows(labels)
    wrong = []
    for (front, back), side in product(IN_FRONT_OF, ("left", "right")):
        one, two = (rows[MUSCLE[f"{group}_{side}"].value] for group in (front, back))
        both = ~np.isnan(one) & ~np.isnan(two)
        if both.any() and one[both].mean() >= two[both].mean():
            wrong.append(f"{side} {GROUP[front].words} and {GROUP[back].words}")
    if not wrong:
        return ()
    message = f"These lie in the wrong order from the front to the back: {'; '.join(wrong)}."
    return (raised(FLAG["labels_order"], message),)


def _rows(labels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The mean row of every muscle, ``(value, k)``; NaN where it is not."""
    found = np.full((len(MUSCLE) + 1, len(labels)), np.nan)
    for k, plane in enumerate(labels):
        j, i = np.nonzero(plane)
        values = plane[j, i].astype(np.intp)
        count = np.bincount(values, minlength=len(found))
        total = np.bincount(values, weights=j, minlength=len(found))
        there = count > 0
        found[there, k] = total[there] / count[there]
    return found
