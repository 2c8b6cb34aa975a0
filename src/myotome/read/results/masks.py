"""The masks of a results folder, and the share of their slices in the slab."""

from __future__ import annotations

from collections.abc import Collection

from myotome.errors import InputError, MyotomeError
from myotome.nouns.space.label_map import LabelMap
from myotome.nouns.study.loaded import SlabWeights
from myotome.read.labels import nifti
from myotome.read.results.fields import MEND, damaged
from myotome.read.results.folder import Folder
from myotome.tables.anatomy.muscles import BY_VALUE, COMPARTMENTS
from myotome.tables.outputs.masks import BEYOND_FILE, COMPARTMENTS_FILE, SLAB_FILE, WEIGHTS_FILE

_MUSCLES = frozenset(BY_VALUE)
_COMPARTMENTS = frozenset(row.value for row in COMPARTMENTS)


def muscles(folder: Folder) -> LabelMap:
    """The muscles on all slices, on the CT's own grid in canonical order."""
    folder.has(BEYOND_FILE)  # refuses a link
    return _labels(folder, SLAB_FILE, _MUSCLES)


def compartments(folder: Folder, others: LabelMap) -> LabelMap | None:
    """The body compartments on the grid of the muscles (``others``); None without any."""
    if not folder.has(COMPARTMENTS_FILE):
        return None
    found = _labels(folder, COMPARTMENTS_FILE, _COMPARTMENTS)
    if not found.grid.matches(others.grid):
        raise damaged(COMPARTMENTS_FILE, f"is on another grid than {SLAB_FILE}")
    return found


def _labels(folder: Folder, name: str, known: Collection[int]) -> LabelMap:
    try:
        found = nifti.read(folder.path / name)
    except (MyotomeError, OSError, MemoryError) as error:
        what = error.what if isinstance(error, MyotomeError) else "it cannot be read."
        raise InputError(f"the results folder is damaged: {name}: {what}", mend=MEND) from error
    if not set(found.values()) <= set(known):
        raise damaged(name, "holds values that Myotome does not write")
    return found


def slab_weights(folder: Folder) -> SlabWeights | None:
    """The shares by slice of the masks in canonical order; None in an older folder."""
    if not folder.has(WEIGHTS_FILE):
        return None
    told = folder.json(WEIGHTS_FILE)
    weights, z_mm = told.maybe_numbers("weights"), told.maybe_numbers("z_mm")
    shares = tuple(weight for weight in weights if weight is not None and 0 <= weight <= 1)
    try:
        grid = nifti.grid_of(folder.path / SLAB_FILE)
        axes, flips = grid.canonical_axes()
    except (MyotomeError, OSError) as error:
        raise damaged(SLAB_FILE, "has no grid") from error
    fits = len(shares) == len(weights) == len(z_mm) == grid.shape[axes[0]]
    if not fits or told.whole("axis") != 2 - axes[0]:
        raise damaged(WEIGHTS_FILE, f"does not fit the slices of {SLAB_FILE}")
    step = -1 if flips[0] else 1
    return SlabWeights(
        weights=shares[::step],
        z_mm=z_mm[::step],
        voxel_ml=told.number("voxel_ml"),
        pixel_cm2=told.number("pixel_cm2"),
    )
