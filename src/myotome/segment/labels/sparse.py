"""Muscles that were drawn on some slices only: their volumes are not whole, their areas are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.numbers.flag import Flag
from myotome.tables.anatomy.muscles import MUSCLE, MUSCLES
from myotome.tables.flags.every import FLAG, raised

SPARSE = "labels_sparse"
LARGE_SHARE = 0.2
"""Of a muscle's usual slice: where both neighbours of a hole are as large, the muscle cannot end
between them. Six readers' labels of real CTs have holes (tendinous bands of the rectus, tips)
whose smaller neighbour is at most 0.09 of it."""
LEAST_SHARE = 0.05
"""Of a muscle's volume: what holes would hold, between neighbours of any size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """Slices without a muscle between slices with it: first and last, and pixels beside them."""

    first: int
    last: int
    below: int
    above: int

    @property
    def lost(self) -> float:
        """Pixels that the slices would hold between their neighbours."""
        return (self.last - self.first + 1) * (self.below + self.above) / 2


def holes(pixels: NDArray[np.int64]) -> tuple[Hole, ...]:
    """The holes in the ``pixels`` per slice of one muscle, between its first and last slice."""
    at = np.flatnonzero(pixels)
    ends = zip(at[:-1].tolist(), at[1:].tolist(), strict=True)
    return tuple(
        Hole(first=low + 1, last=high - 1, below=int(pixels[low]), above=int(pixels[high]))
        for low, high in ends
        if high - low > 1
    )


def pixels_of(labels: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
    """Pixels per slice and value of a muscle (slices, values)."""
    count = max(m.value for m in MUSCLES) + 1
    return np.stack([np.bincount(plane.ravel(), minlength=count)[:count] for plane in labels])


def skipped(labels: NDArray[np.uint8], keys: Iterable[str]) -> dict[str, str]:
    """Why a muscle of ``keys`` is not whole, by key: the slices between that hold none of it."""
    wanted, pixels = frozenset(keys), pixels_of(labels)
    said = {}
    for muscle in MUSCLES:
        own = pixels[:, muscle.value]
        found = holes(own)
        if muscle.key in wanted and is_strange(found, own):
            at = np.flatnonzero(own)
            said[muscle.key] = (
                f"drawn on {len(at)} of the {int(at[-1] - at[0]) + 1} slices from its first to "
                "its last: the others hold none of it"
            )
    return said


def is_strange(found: tuple[Hole, ...], pixels: NDArray[np.int64]) -> bool:
    """Whether holes are no shape of a muscle: between large slices, or together large."""
    if not found:
        return False
    usual = float(np.median(pixels[pixels > 0]))
    between = any(min(hole.below, hole.above) >= LARGE_SHARE * usual for hole in found)
    return between or sum(hole.lost for hole in found) > LEAST_SHARE * float(pixels.sum())


def of_skipped(said: Iterable[str]) -> Iterator[Flag]:
    """A flag that names the muscles (keys) that were not drawn on every slice."""
    names = [MUSCLE[key].words for key in said]
    if names:
        yield raised(
            FLAG["labels_sparse"],
            "These muscles were not drawn on every slice between their first and their last, so "
            f"their volumes and masses are only of what was drawn: {', '.join(names)}.",
        )
