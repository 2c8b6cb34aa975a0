"""One subject to score: a predicted and a reference label map on one grid."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GridMismatchError, InputError
from myotome.evaluate.scores.maps import (
    Labels,
    annotated_slices,
    ct_grid,
    read_ct_slice,
    read_map,
)
from myotome.evaluate.scores.regions import IGNORED, LabelSet, Region
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.label_map import LabelMap
from myotome.nouns.space.segmentation import Segmentation
from myotome.segment.labels.borders import read_borders, upwards
from myotome.voxels.borders import settled
from myotome.voxels.place import place

_TOLERANCE_MM = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """What belongs together. ``subject`` is what tables and pictures call it: a pseudonym.

    ``slices`` is the reference's ``slices.json``, ``borders`` its ``borders.json`` (what is
    disputed is not scored), ``ct`` the NIfTI to draw the worst slices on.
    ``levels_mm`` are levels ("L3") and their patient z, where areas are compared.
    """

    subject: str
    predicted: Path | Segmentation
    reference: Path | Segmentation
    slices: Path | None = None
    ct: Path | None = None
    borders: Path | None = None
    levels_mm: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """Both maps uint8 ``(k, j, i)`` on the canonical ``grid``.

    ``annotated`` is bool ``(k, group of the label set)``: where the reference is complete and
    the prediction looked. Reference voxels of ``IGNORED`` are not scored. ``unseen`` counts
    annotated slices that the prediction did not look at.
    """

    subject: str
    predicted: NDArray[np.uint8]
    reference: NDArray[np.uint8]
    grid: Grid
    annotated: NDArray[np.bool_]
    unseen: int = 0

    def complete(self, region: Region) -> NDArray[np.bool_]:
        """Bool ``(k)``: the slices on which ``region`` can be scored."""
        return np.asarray(self.annotated[:, list(region.groups)].all(axis=1), bool)


def load(pair: Pair, kind: LabelSet) -> Case:
    """Read and check both maps of ``pair``.

    A prediction is only scored on slices it looked at: those of its ``k_range``, or of the
    ``slices.csv`` beside a file in a Myotome results folder; otherwise all. A prediction that
    covers only a part of the reference's voxels holds nothing elsewhere. Refuses any other
    grid (GridMismatchError), unknown values, and a reference without any label where it is
    said to be annotated (InputError).
    """
    name = f"the reference of {pair.subject}"
    reference = _reference(pair, kind, name)
    predicted = _predicted(pair, kind, reference.grid)
    annotated = annotated_slices(reference, kind, pair.slices, name)
    known = annotated.any(axis=1)
    if not ((reference.labels[known] > 0) & (reference.labels[known] != IGNORED)).any():
        raise InputError(
            f"{name} is empty.",
            why="There is nothing to compare with.",
            mend="Leave it out, or check the annotated slices.",
        )
    looked = _looked_at(pair.predicted, reference.grid)
    return Case(
        subject=pair.subject,
        predicted=predicted,
        reference=reference.labels,
        grid=reference.grid,
        annotated=annotated & looked[:, None],
        unseen=int((known & ~looked).sum()),
    )


def _reference(pair: Pair, kind: LabelSet, name: str) -> Labels:
    given = pair.reference
    if isinstance(given, Path):
        ct = None if pair.ct is None else ct_grid(pair.ct, f"the CT of {pair.subject}")
        found = read_map(given, kind, name, is_reference=True, ct=ct)
    else:
        found = _held(given, kind, name)
    return found if pair.borders is None else _settled(found, pair, pair.borders)


def _settled(found: Labels, pair: Pair, path: Path) -> Labels:
    """The reference without what its borders dispute."""
    borders = read_borders(path)
    if found.counts_down:
        borders = upwards(borders, len(found.labels))
    ct, name = pair.ct, f"the CT of {pair.subject}"
    hu = None if ct is None else partial(read_ct_slice, ct, grid=found.grid, name=name)
    return replace(found, labels=settled(found.labels, borders, found.grid, hu))


def _predicted(pair: Pair, kind: LabelSet, grid: Grid) -> NDArray[np.uint8]:
    """The prediction on the reference's ``grid``."""
    name = f"the prediction of {pair.subject}"
    given = pair.predicted
    if isinstance(given, Path):
        found = read_map(given, kind, name, ct=grid)
    else:
        found = _held(given, kind, name)
    if found.grid.matches(grid, tolerance_mm=_TOLERANCE_MM):
        return found.labels
    try:
        labels, outside = place(LabelMap(labels=found.labels, grid=found.grid), grid)
    except GridMismatchError as error:
        raise _mismatch(name, found.grid, grid) from error
    if outside:
        raise _mismatch(name, found.grid, grid)
    return labels.astype(np.uint8)


def _mismatch(name: str, predicted: Grid, reference: Grid) -> GridMismatchError:
    return GridMismatchError(
        f"{name} ({_words(predicted)}) is on another grid than its reference "
        f"({_words(reference)}).",
        why="Overlap can only be counted voxel by voxel.",
        mend="Predict on the CT that the reference was drawn on.",
    )


def _held(given: Segmentation, kind: LabelSet, name: str) -> Labels:
    labels = {"muscles": given.labels, "compartments": given.compartments}.get(kind.key)
    if labels is None:
        raise InputError(f"{name} has no {kind.key}.")
    if not given.grid.is_canonical or labels.max(initial=0) >= kind.classes:
        raise InputError(f"{name} is not in canonical order, or holds unknown values.")
    return Labels(labels=labels, grid=given.grid)


def _words(grid: Grid) -> str:
    sides = " x ".join(f"{v:.3g}" for v in grid.spacing_mm)
    low = min(grid.slice_z_mm(0.0), grid.slice_z_mm(grid.shape[0] - 1.0))
    size = " x ".join(map(str, grid.shape))
    return f"{size} voxels of {sides} mm from z {low:.1f} mm"


def _looked_at(given: Path | Segmentation, grid: Grid) -> NDArray[np.bool_]:
    """The slices the prediction looked at: bool ``(k)``."""
    out = np.ones(grid.shape[0], bool)
    if isinstance(given, Segmentation):
        first, stop = given.k_range
        out[:first], out[stop:] = False, False
        return out
    beside = given.parent / "slices.csv"
    if not (given.parent / "landmarks.json").is_file() or not beside.is_file():
        return out
    with beside.open(encoding="utf-8", newline="") as stream:
        found = [float(row["z_mm"]) for row in csv.DictReader(stream) if row.get("z_mm")]
    if not found:
        return out
    z = np.asarray(grid.slice_z_mm(np.arange(grid.shape[0])))
    half = abs(grid.slice_z_mm(1.0) - grid.slice_z_mm(0.0)) / 2
    return np.asarray((z >= min(found) - half) & (z <= max(found) + half), bool)
