"""A network's volumes and areas beside a reader's, of one scan that it had not learnt from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES, Muscle
from myotome.tables.quantities.compared import ALL_MUSCLES, ONE_SIDE
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.voxels.borders import UNKNOWN

Labels = NDArray[np.uint8]
Counts = NDArray[np.int64]

_CLASSES = len(MUSCLES) + 1
_LEAST_ML = 1.0
"""A muscle of which less is there, by reader and network on average, is not compared."""

_SIDES = ("left", "right")
_SUMS: tuple[tuple[str, str, tuple[Muscle, ...]], ...] = (
    *((m.group, m.side, (m,)) for m in MUSCLES),
    *((g.key, "both", tuple(m for m in MUSCLES if m.group == g.key)) for g in GROUPS),
    *((ONE_SIDE, side, tuple(m for m in MUSCLES if m.side == side)) for side in _SIDES),
    (ALL_MUSCLES, "both", MUSCLES),
)
"""(structure, side, its muscles) of every number that is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One number of one subject by the network and by the reader.

    ``compared`` is a row of ``tables.quantities.compared``, ``structure`` one of its structures,
    ``level`` "slab" or the vertebra; ``predicted`` (above 0) and ``reference`` are in ml or cm2,
    on slices where the reader drew all of it. ``raw`` is the network's own expected Dice.
    """

    subject: str
    compared: str
    structure: str
    side: str
    level: str
    predicted: float
    reference: float
    raw: float

    @property
    def log_error(self) -> float:
        """``log(predicted / reference)``; infinite where the reader found nothing.

        >>> size = Size(subject="a", compared="volume", structure="psoas", side="left",
        ...     level="slab", predicted=110, reference=100, raw=0.9)
        >>> round(size.log_error, 4)
        0.0953
        """
        return math.log(self.predicted / self.reference) if self.reference > 0 else math.inf

    @property
    def of_group(self) -> bool:
        """Whether it is of one muscle or pair, and no sum over groups."""
        return self.structure not in (ALL_MUSCLES, ONE_SIDE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlined:
    """Labels of a network and a reader (255: disputed) on one grid, and how sure the network was.

    ``usable`` is bool ``(k, 13)``: where both looked and the reader drew all of that muscle.
    """

    subject: str
    volume: Volume
    slab: Slab
    labels: Labels
    reference: Labels
    usable: NDArray[np.bool_]
    raw: Mapping[str, float | None]


def sizes(of: Outlined) -> Iterator[Size]:
    """Volumes, lean volumes and areas at the vertebral levels, as ``measure`` would give them.

    Sums are taken on the slices where the reader drew all of their muscles. A muscle that the
    network did not find has no number of its own, but counts in the sums of the reader. Disputed
    voxels count for neither.
    """
    every, lean = (counts.astype(np.float64) for counts in _counts(of))
    ml, cm2 = of.volume.grid.voxel_ml, of.volume.grid.pixel_cm2
    yield from _compared(of, ("volume", "slab"), ml * every, of.usable, least=_LEAST_ML)
    yield from _compared(of, ("lean_volume", "slab"), ml * lean, of.usable, least=_LEAST_ML)
    for name, level in of.slab.levels.items():
        if level.k is not None:
            here = np.zeros_like(of.usable)
            here[level.k] = of.usable[level.k]
            yield from _compared(of, ("area", name), cm2 * every, here, least=0.0)


def _counts(of: Outlined) -> tuple[Counts, Counts]:
    """Two arrays ``(2, k, 13)`` of voxels by network and reader: all, and lean ones."""
    window = WINDOW["muscle"]
    out = np.zeros((2, 2, len(of.labels), _CLASSES), np.int64)
    for k in np.flatnonzero(of.usable.any(axis=1)):
        hu, settled = of.volume.hu[k], of.reference[k] != UNKNOWN
        lean = settled & (hu >= window.low_hu) & (hu <= window.high_hu)
        for which, mask in enumerate((settled, lean)):
            for who, values in enumerate((of.labels[k], of.reference[k])):
                out[which, who, k] = np.bincount(values[mask], minlength=_CLASSES)
    return out[0], out[1]


def _compared(
    of: Outlined,
    what: tuple[str, str],
    amounts: NDArray[np.floating],
    usable: NDArray[np.bool_],
    *,
    least: float,
) -> Iterator[Size]:
    """``what`` is (compared, level); ``amounts`` ``(2, k, 13)`` in its unit."""
    for structure, side, muscles in _SUMS:
        values = [m.value for m in muscles]
        shared = usable[:, values].all(axis=1)
        by_muscle = amounts[:, shared][:, :, values].sum(axis=1)
        there = by_muscle[0] > 0
        predicted, reference = by_muscle.sum(axis=1)
        raws = [of.raw.get(m.key) for m, seen in zip(muscles, there, strict=True) if seen]
        known = [raw for raw in raws if raw is not None]
        # a pair has a number if both have one, a longer sum if any has
        lacks = not there.any() or (len(muscles) == len(_SIDES) and not there.all())
        if lacks or predicted + reference < 2 * least or len(known) < len(raws):
            continue
        yield Size(
            subject=of.subject,
            compared=what[0],
            structure=structure,
            side=side,
            level=what[1],
            predicted=float(predicted),
            reference=float(reference),
            raw=sum(known) / len(known),
        )
