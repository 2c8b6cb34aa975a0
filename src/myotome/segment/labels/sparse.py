"""Muscles that were drawn on some slices only: their volumes are not whole, their areas are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.numbers.flag import Flag
from myotome.tables.anatomy.muscles import MUSCLE, MUSCLES
from myotome.tables.flags.every import FLAG, raised

SPARSE = "labels_sparse"
LEAST_SHARE = 0.05
"""Of a muscle's slices from the first to the last: fewer empty ones may be its own shape, as
where a tendinous band parts a rectus."""


def skipped(labels: NDArray[np.uint8], keys: Iterable[str]) -> dict[str, str]:
    """Why a muscle of ``keys`` is not whole, by key: the slices between that hold none of it."""
    wanted = frozenset(keys)
    shown = np.zeros((len(labels), max(m.value for m in MUSCLES) + 1), np.bool_)
    for k, plane in enumerate(labels):
        shown[k, np.unique(plane)] = True
    said = {}
    for muscle in MUSCLES:
        at = np.flatnonzero(shown[:, muscle.value])
        if muscle.key not in wanted or len(at) < 2:
            continue
        span = int(at[-1] - at[0]) + 1
        empty = span - len(at)
        if empty > LEAST_SHARE * span:
            said[muscle.key] = (
                f"drawn on {len(at)} of the {span} slices from its first to its last: "
                "the others hold none of it"
            )
    return said


def of_skipped(said: Iterable[str]) -> Iterator[Flag]:
    """A flag that names the muscles (keys) that were not drawn on every slice."""
    names = [MUSCLE[key].words for key in said]
    if names:
        yield raised(
            FLAG["labels_sparse"],
            "These muscles were not drawn on every slice between their first and their last, so "
            f"their volumes and masses are only of what was drawn: {', '.join(names)}.",
        )
