"""Label maps in NIfTI files: whole numbers without names, read slab by slab."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from myotome.errors import InputError
from myotome.nouns.space.label_map import LabelMap
from myotome.read import nifti
from myotome.read.labels.sheet import canonical, require_size, whole_numbers


def read(path: Path) -> LabelMap:
    """The labels of a NIfTI single file, plain or gzipped; two axes are one slice.

    Refuses (InputError, GeometryError) what has another number of axes, no orientation,
    fractions or negative values, and files shorter than their header says.
    """
    head = nifti.read_head(path)
    shape = nifti._volume_shape(head)
    if len(shape) == 2:
        shape = (*shape, 1)  # one slice by itself
    if len(shape) != 3:
        raise InputError(f"the label map has {len(shape)} axes, not 3.")
    require_size(shape, "the label map")
    if head.dtype.kind not in "iuf":
        raise InputError(f"the label map holds values of type {head.dtype.name}.")
    grid, _ = nifti._grid(head, shape, "the label map")
    labels = np.zeros(shape[::-1], np.uint16)
    for k, slab in enumerate(nifti._slabs(head, path, shape)):
        labels[k] = whole_numbers(slab)
    return canonical(labels, grid, "nifti", {})
