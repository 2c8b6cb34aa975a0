"""Labels as a file holds them: values on a grid, and what is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError
from myotome.nouns.space.grid import Grid

MAX_VALUE = 65535

Values = NDArray[np.unsignedinteger[Any]]
Keep = Callable[[str, int], bool]
"""Whether the segment of that name and value is wanted."""


def everything(name: str, value: int) -> bool:  # noqa: ARG001 - the form of a Keep
    """Keep every segment."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelMap:
    """Unsigned labels ``(k, j, i)`` in canonical order, read-only, 0 = none.

    ``grid`` is canonical. ``names`` maps the name of every segment to its value and is empty
    for formats without names; a segment may be named and hold no voxel. ``format`` is "nifti",
    "nrrd", "slicer", "dicom_seg", "rtstruct" or "folder". ``lost`` counts the contours that lie
    on slices outside the CT (only formats that are drawn onto the CT's grid). Refuses
    (GeometryError) labels that do not fill their grid.
    """

    labels: Values
    grid: Grid
    format: str = ""
    names: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    lost: int = 0

    def __post_init__(self) -> None:
        if self.labels.shape != self.grid.shape or not self.grid.is_canonical:
            raise GeometryError("a label map must fill its grid, in canonical order")
        self.labels.flags.writeable = False

    def values(self) -> tuple[int, ...]:
        """The values above 0 that occur, ascending."""
        seen = np.zeros(MAX_VALUE + 1, np.bool_)
        for plane in self.labels:
            seen[plane] = True
        return tuple(int(v) for v in np.flatnonzero(seen) if v)


class LabelReader(Protocol):
    """The one door to label files, as ``read.labels.door.read_labels``."""

    def __call__(
        self, path: str | Path, ct: Grid | None = None, *, keep: Keep = everything
    ) -> LabelMap:
        """The labels in ``path``; ``ct`` is the grid that contours are filled on."""
