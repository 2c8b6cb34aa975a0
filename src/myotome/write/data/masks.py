"""The masks of one result as files, from which its volumes and areas can be counted again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.study.result import StudyResult
from myotome.tables.outputs.masks import BEYOND_FILE, COMPARTMENTS_FILE, SLAB_FILE, WEIGHTS_FILE
from myotome.voxels.planes import slices_on
from myotome.voxels.slab_shares import slab_weights
from myotome.write.data import nifti
from myotome.write.data.document import Json, write_json

_HOW = (
    "volume in ml = sum over the slices of the file of (voxels of the label * weight of the "
    "slice) * voxel_ml; slices with weight 0 lie beyond the slab, and only levels are measured "
    "there"
)


def write_masks(result: StudyResult, folder: Path) -> None:
    """``segmentation.nii.gz`` and what belongs to it, on the grid the CT came in.

    It holds the muscles on the slices of the slab alone, ``segmentation_beyond.nii.gz`` (if any
    are there) on all others; ``slab_weights.json`` has the share of each slice in the slab.
    ``compartments.nii.gz`` holds all its slices, with the same weights.
    """
    made, source = result.segmentation, result.volume.source_grid
    _, _, weights = slab_weights(made.grid, result.slab)
    within = _only(made.labels, weights > 0)
    beyond = _only(made.labels, weights == 0)
    nifti.write_labels(within, made.grid, source, folder / SLAB_FILE)
    if beyond.any():
        nifti.write_labels(beyond, made.grid, source, folder / BEYOND_FILE)
    write_json(weights_document(result), folder / WEIGHTS_FILE)
    write_json(nifti.label_rows(), folder / "segmentation_labels.json")
    (folder / "segmentation_labels.txt").write_text(nifti.snap_labels(), encoding="utf-8")
    if made.compartments is not None:
        path = folder / COMPARTMENTS_FILE
        nifti.write_labels(made.compartments, made.grid, source, path, kind="compartments")
        write_json(nifti.compartment_rows(), folder / "compartments_labels.json")


def weights_document(result: StudyResult) -> Json:
    """``slab_weights.json``: by slice of the file, its share in the slab and its measured slice.

    ``axis`` is the axis of the NIfTI file (0: i) that the slices follow one another on.
    ``z_mm`` is the z (LPS) of the slice that was measured: thin slices that were averaged share
    one; it is null where a slice was left out.
    """
    source, grid = result.volume.source_grid, result.segmentation.grid
    z, _, weights = slab_weights(grid, result.slab)
    axis, ks = slices_on(source, grid)
    return {
        "how": _HOW,
        "axis": 2 - axis,
        "voxel_ml": source.voxel_ml,
        "pixel_cm2": grid.pixel_cm2,
        "weights": [float(weights[k]) if k >= 0 else 0.0 for k in ks],
        "z_mm": [float(z[k]) if k >= 0 else None for k in ks],
    }


def _only(labels: NDArray[np.uint8], slices: NDArray[np.bool_]) -> NDArray[np.uint8]:
    kept = np.zeros_like(labels)
    kept[slices] = labels[slices]
    return kept
