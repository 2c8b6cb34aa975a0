"""Which stretch of the spine is which vertebra, and where its endplates are.

First a law of order: along z the classes follow each other from the sacrum upwards without
gaps, each about as long as a vertebra with its disc (a semi-Markov model, solved exactly).
Then the CT itself: between two endplates the disc is darker than the bone on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.locate.spine import STEP_MM, TILTS_DEG, Spine
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
_BORDER = 12.0
_BORDER_COST = 0.2  # so that a border without a disc is a loss
_LEAST_CERTAINTY = 0.5
_OPEN = ("sacrum", "upper_spine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One label's stretch of the line, ``start`` to ``stop`` (exclusive) in steps of the spine.

    ``open_below``/``open_above``: the stretch ends where the spine in view ends.
    """

    name: str
    start: int
    stop: int
    open_below: bool
    open_above: bool
    certainty: float


def label_stretches(spine: Spine, evidence: Float | None = None) -> tuple[Stretch, ...]:
    """The best ordered labelling of the line, bottom up. Empty if no spine is in view.

    ``evidence`` (per step, 0..1) is where the CT shows a disc: borders like to lie there.
    """
    where = np.flatnonzero(spine.present)
    if len(where) < 4:
        return ()
    low, high = int(where[0]), int(where[-1]) + 1
    mass = spine.mass[:, low:high]
    gain = _EMISSION * np.log(mass + _FLOOR)
    border = (
        np.zeros(high - low) if evidence is None else _BORDER * (evidence[low:high] - _BORDER_COST)
    )
    best = max((_solve(gain, border, size) for size in _SIZES), key=lambda found: found[0])
    out = []
    for label, start, stop in best[1]:
        share = mass[label, start:stop].sum() / max(1e-6, mass[:, start:stop].sum())
        out.append(
            Stretch(
                name=SPINE_UPWARDS[label],
                start=low + start,
                stop=low + stop,
                open_below=start == 0,
                open_above=stop == high - low,
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


def _solve(gain: Float, border: Float, size: float) -> tuple[float, list[tuple[int, int, int]]]:
    """Semi-Markov dynamic programme: score and [(label, start, stop)] covering all steps.

    ``gain`` is (label, step): what giving this label to this step is worth; ``border`` (step)
    what beginning a new label there is worth.
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
        entry = np.where(np.arange(n) == 0, 0.0, score[:-1] + border)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """The disc between two vertebrae: z of the endplates below and above it, at mid-body.

    ``contrast_hu`` is how much darker it is than the bone beside it; ``seen`` is False where
    the CT shows no endplates and only the network's boundary is known. ``tilt_deg`` is its turn
    (back edge up) against the square to the spine's line.
    """

    lower_z_mm: float
    upper_z_mm: float
    contrast_hu: float
    seen: bool
    tilt_deg: float = 0.0


_REACH_MM = 10.0
_THINNEST_MM, _THICKEST_MM = 4, 16
_BODY_FROM_MM, _BODY_TO_MM = 4, 12
_LEAST_CONTRAST_HU = 8.0
_RIDGE_SHARE = 0.55
_USUAL_DISC_SHARE = 0.24
_HALF_CONTRAST_HU = 30.0
_PRIOR_HU = 8.0
_OFF_MM, _THICKNESS_SPREAD_MM = 5.0, 3.5


def find_disc(
    profiles: NDArray[np.float32], z_mm: Float, boundary_z_mm: float, pitch_mm: float
) -> Disc:
    """The disc nearest the expected boundary in the HU profiles ``(tilt, z)``, 1 mm apart.

    Endplates are ridges: brighter than the spongy bone behind them and, less surely, than the
    disc between them. The pair of ridges with the best sum of both wins, against a weak prior
    on place and thickness.
    """
    usual = _USUAL_DISC_SHARE * pitch_mm
    best = Disc(
        lower_z_mm=boundary_z_mm - usual / 2,
        upper_z_mm=boundary_z_mm + usual / 2,
        contrast_hu=0.0,
        seen=False,
    )
    reach = _REACH_MM + _THICKEST_MM / 2
    near = np.flatnonzero(np.abs(z_mm - boundary_z_mm) <= reach)
    a, b = _pairs(near, len(z_mm))
    off = (z_mm[a] + z_mm[b]) / 2 - boundary_z_mm
    kept = np.abs(off) <= _REACH_MM
    a, b, off = a[kept], b[kept], off[kept]
    if len(a) == 0:
        return best
    contrast = _contrast(profiles, a, b)
    prior = (off / _OFF_MM) ** 2 + ((z_mm[b] - z_mm[a] - usual) / _THICKNESS_SPREAD_MM) ** 2
    score = contrast - _PRIOR_HU * prior
    tilt, pair = (int(n) for n in np.unravel_index(int(np.argmax(score)), score.shape))
    if contrast[tilt, pair] < _LEAST_CONTRAST_HU:
        return best
    return Disc(
        lower_z_mm=float(z_mm[a[pair]]),
        upper_z_mm=float(z_mm[b[pair]]),
        contrast_hu=float(contrast[tilt, pair]),
        seen=True,
        tilt_deg=TILTS_DEG[tilt],
    )


def disc_evidence(profiles: NDArray[np.float32], z_mm: Float, at_z_mm: Float) -> Float:
    """0..1 for each ``at_z_mm``: how much the CT looks like a disc centred there."""
    a, b = _pairs(np.arange(len(z_mm)), len(z_mm))
    whole = (a >= _BODY_TO_MM) & (b < len(z_mm) - _BODY_TO_MM)  # bone on both sides in view
    a, b = a[whole], b[whole]
    if len(a) == 0:
        return np.zeros(len(at_z_mm))
    usual = _USUAL_DISC_SHARE * 33.0
    contrast = _contrast(profiles, a, b).max(axis=0)
    contrast -= _PRIOR_HU * ((z_mm[b] - z_mm[a] - usual) / _THICKNESS_SPREAD_MM) ** 2
    twice_centre = a + b
    best = np.full(2 * len(z_mm), -np.inf)
    np.maximum.at(best, twice_centre, contrast)
    above = np.clip(best - _LEAST_CONTRAST_HU, 0.0, None)
    strength = above / (above + _HALF_CONTRAST_HU)
    strength = ndimage.maximum_filter1d(strength, 3)
    place = (at_z_mm - z_mm[0]) * 2.0
    return np.asarray(np.interp(place, np.arange(len(strength)), strength, left=0.0, right=0.0))


def _contrast(
    profiles: NDArray[np.float32], a: NDArray[np.intp], b: NDArray[np.intp]
) -> NDArray[np.float64]:
    """HU by which the ridges at ``a`` and ``b`` stand out of body and disc: ``(tilt, pair)``."""
    margin = _BODY_TO_MM + 1
    padded = np.pad(profiles.astype(float), ((0, 0), (margin, margin)), mode="edge")
    total = np.concatenate([np.zeros((len(padded), 1)), np.cumsum(padded, axis=1)], axis=1)
    lower, upper = a + margin, b + margin

    def mean(first: NDArray[np.intp], last: NDArray[np.intp]) -> Float:
        return np.asarray((total[:, last] - total[:, first]) / (last - first))

    ridge = (mean(lower - 1, lower + 2) + mean(upper - 1, upper + 2)) / 2
    body_below = mean(lower - _BODY_TO_MM, lower - _BODY_FROM_MM)
    body_above = mean(upper + _BODY_FROM_MM + 1, upper + _BODY_TO_MM + 1)
    inside = mean(lower + 2, upper - 1)
    # a disc darker than its rims counts most: the bright middle of a body between two discs
    # would pass for a pair of ridges otherwise (5 mm slices of young bone)
    return np.asarray(ridge - inside + _RIDGE_SHARE * (ridge - (body_below + body_above) / 2))


def _pairs(starts: NDArray[np.intp], n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of every lower and upper endplate to try."""
    a = np.repeat(starts, _THICKEST_MM - _THINNEST_MM + 1)
    b = a + np.tile(np.arange(_THINNEST_MM, _THICKEST_MM + 1), len(starts))
    return a[b < n], b[b < n]
