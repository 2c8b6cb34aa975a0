"""Counts of voxels on which two label maps agree, and what follows from them.

Everything here comes from one pass over the voxels: how often reference value r meets predicted
value p on each slice.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError
from myotome.evaluate.scores.regions import Region

Counts = NDArray[np.int64]


class Rule(StrEnum):
    """What Dice is where a structure is in neither map.

    ``SKIP`` (default): undefined and not counted, as the "N/A" of Vu et al. 2024, figure 3.
    ``ONE``: 1, as challenges do that reward true absence; it raises every mean over slices.
    In one map only, Dice is 0 under both rules.
    """

    SKIP = "skip"
    ONE = "one"


class State(StrEnum):
    """Where a structure was found: in both maps, one of them, or neither."""

    BOTH = "both"
    LOST = "lost"
    INVENTED = "invented"
    EMPTY = "empty"

    @classmethod
    def of(cls, predicted: int, reference: int) -> State:
        """From the voxel counts of the two maps."""
        if predicted and reference:
            return cls.BOTH
        if reference:
            return cls.LOST
        return cls.INVENTED if predicted else cls.EMPTY


def joint_counts(
    predicted: NDArray[np.uint8], reference: NDArray[np.uint8], classes: int
) -> Counts:
    """``(k, reference value, predicted value)``: voxels of each pairing on each slice.

    Both maps are ``(k, j, i)``. Voxels whose reference is ``classes`` or more (not annotated)
    are counted nowhere. Refuses maps of different shapes (GeometryError) and predicted values
    of ``classes`` or more (ValueError).
    """
    if predicted.shape != reference.shape:
        raise GeometryError(f"label maps of shapes {predicted.shape} and {reference.shape} differ")
    if predicted.size and predicted.max() >= classes:
        raise ValueError("the predicted map holds values beyond its classes")
    out = np.zeros((len(predicted), classes, classes), np.int64)
    for k, (guess, truth) in enumerate(zip(predicted, reference, strict=True)):
        index = np.minimum(truth, classes).astype(np.int32).ravel() * classes + guess.ravel()
        both = np.bincount(index, minlength=(classes + 1) * classes)
        out[k] = both.reshape(classes + 1, classes)[:classes]
    return out


def overlap(counts: Counts, region: Region) -> Counts:
    """``(k, 3)``: voxels of ``region`` in both maps, in the predicted one, in the reference."""
    values = list(region.values)
    reference = counts[:, values, :]
    both = reference[:, :, values].sum(axis=(1, 2))
    found = counts[:, :, values].sum(axis=(1, 2))
    return np.stack([both, found, reference.sum(axis=(1, 2))], axis=1)


def dice(both: int, predicted: int, reference: int, rule: Rule = Rule.SKIP) -> float | None:
    """``2 both / (predicted + reference)``, 0..1, from voxel counts; None if undefined.

    >>> dice(3, 4, 4), dice(0, 5, 0), dice(0, 0, 0), dice(0, 0, 0, Rule.ONE)
    (0.75, 0.0, None, 1.0)
    """
    if predicted + reference == 0:
        return 1.0 if rule is Rule.ONE else None
    return float(2 * both / (predicted + reference))


def swapped_voxels(counts: Counts, left: Region, right: Region) -> tuple[int, int]:
    """Voxels with the other side's label, and all reference voxels of both sides."""
    (a,), (b,) = left.values, right.values
    wrong = counts[:, a, b].sum() + counts[:, b, a].sum()
    return int(wrong), int(counts[:, [a, b], :].sum())
