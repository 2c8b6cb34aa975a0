"""Labelled CTs for training: what is annotated where, on the muscle network's pixels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from numpy.typing import NDArray

from myotome.errors import GridMismatchError, InputError
from myotome.nets.inputs import PIXEL_MM, resampling_matrix, shrink_planes
from myotome.nouns.grid import Grid, reorder
from myotome.tables.muscles import COMPARTMENTS, GROUPS, MUSCLES

_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingCase:
    """One labelled CT in canonical order at ``PIXEL_MM`` in-plane, slices as they came.

    ``hu`` float32, ``muscles`` and ``compartments`` uint8 (255: not annotated), all
    ``(k, j, i)``. ``annotated`` is bool ``(k, group)``: whether that muscle group is complete
    on that slice; elsewhere a 0 means nothing.
    """

    name: str
    hu: NDArray[np.float32]
    muscles: NDArray[np.uint8]
    compartments: NDArray[np.uint8]
    annotated: NDArray[np.bool_]
    dz_mm: float

    @property
    def usable_slices(self) -> NDArray[np.intp]:
        """Slices on which at least one group or compartment is annotated."""
        compartments = (self.compartments != 255).any(axis=(1, 2))
        return np.flatnonzero(self.annotated.any(axis=1) | compartments)


def load_case(folder: Path, pixel_mm: float = PIXEL_MM) -> TrainingCase:
    """The case in ``folder``: ct.nii.gz, muscles.nii.gz, slices.json, maybe compartments.

    Refuses label maps on another grid than the CT, unknown label values and empty labels.
    """
    hu, grid = read_nifti(folder / "ct.nii.gz")
    muscles = _labels(folder / "muscles.nii.gz", grid, {m.value for m in MUSCLES})
    if not muscles.any():
        raise InputError(f"{folder.name}: muscles.nii.gz holds no label.", mend="Leave it out.")
    ranges = json.loads((folder / "slices.json").read_text())["complete_z"]
    annotated = _annotated(ranges, grid, folder / "ct.nii.gz")
    compartments = np.full(grid.shape, 255, np.uint8)
    if (folder / "compartments.nii.gz").is_file():
        compartments = _compartments(folder / "compartments.nii.gz", grid)
    dk, dj, di = grid.spacing_mm
    return TrainingCase(
        name=folder.name,
        hu=shrink_planes(np.clip(hu, -1024, 3000), (dj, di), pixel_mm),
        muscles=_shrink_labels(muscles, (dj, di), pixel_mm),
        compartments=_shrink_labels(compartments, (dj, di), pixel_mm),
        annotated=annotated,
        dz_mm=dk,
    )


def read_nifti(path: Path) -> tuple[NDArray[np.float32], Grid]:
    """Voxels in canonical order with their canonical grid."""
    image = nibabel.load(path)
    array = np.asarray(image.dataobj, dtype=np.float32).transpose(2, 1, 0)
    k, j, i = array.shape
    own = Grid.from_matrix((k, j, i), _LPS_FROM_RAS @ image.affine)
    return np.ascontiguousarray(reorder(array, own)), own.canonical()


def _labels(path: Path, grid: Grid, known: set[int]) -> NDArray[np.uint8]:
    array, own = read_nifti(path)
    if not own.matches(grid, tolerance_mm=0.1):
        raise GridMismatchError(
            f"{path.parent.name}/{path.name} is on another grid than its CT.",
            mend="Resample the labels onto the CT first.",
        )
    labels = array.astype(np.uint8)
    unknown = {int(v) for v in np.unique(array)} - known - {0}
    if unknown:
        raise InputError(
            f"{path.parent.name}/{path.name} has unknown label values {sorted(unknown)}.",
            mend="Map them to the 12 muscles first.",
        )
    return labels


def _compartments(path: Path, grid: Grid) -> NDArray[np.uint8]:
    """Compartments where they are annotated (a slice without any is not), else 255."""
    labels = _labels(path, grid, {c.value for c in COMPARTMENTS} | {6})
    labels[labels == 6] = 255  # heart and mediastinum: no class of ours
    labels[~(labels > 0).any(axis=(1, 2))] = 255
    return labels


def _annotated(ranges: Mapping[str, list[int]], grid: Grid, ct: Path) -> NDArray[np.bool_]:
    """(k, group) from inclusive index ranges along the file's own z axis."""
    affine = nibabel.load(ct).affine
    axis = int(np.argmax(np.abs(affine[2, :3])))
    upward = affine[2, axis] > 0
    out = np.zeros((grid.shape[0], len(GROUPS)), bool)
    for column, group in enumerate(GROUPS):
        low, high = ranges.get(group.key, ranges["default"])
        if not upward:
            low, high = grid.shape[0] - 1 - high, grid.shape[0] - 1 - low
        out[max(0, low) : high + 1, column] = True
    return out


def _shrink_labels(
    labels: NDArray[np.uint8], spacing_ji_mm: tuple[float, float], pixel_mm: float
) -> NDArray[np.uint8]:
    """In-plane majority vote onto ``pixel_mm`` pixels."""
    rows = resampling_matrix(labels.shape[1], spacing_ji_mm[0], pixel_mm)
    columns = resampling_matrix(labels.shape[2], spacing_ji_mm[1], pixel_mm).T
    out = np.zeros((labels.shape[0], rows.shape[0], columns.shape[1]), np.uint8)
    for k, plane in enumerate(labels):
        values = np.unique(plane)
        if len(values) == 1:
            out[k] = values[0]
            continue
        share = np.stack([rows @ (plane == v).astype(np.float32) @ columns for v in values])
        out[k] = values[share.argmax(axis=0)]
    return out
