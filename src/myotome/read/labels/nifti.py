"""Label maps in NIfTI files: whole numbers without names, read slab by slab."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from myotome.errors import InputError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.label_map import LabelMap
from myotome.read import nifti
from myotome.read.labels.sheet import Sheet, canonical, require_size, whole_numbers
from myotome.tables.outputs.masks import BEYOND_FILE, SLAB_FILE


def read(path: Path) -> LabelMap:
    """The labels of a NIfTI single file, plain or gzipped; two axes are one slice.

    Myotome's ``segmentation.nii.gz`` is read together with ``segmentation_beyond.nii.gz`` beside
    it: the slices of the slab and all others.
    Refuses (InputError, GeometryError) what has another number of axes, no orientation,
    fractions or negative values, and files shorter than their header says.
    """
    found = _one(path)
    beyond = path.with_name(BEYOND_FILE)
    if path.name != SLAB_FILE or not beyond.is_file():
        return found
    others = _one(beyond)
    found.grid.require_same(others.grid, f"{BEYOND_FILE} beside the labels")
    labels = np.where(found.labels > 0, found.labels, others.labels)
    return replace(found, labels=labels)


def grid_of(path: Path) -> Grid:
    """The grid of a label map in the file's own order. Refuses what :func:`read` does."""
    return _placed(nifti.read_head(path))[0]


def _placed(head: nifti.Head) -> tuple[Grid, tuple[int, ...]]:
    shape = nifti._volume_shape(head)
    if len(shape) == 2:
        shape = (*shape, 1)  # one slice by itself
    if len(shape) != 3:
        raise InputError(f"the label map has {len(shape)} axes, not 3.")
    require_size(shape, "the label map")
    if head.dtype.kind not in "iuf":
        raise InputError(f"the label map holds values of type {head.dtype.name}.")
    return nifti._grid(head, shape, "the label map")[0], shape


def _one(path: Path) -> LabelMap:
    head = nifti.read_head(path)
    grid, shape = _placed(head)
    labels = Sheet(shape[::-1]).labels
    for k, slab in enumerate(nifti._slabs(head, path, shape)):
        labels[k] = whole_numbers(slab)
    return canonical(labels, grid, "nifti", {})
