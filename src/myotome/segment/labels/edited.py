"""A network's labels after a reader has corrected them: what was changed, and what was not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.segmentation import Segmentation
from myotome.segment.labels.sparse import SPARSE, of_skipped, skipped
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLE, MUSCLES
from myotome.tables.flags.every import FLAG, raised

Labels = NDArray[np.uint8]

SEGMENT = "segment"
"""The stage whose flags speak of labels."""

_WALL = next(c.value for c in COMPARTMENTS if c.key == "muscle_wall")


def with_edits(made: Segmentation, drawn: Segmentation, given: Iterable[str]) -> Segmentation:
    """``made`` with the muscles of ``drawn``, on the same grid, and word of what differs.

    ``given`` are the keys of the muscles that were drawn or looked at, of which an empty one was
    taken away on purpose. The others, and how far a given muscle is not exactly ours, are in the
    gaps of ``drawn``. Compartments stay those of ``made``, but a voxel that became muscle is
    muscle wall. A muscle that nobody changed keeps its expected Dice, and slices that it skips are
    the network's word, not a reader's; of the others nothing is known.
    """
    keys = frozenset(given)
    changed = tuple(m.key for m in MUSCLES if _differs(made.labels, drawn.labels, m.value))
    return replace(
        made,
        labels=drawn.labels,
        backend=drawn.backend,
        k_range=_range(made.k_range, drawn.labels),
        compartments=_with_wall(made, drawn.labels),
        gaps=MappingProxyType({k: v for k, v in drawn.gaps.items() if k not in keys - {*changed}}),
        confidence=_known(made.confidence, changed),
        flags=(
            *_still_true(made, keys),
            *(flag for flag in drawn.flags if flag.code != SPARSE),
            *of_skipped(skipped(drawn.labels, keys & {*changed})),
            *_told([key for key in changed if key in keys], keys),
        ),
    )


def _still_true(made: Segmentation, given: frozenset[str]) -> Iterator[Flag]:
    """The flags of ``made``, without those on its labels if none of these is left."""
    replaced = all(m.key in given for m in MUSCLES if (made.labels == m.value).any())
    return (flag for flag in made.flags if not (replaced and flag.stage == SEGMENT))


def _differs(before: Labels, after: Labels, value: int) -> bool:
    return not np.array_equal(before == value, after == value)


def _range(seen: tuple[int, int], labels: Labels) -> tuple[int, int]:
    """The slices that the network or the reader looked at."""
    drawn = np.flatnonzero(labels.any(axis=(1, 2)))
    if not len(drawn):
        return seen
    return min(seen[0], int(drawn[0])), max(seen[1], int(drawn[-1]) + 1)


def _with_wall(made: Segmentation, labels: Labels) -> Labels | None:
    """The compartments, with muscle wall where a muscle was drawn and there was none before."""
    if made.compartments is None:
        return None
    added = (labels > 0) & (made.labels == 0)
    return np.where(added, np.uint8(_WALL), made.compartments)


def _known(before: Confidence | None, changed: Iterable[str]) -> Confidence | None:
    if before is None:
        return None
    unknown = frozenset(changed)

    def left(values: Mapping[str, float | None]) -> dict[str, float | None]:
        return {key: None if key in unknown else value for key, value in values.items()}

    return replace(before, raw=left(before.raw), expected_dice=left(before.expected_dice))


def _told(changed: list[str], given: frozenset[str]) -> tuple[Flag, ...]:
    words = [MUSCLE[key].words for key in changed]
    absent = [m.words for m in MUSCLES if m.key not in given]
    said = (
        (FLAG["labels_edited"], "Differ from the network's labels", words),
        (FLAG["labels_absent"], "Not among the imported labels", absent),
    )
    return tuple(raised(row, f"{what}: {', '.join(names)}.") for row, what, names in said if names)
