"""Labels on a CT's grid, and who made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError
from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segmentation:
    """The 12 muscles, read-only uint8 ``(k, j, i)``, values as ``tables.anatomy.muscles.MUSCLES``.

    ``k_range`` is the half-open range of slices the backend looked at: outside it 0 means "not
    looked at". ``backend`` names the maker. ``gaps`` maps ``(muscle key)`` to why this backend
    cannot give that muscle (fully); a muscle in ``gaps`` with an empty label is not measurable.
    ``compartments`` is optional uint8 on the same grid (``tables.anatomy.muscles.COMPARTMENTS``).
    ``confidence`` is None for a backend that does not tell how sure it is.
    """

    labels: NDArray[np.uint8]
    grid: Grid
    backend: str
    k_range: tuple[int, int]
    compartments: NDArray[np.uint8] | None = None
    gaps: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    flags: tuple[Flag, ...] = ()
    confidence: Confidence | None = None

    def __post_init__(self) -> None:
        for array in (self.labels, self.compartments):
            if array is None:
                continue
            if array.shape != self.grid.shape:
                raise GeometryError(f"labels {array.shape} do not fill the grid {self.grid.shape}")
            if array.dtype != np.uint8:
                raise GeometryError(f"labels must be uint8, not {array.dtype}")
            array.flags.writeable = False
