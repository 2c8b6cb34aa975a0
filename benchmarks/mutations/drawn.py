"""Label maps with values exchanged, slices lost, outlines moved and other grids."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import nibabel
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.mutations.kind import Done, Kind, Target

OWN = "the outlines are the user's, and such a muscle can be"
Labels = NDArray[np.uint8]
Change = Callable[[Labels, Generator], tuple[Labels, str, str]]


def _some_value(labels: Labels, rng: Generator) -> int:
    values = [int(v) for v in np.unique(labels) if v]
    return values[int(rng.integers(len(values)))] if values else 1


def _exchanged(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    one, two = _some_value(labels, rng), _some_value(labels, rng)
    table = np.arange(256, dtype=np.uint8)
    table[[one, two]] = two, one
    same = OWN if (one - 1) // 2 == (two - 1) // 2 or one == two else ""
    return table[labels], f"labels {one} and {two} exchanged", same


def _sides(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    del rng
    table = np.arange(256, dtype=np.uint8)
    table[1:13] = [2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11]
    return table[labels], "left and right exchanged", ""


def _lost(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    value = _some_value(labels, rng)
    return np.where(labels == value, 0, labels).astype(np.uint8), f"label {value} removed", ""


def _merged(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    one, two = _some_value(labels, rng), _some_value(labels, rng)
    return np.where(labels == one, two, labels).astype(np.uint8), f"label {one} called {two}", ""


def _values(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    way = str(rng.choice(["one", "tens", "large", "all"]))
    table = np.arange(256)
    if way == "one":
        table = (table > 0).astype(int)
    elif way == "tens":
        table = np.minimum(table * 10, 255)
    elif way == "large":
        table = np.where(table > 0, (table + 100) % 256, 0)
    else:
        table = np.full(256, 5)
    return table[labels].astype(np.uint8), f"values changed ({way})", ""


def _slices(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    count = labels.shape[2]
    way = str(rng.choice(["one", "some", "second", "top", "bottom"]))
    start, some = int(rng.integers(count)), int(rng.integers(2, max(3, count // 3)))
    where = {
        "one": slice(start, start + 1),
        "some": slice(start, start + some),
        "second": slice(None, None, 2),
        "top": slice(count - some, None),
        "bottom": slice(None, some),
    }[way]
    changed = labels.copy()
    changed[:, :, where] = 0
    return changed, f"slices blanked ({way})", ""


def _moved(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    axis, by = int(rng.integers(3)), int(rng.choice([-12, -4, -1, 1, 4, 12]))
    near = OWN if abs(by) == 1 else ""
    return np.roll(labels, by, axis), f"moved by {by} voxels along {'xyz'[axis]}", near


def _mirrored(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    axis = int(rng.integers(3))
    return np.flip(labels, axis), f"reversed along {'xyz'[axis]}", ""


def _grown(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    value, by = _some_value(labels, rng), int(rng.choice([1, 3]))
    mask = ndimage.binary_dilation(labels == value, iterations=by)
    changed = np.where(mask & (labels == 0), value, labels).astype(np.uint8)
    return changed, f"label {value} grown by {by}", OWN if by == 1 else ""


def _shrunk(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    value = _some_value(labels, rng)
    mask = labels == value
    inner = ndimage.binary_erosion(mask, np.ones((3, 3, 1)))
    return np.where(mask & ~inner, 0, labels).astype(np.uint8), f"label {value} shrunk", OWN


def _specks(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    changed = labels.copy()
    share = float(rng.choice([0.001, 0.02]))
    where = rng.random(labels.shape) < share
    changed[where] = rng.integers(0, 256 if rng.random() < 0.5 else 13, int(where.sum()))
    return changed, f"specks on {100 * share:g} % of the voxels", ""


def _empty(labels: Labels, rng: Generator) -> tuple[Labels, str, str]:
    del rng
    return np.zeros_like(labels), "no label left", ""


def _spoil(target: Target, rng: Generator, *, change: Change) -> Done:
    path = target.labels
    if path is None:
        raise ValueError("there are no labels")
    image = nibabel.load(path)
    labels = np.asanyarray(image.dataobj).astype(np.uint8)
    changed, words, undetectable = change(labels, rng)
    nibabel.save(nibabel.Nifti1Image(changed, None, image.header), path)
    return Done(words=f"labels: {words}", undetectable=undetectable)


def _kind(target: Target, rng: Generator) -> Done:
    """The array in another type, with fractions, more dimensions or another shape."""
    path = target.labels
    if path is None:
        raise ValueError("there are no labels")
    image = nibabel.load(path)
    labels = np.asanyarray(image.dataobj)
    way = str(
        rng.choice(["float", "fractions", "negative", "nan", "4d", "cropped", "padded", "2d"])
    )
    made = labels.astype(np.float32)
    if way == "fractions":
        made += 0.5
    elif way == "negative":
        made = -made
    elif way == "nan":
        made[made == 0] = np.nan
    elif way == "4d":
        made = np.stack([made, made], -1)
    elif way == "cropped":
        made = made[3:-4, 5:, 2:]
    elif way == "padded":
        made = np.pad(made, 2)
    elif way == "2d":
        made = made[:, :, len(made[0, 0]) // 2]
    nibabel.save(nibabel.Nifti1Image(made, image.affine), path)
    return Done(words=f"labels: {way}")


_CHANGES: tuple[tuple[str, Change], ...] = (
    ("exchanged", _exchanged),
    ("sides", _sides),
    ("lost", _lost),
    ("merged", _merged),
    ("values", _values),
    ("slices", _slices),
    ("moved", _moved),
    ("mirrored", _mirrored),
    ("grown", _grown),
    ("shrunk", _shrunk),
    ("specks", _specks),
    ("empty", _empty),
)

KINDS = (
    *(
        Kind(key=f"labels_{key}", needs="nifti labels", make=partial(_spoil, change=change))
        for key, change in _CHANGES
    ),
    Kind(key="labels_array", needs="nifti labels", make=_kind, weight=2),
)
