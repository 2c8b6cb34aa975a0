"""A CT in Hounsfield units on a canonical grid."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.hu_scale import HuScale
from myotome.nouns.study.header import SeriesHeader

AIR_HU = -1024


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Volume:
    """CT values, read-only.

    ``hu`` is int16 ``(k, j, i)`` in HU on the canonical ``grid``. ``fov`` is bool ``(j, i)``,
    True where the scanner reconstructed anything (None: everywhere); outside it ``hu`` is
    ``AIR_HU``. ``source_grid`` is the input's own grid, for writing labels back onto it: same
    axes up to order and direction, possibly thinner slices than ``grid``. ``acquisition`` is the
    header of the series without the person, ``hu_scale`` what air and fat say of the values
    (None: nobody looked).
    """

    hu: NDArray[np.int16]
    grid: Grid
    source_grid: Grid
    fov: NDArray[np.bool_] | None = None
    acquisition: SeriesHeader = field(default_factory=SeriesHeader)
    hu_scale: HuScale | None = None
    flags: tuple[Flag, ...] = ()

    def __post_init__(self) -> None:
        if self.hu.shape != self.grid.shape:
            raise GeometryError(f"values {self.hu.shape} do not fill the grid {self.grid.shape}")
        if not self.grid.is_canonical:
            raise GeometryError("a Volume must be in canonical order; use reorder() first")
        if self.hu.dtype != np.int16:
            raise GeometryError(f"HU must be int16, not {self.hu.dtype}")
        self.hu.flags.writeable = False
        if self.fov is not None:
            if self.fov.shape != self.grid.shape[1:]:
                raise GeometryError("the field of view has another in-plane size than the CT")
            self.fov.flags.writeable = False
