"""Vertebral bodies one by one along the straight spine, before anybody names them.

Where the CT shows endplates, bodies are counted from end to end: each has a lower and an upper
endplate, a plausible height, neighbours of like height and a disc to the next. Solved exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.locate.bodies.straight import STEP_MM

Float = NDArray[np.float64]

SUPERIOR, INFERIOR, CENTRE = range(3)
"""Rows of the network's heat: upper endplate, lower endplate, middle of a body."""

_HEIGHTS = np.arange(7, 21)
"""Heights of a body to try, in steps of 2 mm: 14 to 40 mm."""

_GAPS = np.arange(1, 9)
"""Heights of a disc to try, in steps: 2 to 16 mm."""

_SHORT_MM, _SHORT_SPREAD_MM = 16.0, 1.5
_TALL_MM, _TALL_SPREAD_MM = 33.0, 2.5
_RATIO_SPREAD = 0.12
_DISC_MM, _DISC_SPREAD_MM = 7.0, 4.5
_CENTRE_SHARE = 0.8
_OFFSET, _MOST = 1.5, 4.0
_NEVER = -1e9
_REACH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One vertebral body between its endplates (patient z, LPS mm), as found along the line.

    ``evidence`` is the network's log-odds for its endplates and middle together.
    """

    inferior_z_mm: float
    superior_z_mm: float
    evidence: float

    @property
    def mid_z_mm(self) -> float:
        """The middle between the endplates."""
        return (self.inferior_z_mm + self.superior_z_mm) / 2

    @property
    def height_mm(self) -> float:
        """Distance of the endplates."""
        return self.superior_z_mm - self.inferior_z_mm


def count_bodies(z_mm: Float, heat: NDArray[np.floating]) -> tuple[Body, ...]:
    """The chain of bodies that explains the endplates best, from below; empty if none does.

    ``heat`` are logits ``(3, z)``: :data:`SUPERIOR`, :data:`INFERIOR`, :data:`CENTRE`, rows at
    ``z_mm``, ``STEP_MM`` apart. Bodies at the ends that nothing speaks for are left out.
    """
    worth = _worth(np.clip(np.asarray(heat, np.float64) + _OFFSET, -_MOST, _MOST))
    chain = _chain(worth)
    while chain and worth[chain[0]] < 0:
        chain = chain[1:]
    while chain and worth[chain[-1]] < 0:
        chain = chain[:-1]
    return tuple(
        Body(
            inferior_z_mm=_refined(z_mm, heat[INFERIOR], start),
            superior_z_mm=_refined(z_mm, heat[SUPERIOR], start + int(_HEIGHTS[size])),
            evidence=float(worth[start, size]),
        )
        for start, size in chain
    )


def _worth(heat: Float) -> Float:
    """What a body from row ``start`` with each of ``_HEIGHTS`` is worth: ``(start, height)``."""
    rows = heat.shape[1]
    mm = _HEIGHTS * STEP_MM
    unlikely = -0.5 * (np.maximum(0, _SHORT_MM - mm) / _SHORT_SPREAD_MM) ** 2
    unlikely -= 0.5 * (np.maximum(0, mm - _TALL_MM) / _TALL_SPREAD_MM) ** 2
    out = np.full((rows, len(_HEIGHTS)), _NEVER)
    halves = (heat[CENTRE][:-1] + heat[CENTRE][1:]) / 2
    for size, height in enumerate(_HEIGHTS):
        start = np.arange(max(0, rows - height))
        low = start + height // 2
        middle = heat[CENTRE][low] if height % 2 == 0 else halves[low]
        out[start, size] = (
            heat[INFERIOR][start]
            + heat[SUPERIOR][start + height]
            + _CENTRE_SHARE * middle
            + unlikely[size]
        )
    return out


def _chain(worth: Float) -> list[tuple[int, int]]:
    """The best chain of (start, height index), from below."""
    rows, sizes = worth.shape
    like = -0.5 * (np.log(_HEIGHTS[:, None] / _HEIGHTS[None]) / _RATIO_SPREAD) ** 2
    disc = -0.5 * ((_GAPS * STEP_MM - _DISC_MM) / _DISC_SPREAD_MM) ** 2
    total = np.full_like(worth, _NEVER)
    ending = np.full((rows + _HEIGHTS[-1] + 1, sizes), _NEVER)
    came = np.full((rows, sizes, 2), -1)
    for start in range(rows):
        best = np.zeros(sizes)
        gaps = _GAPS[start >= _GAPS]
        if len(gaps):
            before = ending[start - gaps][:, :, None] + like[None] + disc[: len(gaps), None, None]
            flat = before.reshape(-1, sizes)
            pick = flat.argmax(axis=0)
            value = flat[pick, np.arange(sizes)]
            better = value > best
            best = np.where(better, value, best)
            came[start, better, 0] = start - gaps[pick[better] // sizes]
            came[start, better, 1] = pick[better] % sizes
        total[start] = best + worth[start]
        ending[start + _HEIGHTS, np.arange(sizes)] = total[start]
    if total.max() <= 0:
        return []
    start, size = (int(n) for n in np.unravel_index(int(total.argmax()), total.shape))
    chain = [(start, size)]
    while came[start, size, 0] >= 0:
        end, size = (int(n) for n in came[start, size])
        start = end - int(_HEIGHTS[size])
        chain.append((start, size))
    return chain[::-1]


def _refined(z_mm: Float, logits: NDArray[np.floating], row: int) -> float:
    """The endplate near ``row``, between rows: the centre of the heat around it."""
    near = np.arange(max(0, row - _REACH), min(len(z_mm), row + _REACH + 1))
    heat = 1.0 / (1.0 + np.exp(-np.asarray(logits[near], np.float64)))
    return float(heat @ z_mm[near] / heat.sum()) if heat.sum() > 0 else float(z_mm[row])
