"""What a reader hands over before it is a Volume: values on the input's own grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid
from myotome.nouns.study.series import Series

PADDING = np.int16(-32768)
"""Marks voxels the scanner did not reconstruct until the field of view is known."""
PADDING_BELOW_HU = -1500
"""No matter is below -1024 HU by more than noise; scanners pad with -2000, -3024 and the like."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Raw:
    """int16 ``hu`` ``(k, j, i)`` on ``grid`` in the input's order, padding as ``PADDING``.

    ``regridded`` is True if ``grid`` is no longer the input's own (slices were interpolated).
    """

    hu: NDArray[np.int16]
    grid: Grid
    flags: tuple[Flag, ...] = ()
    regridded: bool = False


def label(series: Series) -> str:
    """How messages call a series: ``series 4 "ABD 5.0 B31f"``."""
    return (
        f'series {series.key} "{series.description}"'
        if series.description
        else (f"series {series.key}")
    )


def to_int16(values: NDArray[Any]) -> NDArray[np.int16]:
    """HU as int16: rounded, padding marked, the rest clipped to -1024 and int16's maximum."""
    rounded = np.rint(values) if values.dtype.kind == "f" else values
    out: NDArray[np.int16] = np.clip(rounded, -1024, 32767).astype(np.int16)
    out[values < PADDING_BELOW_HU] = PADDING
    return out
