"""Spines that nobody had: a vertebra more or fewer, ribs at other angles, bodies aslant.

So that names are learnt from what is seen beside each body and not from how many lie between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from myotome.locate.bodies.straight import STEP_MM
from myotome.tables.anatomy.vertebrae import COUNTED
from myotome.train.vertebrae.points import Vertebra
from myotome.train.vertebrae.targets import SACRUM

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]

_LINE_COLUMN = 26
"""The column (front to back) that the line runs through."""

_BODY_PX, _BEHIND_PX = 9.0, 4.0
_TILT, _LEAN, _FAN = 0.08, 0.07, 0.3
_LUMBAR = ("L1", "L2", "L3", "L4", "L5")


def recounted(
    hu: Float32, z: Float, vertebrae: Sequence[Vertebra], rng: np.random.Generator
) -> tuple[Float32, Float, tuple[Vertebra, ...]]:
    """One body between two others taken out or shown twice.

    Names that are then unclear are not asked for. Unchanged where no body has both neighbours
    in view.
    """
    upwards = sorted(vertebrae, key=lambda vertebra: vertebra.centre_mm[2])
    seams = [_seam(below, above) for below, above in pairwise(upwards)]
    able = [
        n
        for n in range(1, len(upwards) - 1)
        if upwards[n].whole and seams[n - 1] is not None and seams[n] is not None
    ]
    if not able:
        return hu, z, tuple(vertebrae)
    at = able[int(rng.integers(len(able)))]
    low, high = (round((float(seams[n] or 0.0) - z[0]) / STEP_MM) for n in (at - 1, at))
    unclear = _unclear(upwards[at].name)
    kept = [replace(v, sure=0.0) if v.name in unclear else v for v in upwards]
    grown = (high - low) * STEP_MM
    if rng.random() < 0.5:
        hu = np.concatenate([hu[:low], hu[high:]])
        told = [*kept[:at], *(_moved(v, -grown) for v in kept[at + 1 :])]
    else:
        hu = np.concatenate([hu[:high], hu[low:high], hu[high:]])
        told = [*kept[: at + 1], *(_moved(v, grown) for v in kept[at:])]
    return hu, z[0] + STEP_MM * np.arange(len(hu)), tuple(told)


def _seam(below: Vertebra, above: Vertebra) -> float | None:
    """The middle of the disc between two neighbours."""
    if below.superior_z_mm is None or above.inferior_z_mm is None:
        return None
    return (below.superior_z_mm + above.inferior_z_mm) / 2


def _unclear(name: str) -> frozenset[str]:
    """Which names cannot be told once ``name`` is there twice or not at all."""
    if name in _LUMBAR:
        return frozenset(_LUMBAR) - ({"L1", "L5"} - {name})
    return frozenset(COUNTED[: COUNTED.index(name) + 1]) - {SACRUM}


def _moved(vertebra: Vertebra, by_mm: float) -> Vertebra:
    def there(at: float | None) -> float | None:
        return None if at is None else at + by_mm

    x, y, middle = vertebra.centre_mm
    return replace(
        vertebra,
        centre_mm=(x, y, middle + by_mm),
        superior_z_mm=there(vertebra.superior_z_mm),
        inferior_z_mm=there(vertebra.inferior_z_mm),
    )


def slanted(hu: Float32, rng: np.random.Generator) -> Float32:
    """Bodies tilted sideways and forwards, and ribs that leave them more or less steeply."""
    rows, deep, wide = hu.shape
    across = np.arange(wide) - (wide - 1) / 2
    behind = (np.arange(deep) - _LINE_COLUMN)[:, None]
    shift = rng.normal(0, _TILT) * across + rng.normal(0, _LEAN) * behind
    beside = np.maximum(0.0, np.abs(across) - _BODY_PX)
    shift = shift + rng.normal(0, _FAN) * beside * np.clip(behind / _BEHIND_PX, 0.0, 1.0)
    place = np.clip(np.arange(rows)[:, None, None] + shift[None], 0, rows - 1)
    low = np.floor(place).astype(np.intp)
    part = (place - low).astype(np.float32)
    high = np.minimum(low + 1, rows - 1)
    lower, upper = np.take_along_axis(hu, low, axis=0), np.take_along_axis(hu, high, axis=0)
    return np.asarray(lower + (upper - lower) * part, dtype=np.float32)


def blinded(coronal: Float32, rng: np.random.Generator) -> Float32:
    """One of the coronal slabs hidden (its mean and its maximum): no single one may decide."""
    half = len(coronal) // 2
    at = int(rng.integers(half))
    out = coronal.copy()
    out[[at, at + half]] = -300.0
    return out
