"""From the network's pixels back to the CT's: the argmax of interpolated logits, only where needed.

One :class:`Taps` serves every slice and both heads of a scan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Labels = NDArray[np.uint8]
Index = NDArray[np.intp]

_MIXED = np.uint8(0x80)
"""Set on a label whose three neighbours towards larger j and i are not all the same."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taps:
    """Which four network pixels each CT pixel lies between, and how near to each.

    ``rows`` and ``columns`` are the lower taps along j and i. Flat over the CT's pixels:
    ``corner`` is the flat index of the lower tap on the network's plane, ``weights`` belong to
    it and its neighbours at ``offsets``.
    """

    rows: Index
    columns: Index
    corner: Index
    offsets: tuple[int, int, int, int]
    weights: tuple[Float32, Float32, Float32, Float32]

    @classmethod
    def between(
        cls, size_ji: tuple[int, int], steps_ji: tuple[float, float], shape_ji: tuple[int, int]
    ) -> Self:
        """``size_ji`` CT pixels on ``shape_ji`` network pixels, 2 or more each way.

        ``steps_ji`` is the CT's pixel in network pixels; both start at the same outer edge.
        """
        rows, wj = _lower(size_ji[0], steps_ji[0], shape_ji[0])
        columns, wi = _lower(size_ji[1], steps_ji[1], shape_ji[1])
        down = shape_ji[1]
        wj, wi = wj[:, None], wi[None]
        return cls(
            rows=rows,
            columns=columns,
            corner=(rows[:, None] * shape_ji[1] + columns).ravel(),
            offsets=(0, 1, down, down + 1),
            weights=(
                ((1 - wj) * (1 - wi)).ravel(),
                ((1 - wj) * wi).ravel(),
                (wj * (1 - wi)).ravel(),
                (wj * wi).ravel(),
            ),
        )


def enlarge(logits: Float32, taps: Taps) -> Labels:
    """Labels on the CT's pixels from ``(classes, j, i)`` logits (at most 128 classes).

    The argmax of bilinearly interpolated logits; the first of equals wins. Only pixels between
    differing labels are interpolated, the others cannot change.
    """
    coded = _winners(logits)
    here = coded[:-1, :-1]
    mixed = (here != coded[:-1, 1:]) | (here != coded[1:, :-1]) | (here != coded[1:, 1:])
    here[mixed] |= _MIXED
    labels = coded.take(taps.columns, axis=1).take(taps.rows, axis=0)
    flat = labels.reshape(-1)
    at = np.flatnonzero(flat >= _MIXED)
    flat[at] = _between(logits, taps, at)
    return labels


def _winners(logits: Float32) -> Labels:
    """The argmax along the first axis; class by class, which is several times faster."""
    most = logits.max(axis=0)
    labels = np.zeros(most.shape, np.uint8)
    for value in range(len(logits) - 1, 0, -1):
        np.copyto(labels, np.uint8(value), where=logits[value] == most)
    np.copyto(labels, np.uint8(0), where=logits[0] == most)
    return labels


def _between(logits: Float32, taps: Taps, at: Index) -> Labels:
    """The class with the largest interpolated logit at the CT pixels ``at`` (flat)."""
    corner = taps.corner[at]
    places = [corner + offset for offset in taps.offsets]
    weights = [weight[at] for weight in taps.weights]
    labels = np.zeros(len(at), np.uint8)
    most = np.full(len(at), -np.inf, np.float32)
    for value, plane in enumerate(logits):
        flat = plane.ravel()
        here = flat.take(places[0]) * weights[0]
        for place, weight in zip(places[1:], weights[1:], strict=True):
            here += flat.take(place) * weight
        better = here > most
        np.copyto(labels, np.uint8(value), where=better)
        np.copyto(most, here, where=better)
    return labels


def _lower(n_out: int, step: float, n_in: int) -> tuple[Index, Float32]:
    """Lower tap of each output position, and the weight of the upper one."""
    at = np.clip((np.arange(n_out) + 0.5) * step - 0.5, 0, n_in - 1)
    low = np.minimum(at.astype(np.intp), max(0, n_in - 2))
    return low, (at - low).astype(np.float32)
