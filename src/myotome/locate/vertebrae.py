"""Which stretch of the spine is which vertebra by the organs around it: a second opinion.

A law of order: along z the classes follow each other from the sacrum upwards without gaps, each
about as long as a vertebra with its disc (a semi-Markov model, solved exactly). Its borders are
too coarse to measure at; it leads the line through the bodies and checks the count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.locate.spine import STEP_MM, Spine
from myotome.tables.anatomy.landmark_classes import SPINE_UPWARDS

Float = NDArray[np.float64]

PITCH_MM: dict[str, float] = {
    "S1": 30.0,
    "L5": 36.0,
    "L4": 37.0,
    "L3": 37.0,
    "L2": 36.0,
    "L1": 34.0,
    "T12": 31.0,
    "T11": 28.0,
    "T10": 26.0,
    "T9": 25.0,
}
"""Usual height of a vertebra with one disc along z (assumed; adults vary by about 15 %)."""

_SPREAD = 0.2
_SIZES = (0.74, 0.84, 0.94, 1.05, 1.18)
_LONGEST_MM = 60.0
_EMISSION = 0.8 * STEP_MM / 5.0
_FLOOR = 0.04
_LEAST_CERTAINTY = 0.5
_OPEN = ("sacrum", "upper_spine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One label's stretch of the line, ``start`` to ``stop`` (exclusive) in steps of the spine."""

    name: str
    start: int
    stop: int
    certainty: float


def label_stretches(spine: Spine) -> tuple[Stretch, ...]:
    """The best ordered labelling of the line, bottom up. Empty if no spine is in view."""
    where = np.flatnonzero(spine.present)
    if len(where) < 4:
        return ()
    low, high = int(where[0]), int(where[-1]) + 1
    mass = spine.mass[:, low:high]
    gain = _EMISSION * np.log(mass + _FLOOR)
    best = max((_solve(gain, size) for size in _SIZES), key=lambda found: found[0])
    out = []
    for label, start, stop in best[1]:
        share = mass[label, start:stop].sum() / max(1e-6, mass[:, start:stop].sum())
        out.append(
            Stretch(
                name=SPINE_UPWARDS[label],
                start=low + start,
                stop=low + stop,
                certainty=float(share),
            )
        )
    return tuple(out)


def middles(spine: Spine, stretches: tuple[Stretch, ...]) -> dict[str, float]:
    """The z of the middle of every vertebra's stretch that the network is not unsure of."""
    return {
        part.name: float(spine.z_mm[(part.start + part.stop - 1) // 2])
        for part in stretches
        if part.name in PITCH_MM and part.certainty > _LEAST_CERTAINTY
    }


def _solve(gain: Float, size: float) -> tuple[float, list[tuple[int, int, int]]]:
    """Semi-Markov dynamic programme: score and [(label, start, stop)] covering all steps.

    ``gain`` is (label, step): what giving this label to this step is worth.
    """
    labels, n = gain.shape
    start, stop = np.arange(n)[None, :], np.arange(n + 1)[:, None]
    entry = np.where(np.arange(n) == 0, 0.0, -np.inf)
    came, final = [], []
    for label in range(labels):
        total = np.concatenate([[0.0], np.cumsum(gain[label])])
        cost = _length_cost(SPINE_UPWARDS[label], stop - start, (start == 0) | (stop == n), size)
        values = entry[None, :] + total[:, None] - total[None, :-1] + cost
        came.append(values.argmax(axis=1))
        score = values.max(axis=1)
        final.append(score[n])
        entry = np.where(np.arange(n) == 0, 0.0, score[:-1])
    label, at, path = int(np.argmax(final)), n, []
    result = float(final[label])
    while at > 0:
        begin = int(came[label][at])
        path.append((label, begin, at))
        label, at = label - 1, begin
    return result, path[::-1]


def _length_cost(name: str, steps: NDArray[np.intp], cut: NDArray[np.bool_], size: float) -> Float:
    """Log prior of a stretch's length; a stretch cut by the edge may be shorter at no cost."""
    forbidden = steps <= 0
    if name in _OPEN:
        return np.where(forbidden, -np.inf, 0.0)
    usual = PITCH_MM[name] * size
    deviation = (steps * STEP_MM - usual) / (_SPREAD * usual)
    deviation = np.where(cut & (deviation < 0), 0.0, deviation)
    forbidden |= steps * STEP_MM > _LONGEST_MM
    return np.asarray(np.where(forbidden, -np.inf, -0.5 * deviation**2))
