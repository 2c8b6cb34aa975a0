"""Label maps that another program or person made, brought onto the CT's own grid."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.errors import BackendError, GridMismatchError
from myotome.nouns.numbers.flag import Severity
from myotome.nouns.space.grid import Grid, reorder
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.segment.labels.mapping import mapping as read_mapping
from myotome.tables.anatomy.mappings import LabelMapping
from myotome.tables.anatomy.muscles import GROUPS, MUSCLE
from myotome.tables.flags.every import FLAG, raised
from myotome.voxels.resample import nearest

Labels = NDArray[np.uint8]
_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SUFFIXES = (".nii", ".nii.gz")
_MAX_VALUE = 65535
_TOLD_VALUES = 12
NAME = "labels"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelMap:
    """Muscle values on the label map's own grid, in canonical order."""

    labels: Labels
    grid: Grid


def imported(
    path: Path, mapping: LabelMapping | str | Path | None = None
) -> Callable[[Volume, Slab], Segmentation]:
    """A backend that takes its labels from a NIfTI file.

    Axes of any order; another spacing of the same axes is resampled (nearest neighbour).
    Slices beyond the first and last label count as not looked at. Refuses maps on another grid,
    unknown values, values that are not whole numbers, and maps whose left is right.
    """
    rows = read_mapping(mapping)

    def segment(volume: Volume, slab: Slab) -> Segmentation:  # noqa: ARG001 - a backend's form
        return onto(volume, read(path, rows), rows, name=NAME)

    return segment


def read(path: Path, rows: LabelMapping) -> LabelMap:
    """The muscles of one NIfTI label map. Refuses what is not a three-dimensional label map."""
    import nibabel as nib
    from nibabel.filebasedimages import ImageFileError

    if not str(path).endswith(_SUFFIXES):
        raise BackendError("the label map is not a NIfTI file (.nii or .nii.gz).")
    if not path.is_file():
        raise BackendError("the label map does not exist.", mend="Check the path after labels:.")
    try:
        image: Any = nib.load(path)
        values = np.asanyarray(image.dataobj)
    except (ImageFileError, OSError, EOFError, ValueError, zlib.error) as error:
        raise BackendError(
            "the label map cannot be read.",
            why=f"It is damaged or no NIfTI file ({type(error).__name__}).",
        ) from error
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 3:
        raise BackendError(f"the label map has {values.ndim} axes, not 3.")
    if not (image.header["sform_code"] or image.header["qform_code"]):
        raise BackendError(
            "neither sform nor qform is set in the label map.",
            why="It cannot be told where in the CT it lies.",
            mend="Copy the CT's orientation into it, or make it again on the CT.",
        )
    grid = Grid.from_matrix(values.shape[::-1], _LPS_FROM_RAS @ image.affine)
    labels = translate(whole_numbers(values), rows)
    return LabelMap(labels=reorder(labels.transpose(), grid), grid=grid.canonical())


def whole_numbers(values: NDArray[Any]) -> NDArray[Any]:
    """``values`` as integers. Refuses fractions, NaN, negative and huge values."""
    why = "A label map holds whole numbers from 0 on, one per muscle."
    if values.dtype.kind == "b":
        return values.astype(np.uint8)
    if values.dtype.kind not in "iuf":
        raise BackendError(f"the label map holds values of type {values.dtype}.", why=why)
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)) or low < 0 or high > _MAX_VALUE:
        raise BackendError(f"the label map holds values from {low:g} to {high:g}.", why=why)
    if values.dtype.kind == "f":
        whole = values.astype(np.uint16)
        if not np.array_equal(whole, values):
            raise BackendError(
                "the label map holds fractions.",
                why=why,
                mend="Resample it with nearest neighbours, or take the map before probabilities.",
            )
        return whole
    return values


def translate(values: NDArray[Any], rows: LabelMapping) -> Labels:
    """Another program's values as ``tables.anatomy.muscles``. Refuses values without a row."""
    seen = np.zeros(_MAX_VALUE + 1, np.bool_)
    for plane in np.moveaxis(values, int(np.argmax(values.strides)), 0):
        seen[plane] = True
    present = {int(v) for v in np.flatnonzero(seen)} - {0}
    unknown = sorted(present - set(rows.muscles) - (rows.others or frozenset()))
    if unknown and rows.others is not None:
        told = ", ".join(map(str, unknown[:_TOLD_VALUES]))
        more = f" and {len(unknown) - _TOLD_VALUES} more" if len(unknown) > _TOLD_VALUES else ""
        raise BackendError(
            f'the label map holds values that mapping "{rows.name}" does not know: {told}{more}.',
            why="They may be muscles, which would then be missing from the sums.",
            mend='Pass the right --mapping, or list them under "others" in a mapping file.',
        )
    if not present & set(rows.muscles):
        raise BackendError(
            f'the label map holds no muscle of mapping "{rows.name}".',
            mend="Check that it is the right file and pass its --mapping.",
        )
    table = np.zeros(_MAX_VALUE + 1, np.uint8)
    for value, key in rows.muscles.items():
        table[value] = MUSCLE[key].value
    out = np.empty_like(values, dtype=np.uint8)
    slow = int(np.argmax(values.strides))
    for target, plane in zip(np.moveaxis(out, slow, 0), np.moveaxis(values, slow, 0), strict=True):
        target[...] = table[plane]
    return out


def onto(volume: Volume, given: LabelMap, rows: LabelMapping, *, name: str) -> Segmentation:
    """The label map as a segmentation of ``volume``. Refuses another grid and swapped sides."""
    refuse_swapped_sides(given, rows)
    labels, flags = given.labels, []
    if not given.grid.matches(volume.grid):
        labels = nearest(labels, given.grid, volume)
        message = (
            f"The label map was resampled (nearest neighbour) from {_mm(given.grid)} "
            f"to the CT's {_mm(volume.grid)} mm."
        )
        flags.append(raised(FLAG["labels_resampled"], message, severity=Severity.INFO))
    slices = np.flatnonzero(labels.reshape(len(labels), -1).any(axis=1))
    if not len(slices):
        raise GridMismatchError(
            "the label map's muscles all lie outside the CT.",
            mend="Check that they belong together.",
        )
    return Segmentation(
        labels=np.ascontiguousarray(labels),
        grid=volume.grid,
        backend=name,
        k_range=(int(slices[0]), int(slices[-1]) + 1),
        gaps=rows.gaps,
        flags=tuple(flags),
    )


def refuse_swapped_sides(given: LabelMap, rows: LabelMapping) -> None:
    """Refuse a map on which every muscle with two sides has its left on the patient's right."""
    width = given.labels.shape[2]
    count = np.zeros((len(MUSCLE) + 1) * width)
    for plane in given.labels:
        j, i = np.nonzero(plane)
        count += np.bincount(plane[j, i].astype(np.intp) * width + i, minlength=len(count))
    count = count.reshape(-1, width)
    ahead = []
    for group in GROUPS:
        left, right = (count[MUSCLE[f"{group.key}_{side}"].value] for side in ("left", "right"))
        if left.any() and right.any():
            columns = np.arange(len(left))
            ahead.append(left @ columns / left.sum() > right @ columns / right.sum())
    if ahead and not any(ahead):
        raise BackendError(
            f'left and right are swapped in the label map (mapping "{rows.name}").',
            why="Every left muscle lies on the patient's right side.",
            mend="Swap the names in the mapping, or mend the file's orientation.",
        )


def _mm(grid: Grid) -> str:
    return " x ".join(f"{v:.3g}" for v in grid.spacing_mm)
